//! What a text looks like, whoever issued it: the steps of the judge, from what is no secret of anybody's
//! to what stands inside or around one.

use crate::catalog::kind::Kind;
use crate::catalog::providers;
use crate::catalog::secrets::{
    CHARACTERS, EXAMPLES, FILLERS, MARKS, NOTHINGS, PLACES, PLAIN_MARKS, REFERENCES, STAND_INS, is_name,
    is_quote, is_unseen,
};
use crate::doc::redact::redact;
use crate::policy::form::kind::{SHORTEST, article, kind, of_vendor};
use crate::policy::form::sound::{self, TELLING, is_plain};
use crate::policy::form::{Endpoint, Flaw, Slot, Sort, clean, encoded};

/// A text without the white space around it that the gateway takes off too: not U+0085, which it sends.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() && c != '\u{85}')
}

/// What is wrong with a text, whatever may be taken off.
pub(super) fn flaw(text: &str, slot: Slot<'_>) -> Option<Flaw> {
    let text = trimmed(text);
    if text.is_empty() {
        return Some(Flaw::new(Sort::Blank, "is blank"));
    }
    if sound::is_sound(text) { of_somebody(text, slot) } else { thorough(text, slot) }
}

/// The same, step by step.
pub(super) fn thorough(text: &str, slot: Slot<'_>) -> Option<Flaw> {
    let vendor = slot.endpoint == Endpoint::Vendor;
    reference(text, vendor)
        .or_else(|| placeholder(text, slot.endpoint))
        .or_else(|| elsewhere(text, vendor))
        .or_else(|| encoded(text).filter(|_| vendor && slot.kind != Kind::OAuth))
        .or_else(|| joined(text, vendor))
        .or_else(|| inside(text, vendor && slot.kind != Kind::OAuth))
        .or_else(|| of_somebody(text, slot))
}

/// What it is not, by its beginning.
fn of_somebody(text: &str, slot: Slot<'_>) -> Option<Flaw> {
    if slot.endpoint == Endpoint::Vendor { of_vendor(text, slot) } else { kind(text, slot) }
}

/// A text that stands for a secret somewhere else.
fn reference(text: &str, vendor: bool) -> Option<Flaw> {
    if let Some(name) = variable(text, vendor) {
        return Some(refers("a variable", Some(name)));
    }
    let lower = text.to_lowercase();
    let begins = |begin: &str, end: &str| lower.starts_with(begin) && lower.ends_with(end);
    let row = REFERENCES.iter().find(|row| {
        let rest = lower.get(row.begin.len()..).unwrap_or_default();
        // A token of one's own may begin with a sign; a command has blanks or a name behind it.
        let loose = row.begin.len() == 1 || row.begin.ends_with(':') && rest.is_empty();
        begins(row.begin, row.end) && text.len() > row.begin.len() && (vendor || !loose || rest.contains(' '))
    });
    if let Some(row) = row {
        return Some(match row.named {
            true => refers(row.of, Some(text)),
            false if row.of.contains("encrypted") => {
                Flaw::new(Sort::Reference, format!("is {}, and is not decrypted here", row.of))
            }
            false => refers(row.of, None),
        });
    }
    let of = if lower.contains(".vault.azure.net") {
        "Azure Key Vault"
    } else if lower.contains("secretmanager.googleapis.com") {
        "Google Secret Manager"
    } else if vendor && text.contains("${") && text.contains('}') {
        "a variable in the middle"
    } else {
        return None;
    };
    Some(refers(of, None))
}

/// Longest text of a reference that is shown, in bytes.
const LONGEST_NAME: usize = 120;

