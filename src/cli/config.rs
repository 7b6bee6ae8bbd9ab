//! `zirkabot config path|validate|schema`; single values are in `setting.rs`.

use crate::checks::finding::Severity;
use crate::cli::grammar::Global;
use crate::cli::{Exit, Outcome, grammar as cli};
use crate::config::schema;
use crate::pipeline::{self, Ask, Looked};
use crate::policy::status::Options;
use crate::report::human;
use crate::report::json;
use crate::report::style::{Stream, Style};
use crate::report::words;
use crate::sys::{Act, Look};
use crate::world::observe::{Agents, Depth};

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &cli::Config) -> Outcome {
    match args {
        cli::Config::Path => path(act.as_look(), global),
        cli::Config::Validate(args) => validate(act.as_look(), global, args),
        cli::Config::Setting(args) => crate::cli::setting::run(act, global, args),
        cli::Config::Schema => Outcome::out(json::text(&schema::config()), Exit::Ok),
    }
}

fn ask(global: &Global) -> Ask {
    Ask {
        agents: Agents::Default,
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options::default(),
    }
}

fn path(look: &dyn Look, global: &Global) -> Outcome {
    let world = pipeline::look(look, &ask(global)).world;
    let path = world.doc(world.config.doc).path.clone().unwrap_or_default();
    Outcome::out(format!("{}\n", path.display()), Exit::Ok)
}

fn validate(look: &dyn Look, global: &Global, args: &cli::Validate) -> Outcome {
    let mut looked = pipeline::look(look, &ask(global));
    looked.findings.retain(|finding| finding.rule.code.starts_with("config/"));
    let bad = looked.findings.iter().any(|finding| finding.severity > Severity::Info);
    let exit = if bad { Exit::Broken } else { Exit::Ok };
    let stdout = if args.json {
        json::text(&json::validation(&looked.world, &looked.findings, !bad))
    } else {
        let style = Style::decide(global.color, look.host(), Stream::Out);
        let verdict = verdict(&looked, bad);
        verdict + &human::findings_text(&looked.world, &looked.findings, style, global.verbose)
    };
    Outcome::out(stdout, exit)
}

/// The first line: which file, and whether it is fine.
fn verdict(looked: &Looked, bad: bool) -> String {
    let doc = looked.world.doc(looked.world.config.doc);
    let name = looked.world.doc_name(doc.id);
    let count = looked.findings.iter().filter(|finding| finding.severity > Severity::Info).count();
    match (bad, doc.exists()) {
        (true, _) => format!("{name}: {}\n", words::count(count, "problem")),
        (false, true) => format!("{name} is fine\n"),
        (false, false) => format!("{name} does not exist; the defaults hold\n"),
    }
}
