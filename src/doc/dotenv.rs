//! A scanner for `.env` files in the dialect of Node's dotenv 17, which is what the gateway reads.
//!
//! Follows its regular expression, corner cases included: white space around `=` may hold line
//! breaks, a value may begin on the next line if it is quoted, a closing quote counts only if
//! nothing but a comment follows. Nothing is interpolated. Editing is in `edit/dotenv.rs`.

use crate::doc::{DocId, Loc, Member, Node, Value};
use std::ops::Range;

/// One assignment, in bytes of the text.
pub(super) struct DotenvEntry {
    /// From the first character (`export` or the key) to the end of the line on which it ends,
    /// without the line break.
    pub(super) whole: Range<usize>,
    /// The key.
    pub(super) key: Range<usize>,
    /// The value with its quotes, trimmed.
    pub(super) value: Range<usize>,
}

/// What a text consists of, in order.
pub(super) enum Piece {
    /// An assignment.
    Entry(DotenvEntry),
    /// A line that is neither an assignment nor blank nor a comment, trimmed.
    Garbage(Range<usize>),
    /// A line with only a comment, from its `#` on.
    Comment(Range<usize>),
}

/// Parses a text; never fails.
pub(super) fn parse(id: DocId, text: &str) -> Node {
    let entries = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Entry(entry) => Some(entry),
        _ => None,
    });
    let members = entries.map(|DotenvEntry { key, value, .. }| {
        let (name, decoded) = (text[key.clone()].to_owned(), decode(&text[value.clone()]));
        Member::text(name, Loc::new(id, key), Loc::new(id, value), decoded)
    });
    Node { loc: Loc::new(id, 0..text.len()), value: Value::Object(members.collect()) }
}

/// The lines that set nothing and are neither blank nor comments.
pub(super) fn garbage(text: &str) -> Vec<Range<usize>> {
    let garbage = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Garbage(place) => Some(place),
        _ => None,
    });
    garbage.collect()
}

/// Takes a text apart.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let start = skip_space(text, at);
        if start == text.len() {
            break;
        }
        let end = match entry(text, start) {
            Some(entry) => {
                let end = entry.whole.end;
                found.push(Piece::Entry(entry));
                end
            }
            None => {
                let end = line_end(text, start);
                let place = start..start + trim_end(&text[start..end]).len();
                let comment = text[start..].starts_with('#');
                found.push(if comment { Piece::Comment(place) } else { Piece::Garbage(place) });
                end
            }
        };
        at = after_break(text, end);
    }
    found
}

/// The assignment that begins at `start`, a character that is no white space.
fn entry(text: &str, start: usize) -> Option<DotenvEntry> {
    let exported = text[start..].strip_prefix("export").map(|rest| {
        let space = text.len() - rest.len();
        (space, skip_space(text, space))
    });
    // A variable may itself be called `export`.
    let assigned = exported
        .filter(|(space, after)| after > space)
        .and_then(|(_, after)| assigned(text, after))
        .or_else(|| assigned(text, start));
    let (key, value_from) = assigned?;
    let value = value(text, value_from);
    let end = line_end(text, value.end);
    Some(DotenvEntry { whole: start..end, key, value })
}

