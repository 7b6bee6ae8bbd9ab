//! What looks like a credential, by itself, wherever it stands: for names, messages and arguments
//! in which one may have ended up. What hides a document's values is in `mask.rs`; how credentials begin
//! stands in `catalog/providers.rs`.
//!
//! A name is hidden if it [looks like one](is_secret_like); of a text, [`redact`] hides the words that do.
//! Both know the same prefixes and the same [looks](is_random).

use crate::catalog::providers::{prefix_of, secret_prefixes};
use std::ops::Range;

/// Letters and digits in a row, of both kinds, that are no word of anybody's.
const RANDOM: usize = 20;

/// Fewest bytes behind a prefix that make a credential of a word in a text.
const BEHIND: usize = 8;

/// Whether `text` looks like a credential: by a prefix that providers give to their keys, or as
/// 20 letters and digits in a row.
pub fn is_secret_like(text: &str) -> bool {
    let prefixed = text
        .split([':', '/', '=', ' ', '\t', '"', '\'', '.', ','])
        .map(|part| part.trim_start_matches('-'))
        .any(|part| secret_prefixes().iter().any(|prefix| part.starts_with(prefix) || goes_on(part, prefix)));
    prefixed || text.split(|c: char| !is_inside(c)).any(is_random)
}

/// Whether a word has letters and digits in a row that look like chance.
fn is_random(word: &str) -> bool {
    word.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| {
        part.len() >= RANDOM
            && part.bytes().any(|b| b.is_ascii_digit())
            && part.bytes().any(|b| b.is_ascii_alphabetic())
    })
}

fn is_inside(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// The places in a text that look like a credential: words that begin like one, whatever the case of
/// their letters, and go on like one, and words that look like chance. Public beginnings alone, as
/// labels show them, are none, and neither are the names in a path.
pub fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut found = begun(text);
    let mut at = 0;
    for part in text.split_inclusive(|c| !is_inside(c)) {
        let word = part.trim_end_matches(|c| !is_inside(c));
        if word.len() >= RANDOM && is_random(word) && !is_in_path(&text[..at]) {
            found.push(at..at + word.len());
        }
        at += part.len();
    }
    merged(found)
}

/// Words that begin like a credential.
fn begun(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for part in text.split_inclusive(|c| !is_inside(c)) {
        let word = part.trim_end_matches(|c| !is_inside(c));
        let token = word.trim_start_matches('-');
        let start = at + (word.len() - token.len());
        at += part.len();
        if token.len() < 3 || at < start {
            continue;
        }
        let rest = &text[start..];
        // Whoever is too short to be one needs no look at how they begin.
        if token.len() <= BEHIND && !rest[token.len()..].starts_with('.') {
            continue;
        }
        let Some(prefix) = secret_prefixes().iter().find(|prefix| begins(rest, prefix)) else { continue };
        let dotted = matches!(*prefix, "eyJ" | "ya29.");
        let length = rest.find(|c| !(is_inside(c) || (dotted && c == '.'))).unwrap_or(rest.len());
        let is_public = prefix_of(token).is_some_and(|(_, prefix)| prefix.text == token);
        if goes_on(&rest[..length], prefix) && !is_public {
            found.push(start..start + length);
        }
    }
    found
}

/// Whether a word begins so, whatever the case, and goes on like a credential, and not like a variable.
fn goes_on(word: &str, prefix: &str) -> bool {
    let is_variable = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    word.len() >= prefix.len() + BEHIND && begins(word, prefix) && !word.chars().all(is_variable)
}

/// Whether a text begins so; letters alone, which are words too, have to be of the same case.
fn begins(text: &str, prefix: &str) -> bool {
    let first = |text: &str| text.as_bytes().first().map(u8::to_ascii_lowercase);
    if first(text) != first(prefix) {
        return false;
    }
    let Some(begin) = text.get(..prefix.len()) else { return false };
    match prefix {
        "Bearer" => false,
        _ if prefix.ends_with(char::is_alphabetic) => begin == prefix,
        _ => begin.eq_ignore_ascii_case(prefix),
    }
}

/// Whether what follows this text goes on with a path: stores of packages have names that look like chance.
fn is_in_path(before: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || "\"'`=(<[{,;".contains(c);
    let word = before.rsplit(ends).next().unwrap_or_default();
    let word = word.rsplit_once(":/").map_or(word, |(_, rest)| if rest.starts_with('/') { "" } else { "/" });
    ["/", "~/", "./", "../"].iter().any(|begin| word.starts_with(begin))
}

fn merged(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_by_key(|place| place.start);
    let mut out: Vec<Range<usize>> = Vec::new();
    for place in found {
        match out.last_mut().filter(|last| place.start <= last.end) {
            Some(last) => last.end = last.end.max(place.end),
            None => out.push(place),
        }
    }
    out
}

/// A text with everything hidden that looks like a credential, known or not: one may have been
/// typed in the place of a name.
pub fn redact(mut text: String) -> String {
    for place in tokens(&text).into_iter().rev() {
        text.replace_range(place, HIDDEN);
    }
    text
}

