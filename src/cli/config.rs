//! `zirkabot config path|validate|schema`; single values are in `setting.rs`.

use crate::catalog::layouts;
use crate::change::proposal::Refusal;
use crate::checks::finding::Severity;
use crate::cli::grammar::{Global, Writing};
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Finished, Outcome, setting};
use crate::config::schema;
use crate::intent::schema as intent;
use crate::pipeline::{self, Looked};
use crate::report::{human, json, setting as setting_report, words};
use crate::sys::Act;
use crate::world::World;
use crate::world::observe::{Agents, Depth};
use std::path::{Path, PathBuf};

verbs! {
    /// Show, check and change the config file
    pub(super) Config {
        /// Print the path of the config
        Path(Plain) => path,
        Validate(Validate) => validate,
        Schema(Schema) => schema,
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
    /// A file to check in place of the config, such as one that is not installed yet
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Print the JSON Schema of the config, or install it for editors
///
/// --install writes it beside the config, and shows the line by which editors find it.
#[derive(Debug, clap::Args)]
pub(super) struct Schema {
    /// Write it beside the config
    #[arg(long)]
    install: bool,
    /// Also replace a file that is not a schema of zirkabot
    #[arg(long, requires = "install")]
    force: bool,
    #[command(flatten)]
    writing: Writing,
}

fn path(act: &mut dyn Act, global: &Global, _: &Plain) -> Finished {
    let world = pipeline::world(act.as_look(), &global.ask_files());
    let path = world.doc(world.config.doc).path.clone().unwrap_or_default();
    Ok(Outcome::out(format!("{}\n", path.display()), Exit::Ok))
}

fn schema(act: &mut dyn Act, global: &Global, args: &Schema) -> Finished {
    let text = json::text(&schema::config());
    if !args.install {
        return Ok(Outcome::out(text, Exit::Ok));
    }
    let ask = global.ask(Agents::All, Depth::Doctor);
    let request = |world: &World, _: &str| intent::install(world, &text, args.force);
    let asked = WriteRequest {
        after: &|looked, _, style| setting_report::schema_line(&looked.world, style),
        ..WriteRequest::new(&args.writing, &request)
    };
    write::run_asking(act, global, &ask, &asked)
}

/// How things would be if this file were the config of the home in use.
fn with_config(act: &dyn Act, global: &Global, file: &Path) -> Result<Looked, Outcome> {
    let mut host = act.host().clone();
    let path = host.cwd.join(file);
    if act.stat(&path).is_none_or(|stat| stat.is_dir) {
        return Err(Refusal::state(format!("{} is no file", file.display())).into());
    }
    // The home stays the one that is meant without it.
    let paths = pipeline::look(act.as_look(), &global.ask_files()).world.paths;
    let named = |name: &str| format!("{}{name}", layouts::OWN.prefix);
    host.env.insert(named("STATE_DIR"), paths.state.display().to_string().as_str().into());
    host.env.insert(named("CONFIG_PATH"), path.display().to_string().as_str().into());
    Ok(pipeline::look(act.elsewhere(host).as_look(), &global.ask_files()))
}

fn validate(act: &mut dyn Act, global: &Global, args: &Validate) -> Finished {
    let other = args.file.as_deref().map(|file| with_config(act, global, file)).transpose()?;
    let looked = other.unwrap_or_else(|| pipeline::look(act.as_look(), &global.ask_files()));
    let Looked { world, mut findings, .. } = looked;
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
