//! The files that `EnvironmentFile=` of a unit names: `NAME=value` lines in systemd's own
//! dialect, which is neither that of a shell nor that of `.env` files.

use crate::doc::unit::is_name;
use crate::doc::{DocId, Loc, Member, Node, Value};

/// Parses a text; never fails. What systemd ignores is left out.
pub(crate) fn parse(id: DocId, text: &str) -> Node {
    let mut members = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        at += match rest.chars().next() {
            Some('#' | ';') => rest.find(is_break).unwrap_or(rest.len()),
            Some(c) if is_space(c) => c.len_utf8(),
            _ => entry(id, text, at, &mut members) - at,
        };
    }
    Node { loc: Loc::new(id, 0..text.len()), value: Value::Object(members) }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

fn is_space(c: char) -> bool {
    is_break(c) || matches!(c, ' ' | '\t')
}

/// Reads the line that begins at `start`; returns where it ends.
fn entry(id: DocId, text: &str, start: usize, members: &mut Vec<Member>) -> usize {
    let line = text[start..].find(is_break).map_or(text.len(), |length| start + length);
    let Some(sign) = text[start..line].find('=').map(|length| start + length) else { return line };
    let key = text[start..sign].trim_end_matches(is_space);
    let (value, from, to, end) = value(text, sign + 1);
    if is_name(key) {
        let key_loc = Loc::new(id, start..start + key.len());
        members.push(Member::text(key.to_owned(), key_loc, Loc::new(id, from..to), value));
    }
    end
}

/// What surrounds the next character of a value.
#[derive(Clone, Copy, PartialEq)]
enum In {
    /// Before a piece: white space is skipped, a quote opens.
    Front,
    /// In a piece without quotes, in which a quote is an ordinary character.
    Bare,
    /// In single quotes: no escapes.
    Single,
    /// In double quotes.
    Double,
}

/// The value that begins after `from`: decoded, its place, and where the line behind it ends.
fn value(text: &str, from: usize) -> (String, usize, usize, usize) {
    let (mut out, mut place, mut kept) = (String::new(), In::Front, 0);
    let mut chars = text[from..].char_indices().map(|(at, c)| (from + at, c));
    let (mut first, mut last, mut end) = (None, from, text.len());
    while let Some((at, c)) = chars.next() {
        let next = at + c.len_utf8();
        match (place, c) {
            (In::Front | In::Bare, c) if is_break(c) => {
                end = at;
                break;
            }
            (In::Front, c) if is_space(c) => continue,
            (In::Bare, c) if is_space(c) => {
                out.push(c);
                continue;
            }
            (In::Front, '\'') => place = In::Single,
            (In::Front, '"') => place = In::Double,
            (In::Single, '\'') | (In::Double, '"') => place = In::Front,
            (In::Front | In::Bare, '\\') => {
                place = In::Bare;
                out.extend(chars.next().map(|(_, c)| c).filter(|c| !is_break(*c)));
            }
            (In::Double, '\\') => match chars.next().map(|(_, c)| c) {
                Some('\n') | None => {}
                Some(c @ ('"' | '\\' | '`' | '$')) => out.push(c),
                Some(c) => out.extend(['\\', c]),
            },
            (In::Front, c) => {
                place = In::Bare;
                out.push(c);
            }
            (_, c) => out.push(c),
        }
        // Trailing white space counts only inside quotes, or escaped.
        kept = out.len();
        first = first.or(Some(at));
        last = next;
    }
    out.truncate(kept);
    let first = first.unwrap_or(from);
    (out, first, last.max(first), end)
}
