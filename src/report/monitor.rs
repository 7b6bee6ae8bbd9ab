//! What is told when the state of a credential changes: to a person here, and as a message for
//! whoever is elsewhere.

use crate::change::proposal::Class;
use crate::pipeline::monitor::{ProblemState, Transition};
use crate::pipeline::notify::{Message, Urgency};
use crate::report::error_json::{ExitBody, FixBody};
use crate::report::json;
use crate::report::style::{Sign, Style};
use crate::sys::digest::sha256;
use crate::sys::time as duration;
use schemars::JsonSchema;
use serde::Serialize;

/// What webhooks and hooks get.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// Names this message; the same one if it is sent again.
    pub id: String,
    /// The machine that it is about.
    pub machine: String,
    /// One line.
    pub title: String,
    /// For people; the field that Slack and Mattermost show.
    pub text: String,
    /// The same; the field that Discord shows.
    pub content: String,
    /// The worst state of the changes.
    pub state: ProblemState,
    /// What has changed, worst first; empty in a test message.
    pub changes: Vec<ChangeBody>,
}

/// One change.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangeBody {
    /// The agent, if it is about one.
    pub agent: Option<String>,
    /// The profile, provider, variable or file.
    pub subject: String,
    /// How it is.
    pub state: ProblemState,
    /// How it was when it was last told.
    pub was: ProblemState,
    /// Whether nothing has changed, but it was told long ago.
    pub reminder: bool,
    /// Since when it is so, in milliseconds since 1970.
    pub since: i64,
    /// In words.
    pub message: String,
    /// What to do about it.
    pub fix: FixBody,
}

/// `zirkabot monitor --json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MonitorDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// What `models status --check` exits with, and why.
    pub exit: ExitBody,
    /// Whether it is only said what would be told.
    pub dry_run: bool,
    /// What has changed since standard output was last told.
    pub changes: Vec<ChangeBody>,
    /// What became of each channel for which there was something.
    pub deliveries: Vec<Delivered>,
}

/// What became of a channel.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivered {
    /// Its name.
    pub channel: String,
    /// How many changes it is about.
    pub changes: usize,
    /// Whether it took them; null in a dry run.
    pub told: Option<bool>,
    /// Why it did not.
    pub why: Option<String>,
}

/// The changes, as data.
pub(crate) fn bodies(changes: &[Transition]) -> Vec<ChangeBody> {
    let body = |change: &Transition| ChangeBody {
        agent: change.key.agent.clone(),
        subject: change.key.subject.clone(),
        state: change.state,
        was: change.was,
        reminder: change.is_reminder(),
        since: change.since,
        message: headline(change),
        fix: fix(change),
    };
    changes.iter().map(body).collect()
}

fn fix(change: &Transition) -> FixBody {
    let told = FixBody::told(change.advice.as_ref());
    FixBody { kind: change.class.map_or(told.kind, Class::as_str), ..told }
}

/// Longest text of a message, in bytes: chats cut at 2000 characters, phones at 4096 bytes, and an
/// argument of a program may not be too long either. The JSON lists all changes.
const LONGEST: usize = 1800;

/// The changes as paragraphs, as many as fit, but at least one.
fn paragraphs(changes: &[Transition]) -> String {
    let mut text = String::new();
    for (n, change) in changes.iter().enumerate() {
        let advice = change.advice.as_ref().map(|advice| format!("\n  {advice}")).unwrap_or_default();
        let paragraph = format!("{}{advice}", headline(change));
        if n > 0 && text.len() + paragraph.len() > LONGEST {
            text.push_str(&format!("\n\nand {} more", changes.len() - n));
            break;
        }
        let gap = if n > 0 { "\n\n" } else { "" };
        text.push_str(&format!("{gap}{paragraph}"));
    }
    text
}

/// The message that tells of these changes of a machine.
pub(crate) fn message(machine: &str, changes: &[Transition]) -> Message {
    let text = paragraphs(changes);
    let title = format!("zirkabot on {machine}: {}", summary(changes));
    let parts = changes.iter().map(|c| format!("{:?} {:?} {:?} {}", c.key, c.was, c.state, c.since));
    let id = sha256(format!("{machine} {}", parts.collect::<Vec<_>>().join(" ")).as_bytes());
    made(machine, &title, &text, &id, bodies(changes))
}

/// A message that only shows that it arrives.
pub(crate) fn test_message(machine: &str, now: i64) -> Message {
    let id = sha256(format!("{machine} test {now}").as_bytes());
    let text = format!(
        "This is a test, sent on {}: {machine} will send a message here before a model credential expires.",
        duration::date(now)
    );
    made(machine, &format!("zirkabot on {machine}: test"), &text, &id, Vec::new())
}

fn made(machine: &str, title: &str, text: &str, id: &str, changes: Vec<ChangeBody>) -> Message {
    let state = changes.iter().map(|change| change.state).max().unwrap_or(ProblemState::Ok);
    // Lines of a mail's head and of a request's are ASCII.
    let plain = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    let title: String = title.chars().map(plain).collect();
    let text = Style::PLAIN.lines(text);
    let count = changes.len();
    let document = MessageDocument {
        schema_version: 1,
        id: id.chars().take(16).collect(),
        machine: machine.to_owned(),
        title: title.clone(),
        content: text.clone(),
        text: text.clone(),
        state,
        changes,
    };
    let urgency = match state {
        ProblemState::Ok => Urgency::Low,
        ProblemState::Expiring => Urgency::Normal,
        _ => Urgency::High,
    };
    Message { title, text, json: json::text(&document), urgency, state: state.as_str(), count }
}

