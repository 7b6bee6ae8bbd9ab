//! A look at how things would be: the world of another [`Look`], with the changes of a plan
//! already made. This is how a dry run verifies itself; nothing is ever written.

use super::{Host, Look, Probe, Probed, Reading, Stat};
use crate::plan::{Action, Change, Plan};
use crate::secret::Secret;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Another look, with a plan's changes made.
pub struct Overlay<'a> {
    base: &'a dyn Look,
    /// Files and directories that would be there, or no more.
    made: BTreeMap<PathBuf, Virtual<'a>>,
    /// Where what was moved comes from.
    moves: Vec<(PathBuf, PathBuf)>,
}

/// What would be in a place.
enum Virtual<'a> {
    Nothing,
    File(&'a Secret<Vec<u8>>, Stat),
    /// The same bytes or entries as before, with this metadata.
    Same(Stat),
    Dir(Stat),
}

impl<'a> Overlay<'a> {
    /// `base`, as it would be after `plan`.
    pub fn new(base: &'a dyn Look, plan: &'a Plan) -> Self {
        let mut overlay = Self { base, made: BTreeMap::new(), moves: Vec::new() };
        for change in &plan.changes {
            overlay.make(change);
        }
        overlay
    }

    fn make(&mut self, change: &'a Change) {
        let target = self.resolve(&change.path);
        let existing = self.stat(&target);
        let mode = change.mode_over(existing);
        let made = match &change.action {
            Action::Create(bytes) | Action::Update(bytes) => {
                self.make_parents(&target, change.dir_mode());
                Virtual::File(bytes, self.stat_of(mode, existing, false))
            }
            Action::Chmod => match existing {
                Some(stat) => Virtual::Same(Stat { mode, ..stat }),
                None => return,
            },
            Action::MakeDir => {
                self.make_parents(&target, mode);
                Virtual::Dir(self.stat_of(mode, None, true))
            }
            Action::Remove | Action::RemoveDir => Virtual::Nothing,
            Action::Move(to) => {
                self.make_parents(to, 0o700);
                self.moves.push((target.clone(), to.clone()));
                Virtual::Nothing
            }
        };
        self.made.insert(target, made);
    }

    /// Where the base has what would be at `path`; `None` if nothing of the base would be there.
    fn below(&self, path: &Path) -> Option<PathBuf> {
        for (from, to) in self.moves.iter().rev() {
            if let Ok(rest) = path.strip_prefix(to) {
                return Some(if rest.as_os_str().is_empty() { from.clone() } else { from.join(rest) });
            }
            if path.starts_with(from) {
                return None;
            }
        }
        Some(path.to_owned())
    }

    fn make_parents(&mut self, target: &Path, mode: u32) {
        for dir in target.ancestors().skip(1) {
            if self.stat(dir).is_some() {
                break;
            }
            let stat = self.stat_of(mode, None, true);
            self.made.insert(dir.to_owned(), Virtual::Dir(stat));
        }
    }

    fn stat_of(&self, mode: u32, existing: Option<Stat>, is_dir: bool) -> Stat {
        let host = self.base.host();
        let fresh = Stat { is_dir, mode, uid: host.uid, gid: 0, ino: 0, mtime: host.now };
        existing.map_or(fresh, |old| Stat { mode, mtime: host.now, ..old })
    }

    fn find(&self, path: &Path) -> Option<&Virtual<'a>> {
        self.made.get(path).or_else(|| self.made.get(&self.base.resolve(path)))
    }
}

impl Look for Overlay<'_> {
    fn host(&self) -> &Host {
        self.base.host()
    }

    fn read(&self, path: &Path, limit: usize) -> Reading {
        let base = || self.below(path).map_or(Reading::Absent, |path| self.base.read(&path, limit));
        match self.find(path) {
            None | Some(Virtual::Dir(_)) => base(),
            Some(Virtual::Nothing) => Reading::Absent,
            Some(Virtual::File(bytes, stat)) if bytes.expose().len() > limit => Reading::TooLarge(*stat),
            Some(Virtual::File(bytes, stat)) => Reading::File((*bytes).clone(), *stat),
            Some(Virtual::Same(stat)) => match base() {
                Reading::File(bytes, _) => Reading::File(bytes, *stat),
                Reading::TooLarge(_) => Reading::TooLarge(*stat),
                Reading::Fault(fault, _) => Reading::Fault(fault, Some(*stat)),
                Reading::Absent => Reading::Absent,
            },
        }
    }

    fn stat(&self, path: &Path) -> Option<Stat> {
        match self.find(path) {
            Some(Virtual::Nothing) => None,
            Some(Virtual::File(_, stat) | Virtual::Same(stat) | Virtual::Dir(stat)) => Some(*stat),
            None => self.below(path).and_then(|path| self.base.stat(&path)),
        }
    }

    fn list(&self, dir: &Path) -> Vec<String> {
        let mut names = self.below(dir).map(|dir| self.base.list(&dir)).unwrap_or_default();
        let gone = |name: &String| matches!(self.made.get(&dir.join(name)), Some(Virtual::Nothing));
        names.retain(|name| !gone(name));
        let there = self.made.iter().filter(|(_, made)| !matches!(made, Virtual::Nothing));
        let moved = self.moves.iter().map(|(_, to)| to);
        for path in there.map(|(path, _)| path).chain(moved).filter(|path| path.parent() == Some(dir)) {
            names.extend(path.file_name().and_then(|name| name.to_str()).map(str::to_owned));
        }
        names.sort();
        names.dedup();
        names
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        // What comes from elsewhere has no links that the base could know.
        if self.moves.iter().any(|(_, to)| path.starts_with(to)) {
            return path.to_owned();
        }
        self.base.resolve(path)
    }

    fn probe(&self, probe: &Probe) -> Probed {
        self.base.probe(probe)
    }
}
