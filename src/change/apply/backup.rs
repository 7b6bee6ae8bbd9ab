//! The bytes that were there before: `$STATE/backups/<apply id>/<n>-<file name>`, 0o600 in
//! 0o700, durable before anything is replaced.

use crate::change::apply::id::time_of;
use crate::change::apply::{ApplyFault, make_dirs};
use crate::sys::{Fault, Files, Look, Reading};
use std::path::{Path, PathBuf};

/// Applies whose backups stay.
const KEEP: usize = 20;

/// Where all backups are.
pub(super) fn dir_in(state_dir: &Path) -> PathBuf {
    state_dir.join("backups")
}

/// Where the backup of change `n` of apply `id` goes.
pub(super) fn path_of(state_dir: &Path, id: &str, n: usize, target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    dir_in(state_dir).join(id).join(format!("{n}-{name}"))
}

/// Where what change `n` of apply `id` made of the file is kept, so that an undo can tell it from what others
/// make of it later.
pub(super) fn after_of(state_dir: &Path, id: &str, n: usize, target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    dir_in(state_dir).join(id).join(format!("{n}-{name}.after"))
}

/// Refuses a place that is no directory of ours, such as a link to one.
pub(super) fn refuse_foreign(look: &dyn Look, state_dir: &Path) -> Result<(), ApplyFault> {
    let dir = dir_in(state_dir);
    match look.read_own(&dir, 0) {
        Reading::Fault(Fault::NotOurs(why), stat) if stat.is_none_or(|stat| !stat.is_dir) => {
            Err(ApplyFault::Io { path: dir, what: Fault::NotOurs(why) })
        }
        _ => Ok(()),
    }
}

/// Keeps `bytes` at `path`.
pub(super) fn keep(act: &mut dyn Files, path: &Path, bytes: &[u8]) -> Result<(), ApplyFault> {
    let dir = path.parent().unwrap_or(Path::new("/"));
    make_dirs(act, dir, 0o700)?;
    act.create(path, 0o600, None, bytes).map_err(ApplyFault::at(path))?;
    act.sync_dir(dir).map_err(ApplyFault::at(dir))
}

/// Lets go of all but the newest. What cannot be removed now can be removed next time. Only
/// directories that are named like an apply are ours.
pub(super) fn prune(act: &mut dyn Files, state_dir: &Path) {
    let dir = dir_in(state_dir);
    let mut ids = act.list(&dir);
    ids.retain(|name| time_of(name).is_some());
    for id in ids.iter().rev().skip(KEEP) {
        let old = dir.join(id);
        for name in act.list(&old) {
            let _ = act.remove(&old.join(name));
        }
        let _ = act.remove_dir(&old);
    }
}
