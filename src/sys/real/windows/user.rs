//! Who runs this on Windows, and on which machine.

#![expect(clippy::disallowed_methods, reason = "this is where the user's directory is asked for")]

use crate::sys::secret::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Users have no numbers there. All files belong to this one, so that nobody's are taken for another's; it is not that
/// of a superuser, who is told other things.
pub(super) const ONE: u32 = 1;

pub(super) fn id() -> u32 {
    ONE
}

/// Names of variables are the same there in small and large letters; we ask for large ones.
pub(super) fn variable(name: String) -> String {
    name.to_uppercase()
}

/// The machine's name.
pub(super) fn machine_name() -> String {
    std::env::var("COMPUTERNAME")
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}

/// `%USERPROFILE%` if it is an absolute path, else what the system says. `HOME` is for other shells, and often of
/// another form.
pub(super) fn home(env: &BTreeMap<String, Secret>) -> PathBuf {
    let named = env.get("USERPROFILE").map(|home| PathBuf::from(home.expose()));
    named
        .filter(|home| home.is_absolute())
        .or_else(std::env::home_dir)
        .filter(|home| home.is_absolute())
        .unwrap_or_else(|| PathBuf::from("C:\\"))
}
