//! What a journal can truly say. It is a file like any other: whoever can write it must not be
//! able to make us write, remove or hand out what no apply of ours would have touched.

use crate::change::apply::journal::{self, Begin, PlannedChange, Verb};
use crate::change::apply::undo::Refused;
use crate::change::apply::{backup, lock};
use crate::change::plan::direct;
use crate::sys::Look;
use std::path::{Component, Path, PathBuf};

/// Whether the journal is nobody else's: what another user could write is not done with our rights.
pub(super) fn journal(look: &dyn Look, state_dir: &Path) -> Result<(), Refused> {
    let path = journal::path_in(state_dir);
    let ours = look.stat(&path).is_some_and(|stat| stat.uid == look.host().uid && stat.mode & 0o022 == 0);
    if ours { Ok(()) } else { Err(Refused::Journal(format!("other users can write {}", path.display()))) }
}

/// Whether an apply of ours can have had this id; then it is also a plain file name.
pub(super) fn id(begin: &Begin) -> Result<(), Refused> {
    match crate::change::apply::id::time_of(&begin.id) {
        Some(_) => Ok(()),
        None => Err(Refused::Journal("an id is invalid".to_owned())),
    }
}

/// Whether a change names places that an apply may change.
pub(super) fn places(look: &dyn Look, state_dir: &Path, planned: &PlannedChange) -> Result<(), Refused> {
    let places = [Some(&planned.path), Some(&planned.target), planned.to.as_ref()];
    for path in places.into_iter().flatten() {
        let may_be_kept = planned.action == Verb::Chmod;
        if !is_whole(path) || !may_be_kept && is_kept(look, state_dir, path) {
            return Err(Refused::Journal(format!("no run changes {}", path.display())));
        }
    }
    let below = |dir: &Path| {
        [Some(&planned.target), planned.to.as_ref()]
            .into_iter()
            .flatten()
            .any(|path| path.starts_with(dir) && path != dir)
    };
    match planned.made_dirs.iter().find(|dir| !is_whole(dir) || !below(dir)) {
        Some(dir) => Err(Refused::Journal(format!("no run created {} for that", dir.display()))),
        None => Ok(()),
    }
}

/// Absolute, and without steps back.
fn is_whole(path: &Path) -> bool {
    path.is_absolute() && path.components().all(|part| !matches!(part, Component::ParentDir))
}

/// What the writer keeps for itself, and what holds it.
fn is_kept(look: &dyn Look, state_dir: &Path, path: &Path) -> bool {
    let kept = [backup::dir_in(state_dir), journal::path_in(state_dir), lock::path_in(state_dir)];
    [path.to_owned(), direct(look, path), look.resolve(path)].iter().any(|path| {
        [state_dir.to_owned(), look.resolve(state_dir)].iter().any(|dir| dir.starts_with(path))
            || kept.iter().any(|kept| path.starts_with(kept) || path.starts_with(look.resolve(kept)))
    })
}

/// Where the backup of change `n` must be; `None` if the journal names another place, or there
/// is a link on the way.
pub(super) fn backup(
    look: &dyn Look,
    state_dir: &Path,
    begin: &Begin,
    (n, planned): (usize, &PlannedChange),
) -> Option<PathBuf> {
    let named = look.resolve(planned.backup.as_ref()?);
    let ours = backup::path_of(&look.resolve(state_dir), &begin.id, n, &planned.target);
    own(look, &named).filter(|_| named == ours)
}

/// The path, if what it leads to is there, and nobody else may write it.
pub(super) fn own(look: &dyn Look, path: &Path) -> Option<PathBuf> {
    let path = look.resolve(path);
    let stat = look.stat(&path)?;
    (stat.uid == look.host().uid && stat.mode & 0o022 == 0).then_some(path)
}