/// Says what is referred to, with its text if that is a name.
fn refers(of: &str, text: Option<&str>) -> Flaw {
    let shown = text.filter(|text| is_name(text) || text.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
    // What stands in the same line behind it may be a secret.
    let is_one = |text: &&str| text.len() <= LONGEST_NAME && !text.contains(['\\', '`', '=', '[', ',', ';']);
    let shown = shown.filter(|text| is_one(text) && redact((*text).to_owned()) == **text);
    let what = match shown {
        Some(text) => format!("is a reference to {of} ({text}) that is not resolved here"),
        None => format!("is a reference to {of} that is not resolved here"),
    };
    Flaw::new(Sort::Reference, what)
}

/// The name of the variable that a text stands for: `$X`, `${X}`, `%X%`, or the name by itself.
fn variable(text: &str, vendor: bool) -> Option<&str> {
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let is_name = |name: &str| {
        let fine = |c: char| upper(c) || vendor && c.is_ascii_alphabetic();
        name.len() > 1 && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(fine)
    };
    let braced = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let braced = braced.map(|inner| inner.strip_prefix("env:").unwrap_or(inner));
    if braced.is_some_and(|inner| is_name(inner.split([':', '-', '?', '+', '=']).next().unwrap_or_default()))
    {
        return Some(text);
    }
    let percent = || text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    if text.strip_prefix('$').or_else(percent).is_some_and(is_name) {
        return Some(text);
    }
    // The name instead of the value.
    let is_name = text.contains('_') && text.chars().all(upper) && providers::is_secret_var(text);
    let lower = if is_name { text.to_lowercase() } else { return None };
    let is_example = EXAMPLES.iter().chain(STAND_INS).any(|word| lower.contains(word));
    (!is_example).then_some(text)
}

/// The name of the variable that a text stands for, without its signs.
pub(crate) fn variable_of(text: &str) -> Option<&str> {
    let text = text.trim();
    let name = |text: &'_ str| -> bool { text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') };
    let stripped = text
        .strip_prefix("${")
        .map(|rest| rest.strip_prefix("env:").unwrap_or(rest))
        .or_else(|| text.strip_prefix("{env:"))
        .and_then(|rest| rest.strip_suffix('}'))
        .or_else(|| text.strip_prefix("env:"))
        .or_else(|| text.strip_prefix("$env:"))
        .or_else(|| text.strip_prefix("process.env."))
        .or_else(|| text.strip_prefix('$'))
        .or_else(|| text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')));
    let found = stripped.map_or(text, |text| text.trim_start_matches("//"));
    let is_one = !found.is_empty() && name(found) && (stripped.is_some() || variable(text, false).is_some());
    is_one.then_some(found)
}

/// An example that was never filled in, or a secret of which a part is hidden.
fn placeholder(text: &str, endpoint: Endpoint) -> Option<Flaw> {
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let example = || Some(Flaw::new(Sort::Placeholder, "is a placeholder, not a secret"));
    if NOTHINGS.contains(&lower.as_str()) {
        return example();
    }
    let filler = |c: char| matches!(c, 'x' | '*' | '.' | '…' | '-' | '_');
    let rest = providers::prefix_of(text).map_or(lower.as_str(), |(_, prefix)| &lower[prefix.text.len()..]);
    let bare = rest.strip_prefix("sk-ant-").or_else(|| rest.strip_prefix("sk-")).unwrap_or(rest);
    let only = text.len() > 1 && bare.chars().all(filler);
    let again = bare.len() >= SHORTEST && bare.bytes().all(|b| Some(&b) == bare.as_bytes().first());
    if endpoint == Endpoint::Local && !lower.contains("redacted") {
        return None;
    }
    let starred = only && bare.len() < lower.len() && bare.contains("***");
    // Most secrets have no signs, and so none of the marks that do.
    if (!only || starred) && (has(PLAIN_MARKS) || !is_plain(text) && has(MARKS)) {
        return Some(Flaw::new(Sort::Placeholder, "is a partly hidden secret"));
    }
    let bracketed = text.starts_with('<') && text.ends_with('>');
    let vendor = endpoint == Endpoint::Vendor;
    // A key of known form may be made of anything.
    let whole = providers::prefix_of(clean::edged(text)).is_some_and(|_| text.len() >= 2 * SHORTEST);
    let stands_in = || has(STAND_INS) || FILLERS.contains(&lower.as_str());
    (only || bracketed || has(EXAMPLES) || vendor && (again || !whole && stands_in())).then(example).flatten()
}

