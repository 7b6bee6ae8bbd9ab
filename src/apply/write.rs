//! One change of one file: checked, backed up, staged beside it, parsed, renamed, read back.
//! Either the old bytes are in the place or the new ones, at any moment.

use super::journal::{Planned, Verb, Was, WillBe};
use super::lock::StateLock;
use super::{ApplyFault, Outcome, backup, make_dirs};
use crate::doc::{self, DocId, Format};
use crate::plan::{Action, Change, Plan, Premise, dir_mode, sha256};
use crate::secret::Secret;
use crate::sys::{Act, Fault, Look, Reading, Stat};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Largest file that is replaced or removed, in bytes; far above what is ever parsed.
pub(super) const MAX_BYTES: usize = 16 << 20;

/// How the name of a staged file ends.
pub(super) const STAGED: &str = ".zirkabot-tmp";

/// Name of the files that the gateway locks.
const STORE: &str = "auth-profiles.json";

/// A file before its change: bytes and metadata, if there is one.
type Old = Option<(Secret<Vec<u8>>, Stat)>;

/// A change, with all that is settled before the first one is begun.
pub(super) struct Step {
    pub(super) change: Change,
    pub(super) planned: Planned,
    /// The file before, for its owner.
    existing: Option<Stat>,
}

/// Checks all premises and settles where everything goes. Writes nothing.
pub(super) fn prepare(
    act: &dyn Act,
    plan: Plan,
    state_dir: &Path,
    id: &str,
) -> Result<Vec<Step>, ApplyFault> {
    let look = act.as_look();
    plan.changes.into_iter().enumerate().map(|(n, change)| step(look, change, n, state_dir, id)).collect()
}

fn step(look: &dyn Look, change: Change, n: usize, state_dir: &Path, id: &str) -> Result<Step, ApplyFault> {
    let target = look.resolve(&change.path);
    let old = check(look, &change, &target)?;
    let existing = old.as_ref().map(|(_, stat)| *stat);
    let before = old.as_ref().map(|(bytes, stat)| Was {
        sha256: sha256(bytes.expose()),
        mode: stat.mode,
        uid: stat.uid,
        gid: stat.gid,
    });
    let after = change
        .bytes()
        .map(|bytes| WillBe { sha256: sha256(bytes.expose()), mode: change.mode_over(existing) });
    let planned = Planned {
        path: change.path.clone(),
        action: Verb::from(&change.action),
        backup: before.as_ref().map(|_| backup::path_of(state_dir, id, n, &target)),
        staged: after.as_ref().map(|_| staged_path(&target, id, n)),
        before,
        after,
        target,
    };
    Ok(Step { change, planned, existing })
}

impl From<&Action> for Verb {
    fn from(action: &Action) -> Self {
        match action {
            Action::Create(_) => Self::Create,
            Action::Update(_) => Self::Update,
            Action::Remove => Self::Remove,
        }
    }
}

fn staged_path(target: &Path, id: &str, n: usize) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{id}-{n}{STAGED}"))
}

/// Carries out one change.
pub(super) fn perform(act: &mut dyn Act, lock: &mut StateLock, step: &Step) -> Outcome {
    match locked(act, lock, step) {
        Ok(()) => Outcome::Done,
        Err(fault) => Outcome::Failed(fault),
    }
}

fn locked(act: &mut dyn Act, lock: &mut StateLock, step: &Step) -> Result<(), ApplyFault> {
    let target = &step.planned.target;
    if step.change.bytes().is_some() {
        refuse_link_into_nothing(act.as_look(), step)?;
        make_dirs(act, parent_of(target), dir_mode(step.change.mode))?;
    }
    if target.file_name() != Some(OsStr::new(STORE)) {
        return replace(act, step);
    }
    lock.take_store(act, target)?;
    let replaced = replace(act, step);
    lock.release_store(act);
    replaced
}

/// A link into a directory that is not there may lead to a disk that is not mounted: what it
/// leads to is not made.
fn refuse_link_into_nothing(look: &dyn Look, step: &Step) -> Result<(), ApplyFault> {
    let (path, target) = (&step.change.path, &step.planned.target);
    let direct = look.resolve(parent_of(path)).join(path.file_name().unwrap_or_default());
    if direct == *target || look.stat(parent_of(target)).is_some() {
        return Ok(());
    }
    let what = Fault::Os(format!("it is a link to {}, and that directory is not there", target.display()));
    Err(ApplyFault::Io { path: path.clone(), what })
}

