//! The write path on real files: modes, owners, links, preconditions, faults, overlay, and many
//! writers at once. Other programs are played by hooks (`hooked.rs`) or by this test binary
//! itself.

use crate::support::home::{NOW, STORE};
use crate::support::hooked::Hooked;
use crate::support::plans::{
    FOREIGN, Home, NEW, OLD, bytes, change, child, chmod, failed, home, is_root, lay, leftovers, mode, put,
    put_once, real, role, say, setting, state, store, target, walk,
};
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use zirkabot::change::apply::journal::{self, Ended, Line};
use zirkabot::change::apply::{self, ApplyFault, ChangeOutcome};
use zirkabot::change::plan::Plan;
use zirkabot::change::preview::Overlay;
use zirkabot::sys::digest::sha256;
use zirkabot::sys::{Look, Reading};

/// Plays the part that it is called for by name; nothing at all in an ordinary run.
#[test]
fn child_writer() {
    match role() {
        Some((role, home)) if role.starts_with("keys ") => set_keys(&role, &home),
        Some((role, home)) if role.starts_with("umask ") => set_under_umask(&role, &home),
        Some((role, home)) if role == "die at rename" => die_at_rename(&home),
        _ => {}
    }
}

// ── modes, owners, links ──

fn set_under_umask(role: &str, home: &Path) {
    let umask = rustix::fs::RawMode::from_str_radix(role.trim_start_matches("umask "), 8).unwrap();
    rustix::process::umask(rustix::fs::Mode::from_bits_truncate(umask));
    put(&mut real(home), home, &home.join("made/below/new.json"), NEW).unwrap();
    put(&mut real(home), home, &home.join("made/below/new.json"), OLD).unwrap();
}

#[test]
fn modes_are_exact_whatever_the_umask() {
    for umask in ["umask 000", "umask 022", "umask 077"] {
        let home = home();
        assert!(child("write::path::child_writer", umask, &home.root).output().unwrap().status.success());
        for path in walk(&home.root) {
            let expected = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&path), expected, "{umask}: {}", path.display());
        }
    }
}

#[test]
fn a_file_keeps_its_mode_unless_it_is_to_be_private_and_is_not_or_has_to_have_another() {
    for (existing, planned, expected) in [
        (0o644, 0o600, 0o600),
        (0o640, 0o644, 0o644),
        (0o400, 0o600, 0o400),
        (0o600, 0o644, 0o644),
        (0o660, 0o600, 0o600),
    ] {
        let (home, path) = Home::with("file.json", OLD, existing);
        let receipt = apply::apply(&mut real(&home.root), &target(&home.root, 10_000), &mut |look| Plan {
            changes: change(look, &path, Some(NEW), planned).into_iter().collect(),
        });
        assert_eq!(receipt.unwrap().failure(), None);
        assert_eq!((mode(&path), bytes(&path)), (expected, NEW.to_vec()), "{existing:o} {planned:o}");
        let begin = &home.begins()[0].changes[0];
        assert_eq!(begin.before.as_ref().unwrap().mode, existing);
        assert_eq!(begin.after.as_ref().unwrap().mode, expected);
    }
}

#[test]
fn a_file_of_another_owner_keeps_him() {
    if !is_root() {
        say("SKIPPED a_file_of_another_owner_keeps_him: only root can give files away");
        return;
    }
    let (home, path) = Home::with("file.json", OLD, 0o600);
    std::os::unix::fs::chown(&path, Some(12_345), Some(54_321)).unwrap();
    home.set(&path, NEW);
    let found = std::fs::metadata(&path).unwrap();
    assert_eq!((found.uid(), found.gid(), mode(&path)), (12_345, 54_321, 0o600));
}

#[test]
fn a_link_stays_and_its_target_changes() {
    let (home, path) = Home::with("elsewhere/file.json", OLD, 0o600);
    let link = home.root.join("link.json");
    symlink("elsewhere/file.json", &link).unwrap();
    home.set(&link, NEW);
    assert_eq!(std::fs::read_link(&link).unwrap(), Path::new("elsewhere/file.json"));
    assert_eq!(bytes(&path), NEW);
    let begin = &home.begins()[0].changes[0];
    assert_eq!((&begin.path, &begin.target), (&link, &path));
}