/// The address of a page, the path of a file, a document.
fn elsewhere(text: &str, vendor: bool) -> Option<Flaw> {
    let lower = text.to_lowercase();
    let is = |what: &str| Some(Flaw::new(Sort::Elsewhere, what));
    if text.contains("-----BEGIN ") {
        return is("is a PEM block, such as a private key or a certificate");
    }
    let page = |begin: &str| lower.starts_with(begin);
    if page("http://") || page("https://") || page("www.") || vendor && text.contains("://") {
        return is("is the address of a web page");
    }
    let drive = |text: &str| {
        let mut chars = text.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.as_str().starts_with(":\\")
    };
    if PLACES.iter().any(|place| lower.starts_with(place)) || drive(text) {
        let shown = is_name(text) && redact(text.to_owned()) == text;
        let shown = if shown { format!(" ({text})") } else { String::new() };
        return Some(Flaw::new(
            Sort::Reference,
            format!("is the path of a file{shown}, which is not read here"),
        ));
    }
    // Blanks and a name are behind a key of SSH.
    let mut words = text.split_whitespace();
    let begin = words.next().unwrap_or_default();
    let is_ssh = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|own| begin.starts_with(own));
    if is_ssh && words.next().is_some_and(|key| key.starts_with("AAAA")) {
        return is("is an SSH public key, which is not a secret");
    }
    if vendor && lower.starts_with("age1") && text.len() > 55 {
        return is("is an age public key, which is not a secret");
    }
    if vendor && is_address(text) {
        return is("is an email address");
    }
    let json = text.starts_with('{') && text.ends_with('}') || text.starts_with('[') && text.ends_with(']');
    // Brackets alone may stand around a secret.
    let bare = text.len() > 2 && !text.contains(['"', '\'', ':', ',']);
    if !bare && (json || vendor && text.starts_with(['{', '['])) {
        return is("is a JSON document, or part of one");
    }
    None
}

/// Whether it is like name@host.domain.
fn is_address(text: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || ".-_+".contains(c);
    text.split_once('@').is_some_and(|(name, host)| {
        let names = !name.is_empty() && name.chars().all(fine) && host.chars().all(fine);
        names && host.split_once('.').is_some_and(|(host, domain)| !host.is_empty() && domain.len() > 1)
    })
}

/// A secret or a document that was encoded once more.
fn encoded(text: &str) -> Option<Flaw> {
    if let Some(encoded::Decoded { of, is, how, .. }) = encoded::decoded(text) {
        return Some(Flaw::new(Sort::Encoded, format!("is {} of {} in {how}", article(is), of.id)));
    }
    encoded::document(text).map(|what| Flaw::new(Sort::Elsewhere, what))
}

/// Two things in one.
fn joined(text: &str, vendor: bool) -> Option<Flaw> {
    let place = |at: usize| text[..at].chars().count() + 1;
    if let Some((at, name)) = assignment(text) {
        let shown = if providers::is_var(name) { format!(" ({name}=)") } else { String::new() };
        return Some(match at {
            0 => Flaw::new(Sort::Inside, "has the name of a variable before it"),
            _ => Flaw::new(
                Sort::Joined,
                format!(
                    "continues with another assignment{shown} at character {}: two lines were joined",
                    place(at)
                ),
            ),
        });
    }
    let (one, two) = text.split_at_checked(text.len() / 2).unwrap_or_default();
    if vendor && one.len() >= SHORTEST && one == two {
        return Some(Flaw::new(Sort::Joined, "is the same secret twice in a row"));
    }
    let (_, prefix) = providers::prefix_of(text).filter(|_| vendor)?;
    let own = prefix.text.len();
    let again = text[own..].find(prefix.text).filter(|_| own >= TELLING).map(|at| own + at);
    if let Some(at) = again {
        return Some(Flaw::new(
            Sort::Joined,
            format!("continues with another secret at character {}", place(at)),
        ));
    }
    let telling = providers::prefixes().filter(|prefix| prefix.text.len() >= TELLING);
    let other = own + telling.filter_map(|prefix| text[own..].find(prefix.text)).min()?;
    Some(Flaw::new(Sort::Joined, format!("continues with another secret at character {}", place(other))))
}

