//! What the answer of a token endpoint means. Pure. Nothing of an answer is quoted but a code of the
//! kind `invalid_grant`.

use crate::catalog::providers::Renewal;
use crate::policy::refresh::Tokens;
use crate::sys::Millis;
use crate::sys::http::{Response, Unanswered};
use crate::sys::secret::Secret;
use crate::sys::time::HOUR;
use crate::world::observe::login::jwt_end;
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

/// Reads the answer to a request at `now`.
pub(crate) fn read(renewal: &Renewal, answer: Result<Response, Unanswered>, now: Millis) -> TokenAnswer {
    let answer = match answer {
        Ok(answer) => answer,
        Err(why) => return TokenAnswer::Failed(why.to_string()),
    };
    let body: Option<Value> = serde_json::from_slice(answer.body.expose()).ok();
    match answer.status {
        200..=299 => match body.as_ref().and_then(|body| tokens(renewal, body, now)) {
            Some(tokens) => TokenAnswer::Tokens(tokens),
            None if body.is_none() => TokenAnswer::Failed("the answer is not JSON".to_owned()),
            None => TokenAnswer::Failed("there is no token in the answer".to_owned()),
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

fn tokens(renewal: &Renewal, body: &Value, now: Millis) -> Option<Tokens> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let access = text("access_token")?;
    let lasts =
        body.get("expires_in").and_then(|lasts| lasts.as_f64().or_else(|| lasts.as_str()?.parse().ok()));
    let lasts = lasts.filter(|seconds| seconds.is_finite() && *seconds > 0.0 && *seconds < 1e11);
    // Who does not say how long it lasts may have written it into the token.
    let end = match lasts {
        Some(seconds) => now.saturating_add((seconds * 1000.0) as Millis),
        None => jwt_end(access).filter(|end| *end > now).unwrap_or(now.saturating_add(HOUR)),
    };
    Some(Tokens {
        access: Secret::from(access),
        refresh: text("refresh_token").map(Secret::from),
        expires: (end - renewal.early).max(now.saturating_add(renewal.least)),
    })
}

/// The code of an error: `{"error": "…"}`, or `{"error": {"code": "…"}}` (or `type`).
fn code(body: &Value) -> Option<&str> {
    let error = body.get("error")?;
    let code =
        error.as_str().or_else(|| error.get("code")?.as_str()).or_else(|| error.get("type")?.as_str())?;
    let tame = |c: char| c.is_ascii_lowercase() || c == '_';
    ((1..=40).contains(&code.len()) && code.chars().all(tame)).then_some(code)
}

#[cfg(test)]
mod tests {
    use crate::catalog::providers;
    use crate::policy::refresh::answer::*;
    use crate::sys::time::MINUTE;

    const NOW: Millis = 1_800_000_000_000;

    fn answer(provider: &str, status: u16, body: &str) -> TokenAnswer {
        let renewal = providers::find(provider).unwrap().renewal.as_ref().unwrap();
        let body = Secret::new(body.as_bytes().to_vec());
        read(renewal, Ok(Response { status, body }), NOW)
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
