//! What an open file holds: its bytes up to a limit.

use crate::sys::real::files::{kind_of, odd_kind, to_stat};
use crate::sys::real::retry;
use crate::sys::secret::Secret;
use crate::sys::{Fault, Reading};
use std::fs::File;
use std::io::{self, Read};
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
