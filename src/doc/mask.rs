//! Documents made fit to be shown: a star for every byte that may be part of a secret.
//!
//! Nothing is shown because it looks harmless; only what is on a list is: punctuation, ordinary
//! keys, `true`/`false`/`null`, and the values that the caller calls plain. Length and line
//! breaks stay the same, so places in the text are places in the mask.

use crate::catalog::documents::Format;
use crate::doc::dotenv::{self, Piece};
use crate::doc::redact::is_secret_like;
use crate::doc::toml::string_end;
use crate::doc::{Doc, KeyPath, Node, Seg, Value};
use std::ops::Range;

/// The text of `doc` with everything hidden that is not known to be harmless.
///
/// Shown are punctuation, keys (all that `word` knows, and what looks like a name and not like
/// a secret), `true`, `false`, `null`, and scalars at paths that are `plain`, unless such a
/// string itself looks like a secret. Of a text that could not be parsed, only punctuation and
/// what `word` knows. A definition of ours that nobody has changed is shown as it is.
pub fn mask(doc: &Doc, plain: &dyn Fn(&KeyPath) -> bool, word: &dyn Fn(&str) -> bool) -> String {
    let text = doc.text.expose();
    if doc.kind.is_definition() && crate::doc::stamp::is_untouched(text) {
        return text.clone();
    }
    let mut sheet = Masked { text, out: text.bytes().map(cover).collect(), word };
    let again = if doc.thin { crate::doc::parse(doc.format, doc.id, text).ok() } else { None };
    match again.as_ref().or(doc.root.as_ref()) {
        Some(root) if doc.format != Format::Dotenv => sheet.tree(doc.format, root, plain),
        Some(root) => sheet.dotenv(root, plain),
        None => sheet.words(0..text.len()),
    }
    // Whole characters only are uncovered; should that ever fail, nothing is.
    String::from_utf8(sheet.out).unwrap_or_else(|_| "*".repeat(text.len()))
}

/// Whether a key that nobody knows may be shown: a name, a profile id, an address.
fn is_name(key: &str) -> bool {
    let common = |c: char| c.is_ascii_alphanumeric() || "_-.:@/+$*".contains(c);
    (1..=80).contains(&key.len()) && key.chars().all(common) && !is_secret_like(key)
}

/// What a byte looks like until it is uncovered.
fn cover(byte: u8) -> u8 {
    if matches!(byte, b'\n' | b'\r' | b' ' | b'\t') { byte } else { b'*' }
}

/// A text and its mask.
struct Masked<'a> {
    text: &'a str,
    out: Vec<u8>,
    word: &'a dyn Fn(&str) -> bool,
}

