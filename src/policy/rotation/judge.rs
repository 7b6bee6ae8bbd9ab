//! What an answer of a provider means: for the credential, and for the request. The one table, of the gateway and of
//! who only asks. Pure.

use crate::catalog::kind::Kind;
use crate::policy::rotation::FailureReason;
use crate::policy::rotation::reason::ReasonHint;
use crate::sys::Millis;
use crate::sys::time::HOUR;
use serde_json::Value;

/// Shortest and longest rest that a provider may ask for, in milliseconds.
const REST: (Millis, Millis) = (1_000, 24 * HOUR);

/// How long a model rests that has too much to do, in milliseconds.
pub(crate) const OVERLOADED: Millis = 30_000;

/// What it means for the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    Nothing,
    /// It failed so; until when it rests, if the provider said so.
    Failed(FailureReason, Option<Millis>),
    /// This model rests for this credential until then.
    ModelFor(Millis),
    /// This model rests for all credentials until then.
    Model(Millis),
}

/// What becomes of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// The answer goes to the client.
    Pass,
    /// The next credential is tried.
    Next,
    /// A login is renewed, and tried once more; otherwise the next is tried.
    Renew,
    /// The same once more, then another model.
    Again,
    /// Another model, else the answer goes to the client.
    Fallback,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// For the credential.
    pub(crate) effect: Effect,
    /// For the request.
    pub(crate) then: Then,
    /// A word for log and metrics.
    pub(crate) word: &'static str,
}

/// An answer, as far as it is judged.
pub(crate) struct Answer<'a> {
    /// Its status; that which an error in a stream would have had.
    pub(crate) status: u16,
    /// Its headers, by their names in small letters.
    pub(crate) header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// What it says, in words, with the type of the error.
    pub(crate) said: &'a Said,
    /// What kind of credential was sent.
    pub(crate) kind: Kind,
    /// Now, in milliseconds since the epoch.
    pub(crate) now: Millis,
}

/// What the body of an error says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// The type or code of the error.
    pub(crate) kind: String,
    /// The words, in lower case.
    pub(crate) words: String,
    /// Until when, in milliseconds since the epoch, if it says so.
    pub(crate) until: Option<Millis>,
}

impl Said {
    /// Reads a body.
    pub(crate) fn of(body: &[u8], now: Millis) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = value.get("error").filter(|error| error.is_object()).unwrap_or(&value);
        let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let kind = match text("type") {
            kind if kind.is_empty() => text("code"),
            kind => kind,
        };
        let words = match text("message") {
            words if words.is_empty() && value.is_null() => String::from_utf8_lossy(body).to_lowercase(),
            words => words,
        };
        let number = |key: &str| error.get(key).and_then(Value::as_f64).filter(|at| *at > 0.0);
        let at = number("resets_at").map(|seconds| (seconds * 1_000.0) as Millis);
        let after = number("resets_in_seconds").map(|seconds| now + (seconds * 1_000.0) as Millis);
        Self { kind, words, until: at.or(after) }
    }

    /// The status that an error in a stream would have had.
    pub(crate) fn status(&self) -> u16 {
        match self.kind.as_str() {
            "overloaded_error" => 529,
            "rate_limit_error" | "rate_limit_exceeded" | "insufficient_quota" => 429,
            "authentication_error" => 401,
            "permission_error" => 403,
            "billing_error" => 402,
            "not_found_error" => 404,
            "invalid_request_error" => 400,
            "request_too_large" => 413,
            "timeout_error" => 504,
            _ => 500,
        }
    }

    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.words.contains(word))
    }
}

/// What providers say of a key that is none of theirs, and answer 400.
const BAD_KEYS: &[&str] = &["api key not valid", "incorrect api key"];

const NOT_HERE: Judgement = Judgement { effect: Effect::Nothing, then: Then::Pass, word: "refused" };

