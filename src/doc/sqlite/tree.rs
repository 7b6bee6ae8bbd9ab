//! Trees of pages, and the payloads of their cells (sections 1.6 and 1.7).
use std::borrow::Cow;

use crate::doc::sqlite::{Database, Fault, MAX_DEPTH, SHORT, field, take, varint};

pub(crate) type OnRow<'f> = &'f mut dyn FnMut(&[u8]) -> Result<(), Fault>;

/// A walk through one tree. No page may come twice, so that damage can not make it long.
pub(crate) struct Walk<'d, 'b, 'f> {
    database: &'d Database<'b>,
    seen: Vec<bool>,
    row: OnRow<'f>,
}

impl<'d, 'b, 'f> Walk<'d, 'b, 'f> {
    pub(crate) fn new(database: &'d Database<'b>, row: OnRow<'f>) -> Self {
        Self { database, seen: vec![false; database.pages], row }
    }

    /// One page of the tree and all below it (section 1.6).
    pub(crate) fn page(&mut self, number: usize, depth: usize) -> Result<(), Fault> {
        if depth >= MAX_DEPTH {
            return Err(Fault::Corrupt("a tree is too deep"));
        }
        let page = self.visit(number)?;
        let mut head = page.get(if number == 1 { 100 } else { 0 }..).ok_or(SHORT)?;
        let inner = match field(head, 0, 1)? {
            0x05 => true,
            0x0d => false,
            _ => return Err(Fault::Corrupt("a page is of the wrong kind")),
        };
        let (cells, last) = (field(head, 3, 2)?, field(head, 8, 4)?);
        take(&mut head, if inner { 12 } else { 8 })?;
        let mut room = page.len();
        for _ in 0..cells {
            let start = field(take(&mut head, 2)?, 0, 2)?;
            let start = page.get(start..).ok_or(SHORT)?;
            let mut cell = start;
            if inner {
                self.page(field(take(&mut cell, 4)?, 0, 4)?, depth + 1)?;
            }
            if inner {
                continue;
            }
            let size = usize::try_from(varint(&mut cell)?).map_err(|_| SHORT)?;
            // The row id.
            varint(&mut cell)?;
            let payload = self.payload(&mut cell, size)?;
            // Cells do not overlap: else a small file could hold endless rows.
            let left = room.checked_sub(start.len().saturating_sub(cell.len()));
            room = left.ok_or(Fault::Corrupt("a page is too full"))?;
            (self.row)(&payload)?;
        }
        if inner { self.page(last, depth + 1) } else { Ok(()) }
    }

    /// The payload of a cell, with what overflowed to other pages (sections 1.6 and 1.7).
    fn payload(&mut self, cell: &mut &'b [u8], size: usize) -> Result<Cow<'b, [u8]>, Fault> {
        // At least 480, so nothing below goes under zero.
        let usable = self.database.usable;
        let least = (usable - 12) * 32 / 255 - 23;
        let most = usable - 35;
        if size <= most {
            return Ok(Cow::Borrowed(take(cell, size)?));
        }
        let local = least + (size - least) % (usable - 4);
        let mut all = take(cell, if local <= most { local } else { least })?.to_vec();
        let mut next = field(take(cell, 4)?, 0, 4)?;
        while all.len() < size {
            let mut page = self.visit(next)?;
            next = field(take(&mut page, 4)?, 0, 4)?;
            let part = page.len().min(size.saturating_sub(all.len()));
            all.extend_from_slice(take(&mut page, part)?);
        }
        Ok(Cow::Owned(all))
    }

    fn visit(&mut self, number: usize) -> Result<&'b [u8], Fault> {
        let page = self.database.page(number)?;
        match self.seen.get_mut(number.saturating_sub(1)) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(Fault::Corrupt("a page is used twice")),
        }
        Ok(page)
    }
}
