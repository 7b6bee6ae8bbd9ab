//! The second opinion on JSON5 and JSON: a strict parser goes over the same text and must find
//! the same tree. It never builds a tree of its own.

use crate::doc::{Member, Node, SyntaxFault, Value};
use json5::{Deserializer, Error, ErrorCode, Position};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Whether `serde_json` accepts the text.
pub(super) fn strict(text: &str) -> Result<(), SyntaxFault> {
    serde_json::from_str::<IgnoredAny>(text).map(|_| ()).map_err(|error| {
        // Its columns count bytes, and may be one early; its `Display` is never used.
        let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let at = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
        let at = at.min(text.len());
        let what = if error.is_eof() { "the text ends too early" } else { "invalid JSON" };
        SyntaxFault::at(text, at..(at + 1).min(text.len()), what)
    })
}

/// Whether `json5` accepts the text and finds `root` in it.
///
/// It goes no deeper than `root` does, which bounds its recursion: where the two parsers see
/// different brackets (a line comment ends at U+2028 for one only), it stops.
pub(super) fn json5(text: &str, root: &Node) -> Result<(), SyntaxFault> {
    if is_strict(text, root) {
        return Ok(());
    }
    let mut reader = Deserializer::from_str(text);
    Same(root).deserialize(&mut reader).map_err(|error| fault(text, &error))?;
    // Only at the very end is there no value at all.
    match Option::<bool>::deserialize(&mut reader) {
        Err(error) if error.code() == Some(ErrorCode::EofParsingValue) => Ok(()),
        _ => Err(SyntaxFault::at(text, text.len()..text.len(), "more text after the value")),
    }
}

/// Whether the text is strict JSON, of which `json5` finds the same tree and takes ten times as long. Of numbers that
/// are large it has an opinion of its own.
fn is_strict(text: &str, root: &Node) -> bool {
    let mut reader = serde_json::Deserializer::from_str(text);
    is_modest(root) && Same(root).deserialize(&mut reader).is_ok() && reader.end().is_ok()
}

fn is_modest(node: &Node) -> bool {
    match &node.value {
        Value::Number(number) => number.0.abs() < 1e15,
        Value::Array(items) => items.iter().all(is_modest),
        Value::Object(members) => members.iter().all(|member| is_modest(&member.node)),
        _ => true,
    }
}

fn fault(text: &str, error: &Error) -> SyntaxFault {
    // No code: it found another tree than we did.
    let what = error.code().map_or("invalid JSON5", phrase);
    let end = text.len()..text.len();
    // At the end of the text it knows no place, or that of a bracket around it.
    let known = what != ENDS_EARLY;
    let place = error.position().filter(|_| known).map_or(end, |position| place(text, position));
    SyntaxFault::at(text, place, what)
}

/// The character at a line and column, both from 0, as bytes.
fn place(text: &str, position: Position) -> std::ops::Range<usize> {
    let (mut line, mut column) = (0, 0);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if (line, column) == (position.line, position.column) {
            return at..at + c.len_utf8();
        }
        column += 1;
        let crlf = c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n');
        if matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}') && !crlf {
            (line, column) = (line + 1, 0);
        }
    }
    text.len()..text.len()
}

const ENDS_EARLY: &str = "the text ends too early";

fn phrase(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ExpectedClosingBrace => "expected `}`",
        ErrorCode::ExpectedClosingBracket => "expected `]`",
        ErrorCode::ExpectedColon => "missing `:` after the key",
        ErrorCode::ExpectedComma => "missing comma",
        ErrorCode::ExpectedComment => "a `/` that begins no comment",
        ErrorCode::ExpectedIdentifier | ErrorCode::InvalidKey => "invalid key",
        ErrorCode::ExpectedNumber | ErrorCode::OverflowParsingNumber => "invalid number",
        ErrorCode::LeadingZero => "a number must not begin with 0",
        ErrorCode::InvalidBytes | ErrorCode::InvalidEscapeSequence => "invalid escape in quoted text",
        ErrorCode::LineTerminatorInString => "line break in quoted text",
        ErrorCode::TrailingCharacters => "more text after the value",
        ErrorCode::ExpectedBool
        | ErrorCode::ExpectedNull
        | ErrorCode::ExpectedOpeningBrace
        | ErrorCode::ExpectedOpeningBracket
        | ErrorCode::ExpectedString
        | ErrorCode::ExpectedStringOrObject
        | ErrorCode::ExpectedValue => "expected a value",
        ErrorCode::EofParsingArray
        | ErrorCode::EofParsingBool
        | ErrorCode::EofParsingComment
        | ErrorCode::EofParsingEscapeSequence
        | ErrorCode::EofParsingIdentifier
        | ErrorCode::EofParsingNull
        | ErrorCode::EofParsingNumber
        | ErrorCode::EofParsingObject
        | ErrorCode::EofParsingString
        | ErrorCode::EofParsingValue => ENDS_EARLY,
    }
}

/// Reads a value and compares it with a node; fails where they differ.
struct Same<'a>(&'a Node);

/// Reads a key and compares it.
struct SameKey<'a>(Option<&'a Member>);

fn sure<E: serde::de::Error>(same: bool) -> Result<(), E> {
    if same { Ok(()) } else { Err(E::custom("")) }
}

impl<'de> DeserializeSeed<'de> for Same<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> DeserializeSeed<'de> for SameKey<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for SameKey<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<(), E> {
        sure(self.0.is_some_and(|member| member.key == key))
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers are floats in every format")]
impl<'de> Visitor<'de> for Same<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        sure(matches!(self.0.value, Value::Null))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        sure(self.0.as_bool() == Some(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        sure(self.0.as_f64().is_some_and(|ours| ours == value || ours.is_nan() && value.is_nan()))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        sure(self.0.as_str() == Some(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut reader: A) -> Result<(), A::Error> {
        let Value::Array(items) = &self.0.value else { return Err(A::Error::custom("")) };
        for item in items {
            sure(reader.next_element_seed(Same(item))?.is_some())?;
        }
        // A further element is read as a key, which does not recurse.
        sure(reader.next_element_seed(SameKey(None))?.is_none())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut reader: A) -> Result<(), A::Error> {
        let Value::Object(members) = &self.0.value else { return Err(A::Error::custom("")) };
        for member in members {
            sure(reader.next_key_seed(SameKey(Some(member)))?.is_some())?;
            reader.next_value_seed(Same(&member.node))?;
        }
        sure(reader.next_key_seed(SameKey(None))?.is_none())
    }
}
