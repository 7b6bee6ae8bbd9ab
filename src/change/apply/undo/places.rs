//! Where things are by now, and which of them are as they were at first: two changes of one apply
//! may be about the same place, and what was moved may be back already.

use crate::change::apply::journal::{PlannedChange, Verb};
use crate::change::apply::write::MAX_BYTES;
use crate::change::plan::{Action, Change, FileMode, Plan, Precondition};
use crate::change::preview::Overlay;
use crate::change::proposal::Class;
use crate::sys::digest::sha256;
use crate::sys::{Look, Reading, Stat};
use std::path::{Path, PathBuf};

/// What a move took from where to where, if it is back.
type Moved = Option<(PathBuf, PathBuf)>;

/// Where the things of one change are to be looked for by now. `None` if that was only in a place
/// that a move had made free, and the move is back.
pub(super) struct MovedPlace {
    pub(super) target: Option<PathBuf>,
    pub(super) to: Option<PathBuf>,
    pub(super) made_dirs: Vec<PathBuf>,
    /// Whether it moved something that is back.
    pub(super) is_back: bool,
}

/// The places of all changes that were begun.
pub(super) fn of(look: &dyn Look, begun: &[(usize, &PlannedChange)]) -> Vec<MovedPlace> {
    let moved = moved_back(look, begun);
    let place = |(n, planned): &(usize, &PlannedChange)| MovedPlace {
        target: back(&moved[..*n], &planned.target),
        to: planned.to.as_deref().and_then(|to| back(&moved[..*n], to)),
        is_back: moved[*n].is_some(),
        made_dirs: planned.made_dirs.iter().filter_map(|dir| back(&moved[..*n], dir)).collect(),
    };
    begun.iter().map(place).collect()
}

/// For each change, what it moved if that is no longer where it was moved to.
fn moved_back(look: &dyn Look, begun: &[(usize, &PlannedChange)]) -> Vec<Moved> {
    let mut back = vec![None; begun.len()];
    // Later moves taken back, and nothing else: a place may have been used again since.
    let mut plan = Plan::default();
    for (n, planned) in begun.iter().rev() {
        let (Verb::Move, Some(to)) = (planned.action, &planned.to) else { continue };
        let now = Overlay::new(look, &plan);
        match (now.stat(&planned.target), now.stat(to)) {
            (Some(_), None) => back[*n] = Some((planned.target.clone(), to.clone())),
            // It may have been made by the same apply, and be gone; or have been removed by it.
            (None, None) if !is_removed(&begun[n + 1..], &back, to) => {
                back[*n] = Some((planned.target.clone(), to.clone()));
            }
            (None, Some(stat)) => plan.changes.push(reverse(to, &planned.target, stat)),
            // What had been taken out of its way is there again.
            (Some(_), Some(_)) if is_untouched(&now, &at(&begun[..*n], to), to) => {
                back[*n] = Some((planned.target.clone(), to.clone()));
            }
            (None, None) | (Some(_), Some(_)) => {}
        }
    }
    back
}

/// The changes of `path`.
fn at<'p>(begun: &[(usize, &'p PlannedChange)], path: &Path) -> Vec<&'p PlannedChange> {
    begun.iter().map(|(_, planned)| *planned).filter(|planned| planned.target == path).collect()
}

/// Whether one of the `later` changes took away what is at `path`.
fn is_removed(later: &[(usize, &PlannedChange)], back: &[Moved], path: &Path) -> bool {
    let removes = |(n, planned): &(usize, &PlannedChange)| match planned.action {
        Verb::Remove | Verb::RemoveDir => true,
        Verb::Move => back[*n].is_none(),
        Verb::Create | Verb::Update | Verb::Chmod | Verb::MakeDir => false,
    };
    later.iter().any(|later| later.1.target == path && removes(later))
}

fn reverse(from: &Path, to: &Path, stat: Stat) -> Change {
    Change {
        path: from.to_owned(),
        action: Action::Move(to.to_owned()),
        lock: crate::change::plan::Lock::None,
        format: crate::catalog::documents::Format::None,
        precondition: Precondition::Place(stat),
        mode: FileMode::Exact(stat.mode),
        class: Class::Force,
        reasons: Vec::new(),
    }
}

/// Where `path` is when the moves before it are back; `None` if it was only in a place that they
/// had made free, so that it is gone with them.
fn back(earlier: &[Moved], path: &Path) -> Option<PathBuf> {
    let mut path = path.to_owned();
    for (from, to) in earlier.iter().rev().flatten() {
        if let Ok(rest) = path.strip_prefix(to) {
            path = if rest.as_os_str().is_empty() { from.clone() } else { from.join(rest) };
        } else if path.starts_with(from) {
            return None;
        }
    }
    Some(path)
}

/// Whether what is in the place of change `n` is exactly as it was before any change of it: then
/// none of them is in place.
pub(super) fn is_as_before(
    now: &dyn Look,
    begun: &[(usize, &PlannedChange)],
    places: &[MovedPlace],
    n: usize,
) -> bool {
    let Some(path) = &places[n].target else { return true };
    let same = begun.iter().filter(|(n, _)| places[*n].target.as_ref() == Some(path));
    let same: Vec<&PlannedChange> = same.map(|(_, planned)| *planned).collect();
    let mut above = places[..n].iter().flat_map(|place| &place.made_dirs);
    // What is in a directory that was made for an earlier change went with it.
    above.any(|dir| path.starts_with(dir) && now.stat(dir).is_none()) || is_untouched(now, &same, path)
}

/// The same of a path and its changes, first one first.
fn is_untouched(now: &dyn Look, changes: &[&PlannedChange], path: &Path) -> bool {
    let Some(first) = changes.first() else { return false };
    let stat = now.stat(path);
    let Some(was) = &first.before else { return first.action != Verb::Move && stat.is_none() };
    if stat.is_none_or(|stat| stat.mode != was.mode) {
        return false;
    }
    let is_bytes =
        |change: &&&PlannedChange| matches!(change.action, Verb::Create | Verb::Update | Verb::Remove);
    match (first.action, changes.iter().find(is_bytes).and_then(|change| change.before.as_ref())) {
        (Verb::Move | Verb::MakeDir, _) => false,
        (Verb::RemoveDir, _) => stat.is_some_and(|stat| stat.is_dir) && now.list(path).is_empty(),
        (Verb::Chmod, None) => true,
        (_, was) => match now.read(path, MAX_BYTES) {
            Reading::File(bytes, _) => {
                was.is_some_and(|was| was.sha256.as_deref() == Some(&*sha256(bytes.expose())))
            }
            _ => false,
        },
    }
}

/// Whether a plan leaves everything as it is: what one change does, another takes back.
pub(super) fn is_idle(look: &dyn Look, plan: &Plan) -> bool {
    let then = Overlay::new(look, plan);
    let seen = |look: &dyn Look, path: &Path| {
        let bytes = match look.read(path, MAX_BYTES) {
            Reading::File(bytes, _) => Some(sha256(bytes.expose())),
            _ => None,
        };
        (look.stat(path).map(|stat| (stat.is_dir, stat.mode)), look.list(path), bytes)
    };
    let to = |change: &Change| if let Action::Move(to) = &change.action { Some(to.clone()) } else { None };
    let touched = plan.changes.iter().flat_map(|change| [Some(change.path.clone()), to(change)]).flatten();
    touched.into_iter().all(|path| seen(look, &path) == seen(&then, &path))
}
