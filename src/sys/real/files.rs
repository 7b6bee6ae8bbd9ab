//! What the system says of a file, and how one is opened to be read: its kind in words, its metadata.

#![expect(clippy::disallowed_methods, reason = "this is where files are opened")]

use crate::sys::{Millis, Stat};
use rustix::fs::{FileType, OFlags, StatVfsMountFlags};
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Opens without waiting: a FIFO without a writer would block for ever otherwise.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// The path with all links resolved.
pub(super) fn resolved(path: &Path) -> io::Result<PathBuf> {
    std::fs::canonicalize(path)
}

/// Whether it lies where nobody writes.
pub(super) fn is_fixed(path: &Path) -> bool {
    rustix::fs::statvfs(path).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// Writes at the beginning of a file.
pub(in crate::sys) fn write_first(file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all_at(bytes, 0)
}

pub(super) fn kind_of(found: &Metadata) -> FileType {
    FileType::from_raw_mode(found.mode() as rustix::fs::RawMode)
}

/// What it is called that is no regular file.
pub(super) fn odd_kind(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a directory")
    } else if kind.is_fifo() {
        Some("a FIFO")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

pub(super) fn to_stat(found: &Metadata) -> Stat {
    let mtime: Millis = found.mtime().saturating_mul(1000).saturating_add(found.mtime_nsec() / 1_000_000);
    Stat {
        is_dir: found.is_dir(),
        mode: found.mode() & 0o7777,
        uid: found.uid(),
        gid: found.gid(),
        ino: found.ino(),
        mtime,
    }
}
