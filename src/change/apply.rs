//! Apply: the only writer. It is handed a way to make a plan, makes it under the lock, and
//! carries it out file by file; it decides nothing.
//!
//! Order of things, so that a kill at any point needs no repair by hand:
//! 1. `lock`: the kernel lock on `$STATE/.lock`; lock directories of a killed predecessor go;
//! 2. `recover`: what a killed predecessor left in the journal is brought to its end;
//! 3. the plan is made afresh, and every precondition is checked;
//! 4. `journal`: what is about to be done is written down, durable, before anything is done;
//! 5. `write`: per file, lock of the gateway → precondition → backup → staged → parsed → renamed;
//! 6. `journal` again, and `backup` lets go of old backups.
//!
//! The first failure stops. The next run starts from what it sees.

mod backup;
mod exchange;
pub(crate) mod history;
mod hold;
pub(crate) mod id;
pub mod journal;
mod lock;
pub(crate) mod pending_file;
mod recover;
pub(crate) mod state_file;
pub mod undo;
pub(crate) mod unjournaled;
mod words;
mod write;

use crate::change::apply::hold::{hold, prepared};
use crate::change::apply::journal::writer::Journal;
use crate::change::apply::journal::{Begin, Ended, Line, Verb};
use crate::change::apply::lock::StateLock;
use crate::change::apply::write::WriteStep;
use crate::change::plan::{Action, Change, Plan};
use crate::sys::{Fault, Files, Look, Millis};
use std::io;
use std::path::{Path, PathBuf};

/// Where, and on whose behalf, a plan is applied.
#[derive(Clone, Debug)]
pub struct Target {
    /// `$STATE`: lock, journal and backups are kept here. Made with 0o700 if missing.
    pub state_dir: PathBuf,
    /// Longest time to wait for locks.
    pub lock_timeout: Millis,
    /// The command, without secrets, for the journal and for whoever waits for our lock.
    pub command: crate::sys::command_line::CommandLine,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Name of this apply in the journal; `None` if there was nothing to do.
    pub id: Option<String>,
    /// One per change, in order.
    pub entries: Vec<Entry>,
    /// The earlier apply that had been cut short and was brought to its end, if there was one.
    pub recovered: Option<Recovered>,
    /// The journal could not be continued; the entries still tell the truth.
    pub fault: Option<ApplyFault>,
}

/// What became of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file as the user knows it.
    pub path: PathBuf,
    /// What became of it.
    pub outcome: ChangeOutcome,
}

/// How a change ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// The file is as planned, durably.
    Done,
    /// It could not be done; unless the fault came after the rename, the file is as it was.
    Failed(ApplyFault),
    /// An earlier change failed first.
    NotReached,
}

/// An apply that was cut short, as its successor found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Its id.
    pub id: String,
    /// Its command.
    pub command: String,
    /// Its files, and how each was found.
    pub files: Vec<(PathBuf, FoundAs)>,
    /// What was to be done to each.
    pub actions: Vec<Verb>,
    /// Staged files of it that were removed.
    pub removed: Vec<PathBuf>,
}

/// How a file of an interrupted apply was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundAs {
    /// As it was before.
    Old,
    /// As it was to be.
    New,
    /// Neither: somebody changed it later.
    Other,
}

/// Who holds the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Its command, without secrets.
    pub command: String,
}

/// Why a plan, or a change of it, was not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyFault {
    /// Another process of ours was at work for all of the time limit.
    LockBusy {
        /// Who it is, if it said so.
        holder: Option<Holder>,
    },
    /// Another program held the lock directory of a store for all of the time limit.
    StoreBusy {
        /// The lock directory.
        lock: PathBuf,
    },
    /// The file is not as it was when the plan was made.
    Stale {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        what: Fault,
    },
    /// It is the home of another program, which keeps its credentials in a database.
    NotOurHome {
        /// The program.
        program: &'static str,
        /// The database.
        database: PathBuf,
    },
    /// The new text would not be readable; the file is as it was.
    Parse {
        /// The file.
        path: PathBuf,
    },
}

impl Receipt {
    /// The first thing that went wrong, if anything did.
    pub fn failure(&self) -> Option<&ApplyFault> {
        let failed = self.entries.iter().find_map(|entry| match &entry.outcome {
            ChangeOutcome::Failed(fault) => Some(fault),
            ChangeOutcome::Done | ChangeOutcome::NotReached => None,
        });
        failed.or(self.fault.as_ref())
    }
}

impl ApplyFault {
    /// Makes a fault of an error of the operating system about `path`.
    fn at(path: &Path) -> impl Fn(io::Error) -> Self {
        |error| Self::Io { path: path.to_owned(), what: Fault::of(&error) }
    }
}

