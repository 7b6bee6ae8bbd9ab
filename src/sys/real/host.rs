//! What the process was started with, read once. Nothing here is read again later.

#![expect(clippy::disallowed_methods, reason = "this is where environment, directory and clock are read")]

use crate::sys::real::{console, user};
use crate::sys::secret::Secret;
use crate::sys::{Host, Millis, command_line};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// The variable that keeps us from asking other machines.
const OFFLINE: &str = "ZIRKABOT_OFFLINE";

pub(super) fn of_process() -> Host {
    let env = environment();
    Host {
        cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
        home: user::home(&env),
        now: clock(),
        uid: user::id(),
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
        columns: console::columns(),
        env,
    }
}

/// Milliseconds since the epoch, now; 0 on a machine whose clock stands before it.
pub(super) fn clock() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

fn environment() -> BTreeMap<String, Secret> {
    std::env::vars_os()
        .filter_map(|(name, value)| {
            Some((user::variable(name.into_string().ok()?), Secret::new(value.into_string().ok()?)))
        })
        .collect()
}

/// The name by which the program was called.
fn program_name() -> String {
    let program = std::env::args_os().next().unwrap_or_default();
    command_line::program_name(&program.to_string_lossy())
}
