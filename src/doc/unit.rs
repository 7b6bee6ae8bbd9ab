//! Unit files of systemd, read as systemd reads them: sections of settings, lines that go on
//! after a `\`, and the quoting of `Environment=`.
//!
//! The tree has a member for every section, in it one for every assignment, in file order;
//! settings and sections may stand several times. `Environment=` holds its variables; every
//! other value is a string as it is written. What systemd ignores is left out. Nothing is
//! edited here. The files that `EnvironmentFile=` names are read in `env_file`.

pub(super) mod env_file;
pub(crate) mod remove;

use crate::doc::{DocId, Loc, Member, Node, Value};
use crate::sys::secret::Secret;
use std::ops::Range;

/// A byte of a value, and the bytes of the text that stand for it.
#[derive(Clone, Copy)]
struct Glyph {
    byte: u8,
    start: usize,
    end: usize,
}

/// Parses a text; never fails.
pub(super) fn parse(id: DocId, text: &str) -> Node {
    let mut sections: Vec<Member> = Vec::new();
    for line in lines(text) {
        let line = trim(&line);
        let is_header = line.first().is_some_and(|glyph| glyph.byte == b'[');
        if is_header {
            sections.extend(header(id, line));
        } else if let Some(section) = sections.last_mut()
            && let Value::Object(settings) = &mut section.node.value
        {
            settings.extend(assignment(id, line));
        }
    }
    Node { loc: Loc::new(id, 0..text.len()), value: Value::Object(sections) }
}

/// The words of a value, as systemd splits command lines and lists: by white space, with quotes
/// and escapes.
pub fn words(value: &str) -> Vec<String> {
    split(&glyphs(value, 0)).iter().map(|word| text_of(word).unwrap_or_default()).collect()
}

/// Lines with continuations joined. A comment between continued lines is left out.
fn lines(text: &str) -> Vec<Vec<Glyph>> {
    let (mut found, mut line, mut at) = (Vec::new(), Vec::new(), 0);
    for raw in text.split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let body = raw.trim_end_matches(['\n', '\r']);
        if body.trim_start_matches([' ', '\t']).starts_with(['#', ';']) {
            continue;
        }
        line.extend(glyphs(body, start));
        if goes_on(&line) {
            if let Some(last) = line.last_mut() {
                last.byte = b' ';
            }
        } else {
            found.push(std::mem::take(&mut line));
        }
    }
    found.push(line);
    found
}

/// Whether the last byte is a backslash that no other one escapes.
fn goes_on(line: &[Glyph]) -> bool {
    line.iter().rev().take_while(|glyph| glyph.byte == b'\\').count() % 2 == 1
}

