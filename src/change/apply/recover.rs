//! Bringing an apply that was cut short (by a kill, a crash, a full disk) to its end: its staged
//! files go, and the journal says how its files were found. Nothing is redone or undone; the
//! plan that is made next starts from what is there.

use crate::change::apply::journal::writer::Journal;
use crate::change::apply::journal::{Begin, Ended, Line, PlannedChange, Verb};
use crate::change::apply::{ApplyFault, FoundAs, Recovered};
use crate::sys::digest::sha256;
use crate::sys::{Files, Look, Reading};
use std::path::{Path, PathBuf};

/// Ends the last apply in the journal, if it has no end.
pub(super) fn recover(act: &mut dyn Files, journal: &mut Journal) -> Result<Option<Recovered>, ApplyFault> {
    let Some(begin) = journal.interrupted().cloned() else { return Ok(None) };
    let removed = remove_staged(act, &begin);
    let found: Vec<_> = begin.changes.iter().map(|planned| found(act, planned)).collect();
    let outcomes = found.iter().map(|&found| Ended::from(found)).collect();
    let end = Line::End { id: begin.id.clone(), time: act.clock(), recovered: true, outcomes };
    journal.write(act, &end)?;
    let actions = begin.changes.iter().map(|planned| planned.action).collect();
    let files = begin.changes.into_iter().map(|planned| planned.path).zip(found).collect();
    Ok(Some(Recovered { id: begin.id, command: begin.command, files, actions, removed }))
}

fn remove_staged(act: &mut dyn Files, begin: &Begin) -> Vec<PathBuf> {
    let mut removed = Vec::new();
    for planned in &begin.changes {
        let Some(staged) = planned.staged.as_deref().filter(|staged| is_staged_name(staged, &planned.target))
        else {
            continue;
        };
        if act.stat(staged).is_some() && act.remove(staged).is_ok() {
            removed.push(staged.to_owned());
        }
    }
    removed
}

/// Whether we could have made it. The journal is a file like any other; it must not be able to
/// make us remove what is not ours.
fn is_staged_name(staged: &Path, target: &Path) -> bool {
    let name = staged.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with('.')
        && name.ends_with(crate::change::apply::write::STAGED)
        && staged.parent() == target.parent()
}

/// How the file of a change that was begun is found.
pub(super) fn found(look: &dyn Look, planned: &PlannedChange) -> FoundAs {
    match (planned.action, &planned.to) {
        (Verb::Move, Some(to)) => match (look.stat(&planned.target), look.stat(to)) {
            (Some(_), None) => FoundAs::Old,
            (None, Some(_)) => FoundAs::New,
            _ => FoundAs::Other,
        },
        (Verb::MakeDir | Verb::RemoveDir, _) => {
            let wanted = planned.action == Verb::MakeDir;
            match look.stat(&planned.target) {
                Some(stat) if !stat.is_dir => FoundAs::Other,
                there if there.is_some() == wanted => FoundAs::New,
                _ => FoundAs::Old,
            }
        }
        (Verb::Chmod, _) => match look.stat(&planned.target).map(|stat| stat.mode) {
            mode if mode == planned.after.as_ref().map(|after| after.mode) => FoundAs::New,
            mode if mode == planned.before.as_ref().map(|before| before.mode) => FoundAs::Old,
            _ => FoundAs::Other,
        },
        _ => found_bytes(look, planned),
    }
}

fn found_bytes(look: &dyn Look, planned: &PlannedChange) -> FoundAs {
    let now = match look.read(&planned.target, crate::change::apply::write::MAX_BYTES) {
        Reading::Absent => None,
        Reading::File(bytes, stat) => Some((Some(sha256(bytes.expose())), stat.mode)),
        Reading::Fault(..) | Reading::TooLarge(_) => return FoundAs::Other,
    };
    let before = planned.before.as_ref().map(|before| (before.sha256.clone(), before.mode));
    let after = planned.after.as_ref().map(|after| (after.sha256.clone(), after.mode));
    let same_bytes = |other: &Option<(Option<String>, u32)>| {
        now.as_ref().map(|(sha256, _)| sha256) == other.as_ref().map(|(sha256, _)| sha256)
    };
    // The mode decides where only the mode was to change; else it may have changed since.
    if now == after {
        FoundAs::New
    } else if now == before || same_bytes(&before) {
        FoundAs::Old
    } else if same_bytes(&after) {
        FoundAs::New
    } else {
        FoundAs::Other
    }
}

impl From<FoundAs> for Ended {
    fn from(found: FoundAs) -> Self {
        match found {
            FoundAs::Old => Self::Old,
            FoundAs::New => Self::New,
            FoundAs::Other => Self::Other,
        }
    }
}
