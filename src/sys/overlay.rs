//! A look at how things would be: the world of another [`Look`], with the changes of a plan
//! already made. This is how a dry run verifies itself; nothing is ever written.

use super::{Host, Look, Probe, Probed, Reading, Stat};
use crate::plan::{Change, Plan};
use crate::secret::Secret;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Another look, with a plan's changes made.
pub struct Overlay<'a> {
    base: &'a dyn Look,
    files: BTreeMap<PathBuf, Virtual<'a>>,
    /// Directories that would be made.
    dirs: BTreeMap<PathBuf, Stat>,
}

/// What would be in a place.
enum Virtual<'a> {
    Nothing,
    File(&'a Secret<Vec<u8>>, Stat),
}

impl<'a> Overlay<'a> {
    /// `base`, as it would be after `plan`.
    pub fn new(base: &'a dyn Look, plan: &'a Plan) -> Self {
        let mut overlay = Self { base, files: BTreeMap::new(), dirs: BTreeMap::new() };
        for change in &plan.changes {
            overlay.make(change);
        }
        overlay
    }

    fn make(&mut self, change: &'a Change) {
        let target = self.base.resolve(&change.path);
        let existing = self.base.stat(&target);
        let made = match change.bytes() {
            Some(bytes) => Virtual::File(bytes, self.stat_of(change.mode_over(existing), existing, false)),
            None => Virtual::Nothing,
        };
        if change.bytes().is_some() {
            self.make_parents(&target, change.mode);
        }
        self.files.insert(target, made);
    }

    fn make_parents(&mut self, target: &Path, mode: u32) {
        for dir in target.ancestors().skip(1) {
            if self.base.stat(dir).is_some() {
                break;
            }
            let stat = self.stat_of(crate::plan::dir_mode(mode), None, true);
            self.dirs.insert(dir.to_owned(), stat);
        }
    }

    fn stat_of(&self, mode: u32, existing: Option<Stat>, is_dir: bool) -> Stat {
        let host = self.base.host();
        let fresh = Stat { is_dir, mode, uid: host.uid, gid: 0, ino: 0, mtime: host.now };
        existing.map_or(fresh, |old| Stat { mode, mtime: host.now, ..old })
    }

    fn find(&self, path: &Path) -> Option<&Virtual<'a>> {
        self.files.get(path).or_else(|| self.files.get(&self.base.resolve(path)))
    }
}

impl Look for Overlay<'_> {
    fn host(&self) -> &Host {
        self.base.host()
    }

    fn read(&self, path: &Path, limit: usize) -> Reading {
        match self.find(path) {
            None => self.base.read(path, limit),
            Some(Virtual::Nothing) => Reading::Absent,
            Some(Virtual::File(bytes, stat)) if bytes.expose().len() > limit => Reading::TooLarge(*stat),
            Some(Virtual::File(bytes, stat)) => Reading::File((*bytes).clone(), *stat),
        }
    }

    fn stat(&self, path: &Path) -> Option<Stat> {
        match self.find(path) {
            Some(Virtual::Nothing) => None,
            Some(Virtual::File(_, stat)) => Some(*stat),
            None => self.dirs.get(path).copied().or_else(|| self.base.stat(path)),
        }
    }

    fn list(&self, dir: &Path) -> Vec<String> {
        let mut names = self.base.list(dir);
        names.retain(|name| !matches!(self.files.get(&dir.join(name)), Some(Virtual::Nothing)));
        let files =
            self.files.iter().filter(|(_, made)| matches!(made, Virtual::File(..))).map(|(path, _)| path);
        for path in files.chain(self.dirs.keys()).filter(|path| path.parent() == Some(dir)) {
            names.extend(path.file_name().and_then(|name| name.to_str()).map(str::to_owned));
        }
        names.sort();
        names.dedup();
        names
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        self.base.resolve(path)
    }

    fn probe(&self, probe: &Probe) -> Probed {
        self.base.probe(probe)
    }
}
