//! What providers and the gateway say when something is wrong, and the rule that explains it.

use crate::checks::finding::Rule;

/// Pieces of messages in lower case, with codes; the first that a message holds counts, so what
/// is more exact stands before what is more common.
const MESSAGES: &[(&str, &str)] = &[
    ("only authorized for use with claude code", "credential/claude-code-only"),
    ("oauth authentication is currently not supported", "credential/claude-code-only"),
    ("oauth authentication is not supported", "credential/claude-code-only"),
    ("token has expired", "expiry/expired"),
    ("token is expired", "expiry/expired"),
    ("token expired", "expiry/expired"),
    ("expired token", "expiry/expired"),
    ("expired_token", "expiry/expired"),
    ("token refresh failed", "expiry/expired"),
    ("failed to refresh", "expiry/expired"),
    ("invalid_grant", "expiry/expired"),
    ("credit balance", "cooldown/billing-disabled"),
    ("insufficient credits", "cooldown/billing-disabled"),
    ("insufficient_quota", "cooldown/billing-disabled"),
    ("insufficient balance", "cooldown/billing-disabled"),
    ("exceeded your current quota", "cooldown/billing-disabled"),
    ("payment required", "cooldown/billing-disabled"),
    ("rate limit", "cooldown/rate-limited"),
    ("rate_limit", "cooldown/rate-limited"),
    ("too many requests", "cooldown/rate-limited"),
    ("resource_exhausted", "cooldown/rate-limited"),
    ("overloaded", "cooldown/rate-limited"),
    ("in cooldown", "cooldown/rate-limited"),
    ("no credentials found", "credential/missing"),
    ("no api key found", "credential/missing"),
    ("no available auth profile", "credential/missing"),
    ("missing env var", "config/missing-variable"),
    ("unrecognized key", "config/unknown-key"),
    ("read-only file system", "files/not-writable"),
    ("eacces", "files/not-writable"),
    ("invalid bearer token", "credential/wrong-kind"),
    ("invalid x-api-key", "credential/malformed"),
    ("incorrect api key", "credential/malformed"),
    ("invalid api key", "credential/malformed"),
    ("invalid_api_key", "credential/malformed"),
    ("api key not valid", "credential/malformed"),
    ("authentication_error", "credential/malformed"),
    ("402", "cooldown/billing-disabled"),
    ("429", "cooldown/rate-limited"),
    ("529", "cooldown/rate-limited"),
];

/// The rule that explains an error message, if a known one is in it.
pub fn of_message(message: &str) -> Option<&'static Rule> {
    let lower = message.to_lowercase();
    let (_, code) = MESSAGES.iter().find(|(piece, _)| holds(&lower, piece))?;
    crate::checks::rule(code)
}

/// Whether a text holds a piece as whole words.
fn holds(text: &str, piece: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric();
    text.match_indices(piece).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + piece.len()..]);
        // An ending may follow: `rate_limit_error`, `unrecognized keys`.
        let digits = piece.ends_with(|c: char| c.is_ascii_digit());
        !(before.ends_with(is_word) || digits && after.starts_with(is_word))
    })
}

#[cfg(test)]
mod tests {
    use crate::checks::messages::*;

    #[test]
    fn every_piece_leads_to_a_rule() {
        for (piece, code) in MESSAGES {
            assert!(crate::checks::rule(code).is_some(), "{code}");
            assert_eq!(*piece, piece.to_lowercase());
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
