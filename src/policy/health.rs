//! The health of one credential: five questions, answered apart. Pure.
//!
//! Present? time left? refreshable, and by whom? are answered here; well-formed? is for `form.rs`,
//! selected? for `resolve.rs`.

use crate::catalog::kind::Kind;
use crate::catalog::providers::{self, Renewal};
use crate::config::Desired;
use crate::policy::form;
use crate::sys::Millis;
use crate::world::actual::{Credential, Expiry};

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

/// Whether it can be renewed with its refresh token at `now`, as far as it says so itself: there is one,
/// it is not over, and it is known where to ask.
pub fn is_refreshable(desired: &Desired, credential: &Credential, now: Millis) -> bool {
    credential.kind == Kind::OAuth
        && credential.refresh.as_ref().is_some_and(form::is_token)
        && credential.terms.refresh_until.is_none_or(|end| end > now)
        && renewal(desired, &credential.provider).is_some()
}

/// How logins of a provider are renewed, if it is known where to ask.
pub(crate) fn renewal(desired: &Desired, provider: &str) -> Option<&'static Renewal> {
    let row = providers::find(provider).and_then(|row| row.renewal.as_ref());
    // Who is described as a login has a token endpoint, too.
    let own = || desired.logins.iter().rev().find(|own| own.provider == provider)?.token.as_ref();
    row.or_else(|| own().map(|_| &providers::FORM))
}

/// The scope without which no model answers this credential, if it says what it is for and that is not
/// among it.
pub fn lacking_scope(credential: &Credential) -> Option<&'static str> {
    let needed = providers::find(&credential.provider)?.scope.filter(|_| credential.kind != Kind::ApiKey)?;
    let scopes = credential.terms.scopes.as_ref()?;
    (!scopes.iter().any(|scope| scope == needed)).then_some(needed)
}

#[cfg(test)]
mod tests {
    use crate::policy::health::*;

    const NOW: Millis = 1_800_000_000_000;
    const DAY: Millis = crate::sys::time::DAY;

    #[test]
    fn status_word_by_kind_and_expiry() {
        use Kind::{ApiKey, OAuth, Token};
        let at = Expiry::millis;
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
    fn a_login_renews_itself_while_it_can_and_is_for_what_it_says() {
        use crate::sys::secret::Secret;
        use crate::world::actual::{Origin, Terms};
        let login = |provider: &str, kind, refresh: bool, terms: &Terms| Credential {
            provider: provider.to_owned(),
            kind,
            secret: Secret::from("s"),
            refresh: refresh.then(|| Secret::from("r")),
            expires: Expiry::millis(NOW),
            expires_loc: None,
            email: None,
            account: None,
            project: None,
            terms: terms.clone(),
            origin: Origin { doc: crate::doc::DocId(0), key: String::new(), loc: None },
        };
        let until = |at| Terms { refresh_until: Some(at), ..Terms::default() };
        for (provider, kind, refresh, terms, can) in [
            ("anthropic", Kind::OAuth, true, Terms::default(), true),
            ("anthropic", Kind::OAuth, false, Terms::default(), false),
            ("anthropic", Kind::Token, true, Terms::default(), false),
            ("anthropic", Kind::OAuth, true, until(NOW + 1), true),
            ("anthropic", Kind::OAuth, true, until(NOW), false),
            // Nobody to ask.
            ("groq", Kind::OAuth, true, Terms::default(), false),
        ] {
            let login = login(provider, kind, refresh, &terms);
            assert_eq!(is_refreshable(&Desired::default(), &login, NOW), can, "{provider} {terms:?}");
        }
        let scopes = |words: &[&str]| Terms {
            scopes: Some(words.iter().map(|word| (*word).to_owned()).collect()),
            ..Terms::default()
        };
        for (provider, kind, terms, lacks) in [
            ("anthropic", Kind::OAuth, Terms::default(), None),
            ("anthropic", Kind::OAuth, scopes(&["user:profile", "user:inference"]), None),
            ("anthropic", Kind::OAuth, scopes(&["user:profile"]), Some("user:inference")),
            ("anthropic", Kind::Token, scopes(&["user:inference2"]), Some("user:inference")),
            ("anthropic", Kind::ApiKey, scopes(&["user:profile"]), None),
            ("openai-codex", Kind::OAuth, scopes(&["openid"]), None),
        ] {
            assert_eq!(lacking_scope(&login(provider, kind, true, &terms)), lacks, "{provider} {terms:?}");
        }
    }
}
