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
    #[serde(default)]
    refresh_until: Option<Millis>,
    /// Where the token that was used up stood: paths of files, or other names.
    #[serde(default)]
    places: Vec<String>,
}

/// Tokens that are not yet everywhere where they belong.
#[derive(Clone, Debug)]
pub(crate) struct PendingTokens {
    /// Mark of the refresh token that they replace.
    pub(crate) of: String,
    /// They.
    pub(crate) tokens: Tokens,
    /// Where that one stood ([`crate::policy::refresh::keep::places`]); none if that is not known.
    pub(crate) places: Vec<String>,
}

/// The text.
pub(crate) fn text(PendingTokens { of, tokens, places }: &PendingTokens) -> Secret {
    let record = PendingRecord {
        version: 1,
        of: of.clone(),
        access: tokens.access.expose().clone(),
        refresh: tokens.refresh.as_ref().map(|token| token.expose().clone()),
        expires: tokens.expires,
        refresh_until: tokens.refresh_until,
        places: places.clone(),
    };
    Secret::new(serde_json::to_string(&record).unwrap_or_default() + "\n")
}

/// What it says.
pub(crate) fn read(bytes: &[u8]) -> Option<PendingTokens> {
    let record: PendingRecord = serde_json::from_slice(bytes).ok()?;
    let tokens = Tokens {
        access: Secret::new(record.access),
        refresh: record.refresh.map(Secret::new),
        expires: record.expires,
        refresh_until: record.refresh_until,
    };
    (record.version == 1).then_some(PendingTokens { of: record.of, tokens, places: record.places })
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
            refresh_until: Some(1_900_000_000_000),
        };
        let places = vec!["/a \"b\"".to_owned()];
        let pending = PendingTokens { of: "abc".to_owned(), tokens, places };
        let read = read(text(&pending).expose().as_bytes()).unwrap();
        assert_eq!((&read.of, read.tokens.expires), (&pending.of, pending.tokens.expires));
        assert_eq!(read.tokens.refresh_until, pending.tokens.refresh_until);
        assert_eq!(
            (read.tokens.access, read.tokens.refresh),
            (pending.tokens.access, pending.tokens.refresh)
        );
        assert_eq!(read.places, pending.places);
        for broken in ["", "{}", r#"{"version":2,"of":"","access":"","expires":1}"#, "null"] {
            assert!(crate::policy::refresh::pending::read(broken.as_bytes()).is_none());
        }
    }
}
