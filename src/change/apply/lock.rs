//! Two locks. The kernel lock on `$STATE/.lock` keeps our own processes apart; it is gone with
//! its process. `<store>.lock` is the gateway's convention, which it must see from us and we from
//! it: a directory beside an auth store, a file beside a session store. It stays behind when its
//! maker is killed.
//!
//! So the kernel lock's file says who holds it and what he made; whoever gets the kernel lock next
//! knows that his predecessor is dead, and clears it away.

use crate::catalog::layouts;
use crate::change::apply::{ApplyFault, Holder, Target};
use crate::change::plan::Lock;
use crate::sys::{Fault, Files, LOCK_DIR_MODE, LOCK_FILE_MODE, LockFile, Look, Millis, Reading, Stat};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Age in milliseconds at which the gateway's lock is stale: the owner of a directory refreshes it
/// every 15 s, and nobody holds a file for so long.
const STALE: Millis = 30_000;

/// Time in milliseconds between two tries.
const POLL: Millis = 20;

/// Longest holder record that is read, in bytes.
const MAX_RECORD: usize = 64 << 10;

/// Who holds the kernel lock; the first line of its file. Empty when it is free.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LockRecord {
    pid: u32,
    command: String,
    since: Millis,
    store_locks: Vec<StoreLock>,
}

/// A lock directory or file that the holder made, or, without inode number, is about to make.
#[derive(Debug, Serialize, Deserialize)]
struct StoreLock {
    path: PathBuf,
    ino: Option<u64>,
}

/// The kernel lock, held.
pub(super) struct StateLock {
    file: LockFile,
    path: PathBuf,
    record: LockRecord,
    patience: Patience,
}

/// How long we are still willing to wait. Counts our own pauses: a clock may jump.
pub(super) struct Patience {
    left: Millis,
}

impl Patience {
    pub(super) fn new(limit: Millis) -> Self {
        Self { left: limit.max(0) }
    }

    /// Waits a little; false if there is no time left.
    pub(super) fn wait(&mut self, act: &mut dyn Files) -> bool {
        let pause = self.left.min(POLL);
        self.left -= pause;
        if pause > 0 {
            act.pause(pause.unsigned_abs());
        }
        pause > 0
    }

    /// Takes a kernel lock, waiting for whoever has it.
    ///
    /// # Errors
    /// Also where the directory is the home of a program that keeps its credentials in a database: whoever writes
    /// locks first, so nothing is ever written there.
    pub(super) fn lock(&mut self, act: &mut dyn Files, path: &Path) -> Result<LockFile, ApplyFault> {
        let state = path.parent().unwrap_or(path);
        if let Some((layout, database)) = layouts::database(state, &|path| act.stat(path).is_some()) {
            return Err(ApplyFault::NotOurHome { program: layout.program, database });
        }
        loop {
            match act.try_lock(path).map_err(ApplyFault::at(path))? {
                Some(file) => return Ok(file),
                None if self.wait(act) => {}
                None => return Err(ApplyFault::LockBusy { holder: holder(act, path) }),
            }
        }
    }
}

impl StateLock {
    /// Takes the kernel lock, and clears away what a killed holder left.
    pub(super) fn take(act: &mut dyn Files, to: &Target) -> Result<Self, ApplyFault> {
        refuse_link_of_others(act, &to.state_dir, &act.resolve(&to.state_dir))?;
        let path = path_in(&to.state_dir);
        let mut patience = Patience::new(to.lock_timeout);
        let file = patience.lock(act, &path)?;
        let store_locks = clear_leftovers(act, &path);
        let (pid, since) = (act.host().pid, act.host().now);
        let record = LockRecord { pid, command: to.command.to_string(), since, store_locks };
        let mut lock = Self { file, path, record, patience };
        lock.note()?;
        Ok(lock)
    }

