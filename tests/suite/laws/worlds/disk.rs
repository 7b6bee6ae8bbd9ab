//! Made homes on the real file system: the machine in memory tells the truth about it.

use super::laws::{self, Broken, Seen, law, word};
use super::made::Made;
use super::memory::{Memory, Thing};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use zirkabot::change::plan::Plan;
use zirkabot::pipeline;
use zirkabot::sys::real::Real;

/// What is in a home: by path, mode and contents.
type Snapshot = BTreeMap<PathBuf, (u32, Thing)>;

/// What apply keeps for itself, with times that differ.
fn is_record(path: &Path) -> bool {
    let path = path.to_string_lossy();
    ["/backups", "/journal.jsonl", "/.lock"].iter().any(|name| path.contains(name))
}

fn of_disk(home: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    for path in crate::support::plans::walk(home).into_iter().filter(|path| !is_record(path)) {
        let meta = std::fs::symlink_metadata(&path).unwrap();
        let thing = if meta.is_symlink() {
            Thing::Link(std::fs::read_link(&path).unwrap())
        } else if meta.is_dir() {
            Thing::Dir
        } else {
            Thing::File(std::fs::read(&path).unwrap())
        };
        found.insert(path, (meta.mode() & 0o7777, thing));
    }
    found
}

fn of_memory(memory: &Memory, home: &Path) -> Snapshot {
    let inside = memory.entries.iter().filter(|(path, _)| path.starts_with(home) && *path != home);
    let inside = inside.filter(|(path, _)| !is_record(path));
    inside.map(|(path, entry)| (path.clone(), (entry.mode, entry.thing.clone()))).collect()
}

/// A plan without inode numbers.
fn told(plan: &Plan) -> Vec<String> {
    let change = |change: &zirkabot::change::plan::Change| {
        let bytes = change.bytes().map(|bytes| zirkabot::sys::digest::sha256(bytes.expose()));
        format!("{} {} {bytes:?} {:?}", word(&change.action), change.path.display(), change.mode)
    };
    plan.changes.iter().map(change).collect()
}

/// The same plan, the same outcome, and the same way back on both, in whatever order the files
/// were made.
pub(super) fn agrees(made: &Made) -> Result<Seen, Broken> {
    let dir = tempfile::tempdir().unwrap();
    let home = std::fs::canonicalize(dir.path()).unwrap();
    let mut memory = made.memory(&home, rustix::process::geteuid().as_raw());
    made.lay(&home, made.now % 2 == 0);
    let mut real = Real::new(memory_host(&memory));
    let before = of_disk(&home);
    law!(
        "laid",
        before == of_memory(&memory, &home),
        "{:#?}",
        differing(&before, &of_memory(&memory, &home))
    );
    let ahead = pipeline::ahead(&memory, &made.ask, &made.choice);
    let on_disk = pipeline::ahead(&real, &made.ask, &made.choice);
    law!("same plan", told(&ahead.plan) == told(&on_disk.plan), "{:?} {:?}", ahead.plan, on_disk.plan);
    let seen = Seen {
        actions: ahead.plan.changes.iter().map(|change| word(&change.action)).collect(),
        ..Seen::default()
    };
    if ahead.plan.changes.is_empty() {
        return Ok(seen);
    }
    laws::carried_out(&mut memory, made, &ahead)?;
    let recorded = laws::carried_out(&mut real, made, &on_disk)?;
    let (disk, mem) = (of_disk(&home), of_memory(&memory, &home));
    law!("same outcome", disk == mem, "{:#?}", differing(&disk, &mem));
    let state = &on_disk.now.world.paths.state;
    if !recorded {
        return Ok(seen);
    }
    laws::undone(&mut real, state)?;
    let mut back = of_disk(&home);
    back.retain(|path, _| before.contains_key(path) || !state.starts_with(path));
    law!("taken back", back == before, "{:#?}", differing(&before, &back));
    Ok(seen)
}

fn memory_host(memory: &Memory) -> zirkabot::sys::Host {
    use zirkabot::sys::Look;
    memory.host().clone()
}

/// The paths at which two homes differ.
fn differing(one: &Snapshot, other: &Snapshot) -> Vec<String> {
    let paths = one.keys().chain(other.keys()).filter(|path| one.get(*path) != other.get(*path));
    paths.map(|path| format!("{}: {:?} / {:?}", path.display(), one.get(path), other.get(path))).collect()
}
