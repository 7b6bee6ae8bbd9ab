//! Changes that are noted and not recorded: what happens many times a day, and what nobody can want
//! to have back, as a renewed login or how often a credential failed. The same locks, preconditions and
//! atomic writes; no journal, no backup, no place in the history.
//!
//! A kill between two files leaves one of them as it was: whoever notes something in several files
//! has to be able to do it again.

use crate::change::apply::hold::{hold, prepared};
use crate::change::apply::journal::writer::Journal;
use crate::change::apply::lock::StateLock;
use crate::change::apply::{ApplyFault, ChangeOutcome, Target, backup, make_dirs, recover, write};
use crate::change::plan::Plan;
use crate::sys::{Files, Look};
use std::path::{Path, PathBuf};

/// What stands for the id in names of staged files: always the same, so that what a killed
/// predecessor left is known.
const NOTE: &str = "note";

/// Removes what a killed predecessor left beside these files, if our own files are fit to write with.
///
/// # Errors
/// If the lock is not to be had, or the journal or the backups are not ours.
pub(crate) fn clear(act: &mut dyn Files, to: &Target, files: &[PathBuf]) -> Result<(), ApplyFault> {
    let lock = StateLock::take(act, to)?;
    let journal = backup::refuse_foreign(act, &to.state_dir).and_then(|()| Journal::open(act, &to.state_dir));
    for file in files {
        let _ = act.remove(&staged_for(&act.resolve(file)));
    }
    lock.release(act);
    journal.map(drop)
}

/// Where the new text of a file is prepared.
fn staged_for(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{NOTE}{}", write::STAGED))
}

/// Makes a plan under the lock, and the gateway's locks of what is `expected` of it, and carries it out up to
/// the first fault. An empty plan writes nothing.
///
/// # Errors
/// The first fault.
pub(crate) fn note(
    act: &mut dyn Files,
    to: &Target,
    expected: &Plan,
    make: &mut dyn FnMut(&dyn Look) -> Plan,
) -> Result<(), ApplyFault> {
    make_dirs(act, &to.state_dir, 0o700)?;
    let mut lock = StateLock::take(act, to)?;
    let held = hold(act, &mut lock, expected);
    let noted = loop {
        if let Err(fault) = held {
            break Err(fault);
        }
        match under_lock(act, to, &mut lock, make) {
            // Somebody who keeps no lock was quicker.
            Err(ApplyFault::Stale { .. }) if lock.wait(act) => {}
            noted => break noted,
        }
    };
    lock.release(act);
    noted
}

fn under_lock(
    act: &mut dyn Files,
    to: &Target,
    lock: &mut StateLock,
    make: &mut dyn FnMut(&dyn Look) -> Plan,
) -> Result<(), ApplyFault> {
    let mut journal = Journal::open(act, &to.state_dir)?;
    recover::recover(act, &mut journal)?;
    let mut steps = loop {
        let plan = make(act);
        if let Some(steps) = prepared(act, lock, plan, (&to.state_dir, NOTE))? {
            break steps;
        }
    };
    for step in &mut steps {
        step.planned.backup = None;
        step.after = None;
        if step.planned.staged.is_some() {
            let staged = staged_for(&step.planned.target);
            let _ = act.remove(&staged);
            step.planned.staged = Some(staged);
        }
    }
    for step in &steps {
        if let ChangeOutcome::Failed(fault) = write::perform(act, lock, step) {
            return Err(fault);
        }
    }
    Ok(())
}
