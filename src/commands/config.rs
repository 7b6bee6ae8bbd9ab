//! `zirkabot config path|validate|schema`.

use super::{Exit, Outcome};
use crate::cli::{self, Global};
use crate::desired::schema;
use crate::finding::Severity;
use crate::pipeline::{self, Ask};
use crate::report;
use crate::sources::Agents;
use crate::status::Options;
use crate::sys::Look;

/// Runs the command.
pub(super) fn run(look: &dyn Look, global: &Global, args: &cli::Config) -> Outcome {
    match args {
        cli::Config::Path => path(look, global),
        cli::Config::Validate(args) => validate(look, global, args),
        cli::Config::Schema => Outcome::out(report::json::pretty(&schema::config()), Exit::Ok),
    }
}

fn ask(global: &Global) -> Ask {
    Ask {
        agents: Agents::Default,
        profile: global.profile().map(str::to_owned),
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
    let host = look.host();
    let stdout = if args.json {
        report::json::findings(&looked.world, &looked.findings)
    } else {
        let style = report::style::Style::decide(global.color, host, host.stdout_tty);
        report::human::validation(&looked.world, &looked.findings, &style, global.verbose)
    };
    Outcome::out(stdout, exit)
}
