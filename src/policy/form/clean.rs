//! Takes off what surrounds a secret: what a terminal, a mail, a shell or a config put there. Pure;
//! whether what is left is right is judged in `form.rs`.

use crate::catalog::providers;
use crate::catalog::secrets::{is_quote, is_unseen};
use crate::doc::redact::is_secret_like;
use zeroize::Zeroizing;

/// Words in front of an assignment, in shells, container tools and programs.
const KEYWORDS: &[&str] = &[
    "--env", "--header", "-H", "-Ux", "-e", "-g", "-gx", "-x", "-xg", "const", "declare", "env", "export",
    "let", "local", "readonly", "set", "setenv", "setx", "typeset", "var",
];

/// What stands in front of a line that is not part of it: prompts and list marks.
const PROMPTS: &[&str] = &["$", "%", ">", "-"];

/// Names of fields and headers after which a colon may come without a blank.
const LABELS: &[&str] =
    &["api-key", "api_key", "apikey", "authorization", "key", "token", "x-api-key", "x-goog-api-key"];

/// Words in front of the secret in an `Authorization` header.
const SCHEMES: &[&str] = &["basic", "bearer", "token"];

/// Shortest row of characters that may be a secret, in bytes.
const RUN: usize = 16;

/// Markers of a bracketed paste whose first byte was lost or made visible.
const MARKERS: &[&str] = &["^[[200~", "^[[201~", "[200~", "[201~"];

/// A text without terminal escapes and invisible characters: lines without blanks at their ends,
/// each ended by a line feed.
pub(crate) struct PlainText {
    /// The lines, without empty ones and comments.
    pub(crate) text: Zeroizing<String>,
    /// Whether there were empty lines between them.
    pub(crate) gaps: bool,
}

/// What is left when all that may surround a secret is taken off.
pub(crate) struct Bare<'t> {
    /// Ideally the secret, and nothing else; line breaks may be inside.
    pub(crate) value: &'t str,
    /// The names to which it was assigned.
    pub(crate) names: Vec<&'t str>,
}

/// Reads lines as a person sees them.
pub(crate) fn plain(text: &str) -> PlainText {
    let text = visible(text);
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let (mut gaps, mut empty) = (false, false);
    for line in text.split('\n').map(line) {
        if line.is_empty() {
            empty = !out.is_empty();
        } else if !line.starts_with(['#']) && !line.starts_with("```") {
            gaps |= empty;
            empty = false;
            out.push_str(line);
            out.push('\n');
        }
    }
    PlainText { text: out, gaps }
}

/// A line without blanks at its ends, the comment behind it, and the mark that it goes on.
fn line(line: &str) -> &str {
    let comment = line.match_indices('#').find(|(at, _)| line[..*at].ends_with(char::is_whitespace));
    let line = comment.map_or(line, |(at, _)| &line[..at]).trim();
    line.strip_suffix('\\').map_or(line, str::trim_end)
}

/// The text as a terminal would show it, every kind of line break made a line feed.
fn visible(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => escape(&mut rest),
            '\u{9b}' => control_sequence(&mut rest),
            '\r' => {
                let text = rest.as_str().trim_start_matches('\r');
                rest = text.strip_prefix('\n').unwrap_or(text).chars();
                out.push('\n');
            }
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            c if is_unseen(c) && !c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Skips what follows an escape character.
fn escape(rest: &mut std::str::Chars<'_>) {
    let after = rest.clone();
    match rest.next() {
        Some('[') => control_sequence(rest),
        // A string up to a bell or the next escape sequence; one that does not end is none.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            let text = rest.as_str();
            match text.find(['\u{7}', '\u{1b}']) {
                Some(end) => {
                    let length = if text[end..].starts_with("\u{1b}\\") { 2 } else { 1 };
                    *rest = text[end + length..].chars();
                }
                None => *rest = after,
            }
        }
        Some(' '..='/') => {
            rest.next();
        }
        Some('0'..='~') => {}
        _ => *rest = after,
    }
}

/// Skips parameters and the letter that ends a control sequence.
fn control_sequence(rest: &mut std::str::Chars<'_>) {
    let text = rest.as_str().trim_start_matches(|c| (' '..='?').contains(&c));
    *rest = text.strip_prefix(|c| ('@'..='~').contains(&c)).unwrap_or(text).chars();
}

/// Takes off layer after layer, until what is left stays as it is.
pub(crate) fn bare(text: &str) -> Bare<'_> {
    let mut bare = Bare { value: text, names: Vec::new() };
    let mut led = false;
    loop {
        let before = bare.value.len();
        let mut rest = bare.value.trim();
        for marker in MARKERS {
            rest = rest.strip_prefix(marker).unwrap_or(rest);
            rest = rest.strip_suffix(marker).unwrap_or(rest);
        }
        rest = rest.trim_end_matches([';', ',']).trim();
        (rest, led) = unled(rest, led);
        if let Some((name, value)) = assigned(rest, led) {
            bare.names.push(name);
            (rest, led) = (value, false);
        }
        if let Some((word, after)) = rest.split_once(char::is_whitespace)
            && SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(word))
        {
            rest = after;
        }
        // Last: the quotation marks of `"NAME": "value"` are no pair.
        bare.value = unquoted(rest);
        if bare.value.len() == before {
            return bare;
        }
    }
}

