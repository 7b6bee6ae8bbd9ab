//! Where things are by now, and which of them are as they were at first: two changes of one apply
//! may be about the same place, and what was moved may be back already.

use crate::apply::journal::{Planned, Verb};
use crate::apply::write::MAX_BYTES;
use crate::plan::{Action, Change, Class, FileMode, Plan, Premise, sha256};
use crate::sys::overlay::Overlay;
use crate::sys::{Look, Reading, Stat};
use std::path::{Path, PathBuf};

/// What moves took from where to where, one per change.
type Moved = Option<(PathBuf, PathBuf)>;

/// For each change, where from and where to it moved something that is back in its place.
pub(super) fn moved_back(look: &dyn Look, begun: &[(usize, &Planned)]) -> Vec<Moved> {
    let mut back = vec![None; begun.len()];
    // Later moves taken back, and nothing else: a place may have been used again since.
    let mut plan = Plan::default();
    for (n, planned) in begun.iter().rev() {
        let (Verb::Move, Some(to)) = (planned.action, &planned.to) else { continue };
        let now = Overlay::new(look, &plan);
        match (now.stat(&planned.target), now.stat(to)) {
            (Some(_), None) => back[*n] = Some((planned.target.clone(), to.clone())),
            (None, Some(stat)) => plan.changes.push(reverse(to, &planned.target, stat)),
            _ => {}
        }
    }
    back
}

fn reverse(from: &Path, to: &Path, stat: Stat) -> Change {
    Change {
        path: from.to_owned(),
        action: Action::Move(to.to_owned()),
        format: crate::doc::Format::None,
        premise: Premise::Place(stat),
        mode: FileMode::Exact(stat.mode),
        class: Class::Force,
        reasons: Vec::new(),
    }
}

/// Where `path` is when the moves before it are back; `None` if it was only in a place that they
/// had made free, so that it is gone with them.
pub(super) fn back(earlier: &[Moved], path: &Path) -> Option<PathBuf> {
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

/// Whether what is at `path` is exactly as it was before its `changes`, first one first: then none
/// of them is in place.
pub(super) fn is_as_before(now: &dyn Look, changes: &[&Planned], path: &Path) -> bool {
    let Some(first) = changes.first() else { return false };
    let stat = now.stat(path);
    let Some(was) = &first.before else { return first.action != Verb::Move && stat.is_none() };
    if stat.is_none_or(|stat| stat.mode != was.mode) {
        return false;
    }
    let is_bytes = |change: &&&Planned| matches!(change.action, Verb::Create | Verb::Update | Verb::Remove);
    match (first.action, changes.iter().find(is_bytes).and_then(|change| change.before.as_ref())) {
        (Verb::Move | Verb::MakeDir, _) => false,
        (Verb::RemoveDir, _) => stat.is_some_and(|stat| stat.is_dir),
        (Verb::Chmod, None) => true,
        (_, was) => match now.read(path, MAX_BYTES) {
            Reading::File(bytes, _) => {
                was.is_some_and(|was| was.sha256.as_deref() == Some(&*sha256(bytes.expose())))
            }
            _ => false,
        },
    }
}

/// Whether a directory that was made for an earlier change, and holds `path`, is gone again.
pub(super) fn is_gone_with_its_dir(
    now: &dyn Look,
    begun: &[(usize, &Planned)],
    path: &Path,
    moved: &[Moved],
) -> bool {
    let made = begun.iter().flat_map(|(_, earlier)| &earlier.made_dirs);
    let mut above = made.filter(|dir| path.starts_with(dir)).filter_map(|dir| back(moved, dir));
    above.any(|dir| now.stat(&dir).is_none())
}
