//! Installing and removing what a service manager runs: the files by a plan, then the manager's own
//! commands. Which files and which commands is decided in `intent::service` and
//! `policy::unit::manager`.

use crate::change::proposal::Proposals;
use crate::cli::grammar::{Global, Writing};
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Finished, Outcome};
use crate::intent::service::{self, ServiceJob};
use crate::pipeline::{self, Looked, Query};
use crate::policy::unit::manager::{self, LIMIT, ManagerCommand, UnitTarget};
use crate::report::style::{Style, Tone};
use crate::sys::secret::Secret;
use crate::sys::{Act, Look, Probe, Probed};
use crate::world::World;
use crate::world::observe::service::Manager;
use crate::world::observe::{Agents, Depth, programs};
use crate::world::service::{Role, monitor_label};

/// Most that is kept of what a manager prints, in bytes.
const MAX_OUTPUT: usize = 1 << 16;

// Whose service it is, and what may be overwritten.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Whose {
    /// Service manager [default: the one of this system]
    #[arg(long, value_enum, value_name = "MANAGER")]
    manager: Option<ManagerName>,
    /// Also replace or remove files that were written or changed by hand
    #[arg(long)]
    force: bool,
}

/// Who runs services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ManagerName {
    /// systemd of the user
    Systemd,
    /// launchd of macOS
    Launchd,
}

/// What is to be installed or removed.
#[derive(Clone, Copy)]
pub(super) struct Installing<'a> {
    pub(super) job: ServiceJob,
    pub(super) whose: Whose,
    /// Whether nothing is to be started.
    pub(super) no_start: bool,
    pub(super) writing: &'a Writing,
    /// What is true afterwards.
    pub(super) after: &'a dyn Fn(&Looked, Style) -> String,
}

/// What to look at: the service too.
pub(super) fn ask(global: &Global) -> Query {
    global.ask(Agents::All, Depth::Doctor)
}

/// Who runs services here.
fn manager(world: &World, whose: Whose) -> Manager {
    match whose.manager {
        Some(ManagerName::Systemd) => Manager::User,
        Some(ManagerName::Launchd) => Manager::Launchd,
        None if world.own.as_ref().is_some_and(|own| own.launchd) => Manager::Launchd,
        None => Manager::User,
    }
}

/// Writes the files, and has them run.
pub(super) fn install(act: &mut dyn Act, global: &Global, args: &Installing<'_>) -> Finished {
    let Installing { job, whose, .. } = *args;
    let ask = ask(global);
    let request = |world: &World, _: &str| service::install(world, job, manager(world, whose), whose.force);
    let before = pipeline::look(act.as_look(), &ask);
    // Who names a manager, or starts nothing, means the file.
    if whose.manager.is_none() && !args.no_start {
        let manager = manager(&before.world, whose);
        let commands = programs::path(act.as_look(), "systemctl").is_some();
        service::runnable(&before.world, job, manager, commands).map_err(Outcome::from)?;
    }
    let mut outcome = write(act, global, args, &ask, &request)?;
    if outcome.exit != Exit::Ok || args.writing.json && args.writing.dry_run {
        return Ok(outcome);
    }
    let now = pipeline::look(act.as_look(), &ask);
    let manager = manager(&now.world, whose);
    let runs = runs(&before.world, job);
    let is_new = texts(&before.world, job, manager) != texts(&now.world, job, manager);
    if args.no_start || job == ServiceJob::Widget || runs == Some(true) && !is_new && !args.writing.dry_run {
        return Ok(outcome);
    }
    let commands = with_target(&now.world, job, manager, |target| manager::start(target, runs == Some(true)));
    let style = global.style(act);
    if args.writing.dry_run {
        if !outcome.stdout.starts_with("nothing") {
            outcome.stdout.push_str(&then(&commands, style));
        }
        return Ok(outcome);
    }
    carry_out(act, manager, &commands, &mut outcome);
    Ok(outcome)
}

/// Ends what runs, and removes its files.
pub(super) fn uninstall(act: &mut dyn Act, global: &Global, args: &Installing<'_>) -> Finished {
    let Installing { job, whose, writing, .. } = *args;
    let ask = ask(global);
    let request = |world: &World, _: &str| service::uninstall(world, job, manager(world, whose), whose.force);
    let on_world = |world: &World| request(world, "");
    // Refused before anything at all is stopped.
    let planned = pipeline::plan_request(act.as_look(), &ask, &on_world).map_err(Outcome::from)?;
    let world = &planned.now.world;
    let manager = manager(world, whose);
    let stop = match job {
        ServiceJob::Widget => Vec::new(),
        _ => with_target(world, job, manager, manager::stop),
    };
    let style = global.style(act);
    let mut stopped = Outcome::out(String::new(), Exit::Ok);
    if !writing.dry_run {
        carry_out(act, manager, &stop, &mut stopped);
        if stopped.exit != Exit::Ok {
            return Ok(stopped);
        }
    }
    let mut outcome = write(act, global, args, &ask, &request)?;
    if outcome.exit != Exit::Ok {
        return Ok(outcome);
    }
    outcome.stderr = format!("{}{}", stopped.stderr, outcome.stderr);
    if writing.dry_run && !writing.json {
        outcome.stdout.push_str(&then(&stop, style));
    } else if !writing.dry_run && job != ServiceJob::Widget && reachable(act.as_look(), manager) {
        carry_out(act, manager, &manager::forget(manager), &mut outcome);
    }
    Ok(outcome)
}

