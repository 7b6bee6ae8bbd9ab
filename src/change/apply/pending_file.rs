//! A place for a few bytes that must not be lost, in a file that is also a lock: whoever holds it has
//! it open, with room for what is to come, so that nothing has to be opened or made when it comes. For
//! what a server gives only once. It stands in no journal.

use crate::change::apply::lock::Patience;
use crate::change::apply::{ApplyFault, Target, make_dirs};
use crate::sys::secret::Secret;
use crate::sys::{Files, LockFile, Look, Reading};
use std::path::{Path, PathBuf};

/// Bytes for which room is made.
const ROOM: usize = 16 << 10;

/// Most bytes that are read.
const MAX_BYTES: usize = 1 << 20;

/// The place, which is nobody else's until it is dropped.
pub(crate) struct PendingFile {
    path: PathBuf,
    file: LockFile,
}

impl PendingFile {
    /// Takes `$STATE/.NAME.lock`, waiting for whoever has it. Makes the state directory.
    ///
    /// # Errors
    /// If somebody has it for all of the time limit, or the directory cannot be written.
    pub(crate) fn take(act: &mut dyn Files, to: &Target, name: &str) -> Result<Self, ApplyFault> {
        make_dirs(act, &to.state_dir, 0o700)?;
        let path = path_of(&to.state_dir, name);
        let file = Patience::new(to.lock_timeout).lock(act, &path)?;
        Ok(Self { path, file })
    }

    /// Makes room for what is to come, durably.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn reserve(&mut self) -> Result<(), ApplyFault> {
        self.write(&[b' '; ROOM])
    }

    /// Writes the bytes in the place of what is there, durably.
    ///
    /// # Errors
    /// Those of writing a file.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), ApplyFault> {
        let written = self.file.record(bytes).and_then(|()| self.file.sync());
        written.map_err(ApplyFault::at(&self.path))
    }

    /// Empties it. What stays after a failure is overwritten by whoever takes it next.
    pub(crate) fn clear(&mut self) {
        let _ = self.file.record(b"");
    }
}

/// What is in the place, without taking it; `None` if there is nothing that can be read.
pub(crate) fn read(look: &dyn Look, state_dir: &Path, name: &str) -> Option<Secret<Vec<u8>>> {
    match look.read(&path_of(state_dir, name), MAX_BYTES) {
        Reading::File(bytes, _) if !bytes.expose().is_empty() => Some(bytes),
        _ => None,
    }
}

fn path_of(state_dir: &Path, name: &str) -> PathBuf {
    state_dir.join(format!(".{name}.lock"))
}
