//! Values as text: the only place where an edit makes text rather than keeping it.

use crate::catalog::documents::Format;
use crate::doc::edit::ops::Draft;
use std::fmt::Write;

/// How JSON is written around the place of an edit.
#[derive(Clone)]
pub(super) struct JsonStyle {
    /// JSON5: keys may be bare and quotes single.
    pub(super) five: bool,
    /// The quotation mark.
    pub(super) quote: char,
    /// Whether keys that need no quotes have none.
    pub(super) bare: bool,
    /// Between key and value.
    pub(super) colon: String,
    /// One level of indentation.
    pub(super) unit: String,
    /// The line break.
    pub(super) newline: &'static str,
}

impl JsonStyle {
    /// What `JSON.stringify(value, null, 2)` writes.
    pub(super) fn standard() -> Self {
        let (colon, unit) = (": ".to_owned(), "  ".to_owned());
        Self { five: false, quote: '"', bare: false, colon, unit, newline: "\n" }
    }

    /// Between items on one line.
    pub(super) fn gap(&self) -> &'static str {
        if self.colon == ":" { "" } else { " " }
    }

    /// A string in the quotes of this style, or in double ones if it holds such a quote.
    pub(super) fn string(&self, text: &str) -> String {
        let single = self.five && self.quote == '\'' && !text.contains('\'');
        let quote = if single { '\'' } else { '"' };
        let mut out = String::from(quote);
        for c in text.chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                c if c == quote || c == '\\' => out.extend(['\\', c]),
                c if c < ' ' || matches!(c, '\u{2028}' | '\u{2029}') => {
                    let _ = write!(out, "\\u{:04x}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        out.push(quote);
        out
    }

    /// A key, without quotes if this style and the key allow it.
    pub(super) fn key(&self, key: &str) -> String {
        if self.five && self.bare && can_be_bare(key) { key.to_owned() } else { self.string(key) }
    }

    /// `key: value`.
    pub(super) fn member(&self, key: &str, value: &Draft, indent: Option<&str>) -> String {
        format!("{}{}{}", self.key(key), self.colon, self.value(value, indent))
    }

    /// A value; over several lines behind `indent`, on one line without.
    pub(super) fn value(&self, value: &Draft, indent: Option<&str>) -> String {
        match value {
            Draft::String(text) => self.string(text.expose()),
            Draft::Null => "null".to_owned(),
            Draft::List(items) => {
                let inner = indent.map(|indent| format!("{indent}{}", self.unit));
                let items: Vec<_> = items.iter().map(|item| self.value(item, inner.as_deref())).collect();
                self.bracket(['[', ']'], &items, indent)
            }
            Draft::Table(members) => {
                let inner = indent.map(|indent| format!("{indent}{}", self.unit));
                let member = |(key, value): &(String, Draft)| self.member(key, value, inner.as_deref());
                self.bracket(['{', '}'], &members.iter().map(member).collect::<Vec<_>>(), indent)
            }
            plain => plain.plain().unwrap_or_default(),
        }
    }

    fn bracket(&self, [open, close]: [char; 2], items: &[String], indent: Option<&str>) -> String {
        if items.is_empty() {
            return format!("{open}{close}");
        }
        match indent {
            Some(indent) => {
                let lead = format!("{}{indent}{}", self.newline, self.unit);
                let inner = items.join(&format!(",{lead}"));
                format!("{open}{lead}{inner}{}{indent}{close}", self.newline)
            }
            None => {
                let pad = if open == '{' { self.gap() } else { "" };
                format!("{open}{pad}{}{pad}{close}", items.join(&format!(",{}", self.gap())))
            }
        }
    }
}

/// Whether JSON5 wants no quotes around a key.
pub(super) fn can_be_bare(key: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
    !key.is_empty() && key.chars().all(name) && !key.starts_with(|c: char| c.is_ascii_digit())
}

/// A key in the place of one that stood in `quote`s, or in none.
pub(super) fn key(format: Format, key: &str, quote: Option<char>) -> String {
    if format == Format::Toml {
        return toml_key(key);
    }
    let five = format == Format::Json5;
    let style =
        JsonStyle { five, quote: quote.unwrap_or('"'), bare: quote.is_none(), ..JsonStyle::standard() };
    style.key(key)
}

/// A whole JSON document.
pub(super) fn json_document(value: &Draft) -> String {
    format!("{}\n", JsonStyle::standard().value(value, Some("")))
}

/// A TOML value on one line.
pub(super) fn toml_value(value: &Draft) -> String {
    match value {
        Draft::String(text) => toml_string(text.expose()),
        Draft::List(items) => format!("[{}]", items.iter().map(toml_value).collect::<Vec<_>>().join(", ")),
        Draft::Table(members) if members.is_empty() => "{}".to_owned(),
        Draft::Table(members) => {
            let pair = |(key, value): &(String, Draft)| toml_pair(key, value);
            format!("{{ {} }}", members.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        // There is no null in TOML; the model has refused it before this is reached.
        plain => plain.plain().unwrap_or_default(),
    }
}

/// `key = value` in TOML.
pub(super) fn toml_pair(key: &str, value: &Draft) -> String {
    format!("{} = {}", toml_key(key), toml_value(value))
}

/// A key of TOML, in quotes where it needs them.
pub(super) fn toml_key(key: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !key.is_empty() && key.bytes().all(bare) { key.to_owned() } else { toml_string(key) }
}

/// A basic string of TOML.
pub(super) fn toml_string(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' || c == '\u{7f}' => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
