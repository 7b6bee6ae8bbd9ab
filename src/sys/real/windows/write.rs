//! Changing files on Windows. What is made inherits the access list of its directory: modes and owners that are asked
//! for are not set. An entry of a directory cannot be made durable by itself there.

#![expect(clippy::disallowed_methods, reason = "this is where files are written")]

use crate::sys::real::{Real, own, xattr};
use crate::sys::{Files, LOCK_DIR_MODE, LockFile, Stat};
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Seek, Write};
use std::path::Path;

impl Files for Real {
    fn make_dir(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        match self.make_new_dir(path, mode) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            done => done,
        }
    }

    fn make_new_dir(&mut self, path: &Path, _: u32) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    fn create(&mut self, path: &Path, _: u32, _: Option<Stat>, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::create_new(path)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        // What is open is not removed at once there.
        drop(file);
        if written.is_err() {
            let _ = self.remove(path);
        }
        written
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = own::open(path)?;
        file.seek(io::SeekFrom::End(0))?;
        if file.write(bytes)? != bytes.len() {
            return Err(ErrorKind::WriteZero.into());
        }
        file.sync_all()
    }

    fn carry(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        xattr::carry(from, to)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    /// No call of the library refuses what is taken: the look before has to do.
    fn move_new(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        match std::fs::symlink_metadata(to) {
            Ok(_) => Err(ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => std::fs::rename(from, to),
            Err(error) => Err(error),
        }
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn chmod(&mut self, _: &Path, _: u32) -> io::Result<()> {
        Ok(())
    }

    fn sync_dir(&mut self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Others cannot read what is locked there, so that who holds it is not told.
    fn try_lock(&mut self, path: &Path) -> io::Result<Option<LockFile>> {
        let file = own::open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(LockFile(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn make_lock_dir(&mut self, path: &Path) -> io::Result<()> {
        self.make_new_dir(path, LOCK_DIR_MODE)
    }

    fn remove_dir(&mut self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir(path)
    }
}