fn glyphs(text: &str, from: usize) -> Vec<Glyph> {
    let glyph = |(at, byte)| Glyph { byte, start: from + at, end: from + at + 1 };
    text.bytes().enumerate().map(glyph).collect()
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn trim(line: &[Glyph]) -> &[Glyph] {
    let solid = |glyph: &Glyph| !is_space(glyph.byte);
    let first = line.iter().position(solid).unwrap_or(line.len());
    let last = line.iter().rposition(solid).map_or(first, |at| at + 1);
    &line[first..last]
}

fn text_of(glyphs: &[Glyph]) -> Option<String> {
    String::from_utf8(glyphs.iter().map(|glyph| glyph.byte).collect()).ok()
}

/// The bytes of the text that the glyphs stand for; empty at `or` if there are none.
fn place(glyphs: &[Glyph], or: usize) -> Range<usize> {
    match (glyphs.first(), glyphs.last()) {
        (Some(first), Some(last)) => first.start..last.end,
        _ => or..or,
    }
}

fn header(id: DocId, line: &[Glyph]) -> Option<Member> {
    let [_, name @ .., Glyph { byte: b']', .. }] = line else { return None };
    let key_loc = Loc::new(id, place(name, line.first()?.end));
    let node = Node { loc: key_loc, value: Value::Object(Vec::new()) };
    Some(Member { key: text_of(name)?, key_loc, node })
}

fn assignment(id: DocId, line: &[Glyph]) -> Option<Member> {
    let sign = line.iter().position(|glyph| glyph.byte == b'=')?;
    let (key, value) = (trim(&line[..sign]), trim(&line[sign + 1..]));
    let name = text_of(key)?;
    let loc = Loc::new(id, place(value, line[sign].end));
    let value = if name == "Environment" && !value.is_empty() {
        Value::Object(split(value).iter().filter_map(|word| variable(id, word)).collect())
    } else {
        Value::String(Secret::new(text_of(value)?))
    };
    Some(Member { key: name, key_loc: Loc::new(id, place(key, line[sign].start)), node: Node { loc, value } })
}

/// `NAME=value`; anything else is ignored, as systemd does.
fn variable(id: DocId, word: &[Glyph]) -> Option<Member> {
    let sign = word.iter().position(|glyph| glyph.byte == b'=')?;
    let (name, value) = (&word[..sign], &word[sign + 1..]);
    let (key, text) = (text_of(name)?, text_of(value)?);
    if !is_name(&key) {
        return None;
    }
    let (name, value) = (place(name, word[sign].start), place(value, word[sign].end));
    Some(Member::text(key, Loc::new(id, name), Loc::new(id, value), text))
}

/// Whether systemd takes this for the name of a variable.
pub(super) fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The words of a line without their quotes, escapes decoded. From a fault on (a quote that is
/// not closed, an escape that does not exist) nothing more is read.
fn split(line: &[Glyph]) -> Vec<Vec<Glyph>> {
    let (mut words, mut at) = (Vec::new(), 0);
    while at < line.len() {
        if is_space(line[at].byte) {
            at += 1;
            continue;
        }
        let Some((word, end)) = word(line, at) else { break };
        words.push(word);
        at = end;
    }
    words
}

/// The word at `at`, and where it ends; `None` for a fault.
fn word(line: &[Glyph], mut at: usize) -> Option<(Vec<Glyph>, usize)> {
    let (mut word, mut quote) = (Vec::new(), None);
    while let Some(glyph) = line.get(at) {
        at += 1;
        match (glyph.byte, quote) {
            (b'\\', _) => {
                let (bytes, length) = unescape(&line[at..])?;
                let end = line[at + length - 1].end;
                word.extend(bytes.iter().map(|byte| Glyph { byte: *byte, start: glyph.start, end }));
                at += length;
            }
            (byte, Some(open)) if byte == open => quote = None,
            (byte @ (b'"' | b'\''), None) => quote = Some(byte),
            (byte, None) if is_space(byte) => break,
            _ => word.push(*glyph),
        }
    }
    quote.is_none().then_some((word, at))
}

/// What the escape behind a backslash stands for, and its length.
fn unescape(rest: &[Glyph]) -> Option<(Vec<u8>, usize)> {
    let plain = match rest.first()?.byte {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b's' => b' ',
        byte @ (b'\\' | b'"' | b'\'') => byte,
        b'x' => return Some((vec![byte_of(rest, 1, 2, 16)?], 3)),
        b'0'..=b'7' => return Some((vec![byte_of(rest, 0, 3, 8)?], 3)),
        b'u' => return Some((char_of(rest, 4)?, 5)),
        b'U' => return Some((char_of(rest, 8)?, 9)),
        _ => return None,
    };
    Some((vec![plain], 1))
}

fn number(rest: &[Glyph], from: usize, digits: usize, radix: u32) -> Option<u32> {
    let digits = text_of(rest.get(from..from + digits)?)?;
    let fine = digits.chars().all(|c| c.is_digit(radix));
    u32::from_str_radix(&digits, radix).ok().filter(|number| fine && *number != 0)
}

fn byte_of(rest: &[Glyph], from: usize, digits: usize, radix: u32) -> Option<u8> {
    u8::try_from(number(rest, from, digits, radix)?).ok()
}

fn char_of(rest: &[Glyph], digits: usize) -> Option<Vec<u8>> {
    let char = char::from_u32(number(rest, 1, digits, 16)?)?;
    Some(char.to_string().into_bytes())
}
