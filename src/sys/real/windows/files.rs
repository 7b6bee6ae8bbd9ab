//! What Windows says of a file. There is no mode: access lists say who may open one, and in a user's profile they name
//! the user, the administrators and the system. So of all files the mode is the one of which nothing has to be said,
//! and all belong to one user: modes and owners are neither checked nor mended there.

#![expect(clippy::disallowed_methods, reason = "this is where files are opened")]

use crate::sys::real::user;
use crate::sys::{Millis, Stat};
use std::fs::{File, FileType, Metadata};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The modes that everything is asked to have which is made here; a directory is one that may be entered.
const MODES: (u32, u32) = (0o600, 0o700);

pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// The path with all links resolved, in the form that people and other paths have.
pub(super) fn resolved(path: &Path) -> io::Result<PathBuf> {
    let found = std::fs::canonicalize(path)?;
    let plain = found.to_str().and_then(|text| text.strip_prefix(r"\\?\"));
    // Of a share it is no path without what stands before it.
    Ok(plain.filter(|text| text.as_bytes().get(1) == Some(&b':')).map(PathBuf::from).unwrap_or(found))
}

/// Whether it lies where nobody writes: unknown there.
pub(super) fn is_fixed(_: &Path) -> bool {
    false
}

/// Writes at the beginning of a file.
pub(in crate::sys) fn write_first(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.rewind()?;
    file.write_all(bytes)
}

pub(super) fn kind_of(found: &Metadata) -> FileType {
    found.file_type()
}

/// What it is called that is no regular file.
pub(super) fn odd_kind(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a directory")
    } else {
        Some("a device")
    }
}

pub(super) fn to_stat(found: &Metadata) -> Stat {
    let since =
        found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let mode = if found.is_dir() { MODES.1 } else { MODES.0 };
    Stat {
        is_dir: found.is_dir(),
        mode,
        uid: user::ONE,
        gid: user::ONE,
        // The library does not tell it.
        ino: 0,
        mtime: Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX),
    }
}