/// What is left of a text when all that may stand around a secret is taken off at its ends, and nothing
/// else: blanks and what is not seen, quotation marks, a sign, a line break that was written as `\n`, a
/// name to which it was assigned.
pub(crate) fn edged(text: &str) -> &str {
    let mut rest = text;
    loop {
        let before = rest.len();
        rest = rest.trim_matches(|c: char| c.is_whitespace() || is_unseen(c));
        for end in ["\\n", "\\r", "\\t", "\\"] {
            rest = rest.strip_suffix(end).unwrap_or(rest);
        }
        rest = bare(rest).value.trim_end_matches(['.', ')', ']', '>', '|', '。']);
        rest = rest.trim_start_matches(['(', '[', '<', '|']);
        // What a secret whose beginning is known cannot have is none of it.
        rest = only(rest).or_else(|| known(rest)).unwrap_or(rest);
        if rest.len() == before {
            return rest;
        }
    }
}

/// A secret whose beginning is known, without the signs around it: marks of emphasis, brackets, one quotation
/// mark.
fn known(text: &str) -> Option<&str> {
    let inner = text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let inner = inner.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    let (_, prefix) = providers::prefix_of(inner)?;
    // A line or a dash behind it may be its own.
    let shorter = inner.trim_end_matches(['-', '_']);
    let is_whole = |text: &str| prefix.length.is_exactly(text.len());
    Some(if is_whole(shorter) && !is_whole(inner) { shorter } else { inner })
}

/// The whole secret of a known form that is the only one in a line of something else, such as an address or a
/// document.
fn only(text: &str) -> Option<&str> {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let runs = || text.split(|c| !is_inside(c)).filter(|run| run.len() >= RUN);
    let is_whole =
        |run: &&str| providers::prefix_of(run).is_some_and(|(_, prefix)| prefix.length.is_exactly(run.len()));
    let found = runs().next().filter(is_whole).filter(|_| runs().count() == 1 && !text.contains('\n'))?;
    // Another assignment is not thrown away.
    (text.matches('=').count() <= 1).then_some(found)
}

/// The first character of a text that nobody sees and that is no mark of how it is encoded.
pub(crate) fn unseen(text: &str) -> Option<char> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.chars().find(|c| is_unseen(*c) && !c.is_control())
}

/// A text without what is not seen inside it; if the lines are to be `joined`, without their ends, too.
pub(crate) fn seen(text: &str, joined: bool) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let lines = text.split(['\r', '\n']).map(|line| if joined { line.trim() } else { line });
    for (at, line) in lines.enumerate() {
        if at > 0 && !joined {
            out.push('\n');
        }
        out.extend(line.chars().filter(|c| !is_unseen(*c) || c.is_control()));
    }
    out
}

/// A text without the quotation marks around it, escaped ones too.
fn unquoted(text: &str) -> &str {
    let inside = || {
        let text = text.strip_prefix(['$', '\\']).filter(|rest| rest.starts_with(is_quote)).unwrap_or(text);
        let inner = text.strip_prefix(is_quote)?.strip_suffix(is_quote)?;
        Some(inner.strip_suffix('\\').unwrap_or(inner))
    };
    inside().unwrap_or(text)
}

/// A text without prompts and the words in front of an assignment; whether there were such.
fn unled(text: &str, led: bool) -> (&str, bool) {
    const POWERSHELL: &str = "$env:";
    if let Some((first, rest)) = text.split_once(char::is_whitespace) {
        if PROMPTS.contains(&first) {
            return (rest, led);
        }
        if KEYWORDS.contains(&first) {
            return (rest, true);
        }
    }
    match text.get(..POWERSHELL.len()) {
        Some(start) if start.eq_ignore_ascii_case(POWERSHELL) => (&text[POWERSHELL.len()..], true),
        _ => (text, led),
    }
}

/// Name and value of an assignment. `led` if a word in front says that it is one.
pub(crate) fn assigned(text: &str, led: bool) -> Option<(&str, &str)> {
    let end =
        text.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.\"'`".contains(c))).unwrap_or(text.len());
    let (head, rest) = text.split_at(end);
    let name = unquoted(head);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !name.contains(is_quote)
        && !is_secret_like(name);
    if !is_name {
        return None;
    }
    let is_variable =
        name.contains('_') && !name.contains(|c: char| c.is_ascii_lowercase() || "-.".contains(c));
    let blank = rest.starts_with(char::is_whitespace);
    let rest = rest.trim_start();
    let Some(sign) = rest.chars().next().filter(|c| matches!(c, '=' | ':')) else {
        // `set -x NAME value`
        let is_upper = !name.contains(|c: char| !(c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()));
        return (led && blank && is_upper && !rest.is_empty()).then_some((name, rest));
    };
    let value = &rest[1..];
    let value = if sign == ':' { value.strip_prefix('=').unwrap_or(value) } else { value };
    let apart = led
        || blank
        || name.len() < head.len()
        || value.starts_with(|c: char| c.is_whitespace() || is_quote(c));
    let named =
        if sign == '=' { tells(name) } else { LABELS.iter().any(|own| own.eq_ignore_ascii_case(name)) };
    let is_empty = value.trim_matches(|c: char| c.is_whitespace() || c == '=').is_empty();
    // The padding at the end of an encoded token is no assignment of nothing.
    let is_one =
        if is_empty { led || providers::of_var(name).is_some() } else { apart || named || is_variable };
    is_one.then_some((name, value))
}

/// Whether a name tells of a secret.
fn tells(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["key", "token", "secret", "auth", "pass", "credential"].iter().any(|word| lower.contains(word))
}
