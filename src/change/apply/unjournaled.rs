//! Changes that are noted and not recorded: what happens many times a day, and what nobody can want
//! to have back, as a renewed login or how often a credential failed. The same locks, preconditions and
//! atomic writes; no journal, no backup, no place in the history.
//!
//! A kill between two files leaves one of them as it was: whoever notes something in several files
//! has to be able to do it again.

use crate::change::apply::journal::writer::Journal;
use crate::change::apply::lock::StateLock;
use crate::change::apply::{ApplyFault, ChangeOutcome, Target, make_dirs, recover, write};
use crate::change::plan::Plan;
use crate::sys::{Files, Look};

/// What stands for the id in names of staged files: always the same, so that what a killed
/// predecessor left is known.
const NOTE: &str = "note";

/// Makes a plan under the lock and carries it out up to the first fault. An empty plan writes nothing.
///
/// # Errors
/// The first fault.
pub(crate) fn note(
    act: &mut dyn Files,
    to: &Target,
    make: &mut dyn FnMut(&dyn Look) -> Plan,
) -> Result<(), ApplyFault> {
    make_dirs(act, &to.state_dir, 0o700)?;
    let mut lock = StateLock::take(act, to)?;
    let noted = under_lock(act, to, &mut lock, make);
    lock.release();
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
    let mut steps = write::prepare(act, make(act), &to.state_dir, NOTE)?;
    for step in &mut steps {
        step.planned.backup = None;
        if step.planned.staged.is_some() {
            let name = step.planned.target.file_name().unwrap_or_default().to_string_lossy();
            let staged = step.planned.target.with_file_name(format!(".{name}.{NOTE}{}", write::STAGED));
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
