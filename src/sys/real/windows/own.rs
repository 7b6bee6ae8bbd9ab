//! Our own files on Windows: locks, the journal, slots, ledgers. What is no regular file is a [`NotOurs`], and is left
//! as it is. Whose it is, and how many names it has, is not known there.

#![expect(clippy::disallowed_methods, reason = "this is where files are opened")]

use crate::sys::real::contents::bytes_of;
use crate::sys::real::files::{odd_kind, to_stat};
use crate::sys::{Fault, NotOurs, Reading};
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// What stands there, a link as a link; `None` if nothing does.
fn look(path: &Path) -> io::Result<Option<Metadata>> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

fn judge(found: &Metadata) -> Result<(), NotOurs> {
    if found.is_symlink() {
        return Err(NotOurs::Link);
    }
    odd_kind(found.file_type()).map_or(Ok(()), |kind| Err(NotOurs::Kind(kind)))
}

/// Opens one of our own files to read and write it, and makes it if it is not there.
pub(super) fn open(path: &Path) -> io::Result<File> {
    look(path)?.map_or(Ok(()), |found| judge(&found)).map_err(io::Error::other)?;
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Reads one of our own files; what is not ours is a [`Fault::NotOurs`].
pub(super) fn read(path: &Path, limit: usize) -> Reading {
    let found = match look(path) {
        Ok(Some(found)) => found,
        Ok(None) => return Reading::Absent,
        Err(error) => return Reading::Fault(Fault::of(&error), None),
    };
    let stat = to_stat(&found);
    if let Err(why) = judge(&found) {
        return Reading::Fault(Fault::NotOurs(why), Some(stat).filter(|stat| stat.is_dir));
    }
    match File::open(path).and_then(|file| bytes_of(&file, limit)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Reading::Absent,
        Err(error) => Reading::Fault(Fault::of(&error), Some(stat)),
        Ok(reading) => reading,
    }
}
