//! How much of a limit or a subscription is used, as a provider tells it: from the answer of its own address for that,
//! and from the headers that limit requests. Pure; what is not understood is left out, and never guessed.

use crate::catalog::usages::UsageForm;
use crate::sys::http::Response;
use crate::sys::time::{DAY, HOUR, MINUTE};
use crate::sys::{Millis, time};
use serde_json::Value;

/// A second, in milliseconds.
const SECOND: Millis = 1_000;

/// The last instant that is believed, in milliseconds since the epoch: the end of the year 9999.
const LAST: Millis = 253_402_300_800_000;

/// What a provider told.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Usage {
    /// What the subscription is called there.
    pub(crate) plan: Option<String>,
    /// Its limits.
    pub(crate) windows: Vec<Window>,
}

/// One limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Window {
    /// What it is called: `5 hours`, `7 days`, `requests`.
    pub(crate) name: String,
    /// How much of it is used, in percent; may be more than 100.
    pub(crate) used: f64,
    /// How much is left, and of how much, where it is counted.
    pub(crate) left: Option<(f64, f64)>,
    /// When it begins anew, in milliseconds since the epoch.
    pub(crate) resets: Option<Millis>,
}

/// Windows of Claude's answer, and what they are called.
const CLAUDE: &[(&str, &str)] = &[
    ("five_hour", "5 hours"),
    ("seven_day", "7 days"),
    ("seven_day_opus", "7 days, Opus"),
    ("seven_day_sonnet", "7 days, Sonnet"),
    ("seven_day_oauth_apps", "7 days, other apps"),
    ("extra_usage", "extra usage"),
];

/// How APIs name the headers that tell their limits: what is limited, and how it is written in the names.
const LIMITED: &[(&str, &str)] = &[
    ("requests", "requests"),
    ("tokens", "tokens"),
    ("input tokens", "input-tokens"),
    ("output tokens", "output-tokens"),
];

/// Reads an answer; `form` is that of the address that was asked, if it was one that tells.
pub(crate) fn read(form: Option<UsageForm>, answer: &Response, now: Millis) -> Usage {
    let body = || serde_json::from_slice::<Value>(answer.body.expose()).unwrap_or_default();
    let mut usage = match form.filter(|_| (200..300).contains(&answer.status)) {
        Some(UsageForm::Claude) => claude(&body()),
        Some(UsageForm::Codex) => codex(&body(), now),
        Some(UsageForm::Copilot) => copilot(&body()),
        Some(UsageForm::OpenRouter) => openrouter(&body()),
        None => Usage::default(),
    };
    usage.windows.extend(LIMITED.iter().filter_map(|limited| of_headers(limited, answer, now)));
    usage.windows.retain(|window| window.used.is_finite() && window.used >= 0.0);
    for window in &mut usage.windows {
        window.resets = window.resets.filter(|at| (0..LAST).contains(at));
    }
    usage
}

fn claude(body: &Value) -> Usage {
    let window = |(key, name): &(&str, &str)| {
        let own = &body[*key];
        let used = own["utilization"].as_f64()?;
        Some(Window { name: (*name).to_owned(), used, left: None, resets: instant(&own["resets_at"]) })
    };
    Usage { plan: None, windows: CLAUDE.iter().filter_map(window).collect() }
}

fn codex(body: &Value, now: Millis) -> Usage {
    let window = |key: &str| {
        let own = &body["rate_limit"][key];
        let after = own["reset_after_seconds"]
            .as_i64()
            .map(|seconds| now.saturating_add(seconds.saturating_mul(SECOND)));
        Some(Window {
            name: span(own["limit_window_seconds"].as_i64()?),
            used: own["used_percent"].as_f64()?,
            left: None,
            resets: instant(&own["reset_at"]).or(after),
        })
    };
    let windows = ["primary_window", "secondary_window"].into_iter().filter_map(window).collect();
    Usage { plan: word(&body["plan_type"]), windows }
}

