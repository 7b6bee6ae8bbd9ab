//! One change of one file: checked, backed up, staged beside it, parsed, renamed, read back.
//! Either the old bytes are in the place or the new ones, at any moment.

use crate::catalog::documents::Format;
use crate::change::apply::journal::{PlannedChange, Verb, Was, WillBe};
use crate::change::apply::lock::StateLock;
use crate::change::apply::{ApplyFault, ChangeOutcome, backup, exchange, make_dirs};
use crate::change::plan::{Action, Change, FileMode, Lock, Plan, Precondition, direct};
use crate::change::preview::Overlay;
use crate::doc::{self, DocId, redact};
use crate::sys::digest::sha256;
use crate::sys::secret::Secret;
use crate::sys::{Fault, Files, Look, Reading, Stat};
use std::path::{Path, PathBuf};

/// Largest file that is replaced or removed, in bytes; far above what is ever parsed.
pub(super) const MAX_BYTES: usize = 16 << 20;

/// How the name of a staged file ends.
pub(super) const STAGED: &str = ".zirkabot-tmp";

/// A file before its change: bytes and metadata, if there is one.
type Old = Option<(Secret<Vec<u8>>, Stat)>;

/// A change, with all that is settled before the first one is begun.
pub(super) struct WriteStep {
    pub(super) change: Change,
    pub(super) planned: PlannedChange,
    /// The file before, for its owner.
    existing: Option<Stat>,
    /// Where its new text is kept, for an undo.
    pub(super) after: Option<PathBuf>,
}

/// What a change finds.
struct FileBefore {
    stat: Stat,
    /// Hash of the bytes, where they matter.
    sha256: Option<String>,
}

/// Checks all preconditions and settles where everything goes. Each change is checked as things will
/// be after those before it. Writes nothing.
pub(super) fn prepare(
    act: &dyn Files,
    plan: Plan,
    state_dir: &Path,
    id: &str,
) -> Result<Vec<WriteStep>, ApplyFault> {
    let nothing = Plan::default();
    let mut look = Overlay::new(act, &nothing);
    let mut settled = Vec::new();
    for (n, change) in plan.changes.iter().enumerate() {
        let target = change.target(&look);
        let seen = check(&look, change, &target)?.map(|old| seen(&look, change, &target, &old));
        let backup = backup::path_of(state_dir, id, n, &target);
        settled.push(planned(&look, change, target, seen, (id, n, backup)));
        look.make(change);
    }
    let step = |(n, (change, (planned, existing))): (usize, (Change, (PlannedChange, Option<Stat>)))| {
        let is_text = change.bytes().is_some() && change.format != Format::None;
        let after = is_text.then(|| backup::after_of(state_dir, id, n, &planned.target));
        WriteStep { change, planned, existing, after }
    };
    Ok(plan.changes.into_iter().zip(settled).enumerate().map(step).collect())
}

fn seen(
    look: &dyn Look,
    change: &Change,
    target: &Path,
    (bytes, stat): &(Secret<Vec<u8>>, Stat),
) -> FileBefore {
    let sha256 = match (&change.action, &change.precondition) {
        (Action::Update(_) | Action::Remove, _) => Some(sha256(bytes.expose())),
        (_, Precondition::Content { sha256, .. }) => Some(sha256.clone()),
        // By this it is known again where it was moved to.
        (Action::Move(_), _) => match look.read(target, MAX_BYTES) {
            Reading::File(bytes, _) => Some(sha256(bytes.expose())),
            _ => None,
        },
        _ => None,
    };
    FileBefore { stat: *stat, sha256 }
}

