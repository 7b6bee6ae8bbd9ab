//! What a server gave and is not yet everywhere where it belongs: a few bytes that are written before
//! anything else, so that a refresh token outlives whoever asked for it. Pure: its text.

use crate::policy::refresh::Tokens;
use crate::sys::Millis;
use crate::sys::secret::Secret;
use serde::{Deserialize, Serialize};

/// The name of the place for a provider.
pub(crate) fn name(provider: &str) -> String {
    format!("refresh-{provider}")
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PendingRecord {
    version: u32,
    /// Mark of the refresh token that was used up.
    of: String,
    access: String,
    refresh: Option<String>,
    expires: Millis,
}

/// The text: these tokens replace what the refresh token with the mark `of` gave.
pub(crate) fn text(of: &str, tokens: &Tokens) -> Secret {
    let record = PendingRecord {
        version: 1,
        of: of.to_owned(),
        access: tokens.access.expose().clone(),
        refresh: tokens.refresh.as_ref().map(|token| token.expose().clone()),
        expires: tokens.expires,
    };
    Secret::new(serde_json::to_string(&record).unwrap_or_default() + "\n")
}

/// What it says: the mark of the token that was used up, and what replaces it.
pub(crate) fn read(bytes: &[u8]) -> Option<(String, Tokens)> {
    let record: PendingRecord = serde_json::from_slice(bytes).ok()?;
    let tokens = Tokens {
        access: Secret::new(record.access),
        refresh: record.refresh.map(Secret::new),
        expires: record.expires,
    };
    (record.version == 1).then_some((record.of, tokens))
}

#[cfg(test)]
mod tests {
    use crate::policy::refresh::pending::*;

    #[test]
    fn what_is_written_is_read() {
        let tokens = Tokens {
            access: Secret::from("a\"b"),
            refresh: Some(Secret::from("r")),
            expires: 1_800_000_000_000,
        };
        let (of, read) = read(text("abc", &tokens).expose().as_bytes()).unwrap();
        assert_eq!((of.as_str(), read.expires), ("abc", tokens.expires));
        assert_eq!((read.access, read.refresh), (tokens.access, tokens.refresh));
        for broken in ["", "{}", r#"{"version":2,"of":"","access":"","expires":1}"#, "null"] {
            assert!(crate::policy::refresh::pending::read(broken.as_bytes()).is_none());
        }
    }
}
