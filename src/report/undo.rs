//! `undo`: what was taken back, for people and as JSON.

use crate::change::apply::undo::{NotUndone, Refused, Undone};
use crate::change::apply::{ApplyFault, ChangeOutcome, Entry};
use crate::report::error_json::{ErrorBody, REFUSED};
use crate::report::history::shown;
use crate::report::style::{Sign, Style, Tone};
use crate::sys::time::date;
use crate::world::World;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UndoDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The id of what was taken back; null if nothing was.
    pub undid: Option<String>,
    /// The id of this undo, by which it can be undone; null if nothing was written.
    pub id: Option<String>,
    /// One per change, in the order in which they were made.
    pub files: Vec<FileBody>,
    /// Files that are no longer there, so that nothing of them could be taken back.
    pub gone: Vec<String>,
    /// Values that stay as they are, because they were changed since: `FILE: KEY`.
    pub kept: Vec<String>,
    /// An interrupted run that was brought to its end first, in words.
    pub recovered: Option<String>,
    /// Why nothing, or not all, was taken back; null if all was.
    pub error: Option<ErrorBody>,
}

/// What was done to one file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct FileBody {
    /// The file or directory.
    pub path: String,
    /// What was to be done, in words.
    pub what: String,
    /// `done`, `failed` or `notReached`.
    pub outcome: &'static str,
}

/// The undo as a document.
pub(crate) fn document(world: &World, undone: &Undone) -> UndoDocument {
    let labels = Labels::new(world);
    let fault = undone.receipt.failure();
    let error = fault.map(|fault| ErrorBody::of_fault(fault, busy(fault)).map(|text| shown(&labels, &text)));
    let mut document = UndoDocument { schema_version: 1, error, ..UndoDocument::default() };
    document.recovered = undone.receipt.recovered.as_ref().map(|told| shown(&labels, &told.to_string()));
    let path = |path: &std::path::PathBuf| shown(&labels, &path.display().to_string());
    document.undid = Some(undone.undo.id.clone());
    document.id = undone.receipt.id.clone();
    document.gone = undone.undo.gone.iter().map(path).collect();
    let kept =
        |(file, key): &(std::path::PathBuf, String)| shown(&labels, &format!("{}: {key}", file.display()));
    document.kept = undone.undo.kept.iter().map(kept).collect();
    let file = |(entry, what): (&Entry, &String)| FileBody {
        path: path(&entry.path),
        what: shown(&labels, what),
        outcome: match &entry.outcome {
            ChangeOutcome::Done => "done",
            ChangeOutcome::Failed(_) => "failed",
            ChangeOutcome::NotReached => "notReached",
        },
    };
    document.files = undone.receipt.entries.iter().zip(&undone.what).map(file).collect();
    document
}

/// The undo as text: what it was, a line a file, and how to take that back.
pub(crate) fn undone(world: &World, undone: &Undone, style: Style) -> String {
    let labels = Labels::new(world);
    let (undo, receipt) = (&undone.undo, &undone.receipt);
    let name = format!("`{}` of {}", undo.command, date(undo.time));
    let line = |sign: Sign, text: &str| {
        let text = style.wrap(&shown(&labels, text), 4, 4);
        format!("  {} {text}\n", style.sign(sign))
    };
    let title = match (&receipt.id, receipt.failure()) {
        (None, _) => format!("Already undone: {name}"),
        (Some(_), None) if undo.kept.is_empty() => format!("Undone: {name}"),
        (Some(_), _) => format!("Partly undone: {name}"),
    };
    let title = style.wrap(&shown(&labels, &title), 0, 0);
    // Line by line: what is painted is one line.
    let mut out: String =
        title.lines().map(|line| format!("{}\n", style.paint(Tone::Strong, line))).collect();
    for (entry, what) in receipt.entries.iter().zip(&undone.what) {
        out.push_str(&match &entry.outcome {
            ChangeOutcome::Done => line(Sign::Good, what),
            ChangeOutcome::Failed(_) => line(Sign::Bad, &format!("could not {what}")),
            ChangeOutcome::NotReached => line(Sign::Rest, &format!("not tried: {what}")),
        });
    }
    for path in &undo.gone {
        out.push_str(&line(Sign::Soon, &format!("{} no longer exists", world.paths.shown(path))));
    }
    for (path, key) in &undo.kept {
        let what = format!("{key} in {} has changed since and was kept", world.paths.shown(path));
        out.push_str(&line(Sign::Soon, &what));
    }
    if let Some(id) = &receipt.id {
        let command = world.paths.command(&format!("undo {id}"));
        out.push_str(&format!("\nUndo: {}\n", style.paint(Tone::Act, &command)));
    }
    out
}

/// What is not part of the report itself.
pub(crate) fn notes(world: &World, undone: &Result<Undone, Box<NotUndone>>) -> String {
    let labels = Labels::new(world);
    let line = |kind: &str, text: &str| format!("{kind}: {}\n", Style::PLAIN.text(&shown(&labels, text)));
    let mut notes = String::new();
    notes.extend(recovered(undone).map(|text| line("note", &text)));
    notes.extend(trouble(undone).map(|text| line("error", &text)));
    notes
}

fn recovered(undone: &Result<Undone, Box<NotUndone>>) -> Option<String> {
    let recovered = match undone {
        Ok(undone) => &undone.receipt.recovered,
        Err(refused) => &refused.recovered,
    };
    recovered.as_ref().map(ToString::to_string)
}

/// Why nothing, or not all, was taken back.
pub(crate) fn error(world: &World, undone: &Result<Undone, Box<NotUndone>>) -> Option<ErrorBody> {
    let labels = Labels::new(world);
    let why = trouble(undone)?;
    let fault = match undone {
        Ok(undone) => undone.receipt.failure(),
        Err(refused) => match &refused.why {
            Refused::Apply(fault) => Some(fault),
            _ => None,
        },
    };
    let body = match fault {
        Some(fault) => ErrorBody::of_fault(fault, why),
        None => ErrorBody::new(REFUSED, why, None),
    };
    Some(body.map(|text| shown(&labels, &text)))
}

/// A fault of writing, and what to do where another process is at work.
fn busy(fault: &ApplyFault) -> String {
    match fault {
        ApplyFault::LockBusy { .. } | ApplyFault::StoreBusy { .. } => {
            format!("{fault}; try again, or wait longer with --lock-timeout")
        }
        _ => fault.to_string(),
    }
}

fn trouble(undone: &Result<Undone, Box<NotUndone>>) -> Option<String> {
    match undone {
        Ok(undone) => undone.receipt.failure().map(busy),
        Err(refused) => Some(match &refused.why {
            Refused::Apply(fault) => busy(fault),
            why @ Refused::Changed(_) => format!("{why}; --force restores it anyway"),
            why => why.to_string(),
        }),
    }
}
