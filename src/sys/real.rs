//! The real machine: [`Real`] is the only `Look` and `Act` that ends in system calls.
//!
//! Called by `main.rs` (through [`Real::from_process`]) and by tests that want real files
//! (through [`Real::new`]). One file a kind of call: `host` (what the process was started
//! with), `read`, `write`, `probe` and `tell` (other programs), `http`, `talk` and `hidden` (a person at
//! the terminal). No opinion lives here: what may be written, and when, is `apply`'s business.

mod hidden;
mod host;
mod http;
mod probe;
mod pty;
mod read;
mod talk;
mod tell;
mod write;

pub use crate::sys::real::talk::Spinner;

use crate::sys::http::{Request, Response, Unanswered};
use crate::sys::secret::Secret;
use crate::sys::{
    Act, Clock, Conversed, Files, Hidden, Host, Http, LockFile, Look, Millis, Probe, Probed, Programs,
    Progress, Pty, Reading, Replacement, Stat, Stdin, Terminal,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The machine that this process runs on.
#[derive(Debug)]
pub struct Real {
    host: Host,
    /// What programs answered: each is asked once in a run.
    answers: RefCell<BTreeMap<Probe, Probed>>,
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
            input: None,
            name: host::machine_name(),
            hurried: false,
        }
    }

    /// The real file system, under a host of the caller's making, which is called `here`. Standard
    /// input is empty.
    pub fn new(host: Host) -> Self {
        let input = Some(Secret::new(Vec::new()));
        Self { host, answers: RefCell::default(), input, name: "here".to_owned(), hurried: false }
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

impl Look for Real {
    fn host(&self) -> &Host {
        &self.host
    }

    fn read(&self, path: &Path, limit: usize) -> Reading {
        read::file(path, limit)
    }

    fn stat(&self, path: &Path) -> Option<Stat> {
        read::stat(path)
    }

    fn list(&self, dir: &Path) -> Vec<String> {
        read::names(dir)
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        read::resolve(path)
    }

    fn probe(&self, probe: &Probe) -> Probed {
        let known = self.answers.borrow().get(probe).cloned();
        known.unwrap_or_else(|| {
            let limit = self.host.patience.map_or(probe.limit, |patience| probe.limit.min(patience));
            let answer = probe::run(&Probe { limit, ..probe.clone() }, &self.host.env);
            self.answers.borrow_mut().insert(probe.clone(), answer.clone());
            answer
        })
    }
}

impl Clock for Real {
    fn pause(&mut self, millis: u64) {
        if !self.hurried {
            std::thread::sleep(std::time::Duration::from_millis(millis));
        }
    }

    fn clock(&self) -> Millis {
        host::clock()
    }
}

impl Files for Real {
    fn make_dir(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        write::make_dir(path, mode)
    }

    fn make_new_dir(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        write::make_new_dir(path, mode)
    }

    fn create(&mut self, path: &Path, mode: u32, like: Option<Stat>, bytes: &[u8]) -> io::Result<()> {
        write::create(path, mode, like, bytes)
    }

    fn append(&mut self, path: &Path, mode: u32, bytes: &[u8]) -> io::Result<()> {
        write::append(path, mode, bytes)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        write::rename(from, to)
    }

    fn move_new(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        write::move_new(from, to)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        write::remove(path)
    }

    fn chmod(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        write::chmod(path, mode)
    }

    fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        write::sync_dir(dir)
    }

    fn try_lock(&mut self, path: &Path) -> io::Result<Option<LockFile>> {
        write::try_lock(path)
    }

    fn make_lock_dir(&mut self, path: &Path) -> io::Result<()> {
        write::make_new_dir(path, crate::sys::LOCK_DIR_MODE)
    }

    fn remove_dir(&mut self, path: &Path) -> io::Result<()> {
        write::remove_dir(path)
    }
}

impl Terminal for Real {
    fn say(&mut self, text: &str) {
        talk::say(text);
    }

    fn answer(&mut self) -> Option<String> {
        talk::answer()
    }

    fn hidden(&mut self, prompt: &str) -> Hidden {
        let able = self.host.var("TERM").is_some_and(|term| !matches!(term, "" | "dumb"));
        hidden::ask(prompt, able)
    }

    fn input(&mut self, limit: usize) -> io::Result<Option<Secret<Vec<u8>>>> {
        match &self.input {
            Some(input) => Ok((input.expose().len() <= limit).then(|| input.clone())),
            None => read::stdin(limit),
        }
    }

    fn run_on_pty(&mut self, program: &Pty) -> Conversed {
        pty::run(program)
    }

    fn complain(&mut self, text: &str) {
        talk::complain(text);
    }

    fn progress(&self, what: &'static str) -> Progress {
        Progress(self.host.stderr_tty.then(|| Spinner::start(what)))
    }
}

impl Programs for Real {
    fn run(&mut self, program: &Probe) -> Probed {
        self.answers.borrow_mut().clear();
        probe::run(program, &self.host.env)
    }

    fn run_with_stdin(&mut self, listener: &Stdin) -> Probed {
        tell::run(&self.host, listener)
    }

    fn replace(&mut self, program: &Replacement) -> io::Error {
        probe::replace(program)
    }

    fn machine_name(&self) -> String {
        self.name.clone()
    }
}

impl Http for Real {
    fn send(&mut self, request: &Request) -> Result<Response, Unanswered> {
        http::send(&self.host, request)
    }
}

impl Act for Real {
    fn as_look(&self) -> &dyn Look {
        self
    }

    fn elsewhere(&self, host: Host) -> Box<dyn Act> {
        Box::new(Self::new(host))
    }
}