impl std::error::Error for ApplyFault {}

/// Makes a plan under the lock and carries it out; an empty plan writes nothing. `make` is called
/// when nobody else of ours can be writing; if there is no state directory yet, before it is made.
///
/// # Errors
/// If nothing of the plan was begun: a lock was not to be had, a precondition did not hold, or the
/// state directory or its journal cannot be written. Once a change is begun, faults are in the
/// [`Receipt`]; see [`Receipt::failure`].
pub fn apply(
    act: &mut dyn Files,
    to: &Target,
    make: &mut dyn FnMut(&dyn Look) -> Plan,
) -> Result<Receipt, ApplyFault> {
    let nothing = Plan::default();
    apply_holding(act, to, &nothing, make)
}

/// [`apply`], with the gateway's locks of what is `expected` to be changed taken before the plan is made, so
/// that it is made of files that nobody is writing.
///
/// # Errors
/// As for [`apply`].
pub fn apply_holding(
    act: &mut dyn Files,
    to: &Target,
    expected: &Plan,
    make: &mut dyn FnMut(&dyn Look) -> Plan,
) -> Result<Receipt, ApplyFault> {
    locked(act, to, expected, &mut |look| Made { plan: make(look), undoes: None })
}

/// A plan that was made under the lock.
#[derive(Default)]
struct Made {
    plan: Plan,
    /// The apply that it undoes.
    undoes: Option<String>,
}

fn locked(
    act: &mut dyn Files,
    to: &Target,
    expected: &Plan,
    make: &mut dyn FnMut(&dyn Look) -> Made,
) -> Result<Receipt, ApplyFault> {
    if act.stat(&to.state_dir).is_none() {
        return first(act, to, make);
    }
    let mut lock = StateLock::take(act, to)?;
    let held = hold(act, &mut lock, expected);
    let receipt = held.and_then(|()| again(act, to, &mut lock, make));
    lock.release(act);
    receipt
}

/// The first apply of all: where nothing is yet, there is nothing to lock, and an empty plan must
/// not make anything. The state directory itself may be in the plan.
fn first(
    act: &mut dyn Files,
    to: &Target,
    make: &mut dyn FnMut(&dyn Look) -> Made,
) -> Result<Receipt, ApplyFault> {
    let mut made = make(act);
    if made.plan.changes.is_empty() {
        return Ok(Receipt { id: None, entries: Vec::new(), recovered: None, fault: None });
    }
    make_dirs(act, &to.state_dir, 0o700)?;
    let is_state = |change: &Change| matches!(change.action, Action::MakeDir) && change.path == to.state_dir;
    let planned = made.plan.changes.iter().any(is_state);
    made.plan.changes.retain(|change| !is_state(change));
    let state = Entry { path: to.state_dir.clone(), outcome: ChangeOutcome::Done };
    let mut lock = StateLock::take(act, to)?;
    // Another run may have been quicker: then it is planned anew, unless it was about the directory.
    let quicker = act.stat(&journal::path_in(&to.state_dir)).is_some();
    let mut made = Some(made).filter(|_| planned || !quicker);
    let receipt = again(act, to, &mut lock, &mut |look| made.take().unwrap_or_else(|| make(look)));
    lock.release(act);
    let mut receipt = receipt?;
    if planned {
        receipt.entries.insert(0, state);
    }
    Ok(receipt)
}

/// Whether a killed or hindered predecessor left something to be brought to its end, as far as
/// can be seen without the lock. True also while one is at work.
pub fn is_unfinished(look: &dyn Look, state_dir: &Path) -> bool {
    lock::has_record(look, state_dir)
}

/// Brings to its end what a predecessor left; does not wait for one that is still at work.
///
/// # Errors
/// As for [`apply`].
pub fn finish(act: &mut dyn Files, to: &Target) -> Result<Option<Recovered>, ApplyFault> {
    let at_once = Target { lock_timeout: 0, ..to.clone() };
    apply(act, &at_once, &mut |_| Plan::default()).map(|receipt| receipt.recovered)
}

/// Plans again, as long as there is time, when somebody who keeps no lock was quicker.
fn again(
    act: &mut dyn Files,
    to: &Target,
    lock: &mut StateLock,
    make: &mut dyn FnMut(&dyn Look) -> Made,
) -> Result<Receipt, ApplyFault> {
    let mut recovered = None;
    loop {
        let receipt = under_lock(act, to, lock, make)?;
        let is_stale = matches!(receipt.failure(), Some(ApplyFault::Stale { .. }));
        let is_begun = receipt.entries.iter().any(|entry| entry.outcome == ChangeOutcome::Done);
        recovered = receipt.recovered.clone().or(recovered);
        if !is_stale || is_begun || !lock.wait(act) {
            return Ok(Receipt { recovered, ..receipt });
        }
    }
}

