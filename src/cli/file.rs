//! A file of its own that a command was told to write: whole or not at all.

use crate::sys::time::HOUR;
use crate::sys::{Act, Look, Millis};
use std::io;
use std::path::Path;

/// How the name of a file ends that is not in its place yet.
const STAGED: &str = ".zirkabot-tmp";

/// A staged file younger than this may belong to a writer at work, if that cannot be told.
const AT_WORK: Millis = HOUR / 6;

/// Puts the bytes there, with these permission bits; what is there is replaced at once.
pub(super) fn put(act: &mut dyn Act, path: &Path, mode: u32, bytes: &[u8]) -> io::Result<()> {
    let path = act.resolve(&act.host().cwd.join(path));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    clear(act, &path, &name);
    let staged = path.with_file_name(format!(".{name}.{}{STAGED}", act.host().pid));
    act.create(&staged, mode, None, bytes)?;
    act.rename(&staged, &path).inspect_err(|_| {
        let _ = act.remove(&staged);
    })?;
    path.parent().map_or(Ok(()), |dir| act.sync_dir(dir))
}

/// Removes what writers of the same file left that were killed.
fn clear(act: &mut dyn Act, path: &Path, name: &str) {
    let Some(dir) = path.parent() else { return };
    for left in act.list(dir) {
        let ours = left.strip_prefix(&format!(".{name}.")).and_then(|rest| rest.strip_suffix(STAGED));
        let pid = ours.and_then(|pid| pid.parse::<u32>().ok());
        let left = dir.join(left);
        if pid.is_some_and(|pid| is_over(act.as_look(), pid, &left)) {
            let _ = act.remove(&left);
        }
    }
}

/// Whether the process is no more: by the list of processes, where there is one, else by the file's age.
fn is_over(look: &dyn Look, pid: u32, left: &Path) -> bool {
    if pid == look.host().pid {
        return true;
    }
    if look.stat(Path::new("/proc/self")).is_some() {
        return look.stat(&Path::new("/proc").join(pid.to_string())).is_none();
    }
    look.stat(left).is_some_and(|stat| look.host().now.saturating_sub(stat.mtime) > AT_WORK)
}
