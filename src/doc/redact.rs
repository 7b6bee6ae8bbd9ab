//! What looks like a credential, by itself, wherever it stands: for names, messages and arguments
//! in which one may have ended up. What hides a document's values is in `mask.rs`.

use std::ops::Range;

/// Whether `text` looks like a credential: by a prefix that providers give to their keys, or as
/// 20 letters and digits in a row.
pub fn is_secret_like(text: &str) -> bool {
    let prefixed = text
        .split([':', '/', '=', ' ', '\t', '"', '\'', '.', ','])
        .any(|part| SECRET_PREFIXES.iter().any(|prefix| part.starts_with(prefix)));
    prefixed
        || text.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| {
            part.len() >= 20
                && part.bytes().any(|b| b.is_ascii_digit())
                && part.bytes().any(|b| b.is_ascii_alphabetic())
        })
}

/// The places in a text that begin like a credential and go on like one, whatever the case of
/// their letters. Public beginnings alone, as labels show them, are none.
pub fn tokens(text: &str) -> Vec<Range<usize>> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut found = Vec::new();
    let mut at = 0;
    for part in text.split_inclusive(|c| !inside(c)) {
        let word = part.trim_end_matches(|c| !inside(c));
        let is_token = SECRET_PREFIXES.iter().any(|prefix| {
            let begin = word.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix));
            begin && !prefix.ends_with(char::is_alphabetic) && word.len() >= prefix.len() + 8
        });
        let is_public =
            crate::catalog::providers::prefix_of(word).is_some_and(|(_, prefix)| prefix.text == word);
        if is_token && !is_public {
            found.push(at..at + word.len());
        }
        at += part.len();
    }
    found
}

/// A text with everything hidden that looks like a credential, known or not: one may have been
/// typed in the place of a name.
pub fn redact(mut text: String) -> String {
    for place in tokens(&text).into_iter().rev() {
        text.replace_range(place, HIDDEN);
    }
    text
}

/// What stands in the place of what is hidden.
pub const HIDDEN: &str = "‹hidden›";

/// How well-known credentials begin.
const SECRET_PREFIXES: &[&str] = &[
    "AIza",
    "AKIA",
    "Bearer",
    "eyJ",
    "fw_",
    "ghp_",
    "gho_",
    "ghr_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "gsk_",
    "hf_",
    "nvapi-",
    "pplx-",
    "r8_",
    "sk-",
    "sk_",
    "tvly-",
    "xai-",
    "xapp-",
    "xoxb-",
    "xoxp-",
    "ya29.",
];

#[cfg(test)]
mod tests {
    use crate::doc::redact::*;

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
