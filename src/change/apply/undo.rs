//! Taking an earlier apply back: a plan like any other, made from the journal and judged by the
//! files, which goes through the same lock, preconditions, backups and journal.
//!
//! The journal says what was changed; whether that can be taken back is said by what is there
//! now. Where somebody changed a file since, nothing at all is done, unless that is asked for.
//! What is refused because a journal could not truly say it is in [`plausible`].

mod places;
mod plausible;
mod values;
mod verify;

use crate::change::apply::history::{self, Past};
use crate::change::apply::{ApplyFault, Made, Receipt, Recovered, Target};
use crate::change::plan::Plan;
use crate::change::preview::Overlay;
use crate::sys::{Fault, Files, Look, Millis};
use std::fmt;
use std::path::{Path, PathBuf};

/// What is to be taken back.
#[derive(Clone, Debug, Default)]
pub struct UndoRequest {
    /// The id of an apply, or the beginning of just one. Without: the newest apply that is no undo
    /// and left something to be taken back.
    pub id: Option<String>,
    /// Restore files that were changed since, too.
    pub force: bool,
}

/// How an apply would be taken back.
#[derive(Debug)]
pub struct Undo {
    /// Its id.
    pub id: String,
    /// Its command.
    pub command: String,
    /// When it was, in milliseconds since the epoch.
    pub time: Millis,
    /// What is to be done, last change first; empty if all is as it was before.
    pub plan: Plan,
    /// What is no longer there, so that nothing of it can be taken back. Only if forced.
    pub gone: Vec<PathBuf>,
    /// Values that stay as they are, because they were changed since: file and key.
    pub kept: Vec<(PathBuf, String)>,
}

/// An apply that was taken back.
#[derive(Debug)]
pub struct Undone {
    /// Which one; its plan is used up.
    pub undo: Undo,
    /// What was done to each file, in words, in the order of the receipt's entries.
    pub what: Vec<String>,
    /// What became of it.
    pub receipt: Receipt,
}

/// Why nothing was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No apply has such an id.
    Unknown(String),
    /// More than one has an id that begins so.
    Ambiguous(String),
    /// There is no apply that left anything to be taken back.
    Nothing,
    /// The file was changed since.
    Changed(PathBuf),
    /// What is in the place cannot be replaced, with the reason.
    Blocked(PathBuf, Fault),
    /// The bytes that were there before are no longer to be had.
    Backup(PathBuf),
    /// The journal says what cannot be, or somebody else may write it.
    Journal(String),
    /// Reading or writing failed before anything was begun.
    Apply(ApplyFault),
}

/// A refusal, and what else is to be told.
#[derive(Debug)]
pub struct NotUndone {
    /// Why.
    pub why: Refused,
    /// An interrupted run that was brought to its end first.
    pub recovered: Option<Recovered>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "there is no change with the id `{id}`"),
            Self::Ambiguous(id) => write!(f, "more than one change has an id like `{id}`"),
            Self::Nothing => f.write_str("there is nothing to undo"),
            Self::Changed(path) => write!(f, "{} has changed since; nothing was undone", path.display()),
            Self::Blocked(path, what) => write!(f, "{}: {what}; nothing was undone", path.display()),
            Self::Backup(path) => {
                write!(f, "the backup of {} is missing or damaged; nothing was undone", path.display())
            }
            Self::Journal(what) => write!(f, "the journal cannot be trusted: {what}; nothing was undone"),
            Self::Apply(fault) => write!(f, "{fault}"),
        }
    }
}

impl std::error::Error for Refused {}

impl From<ApplyFault> for Refused {
    fn from(fault: ApplyFault) -> Self {
        Self::Apply(fault)
    }
}

/// How the apply that is wished for would be taken back. Writes nothing.
///
/// # Errors
/// If it must not be, or there is none.
pub fn plan(look: &dyn Look, state_dir: &Path, proposal: &UndoRequest) -> Result<Undo, Refused> {
    let past = history::read(look, state_dir)?;
    if !past.is_empty() {
        plausible::journal(look, state_dir)?;
    }
    if let Some(id) = &proposal.id {
        return whole_plan(look, state_dir, named(&past, id)?, proposal.force);
    }
    let candidates = past.iter().filter(|past| past.begin.undoes.is_none() && past.undone_by.is_none());
    for past in candidates {
        let undo = whole_plan(look, state_dir, past, proposal.force)?;
        // What never came to anything, or was taken back by hand, is passed over.
        if !undo.plan.changes.is_empty() {
            return Ok(undo);
        }
    }
    Err(Refused::Nothing)
}