    /// Writes the record. Not durable, and need not be: it is about dead processes, and after a
    /// loss of power the directories are stale.
    fn note(&mut self) -> Result<(), ApplyFault> {
        let mut line =
            serde_json::to_vec(&self.record).map_err(|error| ApplyFault::at(&self.path)(error.into()))?;
        line.push(b'\n');
        self.file.record(&line).map_err(ApplyFault::at(&self.path))
    }

    /// Lets all locks go. The record stays if there is a directory that could not be removed.
    pub(super) fn release(mut self, act: &mut dyn Files) {
        let locks = std::mem::take(&mut self.record.store_locks);
        self.record.store_locks = locks.into_iter().filter(|lock| !gone(act, lock)).collect();
        if self.record.store_locks.is_empty() {
            let _ = self.file.record(b"");
        } else {
            let _ = self.note();
        }
    }

    /// Waits a little; false if there is no time left.
    pub(super) fn wait(&mut self, act: &mut dyn Files) -> bool {
        self.patience.wait(act)
    }

    /// Whether the gateway's lock on `store` is ours already.
    pub(super) fn has_store(&self, store: &Path) -> bool {
        let dir = lock_of(store);
        self.record.store_locks.iter().any(|lock| lock.path == dir)
    }

    /// Takes the gateway's lock on `store`, waiting for it and taking over a stale one.
    pub(super) fn take_store(
        &mut self,
        act: &mut dyn Files,
        store: &Path,
        kind: Lock,
    ) -> Result<(), ApplyFault> {
        let dir = lock_of(store);
        loop {
            match act.stat(&dir) {
                None if self.make(act, &dir, kind)? => return Ok(()),
                Some(held) if is_stale(held, act.clock()) => take_over(act, &dir, held)?,
                None | Some(_) if self.patience.wait(act) => {}
                None | Some(_) => return Err(ApplyFault::StoreBusy { lock: dir }),
            }
        }
    }

    /// Makes the directory or file; false if somebody else was quicker. What we are about to make is
    /// noted first, so that there is no moment at which a kill leaves one that nobody knows.
    fn make(&mut self, act: &mut dyn Files, dir: &Path, kind: Lock) -> Result<bool, ApplyFault> {
        self.record.store_locks.push(StoreLock { path: dir.to_owned(), ino: None });
        let made = self.note().and_then(|()| match make_one(act, dir, kind) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(ApplyFault::at(dir)(error)),
        });
        if made != Ok(true) {
            self.record.store_locks.pop();
            let _ = self.note();
            return made;
        }
        if let Some(last) = self.record.store_locks.last_mut() {
            last.ino = act.stat(dir).or_else(|| act.stat(dir)).map(|stat| stat.ino);
        }
        match self.note() {
            Ok(()) => Ok(true),
            Err(fault) => {
                self.release_store(act);
                Err(fault)
            }
        }
    }

    /// Gives back the gateway's lock that was taken last.
    pub(super) fn release_store(&mut self, act: &mut dyn Files) {
        let Some(ours) = self.record.store_locks.pop() else { return };
        if !gone(act, &ours) {
            // Still on record, so that the next holder of the kernel lock clears it away.
            self.record.store_locks.push(ours);
        }
        let _ = self.note();
    }
}

/// Removes a lock if it is ours; whether it is ours no more. What cannot be looked at may still be there.
fn gone(act: &mut dyn Files, lock: &StoreLock) -> bool {
    match act.stat(&lock.path).or_else(|| act.stat(&lock.path)) {
        Some(stat) if is_ours(act, lock, stat) => remove(act, &lock.path, stat).is_ok(),
        Some(_) => true,
        None => match act.remove_dir(&lock.path) {
            Err(error) if error.kind() == ErrorKind::NotADirectory => act.remove(&lock.path).is_ok(),
            Err(error) => error.kind() == ErrorKind::NotFound,
            Ok(()) => true,
        },
    }
}

/// Whether its owner is no more: it was not refreshed for long, or has a time that no clock has reached,
/// so that it would never grow old.
fn is_stale(held: Stat, now: Millis) -> bool {
    now.saturating_sub(held.mtime).saturating_abs() >= STALE
}