fn under_lock(
    act: &mut dyn Files,
    to: &Target,
    lock: &mut StateLock,
    make: &mut dyn FnMut(&dyn Look) -> Made,
) -> Result<Receipt, ApplyFault> {
    let mut journal = Journal::open(act, &to.state_dir)?;
    let recovered = recover::recover(act, &mut journal)?;
    let id = journal.next_id(act);
    let (steps, undoes) = loop {
        let Made { plan, undoes } = make(act);
        if plan.changes.is_empty() {
            return Ok(Receipt { id: None, entries: Vec::new(), recovered, fault: None });
        }
        if let Some(steps) = prepared(act, lock, plan, (&to.state_dir, &id))? {
            break (steps, undoes);
        }
    };
    let begin = begin(act, to, &id, undoes, &steps);
    journal.write(act, &begin)?;
    let (entries, fault) = perform_all(act, lock, &mut journal, &id, &steps);
    backup::prune(act, &to.state_dir);
    Ok(Receipt { id: Some(id), entries, recovered, fault })
}

fn begin(act: &dyn Files, to: &Target, id: &str, undoes: Option<String>, steps: &[WriteStep]) -> Line {
    Line::Begin(Begin {
        id: id.to_owned(),
        time: act.clock(),
        command: to.command.to_string(),
        pid: act.host().pid,
        undoes,
        changes: steps.iter().map(|step| step.planned.clone()).collect(),
    })
}

/// All steps up to the first fault, each journaled when done.
fn perform_all(
    act: &mut dyn Files,
    lock: &mut StateLock,
    journal: &mut Journal,
    id: &str,
    steps: &[WriteStep],
) -> (Vec<Entry>, Option<ApplyFault>) {
    let mut entries = Vec::new();
    let mut fault = None;
    let mut stopped = false;
    for (n, step) in steps.iter().enumerate() {
        let path = step.change.path.clone();
        let outcome = if stopped { ChangeOutcome::NotReached } else { write::perform(act, lock, step) };
        if let Some(line) = line_of(id, n, &outcome) {
            fault = journal.write(act, &line).err();
        }
        stopped |= outcome != ChangeOutcome::Done || fault.is_some();
        entries.push(Entry { path, outcome });
    }
    let outcomes = entries.iter().map(|entry| Ended::from(&entry.outcome)).collect();
    let end = Line::End { id: id.to_owned(), time: act.clock(), recovered: false, outcomes };
    // After a fault of the journal itself no end is written: the next run looks for itself.
    let fault = fault.or_else(|| journal.write(act, &end).err());
    (entries, fault)
}

fn line_of(id: &str, n: usize, outcome: &ChangeOutcome) -> Option<Line> {
    match outcome {
        ChangeOutcome::Done => Some(Line::Done { id: id.to_owned(), n }),
        ChangeOutcome::Failed(why) => Some(Line::Failed { id: id.to_owned(), n, why: why.to_string() }),
        ChangeOutcome::NotReached => None,
    }
}

/// Makes a directory and those above it, each durable, where missing.
fn make_dirs(act: &mut dyn Files, dir: &Path, mode: u32) -> Result<(), ApplyFault> {
    if dir.as_os_str().is_empty() || act.stat(dir).is_some_and(|stat| stat.is_dir) {
        return Ok(());
    }
    let parent = dir.parent().unwrap_or(Path::new("/"));
    make_dirs(act, parent, mode)?;
    act.make_dir(dir, mode).map_err(ApplyFault::at(dir))?;
    act.sync_dir(parent).map_err(ApplyFault::at(parent))
}

/// Writes a small file of our own anew: it is old or new, and durable, at any moment.
fn write_own(act: &mut dyn Files, path: &Path, bytes: &[u8]) -> Result<(), ApplyFault> {
    let (dir, name) = (path.parent().unwrap_or(Path::new("/")), path.file_name().unwrap_or_default());
    let staged = dir.join(format!(".{}{}", name.to_string_lossy(), write::STAGED));
    // Of a predecessor that was killed; we have the lock.
    let _ = act.remove(&staged);
    act.create(&staged, 0o600, None, bytes).map_err(ApplyFault::at(path))?;
    if let Err(error) = act.rename(&staged, path) {
        let _ = act.remove(&staged);
        return Err(ApplyFault::at(path)(error));
    }
    act.sync_dir(dir).map_err(ApplyFault::at(dir))
}
