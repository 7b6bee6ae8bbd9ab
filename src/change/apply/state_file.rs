//! Small files of our own that are bookkeeping and no plan: what a monitor has told, for example.
//! Nobody asked for their changes, and nobody wants to take them back, so they stand in no journal;
//! a lock, an atomic rename and a mode of 0600 they have all the same.
//!
//! The lock is one of its own: it is held while somebody is told something, which may take long, and
//! no command that changes credentials must wait for that.

use crate::change::apply::lock::Patience;
use crate::change::apply::{ApplyFault, Target, make_dirs, write_own};
use crate::sys::secret::Secret;
use crate::sys::{Fault, Files, LockFile, Reading};
use std::path::PathBuf;

/// Largest file that is read, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// A file that nobody else of ours touches, until it is dropped.
pub(crate) struct StateFile {
    path: PathBuf,
    _lock: LockFile,
}

impl StateFile {
    /// Takes `$STATE/NAME.json`, waiting for whoever has it. Makes the state directory.
    ///
    /// # Errors
    /// If somebody has it for all of the time limit, or the directory cannot be written.
    pub(crate) fn take(act: &mut dyn Files, to: &Target, name: &str) -> Result<Self, ApplyFault> {
        make_dirs(act, &to.state_dir, 0o700)?;
        let lock = to.state_dir.join(format!(".{name}.lock"));
        let lock = Patience::new(to.lock_timeout).lock(act, &lock)?;
        Ok(Self { path: to.state_dir.join(format!("{name}.json")), _lock: lock })
    }

    /// Writes the file anew.
    ///
    /// # Errors
    /// Those of writing a file; then it is as it was.
    pub(crate) fn write(&self, act: &mut dyn Files, text: &str) -> Result<(), ApplyFault> {
        write_own(act, &self.path, text.as_bytes())
    }

    /// Moves a file that nobody can make anything of aside; where to.
    ///
    /// # Errors
    /// Those of moving a file.
    pub(crate) fn set_aside(&self, act: &mut dyn Files) -> Result<PathBuf, ApplyFault> {
        let mut n = 1;
        loop {
            let aside = self.path.with_extension(format!("json.broken-{n}"));
            if act.stat(&aside).is_none() {
                act.move_new(&self.path, &aside).map_err(ApplyFault::at(&aside))?;
                return Ok(aside);
            }
            n += 1;
        }
    }
}

/// What is in a ledger, without taking it.
#[derive(Debug)]
pub(crate) enum StateText {
    /// There is none.
    Nothing,
    /// These bytes.
    Bytes(Secret<Vec<u8>>),
    /// It cannot be read, in words.
    Unreadable(String),
}

/// Reads `$STATE/NAME.json`.
pub(crate) fn read(look: &dyn crate::sys::Look, to: &Target, name: &str) -> StateText {
    match look.read_own(&to.state_dir.join(format!("{name}.json")), MAX_BYTES) {
        Reading::Absent => StateText::Nothing,
        Reading::File(bytes, _) => StateText::Bytes(bytes),
        Reading::TooLarge(_) => StateText::Unreadable("is too large".to_owned()),
        Reading::Fault(fault @ (Fault::NotAFile(_) | Fault::NotOurs(_)), _) => {
            StateText::Unreadable(fault.to_string())
        }
        Reading::Fault(fault, _) => StateText::Unreadable(format!("cannot be read: {fault}")),
    }
}
