//! `history`: what was changed and how that ended, for people and as JSON.

use crate::change::apply::history::Past;
use crate::change::apply::journal::Ended;
use crate::change::apply::undo::short;
use crate::doc::redact;
use crate::report::style::{Sign, Style, Tone};
use crate::report::words;
use crate::sys::Millis;
use crate::sys::time::date;
use crate::world::World;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// One per command that changed something, newest first.
    pub entries: Vec<EntryBody>,
}

/// What one command changed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryBody {
    /// Its id, for `zirkabot undo`.
    pub id: String,
    /// When it began, in milliseconds since the epoch.
    pub time: Millis,
    /// The command, without values.
    pub command: String,
    /// `done`, `failed`, `interrupted` or `unfinished`.
    pub state: &'static str,
    /// The state in words.
    pub detail: String,
    /// The id of what it took back, if it is an undo.
    pub undoes: Option<String>,
    /// The id of what took it back, if that still holds.
    pub undone_by: Option<String>,
    /// One per change.
    pub files: Vec<FileBody>,
}

/// What was changed of one file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileBody {
    /// The file or directory.
    pub path: String,
    /// `create`, `update`, `chmod`, `remove`, `makeDir`, `removeDir` or `move`.
    pub action: String,
    /// Where it was moved to.
    pub to: Option<String>,
    /// Why, one an edit.
    pub reasons: Vec<String>,
}

/// A text of the journal without what is known, or looks, as if it were secret.
pub(super) fn shown(labels: &Labels, text: &str) -> String {
    redact::redact(labels.scrub(text))
}

/// The history as a document.
pub(crate) fn document(world: &World, past: &[Past]) -> HistoryDocument {
    let labels = Labels::new(world);
    HistoryDocument { schema_version: 1, entries: past.iter().map(|past| body(past, &labels)).collect() }
}

fn body(past: &Past, labels: &Labels) -> EntryBody {
    let begin = &past.begin;
    let path = |path: &std::path::PathBuf| shown(labels, &path.display().to_string());
    let files = begin.changes.iter().map(|planned| FileBody {
        path: path(&planned.path),
        action: serde_json::to_value(planned.action)
            .ok()
            .and_then(|action| action.as_str().map(str::to_owned))
            .unwrap_or_default(),
        to: planned.to.as_ref().map(path),
        reasons: planned.reasons.iter().map(|reason| shown(labels, reason)).collect(),
    });
    let (state, detail) = state(past);
    EntryBody {
        id: shown(labels, &begin.id),
        time: begin.time,
        command: shown(labels, &begin.command),
        state,
        detail: shown(labels, &detail),
        undoes: begin.undoes.as_ref().map(|id| shown(labels, id)),
        undone_by: past.undone_by.as_ref().map(|id| shown(labels, id)),
        files: files.collect(),
    }
}

/// The history as text: a line a command, and below it what was done.
pub(crate) fn history(world: &World, past: &[Past], style: Style) -> String {
    if past.is_empty() {
        return "No changes yet\n".to_owned();
    }
    let labels = Labels::new(world);
    let mut out = String::new();
    for one in past {
        let id = short(past, one).unwrap_or(&one.begin.id);
        out.push_str(&entry(one, id, &labels, style));
    }
    let command = world.paths.command("undo");
    out.push_str(&format!("\nTo undo a change: {}\n", style.paint(Tone::Act, &format!("{command} ID"))));
    out
}

fn entry(past: &Past, id: &str, labels: &Labels, style: Style) -> String {
    let begin = &past.begin;
    let head = format!("{id}  {}  {}", date(begin.time), begin.command);
    let head = style.wrapped(Tone::Strong, &shown(labels, &head), 2, 4);
    let mut out = format!("{} {head}\n", style.sign(sign(past)));
    let line = |text: &str| format!("    {}\n", style.wrap(&shown(labels, text), 4, 4));
    let changes = words::count(begin.changes.len(), "change");
    let mut detail = format!("{changes}, {}", state(past).1);
    if let Some(id) = &begin.undoes {
        detail.push_str(&format!("; undid {id}"));
    }
    if let Some(id) = &past.undone_by {
        detail.push_str(&format!("; undone by {id}"));
    }
    out.push_str(&line(&detail));
    let mut reasons: Vec<&String> = Vec::new();
    for reason in begin.changes.iter().flat_map(|planned| &planned.reasons) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    out.extend(reasons.into_iter().map(|reason| line(reason)));
    out
}

fn sign(past: &Past) -> Sign {
    match state(past).0 {
        _ if past.undone_by.is_some() => Sign::Rest,
        "done" => Sign::Good,
        "failed" => Sign::Bad,
        _ => Sign::Soon,
    }
}

/// How it ended, in one word and in several.
fn state(past: &Past) -> (&'static str, String) {
    let Some(end) = &past.end else { return ("unfinished", "not finished".to_owned()) };
    let count = |ended: Ended| end.outcomes.iter().filter(|outcome| **outcome == ended).count();
    if end.recovered {
        let found = [(Ended::New, "as planned"), (Ended::Old, "as before"), (Ended::Other, "otherwise")];
        let found = found.into_iter().filter(|(ended, _)| count(*ended) > 0);
        let found: Vec<_> = found.map(|(ended, word)| format!("{} {word}", count(ended))).collect();
        return ("interrupted", format!("interrupted; found {}", found.join(", ")));
    }
    match &past.failed {
        Some((_, why)) => {
            let (done, all) = (count(Ended::Done), end.outcomes.len());
            ("failed", format!("failed after {done} of {all}: {why}"))
        }
        None if past.is_whole() => ("done", "done".to_owned()),
        None => ("failed", "failed".to_owned()),
    }
}
