//! A file of its own that a command was told to write: whole or not at all.

use crate::sys::Act;
use std::io;
use std::path::Path;

/// Puts the bytes there, with these permission bits; what is there is replaced at once.
pub(super) fn put(act: &mut dyn Act, path: &Path, mode: u32, bytes: &[u8]) -> io::Result<()> {
    let path = act.resolve(&act.host().cwd.join(path));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let staged = path.with_file_name(format!(".{name}.{}.zirkabot-tmp", act.host().pid));
    act.create(&staged, mode, None, bytes)?;
    act.rename(&staged, &path).inspect_err(|_| {
        let _ = act.remove(&staged);
    })?;
    path.parent().map_or(Ok(()), |dir| act.sync_dir(dir))
}
