//! `zirkabot monitor`: looks as `models status --check` does, and tells what has changed since it was
//! last told. For a timer: each call is one round.

use crate::change::apply::state_file::{self, StateFile, StateText};
use crate::change::apply::{ApplyFault, Target};
use crate::cli::exit_of;
use crate::cli::grammar::Global;
use crate::cli::grammar::monitor::{Channels, Monitor, MonitorCommand, MonitorRound, MonitorTest};
use crate::cli::monitor_install;
use crate::cli::scope::unknown_agent;
use crate::cli::scope::verdict;
use crate::cli::{Exit, Outcome};
use crate::config::channels::{ALLOW_HTTP, CHANNELS, Flag, Settings, Takes};
use crate::config::defaults::REMIND;
use crate::config::monitor as config;
use crate::config::monitor::Remind;
use crate::doc::redact;
use crate::pipeline::monitor::record::MonitorRecord;
use crate::pipeline::monitor::{self, Due, Present, ProblemState};
use crate::pipeline::notify::Delivery;
use crate::pipeline::{self, Ask, Looked, Trouble};
use crate::policy::status::Options;
use crate::report::json;
use crate::report::monitor as report;
use crate::report::monitor::Delivered;
use crate::report::style::{Stream, Style};
use crate::sys::{Act, Look};
use crate::world::World;
use crate::world::observe::{Agents, Depth};

/// What standard output is called among the channels.
const STDOUT: &str = "stdout";

/// What the file of the record is called, without `.json`.
const NAME: &str = "monitor";

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Monitor) -> Outcome {
    match &args.command {
        Some(MonitorCommand::Test(args)) => test(act, global, args),
        Some(MonitorCommand::Install(args)) => monitor_install::install(act, global, args),
        Some(MonitorCommand::Uninstall(args)) => monitor_install::uninstall(act, global, args),
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

fn round(act: &mut dyn Act, global: &Global, args: &MonitorRound) -> Outcome {
    let seen = match see(act.as_look(), global, args) {
        Ok(seen) => seen,
        Err(refused) => return refused,
    };
    if args.dry_run || seen.is_quiet() {
        let would = |(channel, changes): (&&str, &Vec<_>)| Delivered {
            channel: (*channel).to_owned(),
            changes: changes.len(),
            told: None,
            why: None,
        };
        let delivered = seen.due.told.iter().filter(|(channel, _)| **channel != STDOUT).map(would).collect();
        let notes = broken(&seen, None);
        return said(act, global, args, &seen, delivered, notes, None);
    }
    let ledger = match StateFile::take(act, &seen.target, NAME) {
        Ok(ledger) => ledger,
        Err(fault) => {
            let why = match &fault {
                ApplyFault::LockBusy { .. } => "another round is still telling".to_owned(),
                fault => format!("what is told could not be written down: {fault}"),
            };
            let exit = exit_of(&Trouble::Apply(fault));
            let notes = format!("error: no channel was told, because {why}\n");
            return said(act, global, args, &seen, Vec::new(), notes, Some(exit));
        }
    };
    // Another round may have told it while we waited.
    match see(act.as_look(), global, args) {
        Ok(seen) => tell(act, global, args, seen, &ledger),
        Err(refused) => refused,
    }
}

/// Tells what is to be told, and writes down who took it.
fn tell(
    act: &mut dyn Act,
    global: &Global,
    args: &MonitorRound,
    mut seen: Seen,
    ledger: &StateFile,
) -> Outcome {
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
            "error: what was told could not be written down, so it is told again: {fault}\n"
        ));
        exit = Some(Exit::Io);
    }
    said(act, global, args, &seen, delivered, notes, exit)
}

