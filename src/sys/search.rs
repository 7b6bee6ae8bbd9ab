//! Where programs are looked for, as a shell does.

use std::path::PathBuf;

/// Where a program of this name would be, by the text of `PATH`, but for what depends on where one stands.
pub(crate) fn places(path: &str, name: &str) -> impl Iterator<Item = PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path).filter(|dir| dir.is_absolute()).map(move |dir| dir.join(&file))
}
