//! What the answer of a token endpoint means. Pure. Nothing of an answer is quoted but a code of the
//! kind `invalid_grant`.

use crate::catalog::kind::Kind;
use crate::catalog::providers::Renewal;
use crate::policy::form::{self, Slot, Sort};
use crate::policy::refresh::Tokens;
use crate::sys::Millis;
use crate::sys::http::{Response, Unanswered};
use crate::sys::secret::Secret;
use crate::sys::time::HOUR;
use crate::world::actual::Credential;
use crate::world::observe::login::{jwt_claims, jwt_end};
use serde_json::Value;

/// What came of a request.
#[derive(Debug)]
pub(crate) enum TokenAnswer {
    /// Here they are.
    Tokens(Tokens),
    /// The refresh token is not valid any more: a person has to log in. Why, in a few words.
    Refused(String),
    /// It did not work, but may another time. Why, in a few words.
    Failed(String),
}

/// Codes that say that a refresh token is over.
const REVOKED: &[&str] = &[
    "invalid_grant",
    "refresh_token_expired",
    "refresh_token_invalidated",
    "refresh_token_reused",
    "token_expired",
];

/// Longest token that is taken, in bytes; those of providers have up to a few thousand.
const MAX_TOKEN: usize = 12 << 10;

/// Reads the answer to a request at `now`, which was to renew `old`.
pub(crate) fn read(
    renewal: &Renewal,
    old: &Credential,
    answer: Result<Response, Unanswered>,
    now: Millis,
) -> TokenAnswer {
    let answer = match answer {
        Ok(answer) => answer,
        Err(why) => return TokenAnswer::Failed(why.to_string()),
    };
    let body: Option<Value> = serde_json::from_slice(answer.body.expose()).ok();
    match answer.status {
        200..=299 => match body.as_ref().and_then(|body| tokens(renewal, body, now)) {
            Some(tokens) => match unfit(&tokens, old, body.as_ref()) {
                Some(why) => TokenAnswer::Failed(why),
                None => TokenAnswer::Tokens(tokens),
            },
            None if body.is_none() => TokenAnswer::Failed("the answer is not JSON".to_owned()),
            None => TokenAnswer::Failed("the answer contains no token".to_owned()),
        },
        status => {
            let code = body.as_ref().and_then(code);
            let said = code.map_or_else(
                || format!("it answered {status}"),
                |code| format!("it answered {status}, {code}"),
            );
            let is_revoked = code.is_some_and(|code| REVOKED.contains(&code));
            let is_final = matches!(status, 400 | 401 | 403) && is_revoked || status == 400 && renewal.strict;
            if is_final { TokenAnswer::Refused(said) } else { TokenAnswer::Failed(said) }
        }
    }
}

/// The tokens in an answer at `now`, if there are any.
pub(crate) fn tokens(renewal: &Renewal, body: &Value, now: Millis) -> Option<Tokens> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let access = text("access_token")?;
    let seconds = |name: &str| {
        let lasts = body.get(name)?;
        let lasts: f64 = lasts.as_f64().or_else(|| lasts.as_str()?.parse().ok())?;
        Some(lasts).filter(|seconds| seconds.is_finite() && *seconds > 0.0 && *seconds < 1e11)
    };
    let lasts = seconds("expires_in");
    // Who does not say how long it lasts may have written it into the token.
    let end = match lasts {
        Some(seconds) => now.saturating_add((seconds * 1000.0) as Millis),
        None => jwt_end(access).filter(|end| *end > now).unwrap_or(now.saturating_add(HOUR)),
    };
    Some(Tokens {
        access: Secret::from(access),
        refresh: text("refresh_token").map(Secret::from),
        expires: (end - renewal.early).max(now.saturating_add(renewal.least)),
        refresh_until: seconds("refresh_token_expires_in")
            .map(|seconds| now.saturating_add((seconds * 1000.0) as Millis)),
    })
}

/// Why the tokens are not to be kept, if they are not.
fn unfit(tokens: &Tokens, old: &Credential, body: Option<&Value>) -> Option<String> {
    let none = no_token(tokens, Slot::new(&old.provider, Kind::OAuth));
    let (before, after) = (Account::of_credential(old), Account::of_answer(&tokens.access, body));
    none.or_else(|| {
        before.differs(&after).then(|| "the answer is for another account, so it was not stored".to_owned())
    })
}