/// The key at `start` and where the text after its `=` or `: ` begins.
fn assigned(text: &str, start: usize) -> Option<(Range<usize>, usize)> {
    let bytes = text.as_bytes();
    let length = bytes[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        .count();
    let key = start..start + length;
    if key.is_empty() {
        return None;
    }
    let sign = skip_space(text, key.end);
    if bytes.get(sign) == Some(&b'=') {
        return Some((key, sign + 1));
    }
    if bytes.get(key.end) != Some(&b':') {
        return None;
    }
    let rest = &text[key.end + 1..];
    let space =
        if rest.starts_with("\r\n") { 2 } else { rest.chars().next().filter(|c| is_space(*c))?.len_utf8() };
    let from = key.end + 1 + space;
    Some((key, from))
}

/// The value that begins after `from`, with its quotes, trimmed; empty at `from` if there is none.
fn value(text: &str, from: usize) -> Range<usize> {
    let start = skip_space(text, from);
    if let Some(end) = quoted_end(text, start) {
        return start..end;
    }
    let length = text[from..].find(['#', '\r', '\n']).unwrap_or(text.len() - from);
    let raw = trim_end(&text[from..from + length]);
    let lead = raw.len() - raw.trim_start_matches(is_space).len();
    if lead == raw.len() { from..from } else { from + lead..from + raw.len() }
}

/// One past the closing quote, if a quoted value stands at `start`: the first quote that no
/// backslash precedes; failing that the last of the others after which the line ends.
fn quoted_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.get(start).filter(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
    let mut escaped = Vec::new();
    for at in start + 1..bytes.len() {
        if bytes[at] != quote {
            continue;
        }
        if at > start + 1 && bytes[at - 1] == b'\\' {
            escaped.push(at + 1);
            continue;
        }
        escaped.push(at + 1);
        break;
    }
    escaped.into_iter().rev().find(|end| line_is_over(text, *end))
}

/// Whether nothing but blanks and a comment follow on this line.
fn line_is_over(text: &str, at: usize) -> bool {
    let rest = text[at..].trim_start_matches(|c| is_space(c) && !is_break(c));
    rest.chars().next().is_none_or(|c| c == '#' || is_break(c))
}

/// The value without its quotes, line breaks as line feeds, escapes in double quotes resolved.
pub(super) fn decode(raw: &str) -> String {
    let text = raw.replace("\r\n", "\n").replace('\r', "\n");
    let first = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let inner = first.and_then(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(&text);
    if first == Some('"') { inner.replace("\\n", "\n").replace("\\r", "\r") } else { inner.to_owned() }
}

/// `\s` of JavaScript.
fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// What `^` and `$` of JavaScript take for the end of a line.
fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

fn trim_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

fn skip_space(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches(is_space).len()
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(is_break).map_or(text.len(), |length| at + length)
}

/// One past the line break at `at`.
pub(super) fn after_break(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let length = if rest.starts_with("\r\n") { 2 } else { rest.chars().next().map_or(0, char::len_utf8) };
    at + length
}

#[cfg(test)]
mod tests {
    use crate::doc::dotenv::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let node = parse(DocId(0), text);
        let pair = |m: &Member| (m.key.clone(), m.node.as_str().unwrap().to_owned());
        node.members().iter().map(pair).collect()
    }

    fn garbage_of(text: &str) -> Vec<&str> {
        garbage(text).into_iter().map(|place| &text[place]).collect()
    }

    /// Each row was run through dotenv 17.2.3 on Node.
    const ROWS: &[(&str, &[(&str, &str)])] = &[
        ("A=b", &[("A", "b")]),
        ("A=b c d", &[("A", "b c d")]),
        (" A = b ", &[("A", "b")]),
        ("export A=b", &[("A", "b")]),
        ("export\tA=b", &[("A", "b")]),
        ("export\nA=b", &[("A", "b")]),
        ("export=1", &[("export", "1")]),
        ("export =1", &[("export", "1")]),
        ("export A", &[]),
        ("exportA=1", &[("exportA", "1")]),
        ("A: b", &[("A", "b")]),
        ("A:b", &[]),
        ("A :b", &[]),
        ("A:\nb", &[("A", "b")]),
        ("A:\r\nb", &[("A", "b")]),
        ("A:\n\nB=1", &[("A", ""), ("B", "1")]),
        ("A=", &[("A", "")]),
        ("A= ", &[("A", "")]),
        ("A=\nB=c", &[("A", ""), ("B", "c")]),
        ("A=\n\"x\"", &[("A", "x")]),
        ("A=\n\"x\" y", &[("A", "")]),
        ("A\n=b", &[("A", "b")]),
        ("A-B=1\n1A=1\na.b=2", &[("A-B", "1"), ("1A", "1"), ("a.b", "2")]),
        ("A B=1", &[]),
        ("=1", &[]),
        ("A='b c'", &[("A", "b c")]),
        ("A=\"b c\"", &[("A", "b c")]),
        ("A=`b c`", &[("A", "b c")]),
        ("A=\"\"", &[("A", "")]),
        ("A='", &[("A", "'")]),
        ("A='x", &[("A", "'x")]),
        ("A=it's", &[("A", "it's")]),
        ("A=b\"c", &[("A", "b\"c")]),
        ("A=\"b\"c", &[("A", "\"b\"c")]),
        ("A=\"b\"c\"", &[("A", "b\"c")]),
        ("A='b' # c", &[("A", "b")]),
        ("A='b'#c", &[("A", "b")]),
        ("A='b' c", &[("A", "'b' c")]),
        ("A='b # c'", &[("A", "b # c")]),
        ("A='b # c", &[("A", "'b")]),
        ("A=b # c", &[("A", "b")]),
        ("A=b#c", &[("A", "b")]),
        ("A=#c", &[("A", "")]),
        ("A= # c", &[("A", "")]),
        ("A=http://h/?z=1#frag", &[("A", "http://h/?z=1")]),
        ("A=\"x\ny\"", &[("A", "x\ny")]),
        ("A='x\r\ny'\r\nB=1\r\n", &[("A", "x\ny"), ("B", "1")]),
        ("A=b\rB=c", &[("A", "b"), ("B", "c")]),
        ("A=\"x\\ny\\rz\"", &[("A", "x\ny\rz")]),
        ("A='x\\ny'", &[("A", "x\\ny")]),
        ("A=`x\\ny`", &[("A", "x\\ny")]),
        ("A=x\\ny", &[("A", "x\\ny")]),
        ("A=\"x\\ty\"", &[("A", "x\\ty")]),
        ("A=\"x\\\"y\"", &[("A", "x\\\"y")]),
        ("A='x\\'y'", &[("A", "x\\'y")]),
        ("A=\"C:\\\\x\"", &[("A", "C:\\\\x")]),
        ("A=\"C:\\\"", &[("A", "C:\\")]),
        ("A=\"C:\\\\\"", &[("A", "C:\\\\")]),
        ("A=C:\\temp", &[("A", "C:\\temp")]),
        ("A=\"b\\n\"c", &[("A", "\"b\n\"c")]),
        ("X=1\nA=${X}y$X", &[("X", "1"), ("A", "${X}y$X")]),
        ("A=${HOME}", &[("A", "${HOME}")]),
        ("A=pa$$word", &[("A", "pa$$word")]),
        ("A=$(whoami)", &[("A", "$(whoami)")]),
        ("A={\"a\":\"b c\"}", &[("A", "{\"a\":\"b c\"}")]),
        ("A=1\nA=2", &[("A", "1"), ("A", "2")]),
        ("# A=1\n  # B=2\nC=3", &[("C", "3")]),
        ("A=a=b", &[("A", "a=b")]),
        ("A==b", &[("A", "=b")]),
        ("A=b\n\n\n # c\n\nB=c\n\n", &[("A", "b"), ("B", "c")]),
        ("A=\"x\nB=1\nC=\"y\"", &[("A", "\"x"), ("B", "1"), ("C", "y")]),
        ("A=\u{a0}b\u{a0}", &[("A", "b")]),
        ("A=x\u{2028}B=y", &[("A", "x\u{2028}B=y")]),
        ("# x\u{2028}A=y", &[("A", "y")]),
        ("A=\u{e9}", &[("A", "\u{e9}")]),
        ("\u{e9}=1", &[]),
        ("\u{feff}A=b", &[("A", "b")]),
    ];

    #[test]
    fn reads_as_node_does() {
        for (text, expected) in ROWS {
            let expected: Vec<_> =
                expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            assert_eq!(pairs(text), expected, "{text:?}");
        }
    }

    #[test]
    fn places_are_those_of_key_and_quoted_value() {
        let text = " export A = 'b c' # d\nB=\nC: x y #z";
        let node = parse(DocId(0), text);
        let places: Vec<_> = node
            .members()
            .iter()
            .map(|m| (&text[m.key_loc.range()], &text[m.node.loc.range()], m.node.loc.start))
            .collect();
        assert_eq!(places, [("A", "'b c'", 12), ("B", "", 24), ("C", "x y", 28)]);
    }

    #[test]
    fn lines_that_set_nothing_are_found() {
        assert_eq!(
            garbage_of("A=1\nsk-fake oops \n# c\n\n  export B\nC:d\nA=\n\"x\" y"),
            ["sk-fake oops", "export B", "C:d", "\"x\" y"]
        );
        assert!(garbage_of("A=1\n \n#\nA\n=\n'x\ny'\n").is_empty());
    }

    #[test]
    fn dotenvy_agrees_on_the_common_part() {
        for text in [
            "A=b\nexport C=d\n",
            "A='b c'\nB=\"d e\" # f\n",
            "A=\"x\ny\"\nB=\"x\\ny\"\n",
            "A=b\r\nB=c # d\r\n",
            "A=1\nA=2",
            "A=\nB=\u{e9}\n",
            "# c\n\nA_1=http://h:1/p?q=r\n",
        ] {
            let theirs: Vec<_> = dotenvy::from_read_iter(text.as_bytes()).map(Result::unwrap).collect();
            assert_eq!(pairs(text), theirs, "{text:?}");
        }
    }

    #[test]
    fn hostile_texts_take_no_quadratic_time() {
        for piece in [
            "A=\"", "A='x\n", "\n", "A\n", "export\n", "A=\"\\\"", "\\\"", "A= \n", "#\n", "\"", "A=`\\` ",
            "export ",
        ] {
            let text =
                format!("A=\"{}x", piece.repeat(crate::catalog::documents::MAX_BYTES / 2 / piece.len()));
            pieces(&text);
            pieces(&text[3..]);
        }
    }
}
