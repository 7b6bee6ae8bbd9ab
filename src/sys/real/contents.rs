//! What an open file is and holds: its kind in words, its metadata, its bytes up to a limit.

use crate::sys::real::retry;
use crate::sys::secret::Secret;
use crate::sys::{Fault, Millis, Reading, Stat};
use rustix::fs::FileType;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use zeroize::Zeroizing;

/// Bytes for which there is room where a size says nothing, as in /proc.
const ROOM: usize = 1024;

/// All bytes of a regular file, if they are no more than `limit`.
pub(super) fn bytes_of(file: &File, limit: usize) -> io::Result<Reading> {
    let found = file.metadata()?;
    let stat = to_stat(&found);
    if let Some(kind) = odd_kind(kind_of(&found)) {
        return Ok(Reading::Fault(Fault::NotAFile(kind), Some(stat)));
    }
    let size = usize::try_from(found.len()).unwrap_or(usize::MAX);
    if size > limit {
        return Ok(Reading::TooLarge(stat));
    }
    // Room for all of it from the start, and for the byte that tells that there is no more. The size may lie (the
    // file grows, or is in /proc), so the limit holds here again.
    let mut bytes = Zeroizing::new(vec![0; if size == 0 { ROOM } else { size.saturating_add(1) }]);
    let (mut file, mut filled) = (file, 0);
    loop {
        if filled == bytes.len() {
            // A vector that grows by itself leaves copies of secrets behind.
            let mut larger = Zeroizing::new(vec![0; filled * 2 + ROOM]);
            larger[..filled].copy_from_slice(&bytes);
            bytes = larger;
        }
        let count = retry(|| file.read(&mut bytes[filled..]))?;
        if count > limit.saturating_sub(filled) {
            return Ok(Reading::TooLarge(stat));
        }
        if count == 0 {
            break;
        }
        filled += count;
    }
    bytes.truncate(filled);
    Ok(Reading::File(Secret::new(std::mem::take(&mut *bytes)), stat))
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