/// Why what was given is no token, if it is none.
pub(crate) fn no_token(tokens: &Tokens, slot: Slot<'_>) -> Option<String> {
    let is_token = |token: &Secret| {
        let text = token.expose();
        text.len() <= MAX_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if !is_token(&tokens.access) || !tokens.refresh.as_ref().is_none_or(is_token) {
        return Some("its answer has no valid token: too long, or with invalid characters".to_owned());
    }
    // How long its tokens are knows the server.
    let flaw = form::judge(tokens.access.expose(), slot);
    let flaw = flaw.filter(|flaw| flaw.is_fatal() && flaw.sort != Sort::Short)?;
    Some(format!("its answer has no valid token: it {}", flaw.label()))
}

/// Whose a login is, as far as it says so.
#[derive(Debug)]
pub(crate) struct Account {
    /// As the provider numbers it.
    pub(crate) id: Option<String>,
    /// Its mailbox.
    pub(crate) email: Option<String>,
}

impl Account {
    /// The account of what is stored.
    pub(crate) fn of_credential(old: &Credential) -> Self {
        let claims = jwt_claims(old.secret.expose());
        let told = Self::of_claims(claims.as_ref());
        Self { id: old.account.clone().or(told.id), email: old.email.clone().or(told.email) }
    }

    /// The account of an answer.
    pub(crate) fn of_answer(access: &Secret, body: Option<&Value>) -> Self {
        let text = |path: &[&str]| {
            let value = path.iter().try_fold(body?, |value, key| value.get(key))?;
            value.as_str().map(str::to_owned)
        };
        let claims = jwt_claims(access.expose());
        let told = Self::of_claims(claims.as_ref());
        // Who it is says a token of its own (OpenID Connect).
        let who = Self::of_claims(text(&["id_token"]).and_then(|token| jwt_claims(&token)).as_ref());
        let email = text(&["account", "email_address"]).or_else(|| text(&["email"]));
        Self {
            id: text(&["account_id"]).or_else(|| text(&["account", "uuid"])).or(told.id).or(who.id),
            email: email.or(told.email).or(who.email),
        }
    }

    /// What a token says of itself (OpenAI names the account in a claim of its own).
    fn of_claims(claims: Option<&Value>) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let id =
            claims.and_then(|claims| claims.get("https://api.openai.com/auth")?.get("chatgpt_account_id"));
        let email = claims.and_then(|claims| {
            claims.get("email").or_else(|| claims.get("https://api.openai.com/profile")?.get("email"))
        });
        Self { id: id.and_then(text), email: email.and_then(text) }
    }

    /// Whether both say whose they are, and it is not the same.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        match (self, other) {
            (Self { id: Some(one), .. }, Self { id: Some(other), .. }) => one != other,
            (Self { email: Some(one), .. }, Self { email: Some(other), .. }) => {
                one.contains('@') && !one.trim().eq_ignore_ascii_case(other.trim())
            }
            _ => false,
        }
    }
}

/// The code of an error: `{"error": "…"}`, or `{"error": {"code": "…"}}` (or `type`).
pub(crate) fn code(body: &Value) -> Option<&str> {
    let error = body.get("error")?;
    let code =
        error.as_str().or_else(|| error.get("code")?.as_str()).or_else(|| error.get("type")?.as_str())?;
    let tame = |c: char| c.is_ascii_lowercase() || c == '_';
    ((1..=40).contains(&code.len()) && code.chars().all(tame)).then_some(code)
}

#[cfg(test)]
mod tests {
    use crate::catalog::providers;
    use crate::doc::DocId;
    use crate::policy::refresh::answer::*;
    use crate::sys::time::MINUTE;
    use crate::world::actual::{Expiry, Origin};

    const NOW: Millis = 1_800_000_000_000;

    fn answer(provider: &str, status: u16, body: &str) -> TokenAnswer {
        let renewal = providers::find(provider).unwrap().renewal.as_ref().unwrap();
        let body = Secret::new(body.as_bytes().to_vec());
        read(renewal, &old(provider), Ok(Response { status, headers: Vec::new(), body }), NOW)
    }

    fn old(provider: &str) -> Credential {
        let origin = Origin { doc: DocId(0), key: String::new(), loc: None };
        Credential {
            provider: provider.to_owned(),
            kind: Kind::OAuth,
            secret: Secret::from("old"),
            refresh: Some(Secret::from("old")),
            expires: Expiry::Unknown,
            expires_loc: None,
            email: Some("Me@example.com".to_owned()),
            account: Some("mine".to_owned()),
            project: None,
            terms: crate::world::actual::Terms::default(),
            origin,
        }
    }

    /// A token that says whose it is.
    fn jwt(claims: &str) -> String {
        use base64::Engine;
        let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.x", part("{}"), part(claims))
    }

