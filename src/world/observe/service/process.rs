//! A gateway that runs though nothing defines it: somebody started it in a terminal or a container.
//! Found in `/proc`, among the processes of this user.

use crate::catalog::documents::DocKind;
use crate::catalog::launchers::{self, Hands};
use crate::doc::Docs;
use crate::sys::{Look, Millis, Reading};
use crate::world::observe::open;
use crate::world::observe::service::{Definition, Here, Manager, Run, ServiceVar, launch, running, systemd};
use std::path::{Path, PathBuf};

/// Longest command line and description that is read, in bytes.
const MAX_BYTES: usize = 1 << 16;

/// Milliseconds of a tick, in which the kernel tells when a process was started.
const TICK: Millis = 10;

/// Most processes above this one that are looked at.
const MOST_ANCESTORS: usize = 32;

/// A running gateway.
struct Process {
    pid: u32,
    command: Vec<String>,
}

/// Looks for a running gateway of this user and profile.
pub(super) fn find(look: &dyn Look, docs: &mut Docs, here: &Here<'_>) -> Option<(Definition, Run)> {
    let process = all(look).into_iter().find(|process| is_of_profile(&process.command, &[], here))?;
    let place = look.host().system(&format!("proc/{}", process.pid));
    let doc = open::place(look, docs, DocKind::Process, &place);
    let run = run(look, &process);
    let cwd = look.resolve(&place.join("cwd"));
    let definition = Definition {
        manager: Manager::Process,
        name: format!("the running gateway (process {})", process.pid),
        doc,
        parts: Vec::new(),
        files: Vec::new(),
        missing: Vec::new(),
        given: Vec::new(),
        credentials: Vec::new(),
        masked: false,
        unset: Vec::new(),
        cleared: false,
        opaque: run.env.is_none(),
        through: None,
        starts: Some(true),
        foreign: false,
        profile: systemd::profile(&process.command),
        port: systemd::port(&process.command),
        program: systemd::program(&process.command),
        cwd: if cwd.starts_with(&place) { here.paths.home.clone() } else { cwd },
    };
    Some((definition, run))
}

/// The running gateway that belongs to a definition whose manager cannot be asked.
pub(super) fn of(look: &dyn Look, found: &Definition) -> Option<Run> {
    let fits = |process: &&Process| systemd::profile(&process.command) == found.profile;
    let given =
        |name: &str| found.given.iter().find(|one| one.known && one.name == name).map(|one| &one.value);
    // Of several gateways it is the one with the state directory that is given.
    let is_same = |run: &Run| {
        let state = given("ZIRKABOT_STATE_DIR");
        state.is_none() || run.env.as_ref().is_none_or(|env| env.get("ZIRKABOT_STATE_DIR") == state)
    };
    all(look).iter().filter(fits).map(|process| run(look, process)).find(is_same)
}

fn run(look: &dyn Look, process: &Process) -> Run {
    Run {
        active: true,
        enabled: false,
        failed: None,
        started: started(look, process.pid),
        env: running::environ(look, process.pid),
    }
}

/// The gateways of this user, in order of their ids.
fn all(look: &dyn Look) -> Vec<Process> {
    let host = look.host();
    let proc = host.system("proc");
    let mut pids: Vec<u32> = look.list(&proc).iter().filter_map(|name| name.parse().ok()).collect();
    pids.sort_unstable();
    let of_user = |pid: &u32| {
        *pid != host.pid && look.stat(&proc.join(pid.to_string())).is_some_and(|stat| stat.uid == host.uid)
    };
    let process = |pid: u32| {
        let command = text(look, &proc.join(pid.to_string()).join("cmdline"))?;
        let command: Vec<String> = command.split_terminator('\0').map(str::to_owned).collect();
        launch::is_gateway(&command).then_some(Process { pid, command })
    };
    pids.into_iter().filter(of_user).filter_map(process).collect()
}

/// Whether a gateway is that of the profile of this run.
pub(super) fn is_of_profile(command: &[String], given: &[ServiceVar], here: &Here<'_>) -> bool {
    let named = given.iter().find(|one| one.name == "ZIRKABOT_PROFILE");
    let profile = systemd::profile(command).or_else(|| Some(named?.value.expose().clone()));
    let profile = profile.filter(|name| !name.is_empty() && name != "default");
    profile.as_deref() == here.paths.profile.as_deref()
}

/// The program for secrets through which this process was started, as people name it.
pub(in crate::world::observe) fn handed_by(look: &dyn Look) -> Option<String> {
    let proc = look.host().system("proc");
    let mut pid = look.host().pid;
    for _ in 0..MOST_ANCESTORS {
        let own = text(look, &proc.join(pid.to_string()).join("stat"))?;
        // The name in parentheses may hold anything; behind it stand the state and the parent.
        pid = own.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok().filter(|pid| *pid > 1)?;
        let command = text(look, &proc.join(pid.to_string()).join("cmdline"))?;
        let program = command.split('\0').next().map(launch::file_name)?;
        if let Some(row) = launchers::find(program).filter(|row| row.hands == Hands::Secrets) {
            return Some(row.shown());
        }
    }
    None
}

/// When a process was started.
fn started(look: &dyn Look, pid: u32) -> Option<Millis> {
    let proc: PathBuf = look.host().system("proc");
    let own = text(look, &proc.join(pid.to_string()).join("stat"))?;
    // The name in parentheses may hold anything; the 22nd field is the 20th behind it.
    let ticks: Millis = own.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let machine = text(look, &proc.join("stat"))?;
    let boot = machine.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse::<Millis>().ok()?;
    Some(boot.saturating_mul(1000).saturating_add(ticks.saturating_mul(TICK)))
}

fn text(look: &dyn Look, path: &Path) -> Option<String> {
    match look.read(path, MAX_BYTES) {
        Reading::File(bytes, _) => Some(String::from_utf8_lossy(bytes.expose()).into_owned()),
        _ => None,
    }
}
