//! Who keeps files in whose place nothing is edited: stores of packages, and mounts that an orchestrator fills.
//! Neither mode nor owner of such a file is the user's to set; who wants it otherwise changes it where it is
//! made.

use std::ffi::OsStr;
use std::path::{Component, Path};

/// Who keeps a file in whose place nothing is edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// A store of packages, such as that of Nix or Guix. Everybody on the machine may read it.
    Packages,
    /// A mount that is filled from elsewhere, or on which nobody writes.
    Mount,
}

impl Keeper {
    /// Where such a file lies.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Packages => "in a package store, which is not edited",
            Self::Mount => "on a mount that is read-only here",
        }
    }

    /// What somebody does who wants it otherwise.
    pub(crate) fn instead(self) -> &'static str {
        match self {
            Self::Packages => {
                "change its source, such as the Home Manager or NixOS configuration, and rebuild"
            }
            Self::Mount => "change the source of the mount, such as a Secret or a ConfigMap",
        }
    }

    /// Who keeps a file, as far as its path tells, with all links resolved.
    pub fn of(target: &Path) -> Option<Self> {
        let names: Vec<&OsStr> = target
            .components()
            .filter_map(|part| match part {
                Component::Normal(name) => Some(name),
                _ => None,
            })
            .collect();
        // Below a home as well: where nobody may make one at the root, it is brought along.
        let is_store =
            |names: &[&OsStr]| STORES.iter().any(|store| names.starts_with(&store.map(OsStr::new)));
        if (0..names.len()).any(|at| is_store(&names[at..]) && names.len() > at + 2) {
            return Some(Self::Packages);
        }
        let is_mount = |mount: &&[&str]| {
            names.len() > mount.len() && mount.iter().zip(&names).all(|(own, name)| *name == OsStr::new(own))
        };
        // The kubelet keeps what it has written so far in directories that begin with two dots.
        let dated = |name: &&OsStr| name.as_encoded_bytes().starts_with(b"..") && name.len() > 2;
        (MOUNTS.iter().any(is_mount) || names.iter().rev().skip(1).any(dated)).then_some(Self::Mount)
    }
}

/// Stores of packages, by the last two names of their directory.
const STORES: &[[&str; 2]] = &[["gnu", "store"], ["nix", "store"]];

/// Where secrets are mounted: by Docker and Podman, Kubernetes, systemd.
const MOUNTS: &[&[&str]] = &[&["run", "credentials"], &["run", "secrets"], &["var", "run", "secrets"]];

#[cfg(test)]
mod tests {
    use crate::catalog::keepers::*;

    #[test]
    fn a_path_tells_who_keeps_a_file() {
        let of = |path: &str| Keeper::of(Path::new(path));
        for path in [
            "/nix/store/0c1b2a3d4e5f6g7h8i9j0k1l2m3n4p5q-zirkabot.toml",
            "/gnu/store/0c1b2a3d-zirkabot/zirkabot.toml",
            "/home/u/.nix-portable/nix/store/0c1b-x/zirkabot.toml",
        ] {
            assert_eq!(of(path), Some(Keeper::Packages), "{path}");
        }
        for path in [
            "/run/secrets/zirkabot.env",
            "/var/run/secrets/x/y",
            "/run/credentials/zirkabot.service/env",
            "/etc/zirkabot/..2026_11_22_12_00_00.123456789/zirkabot.toml",
        ] {
            assert_eq!(of(path), Some(Keeper::Mount), "{path}");
        }
        for path in
            ["/home/u/.zirkabot/.env", "/home/u/run/secrets/x", "/nix/store", "/run/secrets", "/x/..env", "/"]
        {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