/// `(id, n, backup)` is how this change is called.
fn planned(
    look: &dyn Look,
    change: &Change,
    target: PathBuf,
    seen: Option<FileBefore>,
    (id, n, backup): (&str, usize, PathBuf),
) -> (PlannedChange, Option<Stat>) {
    let existing = seen.as_ref().map(|seen| seen.stat);
    let hash = seen.and_then(|seen| seen.sha256);
    // The group bits of a file with an access control list are its mask: it keeps them with the list, and
    // without it they would let in whom nobody meant.
    let has_acl = existing.is_some() && look.has_acl(&target);
    let replaces = matches!(change.action, Action::Update(_) | Action::Remove);
    let mode = match existing {
        Some(stat) if has_acl && replaces => stat.mode,
        _ => change.mode_over(existing),
    };
    let after = match &change.action {
        Action::Create(bytes) | Action::Update(bytes) => {
            Some(WillBe { sha256: Some(sha256(bytes.expose())), mode })
        }
        Action::Chmod | Action::MakeDir => Some(WillBe { sha256: hash.clone(), mode }),
        Action::Remove | Action::RemoveDir | Action::Move(_) => None,
    };
    let mask = if has_acl && replaces { 0o070 } else { 0 };
    let was =
        |stat: Stat| Was { sha256: hash.clone(), mode: stat.mode & !mask, uid: stat.uid, gid: stat.gid };
    let to = if let Action::Move(to) = &change.action { Some(to.clone()) } else { None };
    let reasons = change.reasons.iter().map(|reason| redact::redact(reason.what.clone()));
    let planned = PlannedChange {
        path: change.path.clone(),
        action: Verb::from(&change.action),
        backup: existing.filter(|_| replaces).map(|_| backup),
        staged: change.bytes().map(|_| staged_path(&target, id, n)),
        before: existing.map(was),
        after,
        made_dirs: missing_dirs(look, made_for(change, &target)),
        to,
        target,
        reasons: reasons.collect(),
    };
    (planned, existing)
}

/// The directory that must be there for a change to be made, if one must.
fn made_for<'a>(change: &'a Change, target: &'a Path) -> Option<&'a Path> {
    match &change.action {
        Action::Create(_) | Action::Update(_) | Action::MakeDir => target.parent(),
        Action::Move(to) => to.parent(),
        Action::Chmod | Action::Remove | Action::RemoveDir => None,
    }
}

fn missing_dirs(look: &dyn Look, dir: Option<&Path>) -> Vec<PathBuf> {
    let above = dir.into_iter().flat_map(Path::ancestors);
    let missing = above.take_while(|dir| !dir.as_os_str().is_empty() && look.stat(dir).is_none());
    let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
    missing.reverse();
    missing
}

impl From<&Action> for Verb {
    fn from(action: &Action) -> Self {
        match action {
            Action::Create(_) => Self::Create,
            Action::Update(_) => Self::Update,
            Action::Chmod => Self::Chmod,
            Action::Remove => Self::Remove,
            Action::MakeDir => Self::MakeDir,
            Action::RemoveDir => Self::RemoveDir,
            Action::Move(_) => Self::Move,
        }
    }
}

fn staged_path(target: &Path, id: &str, n: usize) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{id}-{n}{STAGED}"))
}

/// Carries out one change.
pub(super) fn perform(act: &mut dyn Files, lock: &mut StateLock, step: &WriteStep) -> ChangeOutcome {
    match locked(act, lock, step) {
        Ok(()) => ChangeOutcome::Done,
        Err(fault) => ChangeOutcome::Failed(fault),
    }
}

fn locked(act: &mut dyn Files, lock: &mut StateLock, step: &WriteStep) -> Result<(), ApplyFault> {
    let target = &step.planned.target;
    match &step.change.action {
        Action::Chmod | Action::MakeDir | Action::RemoveDir | Action::Move(_) => return place(act, step),
        Action::Create(_) | Action::Update(_) => {
            refuse_link_into_nothing(act, step)?;
            make_dirs(act, parent_of(target), step.change.dir_mode())?;
        }
        Action::Remove => {}
    }
    if step.change.lock == Lock::None || lock.has_store(target) {
        return replace(act, step);
    }
    lock.take_store(act, target, step.change.lock)?;
    let replaced = replace(act, step);
    lock.release_store(act);
    replaced
}

