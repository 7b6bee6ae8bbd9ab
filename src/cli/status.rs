//! `zirkabot models status`: bring what is due up to date (unless it is a dry run), then say
//! how things are.

use crate::cli::grammar::{Global, duration, form, wait};
use crate::cli::scope::{known_agent, verdict};
use crate::cli::test::{Probe, probed};
use crate::cli::{Exit, Finished, Outcome, exit_of, file, hosts, watch};
use crate::pipeline::{self, Looked, Query, Synced};
use crate::policy::known::{self, known_files};
use crate::policy::status::Options;
use crate::report::nagios::{self, PluginState};
use crate::report::{self, StatusForm, TextForm, human, json, plain, probe, timeline};
use crate::sys::Act;
use crate::world::observe::{Agents, Depth};
use std::path::PathBuf;

/// Permission bits of metrics: they hold no secret, and another user collects them.
const METRICS_MODE: u32 = 0o644;

/// The forms that are files of their own.
const FILES: &[&str] = &["html", "ics", "prometheus"];

/// Permission bits of what its owner hands on: who else may see when credentials expire is theirs to say.
const OWN_MODE: u32 = 0o600;

/// Show which credentials are used, when they expire, and what to do next
///
/// Stores newer logins of other programs first; with --check nothing is changed. Without --check the exit
/// code says only whether the command itself succeeded.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Status {
    /// Change nothing; exit 0 if everything is OK, 1 if something is expired or missing, 2 if expiring
    #[arg(long)]
    check: bool,
    /// Print one JSON document
    #[arg(long, alias = "status-json", conflicts_with = "plain")]
    json: bool,
    /// Print only the default model
    #[arg(long, alias = "status-plain")]
    plain: bool,
    /// Output format; prometheus and nagios change nothing, like --check
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = form(report::STATUS),
        default_value = "human",
        conflicts_with_all = ["json", "plain"]
    )]
    format: &'static StatusForm,
    /// Show the time until each credential expires, as bars
    #[arg(long, conflicts_with_all = ["json", "plain", "format"])]
    timeline: bool,
    /// Show it until q is pressed, and update it when something changes
    #[arg(long, conflicts_with_all = ["json", "plain", "format", "timeline", "probe", "check"])]
    watch: bool,
    /// Ask these machines, separated by commas, over ssh, and show a line for each
    #[arg(
        long,
        value_name = "HOSTS",
        value_delimiter = ',',
        conflicts_with_all = ["plain", "format", "timeline", "probe", "watch", "output"]
    )]
    host: Vec<String>,
    /// Write the output of a --format to this file atomically, instead of printing it
    #[arg(long, value_name = "FILE", requires = "format")]
    output: Option<PathBuf>,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID", conflicts_with = "all_agents")]
    agent: Option<String>,
    /// All agents
    #[arg(long)]
    all_agents: bool,
    /// Only this provider
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// Warn about credentials that expire within this time, such as 12h or 3d [default: 24h]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    warn_within: Option<i64>,
    /// Do not count logins that renew themselves as expired or expiring
    #[arg(long)]
    allow_refreshable: bool,
    /// Test credentials with their providers; `full` sends a request to a model, which costs a few tokens
    #[arg(long, value_name = "HOW", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "free", conflicts_with = "plain")]
    probe: Option<Probe>,
    /// How long to wait for another zirkabot process that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    lock_timeout: i64,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Status) -> Finished {
    if !args.host.is_empty() {
        let style = global.style(act);
        return hosts::run(act, &args.host, &args.handed_on()?, args.json, style);
    }
    let one = global.ask_one(args.agent.as_deref());
    let options = Options {
        provider: args.provider.clone(),
        warn_within: args.warn_within,
        allow_refreshable: args.allow_refreshable,
    };
    let agents = if args.all_agents { Agents::All } else { one.agents };
    let mut ask = Query { agents, options, depth: Depth::Gateway, ..one };
    ask.options.provider = known(act, &ask)?;
    if args.output.is_some() && !FILES.contains(&args.format.name) {
        return Err(Outcome::usage("--output is for --format html, ics and prometheus"));
    }
    if args.watch {
        return watch::run(act, global, &ask);
    }
    let TextForm::Own(text) = args.format.text else {
        let is_json = args.json || matches!(args.format.text, TextForm::Json);
        return Ok(told(act, global, args, is_json, &ask));
    };
    let mut synced = pipeline::preview(act.as_look(), &ask);
    let (looked, _, note) = probed(act, synced.looked, &ask, args.probe, args.lock_timeout);
    synced.looked = looked;
    if args.format.name == "ics" {
        // A calendar that is read again takes out what it does not name: what cannot be read is not empty.
        known_files(&synced.looked.world)?;
    }
    let code = verdict(&synced.looked.findings);
    let (stdout, stderr) = (text(&synced.looked, code.code()), notes(&synced) + &note);
    let exit = match args.format.name {
        "nagios" => plugin(nagios::answer(&synced.looked)),
        _ => exit(&synced, args.check),
    };
    let Some(path) = &args.output else { return Ok(Outcome::told(stdout, stderr, exit)) };
    let mode = if args.format.name == "prometheus" { METRICS_MODE } else { OWN_MODE };
    match file::put(act, path, mode, stdout.as_bytes()) {
        Ok(()) => Ok(Outcome::err(stderr, exit)),
        Err(error) => {
            let failed = Outcome::io(path, &error);
            Err(Outcome { stderr: stderr + &failed.stderr, ..failed })
        }
    }
}