/// The same of a command line: what looks like a credential by itself and was typed, is hidden in what
/// is said about it.
pub fn redact_typed<'a>(text: String, typed: impl Iterator<Item = &'a str>) -> String {
    let mut text = text;
    for word in typed.flat_map(|word| word.split('=')).map(|word| word.trim_start_matches('-')) {
        let is_public = prefix_of(word).is_some_and(|(_, prefix)| prefix.text == word);
        let is_path = is_in_path(word) && tokens(word).is_empty();
        if word.len() >= BEHIND && !is_public && !is_path && is_secret_like(word) && text.contains(word) {
            text = text.replace(word, HIDDEN);
        }
    }
    redact(text)
}

/// A text without the whole mail address of a person: of `me@example.com` stays `m...@example.com`.
pub fn without_addresses(text: &str) -> String {
    let is_local = |c: char| c.is_alphanumeric() || "._%+-".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let begin = before.trim_end_matches(is_local).len();
        let first = before[begin..].chars().next().filter(|_| after.starts_with(char::is_alphanumeric));
        match first {
            Some(first) => out.extend([&before[..begin], &first.to_string(), "...@"]),
            None => out.extend([before, "@"]),
        }
        rest = after;
    }
    out + rest
}

/// What stands in the place of what is hidden.
pub const HIDDEN: &str = "‹hidden›";

#[cfg(test)]
mod tests {
    use crate::doc::redact::*;

    #[test]
    fn of_an_address_the_first_letter_stays() {
        for (text, shown) in [
            ("anthropic:me@example.com", "anthropic:m...@example.com"),
            ("`remove a:b.c+d@x.org`, é@y", "`remove a:b...@x.org`, é...@y"),
            ("@scope/name a@ @b @", "@scope/name a@ @b @"),
            ("anthropic:default", "anthropic:default"),
        ] {
            assert_eq!(without_addresses(text), shown);
        }
    }

    #[test]
    fn texts_are_rid_of_what_looks_like_one() {
        let hex = "0123456789abcdef0123456789abcdef01234567";
        for (text, shown) in [
            (format!("profile {hex} is over"), "profile ‹hidden› is over".to_owned()),
            (format!("auth.order.x[0]: anthropic:{hex}"), "auth.order.x[0]: anthropic:‹hidden›".to_owned()),
            (format!("auth.profiles.{hex}.mode"), "auth.profiles.‹hidden›.mode".to_owned()),
            (format!("unexpected '--{hex}'"), "unexpected '‹hidden›'".to_owned()),
            ("'--SK-ANT-api03-abcdefgh' found".to_owned(), "'--‹hidden›' found".to_owned()),
            ("AIzaSyFAKEFAKE ya29.a0FAKE-FAKE.x".to_owned(), "‹hidden› ‹hidden›".to_owned()),
            ("eyJhbGciOi.eyJzdWIi.c2ln, Bearer of".to_owned(), "‹hidden›, Bearer of".to_owned()),
            ("syn_abcdefgh csk-abcdefgh".to_owned(), "‹hidden› ‹hidden›".to_owned()),
            (format!("https://x.org/{hex}"), "https://x.org/‹hidden›".to_owned()),
        ] {
            assert_eq!(redact(text), shown);
        }
        let store =
            "/nix/store/3n58xw4373jp0ljirf06d8077j15pc4j-x/bin:/nix/store/3n58xw4373jp0ljirf06d8077j15pc4j";
        for text in [
            "sk-ant-api03-… ‹secret 1›",
            "sk-ant-api03-",
            "claude-sonnet-4-5-20250929",
            "20261122T120000.000Z-1234",
            "eyJ",
            &format!("PATH={store} \"{store}\""),
            "a bearer, a task-1",
            "HF_HUB_ENABLE_HF_TRANSFER",
        ] {
            assert_eq!(redact(text.to_owned()), text);
        }
        let said = "unexpected argument '--sk-x-abcde', tip: '-- --sk-x-abcde', /srv/a0a0a0a0a0a0a0a0a0a0a0";
        let typed = ["--sk-x-abcde", "/srv/a0a0a0a0a0a0a0a0a0a0a0", "sk-ant-api03-"];
        assert_eq!(
            redact_typed(said.to_owned(), typed.into_iter()),
            "unexpected argument '--‹hidden›', tip: '-- --‹hidden›', /srv/a0a0a0a0a0a0a0a0a0a0a0"
        );
    }

    #[test]
    fn secrets_are_known_by_their_looks() {
        for text in [
            "sk-ant-x",
            "anthropic:sk-x",
            "AIzaSyFAKE",
            "ghp_x",
            "0123456789abcdef0123",
            "x:0123456789abcdef0123",
        ] {
            assert!(is_secret_like(text), "{text}");
        }
        for text in [
            "anthropic:claude-cli",
            "task-1",
            "OPENAI_API_KEY",
            "claude-sonnet-4-5-20250929",
            "google:me@x.y",
        ] {
            assert!(!is_secret_like(text), "{text}");
        }
    }
}