/// Judges an answer that is no success.
pub(crate) fn judge(answer: &Answer<'_>) -> Judgement {
    let said = answer.said;
    let (is, failed) = (|then, effect, word| Judgement { effect, then, word }, Effect::Failed);
    let until = until(answer);
    let is_400 = matches!(answer.status, 400 | 401 | 402 | 403 | 429);
    if is_400 && said.says(&["only authorized for use with claude code"]) {
        return is(Then::Next, failed(FailureReason::Scope, Some(answer.now + REST.1)), "scope");
    }
    if matches!(answer.status, 400 | 429) && said.says(&["extra usage"]) {
        let end = until.unwrap_or(answer.now + HOUR);
        return is(Then::Next, failed(FailureReason::Overage, Some(end)), "overage");
    }
    if said.kind == "overloaded_error" || answer.status == 529 {
        return is(Then::Fallback, Effect::Model(answer.now + OVERLOADED), "overloaded");
    }
    if is_400 && answer.status != 429 && is_billing(answer) {
        return is(Then::Next, failed(FailureReason::Billing, None), "billing");
    }
    if answer.status == 400 && said.says(BAD_KEYS) {
        return is(Then::Next, failed(FailureReason::Auth, Some(answer.now + HOUR)), "auth");
    }
    match answer.status {
        401 if answer.kind == Kind::OAuth => is(Then::Renew, failed(FailureReason::Auth, None), "auth"),
        401 => is(Then::Next, failed(FailureReason::Auth, Some(answer.now + HOUR)), "auth"),
        403 if said.says(&["model", "specified resource"]) => {
            is(Then::Next, Effect::ModelFor(answer.now + HOUR), "permission")
        }
        403 => is(Then::Next, failed(FailureReason::Auth, None), "auth"),
        429 => is(Then::Next, failed(FailureReason::RateLimit, until), "rate_limit"),
        404 if said.says(&["model"]) => is(Then::Fallback, Effect::Nothing, "unknown_model"),
        408 | 504 => is(Then::Fallback, failed(FailureReason::Timeout, None), "timeout"),
        500 | 502 | 503 => is(Then::Again, Effect::Nothing, "server"),
        _ => NOT_HERE,
    }
}

/// Whether it is not paid for. A limit that resets is none of that.
fn is_billing(answer: &Answer<'_>) -> bool {
    let resets = answer.said.says(&["resets", "reset at"]);
    let by_words = ReasonHint::of(&answer.said.words) == ReasonHint::Because(FailureReason::Billing);
    answer.status == 402 || answer.said.kind == "billing_error" || by_words && !resets
}

/// Until when it is to rest, by what the provider says.
fn until(answer: &Answer<'_>) -> Option<Millis> {
    let text = |name: &str| (answer.header)(name).map(str::trim);
    let after = text("retry-after-ms").and_then(|ms| ms.parse::<f64>().ok()).map(|ms| ms as Millis);
    let after = after.or_else(|| {
        let value = text("retry-after")?;
        let at = || jiff::fmt::rfc2822::parse(value).ok();
        match value.parse::<f64>() {
            Ok(seconds) => Some((seconds * 1_000.0) as Millis),
            Err(_) => at().map(|at| at.timestamp().as_millisecond() - answer.now),
        }
    });
    let reset = || {
        let seconds = text("anthropic-ratelimit-unified-reset")?.parse::<Millis>().ok()?;
        Some(seconds.saturating_mul(1_000) - answer.now)
    };
    let after = after.or_else(reset).or_else(|| answer.said.until.map(|until| until - answer.now));
    after.map(|after| answer.now + after.clamp(REST.0, REST.1))
}

#[cfg(test)]
mod tests {
    use crate::policy::rotation::judge::Effect::{Failed, Model, ModelFor, Nothing};
    use crate::policy::rotation::judge::*;
    use FailureReason::{Auth, Billing, Overage, RateLimit, Scope, Timeout};

    const NOW: Millis = 1_800_000_000_000;

    fn of(status: u16, header: Option<(&str, &str)>, body: &str, kind: Kind) -> (Effect, Then) {
        let own = |name: &str| header.filter(|(own, _)| *own == name).map(|(_, value)| value);
        let said = Said::of(body.as_bytes(), NOW);
        let judged = judge(&Answer { status, header: &own, said: &said, kind, now: NOW });
        (judged.effect, judged.then)
    }

