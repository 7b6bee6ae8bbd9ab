//! A machine in memory that can also be written: as faithful as `apply` can tell, and some
//! thousand times a second. `worlds.rs` holds it against the real file system.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use zirkabot::sys::http::{Request, Response, Unanswered};
use zirkabot::sys::secret::Secret;
use zirkabot::sys::{
    Act, Clock, Fault, Files, HeldSignals, Hidden, Host, Http, LOCK_DIR_MODE, LockFile, Look, Millis, Probe,
    Probed, Programs, Progress, Reading, Stat, Terminal,
};

/// What is in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    File(Vec<u8>),
    Dir,
    Link(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) thing: Thing,
    pub(crate) mode: u32,
    mtime: Millis,
    ino: u64,
}

/// The machine.
pub(crate) struct Memory {
    host: Host,
    pub(crate) entries: BTreeMap<PathBuf, Entry>,
    next_ino: u64,
    /// A directory is listed the other way round.
    pub(crate) backwards: bool,
}

impl Memory {
    pub(crate) fn new(host: Host) -> Self {
        let mut memory = Self { host, entries: BTreeMap::new(), next_ino: 1, backwards: false };
        memory.put(Path::new("/"), Thing::Dir, 0o755, 0);
        memory
    }

    /// Puts something there, whatever was there.
    pub(crate) fn put(&mut self, path: &Path, thing: Thing, mode: u32, mtime: Millis) {
        let ino = self.next_ino;
        self.next_ino += 1;
        self.entries.insert(path.to_owned(), Entry { thing, mode, mtime, ino });
    }

    /// Makes the directories above `path` that are missing.
    pub(crate) fn lay_dirs(&mut self, path: &Path) {
        let missing: Vec<PathBuf> = path
            .ancestors()
            .skip(1)
            .take_while(|dir| !self.entries.contains_key(*dir))
            .map(Path::to_owned)
            .collect();
        for dir in missing.iter().rev() {
            self.put(dir, Thing::Dir, 0o700, self.host.now);
        }
    }

    /// What `path` leads to; links of files are followed, there are none of directories.
    fn target(&self, path: &Path) -> PathBuf {
        let mut at = path.to_owned();
        for _ in 0..8 {
            match self.entries.get(&at).map(|entry| &entry.thing) {
                Some(Thing::Link(to)) => at = led(&at, to),
                _ => break,
            }
        }
        at
    }

    fn entry(&self, path: &Path) -> Option<&Entry> {
        self.entries.get(&self.target(path))
    }

    fn stat_of(&self, entry: &Entry) -> Stat {
        let is_dir = entry.thing == Thing::Dir;
        let (uid, ino, mtime) = (self.host.uid, entry.ino, entry.mtime);
        Stat { is_dir, mode: entry.mode, uid, gid: uid, ino, mtime }
    }

    /// All below a directory.
    fn below(&self, dir: &Path) -> Vec<PathBuf> {
        let from = (Bound::Excluded(dir.to_owned()), Bound::Unbounded);
        let all = self.entries.range::<PathBuf, _>(from).map(|(path, _)| path);
        all.take_while(|path| path.starts_with(dir)).cloned().collect()
    }

    /// A new entry, in a directory that is there.
    fn make(&mut self, path: &Path, thing: Thing, mode: u32) -> io::Result<()> {
        if self.entries.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        self.must_be_dir(path.parent().unwrap_or(Path::new("/")))?;
        self.put(path, thing, mode, self.host.now);
        Ok(())
    }

