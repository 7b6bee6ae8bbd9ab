//! What the service manager says: whether the service runs, since when, with which environment,
//! and whether the user's services outlive a logout. It is only asked, never told.

use crate::catalog::documents::MAX_BYTES;
use crate::doc::unit;
use crate::sys::secret::Secret;
use crate::sys::{Look, Millis, Probe, Probed, Reading};
use crate::world::observe::programs;
use crate::world::observe::service::{Definition, Manager, Run};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Longest wait for an answer, in milliseconds.
pub(crate) const LIMIT: Millis = 3_000;

/// Most that is read of an answer, in bytes.
const MAX_OUTPUT: usize = 1 << 20;

/// Variables of a process.
type Vars = BTreeMap<String, Secret>;

/// What systemd says of the unit; none if there is no systemd to ask, or for launchd.
pub(super) fn of(look: &dyn Look, found: &Definition, silent: &Silent) -> Option<Run> {
    let show = |options: &[&str]| {
        let properties =
            "-p MainPID,ActiveState,SubState,UnitFileState,LoadState,ExecMainStartTimestamp,ExecMainStatus";
        let args = options.iter().copied().chain(properties.split(' '));
        systemctl(look, silent, found.manager, args.chain(["--", found.name.as_str()]))
    };
    // Without this option, which is of 2021, the time is written for people, and is not used.
    let answer = show(&["show", "--timestamp=unix"]).or_else(|| show(&["show"]))?;
    let answer = String::from_utf8_lossy(answer.expose()).into_owned();
    let value =
        |key: &str| answer.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap_or("");
    // A unit that the manager has not read yet is none that it could tell anything of.
    if value("LoadState") != "loaded" {
        return None;
    }
    let pid = value("MainPID").parse::<u32>().ok().filter(|pid| *pid > 0);
    let seconds = value("ExecMainStartTimestamp").strip_prefix('@').and_then(|text| text.parse::<i64>().ok());
    // One that waits to be started again has ended, and will end again.
    let waits = value("SubState") == "auto-restart";
    let has_failed = waits || value("ActiveState") == "failed";
    Some(Run {
        active: matches!(value("ActiveState"), "active" | "activating" | "reloading") && !waits,
        failed: value("ExecMainStatus").parse().ok().filter(|_| has_failed),
        enabled: matches!(value("UnitFileState"), "enabled" | "enabled-runtime"),
        started: seconds.filter(|seconds| *seconds > 0).map(|seconds| seconds.saturating_mul(1000)),
        env: pid.and_then(|pid| environ(look, pid)),
    })
}

/// What the manager hands to everything that it starts; none if it cannot be asked.
pub(super) fn inherited(look: &dyn Look, manager: Manager, silent: &Silent) -> Option<Vars> {
    let answer = systemctl(look, silent, manager, ["show-environment"].into_iter())?;
    let text = String::from_utf8_lossy(answer.expose());
    let vars = text.lines().filter_map(|line| line.split_once('='));
    Some(vars.map(|(name, value)| (name.to_owned(), Secret::new(unquoted(value)))).collect())
}

/// A value as the manager prints it, with its quotes taken off.
fn unquoted(value: &str) -> String {
    match value.strip_prefix('$').filter(|rest| rest.starts_with('\'')) {
        Some(quoted) => unit::words(quoted).pop().unwrap_or_default(),
        None if value.starts_with('"') => unit::words(value).pop().unwrap_or_default(),
        None => value.to_owned(),
    }
}

fn systemctl<'a>(
    look: &dyn Look,
    silent: &Silent,
    manager: Manager,
    args: impl Iterator<Item = &'a str>,
) -> Option<Secret<Vec<u8>>> {
    let scope: &[&str] = match manager {
        Manager::User => &["--user"],
        Manager::System => &[],
        Manager::Launchd | Manager::Cron | Manager::Process => return None,
    };
    ask(look, silent, "systemctl", scope.iter().copied().chain(args))
}

/// Programs that were asked and did not answer in time.
pub(super) type Silent = RefCell<Vec<&'static str>>;

/// What a program prints; none if it is not there, fails or takes too long. One that took too long
/// is not asked again, nor is any other: it is the manager behind them that hangs.
fn ask<'a>(
    look: &dyn Look,
    silent: &Silent,
    name: &'static str,
    args: impl Iterator<Item = &'a str>,
) -> Option<Secret<Vec<u8>>> {
    if !silent.borrow().is_empty() {
        return None;
    }
    let program = programs::path(look, name)?;
    let args = args.map(str::to_owned).collect();
    match look.probe(&Probe { program, args, limit: LIMIT, max_output: MAX_OUTPUT }) {
        Probed::Done(Some(0), output) => Some(output),
        Probed::TimedOut => {
            silent.borrow_mut().push(name);
            None
        }
        _ => None,
    }
}

/// The environment that a process was started with.
pub(super) fn environ(look: &dyn Look, pid: u32) -> Option<Vars> {
    let path = look.host().system(&format!("proc/{pid}/environ"));
    let Reading::File(bytes, _) = look.read(&path, MAX_BYTES) else { return None };
    let records =
        bytes.expose().split(|byte| *byte == 0).filter_map(|record| std::str::from_utf8(record).ok());
    let vars = records.filter_map(|record| record.split_once('='));
    Some(vars.map(|(name, value)| (name.to_owned(), Secret::from(value))).collect())
}

/// Whether the user's services run while the user is logged out. A file says yes; before it is
/// believed that there is none because it is off, `loginctl` is asked.
pub(super) fn linger(look: &dyn Look, silent: &Silent) -> Option<bool> {
    let named = |name: &str| look.host().var(name).filter(|user| !user.is_empty() && !user.contains('/'));
    let user = named("USER").or_else(|| named("LOGNAME"))?;
    if look.stat(&look.host().system("var/lib/systemd/linger").join(user)).is_some() {
        return Some(true);
    }
    let answer = ask(look, silent, "loginctl", ["show-user", "-p", "Linger", "--", user].into_iter())?;
    match answer.expose().trim_ascii() {
        b"Linger=yes" => Some(true),
        b"Linger=no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::world::observe::service::running::*;

    #[test]
    fn values_of_the_manager_lose_their_quotes() {
        for (printed, value) in [
            ("plain", "plain"),
            ("a b", "a b"),
            (r"$'a b\n\'c\''", "a b\n'c'"),
            (r#""a b""#, "a b"),
            ("$HOME", "$HOME"),
            ("", ""),
        ] {
            assert_eq!(unquoted(printed), value);
        }
    }
}