pub(super) fn path_in(state_dir: &Path) -> PathBuf {
    state_dir.join(".lock")
}

/// Whether the kernel lock's file names a holder: one at work, or one that is no more.
pub(super) fn has_record(look: &dyn Look, state_dir: &Path) -> bool {
    record_in(look, &path_in(state_dir)).is_some()
}

/// The gateway's lock of a store; of the file itself, links resolved.
fn lock_of(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn make_one(act: &mut dyn Files, at: &Path, kind: Lock) -> std::io::Result<()> {
    if kind != Lock::File {
        return act.make_lock_dir(at);
    }
    let record = format!("{{\"pid\":{},\"startedAt\":{}}}", act.host().pid, act.clock());
    act.create(at, LOCK_FILE_MODE, None, record.as_bytes())
}

/// Removes a lock that was looked at.
fn remove(act: &mut dyn Files, at: &Path, seen: Stat) -> std::io::Result<()> {
    if seen.is_dir { act.remove_dir(at) } else { act.remove(at) }
}

/// Removes a stale one, unless its owner came back to life in the last moment.
fn take_over(act: &mut dyn Files, dir: &Path, held: Stat) -> Result<(), ApplyFault> {
    if act.stat(dir) != Some(held) {
        return Ok(());
    }
    match remove(act, dir, held) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(ApplyFault::at(dir)(error)),
        _ => Ok(()),
    }
}

/// The inode number alone proves nothing, it may be in use again; our mode does not occur by
/// accident.
fn is_ours(look: &dyn Look, lock: &StoreLock, seen: Stat) -> bool {
    let mode = if seen.is_dir { LOCK_DIR_MODE } else { LOCK_FILE_MODE };
    // The superuser's are for him whose directory it is.
    let above = || lock.path.parent().and_then(|dir| look.stat(dir).or_else(|| look.stat(dir)));
    let is_heirs = || above().is_some_and(|dir| dir.uid == seen.uid);
    let is_by_us = seen.uid == look.host().uid || look.host().uid == 0 && is_heirs();
    is_by_us && seen.is_of_mode(mode) && lock.ino.is_none_or(|ino| ino == seen.ino)
}

/// Removes the directories and files on record; those that cannot be removed are returned.
fn clear_leftovers(act: &mut dyn Files, path: &Path) -> Vec<StoreLock> {
    let left = record_in(act, path).map(|record| record.store_locks).unwrap_or_default();
    let mut kept = Vec::new();
    for lock in left {
        if !gone(act, &lock) {
            kept.push(lock);
        }
    }
    kept
}

fn holder(look: &dyn Look, path: &Path) -> Option<Holder> {
    record_in(look, path).map(|record| Holder { pid: record.pid, command: record.command })
}

fn record_in(look: &dyn Look, path: &Path) -> Option<LockRecord> {
    let Reading::File(bytes, _) = look.read_own(path, MAX_RECORD) else { return None };
    // More may follow while the holder is writing.
    serde_json::from_slice(bytes.expose().split(|&byte| byte == b'\n').next()?).ok()
}

/// Root in somebody's home follows no link out of what is his whose home it is: he could lead it anywhere.
pub(super) fn refuse_link_of_others(look: &dyn Look, path: &Path, target: &Path) -> Result<(), ApplyFault> {
    let host = look.host();
    let owner = look.stat(&host.home).map(|stat| stat.uid).filter(|owner| *owner != 0);
    let Some(owner) = owner.filter(|_| host.uid == 0 && path.starts_with(&host.home)) else { return Ok(()) };
    match target.ancestors().find_map(|path| look.stat(path)) {
        Some(stat) if stat.uid != owner => {
            let what = format!("leads to {}, which belongs to another user", target.display());
            Err(ApplyFault::Io { path: path.to_owned(), what: Fault::Os(what) })
        }
        _ => Ok(()),
    }
}
