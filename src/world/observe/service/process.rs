//! A gateway that runs though nothing defines it: somebody started it in a terminal or a container.
//! Found in `/proc`, among the processes of this user.

use crate::catalog::documents::DocKind;
use crate::doc::Docs;
use crate::sys::{Look, Millis, Reading};
use crate::world::observe::open;
use crate::world::observe::service::{Definition, Here, Manager, Run, ServiceVar, running, systemd};
use std::path::{Path, PathBuf};

/// Longest command line and description that is read, in bytes.
const MAX_BYTES: usize = 1 << 16;

/// Milliseconds of a tick, in which the kernel tells when a process was started.
const TICK: Millis = 10;

/// Programs that run scripts.
const RUNTIMES: &[&str] = &["node", "bun", "deno"];

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
        opaque: run.env.is_none(),
        profile: systemd::profile(&process.command),
        cwd: if cwd.starts_with(&place) { here.paths.home.clone() } else { cwd },
    };
    Some((definition, run))
}

/// The running gateway that belongs to a definition whose manager cannot be asked.
pub(super) fn of(look: &dyn Look, profile: Option<&str>) -> Option<Run> {
    let fits = |process: &Process| systemd::profile(&process.command).as_deref() == profile;
    all(look).iter().find(|process| fits(process)).map(|process| run(look, process))
}

fn run(look: &dyn Look, process: &Process) -> Run {
    Run {
        active: true,
        enabled: false,
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
        is_gateway(&command).then_some(Process { pid, command })
    };
    pids.into_iter().filter(of_user).filter_map(process).collect()
}

/// Whether a command line is `zirkabot [--profile X] gateway …`, by itself or run by Node and its like.
pub(super) fn is_gateway(command: &[String]) -> bool {
    let name = |word: &String| {
        let name = Path::new(word).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.trim_end_matches(".js").trim_end_matches(".mjs").to_owned()
    };
    let Some((program, rest)) = command.split_first() else { return false };
    let rest = if RUNTIMES.contains(&name(program).as_str()) {
        let mut words = rest.iter();
        let Some(script) = words.find(|word| !word.starts_with('-')) else { return false };
        if !script.split('/').any(|part| part == "zirkabot" || part.starts_with("zirkabot.")) {
            return false;
        }
        words.as_slice()
    } else if name(program) == "zirkabot" {
        rest
    } else {
        return false;
    };
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--profile" => drop(words.next()),
            "gateway" => {
                // `gateway status` and its like only talk to one.
                let next = words.next().map_or("run", String::as_str);
                return next == "run" || !next.starts_with(|c: char| c.is_ascii_lowercase());
            }
            option if option.starts_with('-') => {}
            _ => return false,
        }
    }
    false
}

/// Whether a gateway is that of the profile of this run.
pub(super) fn is_of_profile(command: &[String], given: &[ServiceVar], here: &Here<'_>) -> bool {
    let named = given.iter().find(|one| one.name == "ZIRKABOT_PROFILE");
    let profile = systemd::profile(command).or_else(|| Some(named?.value.expose().clone()));
    let profile = profile.filter(|name| !name.is_empty() && name != "default");
    profile.as_deref() == here.paths.profile.as_deref()
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

#[cfg(test)]
mod tests {
    use crate::world::observe::service::process::*;

    #[test]
    fn gateways_are_told_from_other_commands() {
        for (line, expected) in [
            ("zirkabot gateway", true),
            ("/usr/local/bin/zirkabot --profile work gateway --port 18789", true),
            ("zirkabot gateway run", true),
            ("node /usr/lib/node_modules/zirkabot/dist/index.js gateway --port 1", true),
            ("/opt/bun /opt/zirkabot.mjs --profile=work gateway", true),
            ("zirkabot gateway status", false),
            ("zirkabot models gateway", false),
            ("zirkabot", false),
            ("vim zirkabot gateway", false),
            ("node other.js gateway", false),
            ("", false),
        ] {
            let command: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(is_gateway(&command), expected, "{line}");
        }
    }
}
