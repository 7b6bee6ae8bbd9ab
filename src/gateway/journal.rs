//! What is said of a request: one line, without anything that was in it, and the last of them. Pure.

use crate::doc::redact::{redact, without_addresses};
use crate::pipeline::serving::Served;
use crate::sys::Millis;
use crate::sys::visible::visible;
use hyper::StatusCode;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// How many outcomes are remembered.
const KEPT: usize = 50;

/// How many names are kept as they may be shown.
const NAMES: usize = 256;

/// Longest name and sentence that is remembered, in characters.
pub(super) const LONGEST: (usize, usize) = (100, 400);

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
    /// The same as the client was told it, where the answer is ours.
    pub(super) why: String,
    /// How long the provider took until its answer began.
    pub(super) upstream: Duration,
}

/// The last outcomes, the newest first.
#[derive(Debug, Default)]
pub(super) struct Journal {
    count: u64,
    /// Names as they may be shown: they are the same again and again.
    names: HashMap<String, String>,
    kept: VecDeque<Served>,
}

impl Journal {
    /// Remembers what came of a request that was answered just now; its line for the log, with its end.
    pub(super) fn note(
        &mut self,
        (now, endpoint): (Millis, &'static str),
        outcome: &Outcome,
        status: StatusCode,
        took: Duration,
    ) -> String {
        self.count += 1;
        let served = Served {
            at: now,
            id: self.count,
            endpoint,
            provider: self.name(&outcome.provider),
            profile: self.name(&outcome.profile),
            model: self.name(&outcome.model),
            status: status.as_u16(),
            attempts: outcome.attempts,
            reason: outcome.reason,
            why: shown(&outcome.why, LONGEST.1),
            millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        let line = line(&served);
        self.kept.push_front(served);
        self.kept.truncate(KEPT);
        line
    }

    fn name(&mut self, name: &str) -> String {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        if self.names.len() >= NAMES {
            self.names.clear();
        }
        let known = shown(name, LONGEST.0);
        if name.len() <= LONGEST.0 {
            self.names.insert(name.to_owned(), known.clone());
        }
        known
    }

    /// The last ones, the newest first.
    pub(super) fn last(&self) -> Vec<Served> {
        self.kept.iter().cloned().collect()
    }
}

/// A text as it may be shown.
pub(super) fn shown(text: &str, longest: usize) -> String {
    visible(&without_addresses(&redact(text.chars().take(longest).collect())))
}

fn line(of: &Served) -> String {
    let at = jiff::Timestamp::from_millisecond(of.at).unwrap_or_default();
    let at = at.strftime("%Y-%m-%dT%H:%M:%S");
    let millis = of.at.rem_euclid(1_000);
    let word = |text: &str| match text {
        "" => "-".to_owned(),
        text => text.replace(' ', "_"),
    };
    format!(
        "{at}.{millis:03}Z #{} {} provider={} profile={} model={} status={} attempts={} reason={} ms={}\n",
        of.id,
        of.endpoint,
        word(&of.provider),
        word(&of.profile),
        word(&of.model),
        of.status,
        of.attempts,
        word(of.reason),
        of.millis,
    )
}

#[cfg(test)]
mod tests {
    use crate::gateway::journal::*;

    #[test]
    fn a_line_is_one_line_and_tells_no_secret_and_the_last_are_kept() {
        let outcome = Outcome {
            provider: "anthropic".to_owned(),
            profile: "anthropic:me@example.com".to_owned(),
            model: "a\nb \u{1b}[0m".to_owned(),
            attempts: 2,
            reason: "ok",
            ..Outcome::default()
        };
        let mut journal = Journal::default();
        let mut note =
            |at| journal.note((at, "messages"), &outcome, StatusCode::OK, Duration::from_millis(12));
        let line = note(1_800_000_000_007);
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.starts_with("2027-01-15T08:00:00.007Z #1 messages provider=anthropic profile=anthropic:m...@example.com model="), "{line}");
        assert!(line.ends_with(" status=200 attempts=2 reason=ok ms=12\n"), "{line}");
        for at in 0..60 {
            note(at);
        }
        let last = journal.last();
        assert_eq!((last.len(), last[0].at, last[0].id), (KEPT, 59, 61));
    }
}
