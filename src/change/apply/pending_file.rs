//! Places for a few bytes that must not be lost: for what a server gives only once. There is one
//! place for each thing that is asked for, so that no two of them can be in each other's way; all
//! places of a name are behind one lock, under which only one asks at a time. They stand in no journal.
//!
//! A place is made, with room for what is to come, before anything is asked for, and is itself locked, so
//! that nothing has to be opened or made when the answer is there. What waits in one is never
//! overwritten: a place that holds something is not handed out.

use crate::change::apply::lock::Patience;
use crate::change::apply::{ApplyFault, Target, make_dirs};
use crate::sys::secret::Secret;
use crate::sys::{Fault, Files, LockFile, Look, Reading};
use std::path::{Path, PathBuf};

/// Bytes for which room is made.
const ROOM: usize = 16 << 10;

/// Most bytes that are read.
const MAX_BYTES: usize = 1 << 20;

/// How the name of a place ends.
const PENDING: &str = ".pending";

/// The lock of all places of a name, held until it is dropped.
pub(crate) struct PendingLock {
    state_dir: PathBuf,
    name: String,
    file: LockFile,
}

/// A place, which is nobody else's until it is dropped.
pub(crate) struct PendingFile {
    path: PathBuf,
    file: LockFile,
}

/// Why there is no place.
#[derive(Debug)]
pub(crate) enum Taken {
    /// Something waits in it.
    Waiting,
    /// It cannot be had.
    Fault(ApplyFault),
}

impl PendingLock {
    /// Takes `$STATE/.NAME.lock`, waiting for whoever has it. Makes the state
    /// directory.
    ///
    /// # Errors
    /// If somebody has it for all of the time, or the directory cannot be written.
    pub(crate) fn take(act: &mut dyn Files, to: &Target, name: &str) -> Result<Self, ApplyFault> {
        make_dirs(act, &to.state_dir, 0o700)?;
        let file = Patience::new(to.lock_timeout).lock(act, &lock_path(&to.state_dir, name))?;
        Ok(Self { state_dir: to.state_dir.clone(), name: name.to_owned(), file })
    }

    /// The name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Makes the place of `of`, with room for what is to come, durably.
    ///
    /// # Errors
    /// If something waits in it, or may, or there is no room.
    pub(crate) fn reserve(&self, act: &mut dyn Files, of: &str) -> Result<PendingFile, Taken> {
        let path = place(&self.state_dir, &self.name, of);
        let fault = |error| Taken::Fault(ApplyFault::at(&path)(error));
        let Some(file) = act.try_lock(&path).map_err(fault)? else {
            return Err(Taken::Fault(ApplyFault::LockBusy { holder: None }));
        };
        if !is_blank(&held(act.read_own(&path, MAX_BYTES), &path).map_err(Taken::Fault)?) {
            return Err(Taken::Waiting);
        }
        let mut place = PendingFile { path, file };
        let reserved = place.write(&[b' '; ROOM]).and_then(|()| synced(act, &self.state_dir));
        match reserved {
            Ok(()) => Ok(place),
            Err(fault) => {
                place.clear(act);
                Err(Taken::Fault(fault))
            }
        }
    }

    /// Removes the place of `of`, after what waited there has been stored; also what waited in the
    /// lock's own file, where earlier versions kept it, if `of` is none.
    pub(crate) fn clear(&mut self, act: &mut dyn Files, of: Option<&str>) {
        let Some(of) = of else {
            let _ = self.file.record(b"").and_then(|()| self.file.sync());
            return;
        };
        let path = place(&self.state_dir, &self.name, of);
        if let Ok(Some(file)) = act.try_lock(&path) {
            PendingFile { path, file }.clear(act);
        }
    }
}

impl PendingFile {
    /// Writes the bytes, durably.
    ///
    /// # Errors
    /// Those of writing a file.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), ApplyFault> {
        let written = self.file.record(bytes).and_then(|()| self.file.sync());
        written.map_err(ApplyFault::at(&self.path))
    }

    /// Empties and removes it. It is emptied durably first: what is used up must not come back when the
    /// power fails.
    pub(crate) fn clear(mut self, act: &mut dyn Files) {
        let _ = self.file.record(b"").and_then(|()| self.file.sync());
        let _ = act.remove(&self.path);
    }
}

/// A place that is not empty: for whom it is (`None` for the lock's own file, where earlier versions kept
/// what waits), and what is in it.
type Place = (Option<String>, Result<Secret<Vec<u8>>, ApplyFault>);

/// What waits in places of a name, without taking them. Empty places are left out.
pub(crate) fn waiting(look: &dyn Look, state_dir: &Path, name: &str) -> Vec<Place> {
    let lock = lock_path(state_dir, name);
    let of = |file: &String| {
        let rest = file.strip_prefix(&format!(".{name}-"))?.strip_suffix(PENDING)?;
        rest.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| rest.to_owned())
    };
    let places = look.list(state_dir).iter().filter_map(of).collect::<Vec<_>>();
    let places = places.into_iter().map(|of| (place(state_dir, name, &of), Some(of)));
    let mut found = Vec::new();
    for (path, of) in std::iter::once((lock, None)).chain(places) {
        match held(look.read_own(&path, MAX_BYTES), &path) {
            Ok(bytes) if is_blank(&bytes) => {}
            held => found.push((of, held)),
        }
    }
    found
}

fn held(reading: Reading, path: &Path) -> Result<Secret<Vec<u8>>, ApplyFault> {
    let what = match reading {
        Reading::Absent => return Ok(Secret::new(Vec::new())),
        Reading::File(bytes, _) => return Ok(bytes),
        Reading::Fault(what, _) => what,
        Reading::TooLarge(_) => Fault::Os(format!("is larger than {MAX_BYTES} bytes")),
    };
    Err(ApplyFault::Io { path: path.to_owned(), what })
}

fn is_blank(bytes: &Secret<Vec<u8>>) -> bool {
    bytes.expose().iter().all(u8::is_ascii_whitespace)
}

fn synced(act: &mut dyn Files, dir: &Path) -> Result<(), ApplyFault> {
    act.sync_dir(dir).map_err(ApplyFault::at(dir))
}

fn lock_path(state_dir: &Path, name: &str) -> PathBuf {
    state_dir.join(format!(".{name}.lock"))
}

fn place(state_dir: &Path, name: &str, of: &str) -> PathBuf {
    state_dir.join(format!(".{name}-{of}{PENDING}"))
}
