//! The health of one credential: five questions, answered apart. Pure.
//!
//! Present? well-formed? time left? refreshable, and by whom? are answered here; selected? is
//! for `resolve.rs`.

use crate::catalog::kind::Kind;
use crate::catalog::providers::{self, PrefixKind};
use crate::sys::Millis;
use crate::world::actual::{Credential, Expiry};

/// Shortest secret of a known provider, in bytes.
const SHORTEST: usize = 16;

/// Why a secret cannot be right, whoever issued it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Nothing but white space.
    Blank,
    /// An example that was never filled in.
    Placeholder,
    /// Quotation marks inside.
    Quotes,
    /// White space or a line break inside.
    Space,
    /// Shorter than any secret of a known provider.
    Short,
}

impl Malformed {
    /// As the end of a sentence about the secret.
    pub fn label(self) -> &'static str {
        match self {
            Self::Blank => "is blank",
            Self::Placeholder => "is a placeholder, not a secret",
            Self::Quotes => "has quotation marks inside",
            Self::Space => "has white space or a line break inside",
            Self::Short => "is too short to be a secret of this provider",
        }
    }
}

/// What is wrong with the form of a secret of `provider`.
pub fn malformed(secret: &str, provider: &str) -> Option<Malformed> {
    let text = secret.trim();
    let known = providers::find(provider).is_some();
    if text.is_empty() {
        Some(Malformed::Blank)
    } else if is_placeholder(text) {
        Some(Malformed::Placeholder)
    } else if text.contains(['"', '\'', '`']) {
        Some(Malformed::Quotes)
    } else if text.contains(char::is_whitespace) {
        Some(Malformed::Space)
    } else if known && text.len() < SHORTEST {
        Some(Malformed::Short)
    } else {
        None
    }
}

/// What is wrong with the form of a credential's secret.
pub fn fault(credential: &Credential) -> Option<Malformed> {
    malformed(credential.secret.expose(), &credential.provider)
}

fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let filler = |c: char| matches!(c, 'x' | '*' | '.' | '…' | '-' | '_');
    text.contains("...")
        || text.contains('…')
        || (text.starts_with('<') && text.ends_with('>'))
        || lower.chars().all(filler)
        || ["changeme", "change-me", "placeholder", "insert-", "your-", "your_", "yourkey", "xxxxx"]
            .iter()
            .any(|word| lower.contains(word))
}

/// A secret that is of another kind, or of another provider, than its place says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongKind {
    /// Whose secret it is.
    pub provider: &'static str,
    /// What it is.
    pub is: PrefixKind,
}

/// What a secret in a place for `kind` of `provider` really is, if its prefix says otherwise.
pub fn wrong_kind(secret: &str, kind: Kind, provider: &str) -> Option<WrongKind> {
    let (row, prefix) = providers::prefix_of(secret.trim())?;
    // A provider of the user's own may stand for another one.
    let foreign = row.id != provider && providers::find(provider).is_some();
    let fits = prefix.is.kind().is_some_and(|is| (is == Kind::ApiKey) == (kind == Kind::ApiKey));
    (foreign || !fits).then_some(WrongKind { provider: row.id, is: prefix.is })
}

/// The state of a credential in one word, as the gateway's own status has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HealthWord {
    /// Nothing to use, or an OAuth login without a recorded end.
    Missing,
    /// Over.
    Expired,
    /// Over within the warning window.
    Expiring,
    /// Time left.
    Ok,
    /// Does not end, or its end is not recorded.
    Static,
}

impl HealthWord {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Expired => "expired",
            Self::Expiring => "expiring",
            Self::Ok => "ok",
            Self::Static => "static",
        }
    }
}

/// The state of a credential at `now`, with the warning window `warn`; both in milliseconds.
pub fn word(kind: Kind, blank: bool, expires: Expiry, now: Millis, warn: Millis) -> HealthWord {
    match (kind, expires) {
        _ if blank => HealthWord::Missing,
        (Kind::ApiKey, _) | (_, Expiry::Never) => HealthWord::Static,
        (Kind::Token, Expiry::Unknown | Expiry::Malformed) => HealthWord::Static,
        (Kind::OAuth, Expiry::Unknown | Expiry::Malformed) => HealthWord::Missing,
        (_, Expiry::At { at, .. }) if at <= now => HealthWord::Expired,
        (_, Expiry::At { at, .. }) if at - now <= warn => HealthWord::Expiring,
        (_, Expiry::At { .. }) => HealthWord::Ok,
    }
}

/// Whether nothing usable is inside: no secret, and no refresh token that could get one.
pub fn is_blank(credential: &Credential) -> bool {
    credential.secret.is_blank() && credential.refresh.is_none()
}