fn replace(act: &mut dyn Act, step: &Step) -> Result<(), ApplyFault> {
    let target = &step.planned.target;
    let old = check(act.as_look(), &step.change, target)?;
    if let (Some((bytes, _)), Some(path)) = (&old, &step.planned.backup) {
        backup::keep(act, path, bytes.expose())?;
    }
    match (&step.planned.staged, step.change.bytes()) {
        (Some(staged), Some(bytes)) => put(act, step, staged, bytes)?,
        _ if old.is_some() => take_away(act, step)?,
        _ => return Ok(()),
    }
    let dir = parent_of(target);
    act.sync_dir(dir).map_err(|error| ApplyFault::io(dir, &error))?;
    read_back(act.as_look(), step)
}

fn put(act: &mut dyn Act, step: &Step, staged: &Path, bytes: &Secret<Vec<u8>>) -> Result<(), ApplyFault> {
    let mode = step.change.mode_over(step.existing);
    act.create(staged, mode, step.existing, bytes.expose())
        .map_err(|error| ApplyFault::io(staged, &error))?;
    let put = check_staged(act.as_look(), step, staged).and_then(|()| {
        // The last look before the rename: what somebody wrote while we were busy stays.
        check(act.as_look(), &step.change, &step.planned.target)?;
        act.rename(staged, &step.planned.target).map_err(|error| ApplyFault::io(&step.planned.target, &error))
    });
    if put.is_err() {
        let _ = act.remove(staged);
    }
    put
}

fn take_away(act: &mut dyn Act, step: &Step) -> Result<(), ApplyFault> {
    let target = &step.planned.target;
    check(act.as_look(), &step.change, target)?;
    act.remove(target).map_err(|error| ApplyFault::io(target, &error))
}

/// The bytes that are there, if they are those for which the plan was made.
fn check(look: &dyn Look, change: &Change, target: &Path) -> Result<Old, ApplyFault> {
    match (look.read(target, MAX_BYTES), &change.premise) {
        (Reading::Absent, Premise::Absent) => Ok(None),
        (Reading::File(bytes, stat), Premise::Content { sha256: seen, .. })
            if sha256(bytes.expose()) == *seen =>
        {
            Ok(Some((bytes, stat)))
        }
        (Reading::Fault(what, _), _) => Err(ApplyFault::Io { path: change.path.clone(), what }),
        _ => Err(ApplyFault::Stale { path: change.path.clone() }),
    }
}

/// Whether the disk has what we gave it, and whether that can be parsed.
fn check_staged(look: &dyn Look, step: &Step, staged: &Path) -> Result<(), ApplyFault> {
    let Reading::File(bytes, _) = look.read(staged, MAX_BYTES) else {
        return Err(lost(staged));
    };
    if !is_as_planned(step, bytes.expose()) {
        return Err(lost(staged));
    }
    let text = std::str::from_utf8(bytes.expose()).map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
    let parsed = text.is_ok_and(|text| doc::parse(step.change.format, DocId(0), text).is_ok());
    if parsed || step.change.format == Format::None {
        return Ok(());
    }
    Err(ApplyFault::Parse { path: step.change.path.clone() })
}

fn lost(path: &Path) -> ApplyFault {
    let what = Fault::Os("what was written is not what can be read".to_owned());
    ApplyFault::Io { path: path.to_owned(), what }
}

fn is_as_planned(step: &Step, bytes: &[u8]) -> bool {
    step.planned.after.as_ref().is_some_and(|after| after.sha256 == sha256(bytes))
}

/// Whether the change is really there.
fn read_back(look: &dyn Look, step: &Step) -> Result<(), ApplyFault> {
    let there = match look.read(&step.planned.target, MAX_BYTES) {
        Reading::File(bytes, _) => is_as_planned(step, bytes.expose()),
        Reading::Absent => step.planned.after.is_none(),
        Reading::Fault(..) | Reading::TooLarge(_) => false,
    };
    if there { Ok(()) } else { Err(lost(&step.change.path)) }
}

fn parent_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}
