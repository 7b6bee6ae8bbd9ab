//! What the process was started with, read once. Nothing here is read again later.

#![expect(clippy::disallowed_methods, reason = "this is where environment, directory and clock are read")]

use crate::sys::secret::Secret;
use crate::sys::{Host, Millis};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The variable that keeps us from asking other machines.
const OFFLINE: &str = "ZIRKABOT_OFFLINE";

pub(super) fn of_process() -> Host {
    let env = environment();
    Host {
        cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
        home: home(&env),
        now: clock(),
        uid: rustix::process::geteuid().as_raw(),
        pid: std::process::id(),
        patience: None,
        offline: env.get(OFFLINE).is_some_and(|value| !matches!(value.expose().trim(), "" | "0" | "false")),
        program: std::env::current_exe().unwrap_or_default(),
        root: PathBuf::from("/"),
        macos: cfg!(target_os = "macos"),
        keychain: cfg!(target_os = "macos").then(|| "security".to_owned()),
        command: program_name().into(),
        stdin_tty: std::io::stdin().is_terminal(),
        stdout_tty: std::io::stdout().is_terminal(),
        stderr_tty: std::io::stderr().is_terminal(),
        columns: columns(),
        env,
    }
}

/// Milliseconds since the epoch, now; 0 on a machine whose clock stands before it.
pub(super) fn clock() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// The machine's name, without its domain.
pub(super) fn machine_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    name.split('.').next().filter(|name| !name.is_empty()).unwrap_or("localhost").to_owned()
}

fn environment() -> BTreeMap<String, Secret> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, Secret::new(value.into_string().ok()?))))
        .collect()
}

/// `HOME` if it is an absolute path, else what the user database says.
fn home(env: &BTreeMap<String, Secret>) -> PathBuf {
    let named = env.get("HOME").map(|home| PathBuf::from(home.expose()));
    named
        .filter(|home| home.is_absolute())
        .or_else(std::env::home_dir)
        .filter(|home| home.is_absolute())
        .unwrap_or_else(|| PathBuf::from("/"))
}

/// The name by which the program was called, without its directory.
fn program_name() -> String {
    let program = std::env::args_os().next().unwrap_or_default();
    Path::new(&program).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The width of the terminal on standard output, else on standard error.
fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout())
        .or_else(|_| rustix::termios::tcgetwinsize(std::io::stderr()))
        .ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

#[cfg(test)]
mod tests {
    use crate::sys::real::host::*;

    #[test]
    fn home_is_the_variable_only_if_it_is_absolute() {
        let env = |home: &str| BTreeMap::from([("HOME".to_owned(), Secret::from(home))]);
        assert_eq!(home(&env("/home/somebody")), PathBuf::from("/home/somebody"));
        assert!(home(&env("")).is_absolute());
        assert!(home(&env("relative")).is_absolute());
    }
}