impl Masked<'_> {
    fn show(&mut self, place: Range<usize>) {
        self.out[place.clone()].copy_from_slice(&self.text.as_bytes()[place]);
    }

    /// Hides a value or key, blanks included; only its quotes are shown.
    fn redact(&mut self, place: Range<usize>) {
        for byte in &mut self.out[place.clone()] {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b'*';
            }
        }
        let raw = &self.text[place.clone()];
        let Some(quote) = raw.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else { return };
        let count = raw.chars().take(3).take_while(|c| *c == quote).count();
        let long =
            count == 3 && raw.len() >= 6 && raw.as_bytes()[raw.len() - 3..].iter().all(|b| *b == quote as u8);
        let width = if long { 3 } else { 1 };
        if raw.len() >= 2 * width && raw.ends_with(quote) {
            self.show(place.start..place.start + width);
            self.show(place.end - width..place.end);
        }
    }

    fn key(&mut self, key: &str, place: Range<usize>) {
        if (self.word)(key) || is_name(key) { self.show(place) } else { self.redact(place) }
    }

    fn scalar(&mut self, node: &Node, plain: bool) {
        let secret = node.as_str().is_some_and(is_secret_like);
        let literal = matches!(node.value, Value::Null | Value::Bool(_));
        if literal || (plain && !secret) {
            self.show(node.loc.range());
        } else {
            self.redact(node.loc.range());
        }
    }

    /// Keys and scalars by the tree, all that is between them by [`Masked::gap`].
    fn tree(&mut self, format: Format, root: &Node, plain: &dyn Fn(&KeyPath) -> bool) {
        let mut places = Vec::new();
        self.node(root, &mut KeyPath::default(), plain, &mut places);
        places.sort_by_key(|place| place.start);
        let mut from = 0;
        for place in places {
            self.gap(format, from..place.start);
            from = place.end;
        }
        self.gap(format, from..self.text.len());
    }

    fn node(
        &mut self,
        node: &Node,
        path: &mut KeyPath,
        plain: &dyn Fn(&KeyPath) -> bool,
        places: &mut Vec<Range<usize>>,
    ) {
        match &node.value {
            Value::Object(members) => {
                for member in members {
                    self.key(&member.key, member.key_loc.range());
                    places.push(member.key_loc.range());
                    path.0.push(Seg::Key(member.key.clone()));
                    self.node(&member.node, path, plain, places);
                    path.0.pop();
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.0.push(Seg::Index(index));
                    self.node(item, path, plain, places);
                    path.0.pop();
                }
            }
            _ => {
                self.scalar(node, plain(path));
                places.push(node.loc.range());
            }
        }
    }

    /// What stands between keys and scalars: punctuation, comments, and in TOML the keys of
    /// headers and dotted keys that the tree has at another place.
    fn gap(&mut self, format: Format, place: Range<usize>) {
        let bytes = self.text.as_bytes();
        let toml = format == Format::Toml;
        let unit = matches!(format, Format::Unit | Format::UnitEnv);
        let lines = format == Format::Keyed;
        let mut at = place.start;
        while at < place.end {
            let start = at;
            at += 1;
            match bytes[start] {
                b'#' if toml => {
                    at = find(bytes, at, b"\n");
                    let ours = crate::catalog::documents::TEMPLATE
                        .lines()
                        .any(|line| line == self.text[start..at].trim_end());
                    self.show(start..if ours { at } else { start + 1 });
                }
                b'/' if bytes.get(at) == Some(&b'/') => at = line_end(bytes, at),
                b'/' if bytes.get(at) == Some(&b'*') => at = find(bytes, at + 1, b"*/") + 2,
                b'{' | b'}' | b'[' | b']' | b',' | b':' | b'=' | b'.' | b'(' | b')' => self.show(start..at),
                b'<' if format == Format::Plist => {
                    let tag = self.text[at..place.end].split('>').next().unwrap_or_default();
                    if crate::doc::plist::is_tag(tag) {
                        at = (at + tag.len() + 1).min(place.end);
                        self.show(start..at);
                    }
                }
                b'"' | b'\'' if unit => self.show(start..at),
                b'-' if lines => self.show(start..at),
                b'#' if lines => {
                    at = find(bytes, at, b"\n");
                    let ours = crate::doc::stamp::is_untouched(self.text);
                    self.show(start..if ours { at } else { start + 1 });
                }
                b'"' | b'\'' if toml => {
                    at = string_end(bytes, start).min(place.end);
                    let inner = self.text.get(start + 1..at.saturating_sub(1)).unwrap_or("").to_owned();
                    self.key(&inner, start..at);
                }
                byte if toml && is_bare(byte) => {
                    at += bytes[at..place.end].iter().take_while(|byte| is_bare(**byte)).count();
                    let word = &self.text[start..at];
                    self.key(word, start..at);
                }
                _ => {}
            }
        }
    }

    fn dotenv(&mut self, root: &Node, plain: &dyn Fn(&KeyPath) -> bool) {
        let mut members = root.members().iter();
        for piece in dotenv::pieces(self.text) {
            match piece {
                Piece::Comment(place) => self.show(place.start..place.start + 1),
                Piece::Garbage(place) => self.words(place),
                Piece::Entry(entry) => {
                    if entry.key.start > entry.whole.start {
                        self.show(entry.whole.start..entry.whole.start + "export".len());
                    }
                    self.first(entry.key.end..entry.value.start, &['=', ':']);
                    self.first(entry.value.end..entry.whole.end, &['#']);
                    if let Some(member) = members.next() {
                        self.key(&member.key, entry.key);
                        self.scalar(&member.node, plain(&KeyPath::of(&[&member.key])));
                    }
                }
            }
        }
    }

    /// Shows the first of `signs` at `place`.
    fn first(&mut self, place: Range<usize>, signs: &[char]) {
        if let Some(at) = self.text[place.clone()].find(signs) {
            self.show(place.start + at..place.start + at + 1);
        }
    }

    /// Punctuation and known words only.
    fn words(&mut self, place: Range<usize>) {
        let text = self.text;
        let mut at = place.start;
        for part in text[place].split_inclusive(|c: char| !is_word(c)) {
            let end = at + part.len();
            let word = part.trim_end_matches(|c| !is_word(c));
            if !word.is_empty() && (self.word)(word) {
                self.show(at..at + word.len());
            }
            if part.ends_with(|c: char| "{}[]():,=.#\"'`".contains(c)) {
                self.show(end - 1..end);
            }
            at = end;
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '$')
}

fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Where `sign` next stands, or the end.
fn find(bytes: &[u8], from: usize, sign: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.windows(sign.len()).position(|window| window == sign).map_or(bytes.len(), |n| from + n)
}

/// Where a line comment of JSON5 ends.
fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(bytes.len(), |n| from + n)
}

#[cfg(test)]
mod tests {
    use crate::doc::mask::*;
    use crate::doc::{DocId, State, parse};
    use crate::sys::secret::Secret;

    fn doc(format: Format, text: &str) -> Doc {
        let parsed = parse(format, DocId(0), text);
        Doc {
            id: DocId(0),
            kind: crate::catalog::documents::DocKind::Config,
            path: None,
            format,
            state: State::Parsed,
            text: Secret::from(text),
            bom: false,
            stat: None,
            keeper: None,
            root: parsed.ok(),
            thin: false,
            lines: Default::default(),
            masked: Default::default(),
        }
    }

    fn masked(format: Format, text: &str) -> String {
        let plain = |path: &KeyPath| matches!(path.last_key(), Some("mode" | "n"));
        let out = mask(&doc(format, text), &plain, &|word| matches!(word, "token" | "a key"));
        assert_eq!(out.len(), text.len());
        out
    }

    #[test]
    fn json5_shows_only_what_is_on_the_list() {
        assert_eq!(
            masked(
                Format::Json5,
                "{ // sk-fake c\n  mode: 'oauth', /* x */ key: \"sk-fake é\",\n  n: 5, m: -5.5, t: [true, null, 'x'],}\n"
            ),
            "{ ** ******* *\n  mode: 'oauth', ** * ** key: \"**********\",\n  n: 5, m: ****, t: [true, null, '*'],}\n"
        );
        assert_eq!(
            masked(
                Format::Json,
                r#"{"sk-fake-1":1,"a key":2,"no key":3,"mode":"sk-fake-2","anthropic:me@x.y":4}"#
            ),
            r#"{"*********":*,"a key":*,"******":*,"mode":"*********","anthropic:me@x.y":*}"#
        );
    }

    #[test]
    fn toml_shows_only_what_is_on_the_list() {
        assert_eq!(
            masked(
                Format::Toml,
                "# c d\n[a.\"b:c\"] # e\nmode = 'x'\nk.l = \"\"\"\na b\"\"\"\n[a.sk-fake.'x y']\nd = 1979-05-27\n[[l]]\nq = {n = 1, m = 2}\n[[l]]\n"
            ),
            "# * *\n[a.\"b:c\"] # *\nmode = 'x'\nk.l = \"\"\"\n***\"\"\"\n[a.*******.'***']\nd = **********\n[[l]]\nq = {n = 1, m = *}\n[[l]]\n"
        );
    }

    #[test]
    fn dotenv_shows_only_what_is_on_the_list() {
        assert_eq!(
            masked(
                Format::Dotenv,
                "# c\nexport KEY = 'x y' # z\nn=1\nsk-fake token: x\nK: v w\nU=\u{e9}#q\nsk-fake-9=1\n"
            ),
            "# *\nexport KEY = '***' # *\nn=1\n******* token: *\nK: ***\nU=**#*\n*********=*\n"
        );
    }

    #[test]
    fn of_a_broken_text_only_known_words_are_shown() {
        for format in [Format::Json, Format::Json5, Format::Toml] {
            assert_eq!(
                masked(format, "{\"token\": \"sk-fake-token\u{e9} x\", token"),
                "{\"token\": \"*************** *\", token"
            );
        }
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        for (text, byte, place) in [
            ("é\nab", 0, (1, 1)),
            ("é\nab", 2, (1, 2)),
            ("é\nab", 4, (2, 2)),
            ("é\nab", 99, (2, 3)),
            ("é", 1, (1, 1)),
            ("", 0, (1, 1)),
        ] {
            let doc = doc(Format::Json, text);
            assert_eq!((doc.line_col(byte), doc.line(byte)), (place, place.0), "{text:?} {byte}");
        }
    }

    #[test]
    fn quotes_beside_wide_characters_hide_all_the_same() {
        for text in ["K=\"\"\"\u{2028}\"\n", "K=\"\"\"\u{2028}", "K=\"\"\"\u{e9}\u{e9}\n"] {
            assert!(!masked(Format::Dotenv, text).contains(['\u{2028}', '\u{e9}']));
        }
    }
}