    #[test]
    fn what_is_no_token_or_another_accounts_is_not_kept() {
        let long = "a".repeat(450_000);
        let (own, other) = (
            jwt(r#"{"https://api.openai.com/auth":{"chatgpt_account_id":"mine"}}"#),
            jwt(r#"{"https://api.openai.com/auth":{"chatgpt_account_id":"another"}}"#),
        );
        let of_mail = jwt(r#"{"email":"other@example.com"}"#);
        for (body, said) in [
            (format!(r#"{{"access_token":"{long}"}}"#), "no valid token"),
            (r#"{"access_token":"a\nb"}"#.to_owned(), "no valid token"),
            (r#"{"access_token":"a","refresh_token":"b c"}"#.to_owned(), "no valid token"),
            (r#"{"access_token":"__REDACTED__"}"#.to_owned(), "no valid token: it is a partly hidden secret"),
            (r#"{"access_token":"${TOKEN}"}"#.to_owned(), "no valid token: it is a reference"),
            (r#"{"access_token":"rt_0123456789abcdef"}"#.to_owned(), "no valid token: it is a refresh token"),
            (r#"{"access_token":"a\u200bb"}"#.to_owned(), "no valid token"),
            (r#"{"access_token":"a","account":{"uuid":"another"}}"#.to_owned(), "another account"),
            (
                r#"{"access_token":"a","account":{"email_address":"x@example.com"}}"#.to_owned(),
                "another account",
            ),
            (format!(r#"{{"access_token":"{other}"}}"#), "another account"),
            (format!(r#"{{"access_token":"{of_mail}"}}"#), "another account"),
            (format!(r#"{{"access_token":"{own}"}}"#), ""),
            (r#"{"access_token":"a","account":{"email_address":"me@example.com"}}"#.to_owned(), ""),
            (r#"{"access_token":"a","account":{"uuid":7}}"#.to_owned(), ""),
        ] {
            let shown = &body[..body.len().min(100)];
            match answer("openai-codex", 200, &body) {
                TokenAnswer::Failed(why) => assert!(!said.is_empty() && why.contains(said), "{shown}: {why}"),
                other => assert!(said.is_empty(), "{shown}: {other:?}"),
            }
        }
    }

    #[test]
    fn good_answers_give_tokens_and_their_end() {
        for (provider, body, refresh, lasts) in [
            (
                "anthropic",
                r#"{"access_token":"a","refresh_token":"r","expires_in":3600}"#,
                Some("r"),
                55 * MINUTE,
            ),
            (
                "openai-codex",
                r#"{"access_token":"a","refresh_token":"r","expires_in":3600}"#,
                Some("r"),
                HOUR,
            ),
            ("openai-codex", r#"{"access_token":"a","expires_in":"60"}"#, None, MINUTE),
            ("qwen-portal", r#"{"access_token":"a","refresh_token":" "}"#, None, HOUR),
            ("chutes", r#"{"access_token":"a","expires_in":60}"#, None, MINUTE / 2),
            ("chutes", r#"{"access_token":"a","expires_in":-1}"#, None, 55 * MINUTE),
            ("openai-codex", r#"{"access_token":"a","expires_in":1e300}"#, None, HOUR),
        ] {
            match answer(provider, 200, body) {
                TokenAnswer::Tokens(tokens) => {
                    assert_eq!(tokens.access, Secret::from("a"), "{body}");
                    assert_eq!(tokens.refresh, refresh.map(Secret::from), "{body}");
                    assert_eq!(tokens.expires, NOW + lasts, "{body}");
                }
                other => panic!("{body}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_end_of_a_refresh_token_is_taken_over_where_it_is_said() {
        for (body, days) in [
            (r#"{"access_token":"a","refresh_token":"r","refresh_token_expires_in":2592000}"#, Some(30)),
            (r#"{"access_token":"a","refresh_token":"r"}"#, None),
            (r#"{"access_token":"a","refresh_token_expires_in":"soon"}"#, None),
        ] {
            let TokenAnswer::Tokens(tokens) = answer("anthropic", 200, body) else { panic!("{body}") };
            assert_eq!(tokens.refresh_until.map(|at| (at - NOW) / crate::sys::time::DAY), days, "{body}");
        }
    }

    #[test]
    fn a_person_is_asked_only_where_the_token_is_over() {
        for (provider, status, body, refused, said) in [
            (
                "anthropic",
                400,
                r#"{"error":"invalid_grant","error_description":"CANARY"}"#,
                true,
                "invalid_grant",
            ),
            (
                "openai-codex",
                401,
                r#"{"error":{"code":"refresh_token_reused","message":"CANARY"}}"#,
                true,
                "refresh_token_reused",
            ),
            ("openai-codex", 401, r#"{"error":{"type":"invalid_client"}}"#, false, "401, invalid_client"),
            ("anthropic", 400, r#"{"error":"CANARY secret"}"#, false, "it answered 400"),
            ("anthropic", 400, "<html>CANARY", false, "it answered 400"),
            ("qwen-portal", 400, "CANARY", true, "it answered 400"),
            ("anthropic", 429, r#"{"error":"rate_limited"}"#, false, "429"),
            ("anthropic", 500, r#"{"error":"invalid_grant"}"#, false, "500"),
            ("anthropic", 302, "", false, "302"),
            ("anthropic", 200, "<html>CANARY", false, "not JSON"),
            ("anthropic", 200, r#"{"token":"CANARY"}"#, false, "no token"),
        ] {
            let (is_refused, why) = match answer(provider, status, body) {
                TokenAnswer::Refused(why) => (true, why),
                TokenAnswer::Failed(why) => (false, why),
                TokenAnswer::Tokens(_) => panic!("{body}"),
            };
            assert_eq!(is_refused, refused, "{provider} {status} {body}");
            assert!(why.contains(said) && !why.contains("CANARY"), "{why}");
        }
    }
}
