//! Who runs this, and on which machine.

use crate::sys::secret::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Effective user id.
pub(super) fn id() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// A variable is called as it was set.
pub(super) fn variable(name: String) -> String {
    name
}

/// The machine's name, without its domain.
pub(super) fn machine_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    name.split('.').next().filter(|name| !name.is_empty()).unwrap_or("localhost").to_owned()
}

/// `HOME` if it is an absolute path, else what the user database says.
pub(super) fn home(env: &BTreeMap<String, Secret>) -> PathBuf {
    let named = env.get("HOME").map(|home| PathBuf::from(home.expose()));
    named
        .filter(|home| home.is_absolute())
        .or_else(std::env::home_dir)
        .filter(|home| home.is_absolute())
        .unwrap_or_else(|| PathBuf::from("/"))
}

#[cfg(test)]
mod tests {
    use crate::sys::real::user::*;

    #[test]
    fn home_is_the_variable_only_if_it_is_absolute() {
        let env = |home: &str| BTreeMap::from([("HOME".to_owned(), Secret::from(home))]);
        assert_eq!(home(&env("/home/somebody")), PathBuf::from("/home/somebody"));
        assert!(home(&env("")).is_absolute());
        assert!(home(&env("relative")).is_absolute());
    }
}
