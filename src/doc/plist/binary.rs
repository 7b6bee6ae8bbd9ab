//! Property lists in their binary form: a table of objects that name each other by number. Objects
//! may be named often, so what is read is bounded by how much comes out, not by the file's length.

use crate::catalog::documents::MAX_SEPARATORS;
use crate::doc::{DocId, Loc, MAX_DEPTH, Member, Node, Number, Value};
use crate::sys::secret::Secret;

/// What a binary property list begins with.
const MAGIC: &[u8] = b"bplist0";

/// Length of the trailer, in bytes.
const TRAILER: usize = 32;

/// Whether these bytes are a property list in binary form.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Reads one. `None` if it is damaged or too large. The places of its values are empty: there is
/// no text in which they stand.
pub(crate) fn parse(id: DocId, bytes: &[u8]) -> Option<Node> {
    let trailer = bytes.get(bytes.len().checked_sub(TRAILER)?..)?;
    let table = usize::try_from(number(trailer.get(24..32)?)?).ok()?;
    let mut reader = Reader {
        id,
        bytes: bytes.get(..bytes.len() - TRAILER)?,
        offset_size: usize::from(trailer[6]),
        name_size: usize::from(trailer[7]),
        count: number(trailer.get(8..16)?)?,
        table,
        left: MAX_SEPARATORS,
    };
    reader.object(number(trailer.get(16..24)?)?, 0)
}

struct Reader<'b> {
    id: DocId,
    bytes: &'b [u8],
    offset_size: usize,
    name_size: usize,
    count: u64,
    table: usize,
    /// How many more values may come out.
    left: usize,
}

impl<'b> Reader<'b> {
    fn object(&mut self, name: u64, depth: usize) -> Option<Node> {
        self.left = self.left.checked_sub(1)?;
        if name >= self.count || depth > MAX_DEPTH {
            return None;
        }
        let entry = usize::try_from(name).ok()?.checked_mul(self.offset_size)?.checked_add(self.table)?;
        let at = usize::try_from(number(self.slice(entry, self.offset_size)?)?).ok()?;
        let marker = *self.bytes.get(at)?;
        let (kind, low) = (marker >> 4, marker & 0x0f);
        let value = match kind {
            0x0 if low == 8 || low == 9 => Value::Bool(low == 9),
            0x1 => {
                let bytes = self.slice(at + 1, 1 << low)?;
                #[expect(clippy::cast_precision_loss, reason = "as in the XML form")]
                let whole = i64::from_be_bytes(widened(bytes)?) as f64;
                Value::Number(Number(whole))
            }
            0x2 => Value::Number(Number(self.real(at + 1, low)?)),
            0x5 | 0x6 => {
                let text = self.text(at, kind == 0x6)?;
                // What is long counts as much as many that are short.
                self.left = self.left.checked_sub(text.len() / 16)?;
                Value::String(Secret::new(text))
            }
            // Times and bytes are of no use here.
            0x3 | 0x4 | 0x8 => Value::String(Secret::from("")),
            0xa => {
                let (count, from) = self.length(at)?;
                let items = (0..count).map(|item| self.object(self.name(from, item)?, depth + 1));
                Value::Array(items.collect::<Option<_>>()?)
            }
            0xd => Value::Object(self.members(at, depth)?),
            _ => return None,
        };
        Some(Node { loc: Loc::new(self.id, 0..0), value })
    }

    fn members(&mut self, at: usize, depth: usize) -> Option<Vec<Member>> {
        let (count, from) = self.length(at)?;
        let mut members = Vec::new();
        for item in 0..count {
            let key = self.object(self.name(from, item)?, depth + 1)?.as_str()?.to_owned();
            let node = self.object(self.name(from, count.checked_add(item)?)?, depth + 1)?;
            members.push(Member { key, key_loc: Loc::new(self.id, 0..0), node });
        }
        Some(members)
    }

    /// The number of the item at this index of a list that begins at `from`.
    fn name(&self, from: usize, item: usize) -> Option<u64> {
        number(self.slice(from.checked_add(item.checked_mul(self.name_size)?)?, self.name_size)?)
    }

    /// How many items or characters the object at `at` has, and where they begin.
    fn length(&self, at: usize) -> Option<(usize, usize)> {
        let low = *self.bytes.get(at)? & 0x0f;
        if low != 0x0f {
            return Some((usize::from(low), at + 1));
        }
        // A long one has a number of its own behind the marker.
        let marker = *self.bytes.get(at + 1)?;
        let size = 1_usize << (marker & 0x0f);
        let count = usize::try_from(number(self.slice(at + 2, size)?)?).ok()?;
        (marker >> 4 == 0x1).then_some((count, at + 2 + size))
    }

