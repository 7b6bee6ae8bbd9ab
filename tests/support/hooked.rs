//! The real file system with a hook before every write, a clock that stands still and pauses
//! that take no time: other programs get in between exactly where a test wants them.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use zirkabot::sys::http::{Request, Response, Unanswered};
use zirkabot::sys::real::Real;
use zirkabot::sys::secret::Secret;
use zirkabot::sys::{
    Act, Clock, Fault, Files, HeldSignals, Hidden, Host, Http, LockFile, Look, Millis, Probe, Probed,
    Programs, Progress, Reading, Stat, Terminal,
};

/// Is called before every write with its name and path (`""` for a pause); an error is
/// returned instead of doing it.
type Hook<'a> = Box<dyn FnMut(&str, &Path) -> io::Result<()> + 'a>;

pub(crate) struct Hooked<'a> {
    real: Real,
    hook: Hook<'a>,
    /// What the clock says; pauses move it.
    pub(crate) clock: Millis,
    /// Whether new files get half of their bytes only, without an error.
    pub(crate) lying_disk: bool,
    /// What was read so far, and which of these reads fails, counted from 0.
    pub(crate) reads: RefCell<Vec<PathBuf>>,
    pub(crate) fails: Option<usize>,
}

impl<'a> Hooked<'a> {
    pub(crate) fn new(
        home: &Path,
        clock: Millis,
        hook: impl FnMut(&str, &Path) -> io::Result<()> + 'a,
    ) -> Self {
        Self::over(super::plans::real(home), clock, hook)
    }

    pub(crate) fn over(
        real: Real,
        clock: Millis,
        hook: impl FnMut(&str, &Path) -> io::Result<()> + 'a,
    ) -> Self {
        Self { real, hook: Box::new(hook), clock, lying_disk: false, reads: RefCell::default(), fails: None }
    }

    /// Whether this read fails. One that has nothing to tell is not counted: failed, it would say the same.
    fn fails(&self, path: &Path, tells: bool) -> bool {
        let mut reads = self.reads.borrow_mut();
        if tells {
            reads.push(path.to_owned());
        }
        tells && Some(reads.len() - 1) == self.fails
    }
}

impl Look for Hooked<'_> {
    fn host(&self) -> &Host {
        self.real.host()
    }
    fn read(&self, path: &Path, limit: usize) -> Reading {
        if self.fails(path, true) {
            return Reading::Fault(Fault::Os("input/output error".to_owned()), None);
        }
        self.real.read(path, limit)
    }
    fn read_own(&self, path: &Path, limit: usize) -> Reading {
        self.real.read_own(path, limit)
    }
    fn stat(&self, path: &Path) -> Option<Stat> {
        self.real.stat(path).filter(|_| !self.fails(path, true))
    }
    fn has_acl(&self, path: &Path) -> bool {
        self.real.has_acl(path)
    }
    fn is_fixed(&self, path: &Path) -> bool {
        self.real.is_fixed(path)
    }
    fn list(&self, dir: &Path) -> Vec<String> {
        let names = self.real.list(dir);
        if self.fails(dir, !names.is_empty()) { Vec::new() } else { names }
    }
    fn resolve(&self, path: &Path) -> PathBuf {
        self.real.resolve(path)
    }
    fn probe(&self, probe: &Probe) -> Probed {
        self.real.probe(probe)
    }
}

impl Clock for Hooked<'_> {
    fn pause(&mut self, millis: u64) {
        self.clock += i64::try_from(millis).unwrap();
        let _ = (self.hook)("pause", Path::new(""));
    }

    fn clock(&self) -> Millis {
        self.clock
    }
}

impl Files for Hooked<'_> {
    fn make_dir(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        (self.hook)("make_dir", path)?;
        self.real.make_dir(path, mode)
    }

    fn make_new_dir(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        (self.hook)("make_new_dir", path)?;
        self.real.make_new_dir(path, mode)
    }

    fn create(&mut self, path: &Path, mode: u32, like: Option<Stat>, bytes: &[u8]) -> io::Result<()> {
        (self.hook)("create", path)?;
        let bytes = if self.lying_disk { &bytes[..bytes.len() / 2] } else { bytes };
        self.real.create(path, mode, like, bytes)
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        (self.hook)("append", path)?;
        self.real.append(path, bytes)
    }

    fn carry(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        (self.hook)("carry", to)?;
        self.real.carry(from, to)
    }

    fn exchange(&mut self, a: &Path, b: &Path) -> io::Result<bool> {
        (self.hook)("rename", b)?;
        let done = self.real.exchange(a, b);
        (self.hook)("exchanged", b)?;
        done
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        (self.hook)("rename", to)?;
        self.real.rename(from, to)
    }

    fn move_new(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        (self.hook)("move_new", to)?;
        self.real.move_new(from, to)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        (self.hook)("remove", path)?;
        self.real.remove(path)
    }

    fn chmod(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        (self.hook)("chmod", path)?;
        self.real.chmod(path, mode)
    }

    fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        (self.hook)("sync_dir", dir)?;
        self.real.sync_dir(dir)
    }

    fn try_lock(&mut self, path: &Path) -> io::Result<Option<LockFile>> {
        (self.hook)("try_lock", path)?;
        // A child that another test is just starting holds our lock until it is a program.
        for _ in 0..20 {
            if let Some(lock) = self.real.try_lock(path)? {
                return Ok(Some(lock));
            }
            self.real.pause(1);
        }
        Ok(None)
    }

    fn make_lock_dir(&mut self, path: &Path) -> io::Result<()> {
        (self.hook)("make_lock_dir", path)?;
        self.real.make_lock_dir(path)
    }

    fn remove_dir(&mut self, path: &Path) -> io::Result<()> {
        (self.hook)("remove_dir", path)?;
        self.real.remove_dir(path)
    }
}

impl Terminal for Hooked<'_> {
    fn say(&mut self, text: &str) {
        self.real.say(text);
    }

    fn answer(&mut self) -> Option<String> {
        None
    }

    fn hidden(&mut self, _: &str) -> Hidden {
        Hidden::Gone
    }

    fn input(&mut self, limit: usize) -> io::Result<Option<Secret<Vec<u8>>>> {
        self.real.input(limit)
    }

    fn run_on_pty(&mut self, _: &zirkabot::sys::Pty) -> zirkabot::sys::Conversed {
        zirkabot::sys::Conversed::NotStarted("there is no terminal".to_owned())
    }

    fn complain(&mut self, text: &str) {
        self.real.complain(text);
    }

    fn progress(&self, _: &'static str) -> Progress {
        Progress::default()
    }
}

impl Programs for Hooked<'_> {
    fn run(&mut self, program: &Probe) -> Probed {
        self.real.run(program)
    }

    fn run_with_stdin(&mut self, listener: &zirkabot::sys::Stdin) -> Probed {
        self.real.run_with_stdin(listener)
    }

    fn replace(&mut self, _: &zirkabot::sys::Replacement) -> io::Error {
        io::ErrorKind::Unsupported.into()
    }

    fn machine_name(&self) -> String {
        self.real.machine_name()
    }
}

impl Http for Hooked<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, Unanswered> {
        self.real.send(request)
    }
}

impl Act for Hooked<'_> {
    fn random(&self) -> std::io::Result<[u8; 24]> {
        Ok([7; 24])
    }
    fn as_look(&self) -> &dyn Look {
        self
    }

    fn hold_signals(&self) -> HeldSignals {
        HeldSignals::default()
    }

    fn elsewhere(&self, host: Host) -> Box<dyn Act + Send> {
        self.real.elsewhere(host)
    }
}
