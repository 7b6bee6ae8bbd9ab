//! Carrying out a plan that somebody wants, has read, or has confirmed.

use crate::change::apply::{self, ApplyFault, ChangeOutcome, Receipt, Target};
use crate::change::plan::Plan;
use crate::pipeline::Trouble;
use crate::sys::{Act, Look, Millis};
use std::path::{Path, PathBuf};

/// What came of a plan.
#[derive(Debug, Default)]
pub struct Done {
    /// Name of the apply in the history; `None` if nothing was begun.
    pub id: Option<String>,
    /// What was done, one line each.
    pub applied: Vec<String>,
    /// Files with what became of their change.
    pub entries: Vec<apply::Entry>,
    /// What an interrupted run had left behind and is now in order.
    pub recovered: Option<String>,
    /// Why not all of it could be done.
    pub trouble: Option<Trouble>,
}

/// Makes a plan under the lock and carries it out. `make` gets a reader, and says why if there
/// is to be no plan any more; what is `expected` of it is held for it.
pub fn carry_out(
    act: &mut dyn Act,
    state_dir: &Path,
    lock_timeout: Millis,
    expected: &Plan,
    make: &mut dyn FnMut(&dyn Look) -> Result<Plan, Trouble>,
) -> Done {
    let command = act.host().command.clone();
    let target = Target { state_dir: state_dir.to_owned(), lock_timeout, command };
    let (mut planned, mut refused) = (Vec::new(), None);
    let receipt = apply::apply_holding(act, &target, expected, &mut |reader| match make(reader) {
        Ok(plan) => {
            planned = plan.changes.iter().map(|change| (change.path.clone(), reasons_of(change))).collect();
            plan
        }
        Err(why) => {
            refused = Some(why);
            Plan::default()
        }
    });
    match receipt {
        Ok(receipt) => done(receipt, &planned, refused),
        Err(fault) => Done { trouble: Some(Trouble::Apply(fault)), ..Done::default() },
    }
}

fn reasons_of(change: &crate::change::plan::Change) -> Vec<String> {
    change.reasons.iter().map(|reason| reason.what.clone()).collect()
}

fn done(receipt: Receipt, planned: &[(PathBuf, Vec<String>)], refused: Option<Trouble>) -> Done {
    let failure: Option<ApplyFault> = receipt.failure().cloned();
    let is_done = |path: &PathBuf| {
        receipt.entries.iter().any(|entry| entry.path == *path && entry.outcome == ChangeOutcome::Done)
    };
    let mut applied: Vec<String> = Vec::new();
    for reason in planned.iter().filter(|(path, _)| is_done(path)).flat_map(|(_, reasons)| reasons) {
        if !applied.contains(reason) {
            applied.push(reason.clone());
        }
    }
    Done {
        id: receipt.id,
        applied,
        entries: receipt.entries,
        recovered: receipt.recovered.map(|recovered| recovered.to_string()),
        trouble: refused.or_else(|| failure.map(Trouble::Apply)),
    }
}