#[test]
fn a_link_to_nothing_stays_and_its_target_is_made() {
    let home = home();
    let link = home.root.join("link.json");
    std::fs::create_dir(home.root.join("there")).unwrap();
    symlink("there/file.json", &link).unwrap();
    home.set(&link, NEW);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(bytes(&home.root.join("there/file.json")), NEW);
}

#[test]
fn a_link_into_a_directory_that_is_not_there_is_refused() {
    let home = home();
    let link = home.root.join("link.json");
    symlink("not-mounted/file.json", &link).unwrap();
    let receipt = apply::apply(&mut real(&home.root), &target(&home.root, 10_000), &mut |look| {
        setting(look, &link, Some(NEW))
    });
    let failure = receipt.unwrap().failure().unwrap().to_string();
    assert!(failure.contains("that directory does not exist"), "{failure}");
    assert!(!home.root.join("not-mounted").exists());
}

#[test]
fn a_removed_file_is_kept_as_a_backup() {
    let (home, path) = Home::with("file.json", OLD, 0o640);
    let receipt = apply::apply(&mut real(&home.root), &target(&home.root, 10_000), &mut |look| {
        setting(look, &path, None)
    });
    assert_eq!(receipt.unwrap().failure(), None);
    assert!(!path.exists());
    let begin = &home.begins()[0].changes[0];
    assert_eq!(bytes(begin.backup.as_ref().unwrap()), OLD);
    assert!(begin.after.is_none() && begin.staged.is_none());
}

// ── preconditions and faults ──

#[test]
fn a_plan_of_yesterday_writes_nothing() {
    let (home, path) = Home::with("file.json", OLD, 0o600);
    let mut yesterday = Some(setting(&real(&home.root), &path, Some(NEW)));
    lay(&path, FOREIGN, 0o600);
    let refused =
        apply::apply(&mut real(&home.root), &target(&home.root, 0), &mut |_| yesterday.take().unwrap());
    assert_eq!(refused, Err(ApplyFault::Stale { path: path.clone() }));
    assert_eq!(bytes(&path), FOREIGN);
    assert!(home.journal().is_empty());
}

#[test]
fn an_edit_of_somebody_else_in_the_last_moment_stays() {
    for moment in ["create", "append"] {
        let (home, _) = Home::with(STORE, OLD, 0o600);
        let path = store(&home.root);
        let mut act = Hooked::new(&home.root, NOW, |verb, _| {
            if verb == moment {
                std::fs::write(&path, FOREIGN)?;
            }
            Ok(())
        });
        let receipt = put_once(&mut act, &home.root, &path, NEW).unwrap();
        assert_eq!(failed(&receipt), &ApplyFault::Stale { path: path.clone() });
        drop(act);
        assert_eq!(bytes(&path), FOREIGN);
        assert_eq!(leftovers(&home.root), Vec::<PathBuf>::new());
        assert!(
            matches!(home.journal().last(), Some(Line::End { outcomes, .. }) if outcomes == &[Ended::Failed])
        );
    }
}

#[test]
fn a_file_that_came_into_being_meanwhile_is_not_overwritten() {
    let home = home();
    let path = home.root.join("file.json");
    let mut act =
        Hooked::new(
            &home.root,
            NOW,
            |verb, _| if verb == "create" { std::fs::write(&path, FOREIGN) } else { Ok(()) },
        );
    let receipt = put_once(&mut act, &home.root, &path, NEW).unwrap();
    assert_eq!(failed(&receipt), &ApplyFault::Stale { path: path.clone() });
    assert_eq!(bytes(&path), FOREIGN);
}

