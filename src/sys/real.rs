//! The real machine: [`Real`] is the only `Look` and `Act` that ends in system calls.
//!
//! Called by `main.rs` (through [`Real::from_process`]) and by tests that want real files
//! (through [`Real::new`]). One file a part of the edge: `host` (what the process was started
//! with), `dumps` (that none of its memory is left behind), `signals` (what must not be broken off), `read` with
//! `contents` and `files`, `write`, `own` (files of our own), `xattr` (access control lists), `probe` with `child` (other programs), `http`,
//! `talk` with `console`, `hidden` and `pty` (a person at the terminal), `callback` (a browser). What another system does in
//! another way has a file of the same functions in `windows`. No opinion lives here: what may be written, and when, is `apply`'s
//! business.

mod callback;
#[cfg_attr(windows, path = "real/windows/child.rs")]
mod child;
#[cfg_attr(windows, path = "real/windows/console.rs")]
mod console;
mod contents;
#[cfg_attr(windows, path = "real/windows/dumps.rs")]
pub mod dumps;
#[cfg_attr(windows, path = "real/windows/files.rs")]
mod files;
#[cfg(unix)]
mod hidden;
mod host;
mod http;
#[cfg(unix)]
mod keys;
#[cfg_attr(windows, path = "real/windows/listen.rs")]
mod listen;
#[cfg_attr(windows, path = "real/windows/own.rs")]
mod own;
mod probe;
#[cfg(unix)]
mod pty;
mod read;
#[cfg(unix)]
mod rename;
#[cfg_attr(windows, path = "real/windows/signals.rs")]
mod signals;
mod talk;
#[cfg_attr(windows, path = "real/windows/user.rs")]
mod user;
#[cfg_attr(windows, path = "real/windows/write.rs")]
mod write;
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android", target_vendor = "apple")),
    path = "real/no_xattr.rs"
)]
mod xattr;

pub(in crate::sys) use crate::sys::real::files::write_first;
pub use crate::sys::real::signals::Mask;
pub use crate::sys::real::talk::Spinner;
use crate::sys::secret::Secret;
use crate::sys::{Act, Clock, Heard, HeldSignals, Host, Look, Millis, Page, Port, Probe, Probed};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// How often anything is tried again that a signal, or another process, got in between of. Nothing in
/// this room is tried without an end.
const TRIES: usize = 1000;

/// Again, if a signal got in between.
fn retry<T>(mut call: impl FnMut() -> std::io::Result<T>) -> std::io::Result<T> {
    for _ in 1..TRIES {
        match call() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
    call()
}

/// What programs printed, and when; the same for all that was made of one machine.
type Printed = Arc<Mutex<BTreeMap<Probe, (Millis, Probed)>>>;

/// The machine that this process runs on.
#[derive(Debug)]
pub struct Real {
    host: Host,
    /// What programs answered: each is asked once in a run.
    answers: RefCell<BTreeMap<Probe, Probed>>,
    /// What programs printed that print secrets, and when.
    printed: Printed,
    /// What standard input is to hold; `None` for that of this process.
    input: Option<Secret<Vec<u8>>>,
    /// What this machine is called.
    name: String,
    /// Whether pauses take no time.
    hurried: bool,
}

impl Real {
    /// The real machine, seen from this process: environment, directory, home, clock and
    /// terminal are read here, once.
    pub fn from_process() -> Self {
        Self {
            host: host::of_process(),
            answers: RefCell::default(),
            printed: Printed::default(),
            input: None,
            name: user::machine_name(),
            hurried: false,
        }
    }

    /// The same with a command line that is free of values, for the history and the lock.
    #[must_use]
    pub fn with_command(mut self, command: crate::sys::command_line::CommandLine) -> Self {
        self.host.command = command;
        self
    }

    /// The real file system, under a host of the caller's making, which is called `here`. Standard
    /// input is empty.
    pub fn new(host: Host) -> Self {
        let input = Some(Secret::new(Vec::new()));
        Self {
            host,
            answers: RefCell::default(),
            printed: Printed::default(),
            input,
            name: "here".to_owned(),
            hurried: false,
        }
    }

    /// The same, without waiting in between: whoever waits for a lock gives up at once.
    #[must_use]
    pub fn hurried(self) -> Self {
        Self { hurried: true, ..self }
    }

    /// The same with something on standard input.
    #[must_use]
    pub fn with_input(self, input: Vec<u8>) -> Self {
        Self { input: Some(Secret::new(input)), ..self }
    }
}

impl Clock for Real {
    fn pause(&mut self, millis: u64) {
        // Not none at all: what a child that is just being started holds is free a moment later.
        let millis = if self.hurried { millis.min(1) } else { millis };
        std::thread::sleep(std::time::Duration::from_millis(millis));
    }

    fn clock(&self) -> Millis {
        host::clock()
    }
}

impl Act for Real {
    fn as_look(&self) -> &dyn Look {
        self
    }

    fn handed_over(&self) -> std::io::Result<Option<std::net::TcpListener>> {
        listen::handed_over()
    }

    fn listen(&self, port: u16) -> std::io::Result<Port> {
        callback::listen(port).map(Port)
    }

    fn heard(&mut self, port: &Port, page: &mut dyn FnMut(&Secret) -> Page, limit: Millis) -> Heard {
        callback::wait(&port.0, page, limit)
    }

    fn random(&self) -> std::io::Result<[u8; 24]> {
        let mut bytes = [0; 24];
        let filled = rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes);
        filled.map(|()| bytes).map_err(|_| std::io::Error::other("the system gave nothing random"))
    }

    fn hold_signals(&self) -> HeldSignals {
        HeldSignals(signals::Mask::hold())
    }

    fn elsewhere(&self, host: Host) -> Box<dyn Act + Send> {
        Box::new(Self { printed: self.printed.clone(), ..Self::new(host) })
    }
}