fn copilot(body: &Value) -> Usage {
    let resets = instant(&body["quota_reset_date_utc"]).or_else(|| instant(&body["quota_reset_date"]));
    let window = |(key, own): (&String, &Value)| {
        let left = own["percent_remaining"].as_f64().filter(|_| own["unlimited"] != true)?;
        let counted = own["remaining"].as_f64().zip(own["entitlement"].as_f64());
        let name = key.replace('_', " ");
        is_tame(&name).then_some(Window { name, used: 100.0 - left, left: counted, resets })
    };
    let all = body["quota_snapshots"].as_object();
    Usage {
        plan: word(&body["copilot_plan"]),
        windows: all.into_iter().flatten().filter_map(window).collect(),
    }
}

fn openrouter(body: &Value) -> Usage {
    let data = &body["data"];
    let window = || {
        let (limit, left) = data["limit"].as_f64().zip(data["limit_remaining"].as_f64())?;
        let used = if limit > 0.0 { (limit - left) * 100.0 / limit } else { 100.0 };
        Some(Window { name: "credits".to_owned(), used, left: Some((left, limit)), resets: None })
    };
    Usage { plan: None, windows: window().into_iter().collect() }
}

/// A limit by its headers: `anthropic-ratelimit-tokens-limit`, or `x-ratelimit-limit-tokens` as most others have it.
fn of_headers((name, what): &(&str, &str), answer: &Response, now: Millis) -> Option<Window> {
    let header = |part: &str| {
        let own = answer.header(&format!("anthropic-ratelimit-{what}-{part}"));
        own.or_else(|| answer.header(&format!("x-ratelimit-{part}-{what}"))).map(str::trim)
    };
    let number = |part: &str| header(part)?.parse::<f64>().ok().filter(|value| *value >= 0.0);
    let (limit, left) = number("limit").filter(|limit| *limit > 0.0).zip(number("remaining"))?;
    let resets = header("reset").and_then(|text| {
        let at = text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond);
        at.or_else(|| Some(now.saturating_add(time::parse_with_unit(text)?)))
    });
    let used = (limit - left).max(0.0) * 100.0 / limit;
    Some(Window { name: (*name).to_owned(), used, left: Some((left, limit)), resets })
}

/// An instant: RFC 3339, a date, or seconds since the epoch.
fn instant(value: &Value) -> Option<Millis> {
    match value {
        Value::Number(seconds) => seconds.as_i64().and_then(|seconds| seconds.checked_mul(SECOND)),
        Value::String(text) => {
            let whole = || format!("{text}T00:00:00Z").parse::<jiff::Timestamp>().ok();
            let at = text.parse::<jiff::Timestamp>().ok().or_else(whole);
            at.map(jiff::Timestamp::as_millisecond)
        }
        _ => None,
    }
}

/// A length in words: `5 hours`, `7 days`.
fn span(seconds: i64) -> String {
    let millis = seconds.saturating_mul(SECOND);
    let (count, unit) = match millis {
        _ if millis >= DAY && millis % DAY == 0 => (millis / DAY, "day"),
        _ if millis >= HOUR => (millis / HOUR, "hour"),
        _ => (millis / MINUTE, "minute"),
    };
    if count == 1 { format!("{count} {unit}") } else { format!("{count} {unit}s") }
}

/// A name of a plan, if it is a plain word.
fn word(value: &Value) -> Option<String> {
    value.as_str().filter(|text| is_tame(text)).map(str::to_owned)
}

/// Whether a name can be shown as it is: nothing else of what a provider says is.
fn is_tame(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || " _-".contains(c))
}

#[cfg(test)]
mod tests {
    use crate::policy::usage::*;
    use crate::sys::secret::Secret;

    const NOW: Millis = 1_800_000_000_000;

    fn told(form: Option<UsageForm>, headers: &[(&str, &str)], body: &str) -> Usage {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        read(form, &Response { status: 200, headers, body: Secret::new(body.as_bytes().to_vec()) }, NOW)
    }

    fn windows(usage: &Usage) -> Vec<(&str, f64, Option<Millis>)> {
        usage.windows.iter().map(|own| (own.name.as_str(), own.used, own.resets)).collect()
    }

