//! Keeping the gateway out of the files of a plan while it is made and carried out: its locks, and the look
//! whether the plan still fits once they are had.

use crate::change::apply::lock::{StateLock, refuse_link_of_others};
use crate::change::apply::write::{self, WriteStep};
use crate::change::apply::{ApplyFault, backup};
use crate::change::plan::{Action, Change, Lock, Plan};
use crate::sys::Files;
use std::path::Path;

/// Takes the gateway's locks of all that the plan is about, so that it stays as it is, and prepares the
/// plan; `None` if it has to be made again, because something changed before the locks were had.
pub(super) fn prepared(
    act: &mut dyn Files,
    lock: &mut StateLock,
    plan: Plan,
    (state_dir, id): (&Path, &str),
) -> Result<Option<Vec<WriteStep>>, ApplyFault> {
    backup::refuse_foreign(act, state_dir)?;
    hold(act, lock, &plan)?;
    match write::prepare(act, plan, state_dir, id) {
        Err(ApplyFault::Stale { .. }) if lock.wait(act) => Ok(None),
        prepared => prepared.map(Some),
    }
}

/// Takes the gateway's locks of all files that the plan writes, but for what is in a directory that is not
/// there yet, or that goes: with our lock in it, it could not.
pub(super) fn hold(act: &mut dyn Files, lock: &mut StateLock, plan: &Plan) -> Result<(), ApplyFault> {
    for change in &plan.changes {
        refuse_link_of_others(act, &change.path, &change.target(act))?;
    }
    for change in plan.changes.iter().filter(|change| change.lock != Lock::None) {
        let target = change.target(act);
        let goes = |other: &Change| {
            matches!(other.action, Action::RemoveDir | Action::Move(_)) && target.starts_with(&other.path)
        };
        let is_text = matches!(change.action, Action::Create(_) | Action::Update(_) | Action::Remove);
        let is_there = target.parent().is_some_and(|dir| act.stat(dir).is_some());
        if is_text && is_there && !lock.has_store(&target) && !plan.changes.iter().any(goes) {
            lock.take_store(act, &target, change.lock)?;
        }
    }
    Ok(())
}