/// One line that says of what kind the changes are.
fn summary(changes: &[Transition]) -> String {
    if let [only] = changes {
        return format!("{} {}", only.key.subject, in_words(only.state));
    }
    let mut states: Vec<ProblemState> = changes.iter().map(|change| change.state).collect();
    states.dedup();
    let count = |state: &ProblemState| changes.iter().filter(|change| change.state == *state).count();
    states.iter().map(|state| format!("{} {}", count(state), in_words(*state))).collect::<Vec<_>>().join(", ")
}

fn in_words(state: ProblemState) -> &'static str {
    match state {
        ProblemState::Ok => "OK again",
        ProblemState::Expiring => "expiring",
        ProblemState::Unknown => "unknown",
        ProblemState::Unusable => "unusable",
        ProblemState::Missing => "missing",
        ProblemState::Expired => "expired",
    }
}

fn headline(change: &Transition) -> String {
    if change.is_reminder() { format!("still: {}", change.message) } else { change.message.clone() }
}

/// The changes for a person here.
pub(crate) fn text(changes: &[Transition], style: Style) -> String {
    let mut out = String::new();
    for change in changes {
        let sign = match change.state {
            ProblemState::Ok => Sign::Good,
            ProblemState::Expiring => Sign::Soon,
            _ => Sign::Bad,
        };
        out.push_str(&style.signed(sign, &headline(change)));
        if let Some(advice) = &change.advice {
            out.push_str(&format!("    {}\n", style.wrap(&advice.to_string(), 4, 4)));
        }
    }
    out
}

/// What is said where nothing has changed, to who wants to hear it.
pub(crate) fn unchanged(states: &[ProblemState]) -> String {
    if states.is_empty() {
        return "No change: everything is OK.\n".to_owned();
    }
    let mut counts: Vec<(ProblemState, usize)> = Vec::new();
    for state in states {
        match counts.iter_mut().find(|(known, _)| known == state) {
            Some((_, count)) => *count += 1,
            None => counts.push((*state, 1)),
        }
    }
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let counts: Vec<_> =
        counts.iter().map(|(state, count)| format!("{count} {}", in_words(*state))).collect();
    format!("No change: {}.\n", counts.join(", "))
}

/// What became of a channel, as a line.
pub(crate) fn delivered(delivered: &Delivered) -> String {
    let Delivered { channel, changes, told, why } = delivered;
    let what = if *changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") };
    match (told, why) {
        (Some(true), _) => format!("sent {what} to {channel}\n"),
        (Some(false), Some(why)) => {
            format!("error: sending {what} to {channel} failed: {why}; the next run tries again\n")
        }
        _ => format!("would send {what} to {channel}\n"),
    }
}

#[cfg(test)]
mod tests {
    use crate::pipeline::monitor::ProblemKey;
    use crate::report::monitor::*;

    fn change(subject: &str, state: ProblemState, was: ProblemState) -> Transition {
        let key = ProblemKey { agent: Some("main".to_owned()), subject: subject.to_owned() };
        let message = format!("{subject} is so");
        Transition { key, state, was, since: 5, message, advice: Some("do `this`".into()), class: None }
    }

    #[test]
    fn a_message_says_what_it_is_about_in_its_first_line() {
        use ProblemState::{Expired, Expiring, Ok};
        let title = |changes: &[Transition]| message("here", changes).title;
        assert_eq!(title(&[change("a:b", Expired, Ok)]), "zirkabot on here: a:b expired");
        let several = [change("a", Expired, Ok), change("b", Expired, Ok), change("c", Expiring, Ok)];
        assert_eq!(title(&several), "zirkabot on here: 2 expired, 1 expiring");
        assert_eq!(title(&[change("é\r\nX: y", Ok, Expired)]), "zirkabot on here: ???X: y OK again");
    }

    #[test]
    fn a_long_message_says_how_much_it_leaves_out_and_its_data_nothing() {
        let many: Vec<_> = (0..500)
            .map(|n| change(&format!("p:{n}"), ProblemState::Missing, ProblemState::Missing))
            .collect();
        let message = message("here", &many);
        assert!(message.text.len() < 2000, "{}", message.text.len());
        assert!(message.text.starts_with("still: p:0 is so\n  do `this`\n\nstill: p:1 "), "{}", message.text);
        let told = message.text.matches("still: ").count();
        assert!(message.text.ends_with(&format!("\n\nand {} more", 500 - told)), "{}", message.text);
        let document: serde_json::Value = serde_json::from_str(&message.json).unwrap();
        assert_eq!(document["changes"].as_array().map(Vec::len), Some(500));
        let control = crate::report::monitor::message(
            "here",
            &[change("a\u{1b}[2J", ProblemState::Expired, ProblemState::Ok)],
        );
        assert!(!control.text.contains('\u{1b}') && control.count == 1);
    }
}
