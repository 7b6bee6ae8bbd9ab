//! `zirkabot monitor`: looks as `models status --check` does, and tells what has changed since it was
//! last told. For a timer: each call is one round.

use crate::change::apply::state_file::{self, StateFile, StateText};
use crate::change::apply::{ApplyFault, Target};
use crate::cli::channels::{Channels, Test, settings, test};
use crate::cli::grammar::typed::Typed;
use crate::cli::grammar::{Global, duration, wait};
use crate::cli::monitor_install::{self, Install};
use crate::cli::scope::{known_agent, verdict};
use crate::cli::test::{Probe, probed};
use crate::cli::{Exit, Finished, Outcome, exit_of};
use crate::config::defaults::REMIND;
use crate::config::monitor::{self as config, Remind};
use crate::doc::redact;
use crate::pipeline::monitor::record::MonitorRecord;
use crate::pipeline::monitor::{self, Due, Present, ProblemState};
use crate::pipeline::notify::{self, Delivery};
use crate::pipeline::{self, Looked, Query, Trouble};
use crate::policy::status::Options;
use crate::report::json;
use crate::report::monitor::{self as report, Delivered};
use crate::sys::secret::Secret;
use crate::sys::{Act, Look};
use crate::world::observe::{Agents, Depth};
use std::path::PathBuf;

/// What standard output is called among the channels.
const STDOUT: &str = "stdout";

/// What the file of the record is called, without `.json`.
const NAME: &str = "monitor";

/// Report changes in the state of credentials; for a timer
///
/// Checks all agents like `models status --check`, with the same exit codes. Problems that are new, worse
/// or solved are printed and sent once, to each channel in the config (`monitor`) or on the command line.
/// If sending fails, the next run tries again; exit 74 if nothing could be sent.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Typed<Monitor>>,
    #[command(flatten)]
    round: Round,
}

verbs! {
    /// What about it.
    pub(super) Monitor {
        Test(Test) => test,
        /// Run the monitor every 30 minutes, with systemd, launchd or cron
        ///
        /// `zirkabot undo` restores the previous files. Other lines of a crontab are not changed.
        Install(Install) => monitor_install::install,
        /// Stop the periodic monitor and remove its files
        Uninstall(Install) => monitor_install::uninstall,
    }
}

/// One round.
#[derive(Debug, clap::Args)]
struct Round {
    /// Only this agent
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Warn about credentials that expire within this time, such as 12h or 3d [default: 24h]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    warn_within: Option<i64>,
    /// Ignore logins that renew themselves, even if monitor.allowRefreshable is false
    #[arg(long)]
    allow_refreshable: bool,
    /// Repeat unchanged problems after this time, or `off` [default: 24h]
    #[arg(long, value_name = "DURATION", value_parser = remind)]
    remind: Option<Remind>,
    #[command(flatten)]
    channels: Channels,
    /// Show what would be sent; send and record nothing
    #[arg(long)]
    dry_run: bool,
    /// Test credentials with their providers first; `full` sends a request to a model, which costs a few
    /// tokens
    #[arg(long, value_name = "HOW", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "free", conflicts_with = "dry_run")]
    probe: Option<Probe>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// How long to wait for another run that is still sending
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "30s")]
    lock_timeout: i64,
}

fn remind(text: &str) -> Result<Remind, String> {
    Remind::parse(text).ok_or_else(|| format!("expected `off`, or {}", crate::sys::time::EXAMPLES))
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    match &args.verb {
        Some(verb) => Monitor::run(act, global, verb),
        None => round(act, global, &args.round),
    }
}

/// All that a round knows before it tells anything.
struct Seen {
    looked: Looked,
    present: Present,
    settings: config::Monitor,
    target: Target,
    before: MonitorRecord,
    due: Due,
    /// Why the file of the record is set aside, in words.
    broken: Option<String>,
}

impl Seen {
    /// Whether there is anything to tell or to remember.
    fn is_quiet(&self) -> bool {
        self.due.told.is_empty() && self.due.record == self.before && self.broken.is_none()
    }
}