    #[test]
    fn each_row_of_the_table_about_credentials() {
        let key = Kind::ApiKey;
        let error = |kind: &str, words: &str| {
            serde_json::json!({"type": "error", "error": {"type": kind, "message": words}}).to_string()
        };
        let cc =
            error("invalid_request_error", "This credential is only authorized for use with Claude Code.");
        let bad = error("", "API key not valid. Please pass a valid API key.");
        let low = error("invalid_request_error", "Your credit balance is too low");
        let extra = error("invalid_request_error", "You're out of extra usage.");
        let model = error("permission_error", "not allowed to use this model");
        let gone = error("not_found_error", "model: x");
        for (status, body, kind, effect, then) in [
            (400, cc.as_str(), Kind::Token, Failed(Scope, Some(NOW + 24 * HOUR)), Then::Next),
            (400, &low, key, Failed(Billing, None), Then::Next),
            (402, "", key, Failed(Billing, None), Then::Next),
            (400, &extra, Kind::OAuth, Failed(Overage, Some(NOW + HOUR)), Then::Next),
            (400, &bad, key, Failed(Auth, Some(NOW + HOUR)), Then::Next),
            (400, "{}", key, Nothing, Then::Pass),
            (413, "", key, Nothing, Then::Pass),
            (422, "", key, Nothing, Then::Pass),
            (401, "", key, Failed(Auth, Some(NOW + HOUR)), Then::Next),
            (401, "", Kind::OAuth, Failed(Auth, None), Then::Renew),
            (403, "", key, Failed(Auth, None), Then::Next),
            (403, &model, key, ModelFor(NOW + HOUR), Then::Next),
            (404, &gone, key, Nothing, Then::Fallback),
            (404, "", key, Nothing, Then::Pass),
        ] {
            assert_eq!(of(status, None, body, kind), (effect, then), "{status} {body}");
        }
    }

    #[test]
    fn each_row_of_the_table_about_limits_and_faults() {
        let key = Kind::ApiKey;
        let error = |kind: &str, words: &str| {
            serde_json::json!({"type": "error", "error": {"type": kind, "message": words}}).to_string()
        };
        let busy = error("overloaded_error", "Overloaded");
        let codex = r#"{"error": {"type": "usage_limit_reached", "resets_in_seconds": 60}}"#;
        for (status, header, body, kind, effect, then) in [
            (429, None, "", key, Failed(RateLimit, None), Then::Next),
            (429, Some(("retry-after", "7")), "", key, Failed(RateLimit, Some(NOW + 7_000)), Then::Next),
            (429, Some(("retry-after", "0")), "", key, Failed(RateLimit, Some(NOW + 1_000)), Then::Next),
            (
                429,
                Some(("retry-after", "999999999")),
                "",
                key,
                Failed(RateLimit, Some(NOW + 24 * HOUR)),
                Then::Next,
            ),
            (
                429,
                Some(("retry-after", "Fri, 15 Jan 2027 08:01:00 GMT")),
                "",
                key,
                Failed(RateLimit, Some(NOW + 60_000)),
                Then::Next,
            ),
            (
                429,
                Some(("anthropic-ratelimit-unified-reset", "1800000030")),
                "",
                key,
                Failed(RateLimit, Some(NOW + 30_000)),
                Then::Next,
            ),
            (429, None, codex, Kind::OAuth, Failed(RateLimit, Some(NOW + 60_000)), Then::Next),
            (529, None, &busy, key, Model(NOW + OVERLOADED), Then::Fallback),
            (503, None, &busy, key, Model(NOW + OVERLOADED), Then::Fallback),
            (500, None, "", key, Nothing, Then::Again),
            (502, None, "<html>", key, Nothing, Then::Again),
            (408, None, "", key, Failed(Timeout, None), Then::Fallback),
        ] {
            assert_eq!(of(status, header, body, kind), (effect, then), "{status} {header:?} {body}");
        }
    }

    #[test]
    fn an_error_in_a_stream_has_the_status_of_its_type() {
        for (kind, status) in [("overloaded_error", 529), ("rate_limit_error", 429), ("api_error", 500)] {
            let body = format!(r#"{{"type": "error", "error": {{"type": "{kind}", "message": "m"}}}}"#);
            assert_eq!(Said::of(body.as_bytes(), NOW).status(), status);
        }
    }
}
