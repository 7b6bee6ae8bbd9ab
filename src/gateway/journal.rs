//! What is said of a request: one line, without anything that was in it. Pure.

use crate::doc::redact::redact;
use crate::sys::Millis;
use crate::sys::visible::visible;
use hyper::StatusCode;
use std::time::Duration;

/// What came of a request, for the log.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The provider.
    pub(super) provider: String,
    /// The credential by which it was answered, or the last one.
    pub(super) profile: String,
    /// The model.
    pub(super) model: String,
    /// How often it was tried.
    pub(super) attempts: usize,
    /// In a word.
    pub(super) reason: &'static str,
    /// How long the provider took until its answer began.
    pub(super) upstream: Duration,
}

/// What a line is made of.
pub(super) struct Line<'a> {
    /// Now, in milliseconds since the epoch.
    pub(super) now: Millis,
    /// The number of the request.
    pub(super) id: u64,
    /// What was asked for.
    pub(super) endpoint: &'a str,
    /// What came of it.
    pub(super) outcome: &'a Outcome,
    /// What the client got.
    pub(super) status: StatusCode,
    /// How long it took until the answer began.
    pub(super) took: Duration,
}

/// The line, with its end.
pub(super) fn line(of: &Line<'_>) -> String {
    let at = jiff::Timestamp::from_millisecond(of.now).unwrap_or_default();
    let at = at.strftime("%Y-%m-%dT%H:%M:%S");
    let millis = of.now.rem_euclid(1_000);
    let word = |text: &str| match text {
        "" => "-".to_owned(),
        text => visible(&redact(text.chars().take(100).collect())).replace(' ', "_"),
    };
    let outcome = of.outcome;
    format!(
        "{at}.{millis:03}Z #{} {} provider={} profile={} model={} status={} attempts={} reason={} ms={}\n",
        of.id,
        of.endpoint,
        word(&outcome.provider),
        word(&masked(&outcome.profile)),
        word(&outcome.model),
        of.status.as_u16(),
        outcome.attempts,
        word(outcome.reason),
        of.took.as_millis(),
    )
}

/// A name without the whole address of a person: `anthropic:m…@example.com`.
pub(super) fn masked(name: &str) -> String {
    let Some((before, domain)) = name.split_once('@') else { return name.to_owned() };
    let (front, local) = before.rsplit_once(':').map_or(("", before), |(front, local)| (front, local));
    let first: String = local.chars().take(1).collect();
    let colon = if front.is_empty() { "" } else { ":" };
    format!("{front}{colon}{first}...@{domain}")
}

#[cfg(test)]
mod tests {
    use crate::gateway::journal::*;

    #[test]
    fn a_line_is_one_line_and_tells_no_secret() {
        let outcome = Outcome {
            provider: "anthropic".to_owned(),
            profile: "anthropic:me@example.com".to_owned(),
            model: "a\nb \u{1b}[0m".to_owned(),
            attempts: 2,
            reason: "ok",
            upstream: Duration::ZERO,
        };
        let line = line(&Line {
            now: 1_800_000_000_007,
            id: 3,
            endpoint: "messages",
            outcome: &outcome,
            status: StatusCode::OK,
            took: Duration::from_millis(12),
        });
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.starts_with("2027-01-15T08:00:00.007Z #3 messages provider=anthropic profile=anthropic:m...@example.com model="), "{line}");
        assert!(line.ends_with(" status=200 attempts=2 reason=ok ms=12\n"), "{line}");
    }
}