/// Looks, and decides.
fn see(look: &dyn Look, global: &Global, args: &MonitorRound) -> Result<Seen, Outcome> {
    let mut ask = Ask {
        agents: args.agent.clone().map_or(Agents::All, Agents::One),
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options {
            provider: None,
            warn_within: args.warn_within,
            allow_refreshable: args.allow_refreshable,
        },
    };
    let mut looked = pipeline::preview(look, &ask).looked;
    if looked.world.desired.monitor.allow_refreshable && !args.allow_refreshable {
        ask.options.allow_refreshable = true;
        looked = pipeline::preview(look, &ask).looked;
    }
    if looked.world.config_is_known()
        && let Some(refused) = unknown_agent(&looked.world, &ask.agents)
    {
        return Err(refused);
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

/// The channels: those of the config, and in the place of each what the command line says.
fn settings(world: &World, args: &Channels) -> Result<config::Monitor, Outcome> {
    let value = |flag: &Flag, text: &String| match flag.takes {
        Takes::Variable => world.env.get(text).filter(|value| !value.is_blank()).cloned(),
        _ => Some(text.as_str().into()),
    };
    let monitor = &world.desired.monitor;
    let mut channels = Vec::new();
    for channel in CHANNELS {
        let mut given = Vec::new();
        for (flag, text) in args.named.of(channel) {
            let unset = || Outcome::usage(&format!("the variable {text} is not set"));
            given.push((flag, value(flag, text).ok_or_else(unset)?));
        }
        let said = (!given.is_empty()).then(|| Settings::given(channel, given));
        channels.extend(said.or_else(|| monitor.channel(channel.name()).cloned()));
    }
    if args.allow_http {
        channels.iter_mut().for_each(|settings| settings.switch_on(ALLOW_HTTP));
    }
    Ok(config::Monitor { channels, ..monitor.clone() })
}

/// What is said of a record that nobody can make anything of.
fn broken(seen: &Seen, aside: Option<&std::path::PathBuf>) -> String {
    let Some(why) = &seen.broken else { return String::new() };
    let paths = &seen.looked.world.paths;
    let file = paths.shown(&paths.state.join(format!("{NAME}.json")));
    let kept = aside.map_or_else(String::new, |aside| format!("; it is kept as {}", paths.shown(aside)));
    format!("note: {file} {why}, so nothing counts as told yet{kept}\n")
}

/// The report of a round.
fn said(
    act: &dyn Act,
    global: &Global,
    args: &MonitorRound,
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
            check: check.code(),
            dry_run: args.dry_run,
            changes: report::bodies(changes),
            deliveries: delivered,
        })
    } else {
        let mut text = report::text(changes, Style::decide(global.color, act.host(), Stream::Out));
        if changes.is_empty() && global.verbose {
            let states: Vec<ProblemState> =
                seen.present.problems.values().map(|problem| problem.state).collect();
            text.push_str(&report::unchanged(&states));
        }
        let shown = |one: &&Delivered| one.told.is_none() || (one.told == Some(true) && global.verbose);
        text.extend(delivered.iter().filter(shown).map(report::delivered));
        text
    };
    Outcome { stdout, stderr: notes, exit: exit.unwrap_or(check) }
}

fn test(act: &mut dyn Act, global: &Global, args: &MonitorTest) -> Outcome {
    let ask = Ask {
        agents: Agents::Default,
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options::default(),
    };
    let world = pipeline::look(act.as_look(), &ask).world;
    let settings = match settings(&world, &args.channels) {
        Ok(settings) => settings,
        Err(refused) => return refused,
    };
    let message = report::test_message(&act.machine_name(), world.now);
    let (mut stdout, mut stderr) = (String::new(), String::new());
    for settings in &settings.channels {
        let name = settings.channel.name();
        let told = Delivery { settings, message: &message, limit: args.channels.timeout }.send(act);
        match told.map_err(redact::redact) {
            Ok(()) => stdout.push_str(&format!("{name} took the test message\n")),
            Err(why) => stderr.push_str(&format!("error: {name} did not take it: {why}\n")),
        }
    }
    if stdout.is_empty() && stderr.is_empty() {
        return Outcome::usage(
            "there is no channel: name one, such as --ntfy TOPIC, or set one under `monitor` in the config",
        );
    }
    let exit = if stderr.is_empty() { Exit::Ok } else { Exit::Io };
    Outcome { stdout, stderr, exit }
}
