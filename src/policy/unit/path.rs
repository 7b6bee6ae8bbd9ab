//! The search path of a service: as short as it can be, and the same whoever installs it, so that
//! the gateway finds its programs without a shell. Which directories, and in which order, is the
//! gateway's own rule.

use crate::world::World;

/// Directories that variables name, with what is added to each.
const NAMED: [(&str, &str); 7] = [
    ("PNPM_HOME", ""),
    ("NPM_CONFIG_PREFIX", "bin"),
    ("BUN_INSTALL", "bin"),
    ("VOLTA_HOME", "bin"),
    ("ASDF_DATA_DIR", "shims"),
    ("NVM_DIR", "current/bin"),
    ("FNM_DIR", "current/bin"),
];

/// Directories below the home.
const OWN: [&str; 9] = [
    ".local/bin",
    ".npm-global/bin",
    "bin",
    ".nvm/current/bin",
    ".fnm/current/bin",
    ".volta/bin",
    ".asdf/shims",
    ".local/share/pnpm",
    ".bun/bin",
];

/// Directories of the system.
pub(crate) const SYSTEM: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// Directories of macOS.
const MACOS: [&str; 4] = ["/opt/homebrew/bin", "/usr/local/bin", "/usr/bin", "/bin"];

/// The search path on Linux.
pub(crate) fn search_path(world: &World) -> String {
    let named = NAMED.iter().filter_map(|(name, below)| {
        let dir = world.env.setting(name).filter(|dir| dir.starts_with('/') && !dir.contains(':'))?;
        let dir = dir.trim_end_matches('/').to_owned();
        Some(if below.is_empty() { dir } else { format!("{dir}/{below}") })
    });
    let own = OWN.iter().map(|below| world.paths.home.join(below).display().to_string());
    joined(named.chain(own).chain(SYSTEM.iter().map(|dir| (*dir).to_owned())))
}

/// The search path on macOS.
pub(crate) fn macos() -> String {
    joined(MACOS.iter().map(|dir| (*dir).to_owned()))
}

fn joined(dirs: impl Iterator<Item = String>) -> String {
    let mut path: Vec<String> = Vec::new();
    for dir in dirs {
        if !path.contains(&dir) {
            path.push(dir);
        }
    }
    path.join(":")
}

#[cfg(test)]
mod tests {
    use crate::policy::unit::path::*;
    use crate::report::sample;

    #[test]
    fn named_directories_come_first_and_each_once() {
        let world = sample::world(&[("VOLTA_HOME", "/home/u/.volta/"), ("BUN_INSTALL", "bun")], &[]);
        let path = search_path(&world);
        assert!(path.starts_with("/home/u/.volta/bin:/home/u/.local/bin:"), "{path}");
        assert!(path.ends_with(":/usr/local/bin:/usr/bin:/bin"), "{path}");
        assert_eq!(path.matches(".volta/bin").count(), 1, "{path}");
    }
}