    fn text(&self, at: usize, wide: bool) -> Option<String> {
        let (count, from) = self.length(at)?;
        if !wide {
            return String::from_utf8(self.slice(from, count)?.to_vec()).ok();
        }
        let units = self.slice(from, count.checked_mul(2)?)?.chunks_exact(2);
        let units: Vec<u16> = units.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok()
    }

    fn real(&self, at: usize, low: u8) -> Option<f64> {
        match low {
            2 => Some(f64::from(f32::from_be_bytes(self.slice(at, 4)?.try_into().ok()?))),
            3 => Some(f64::from_be_bytes(self.slice(at, 8)?.try_into().ok()?)),
            _ => None,
        }
    }

    fn slice(&self, at: usize, length: usize) -> Option<&'b [u8]> {
        self.bytes.get(at..at.checked_add(length)?)
    }
}

/// An unsigned number of up to eight bytes.
fn number(bytes: &[u8]) -> Option<u64> {
    (!bytes.is_empty()).then_some(())?;
    Some(u64::from_be_bytes(widened(bytes)?))
}

/// The last eight bytes of a number, with zeros in front.
fn widened(bytes: &[u8]) -> Option<[u8; 8]> {
    let mut wide = [0; 8];
    let bytes = bytes.get(bytes.len().saturating_sub(8)..)?;
    wide[8 - bytes.len()..].copy_from_slice(bytes);
    Some(wide)
}

#[cfg(test)]
mod tests {
    use crate::doc::plist::binary::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    /// Made with Python's `plistlib`: Label, RunAtLoad, Nice, ProgramArguments, EnvironmentVariables
    /// with A = "CANARY é".
    const BINARY: &str = "YnBsaXN0MDDVAQIDBAUGCQoLDl8QFEVudmlyb25tZW50VmFyaWFibGVzVUxhYmVsVE5pY2VfEBBQcm9ncmFtQXJndW1lbnRzWVJ1bkF0TG9hZNEHCFFBaABDAEEATgBBAFIAWQAgAOlfEBRjb20uemlya2Fib3QuZ2F0ZXdheRP/////////+6IMDV0vb3B0L3ppcmthYm90V2dhdGV3YXkJCBMqMDVIUlVXaH+Ii5mhAAAAAAAAAQEAAAAAAAAADwAAAAAAAAAAAAAAAAAAAKI=";

    #[test]
    fn definitions_are_read_and_damaged_ones_are_not() {
        let bytes = STANDARD.decode(BINARY).unwrap();
        assert!(is_binary(&bytes));
        let root = parse(DocId(0), &bytes).unwrap();
        assert_eq!(root.get("Label").unwrap().as_str(), Some("com.zirkabot.gateway"));
        assert_eq!(root.get("RunAtLoad").unwrap().as_bool(), Some(true));
        assert_eq!(root.get("Nice").unwrap().as_f64(), Some(-5.0));
        assert_eq!(root.get("ProgramArguments").unwrap().items().len(), 2);
        let value = root.get("EnvironmentVariables").unwrap().get("A").unwrap();
        assert_eq!(value.as_str(), Some("CANARY é"));
        for cut in 0..bytes.len() {
            parse(DocId(0), &bytes[..cut]);
            let mut damaged = bytes.clone();
            for byte in [0, 0xff, 0xaf, 0xdf, 0xa2] {
                damaged[cut] = byte;
                parse(DocId(0), &damaged);
            }
        }
    }

    #[test]
    fn objects_that_name_themselves_or_each_other_often_come_to_an_end() {
        // Each list holds the next one twice; the last one holds itself.
        let mut bytes = b"bplist00".to_vec();
        let count = 60_u8;
        let offsets: Vec<u8> = (0..count).map(|at| 8 + 3 * at).collect();
        for at in 0..count {
            let next = (at + 1).min(count - 1);
            bytes.extend([0xa2, next, next]);
        }
        let table = bytes.len() as u8;
        bytes.extend(offsets);
        bytes.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        for value in [count, 0, table] {
            bytes.extend([0, 0, 0, 0, 0, 0, 0, value]);
        }
        assert!(parse(DocId(0), &bytes).is_none());
    }
}
