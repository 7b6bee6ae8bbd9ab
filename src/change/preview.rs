//! A look at how things would be: the world of another [`Look`], with the changes of a plan
//! already made. This is how a dry run verifies itself; nothing is ever written.

use crate::change::plan::{Action, Change, Plan};
use crate::sys::secret::Secret;
use crate::sys::{Fault, Host, Look, Probe, Probed, Reading, Stat, http};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Another look, with a plan's changes made.
pub struct Overlay<'a> {
    base: &'a dyn Look,
    /// Files and directories that would be there, or no more.
    made: BTreeMap<PathBuf, Virtual<'a>>,
    /// What was moved, from where and to where, oldest first.
    moves: Vec<(PathBuf, PathBuf)>,
    /// Where links of the base lead: each is followed once a look, though several questions are asked of each path.
    led: RefCell<HashMap<PathBuf, PathBuf>>,
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
        let mut overlay = Self { base, made: BTreeMap::new(), moves: Vec::new(), led: RefCell::default() };
        for change in &plan.changes {
            overlay.make(change);
        }
        overlay
    }

    /// Makes one change more.
    pub fn make(&mut self, change: &'a Change) {
        let target = change.target(self);
        let existing = self.stat(&target);
        let mode = change.mode_over(existing);
        let made = match &change.action {
            Action::Create(bytes) | Action::Update(bytes) => {
                self.make_parents(&target, change.dir_mode());
                Virtual::File(bytes, self.stat_of(mode, existing, false))
            }
            Action::Chmod => match existing {
                Some(stat) => self.with_mode(&target, Stat { mode, ..stat }),
                None => return,
            },
            Action::MakeDir => {
                self.make_parents(&target, mode);
                Virtual::Dir(self.stat_of(mode, None, true))
            }
            Action::Remove | Action::RemoveDir => Virtual::Nothing,
            Action::Move(to) => match existing {
                Some(stat) => return self.move_to(&target, to, stat),
                None => return,
            },
        };
        self.made.insert(target, made);
    }

    /// What is in a place, with other metadata.
    fn with_mode(&self, path: &Path, stat: Stat) -> Virtual<'a> {
        match self.made.get(path) {
            Some(Virtual::File(bytes, _)) => Virtual::File(bytes, stat),
            Some(Virtual::Dir(_)) => Virtual::Dir(stat),
            _ => Virtual::Same(stat),
        }
    }

    /// What is known of the place, and of all below it, goes along.
    fn move_to(&mut self, from: &Path, to: &Path, stat: Stat) {
        self.make_parents(to, 0o700);
        // What was there before and went is of no interest any more.
        self.made.retain(|path, _| !path.starts_with(to));
        let known: Vec<PathBuf> = self.made.keys().filter(|path| path.starts_with(from)).cloned().collect();
        for path in known {
            let moved = follow(&path, from, to);
            if let (Some(made), Some(moved)) = (self.made.remove(&path), moved) {
                self.made.insert(moved, made);
            }
        }
        self.made.entry(to.to_owned()).or_insert(Virtual::Same(stat));
        self.made.insert(from.to_owned(), Virtual::Nothing);
        self.moves.push((from.to_owned(), to.to_owned()));
    }

    /// Where the base has what would be at `path`; `None` if nothing of the base would be there.
    fn below(&self, path: &Path) -> Option<PathBuf> {
        let mut path = path.to_owned();
        for (from, to) in self.moves.iter().rev() {
            if let Some(earlier) = follow(&path, to, from) {
                path = earlier;
            } else if path.starts_with(from) {
                return None;
            }
        }
        Some(path)
    }

    /// The same, where links may lead to what was moved.
    fn in_base(&self, path: &Path) -> Option<PathBuf> {
        self.below(&self.resolve(path))
    }

    /// The same for what follows links by itself: where nothing was moved, they are followed there.
    fn seen_in_base(&self, path: &Path) -> Option<PathBuf> {
        if self.moves.is_empty() { Some(path.to_owned()) } else { self.in_base(path) }
    }

    fn followed(&self, path: &Path) -> PathBuf {
        if let Some(known) = self.led.borrow().get(path) {
            return known.clone();
        }
        let found = self.base.resolve(path);
        self.led.borrow_mut().insert(path.to_owned(), found.clone());
        found
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

    /// Metadata of what is new, or replaces `existing`; its inode is not known yet.
    fn stat_of(&self, mode: u32, existing: Option<Stat>, is_dir: bool) -> Stat {
        let host = self.base.host();
        let fresh = Stat { is_dir, mode, uid: host.uid, gid: 0, ino: 0, mtime: host.now };
        existing.map_or(fresh, |old| Stat { mode, ino: 0, mtime: host.now, ..old })
    }

    fn find(&self, path: &Path) -> Option<&Virtual<'a>> {
        // Nothing is made among processes, of which there may be thousands.
        if self.made.is_empty() || path.starts_with(self.base.host().system("proc")) {
            return None;
        }
        self.made.get(path).or_else(|| self.made.get(&self.resolve(path)))
    }
}

