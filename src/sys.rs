//! The edge: the only room that touches files, the environment, the clock, other programs and the network.
//!
//! [`Look`] reads and changes nothing; observers get one. [`Act`] also writes; verbs and the pipeline hand
//! one down to `apply`. Whoever is handed neither cannot do input or output at all. [`real`] is the real
//! machine; a look at how things *would be* is in `change::preview`.
//!
//! Invariant: no opinion. What may be written, and when, is for those who call; what may be shown of a
//! [`secret`] too.

pub mod command_line;
pub mod digest;
#[cfg(test)]
pub(crate) mod fake;
mod fault;
pub mod http;
mod key;
#[cfg_attr(windows, path = "sys/real/windows/manager.rs")]
pub(crate) mod manager;
mod person;
pub(crate) mod quote;
pub mod real;
pub(crate) mod search;
pub mod secret;
pub(crate) mod send;
mod stat;
pub mod time;
pub mod visible;
pub mod zone;

use crate::sys::command_line::CommandLine;
pub use crate::sys::fault::{Fault, NotOurs};
pub use crate::sys::key::{Drawn, Key};
pub use crate::sys::person::{Conversed, Heard, Hidden, Page, Port, Pty, Replacement};
use crate::sys::secret::Secret;
pub use crate::sys::stat::Stat;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Mode of a lock directory that is ours. No program makes one like it by accident (no read
/// for the owner), so that one which we left behind when killed can be told from the gateway's.
pub const LOCK_DIR_MODE: u32 = 0o300;

/// Mode of a lock file that is ours, for the same reason.
pub const LOCK_FILE_MODE: u32 = 0o200;

/// Milliseconds since the Unix epoch, or a length in milliseconds.
pub type Millis = i64;

/// Reads the world. Never makes a mutating system call.
pub trait Look {
    /// What the process was started with; taken once.
    fn host(&self) -> &Host;
    /// Reads a regular file of at most `limit` bytes. Never blocks on a FIFO or a device.
    fn read(&self, path: &Path, limit: usize) -> Reading;
    /// Reads a file of our own: as [`Look::read`], but no link is followed, and what is not a regular
    /// file with one name that belongs to whom it should is a [`Fault::NotOurs`].
    fn read_own(&self, path: &Path, limit: usize) -> Reading {
        self.read(path, limit)
    }
    /// Metadata of what `path` leads to, symbolic links followed; `None` if nothing is there
    /// or it cannot be looked at.
    fn stat(&self, path: &Path) -> Option<Stat>;
    /// Whether more than mode and owner say who may open a file: then the group bits of its mode are the
    /// mask of an access control list, and mean nothing without it.
    fn has_acl(&self, _path: &Path) -> bool {
        false
    }
    /// Whether `path` lies on a file system that is mounted so that nobody writes on it.
    fn is_fixed(&self, _path: &Path) -> bool {
        false
    }
    /// The names in a directory, sorted; empty if it is not there or cannot be read.
    fn list(&self, dir: &Path) -> Vec<String>;
    /// The path with all symbolic links resolved; itself where that fails.
    fn resolve(&self, path: &Path) -> PathBuf;
    /// Runs another program that only reports something: standard input closed, in its own
    /// session, killed with all its children when `limit` is over. The same question gets the
    /// same answer for the whole run.
    fn probe(&self, probe: &Probe) -> Probed;
    /// Asks these programs, several at once where that can be; the answers in the same order.
    fn probe_all(&self, probes: &[Probe]) -> Vec<Probed> {
        probes.iter().map(|probe| self.probe(probe)).collect()
    }
    /// Runs programs that print secrets, several at once. What one printed holds for five minutes, in whatever
    /// [`Act::elsewhere`] made of this machine, unless it is forgotten.
    fn print_secrets(&self, probes: &[Probe]) -> Vec<Probed> {
        self.probe_all(probes)
    }
    /// Forgets what programs printed, because it was of no use.
    fn forget_secrets(&self) {}
    /// Asks a server of this machine that only reports something; no other machine is asked, whatever the
    /// address says.
    fn ask(&self, _request: &http::Request) -> Result<http::Response, http::Unanswered> {
        Err(http::Unanswered::Offline)
    }
}

/// Time, for waiting and for the journal; what is decided has `now` of its world.
pub trait Clock {
    /// Waits.
    fn pause(&mut self, millis: u64);
    /// Milliseconds since the epoch, read now; only for waiting, never for deciding.
    fn clock(&self) -> Millis;
}

/// Writes files. Only `change::apply` is given one. What the superuser makes in somebody's directory
/// belongs to him whose directory it is, from the moment it has its name.
pub trait Files: Look + Clock {
    /// Makes a directory with exactly `mode`; fine if it is already there.
    fn make_dir(&mut self, path: &Path, mode: u32) -> std::io::Result<()>;
    /// Makes a directory with exactly `mode`; fails if anything is there.
    fn make_new_dir(&mut self, path: &Path, mode: u32) -> std::io::Result<()>;
    /// Makes a new file with exactly `mode` (and the owner of `like`, where that differs from
    /// ours), writes `bytes` and makes them durable. Fails if it exists.
    fn create(&mut self, path: &Path, mode: u32, like: Option<Stat>, bytes: &[u8]) -> std::io::Result<()>;
    /// Adds to the end of a file of our own (see [`Look::read_own`]), made with 0600 if new, and makes
    /// it durable. An error about what is not ours holds a [`NotOurs`].
    fn append(&mut self, path: &Path, bytes: &[u8]) -> std::io::Result<()>;
    /// Gives the file `to` the access control list and the other extended attributes of `from`, durably;
    /// a list that it has from its directory goes if `from` has none.
    ///
    /// # Errors
    /// If one of them cannot be kept; what the system gives by itself (`security.*`) only where we may.
    fn carry(&mut self, _from: &Path, _to: &Path) -> std::io::Result<()> {
        Ok(())
    }
    /// Exchanges two files, atomically; false if that cannot be done here.
    fn exchange(&mut self, _a: &Path, _b: &Path) -> std::io::Result<bool> {
        Ok(false)
    }
    /// Replaces `to` by `from`, atomically.
    fn rename(&mut self, from: &Path, to: &Path) -> std::io::Result<()>;
    /// Moves a file or directory to a place where nothing is; fails if something is there.
    fn move_new(&mut self, from: &Path, to: &Path) -> std::io::Result<()>;
    /// Removes a file.
    fn remove(&mut self, path: &Path) -> std::io::Result<()>;
    /// Sets the mode bits, durably where the file can be opened.
    fn chmod(&mut self, path: &Path, mode: u32) -> std::io::Result<()>;
    /// Makes the entries of a directory durable.
    fn sync_dir(&mut self, dir: &Path) -> std::io::Result<()>;
    /// Takes the kernel lock on `path`, a file of our own (see [`Files::append`]; made if new), without
    /// waiting: `None` if another process has it.
    fn try_lock(&mut self, path: &Path) -> std::io::Result<Option<LockFile>>;
    /// Makes a directory that must not exist yet, with [`LOCK_DIR_MODE`]: the lock convention
    /// of the gateway.
    fn make_lock_dir(&mut self, path: &Path) -> std::io::Result<()>;
    /// Removes an empty directory.
    fn remove_dir(&mut self, path: &Path) -> std::io::Result<()>;
}

/// Talks with the person at the terminal.
pub trait Terminal {
    /// Shows a text on standard output now, for a person who is to answer.
    fn say(&mut self, text: &str);
    /// The line that a person types next, without its end; `None` if there will be none.
    fn answer(&mut self) -> Option<String>;
    /// Draws a picture and draws it anew after each key, until `draw` says that it is done; it is called with no key
    /// first, and with the lines that the terminal has. False, and nothing was drawn, if there is no terminal that can be drawn on.
    /// Where a number of milliseconds is given, it is asked anew after each such time as well, without a key.
    fn pick(&mut self, _draw: &mut dyn FnMut(Option<Key>, usize) -> Drawn, _every: Option<u64>) -> bool {
        false
    }
    /// Asks for a secret on the terminal that standard input is, and shows nothing of what is typed.
    /// A paste of several lines is one answer.
    fn hidden(&mut self, prompt: &str) -> Hidden;
    /// All of standard input; `None` if it is more than `limit` bytes.
    fn input(&mut self, limit: usize) -> std::io::Result<Option<Secret<Vec<u8>>>>;
    /// Runs a program that talks with the person at our terminal, to its end, and keeps what it
    /// writes.
    fn run_on_pty(&mut self, program: &Pty) -> Conversed;
    /// Shows a text on standard error now.
    fn complain(&mut self, text: &str);
    /// Says on standard error, if that is a terminal, that something takes its time; until it is
    /// dropped. What is over soon says nothing.
    fn progress(&self, what: &'static str) -> Progress;
}

/// Runs programs that change something or are told something.
pub trait Programs: Look {
    /// Runs a program that changes something, as [`Look::probe`] runs one that reports. What programs
    /// answered before is asked anew afterwards.
    fn run(&mut self, program: &Probe) -> Probed;
    /// Runs a program that is told something: as [`Look::probe`], but with standard input, and only
    /// how it ends is reported.
    fn run_with_stdin(&mut self, listener: &Stdin) -> Probed;
    /// Becomes another program, which keeps our process id, terminal and files. Returns only if it
    /// cannot be started.
    fn replace(&mut self, program: &Replacement) -> std::io::Error;
    /// Starts a program that a person uses, in a session of its own, and does not wait for it.
    ///
    /// # Errors
    /// If it cannot be started.
    fn launch(&mut self, _program: &Pty) -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
    /// What this machine is called, for messages that are read elsewhere.
    fn machine_name(&self) -> String;
}

/// Asks other machines.
pub trait Http: Look + Clock {
    /// Sends a request, once. Redirects are not followed; the proxies of the environment are used.
    fn send(&mut self, request: &http::Request) -> Result<http::Response, http::Unanswered>;
    /// Sends requests, each once, and at most so many at a time; the answers in their order, with how long each took.
    fn send_all(&mut self, requests: &[&http::Request], _at_once: usize) -> Vec<http::Timed> {
        let timed = |request: &&http::Request| {
            let begun = self.clock();
            let answer = self.send(request);
            (answer, self.clock().saturating_sub(begun))
        };
        requests.iter().map(timed).collect()
    }
}

/// Reads and writes the world in every way: what a verb is given, which hands down the part that is
/// needed.
pub trait Act: Files + Terminal + Programs + Http {
    /// This as a reader.
    fn as_look(&self) -> &dyn Look;
    /// The port that was opened by who started this program, if one was.
    ///
    /// # Errors
    /// If something else was handed over.
    fn handed_over(&self) -> std::io::Result<Option<std::net::TcpListener>> {
        Ok(None)
    }
    /// Listens on this port, for this machine alone.
    ///
    /// # Errors
    /// If somebody else does.
    fn listen(&self, _port: u16) -> std::io::Result<Port> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
    /// Answers what browsers ask there for, until a page is the last one, something is typed, or this time is up.
    fn heard(&mut self, _port: &Port, _page: &mut dyn FnMut(&Secret) -> Page, _limit: Millis) -> Heard {
        Heard::TimedOut
    }
    /// Bytes that nobody can guess.
    ///
    /// # Errors
    /// If the system has none to give.
    fn random(&self) -> std::io::Result<[u8; 24]>;
    /// Holds back all signals that can be held, for what must come to its end; until it is dropped.
    /// Signals that came meanwhile are delivered then. Threads that are started meanwhile hold them too.
    fn hold_signals(&self) -> HeldSignals;
    /// The same machine as another host sees it, with another home and environment, on any thread.
    fn elsewhere(&self, host: Host) -> Box<dyn Act + Send>;
}

/// A program that is told something.
#[derive(Clone, Debug)]
pub struct Stdin {
    /// Program name or path.
    pub program: String,
    /// Arguments; never a secret.
    pub args: Vec<String>,
    /// Variables that it gets besides those of this process.
    pub env: Vec<(String, Secret)>,
    /// Variables of this process that it does not get.
    pub without: Vec<String>,
    /// What it can read.
    pub input: Secret<Vec<u8>>,
    /// Longest time it may take.
    pub limit: Millis,
    /// Most bytes of standard output that are kept; 0 if it is not listened to.
    pub max_output: usize,
}

/// A sign of life; gone when dropped.
#[derive(Debug, Default)]
pub struct Progress(#[expect(dead_code, reason = "lives until it is dropped")] Option<real::Spinner>);

/// Signals that are held back; delivered when dropped.
#[derive(Debug, Default)]
pub struct HeldSignals(#[expect(dead_code, reason = "lives until it is dropped")] Option<real::Mask>);

/// A kernel lock (`flock`), held until dropped.
#[derive(Debug)]
pub struct LockFile(pub std::fs::File);

impl LockFile {
    /// Writes `line` into the file, for others to read, instead of what was there. Not made
    /// durable: it means nothing after the machine went down.
    ///
    /// # Errors
    /// Those of writing a file.
    pub fn record(&mut self, line: &[u8]) -> std::io::Result<()> {
        // Write, then cut: whoever reads in between finds a whole first line.
        real::write_first(&self.0, line)?;
        self.0.set_len(u64::try_from(line.len()).unwrap_or(u64::MAX))
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// Those of writing a file.
    pub fn sync(&mut self) -> std::io::Result<()> {
        self.0.sync_data()
    }
}

impl Drop for LockFile {
    /// Unlocks before it closes: a child that is between its fork and its program holds the open file as well, and with it
    /// the lock.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// What the process was started with. The environment is the starting one; later layers
/// (`.env` files, config) are added by `sources`, not here.
#[derive(Clone, Debug)]
pub struct Host {
    /// The environment. Values that are not UTF-8 are left out. Secret: it holds API keys.
    pub env: BTreeMap<String, Secret>,
    /// The working directory.
    pub cwd: PathBuf,
    /// The user's home: `HOME`, else from the user database.
    pub home: PathBuf,
    /// "Now", read once.
    pub now: Millis,
    /// Effective user id.
    pub uid: u32,
    /// Our process id.
    pub pid: u32,
    /// Arguments without secrets, for the lock's holder line.
    pub command: CommandLine,
    /// Longest that a program which is asked may take, in milliseconds, if its own limit is longer; at 0, none is
    /// asked for a secret.
    pub patience: Option<Millis>,
    /// Whether no other machine is asked anything.
    pub offline: bool,
    /// This program's own file.
    pub program: PathBuf,
    /// Where the directories of the system begin, such as those of its services and processes.
    pub root: PathBuf,
    /// Whether this is macOS, where launchd runs services.
    pub macos: bool,
    /// The program that reads the Keychain, where there is one.
    pub keychain: Option<String>,
    /// Whether standard input is a terminal.
    pub stdin_tty: bool,
    /// Whether standard output is a terminal.
    pub stdout_tty: bool,
    /// Whether standard error is a terminal.
    pub stderr_tty: bool,
    /// Columns of the terminal, if there is one.
    pub columns: Option<usize>,
}

impl Host {
    /// The variable, as a plain string; for settings, never for credentials.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(|value| value.expose().as_str())
    }

    /// A place of the system, such as `etc/systemd`.
    pub fn system(&self, place: &str) -> PathBuf {
        self.root.join(place)
    }
}

/// What reading a path gave.
#[derive(Debug)]
pub enum Reading {
    /// Nothing is there.
    Absent,
    /// Something is there that cannot be read.
    Fault(Fault, Option<Stat>),
    /// Larger than the limit.
    TooLarge(Stat),
    /// The bytes.
    File(Secret<Vec<u8>>, Stat),
}

/// A program to ask.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probe {
    /// Program name or path.
    pub program: String,
    /// Arguments; never a secret.
    pub args: Vec<String>,
    /// Longest time it may take.
    pub limit: Millis,
    /// Most bytes of standard output that are kept.
    pub max_output: usize,
}

/// What a program answered.
#[derive(Clone, Debug)]
pub enum Probed {
    /// It ended: exit code (`None` if killed by a signal) and standard output.
    Done(Option<i32>, Secret<Vec<u8>>),
    /// It could not be started.
    NotStarted(String),
    /// It took too long and was killed.
    TimedOut,
    /// It wrote more than was allowed and was killed.
    TooMuch,
}
