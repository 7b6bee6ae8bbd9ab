//! Random plans of all actions over a small home, each change made for what those before it leave,
//! and the whole tree of a home as something that can be compared.

use crate::support::home::STORE;
use crate::support::plans::{lay, state};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use zirkabot::catalog::documents::Format;
use zirkabot::change::plan::{Action, Change, ChangeReason, FileMode, Plan, Precondition};
use zirkabot::change::preview::Overlay;
use zirkabot::change::proposal::Class;
use zirkabot::sys::secret::Secret;
use zirkabot::sys::{Look, Reading};

/// What is there at first: `None` for a directory.
const THERE: &[(&str, Option<&str>, u32)] = &[
    (".zirkabot", None, 0o700),
    (STORE, Some("{\"CANARY\": 0}"), 0o600),
    ("a/f.json", Some("{\"f\": \"CANARY\"}"), 0o644),
    ("a/d/g.json", Some("[1]"), 0o400),
    ("a/d", None, 0o750),
    ("b/broken", Some("{ not JSON: \"CANARY\""), 0o600),
    ("b/empty", None, 0o755),
];

/// Links of the home, and where they lead.
const LINKS: &[(&str, &str)] = &[("link.json", "a/f.json"), ("dirlink", "a"), ("nowhere", "b/none.json")];

/// Where a change may be made.
const PLACES: &[&str] = &[
    "a",
    "a/d",
    "a/d/g.json",
    "a/f.json",
    "a/new.json",
    "b",
    "b/broken",
    "b/empty",
    "b/empty/e.json",
    "c",
    "c/d/g.json",
    "c/f.json",
    "dirlink/f.json",
    "dirlink/new.json",
    "link.json",
    "nowhere",
    "new/deep/n.json",
    "new/deep",
    STORE,
    ".zirkabot/agents/ops/agent/auth-profiles.json",
];

/// Makes the home.
pub(crate) fn build(home: &Path) {
    for (path, text, mode) in THERE {
        let path = home.join(path);
        match text {
            Some(text) => lay(&path, text.as_bytes(), *mode),
            None => {
                std::fs::create_dir_all(&path).unwrap();
                crate::support::plans::chmod(&path, *mode);
            }
        }
    }
    for (link, to) in LINKS {
        symlink(to, home.join(link)).unwrap();
    }
}

/// A change in the rough: what, where, and a number for whatever else there is to choose.
pub(crate) type Rough = (u8, usize, usize);

/// Up to eight of them.
pub(crate) fn roughs() -> impl Strategy<Value = Vec<Rough>> {
    vec((0..6_u8, 0..PLACES.len(), 0..PLACES.len() * 3), 1..9)
}

/// The plan that `roughs` stand for; what cannot be done is left out.
pub(crate) fn plan(look: &dyn Look, home: &Path, roughs: &[Rough]) -> Plan {
    let mut plan = Plan::default();
    for rough in roughs {
        let change = change(&Overlay::new(look, &plan), home, *rough);
        plan.changes.extend(change);
    }
    plan
}