fn round(act: &mut dyn Act, global: &Global, args: &Round) -> Finished {
    let note = probe(act, global, args);
    let seen = see(act.as_look(), global, args)?;
    if args.dry_run || seen.is_quiet() {
        let would = |(channel, changes): (&&str, &Vec<_>)| Delivered {
            channel: (*channel).to_owned(),
            changes: changes.len(),
            told: None,
            why: None,
        };
        let delivered = seen.due.told.iter().filter(|(channel, _)| **channel != STDOUT).map(would).collect();
        let notes = note + &broken(&seen, None);
        let told = said(act, global, args, &seen, delivered, notes, None);
        return Ok(pinged(act, args, seen.settings.ping, told));
    }
    let ledger = match StateFile::take(act, &seen.target, NAME) {
        Ok(ledger) => ledger,
        Err(fault) => {
            let why = match &fault {
                ApplyFault::LockBusy { .. } => "another run is still sending".to_owned(),
                fault => format!("the record of sent messages could not be written: {fault}"),
            };
            let exit = exit_of(&Trouble::Apply(fault));
            let notes = note + &format!("error: nothing was sent, because {why}\n");
            return Err(said(act, global, args, &seen, Vec::new(), notes, Some(exit)));
        }
    };
    // Another round may have told it while we waited.
    let seen = see(act.as_look(), global, args)?;
    let ping = seen.settings.ping.clone();
    let told = tell(act, global, args, seen, &ledger);
    Ok(pinged(act, args, ping, Outcome { stderr: note + &told.stderr, ..told }))
}

/// Asks the address that is to hear of each round. Where it does not answer, whoever watches it hears nothing, and
/// that is what they watch for.
fn pinged(act: &mut dyn Act, args: &Round, ping: Option<Secret>, mut told: Outcome) -> Outcome {
    let Some(url) = ping.filter(|_| !args.dry_run) else { return told };
    if let Err(why) = notify::ping(act, &url, told.exit == Exit::Broken, args.channels.timeout) {
        told.stderr.push_str(&format!("warning: the address in monitor.ping was not reached: {why}\n"));
    }
    told
}

/// Asks the providers, if that is wanted. What they say is written down, and so seen by the look of the round.
fn probe(act: &mut dyn Act, global: &Global, args: &Round) -> String {
    if args.probe.is_none() {
        return String::new();
    }
    let agents = args.agent.clone().map_or(Agents::All, Agents::One);
    let ask = global.ask(agents, Depth::Gateway);
    let looked = pipeline::preview(act.as_look(), &ask).looked;
    probed(act, looked, &ask, args.probe, args.lock_timeout).2
}

/// Tells what is to be told, and writes down who took it.
fn tell(act: &mut dyn Act, global: &Global, args: &Round, mut seen: Seen, ledger: &StateFile) -> Outcome {
    let (machine, now) = (act.machine_name(), seen.looked.world.now);
    let aside = seen.broken.as_ref().map(|_| ledger.set_aside(act));
    let mut notes = broken(&seen, aside.as_ref().and_then(|aside| aside.as_ref().ok()));
    let mut delivered = Vec::new();
    for (id, changes) in &seen.due.told {
        let Some(settings) = seen.settings.channel(id) else { continue };
        let message = report::message(&machine, changes);
        let told = Delivery { settings, message: &message, limit: args.channels.timeout }.send(act);
        if told.is_ok() {
            monitor::took(&mut seen.due.record, id, changes, now);
        }
        let why = told.err().map(redact::redact);
        delivered.push(Delivered {
            channel: (*id).to_owned(),
            changes: changes.len(),
            told: Some(why.is_none()),
            why,
        });
    }
    if let Some(changes) = seen.due.told.get(STDOUT) {
        monitor::took(&mut seen.due.record, STDOUT, changes, now);
    }
    monitor::forget(&mut seen.due.record, now);
    let none_took = !delivered.is_empty() && delivered.iter().all(|one| one.told == Some(false));
    let mut exit = none_took.then_some(Exit::Io);
    let changed = seen.due.record != seen.before || seen.broken.is_some();
    if changed && let Err(fault) = ledger.write(act, &seen.due.record.text()) {
        notes.push_str(&format!(
            "error: the record of sent messages could not be written, so they will be sent again: {fault}\n"
        ));
        exit = Some(Exit::Io);
    }
    said(act, global, args, &seen, delivered, notes, exit)
}