    fn must_be_dir(&self, dir: &Path) -> io::Result<()> {
        match self.entries.get(dir).map(|entry| &entry.thing) {
            Some(Thing::Dir) => Ok(()),
            Some(_) => Err(ErrorKind::NotADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }
}

/// Where a link leads.
pub(crate) fn led(link: &Path, to: &Path) -> PathBuf {
    let root = Path::new("/");
    zirkabot::catalog::paths::expand(&to.to_string_lossy(), root, link.parent().unwrap_or(root))
}

impl Look for Memory {
    fn host(&self) -> &Host {
        &self.host
    }

    fn read(&self, path: &Path, limit: usize) -> Reading {
        let Some(entry) = self.entry(path) else { return Reading::Absent };
        let stat = self.stat_of(entry);
        match &entry.thing {
            Thing::File(bytes) if bytes.len() > limit => Reading::TooLarge(stat),
            Thing::File(bytes) => Reading::File(Secret::new(bytes.clone()), stat),
            Thing::Dir | Thing::Link(_) => Reading::Fault(Fault::NotAFile("a directory"), Some(stat)),
        }
    }

    fn stat(&self, path: &Path) -> Option<Stat> {
        self.entry(path).map(|entry| self.stat_of(entry))
    }

    fn list(&self, dir: &Path) -> Vec<String> {
        let below = self.below(dir);
        let own = below.iter().filter(|path| path.parent() == Some(dir)).filter_map(|path| path.file_name());
        let mut names: Vec<String> = own.map(|name| name.to_string_lossy().into_owned()).collect();
        if self.backwards {
            names.reverse();
        }
        names
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        self.target(path)
    }

    fn probe(&self, probe: &Probe) -> Probed {
        Probed::NotStarted(format!("{} does not exist", probe.program))
    }
}

impl Clock for Memory {
    fn pause(&mut self, _: u64) {}

    fn clock(&self) -> Millis {
        self.host.now
    }
}

impl Files for Memory {
    fn make_dir(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        if self.entry(path).is_some_and(|entry| entry.thing == Thing::Dir) {
            return Ok(());
        }
        self.make(path, Thing::Dir, mode)
    }

    fn make_new_dir(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        self.make(path, Thing::Dir, mode)
    }

    fn create(&mut self, path: &Path, mode: u32, _: Option<Stat>, bytes: &[u8]) -> io::Result<()> {
        self.make(path, Thing::File(bytes.to_vec()), mode)
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let target = self.target(path);
        match self.entries.get_mut(&target).map(|entry| &mut entry.thing) {
            Some(Thing::File(old)) => {
                old.extend_from_slice(bytes);
                Ok(())
            }
            Some(_) => Err(ErrorKind::IsADirectory.into()),
            None => self.make(&target, Thing::File(bytes.to_vec()), 0o600),
        }
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.must_be_dir(to.parent().unwrap_or(Path::new("/")))?;
        let entry = self.entries.remove(from).ok_or(ErrorKind::NotFound)?;
        self.entries.insert(to.to_owned(), entry);
        Ok(())
    }

    fn move_new(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        if self.entries.contains_key(to) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        self.rename(from, to)?;
        for path in self.below(from) {
            let entry = self.entries.remove(&path).ok_or(ErrorKind::NotFound)?;
            let rest = path.strip_prefix(from).unwrap_or(&path).to_owned();
            self.entries.insert(to.join(rest), entry);
        }
        Ok(())
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        match self.entries.get(path).map(|entry| &entry.thing) {
            None => return Err(ErrorKind::NotFound.into()),
            Some(Thing::Dir) => return Err(ErrorKind::IsADirectory.into()),
            Some(_) => {}
        }
        self.entries.remove(path);
        Ok(())
    }

    fn chmod(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        let target = self.target(path);
        self.entries.get_mut(&target).ok_or(ErrorKind::NotFound)?.mode = mode;
        Ok(())
    }

    fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        self.must_be_dir(dir)
    }

    fn try_lock(&mut self, path: &Path) -> io::Result<Option<LockFile>> {
        if self.entry(path).is_none() {
            self.make(path, Thing::File(Vec::new()), 0o600)?;
        }
        thread_local! {
            // What is recorded in the lock matters only after a kill.
            static LOCK: File = tempfile::tempfile().unwrap();
        }
        LOCK.with(|file| Ok(Some(LockFile(file.try_clone()?))))
    }

    fn make_lock_dir(&mut self, path: &Path) -> io::Result<()> {
        self.make(path, Thing::Dir, LOCK_DIR_MODE)
    }

    fn remove_dir(&mut self, path: &Path) -> io::Result<()> {
        self.must_be_dir(path)?;
        if !self.below(path).is_empty() {
            return Err(ErrorKind::DirectoryNotEmpty.into());
        }
        self.entries.remove(path);
        Ok(())
    }
}

impl Terminal for Memory {
    fn say(&mut self, _: &str) {}

    fn answer(&mut self) -> Option<String> {
        None
    }

    /// Whatever is typed would be seen.
    fn hidden(&mut self, _: &str) -> Hidden {
        Hidden::Shown
    }

    fn input(&mut self, _: usize) -> io::Result<Option<Secret<Vec<u8>>>> {
        Ok(Some(Secret::new(Vec::new())))
    }

    fn run_on_pty(&mut self, _: &zirkabot::sys::Pty) -> zirkabot::sys::Conversed {
        zirkabot::sys::Conversed::NotStarted("there is no terminal".to_owned())
    }

    fn complain(&mut self, _: &str) {}

    fn progress(&self, _: &'static str) -> Progress {
        Progress::default()
    }
}

impl Programs for Memory {
    fn run(&mut self, program: &Probe) -> Probed {
        self.probe(program)
    }

    fn run_with_stdin(&mut self, listener: &zirkabot::sys::Stdin) -> Probed {
        Probed::NotStarted(format!("{} does not exist", listener.program))
    }

    fn replace(&mut self, _: &zirkabot::sys::Replacement) -> io::Error {
        ErrorKind::Unsupported.into()
    }

    fn machine_name(&self) -> String {
        "here".to_owned()
    }
}

impl Http for Memory {
    fn send(&mut self, _: &Request) -> Result<Response, Unanswered> {
        Err(Unanswered::Connection("there is no network".to_owned()))
    }
}

impl Act for Memory {
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
        Box::new(Self::new(host))
    }
}