#[test]
fn what_cannot_be_parsed_replaces_nothing() {
    let (home, path) = Home::with("file.json", OLD, 0o600);
    let receipt = put(&mut real(&home.root), &home.root, &path, b"{\"key\": \"\xff\"}").unwrap();
    assert_eq!(failed(&receipt), &ApplyFault::Parse { path: path.clone() });
    assert_eq!(bytes(&path), OLD);
    assert_eq!(leftovers(&home.root), Vec::<PathBuf>::new());
}

#[test]
fn a_disk_that_lies_about_what_it_wrote_replaces_nothing() {
    let home = home();
    let path = home.root.join("file.json");
    let mut act = Hooked::new(&home.root, NOW, |_, _| Ok(()));
    act.lying_disk = true;
    let receipt = put(&mut act, &home.root, &path, NEW).unwrap();
    assert!(matches!(failed(&receipt), ApplyFault::Io { .. }));
    assert!(!path.exists());
    assert_eq!(leftovers(&home.root), Vec::<PathBuf>::new());
}

#[test]
fn every_refused_write_leaves_the_old_and_nothing_else() {
    for verb in ["create", "rename", "make_dir", "make_lock_dir", "append", "sync_dir"] {
        let home = home();
        lay(&store(&home.root), OLD, 0o600);
        let mut act = Hooked::new(&home.root, NOW, |called, _| {
            if called == verb { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
        });
        match put(&mut act, &home.root, &store(&home.root), NEW) {
            Ok(receipt) => assert!(failed(&receipt).to_string().ends_with("permission denied"), "{verb}"),
            Err(fault) => assert!(fault.to_string().ends_with("permission denied"), "{verb}"),
        }
        assert_eq!(bytes(&store(&home.root)), OLD, "{verb}");
        assert_eq!(leftovers(&home.root), Vec::<PathBuf>::new(), "{verb}");
        // And the next run finds nothing in its way.
        assert_eq!(home.set(&store(&home.root), NEW).failure(), None, "{verb}");
        assert_eq!(bytes(&store(&home.root)), NEW, "{verb}");
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    if is_root() {
        say("SKIPPED a_directory_that_cannot_be_written_is_named: root may write anywhere");
        return;
    }
    let (home, path) = Home::with("closed/file.json", OLD, 0o600);
    chmod(&home.root.join("closed"), 0o500);
    let receipt = home.set(&path, NEW);
    chmod(&home.root.join("closed"), 0o700);
    assert!(failed(&receipt).to_string().contains("permission denied"));
    assert_eq!(std::fs::read_dir(home.root.join("closed")).unwrap().count(), 1);
}

#[test]
fn the_first_failure_stops() {
    let home = home();
    let path = |n: usize| home.root.join(format!("{n}.json"));
    let mut act = Hooked::new(&home.root, NOW, |verb, at| {
        if verb == "rename" && at == path(1) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    });
    let all = |look: &dyn Look| Plan {
        changes: (0..3).filter_map(|n| change(look, &path(n), Some(NEW), 0o600)).collect(),
    };
    let receipt = apply::apply(&mut act, &target(&home.root, 10_000), &mut |look| all(look)).unwrap();
    let outcomes: Vec<_> = receipt.entries.iter().map(|entry| &entry.outcome).collect();
    assert!(matches!(
        outcomes[..],
        [ChangeOutcome::Done, ChangeOutcome::Failed(_), ChangeOutcome::NotReached]
    ));
    assert!(path(0).exists() && !path(1).exists() && !path(2).exists());
    // The next run goes on from there.
    let again =
        apply::apply(&mut real(&home.root), &target(&home.root, 10_000), &mut |look| all(look)).unwrap();
    assert_eq!((again.failure(), again.entries.len()), (None, 2));
}

#[test]
fn a_plan_with_nothing_in_it_writes_nothing() {
    let (home, path) = Home::with("file.json", NEW, 0o600);
    let receipt = home.set(&path, NEW);
    assert_eq!((receipt.id, receipt.entries), (None, Vec::new()));
    assert!(!state(&home.root).exists());
}

// ── overlay ──

/// What there is to see below the home, apart from our own state.
fn view(look: &dyn Look, dir: &Path, seen: &mut Vec<String>) {
    for name in look.list(dir) {
        let path = dir.join(&name);
        let stat = look.stat(&path);
        let bytes = match look.read(&path, 1 << 20) {
            Reading::File(bytes, _) => Some(sha256(bytes.expose())),
            _ => None,
        };
        let stat = stat.map(|stat| (stat.is_dir, stat.mode, stat.uid));
        seen.push(format!("{} {stat:?} {bytes:?}", path.display()));
        if stat.is_some_and(|(is_dir, ..)| is_dir) {
            view(look, &path, seen);
        }
    }
}

#[test]
fn the_overlay_is_what_apply_makes_of_it() {
    let (home, path) = Home::with("elsewhere/file.json", OLD, 0o644);
    lay(&home.root.join("gone.json"), OLD, 0o600);
    symlink("elsewhere/file.json", home.root.join("link.json")).unwrap();
    let make = |look: &dyn Look| Plan {
        changes: [
            change(look, &home.root.join("link.json"), Some(NEW), 0o600),
            change(look, &home.root.join("gone.json"), None, 0o600),
            change(look, &home.root.join("new/dir/made.json"), Some(OLD), 0o600),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    let mut act = real(&home.root);
    let plan = make(&act);
    let overlay = Overlay::new(&act, &plan);
    let (mut planned, mut made) = (Vec::new(), Vec::new());
    view(&overlay, &home.root, &mut planned);
    assert!(matches!(overlay.read(&path, 1), Reading::TooLarge(_)));
    assert!(make(&overlay).changes.is_empty(), "a plan on top of the plan is empty");
    let away = tempfile::tempdir().unwrap();
    let to = apply::Target { state_dir: away.path().join("state"), ..target(&home.root, 10_000) };
    assert_eq!(apply::apply(&mut act, &to, &mut |look| make(look)).unwrap().failure(), None);
    view(&act, &home.root, &mut made);
    assert_eq!(planned, made);
    assert!(made.len() > 5, "{made:#?}");
}

// ── many at once ──

const WRITERS: usize = 50;
const ROUNDS: usize = 20;

fn set_keys(role: &str, home: &Path) {
    let name = role.trim_start_matches("keys ");
    let path = store(home);
    for round in 0..ROUNDS {
        let mut act = real(home);
        let receipt = apply::apply(&mut act, &target(home, 300_000), &mut |look| {
            let Reading::File(old, _) = look.read(&path, 1 << 20) else { panic!("the store is gone") };
            let mut keys: serde_json::Value = serde_json::from_slice(old.expose()).unwrap();
            keys[format!("{name}.{round}")] = round.into();
            setting(look, &path, Some(&serde_json::to_vec_pretty(&keys).unwrap()))
        });
        assert_eq!(receipt.unwrap().failure(), None);
    }
}

#[test]
fn fifty_processes_lose_no_key_of_each_other() {
    let home = home();
    lay(&store(&home.root), b"{}", 0o600);
    let start = |n| {
        let mut command = child("write::path::child_writer", &format!("keys {n}"), &home.root);
        command.stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = (0..WRITERS).map(start).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let keys: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bytes(&store(&home.root))).unwrap();
    say(&format!("{WRITERS} processes, {ROUNDS} rounds: {} of {} keys", keys.len(), WRITERS * ROUNDS));
    assert_eq!(keys.len(), WRITERS * ROUNDS);
    assert_eq!(leftovers(&home.root), Vec::<PathBuf>::new());
    assert!(std::fs::metadata(journal::path_in(&state(&home.root))).unwrap().len() < 512 << 10);
}

// ── killed ──

fn die_at_rename(home: &Path) {
    let mut act = Hooked::new(home, NOW, |verb, _| {
        if verb == "rename" {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)?;
        }
        Ok(())
    });
    put(&mut act, home, &store(home), NEW).unwrap();
}