/// A change of a place, not of bytes.
fn place(act: &mut dyn Files, step: &WriteStep) -> Result<(), ApplyFault> {
    let (change, target) = (&step.change, &step.planned.target);
    check_again(act, step)?;
    let mode = change.mode_over(step.existing);
    match &change.action {
        Action::Chmod => act.chmod(target, mode).map_err(ApplyFault::at(target))?,
        Action::MakeDir => make_dirs(act, target, mode)?,
        Action::RemoveDir => act.remove_dir(target).map_err(ApplyFault::at(target))?,
        Action::Move(to) => {
            make_dirs(act, parent_of(to), 0o700)?;
            act.move_new(target, to).map_err(ApplyFault::at(to))?;
            act.sync_dir(parent_of(to)).map_err(ApplyFault::at(parent_of(to)))?;
        }
        Action::Create(_) | Action::Update(_) | Action::Remove => {}
    }
    act.sync_dir(parent_of(target)).map_err(ApplyFault::at(parent_of(target)))?;
    read_back(act, step)
}

/// A link into a directory that is not there may lead to a disk that is not mounted: what it
/// leads to is not made.
fn refuse_link_into_nothing(look: &dyn Look, step: &WriteStep) -> Result<(), ApplyFault> {
    let (path, target) = (&step.change.path, &step.planned.target);
    if direct(look, path) == *target || look.stat(parent_of(target)).is_some() {
        return Ok(());
    }
    let what = Fault::Os(format!("it is a link to {}, and that directory does not exist", target.display()));
    Err(ApplyFault::Io { path: path.clone(), what })
}

fn replace(act: &mut dyn Files, step: &WriteStep) -> Result<(), ApplyFault> {
    let target = &step.planned.target;
    let old = check_again(act, step)?;
    if let (Some((bytes, _)), Some(path)) = (&old, &step.planned.backup) {
        backup::keep(act, path, bytes.expose())?;
    }
    if let (Some(path), Some(bytes)) = (&step.after, step.change.bytes()) {
        backup::keep(act, path, bytes.expose())?;
    }
    match (&step.planned.staged, step.change.bytes()) {
        (Some(staged), Some(bytes)) => put(act, step, staged, bytes)?,
        _ if old.is_some() => take_away(act, step)?,
        _ => return Ok(()),
    }
    let dir = parent_of(target);
    act.sync_dir(dir).map_err(ApplyFault::at(dir))?;
    read_back(act, step)
}

fn put(
    act: &mut dyn Files,
    step: &WriteStep,
    staged: &Path,
    bytes: &Secret<Vec<u8>>,
) -> Result<(), ApplyFault> {
    let mode = step.planned.after.as_ref().map_or(0o600, |after| after.mode);
    let target = &step.planned.target;
    let like = match step.change.mode {
        FileMode::Was { mode, uid, gid } => Some(Stat { is_dir: false, mode, uid, gid, ino: 0, mtime: 0 }),
        FileMode::Private | FileMode::Exact(_) => step.existing,
    };
    // Nobody of the group may open it before the list is there that says who of it may.
    let mode = if step.existing.is_some() && act.has_acl(target) { mode & !0o070 } else { mode };
    act.create(staged, mode, like, bytes.expose()).map_err(ApplyFault::at(staged))?;
    let carried = match step.existing {
        Some(_) => act.carry(target, staged).map_err(ApplyFault::at(target)),
        None => Ok(()),
    };
    let put = carried.and_then(|()| check_staged(act, step, staged)).and_then(|()| {
        // The last look before the rename: what somebody wrote while we were busy stays.
        match check_again(act, step)? {
            Some((old, _)) if exchange::put(act, (staged, bytes), (target, &old))? => Ok(()),
            Some(_) => Err(ApplyFault::Stale { path: step.change.path.clone() }),
            None => act.rename(staged, target).map_err(ApplyFault::at(target)),
        }
    });
    if put.is_err() {
        let _ = act.remove(staged);
    }
    put
}

fn take_away(act: &mut dyn Files, step: &WriteStep) -> Result<(), ApplyFault> {
    let target = &step.planned.target;
    check_again(act, step)?;
    act.remove(target).map_err(ApplyFault::at(target))
}

