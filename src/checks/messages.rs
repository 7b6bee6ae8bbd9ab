//! The rule that explains what a provider or the gateway says, by the table of their phrases.

use crate::checks::finding::Rule;
use crate::policy::rotation::reason::{PHRASES, is_number};

/// The rule that explains an error message, if a known one is in it.
pub fn of_message(message: &str) -> Option<&'static Rule> {
    let lower = message.to_lowercase();
    let code = PHRASES.iter().filter(|phrase| holds(&lower, phrase.text)).find_map(|phrase| phrase.code);
    crate::checks::rule(code?)
}

/// Whether a text holds a piece as whole words.
fn holds(text: &str, piece: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric();
    text.match_indices(piece).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + piece.len()..]);
        // An ending may follow: `rate_limit_error`, `unrecognized keys`.
        !(before.ends_with(is_word) || is_number(piece) && after.starts_with(is_word))
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::messages::*;

    #[test]
    fn every_piece_leads_to_a_rule() {
        for phrase in PHRASES {
            assert!(phrase.code.is_none_or(|code| crate::checks::rule(code).is_some()), "{}", phrase.text);
            assert_eq!(phrase.text, phrase.text.to_lowercase());
        }
    }

    #[test]
    fn messages_as_people_paste_them_are_explained() {
        let code = |message| of_message(message).map(|rule| rule.code);
        for (message, expected) in [
            (
                "This credential is only authorized for use with Claude Code and cannot be used for other API requests.",
                "credential/claude-code-only",
            ),
            (
                r#"HTTP 400: {"type":"error","error":{"type":"invalid_request_error","message":"This credential is only authorized for use with Claude Code and cannot be used for other API requests."}}"#,
                "credential/claude-code-only",
            ),
            (
                r#"401 {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
                "credential/malformed",
            ),
            (
                r#"401 {"type":"error","error":{"type":"authentication_error","message":"OAuth token has expired. Please obtain a new token."}}"#,
                "expiry/expired",
            ),
            ("Incorrect API key provided: sk-proj-****.", "credential/malformed"),
            ("429 Too Many Requests", "cooldown/rate-limited"),
            ("HTTP 429: rate_limit_error", "cooldown/rate-limited"),
            (r#"{"type":"overloaded_error","message":"Overloaded"}"#, "cooldown/rate-limited"),
            ("HTTP 402", "cooldown/billing-disabled"),
            (
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.",
                "cooldown/billing-disabled",
            ),
            ("You exceeded your current quota, please check your plan.", "cooldown/billing-disabled"),
            ("OAuth token refresh failed for anthropic: invalid_grant.", "expiry/expired"),
            ("No credentials found for profile \"anthropic:default\".", "credential/missing"),
            ("No API key found for provider \"anthropic\". Auth store: /x", "credential/missing"),
            (
                "No available auth profile for anthropic (all in cooldown or unavailable).",
                "cooldown/rate-limited",
            ),
            ("Missing env var \"OPENAI_API_KEY\" referenced at config path: x", "config/missing-variable"),
            ("EACCES: permission denied, open 'auth-profiles.json'", "files/not-writable"),
        ] {
            assert_eq!(code(message), Some(expected), "{message}");
        }
        for message in ["the port 4290 is taken", "hello", ""] {
            assert_eq!(code(message), None, "{message}");
        }
    }
}
