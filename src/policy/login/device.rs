//! The way without a browser here (RFC 8628): a short code that a person types elsewhere. Pure.

use crate::policy::login::place::LoginPlace;
use crate::policy::refresh::answer::code;
use crate::policy::refresh::request::post;
use crate::sys::Millis;
use crate::sys::http::{self, Request, Response, Unanswered};
use crate::sys::secret::Secret;
use crate::sys::time::MINUTE;
use serde_json::Value;

/// A second, in milliseconds.
const SECOND: Millis = 1000;

/// Milliseconds between two questions, where the server says nothing.
const USUAL: Millis = 5 * SECOND;

/// How much slower one asks who is told to, in milliseconds.
const SLOWER: Millis = 5 * SECOND;

/// Longest time for which one asks, in milliseconds.
const LONGEST: Millis = 30 * MINUTE;

/// What the provider gave to begin with.
#[derive(Debug)]
pub(crate) struct DeviceCode {
    /// What we ask with.
    device: Secret,
    /// What a person types.
    pub(crate) user: String,
    /// Where.
    pub(crate) address: String,
    /// Milliseconds between two questions.
    pub(crate) interval: Millis,
    /// For how long, in milliseconds.
    pub(crate) lasts: Millis,
}

/// The first request.
pub(crate) fn begin(place: &LoginPlace, url: &str, limit: Millis) -> Request {
    let fields = [
        ("client_id", Secret::from(place.client.0.as_str())),
        ("scope", Secret::from(place.scopes.as_str())),
    ];
    post(url.to_owned(), &fields, false, limit)
}

/// Reads the answer to it.
///
/// # Errors
/// Why there is no code, in a few words.
pub(crate) fn begun(answer: Result<Response, Unanswered>) -> Result<DeviceCode, String> {
    let answer = answer.map_err(|why| why.to_string())?;
    let body: Option<Value> = serde_json::from_slice(answer.body.expose()).ok();
    let Some(body) = body.filter(|_| answer.status < 300) else {
        return Err(format!("it answered {} and gave no code", answer.status));
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let seconds = |name: &str| body.get(name).and_then(Value::as_f64).filter(|s| *s > 0.0 && *s < 1e6);
    let is_plain = |text: &&str| text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_graphic());
    let is_address = |url: &&str| http::address(url).is_some_and(|to| to.tls || http::is_loopback(to.host));
    let address = text("verification_uri").or_else(|| text("verification_url"));
    let (Some(device), Some(user), Some(address)) =
        (text("device_code"), text("user_code").filter(is_plain), address.filter(is_address))
    else {
        return Err(code(&body).map_or_else(
            || "its answer contains no device code".to_owned(),
            |code| format!("it answered {code}"),
        ));
    };
    let millis = |seconds: f64| (seconds * 1000.0) as Millis;
    Ok(DeviceCode {
        device: Secret::from(device),
        user: user.to_owned(),
        address: address.to_owned(),
        interval: seconds("interval").map_or(USUAL, millis).max(SECOND),
        lasts: seconds("expires_in").map_or(LONGEST, millis).min(LONGEST),
    })
}

/// The question whether a person has logged in.
pub(crate) fn poll(place: &LoginPlace, codes: &DeviceCode, limit: Millis) -> Request {
    let mut fields = vec![
        ("grant_type", Secret::from("urn:ietf:params:oauth:grant-type:device_code")),
        ("device_code", codes.device.clone()),
        ("client_id", Secret::from(place.client.0.as_str())),
    ];
    fields.extend(place.client.1.clone().map(|secret| ("client_secret", secret)));
    post(place.token.clone(), &fields, false, limit)
}

/// What is to be done after an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum DeviceNext {
    /// Ask again after this time, in milliseconds.
    Again(Millis),
    /// There is no login. Why, in a few words.
    Over(&'static str),
    /// The answer is one about tokens.
    Read,
}

/// What an answer means, when it was asked every `interval` milliseconds.
pub(crate) fn next(answer: &Result<Response, Unanswered>, interval: Millis) -> DeviceNext {
    let Ok(answer) = answer else { return DeviceNext::Again(interval.saturating_mul(2)) };
    let body: Option<Value> = serde_json::from_slice(answer.body.expose()).ok();
    // Some say so with a status of success.
    match body.as_ref().and_then(code) {
        Some("authorization_pending") => DeviceNext::Again(interval),
        Some("slow_down") => DeviceNext::Again(interval.saturating_add(SLOWER)),
        Some("expired_token") => DeviceNext::Over("the code expired before you logged in"),
        Some("access_denied") => DeviceNext::Over("the login was denied"),
        None if answer.status >= 500 => DeviceNext::Again(interval.saturating_mul(2)),
        _ => DeviceNext::Read,
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::login::device::*;

    fn says(status: u16, body: &str) -> Result<Response, Unanswered> {
        Ok(Response { status, headers: Vec::new(), body: Secret::new(body.as_bytes().to_vec()) })
    }

    #[test]
    fn codes_are_read_or_told_to_be_missing() {
        let whole = r#"{"device_code":"d","user_code":"AB-12","verification_uri":"https://x.example/d","interval":2,"expires_in":60}"#;
        let codes = begun(says(200, whole)).unwrap();
        assert_eq!((codes.user.as_str(), codes.interval, codes.lasts), ("AB-12", 2000, 60_000));
        let least =
            r#"{"device_code":"d","user_code":"A","verification_url":"https://x.example","interval":0.1}"#;
        assert_eq!(begun(says(200, least)).unwrap().interval, SECOND);
        for (answer, said) in [
            (says(200, "<html>CANARY"), "no code"),
            (says(200, r#"{"error":"unauthorized_client"}"#), "unauthorized_client"),
            (says(403, "{}"), "403"),
            (says(200, &whole.replace("https:", "http:")), "no device code"),
            (says(200, &whole.replace("AB-12", "A\\u001bB")), "no device code"),
            (Err(Unanswered::Tls), "certificate"),
        ] {
            let why = begun(answer).unwrap_err();
            assert!(why.contains(said) && !why.contains("CANARY"), "{why}");
        }
    }

    #[test]
    fn each_state_of_the_flow_has_its_answer() {
        for (answer, expected) in [
            (says(400, r#"{"error":"authorization_pending"}"#), DeviceNext::Again(5000)),
            (says(200, r#"{"error":"authorization_pending"}"#), DeviceNext::Again(5000)),
            (says(400, r#"{"error":"slow_down"}"#), DeviceNext::Again(10_000)),
            (says(503, "<html>"), DeviceNext::Again(10_000)),
            (Err(Unanswered::TimedOut), DeviceNext::Again(10_000)),
            (says(400, r#"{"error":"invalid_client"}"#), DeviceNext::Read),
            (says(200, r#"{"access_token":"a"}"#), DeviceNext::Read),
        ] {
            assert_eq!(next(&answer, 5000), expected, "{answer:?}");
        }
        for error in ["expired_token", "access_denied"] {
            let answer = says(400, &format!(r#"{{"error":"{error}"}}"#));
            assert!(matches!(next(&answer, 5000), DeviceNext::Over(_)), "{error}");
        }
    }
}