/// Looks, and decides.
fn see(look: &dyn Look, global: &Global, args: &Round) -> Result<Seen, Outcome> {
    let options = Options { provider: None, warn_within: args.warn_within, allow_refreshable: true };
    let agents = args.agent.clone().map_or(Agents::All, Agents::One);
    let mut ask = Query { options, ..global.ask(agents, Depth::Gateway) };
    let mut looked = pipeline::preview(look, &ask).looked;
    if !looked.world.desired.monitor.allow_refreshable && !args.allow_refreshable {
        ask.options.allow_refreshable = false;
        looked = pipeline::preview(look, &ask).looked;
    }
    if looked.world.config_is_known() {
        known_agent(&looked.world, &ask.agents)?;
    }
    let settings = settings(&looked.world, &args.channels)?;
    let target = Target {
        state_dir: looked.world.paths.state.clone(),
        lock_timeout: args.lock_timeout,
        command: look.host().command.clone(),
    };
    let (before, broken) = match state_file::read(look, &target, NAME) {
        StateText::Nothing => (MonitorRecord::default(), None),
        StateText::Bytes(bytes) => match MonitorRecord::parse(bytes.expose()) {
            Ok(record) => (record, None),
            Err(why) => (MonitorRecord::default(), Some(why)),
        },
        StateText::Unreadable(why) => (MonitorRecord::default(), Some(why)),
    };
    let present = monitor::look::look(&looked, args.agent.is_none());
    let names = settings.channels.iter().map(|settings| settings.channel.name());
    let channels: Vec<_> = std::iter::once(STDOUT).chain(names).collect();
    let remind = match args.remind.or(settings.remind).unwrap_or(Remind::After(REMIND)) {
        Remind::Off => None,
        Remind::After(time) => Some(time),
    };
    let due = monitor::due(&before, &present, &channels, remind, looked.world.now);
    Ok(Seen { looked, present, settings, target, before, due, broken })
}

/// What is said of a record that nobody can make anything of.
fn broken(seen: &Seen, aside: Option<&PathBuf>) -> String {
    let Some(why) = &seen.broken else { return String::new() };
    let paths = &seen.looked.world.paths;
    let file = paths.shown(&paths.state.join(format!("{NAME}.json")));
    let kept = aside.map_or_else(String::new, |aside| format!("; it is kept as {}", paths.shown(aside)));
    format!("note: {file} {why}, so nothing counts as sent yet{kept}\n")
}

/// The report of a round.
fn said(
    act: &dyn Act,
    global: &Global,
    args: &Round,
    seen: &Seen,
    delivered: Vec<Delivered>,
    mut notes: String,
    exit: Option<Exit>,
) -> Outcome {
    let check = verdict(&seen.looked.findings);
    let changes = seen.due.told.get(STDOUT).map(Vec::as_slice).unwrap_or_default();
    let failed = delivered.iter().filter(|one| one.told == Some(false));
    notes.extend(failed.map(report::delivered));
    let stdout = if args.json {
        json::text(&report::MonitorDocument {
            schema_version: 1,
            exit: json::exit_of_check(&seen.looked.world, &seen.looked.findings, check.code()),
            dry_run: args.dry_run,
            changes: report::bodies(changes),
            deliveries: delivered,
        })
    } else {
        let mut text = report::text(changes, global.style(act));
        if changes.is_empty() && global.verbose {
            let states: Vec<ProblemState> =
                seen.present.problems.values().map(|problem| problem.state).collect();
            text.push_str(&report::unchanged(&states));
        }
        let shown = |one: &&Delivered| one.told.is_none() || (one.told == Some(true) && global.verbose);
        text.extend(delivered.iter().filter(shown).map(report::delivered));
        text
    };
    Outcome::told(stdout, notes, exit.unwrap_or(check))
}
