//! What a file has beside mode and owner survives that it is replaced; and what somebody writes between the
//! last look and the rename is not lost.

use crate::support::home::{CONFIG, Home, NOW, STORE};
use crate::support::hooked::Hooked;
use crate::support::plans::{
    FOREIGN, Home as Bare, NEW, OLD, bytes, chmod, failed, leftovers, mode, put, put_once, say, state,
};
use rustix::fs::{XattrFlags, getxattr, setxattr};
use std::cell::Cell;
use std::path::Path;
use zirkabot::change::apply::ApplyFault;

const ACL: &str = "system.posix_acl_access";

/// Nobody may read it, its group may not, in the form of the kernel.
fn acl() -> Vec<u8> {
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, allowed, id) in
        [(1_u16, 6_u16, u32::MAX), (2, 4, 65_534), (4, 0, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)]
    {
        list.extend(tag.to_le_bytes());
        list.extend(allowed.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

/// Sets an attribute; whether the file system knows such.
fn set(path: &Path, name: &str, value: &[u8]) -> bool {
    let done = setxattr(path, name, value, XattrFlags::empty());
    if let Err(error) = done {
        say(&format!("SKIPPED: {name} cannot be set in {}: {error}", path.display()));
    }
    done.is_ok()
}

fn get(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0_u8; 4096];
    let length = getxattr(path, name, &mut value[..]).ok()?;
    value.truncate(length);
    Some(value)
}

#[test]
fn an_access_control_list_and_attributes_survive_a_change_and_its_undo() {
    let store = r#"{"version": 1, "profiles": {}}"#;
    let home = Home::with(
        NOW,
        &[(CONFIG, "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n"), (STORE, store)],
    );
    let (config, store) = (home.path().join(CONFIG), home.path().join(STORE));
    for path in [&config, &store] {
        if !set(path, ACL, &acl()) || !set(path, "user.note", b"keep me") {
            return;
        }
    }
    let holds = |when: &str| {
        for path in [&config, &store] {
            assert_eq!(get(path, ACL), Some(acl()), "{when}: {}", path.display());
            assert_eq!(
                get(path, "user.note").as_deref(),
                Some(&b"keep me"[..]),
                "{when}: {}",
                path.display()
            );
            assert_eq!(mode(path), 0o640, "{when}: {}", path.display());
        }
    };
    holds("before");
    let key = "sk-ant-api03-CANARY-key-0000000000000000000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    std::fs::write(home.path().join("key"), key).unwrap();
    for line in [
        "zirkabot config set agents.defaults.model anthropic/claude-sonnet-4-5",
        "zirkabot models auth paste-token --provider anthropic < ~/key",
        "zirkabot undo",
        "zirkabot undo --list",
    ] {
        let (code, out, err) = home.run(line);
        assert!(code == 0 || line.ends_with("--list"), "{line}: {code} {out} {err}");
        holds(line);
    }
    let kept = home
        .snapshot()
        .into_iter()
        .filter(|(path, entry)| path.contains("/backups/") && !entry.is_dir() && entry.mode & 0o077 != 0);
    assert_eq!(kept.count(), 0, "backups are private");
}

#[test]
fn a_removed_file_comes_back_without_the_mask_as_the_groups_bits() {
    let (home, path) = Bare::with("file.json", OLD, 0o600);
    if !set(&path, ACL, &acl()) {
        return;
    }
    let mut real = crate::support::plans::real(&home.root);
    let to = crate::support::plans::target(&home.root, 10_000);
    let remove = &mut |look: &dyn zirkabot::sys::Look| crate::support::plans::setting(look, &path, None);
    assert_eq!(zirkabot::change::apply::apply(&mut real, &to, remove).unwrap().failure(), None);
    assert!(!path.exists());
    assert_eq!(home.begins()[0].changes[0].before.as_ref().unwrap().mode, 0o600);
}

#[test]
fn a_list_that_a_directory_gives_to_new_files_lets_nobody_in() {
    let (home, path) = Bare::with("made/file.json", OLD, 0o640);
    if !set(path.parent().unwrap(), "system.posix_acl_default", &acl()) {
        return;
    }
    home.set(&path, NEW);
    home.set(&path, OLD);
    assert_eq!(get(&path, ACL), None);
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn what_cannot_be_kept_is_not_written_over() {
    let (home, path) = Bare::with("file.json", OLD, 0o600);
    let mut act = Hooked::new(&home.root, NOW, |verb, _| match verb {
        "carry" => Err(rustix::io::Errno::NOSPC.into()),
        _ => Ok(()),
    });
    let receipt = put(&mut act, &home.root, &path, NEW).unwrap();
    assert!(matches!(failed(&receipt), ApplyFault::Io { path: at, .. } if *at == path));
    assert_eq!(bytes(&path), OLD);
    assert_eq!(leftovers(&home.root), Vec::<std::path::PathBuf>::new());
}

// ── between the last look and the rename ──

/// Ways in which an editor saves.
const SAVES: &[fn(&Path)] = &[
    |path| std::fs::write(path, FOREIGN).unwrap(),
    |path| {
        let beside = path.with_extension("saved");
        std::fs::write(&beside, FOREIGN).unwrap();
        chmod(&beside, 0o600);
        std::fs::rename(beside, path).unwrap();
    },
];

#[test]
fn what_somebody_writes_after_the_last_look_stays() {
    for save in SAVES {
        let (home, path) = Bare::with("file.json", OLD, 0o600);
        let file = path.clone();
        let mut act = Hooked::new(&home.root, NOW, move |verb, at| {
            if verb == "rename" && at == file && bytes(at) == OLD {
                save(at);
            }
            Ok(())
        });
        let receipt = put_once(&mut act, &home.root, &path, NEW).unwrap();
        assert_eq!(failed(&receipt), &ApplyFault::Stale { path: path.clone() });
        assert_eq!(bytes(&path), FOREIGN);
        assert_eq!(leftovers(&home.root), Vec::<std::path::PathBuf>::new());
        drop(act);
        // Planned again, it is done.
        home.set(&path, NEW);
        assert_eq!(bytes(&path), NEW);
    }
}

#[test]
fn of_two_that_somebody_writes_the_newer_one_stays() {
    let newest = br#"{"key": "sk-CANARY-newest"}"#;
    let (home, path) = Bare::with("file.json", OLD, 0o600);
    let times = Cell::new(0);
    let file = path.clone();
    let mut act = Hooked::new(&home.root, NOW, |verb, at| {
        if at == file && matches!(verb, "rename" | "exchanged") {
            times.set(times.get() + 1);
            match times.get() {
                1 => SAVES[1](at),
                2 => std::fs::write(at, newest).unwrap(),
                _ => {}
            }
        }
        Ok(())
    });
    let receipt = put_once(&mut act, &home.root, &path, NEW).unwrap();
    assert_eq!(failed(&receipt), &ApplyFault::Stale { path: path.clone() });
    assert_eq!(bytes(&path), newest);
    assert_eq!(leftovers(&home.root), Vec::<std::path::PathBuf>::new());
}

#[test]
fn an_old_file_that_cannot_be_removed_goes_back() {
    let (home, path) = Bare::with("file.json", OLD, 0o600);
    let mut act = Hooked::new(&home.root, NOW, |verb, at| match verb {
        "remove" if at.extension().is_some_and(|end| end == "zirkabot-tmp") => {
            Err(rustix::io::Errno::NOSPC.into())
        }
        _ => Ok(()),
    });
    let receipt = put(&mut act, &home.root, &path, NEW).unwrap();
    assert!(matches!(failed(&receipt), ApplyFault::Io { .. }));
    assert_eq!(bytes(&path), OLD);
    assert_eq!(leftovers(&home.root), Vec::<std::path::PathBuf>::new());
    assert!(state(&home.root).exists());
}