/// What is there, if it is still that which was there when the plan was checked as a whole.
fn check_again(look: &dyn Look, step: &WriteStep) -> Result<Old, ApplyFault> {
    let (change, target) = (&step.change, &step.planned.target);
    let stale = || ApplyFault::Stale { path: change.path.clone() };
    // What came along with something that was moved may be a link; it must not be replaced by a file.
    if change.target(look) != *target && look.resolve(target) != *target {
        return Err(stale());
    }
    let old = check(look, change, target)?;
    let seen = step.planned.before.as_ref().and_then(|before| before.sha256.as_ref());
    match (&old, seen) {
        // By this hash the backup is known again.
        (Some((bytes, _)), Some(seen))
            if step.planned.backup.is_some() && sha256(bytes.expose()) != *seen =>
        {
            Err(stale())
        }
        _ => Ok(old),
    }
}

/// What is there, if it is that for which the plan was made.
fn check(look: &dyn Look, change: &Change, target: &Path) -> Result<Old, ApplyFault> {
    let stale = || ApplyFault::Stale { path: change.path.clone() };
    if let Action::Move(to) = &change.action
        && look.stat(to).is_some()
    {
        return Err(ApplyFault::Stale { path: to.clone() });
    }
    if let Precondition::Place(seen) = &change.precondition {
        let stat = look.stat(target).filter(|stat| is_same_place(*stat, *seen)).ok_or_else(stale)?;
        if !matches!(change.action, Action::Update(_) | Action::Remove) {
            return Ok(Some((Secret::new(Vec::new()), stat)));
        }
    }
    if let (Action::MakeDir, Precondition::Absent) = (&change.action, &change.precondition) {
        return if look.stat(target).is_none() { Ok(None) } else { Err(stale()) };
    }
    match (look.read(target, MAX_BYTES), &change.precondition) {
        (Reading::Absent, Precondition::Absent) => Ok(None),
        (Reading::File(bytes, stat), Precondition::Content { sha256: seen, .. })
            if sha256(bytes.expose()) == *seen =>
        {
            Ok(Some((bytes, stat)))
        }
        // The time of what an earlier change makes was not known either; its bytes are, by hash.
        (Reading::File(bytes, stat), Precondition::Place(seen))
            if stat.mtime == seen.mtime || seen.ino == 0 =>
        {
            Ok(Some((bytes, stat)))
        }
        (Reading::Fault(what, _), _) => Err(ApplyFault::Io { path: change.path.clone(), what }),
        (Reading::TooLarge(_), _) => {
            let what = Fault::Os(format!("is larger than {MAX_BYTES} bytes"));
            Err(ApplyFault::Io { path: change.path.clone(), what })
        }
        _ => Err(stale()),
    }
}

/// Whether it is still the file or directory that was looked at. A directory is also the same
/// after something was put into it. What an earlier change of the plan replaces has no inode yet.
fn is_same_place(now: Stat, seen: Stat) -> bool {
    let same_inode = now.ino == seen.ino || now.ino == 0 || seen.ino == 0;
    same_inode && (now.is_dir, now.mode, now.uid) == (seen.is_dir, seen.mode, seen.uid)
}

/// Whether the disk has what we gave it, and whether that can be parsed.
fn check_staged(look: &dyn Look, step: &WriteStep, staged: &Path) -> Result<(), ApplyFault> {
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
    let what = Fault::Os("reading it back gave different content".to_owned());
    ApplyFault::Io { path: path.to_owned(), what }
}

fn is_as_planned(step: &WriteStep, bytes: &[u8]) -> bool {
    step.planned.after.as_ref().is_some_and(|after| after.sha256 == Some(sha256(bytes)))
}

/// Whether the change is really there.
fn read_back(look: &dyn Look, step: &WriteStep) -> Result<(), ApplyFault> {
    let target = &step.planned.target;
    let mode = step.planned.after.as_ref().map(|after| after.mode);
    let there = match &step.change.action {
        Action::Create(_) | Action::Update(_) => {
            matches!(look.read(target, MAX_BYTES), Reading::File(bytes, _) if is_as_planned(step, bytes.expose()))
        }
        Action::Chmod => look.stat(target).map(|stat| stat.mode) == mode,
        Action::MakeDir => look.stat(target).is_some_and(|stat| stat.is_dir),
        Action::Remove | Action::RemoveDir => look.stat(target).is_none(),
        Action::Move(to) => look.stat(target).is_none() && look.stat(to).is_some(),
    };
    if there { Ok(()) } else { Err(lost(&step.change.path)) }
}

fn parent_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}
