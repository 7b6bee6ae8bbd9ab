//! A read-only reader of SQLite databases: the bytes of a file, and of the write-ahead log beside it, go in; the rows
//! of a table come out.
//!
//! Here live the header, the log, the trees of pages, and records. Here do not live: opening files, writing, queries,
//! names of columns, tables without row ids, or the rollback journal: where a `-journal` file lies beside the database
//! and is not empty, the database may be half written, and it is for the caller not to read it so.
//!
//! Section numbers below are those of "Database File Format", <https://sqlite.org/fileformat2.html>.

mod tree;
mod value;
mod wal;

use std::fmt;

pub use crate::doc::sqlite::value::{Fault, Value};

/// Largest database, and largest log.
const MAX_BYTES: usize = 64 << 20;
/// Largest single text or blob.
const MAX_VALUE: usize = 16 << 20;
/// SQLite's own limit on the height of a tree.
const MAX_DEPTH: usize = 20;
/// SQLite's usual limit on the columns of a table.
const MAX_COLUMNS: usize = 2000;
const SHORT: Fault = Fault::Corrupt("a part of it ends too soon");

/// How text is stored (section 1.3.13).
#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

/// A database as it was at one moment: the file, and the write-ahead log beside it.
pub struct Database<'b> {
    file: &'b [u8],
    log: wal::Log<'b>,
    page_size: usize,
    /// Bytes of each page in use: its size less the reserved bytes.
    usable: usize,
    /// How many pages there are.
    pages: usize,
    encoding: Encoding,
    user_version: u32,
}

/// Says nothing of the contents.
impl fmt::Debug for Database<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({} pages of {} bytes)", self.pages, self.page_size)
    }
}

impl<'b> Database<'b> {
    /// Checks the header (section 1.3) and the log. An empty file is a database without tables,
    /// and the log beside one counts for nothing, as in SQLite.
    pub fn new(file: &'b [u8], wal: Option<&'b [u8]>) -> Result<Self, Fault> {
        let wal = wal.unwrap_or_default();
        if file.len().max(wal.len()) > MAX_BYTES {
            return Err(Fault::TooLarge);
        }
        let (encoding, user_version) = (Encoding::Utf8, 0);
        let (log, page_size, usable, pages) = (wal::Log::default(), 4096, 4096, 0);
        let empty = Self { file, log, page_size, usable, pages, encoding, user_version };
        if file.is_empty() {
            return Ok(empty);
        }
        let log = wal::read(wal)?;
        let first = log.pages.get(&1).copied().unwrap_or(file);
        let head = first.get(..100).ok_or(Fault::NotADatabase)?;
        let fractions = head.get(21..24) == Some(&[64, 32, 32]);
        match (head.starts_with(b"SQLite format 3\0"), fractions) {
            (true, true) => {}
            (true, false) => return Err(Fault::Corrupt("its header is wrong")),
            (false, true) => return Err(Fault::Unsupported("encryption")),
            (false, false) => return Err(Fault::NotADatabase),
        }
        if field(head, 19, 1)? > 2 || field(head, 44, 4)? > 4 {
            return Err(Fault::Unsupported("a newer file format"));
        }
        let encoding = match field(head, 56, 4)? {
            0 | 1 => Encoding::Utf8,
            2 => Encoding::Utf16Le,
            3 => Encoding::Utf16Be,
            _ => return Err(Fault::Corrupt("its text encoding is unknown")),
        };
        let page_size = match field(head, 16, 2)? {
            1 => 65536,
            size if size >= 512 && size.is_power_of_two() => size,
            _ => return Err(Fault::Corrupt("its page size is wrong")),
        };
        let usable = page_size.saturating_sub(field(head, 20, 1)?);
        if usable < 480 || ![0, page_size].contains(&log.page_size) {
            return Err(Fault::Corrupt("its page size is wrong"));
        }
        let pages = page_count(head, file.len(), &log, page_size)?;
        let user_version = u32::try_from(field(head, 60, 4)?).map_err(|_| SHORT)?;
        Ok(Self { log, page_size, usable, pages, encoding, user_version, ..empty })
    }

    /// The number the owner of the database keeps in its header (`PRAGMA user_version`).
    pub fn user_version(&self) -> u32 {
        self.user_version
    }

    /// Gives each row of a table, with the values that its record has, in the order of row ids; false if there is no
    /// such table. A column that is the row id itself is empty. Names of tables are compared without regard to ASCII case.
    ///
    /// # Errors
    /// Also for a table without row ids, which is kept in another way.
    pub fn each(&self, name: &str, row: &mut dyn FnMut(Vec<Value>)) -> Result<bool, Fault> {
        let Some((root, sql)) = self.find(name)? else {
            return Ok(false);
        };
        if sql.to_ascii_uppercase().contains("WITHOUT") {
            return Err(Fault::Unsupported("a table without row ids"));
        }
        self.walk(root, &mut |payload| {
            row(self.record(payload)?);
            Ok(())
        })?;
        Ok(true)
    }