fn write(
    act: &mut dyn Act,
    global: &Global,
    args: &Installing<'_>,
    ask: &Query,
    request: &dyn Fn(&World, &str) -> Proposals,
) -> Finished {
    let after = &|looked: &Looked, _: &str, style: Style| (args.after)(looked, style);
    write::run_asking(act, global, ask, &WriteRequest { after, ..WriteRequest::new(args.writing, request) })
}

/// Whether the job runs; `None` if that cannot be told.
fn runs(world: &World, job: ServiceJob) -> Option<bool> {
    let service = world.service.as_ref().filter(|_| job.is_gateway())?;
    service.run.as_ref().map(|run| run.active && run.enabled)
}

/// What its files say.
fn texts(world: &World, job: ServiceJob, manager: Manager) -> Vec<Secret> {
    let own = world.own.iter();
    let docs = own.flat_map(|own| job.roles(manager).iter().map(|role| own.doc(*role)));
    docs.map(|doc| world.doc(doc).text.clone()).collect()
}

fn with_target(
    world: &World,
    job: ServiceJob,
    manager: Manager,
    make: impl Fn(UnitTarget<'_>) -> Vec<ManagerCommand>,
) -> Vec<ManagerCommand> {
    let Some(own) = &world.own else { return Vec::new() };
    let (name, role) = match (job, manager) {
        (job, Manager::Launchd) if job.is_gateway() => (own.label.clone(), Role::Plist),
        (job, _) if job.is_gateway() => (format!("{}.service", own.unit), Role::Unit),
        (_, Manager::Launchd) => (monitor_label(&own.label), Role::MonitorPlist),
        (_, _) => (format!("{}.timer", own.monitor), Role::MonitorTimer),
    };
    let path = world.doc(own.doc(role)).path.clone().unwrap_or_default();
    let socket = format!("{}.socket", own.unit);
    let has_socket = job.is_gateway() && world.doc(own.doc(Role::Socket)).exists();
    let socket = Some(socket.as_str()).filter(|_| has_socket && manager != Manager::Launchd);
    make(UnitTarget { manager, name: &name, path: &path, uid: world.uid, socket })
}

fn then(commands: &[ManagerCommand], style: Style) -> String {
    let lines =
        commands.iter().map(|command| format!("  {}\n", style.paint(Tone::Act, &command.to_string())));
    if commands.is_empty() { String::new() } else { format!("\nThen:\n{}", lines.collect::<String>()) }
}

/// Whether the manager answers at all.
fn reachable(look: &dyn Look, manager: Manager) -> bool {
    let question = manager::question(manager);
    let Some(probe) = probe(look, &question, 3_000) else { return false };
    matches!(look.probe(&probe), Probed::Done(Some(0), _))
}

fn probe(look: &dyn Look, command: &ManagerCommand, limit: i64) -> Option<Probe> {
    let program = programs::path(look, command.program)?;
    Some(Probe { program, args: command.args.clone(), limit, max_output: MAX_OUTPUT })
}

/// Runs the commands, the first that fails ends it. Where no manager answers they are told instead.
pub(super) fn carry_out(
    act: &mut dyn Act,
    manager: Manager,
    commands: &[ManagerCommand],
    outcome: &mut Outcome,
) {
    if commands.is_empty() {
        return;
    }
    if !reachable(act.as_look(), manager) {
        let who = if manager == Manager::Launchd { "launchd" } else { "systemd of this user" };
        let lines: String = commands.iter().map(|command| format!("  {command}\n")).collect();
        outcome.stderr.push_str(&format!("note: {who} does not answer here. Where it does, run:\n{lines}"));
        return;
    }
    for command in commands {
        let done = match probe(act.as_look(), command, LIMIT) {
            Some(probe) => act.run(&probe),
            None => Probed::NotStarted(format!("{} does not exist", command.program)),
        };
        let why = match done {
            Probed::Done(Some(0), _) => continue,
            _ if command.may_fail => continue,
            Probed::Done(Some(code), _) => format!("ended with code {code}"),
            Probed::Done(None, _) => "was killed".to_owned(),
            Probed::NotStarted(why) => why,
            Probed::TimedOut => format!("took longer than {} s", LIMIT / 1000),
            Probed::TooMuch => "printed too much".to_owned(),
        };
        let help = "run it yourself to see its output";
        outcome.stderr.push_str(&format!("error: `{command}` {why}\n  help: {help}\n"));
        outcome.exit = Exit::Broken;
        return;
    }
}
