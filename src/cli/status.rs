//! `zirkabot models status`: bring what is due up to date (unless it is a dry run), then say
//! how things are.

use crate::checks;
use crate::cli::file;
use crate::cli::grammar::{Global, StatusFormat};
use crate::cli::scope::unknown_agent;
use crate::cli::scope::verdict;
use crate::cli::{Exit, Outcome, grammar as cli};
use crate::policy::known::known_provider;

use crate::catalog::providers;
use crate::pipeline::{self, Ask, Looked, Synced};
use crate::policy::status::Options;
use crate::report::human;
use crate::report::json;
use crate::report::nagios;
use crate::report::plain;
use crate::report::prometheus;
use crate::report::style::{Stream, Style};
use crate::sys::{Act, Fault};
use crate::world::observe::{Agents, Depth};

/// Permission bits of metrics: they hold no secret, and another user collects them.
const METRICS_MODE: u32 = 0o644;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &cli::Status) -> Outcome {
    let ask = Ask {
        agents: agents(args),
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options {
            provider: args.provider.as_deref().map(providers::normalise),
            warn_within: args.warn_within,
            allow_refreshable: args.allow_refreshable,
        },
    };
    if let Some(refused) = refuse(act, &ask) {
        return refused;
    }
    if args.output.is_some() && args.format != StatusFormat::Prometheus {
        return Outcome::usage("--output is for --format prometheus");
    }
    let is_dry = args.check || matches!(args.format, StatusFormat::Prometheus | StatusFormat::Nagios);
    let settled = if is_dry {
        pipeline::preview(act.as_look(), &ask)
    } else {
        pipeline::sync_due(act, &ask, args.lock_timeout)
    };
    match args.format {
        StatusFormat::Prometheus => metrics(act, args, &settled),
        StatusFormat::Nagios => {
            let Looked { world, status, findings } = &settled.looked;
            let answer = nagios::answer(world, checks::verdict(findings));
            let stdout = nagios::text(world, status, findings, answer);
            Outcome { stdout, stderr: notes(&settled), exit: plugin(answer) }
        }
        StatusFormat::Human | StatusFormat::Json => told(act, global, args, &settled),
    }
}

/// The status as text or as a document.
fn told(act: &dyn Act, global: &Global, args: &cli::Status, settled: &Synced) -> Outcome {
    let exit = exit(settled, args.check);
    let Looked { world, status, findings } = &settled.looked;
    let trouble = settled.trouble.as_ref().map(ToString::to_string);
    let changes =
        human::Changes { done: &settled.applied, due: &settled.pending, trouble: trouble.as_deref() };
    if args.plain && !world.config_is_known() {
        let name = world.doc_name(world.config.doc);
        let stderr = format!("error: {name} cannot be read, so the default model is not known\n");
        return Outcome { stdout: String::new(), stderr, exit: Exit::Broken };
    }
    let stdout = if args.json || args.format == StatusFormat::Json {
        let check = verdict(findings).code();
        json::text(&json::status(world, status, findings, changes, check))
    } else if args.plain {
        plain::status(status)
    } else {
        let style = Style::decide(global.color, act.host(), Stream::Out);
        human::status(world, status, findings, changes, style, global.verbose)
    };
    Outcome { stdout, stderr: notes(settled), exit }
}

/// The status as metrics, printed or put into a file.
fn metrics(act: &mut dyn Act, args: &cli::Status, settled: &Synced) -> Outcome {
    let Looked { world, status, findings } = &settled.looked;
    let metrics = prometheus::metrics(world, status, findings, verdict(findings).code());
    let (exit, stderr) = (exit(settled, args.check), notes(settled));
    let Some(path) = &args.output else { return Outcome { stdout: metrics, stderr, exit } };
    match file::put(act, path, METRICS_MODE, metrics.as_bytes()) {
        Ok(()) => Outcome { stdout: String::new(), stderr, exit },
        Err(error) => {
            let stderr = format!("{stderr}error: {}: {}\n", path.display(), Fault::of(&error));
            Outcome { stdout: String::new(), stderr, exit: Exit::Io }
        }
    }
}

/// The numbers of monitoring plugins.
fn plugin(answer: nagios::PluginState) -> Exit {
    match answer {
        nagios::PluginState::Ok => Exit::Ok,
        nagios::PluginState::Warning => Exit::Warning,
        nagios::PluginState::Critical => Exit::Critical,
        nagios::PluginState::Unknown => Exit::Unknown,
    }
}

fn agents(args: &cli::Status) -> Agents {
    match &args.agent {
        _ if args.all_agents => Agents::All,
        Some(id) => Agents::One(id.clone()),
        None => Agents::Default,
    }
}

/// An agent or provider that nobody knows is a slip, not a thing to create.
fn refuse(act: &dyn Act, ask: &Ask) -> Option<Outcome> {
    if !matches!(ask.agents, Agents::One(_)) && ask.options.provider.is_none() {
        return None;
    }
    let looked = pipeline::look(act.as_look(), ask);
    if !looked.world.config_is_known() {
        // Whoever it is may be in the config that cannot be read; the report says so.
        return None;
    }
    unknown_agent(&looked.world, &ask.agents).or_else(|| {
        let provider = ask.options.provider.as_deref()?;
        known_provider(&looked.world, provider).err().map(|message| Outcome::usage(&message))
    })
}

fn exit(settled: &Synced, check: bool) -> Exit {
    if check {
        return verdict(&settled.looked.findings);
    }
    settled.trouble.as_ref().map_or(Exit::Ok, crate::cli::exit_of)
}

/// What is not part of the report itself.
fn notes(settled: &Synced) -> String {
    let mut notes = String::new();
    if let Some(recovered) = &settled.recovered {
        notes.push_str(&format!("note: {recovered}\n"));
    }
    if let Some(trouble) = &settled.trouble {
        notes.push_str(&format!("error: not all that is due could be stored: {trouble}\n"));
    }
    notes
}