/// The state of a credential.
pub fn of(credential: &Credential, now: Millis, warn: Millis) -> HealthWord {
    word(credential.kind, is_blank(credential), credential.expires, now, warn)
}

/// Whether the gateway can renew it by itself.
pub fn is_refreshable(credential: &Credential) -> bool {
    credential.kind == Kind::OAuth && credential.refresh.is_some()
}

#[cfg(test)]
mod tests {
    use crate::policy::health::*;

    const NOW: Millis = 1_800_000_000_000;
    const DAY: Millis = crate::sys::time::DAY;

    #[test]
    fn status_word_by_kind_and_expiry() {
        use Kind::{ApiKey, OAuth, Token};
        let at = |at| Expiry::At { at, seconds: false };
        for (kind, blank, expires, expected) in [
            (ApiKey, false, Expiry::Never, HealthWord::Static),
            (ApiKey, true, Expiry::Never, HealthWord::Missing),
            (Token, false, Expiry::Unknown, HealthWord::Static),
            (Token, false, Expiry::Malformed, HealthWord::Static),
            (Token, true, at(NOW + DAY * 9), HealthWord::Missing),
            (OAuth, false, Expiry::Unknown, HealthWord::Missing),
            (OAuth, false, Expiry::Malformed, HealthWord::Missing),
            (OAuth, true, at(NOW + DAY * 9), HealthWord::Missing),
        ] {
            assert_eq!(word(kind, blank, expires, NOW, DAY), expected, "{kind:?} {expires:?}");
        }
        for kind in [OAuth, Token] {
            for (end, expected) in [
                (NOW - DAY, HealthWord::Expired),
                (NOW, HealthWord::Expired),
                (NOW + 1, HealthWord::Expiring),
                (NOW + DAY, HealthWord::Expiring),
                (NOW + DAY + 1, HealthWord::Ok),
                (i64::MAX, HealthWord::Ok),
                (i64::MIN, HealthWord::Expired),
            ] {
                assert_eq!(word(kind, false, at(end), NOW, DAY), expected, "{kind:?} {end}");
            }
        }
    }

    #[test]
    fn form_of_secrets() {
        for (secret, provider, expected) in [
            ("", "anthropic", Some(Malformed::Blank)),
            (" \n", "anthropic", Some(Malformed::Blank)),
            ("...", "anthropic", Some(Malformed::Placeholder)),
            ("sk-ant-...", "anthropic", Some(Malformed::Placeholder)),
            ("sk-ant-…", "anthropic", Some(Malformed::Placeholder)),
            ("<your key>", "openai", Some(Malformed::Placeholder)),
            ("YOUR_API_KEY", "openai", Some(Malformed::Placeholder)),
            ("xxxxxxxxxxxxxxxxxxxxxxxx", "openai", Some(Malformed::Placeholder)),
            ("\"sk-proj-abcdefghijklmnop\"", "openai", Some(Malformed::Quotes)),
            ("sk-proj-abcdefgh ijklmnop", "openai", Some(Malformed::Space)),
            ("sk-proj-abc\ndefghijklmnop", "openai", Some(Malformed::Space)),
            ("sk-123", "openai", Some(Malformed::Short)),
            ("lm-studio", "my-own", None),
            ("sk-proj-CANARYabcdefghijk", "openai", None),
            (" sk-proj-CANARYabcdefghijk ", "openai", None),
        ] {
            assert_eq!(malformed(secret, provider), expected, "{secret:?}");
        }
    }

    #[test]
    fn prefixes_tell_wrong_places() {
        use Kind::{ApiKey, OAuth, Token};
        let is = |secret, kind, provider| {
            wrong_kind(secret, kind, provider).map(|wrong| (wrong.provider, wrong.is))
        };
        assert_eq!(is("sk-ant-oat01-x", ApiKey, "anthropic"), Some(("anthropic", PrefixKind::Bearer)));
        assert_eq!(is("sk-ant-api03-x", Token, "anthropic"), Some(("anthropic", PrefixKind::ApiKey)));
        assert_eq!(is("sk-ant-ort01-x", OAuth, "anthropic"), Some(("anthropic", PrefixKind::Refresh)));
        assert_eq!(is("sk-ant-admin01-x", ApiKey, "anthropic"), Some(("anthropic", PrefixKind::Admin)));
        assert_eq!(is("sk-ant-api03-x", ApiKey, "openai"), Some(("anthropic", PrefixKind::ApiKey)));
        assert_eq!(is("sk-ant-api03-x", ApiKey, "my-proxy"), None);
        assert_eq!(is("sk-ant-oat01-x", Token, "anthropic"), None);
        assert_eq!(is("sk-ant-oat01-x", OAuth, "anthropic"), None);
        assert_eq!(is("unheard-of", ApiKey, "anthropic"), None);
    }
}