/// Where an assignment begins in a text, and to which name; the last one, if it is not the first thing.
fn assignment(text: &str) -> Option<(usize, &str)> {
    let in_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    for (sign, _) in text.match_indices('=') {
        let head = &text[..sign];
        let start = head
            .rfind(|c| !in_name(c))
            .map_or(0, |at| at + head[at..].chars().next().map_or(1, char::len_utf8));
        let word = &head[start..];
        // What stands before a name may end in capitals, too: the longest name that is known, if any.
        let known = (0..word.len()).find(|at| providers::is_var(&word[*at..]));
        let at = known.or_else(|| (word.contains('_') && providers::is_secret_var(word)).then_some(0));
        // The padding at the end of an encoded token assigns nothing.
        let is_one = !text[sign + 1..].trim_start_matches('=').is_empty();
        if let Some(at) = at.map(|at| start + at).filter(|_| is_one) {
            let export = head[..at].trim_end().strip_suffix("export");
            return Some((export.map_or(at, str::len), &text[at..sign]));
        }
    }
    None
}

/// A character inside that no secret has.
fn inside(text: &str, vendor: bool) -> Option<Flaw> {
    let is = |what: String| Some(Flaw::new(Sort::Inside, what));
    let place = |at: usize| text[..at].chars().count() + 1;
    let foreign = |c: &char| !c.is_ascii_graphic() && !c.is_whitespace() || !c.is_ascii();
    if let Some((at, c)) = text.char_indices().find(|(_, c)| foreign(c)) {
        return is(format!(
            "has {} at character {}, which keys and tokens never have",
            character(c),
            place(at)
        ));
    }
    let quoted = text.contains(is_quote) && vendor || text.starts_with(is_quote) || text.ends_with(is_quote);
    if quoted {
        return is("has quotation marks inside".to_owned());
    }
    if text.contains(char::is_whitespace) {
        return is("has white space or a line break inside".to_owned());
    }
    let end = ["\\n", "\\r", "\\t"].iter().find(|end| text.ends_with(**end));
    if let Some(end) = end {
        return is(format!("ends with a line break that is written as {end}"));
    }
    let at = vendor.then(|| {
        text.find(['\\', ';', ',', '(', ')', '<', '>', '{', '}', '[', ']', '^', '*', '?', '!', '%', '&', '$'])
    })??;
    let c = text[at..].chars().next()?;
    is(format!("has a `{c}` at character {}, which keys and tokens never have", place(at)))
}

/// What a character is called.
pub(crate) fn character(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    match CHARACTERS.iter().find(|(known, _)| *known == c) {
        Some((_, name)) => format!("{code} ({name})"),
        None if is_quote(c) => format!("{code} (a quotation mark)"),
        None if c.is_control() => format!("{code} (a control character)"),
        None => code,
    }
}

/// Whether a text is only a few signs.
fn is_marks(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_punctuation())
}

/// What stands around a secret, as the end of a sentence.
pub(super) fn around(text: &str, inner: &str) -> String {
    let text = text.trim();
    let at = text.find(inner).unwrap_or_default();
    let (front, back) = (&text[..at], &text[at + inner.len()..]);
    if back.contains(inner) {
        return "is the same secret twice in a row".to_owned();
    }
    let place = |at: usize| text[..at].chars().count() + 1;
    let odd = |part: &str, from: usize| {
        let (at, c) = part
            .char_indices()
            .find(|(_, c)| !c.is_ascii_whitespace() && (!c.is_ascii() || is_unseen(*c)))?;
        Some(format!(
            "has {} at character {}, which keys and tokens never have",
            character(c),
            place(from + at)
        ))
    };
    if let Some(odd) = odd(front, 0).or_else(|| odd(back, at + inner.len())) {
        return odd;
    }
    if front.contains(is_quote) || back.contains(is_quote) {
        return "has quotation marks around it".to_owned();
    }
    if back.trim().starts_with('\\') {
        return format!("ends with a line break that is written as {}", back.trim());
    }
    match (front.trim(), back.trim()) {
        ("", back) if is_marks(back) => format!("has a `{back}` after it"),
        ("", _) => "has something after it".to_owned(),
        (front, back) if is_marks(front) && is_marks(back) => {
            format!("has `{front}` before it and `{back}` after it")
        }
        (front, _) if front.ends_with(['=', ':']) => {
            "has the name of a variable or field before it".to_owned()
        }
        _ => "has a word or sign before it".to_owned(),
    }
}
