//! `zirkabot config path|validate|schema`; single values are in `setting.rs`.

use crate::checks::finding::Severity;
use crate::cli::grammar::Global;
use crate::cli::{Exit, Finished, Outcome, setting};
use crate::config::schema;
use crate::pipeline::{self, Looked};
use crate::report::{human, json, words};
use crate::sys::Act;

verbs! {
    /// Show, check and change the config file
    pub(super) Config {
        /// Print the path of the config
        Path(Plain) => path,
        Validate(Validate) => validate,
        /// Print the JSON Schema of the config
        Schema(Plain) => schema,
        Get(setting::Get) => setting::get,
        Set(setting::Set) => setting::set,
        Unset(setting::Unset) => setting::unset,
    }
}

// No arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Plain {}

/// Check the config and list all errors
#[derive(Debug, clap::Args)]
pub(super) struct Validate {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

fn path(act: &mut dyn Act, global: &Global, _: &Plain) -> Finished {
    let world = pipeline::world(act.as_look(), &global.ask_one(None));
    let path = world.doc(world.config.doc).path.clone().unwrap_or_default();
    Ok(Outcome::out(format!("{}\n", path.display()), Exit::Ok))
}

fn schema(_: &mut dyn Act, _: &Global, _: &Plain) -> Finished {
    Ok(Outcome::out(json::text(&schema::config()), Exit::Ok))
}

fn validate(act: &mut dyn Act, global: &Global, args: &Validate) -> Finished {
    let Looked { world, mut findings, .. } = pipeline::look(act.as_look(), &global.ask_one(None));
    findings.retain(|finding| finding.rule.code.starts_with("config/"));
    let bad = findings.iter().filter(|finding| finding.severity > Severity::Info).count();
    let exit = if bad > 0 { Exit::Broken } else { Exit::Ok };
    if args.json {
        return Ok(Outcome::out(json::text(&json::validation(&world, &findings, bad == 0)), exit));
    }
    let doc = world.doc(world.config.doc);
    let name = world.doc_name(doc.id);
    // The first line: which file, and whether it is fine.
    let verdict = match (bad, doc.exists()) {
        (0, true) => format!("{name} is valid\n"),
        (0, false) => format!("{name} does not exist; defaults are used\n"),
        (count, _) => format!("{name}: {}\n", words::count(count, "problem")),
    };
    let findings = human::findings_text(&world, &findings, global.style(act), global.verbose);
    Ok(Outcome::out(verdict + &findings, exit))
}