fn change(look: &dyn Look, home: &Path, (kind, place, more): Rough) -> Option<Change> {
    let path = home.join(PLACES[place]);
    let stat = look.stat(&path);
    let is_dir = stat.is_some_and(|stat| stat.is_dir);
    let is_blocked = |path: &Path| {
        let above = path.ancestors().skip(1).find_map(|dir| look.stat(dir));
        above.is_some_and(|stat| !stat.is_dir)
    };
    // A link into a directory that is not there is refused, and is tested elsewhere.
    let target = look.resolve(&path);
    let leads_nowhere = zirkabot::change::plan::direct(look, &path) != target
        && target.parent().is_none_or(|dir| look.stat(dir).is_none());
    if is_blocked(&path) || is_blocked(&target) || leads_nowhere {
        return None;
    }
    let file_mode = [0o600, 0o644, 0o400, 0o640][more % 4];
    let dir_mode = [0o700, 0o755, 0o750, 0o711][more % 4];
    let bytes = || Secret::new(format!("{{\"new\": \"CANARY {more}\"}}").into_bytes());
    let (action, mode) = match (kind, stat) {
        (0, None) => (Action::Create(bytes()), FileMode::Exact(file_mode)),
        (0, Some(_)) if !is_dir => (Action::Update(bytes()), FileMode::Private),
        (1, Some(_)) => (Action::Chmod, FileMode::Exact(if is_dir { dir_mode } else { file_mode })),
        (2, Some(_)) if !is_dir => (Action::Remove, FileMode::Private),
        (3, None) if path == target => (Action::MakeDir, FileMode::Exact(dir_mode)),
        (4, Some(stat)) if is_dir && look.list(&path).is_empty() => {
            (Action::RemoveDir, FileMode::Exact(stat.mode))
        }
        (5, Some(stat)) => {
            let to = home.join(PLACES[more % PLACES.len()]);
            let is_free = look.stat(&to).is_none() && look.resolve(&to) == to && !is_blocked(&to);
            if !is_free || path != target || to.starts_with(&path) {
                return None;
            }
            (Action::Move(to), FileMode::Exact(stat.mode))
        }
        _ => return None,
    };
    if matches!(action, Action::Chmod) && stat.is_some_and(|stat| mode == FileMode::Exact(stat.mode)) {
        return None;
    }
    let precondition = match (&action, look.read(&path, 1 << 20), stat) {
        (Action::Update(_) | Action::Remove, reading @ Reading::File(..), _) if more % 3 > 0 => {
            Precondition::of(&reading)?
        }
        (_, _, Some(stat)) => Precondition::Place(stat),
        (_, _, None) => Precondition::Absent,
    };
    let reasons = vec![ChangeReason { code: None, what: "because the test says so".to_owned() }];
    let (lock, format, class) = (zirkabot::change::plan::Lock::of_name(&path), Format::Json, Class::Fix);
    Some(Change { path, action, lock, format, precondition, mode, class, reasons })
}

/// What the writer keeps for itself.
fn is_kept(home: &Path, path: &Path) -> bool {
    ["backups", "journal.jsonl", ".lock"].iter().any(|name| path.starts_with(state(home).join(name)))
}

/// The whole tree: kind and mode, bytes or link target.
pub(crate) fn tree(home: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let entries = walkdir::WalkDir::new(home).min_depth(1).into_iter().map(Result::unwrap);
    let entries = entries.filter(|entry| !is_kept(home, entry.path()));
    let entry = |entry: walkdir::DirEntry| {
        let found = entry.metadata().unwrap();
        let bytes = match entry.path() {
            path if found.is_symlink() => {
                std::fs::read_link(path).unwrap().into_os_string().into_encoded_bytes()
            }
            path if found.is_file() => std::fs::read(path).unwrap(),
            _ => Vec::new(),
        };
        (entry.into_path(), (found.mode(), bytes))
    };
    entries.map(entry).collect()
}

/// What there is to see through a look: kind, mode, owner and bytes.
pub(crate) fn view(look: &dyn Look, home: &Path) -> BTreeMap<PathBuf, String> {
    let mut seen = BTreeMap::new();
    see(look, home, home, &mut seen);
    seen
}

fn see(look: &dyn Look, home: &Path, dir: &Path, seen: &mut BTreeMap<PathBuf, String>) {
    for path in look.list(dir).into_iter().map(|name| dir.join(name)) {
        if is_kept(home, &path) {
            continue;
        }
        let stat = look.stat(&path).map(|stat| (stat.is_dir, format!("{:o}", stat.mode), stat.uid));
        let read = match look.read(&path, 1 << 20) {
            Reading::File(bytes, _) => String::from_utf8_lossy(bytes.expose()).into_owned(),
            Reading::Absent => "absent".to_owned(),
            _ => "no file".to_owned(),
        };
        let is_dir = stat.as_ref().is_some_and(|(is_dir, ..)| *is_dir);
        seen.insert(path.clone(), format!("{stat:?} {read}"));
        if is_dir {
            see(look, home, &path, seen);
        }
    }
}