impl Status {
    /// The options that mean the same on another machine, each one word of a shell there.
    fn handed_on(&self) -> Result<Vec<String>, Outcome> {
        let flags = [("--all-agents", self.all_agents), ("--allow-refreshable", self.allow_refreshable)];
        let mut out: Vec<String> =
            flags.into_iter().filter(|(_, set)| *set).map(|(flag, _)| flag.to_owned()).collect();
        let within = self.warn_within.map(|millis| format!("{millis}ms"));
        let values = [("--agent", &self.agent), ("--provider", &self.provider), ("--warn-within", &within)];
        for (flag, value) in values {
            let Some(value) = value else { continue };
            if !value.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
                return Err(Outcome::usage(format!(
                    "{flag} `{value}` cannot be handed on to another machine"
                )));
            }
            out.push(format!("{flag}={value}"));
        }
        Ok(out)
    }
}

/// Runs `check`.
pub(super) fn check(act: &mut dyn Act, global: &Global, args: &Status) -> Finished {
    run(act, global, &Status { check: true, ..args.clone() })
}

/// The status as text or as a document.
fn told(act: &mut dyn Act, global: &Global, args: &Status, is_json: bool, ask: &Query) -> Outcome {
    let mut synced = match args.check {
        true => pipeline::preview(act.as_look(), ask),
        false => pipeline::sync_due(act, ask, args.lock_timeout),
    };
    let (looked, probes, note) = probed(act, synced.looked, ask, args.probe, args.lock_timeout);
    synced.looked = looked;
    let Looked { world, status, findings } = &synced.looked;
    let changes =
        human::Changes { done: &synced.applied, due: &synced.pending, trouble: synced.trouble.as_ref() };
    if args.plain && !world.config_is_known() {
        let name = world.doc_name(world.config.doc);
        let why = format!("error: {name} cannot be read, so the default model is unknown\n");
        return Outcome::err(why, Exit::Broken);
    }
    let stdout = if is_json {
        let document = json::status(world, status, findings, changes, verdict(findings).code());
        json::text(&document.with_probes(probes))
    } else if args.plain {
        plain::status(status)
    } else if args.timeline {
        timeline::text(&synced.looked, global.style(act))
    } else {
        let style = global.style(act);
        let text = human::status(world, status, findings, changes, style, global.verbose);
        text + &probes.map_or_else(String::new, |body| probe::section(&body, world.now, style))
    };
    Outcome::told(stdout, notes(&synced) + &note, exit(&synced, args.check))
}

/// The numbers of monitoring plugins.
fn plugin(answer: PluginState) -> Exit {
    match answer {
        PluginState::Ok => Exit::Ok,
        PluginState::Warning => Exit::Warning,
        PluginState::Critical => Exit::Critical,
        PluginState::Unknown => Exit::Unknown,
    }
}

/// The provider that is meant. An agent or provider that nobody knows is a slip, not a thing to create.
fn known(act: &dyn Act, ask: &Query) -> Result<Option<String>, Outcome> {
    if !matches!(ask.agents, Agents::One(_)) && ask.options.provider.is_none() {
        return Ok(None);
    }
    let given = ask.options.provider.as_deref();
    let world = pipeline::world(act.as_look(), ask);
    if !world.config_is_known() {
        // Whoever it is may be in the config that cannot be read; the report says so.
        return Ok(given.map(|given| known::meant(&world, given)));
    }
    known_agent(&world, &ask.agents)?;
    Ok(given.map(|given| known::provider(&world, given)).transpose()?)
}

fn exit(synced: &Synced, check: bool) -> Exit {
    if check { verdict(&synced.looked.findings) } else { synced.trouble.as_ref().map_or(Exit::Ok, exit_of) }
}

/// What is not part of the report itself.
fn notes(synced: &Synced) -> String {
    let recovered = synced.recovered.iter().map(|text| format!("note: {text}\n"));
    let trouble = synced.trouble.iter();
    let trouble = trouble.map(|why| format!("error: some pending changes could not be stored: {why}\n"));
    recovered.chain(trouble).collect()
}
