//! The bytes that were there before: `$STATE/backups/<apply id>/<n>-<file name>`, 0o600 in
//! 0o700, durable before anything is replaced.

use crate::change::apply::id::time_of;
use crate::change::apply::{ApplyFault, make_dirs};
use crate::sys::Files;
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