/// The plan for one apply, refused where it would not take all back: a place that was used for several things
/// can look as if it did.
fn whole_plan(look: &dyn Look, state_dir: &Path, past: &Past, force: bool) -> Result<Undo, Refused> {
    let undo = verify::undo(look, state_dir, past, force)?;
    if !force {
        let then = verify::undo(&Overlay::new(look, &undo.plan), state_dir, past, force);
        let left = then.ok().and_then(|then| then.plan.changes.into_iter().next());
        if let Some(change) = left {
            return Err(Refused::Changed(change.path));
        }
    }
    Ok(undo)
}

fn named<'a>(past: &'a [Past], id: &str) -> Result<&'a Past, Refused> {
    if let Some(past) = past.iter().find(|one| short(past, one) == Some(id)) {
        return Ok(past);
    }
    let mut like = past.iter().filter(|past| !id.is_empty() && past.begin.id.starts_with(id));
    let exact = past.iter().filter(|past| past.begin.id == id).count() == 1;
    match (like.clone().find(|past| exact && past.begin.id == id), like.next(), like.next()) {
        (Some(past), ..) | (None, Some(past), None) => Ok(past),
        (None, None, _) => Err(Refused::Unknown(id.to_owned())),
        (None, Some(_), Some(_)) => Err(Refused::Ambiguous(id.to_owned())),
    }
}

/// The number at the end of an id, where no other has it: enough to name it.
pub(crate) fn short<'a>(all: &[Past], past: &'a Past) -> Option<&'a str> {
    let number = |past: &'a Past| Some(past.begin.id.rsplit_once('-')?.1);
    let own = number(past)?;
    let others =
        all.iter().filter(|past| past.begin.id.rsplit_once('-').is_some_and(|(_, number)| number == own));
    (others.count() == 1).then_some(own)
}

/// Takes an apply back. What an interrupted predecessor left is brought to its end first. Where
/// there is nothing to be done, nothing is written, and the receipt has no id.
///
/// # Errors
/// If it must not be taken back, or nothing of it was begun. Once a change is begun, faults are
/// in the [`Receipt`]; see [`Receipt::failure`].
pub fn undo(act: &mut dyn Files, to: &Target, proposal: &UndoRequest) -> Result<Undone, Box<NotUndone>> {
    let foreseen = plan(act, &to.state_dir, proposal);
    let has_work = foreseen.as_ref().is_ok_and(|undo| !undo.plan.changes.is_empty());
    if !has_work && !is_unfinished(act, &to.state_dir) {
        let nothing = Receipt { id: None, entries: Vec::new(), recovered: None, fault: None };
        return whole(act, &to.state_dir, proposal, told(foreseen, Vec::new(), nothing));
    }
    // No lock is held while it is planned: a directory with our own lock in it would not be empty.
    let expected = Plan::default();
    let (mut planned, mut what) = (Err(Refused::Nothing), Vec::new());
    let receipt = crate::change::apply::locked(act, to, &expected, &mut |look| {
        planned = plan(look, &to.state_dir, proposal);
        let Ok(undo) = &mut planned else { return Made::default() };
        let plan = std::mem::take(&mut undo.plan);
        what = plan.changes.iter().map(words).collect();
        Made { plan, undoes: Some(undo.id.clone()) }
    });
    match receipt {
        Ok(receipt) => whole(act, &to.state_dir, proposal, told(planned, what, receipt)),
        Err(fault) => Err(Box::new(NotUndone { why: fault.into(), recovered: None })),
    }
}

/// The same, but a failure if there is still something to be taken back: a file that could not be read for a
/// moment looks like one that is as it was.
fn whole(
    look: &dyn Look,
    state_dir: &Path,
    proposal: &UndoRequest,
    undone: Result<Undone, Box<NotUndone>>,
) -> Result<Undone, Box<NotUndone>> {
    let mut undone = undone?;
    let id = Some(undone.undo.id.clone());
    let again = plan(look, state_dir, &UndoRequest { id, ..proposal.clone() });
    let left = again.ok().and_then(|again| again.plan.changes.into_iter().next());
    if let (Some(change), None) = (left, undone.receipt.failure()) {
        undone.receipt.fault = Some(ApplyFault::Stale { path: change.path });
    }
    Ok(undone)
}

/// Whether there is something of a predecessor to be brought to its end first.
fn is_unfinished(look: &dyn Look, state_dir: &Path) -> bool {
    let past = history::read(look, state_dir).unwrap_or_default();
    crate::change::apply::is_unfinished(look, state_dir)
        || past.first().is_some_and(|last| last.end.is_none())
}

fn told(
    planned: Result<Undo, Refused>,
    what: Vec<String>,
    receipt: Receipt,
) -> Result<Undone, Box<NotUndone>> {
    match planned {
        Ok(undo) => Ok(Undone { undo, what, receipt }),
        Err(why) => Err(Box::new(NotUndone { why, recovered: receipt.recovered })),
    }
}

fn words(change: &crate::change::plan::Change) -> String {
    change.reasons.iter().map(|reason| reason.what.as_str()).collect::<Vec<_>>().join("; ")
}
