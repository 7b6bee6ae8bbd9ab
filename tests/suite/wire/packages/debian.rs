//! The deb in a Debian of its own, which `tests/prepare` has made by debootstrap: installed, used and purged there.

use crate::support::tools::{said, tool};
use crate::wire::packages::{HERE, done, is_root, package_for, runs};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A copy of that Debian, which may be changed; `None` where there is none.
fn debian() -> Option<tempfile::TempDir> {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/debian");
    if !made.with_extension("made").exists() {
        println!("target/debian is not there (tests/run makes it with debootstrap, as root): skipped");
        return None;
    }
    if !is_root() || tool("chroot").is_none() {
        return None;
    }
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    done(Command::new("cp").arg("-a").arg(&made).arg(dir.path().join("root")));
    Some(dir)
}

/// What is there, by path: its mode, its length unless it is a directory; without what dpkg notes down.
fn files(root: &Path) -> BTreeMap<PathBuf, (u32, Option<u64>)> {
    let entries = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.unwrap());
    let named = entries.map(|entry| (entry.path().strip_prefix(root).unwrap().to_owned(), entry));
    let own = |path: &Path| path.starts_with("var/lib/dpkg") || path.starts_with("var/log");
    named
        .filter(|(path, _)| !own(path))
        .map(|(path, entry)| {
            let about = entry.metadata().unwrap();
            (path, (about.mode(), (!about.is_dir()).then_some(about.len())))
        })
        .collect()
}

#[test]
fn a_deb_is_installed_in_debian_used_by_users_and_purged_without_a_trace() {
    let (Some(deb), Some(dir)) = (package_for(HERE[1], ".deb"), debian()) else { return };
    let root = dir.path().join("root");
    let before = files(&root);
    let inside = |user: &str, line: &str| {
        let mut chroot = Command::new("chroot");
        chroot.arg(format!("--userspec={user}")).arg(&root).args(line.split(' ')).env_clear();
        // As after a login; there is no terminal, and no dialogue.
        chroot.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("DEBIAN_FRONTEND", "noninteractive");
        chroot.env("HOME", if user == "root" { "/root" } else { "/nonexistent" });
        chroot
    };
    std::fs::copy(&deb, root.join("zirkabot.deb")).unwrap();
    done(&mut inside("root", "dpkg -i /zirkabot.deb"));
    std::fs::remove_file(root.join("zirkabot.deb")).unwrap();
    for user in ["root", "nobody"] {
        runs(&mut inside(user, "zirkabot"));
        let (fine, text) = said(&mut inside(user, "zirkabot models status --check"));
        assert!(!fine && text.contains("anthropic") && text.contains("zirkabot onboard"), "{text}");
        let key = format!("sk-ant-api03-CANARY-0000000000000000{}", "A".repeat(72));
        let mut status = inside(user, "zirkabot models status --check");
        let text = done(status.env("ANTHROPIC_API_KEY", &key));
        assert!(text.contains("agent main can talk") && !text.contains(&key), "{text}");
    }
    let installed = done(&mut inside("root", "dpkg -L zirkabot"));
    for own in ["/usr/bin/zirkabot", "/usr/share/bash-completion/completions/zirkabot"] {
        assert!(installed.lines().any(|line| line == own), "{installed}");
    }
    assert_eq!(done(&mut inside("root", "dpkg --audit")), "");
    assert_eq!(done(&mut inside("root", "dpkg --verify zirkabot")), "");
    done(&mut inside("root", "dpkg --purge zirkabot"));
    let (known, text) = said(&mut inside("root", "dpkg --status zirkabot"));
    assert!(!known, "{text}");
    let after = files(&root);
    let changed: Vec<_> = after.iter().filter(|(path, about)| before.get(*path) != Some(about)).collect();
    assert!(changed.is_empty(), "left or changed: {changed:?}");
    let lost: Vec<_> = before.keys().filter(|path| !after.contains_key(*path)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
}