/// `path`, if it is `from` or below it, as it is called when that is `to`.
fn follow(path: &Path, from: &Path, to: &Path) -> Option<PathBuf> {
    let rest = path.strip_prefix(from).ok()?;
    Some(if rest.as_os_str().is_empty() { to.to_owned() } else { to.join(rest) })
}

impl Look for Overlay<'_> {
    fn host(&self) -> &Host {
        self.base.host()
    }

    fn read(&self, path: &Path, limit: usize) -> Reading {
        let base = || self.seen_in_base(path).map_or(Reading::Absent, |path| self.base.read(&path, limit));
        match self.find(path) {
            None => base(),
            Some(Virtual::Nothing) => Reading::Absent,
            Some(Virtual::Dir(stat)) => Reading::Fault(Fault::NotAFile("a directory"), Some(*stat)),
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

    fn read_own(&self, path: &Path, limit: usize) -> Reading {
        match (self.find(path), self.in_base(path)) {
            (None, Some(path)) => self.base.read_own(&path, limit),
            _ => self.read(path, limit),
        }
    }

    fn stat(&self, path: &Path) -> Option<Stat> {
        match self.find(path) {
            Some(Virtual::Nothing) => None,
            Some(Virtual::File(_, stat) | Virtual::Same(stat) | Virtual::Dir(stat)) => Some(*stat),
            None => self.seen_in_base(path).and_then(|path| self.base.stat(&path)),
        }
    }

    fn print_secrets(&self, probes: &[Probe]) -> Vec<Probed> {
        self.base.print_secrets(probes)
    }

    fn has_acl(&self, path: &Path) -> bool {
        self.in_base(path).is_some_and(|path| self.base.has_acl(&path))
    }

    fn is_fixed(&self, path: &Path) -> bool {
        self.in_base(path).is_some_and(|path| self.base.is_fixed(&path))
    }

    fn list(&self, dir: &Path) -> Vec<String> {
        let mut names = self.seen_in_base(dir).map(|dir| self.base.list(&dir)).unwrap_or_default();
        if self.made.is_empty() {
            return names;
        }
        let dir = self.resolve(dir);
        names.retain(|name| !matches!(self.made.get(&dir.join(name)), Some(Virtual::Nothing)));
        let there = self.made.iter().filter(|(_, made)| !matches!(made, Virtual::Nothing));
        for path in there.map(|(path, _)| path).filter(|path| path.parent() == Some(&dir)) {
            names.extend(path.file_name().and_then(|name| name.to_str()).map(str::to_owned));
        }
        names.sort();
        names.dedup();
        names
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        match self.below(path) {
            // Links that are moved are taken to lead to what is moved along with them.
            Some(source) if source != path => {
                let resolved = self.followed(&source);
                let moves = self.moves.iter();
                moves.fold(resolved, |path, (from, to)| follow(&path, from, to).unwrap_or(path))
            }
            Some(_) => self.followed(path),
            None => path.to_owned(),
        }
    }

    fn probe(&self, probe: &Probe) -> Probed {
        self.base.probe(probe)
    }

    fn ask(&self, request: &http::Request) -> Result<http::Response, http::Unanswered> {
        self.base.ask(request)
    }
}
