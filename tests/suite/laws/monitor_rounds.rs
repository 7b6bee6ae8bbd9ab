//! Sequences of states, and what is told of each.

use zirkabot::config::defaults::REMIND;
use zirkabot::pipeline::monitor::record::MonitorRecord;
use zirkabot::pipeline::monitor::*;
use zirkabot::sys::Millis;
use zirkabot::sys::time::DAY;

const NOW: Millis = 1_800_000_000_000;
const HALF_HOUR: Millis = 1_800_000;

/// How things are: `main/a=expired work/b=missing`, `unseen` or `unseen:work`.
fn present(text: &str) -> Present {
    let mut present = Present::default();
    for word in text.split_whitespace() {
        if word == "blind" {
            present.unseen = Unseen::All;
        } else if let Some(agent) = word.strip_prefix("blind:") {
            present.unseen = Unseen::Agents([agent.to_owned()].into());
        } else if let Some(agent) = word.strip_prefix("only:") {
            present.agents = Some([agent.to_owned()].into());
        } else {
            let (name, state) = word.split_once('=').unwrap();
            let state: ProblemState = serde_json::from_value(serde_json::json!(state)).unwrap();
            let (agent, subject) = name.split_once('/').map_or((None, name), |(a, s)| (Some(a), s));
            let key = ProblemKey { agent: agent.map(str::to_owned), subject: subject.to_owned() };
            let problem = KnownProblem { state, message: String::new(), advice: None, class: None };
            present.problems.insert(key, problem);
        }
    }
    present
}