    #[test]
    fn each_form_is_read() {
        let claude = told(
            Some(UsageForm::Claude),
            &[],
            r#"{"five_hour": {"utilization": 37.5, "resets_at": "2027-01-15T08:00:00.5+00:00"}, "seven_day": {"utilization": 2, "resets_at": null},
                "seven_day_opus": null, "extra_usage": {"is_enabled": false, "utilization": null}, "new_thing": {"utilization": 1}}"#,
        );
        assert_eq!(windows(&claude), [("5 hours", 37.5, Some(NOW + 500)), ("7 days", 2.0, None)]);
        let codex = told(
            Some(UsageForm::Codex),
            &[],
            r#"{"plan_type": "plus", "rate_limit": {"primary_window": {"used_percent": 14, "limit_window_seconds": 18000, "reset_at": 1800000060},
                "secondary_window": {"used_percent": 100, "limit_window_seconds": 604800, "reset_after_seconds": 30}}}"#,
        );
        assert_eq!(codex.plan.as_deref(), Some("plus"));
        assert_eq!(
            windows(&codex),
            [("5 hours", 14.0, Some(NOW + 60_000)), ("7 days", 100.0, Some(NOW + 30_000))]
        );
        let copilot = told(
            Some(UsageForm::Copilot),
            &[],
            r#"{"copilot_plan": "individual", "quota_reset_date": "2027-02-01", "quota_snapshots": {
                "chat": {"unlimited": true, "percent_remaining": 100.0},
                "premium_interactions": {"percent_remaining": 25.0, "remaining": 75, "entitlement": 300, "unlimited": false}}}"#,
        );
        assert_eq!(windows(&copilot), [("premium interactions", 75.0, Some(1_801_440_000_000))]);
        assert_eq!(copilot.windows[0].left, Some((75.0, 300.0)));
        let router = told(
            Some(UsageForm::OpenRouter),
            &[],
            r#"{"data": {"limit": 10, "limit_remaining": 4, "usage": 6}}"#,
        );
        assert_eq!(windows(&router), [("credits", 60.0, None)]);
        assert_eq!(told(Some(UsageForm::OpenRouter), &[], r#"{"data": {"limit": null}}"#), Usage::default());
    }

    #[test]
    fn limits_in_headers_are_read_and_what_is_none_is_left_out() {
        let usage = told(
            None,
            &[
                ("anthropic-ratelimit-requests-limit", "50"),
                ("anthropic-ratelimit-requests-remaining", "49"),
                ("anthropic-ratelimit-requests-reset", "2027-01-15T08:01:00Z"),
                ("x-ratelimit-limit-tokens", "1000"),
                ("x-ratelimit-remaining-tokens", "250"),
                ("x-ratelimit-reset-tokens", "6s"),
                ("x-ratelimit-limit-requests", "0"),
                ("x-ratelimit-remaining-requests", "0"),
            ],
            "{}",
        );
        assert_eq!(
            windows(&usage),
            [("requests", 2.0, Some(NOW + 60_000)), ("tokens", 75.0, Some(NOW + 6_000))]
        );
    }

    #[test]
    fn what_is_no_such_answer_tells_nothing() {
        for body in [
            "",
            "[]",
            "null",
            "<html>",
            r#"{"five_hour": {"utilization": -1}, "rate_limit": 5, "quota_snapshots": [1], "data": "x"}"#,
        ] {
            for form in [UsageForm::Claude, UsageForm::Codex, UsageForm::Copilot, UsageForm::OpenRouter] {
                assert_eq!(told(Some(form), &[], body), Usage::default(), "{form:?} {body}");
            }
        }
        let never = r#"{"rate_limit": {"primary_window": {"used_percent": 1, "limit_window_seconds": 9223372036854775807, "reset_at": -9223372036854775},
            "secondary_window": {"used_percent": 1, "limit_window_seconds": 60, "reset_after_seconds": 9223372036854775807}}}"#;
        let told = told(Some(UsageForm::Codex), &[], never);
        assert!(
            told.windows.iter().all(|window| window.resets.is_none()) && told.windows.len() == 2,
            "{told:?}"
        );
        assert_eq!(word(&"sk-CANARY\u{1b}[31m".into()), None);
    }
}
