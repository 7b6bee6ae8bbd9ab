//! The write-ahead log (section 4): which pages it holds anew, up to its last commit.
use std::collections::HashMap;

use crate::doc::sqlite::{Fault, SHORT, field, take};

/// The committed part of a log; the default is a log without any.
#[derive(Default)]
pub(crate) struct Log<'b> {
    /// The last committed copy of each page, by number.
    pub(crate) pages: HashMap<usize, &'b [u8]>,
    /// Zero if there is nothing committed.
    pub(crate) page_size: usize,
    /// Pages in the database after the last commit.
    pub(crate) size: usize,
}

/// Reads a log. What does not bear the right salts and checksums is left from an earlier use of
/// the log, or was never finished: the log ends there, and that is no fault (section 4.1).
pub(crate) fn read(mut wal: &[u8]) -> Result<Log<'_>, Fault> {
    let mut log = Log::default();
    let Ok(head) = take(&mut wal, 32) else {
        return Ok(log);
    };
    let big = match field(head, 0, 4)? {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return Ok(log),
    };
    let page_size = field(head, 8, 4)?;
    let good = (512..=65536).contains(&page_size) && page_size.is_power_of_two();
    let mut sum = checksum((0, 0), head.get(..24).ok_or(SHORT)?, big);
    if !good || head.get(24..) != Some(&stored(sum)) {
        return Ok(log);
    }
    if field(head, 4, 4)? != 3_007_000 {
        return Err(Fault::Unsupported("a newer write-ahead log"));
    }
    let mut pending = Vec::new();
    while let (Ok(frame), Ok(page)) = (take(&mut wal, 24), take(&mut wal, page_size)) {
        let (number, size) = (field(frame, 0, 4)?, field(frame, 4, 4)?);
        sum = checksum(sum, frame.get(..8).ok_or(SHORT)?, big);
        sum = checksum(sum, page, big);
        let salts = frame.get(8..16) == head.get(16..24);
        if number == 0 || !salts || frame.get(16..) != Some(&stored(sum)) {
            break;
        }
        pending.push((number, page));
        if size != 0 {
            log.pages.extend(pending.drain(..));
            (log.page_size, log.size) = (page_size, size);
        }
    }
    Ok(log)
}

fn stored((a, b): (u32, u32)) -> [u8; 8] {
    (u64::from(a) << 32 | u64::from(b)).to_be_bytes()
}

/// Section 4.2.
fn checksum((mut a, mut b): (u32, u32), bytes: &[u8], big: bool) -> (u32, u32) {
    let word = if big { u32::from_be_bytes } else { u32::from_le_bytes };
    let (words, _) = bytes.as_chunks::<4>();
    let (pairs, _) = words.as_chunks::<2>();
    for [x, y] in pairs {
        a = a.wrapping_add(word(*x)).wrapping_add(b);
        b = b.wrapping_add(word(*y)).wrapping_add(a);
    }
    (a, b)
}