    /// The first page and the CREATE TABLE statement of a table (section 2.6).
    fn find(&self, wanted: &str) -> Result<Option<(usize, String)>, Fault> {
        let mut found = None;
        if self.pages == 0 {
            return Ok(found);
        }
        self.walk(1, &mut |payload| {
            let row: [Value; 5] = match self.record(payload)?.try_into() {
                Ok(row) => row,
                Err(_) => return Err(Fault::Corrupt("its list of tables is wrong")),
            };
            let [Value::Text(kind), Value::Text(name), _, root, sql] = row else {
                return Ok(());
            };
            if kind == "table" && name.eq_ignore_ascii_case(wanted) && found.is_none() {
                found = Some(match (root, sql) {
                    (Value::Integer(0) | Value::Null, _) => {
                        return Err(Fault::Unsupported("a virtual table"));
                    }
                    (Value::Integer(root), Value::Text(sql)) => {
                        (usize::try_from(root).map_err(|_| SHORT)?, sql)
                    }
                    _ => return Err(Fault::Corrupt("its list of tables is wrong")),
                });
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Gives the record of each row of a tree in turn.
    fn walk(&self, root: usize, row: tree::OnRow<'_>) -> Result<(), Fault> {
        tree::Walk::new(self, row).page(root, 0)
    }

    /// A page, the log's copy of it if there is one, without its reserved bytes.
    fn page(&self, number: usize) -> Result<&'b [u8], Fault> {
        let before = number.checked_sub(1).filter(|n| *n < self.pages);
        let before = before.ok_or(Fault::Corrupt("a page is missing"))?;
        let start = before.checked_mul(self.page_size).ok_or(SHORT)?;
        let whole = match self.log.pages.get(&number) {
            Some(page) => Some(*page),
            None => self.file.get(start..).and_then(|rest| rest.get(..self.page_size)),
        };
        whole.and_then(|page| page.get(..self.usable)).ok_or(SHORT)
    }

    /// The values of a record (section 2.1).
    fn record(&self, payload: &[u8]) -> Result<Vec<Value>, Fault> {
        let mut rest = payload;
        let size = varint(&mut rest)?;
        let used = payload.len().saturating_sub(rest.len());
        let size = usize::try_from(size).ok().and_then(|size| size.checked_sub(used));
        let mut kinds = take(&mut rest, size.ok_or(SHORT)?)?;
        let mut values = Vec::new();
        while !kinds.is_empty() {
            if values.len() == MAX_COLUMNS {
                return Err(Fault::Corrupt("a row is too wide"));
            }
            values.push(self.value(varint(&mut kinds)?, &mut rest)?);
        }
        Ok(values)
    }

    /// One value of a record, by its serial type (section 2.1).
    fn value(&self, kind: u64, body: &mut &[u8]) -> Result<Value, Fault> {
        let width = match kind {
            0 => return Ok(Value::Null),
            1..=4 => usize::try_from(kind).map_err(|_| SHORT)?,
            5 => 6,
            6 | 7 => 8,
            8 => return Ok(Value::Integer(0)),
            9 => return Ok(Value::Integer(1)),
            10 | 11 => return Err(Fault::Corrupt("a value is of no known kind")),
            _ => usize::try_from((kind - 12) / 2).map_err(|_| SHORT)?,
        };
        if width > MAX_VALUE {
            return Err(Fault::TooLarge);
        }
        let bytes = take(body, width)?;
        Ok(match kind {
            7 => match f64::from_bits(number(bytes)) {
                real if real.is_nan() => Value::Null,
                real => Value::Real(real),
            },
            ..7 => {
                let negative = bytes.first().is_some_and(|byte| *byte > 0x7f);
                let start = if negative { -1 } else { 0 };
                Value::Integer(bytes.iter().fold(start, |n, b| n << 8 | i64::from(*b)))
            }
            _ if kind.is_multiple_of(2) => Value::Blob(bytes.to_vec()),
            _ => match self.text(bytes) {
                Some(text) => Value::Text(text),
                None => Value::Blob(bytes.to_vec()),
            },
        })
    }

    fn text(&self, bytes: &[u8]) -> Option<String> {
        let unit = match self.encoding {
            Encoding::Utf8 => return String::from_utf8(bytes.to_vec()).ok(),
            Encoding::Utf16Le => u16::from_le_bytes,
            Encoding::Utf16Be => u16::from_be_bytes,
        };
        let (pairs, _) = bytes.as_chunks::<2>();
        char::decode_utf16(pairs.iter().map(|p| unit(*p))).collect::<Result<_, _>>().ok()
    }
}

/// How many pages there are (section 1.3.8): as the header says if it is to be believed, but never
/// more than the file has, or the log's last commit gave.
fn page_count(head: &[u8], file: usize, log: &wal::Log<'_>, page_size: usize) -> Result<usize, Fault> {
    let there = if log.page_size == 0 { file / page_size } else { log.size };
    let said = field(head, 28, 4)?;
    let believed = said != 0 && head.get(24..28) == head.get(92..96);
    let pages = if believed { said } else { there };
    if pages > there {
        return Err(Fault::Corrupt("it is shorter than its header says"));
    }
    if pages.saturating_mul(page_size) > MAX_BYTES {
        return Err(Fault::TooLarge);
    }
    Ok(pages)
}

fn take<'a>(from: &mut &'a [u8], size: usize) -> Result<&'a [u8], Fault> {
    let (head, rest) = from.split_at_checked(size).ok_or(SHORT)?;
    *from = rest;
    Ok(head)
}

/// A number of up to eight bytes, the highest first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte))
}

fn field(bytes: &[u8], at: usize, size: usize) -> Result<usize, Fault> {
    let field = bytes.get(at..).and_then(|rest| rest.get(..size)).ok_or(SHORT)?;
    usize::try_from(number(field)).map_err(|_| SHORT)
}

/// A number of one to nine bytes, seven bits in each but the ninth (section 1.6).
fn varint(from: &mut &[u8]) -> Result<u64, Fault> {
    let mut n = 0;
    for _ in 0..8 {
        let byte = number(take(from, 1)?);
        n = n << 7 | byte & 0x7f;
        if byte < 0x80 {
            return Ok(n);
        }
    }
    Ok(n << 8 | number(take(from, 1)?))
}