/// What is told to a channel, in the same words: `a=expired(ok)`; `a=expired(still)` for a reminder.
fn shown(changes: Option<&Vec<Transition>>) -> String {
    let one = |change: &Transition| {
        let was = if change.is_reminder() { "still" } else { change.was.as_str() };
        format!("{}={}({was})", change.key.subject, change.state.as_str())
    };
    changes.map(|changes| changes.iter().map(one).collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

/// Runs a sequence, half an hour apart: how things are, which channels fail, what each is told.
#[track_caller]
fn sequence(rows: &[(&str, &str, &str, &str)]) -> MonitorRecord {
    let mut record = MonitorRecord::default();
    for (n, (text, failing, expected_a, expected_b)) in rows.iter().enumerate() {
        let now = NOW + HALF_HOUR * Millis::try_from(n).unwrap();
        let channels = ["a", "b"];
        let due = due(&record, &present(text), &channels, Some(4 * HALF_HOUR), now);
        let told = |channel| shown(due.told.get(channel));
        assert_eq!((told("a").as_str(), told("b").as_str()), (*expected_a, *expected_b), "row {n}: {text}");
        let mut next = due.record.clone();
        for (channel, changes) in due.told.iter().filter(|(channel, _)| !failing.contains(**channel)) {
            took(&mut next, channel, changes, now);
        }
        next.tidy(now - FORGET);
        // What is remembered survives being written.
        record = MonitorRecord::parse(next.text().as_bytes()).unwrap();
        assert_eq!(record, next);
    }
    record
}

#[test]
fn a_credential_that_ends_is_told_at_each_step_and_only_then() {
    let record = sequence(&[
        ("", "", "", ""),
        ("main/x=expiring", "", "x=expiring(ok)", "x=expiring(ok)"),
        ("main/x=expiring", "", "", ""),
        ("main/x=expired", "", "x=expired(expiring)", "x=expired(expiring)"),
        ("main/x=expired", "", "", ""),
        ("", "", "x=ok(expired)", "x=ok(expired)"),
        ("", "", "", ""),
    ]);
    assert_eq!(record, MonitorRecord::default());
}

#[test]
fn each_credential_is_told_by_itself() {
    sequence(&[
        ("main/x=expired", "", "x=expired(ok)", "x=expired(ok)"),
        ("main/x=expired main/y=expired", "", "y=expired(ok)", "y=expired(ok)"),
        ("main/x=expired main/y=expired work/y=missing", "", "y=missing(ok)", "y=missing(ok)"),
        ("main/y=expired work/y=missing", "", "x=ok(expired)", "x=ok(expired)"),
        (
            "config=unknown main/z=expiring",
            "",
            "config=unknown(ok) z=expiring(ok) y=ok(expired) y=ok(missing)",
            "config=unknown(ok) z=expiring(ok) y=ok(expired) y=ok(missing)",
        ),
    ]);
}

#[test]
fn a_channel_that_failed_is_told_at_the_next_run() {
    sequence(&[
        ("main/x=expiring", "b", "x=expiring(ok)", "x=expiring(ok)"),
        ("main/x=expiring", "b", "", "x=expiring(ok)"),
        ("main/x=expired", "b", "x=expired(expiring)", "x=expired(ok)"),
        ("main/x=expired", "", "", "x=expired(ok)"),
        ("", "b", "x=ok(expired)", "x=ok(expired)"),
        ("", "", "", "x=ok(expired)"),
        ("", "", "", ""),
        // What was over before it could be told is not told at all.
        ("main/y=expired", "b", "y=expired(ok)", "y=expired(ok)"),
        ("", "", "y=ok(expired)", ""),
    ]);
}

#[test]
fn what_goes_on_is_told_again_after_a_while() {
    sequence(&[
        ("main/x=expired", "", "x=expired(ok)", "x=expired(ok)"),
        ("main/x=expired", "", "", ""),
        ("main/x=expired", "", "", ""),
        ("main/x=expired", "", "", ""),
        ("main/x=expired", "b", "x=expired(still)", "x=expired(still)"),
        ("main/x=expired", "", "", "x=expired(still)"),
        ("main/x=expired", "", "", ""),
    ]);
}

#[test]
fn what_cannot_be_seen_is_not_in_order_again() {
    sequence(&[
        ("main/x=expired work/y=missing", "", "x=expired(ok) y=missing(ok)", "x=expired(ok) y=missing(ok)"),
        ("config=unknown blind", "", "config=unknown(ok)", "config=unknown(ok)"),
        (
            "main/x=expired work/store=unknown blind:work",
            "",
            "store=unknown(ok) config=ok(unknown)",
            "store=unknown(ok) config=ok(unknown)",
        ),
        ("only:main", "", "x=ok(expired)", "x=ok(expired)"),
        ("", "", "store=ok(unknown) y=ok(missing)", "store=ok(unknown) y=ok(missing)"),
    ]);
}

#[test]
fn without_reminders_nothing_is_told_twice() {
    let told = |remind, later| {
        let present = present("main/x=expired");
        let mut record = due(&MonitorRecord::default(), &present, &["a"], remind, NOW).record;
        let changes = due(&MonitorRecord::default(), &present, &["a"], remind, NOW).told["a"].clone();
        took(&mut record, "a", &changes, NOW);
        shown(due(&record, &present, &["a"], remind, NOW + later).told.get("a"))
    };
    assert_eq!(told(None, 100 * DAY), "");
    assert_eq!(told(Some(REMIND), REMIND), "x=expired(still)");
    // The clock was ahead.
    assert_eq!(told(Some(REMIND), -100 * DAY), "");
}

#[test]
fn a_new_channel_is_told_what_goes_on_and_one_that_went_holds_nothing_up() {
    let expired = present("main/x=expired");
    let first = due(&MonitorRecord::default(), &expired, &["a"], None, NOW);
    let mut record = first.record;
    took(&mut record, "a", &first.told["a"], NOW);
    let second = due(&record, &expired, &["a", "b"], None, NOW + 1);
    assert_eq!(
        (shown(second.told.get("a")), shown(second.told.get("b"))),
        (String::new(), "x=expired(ok)".into())
    );
    // Somebody looks by hand in between: who was told of it is still told that it is over.
    let third = due(&record, &present(""), &["b"], None, NOW + 2).record;
    let fourth = due(&third, &present(""), &["a"], None, NOW + 3);
    assert_eq!(shown(fourth.told.get("a")), "x=ok(expired)");
    let later = due(&third, &present(""), &["b"], None, NOW + 2 + FORGET).record;
    assert_eq!(later.items, []);
}

#[test]
fn what_others_put_into_the_file_stays_there() {
    let text = r#"{"version": 1, "note": [1], "items": [{"subject": "x", "state": "expired", "since": 5, "why": "?",
        "told": {"a": {"state": "expired", "at": 6, "id": 7}}}]}"#;
    let before = MonitorRecord::parse(text.as_bytes()).unwrap();
    let after = due(&before, &present("x=expired"), &["a"], None, NOW).record;
    assert_eq!(before, after);
    assert!(["note", "why", "id"].iter().all(|key| after.text().contains(key)), "{}", after.text());
    for (text, why) in [
        ("", "is not JSON"),
        ("{\"version\": 1, \"items\": [", "is not JSON"),
        ("[]", "has no version"),
        ("{\"items\": []}", "has no version"),
        ("{\"version\": 2}", "has the unknown version 2"),
        ("{\"version\": 1, \"items\": [{}]}", "has unexpected content"),
    ] {
        assert_eq!(MonitorRecord::parse(text.as_bytes()).unwrap_err(), why, "{text}");
    }
}
