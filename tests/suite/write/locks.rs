//! Locks: our own processes, the gateway's lock directories, and what a killed run left.

use crate::support::home::NOW;
use crate::support::hooked::Hooked;
use crate::support::plans::{
    Home, NEW, OLD, bytes, child, home, host, lay, leftovers, put, real, setting, state, store, target,
};
use std::cell::Cell;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use zirkabot::change::apply::journal::{Ended, Line};
use zirkabot::change::apply::{self, ApplyFault, FoundAs};
use zirkabot::sys::Look;
use zirkabot::sys::real::Real;

#[test]
fn whoever_waits_in_vain_is_told_for_whom() {
    let (home, path) = Home::with("file.json", OLD, 0o600);
    std::fs::create_dir(state(&home.root)).unwrap();
    let waited = Cell::new(0);
    let mut refused = None;
    let mut holder = Real::new(host(&home.root));
    let held = apply::apply(&mut holder, &target(&home.root, 0), &mut |look| {
        let mut other = Hooked::new(&home.root, NOW, |verb, _| {
            waited.set(waited.get() + usize::from(verb == "pause"));
            Ok(())
        });
        refused =
            Some(apply::apply(&mut other, &target(&home.root, 1000), &mut |_| panic!("it has no lock")));
        setting(look, &path, Some(NEW))
    });
    assert_eq!(held.unwrap().failure(), None);
    let fault = refused.unwrap().unwrap_err();
    let pid = std::process::id();
    assert_eq!(
        fault.to_string(),
        format!("another run is still changing files: pid {pid}, `zirkabot doctor --fix`")
    );
    assert_eq!(waited.get(), 50);
}

fn lock_dir(home: &Home) -> PathBuf {
    store(&home.root).with_file_name("auth-profiles.json.lock")
}

/// A store whose lock directory is held by another program, and a clock `age` ms later.
fn store_held(age: i64) -> (Home, i64) {
    let home = home();
    lay(&store(&home.root), OLD, 0o600);
    std::fs::create_dir(lock_dir(&home)).unwrap();
    let made = real(&home.root).stat(&lock_dir(&home)).unwrap().mtime;
    (home, made + age)
}

#[test]
fn a_store_in_use_is_left_alone() {
    let (home, clock) = store_held(5_000);
    let mut act = Hooked::new(&home.root, clock, |_, _| Ok(()));
    let refused = put(&mut act, &home.root, &store(&home.root), NEW);
    assert_eq!(refused, Err(ApplyFault::StoreBusy { lock: lock_dir(&home) }));
    assert_eq!(act.clock - clock, 10_000);
    assert_eq!(bytes(&store(&home.root)), OLD);
    assert!(lock_dir(&home).exists());
}

#[test]
fn a_store_that_is_given_back_in_time_is_written() {
    let (home, clock) = store_held(0);
    let pauses = Cell::new(0);
    let mut act = Hooked::new(&home.root, clock, |verb, _| {
        pauses.set(pauses.get() + usize::from(verb == "pause"));
        if verb == "pause" && pauses.get() == 3 { std::fs::remove_dir(lock_dir(&home)) } else { Ok(()) }
    });
    assert_eq!(put(&mut act, &home.root, &store(&home.root), NEW).unwrap().failure(), None);
    drop(act);
    assert_eq!((pauses.get(), bytes(&store(&home.root))), (3, NEW.to_vec()));
    assert!(!lock_dir(&home).exists());
}

#[test]
fn a_stale_lock_is_taken_over_at_once() {
    let (home, clock) = store_held(30_000);
    let mut act = Hooked::new(&home.root, clock, |_, _| Ok(()));
    assert_eq!(put(&mut act, &home.root, &store(&home.root), NEW).unwrap().failure(), None);
    assert_eq!((act.clock, bytes(&store(&home.root))), (clock, NEW.to_vec()));
    assert!(!lock_dir(&home).exists());
}

#[test]
fn a_lock_of_a_time_to_come_does_not_block_for_ever() {
    let (home, clock) = store_held(-3_650 * 86_400_000);
    let mut act = Hooked::new(&home.root, clock, |_, _| Ok(()));
    assert_eq!(put(&mut act, &home.root, &store(&home.root), NEW).unwrap().failure(), None);
    assert_eq!((act.clock, bytes(&store(&home.root))), (clock, NEW.to_vec()));
    assert!(!lock_dir(&home).exists());
}

#[test]
fn the_gateway_sees_our_lock_and_can_find_out_whose_it_is() {
    let home = home();
    lay(&store(&home.root), OLD, 0o600);
    let seen = Cell::new(false);
    let mut act = Hooked::new(&home.root, NOW, |verb, at| {
        if verb == "rename" && at == store(&home.root) {
            let record: serde_json::Value =
                serde_json::from_slice(&bytes(&state(&home.root).join(".lock"))).unwrap();
            let lock = &record["storeLocks"][0];
            seen.set(lock_dir(&home).is_dir() && lock["path"] == lock_dir(&home).to_str().unwrap());
            assert_eq!(lock["ino"], std::fs::metadata(lock_dir(&home)).unwrap().ino());
            assert_eq!(record["pid"], std::process::id());
        }
        Ok(())
    });
    assert_eq!(put(&mut act, &home.root, &store(&home.root), NEW).unwrap().failure(), None);
    drop(act);
    assert!(seen.get());
    assert!(!lock_dir(&home).exists());
}

#[test]
fn what_a_killed_run_left_is_gone_after_the_next_without_waiting() {
    let home = home();
    lay(&store(&home.root), OLD, 0o600);
    assert!(
        !child("write::path::child_writer", "die at rename", &home.root).output().unwrap().status.success()
    );
    assert_eq!(leftovers(&home.root).len(), 2, "a staged file and a lock");
    let staged = home.begins()[0].changes[0].staged.clone().unwrap();
    let mut act =
        Hooked::new(&home.root, NOW, |verb, _| if verb == "pause" { panic!("it waits") } else { Ok(()) });
    let receipt = put(&mut act, &home.root, &store(&home.root), NEW).unwrap();
    assert_eq!(receipt.failure(), None);
    let recovered = receipt.recovered.unwrap();
    assert_eq!(recovered.files, [(store(&home.root), FoundAs::Old)]);
    assert_eq!(recovered.removed, [staged]);
    assert_eq!(leftovers(&home.root), Vec::<PathBuf>::new());
    assert!(home.journal().iter().any(|line| {
        matches!(line, Line::End { recovered: true, outcomes, .. } if outcomes == &[Ended::Old])
    }));
}

#[test]
fn a_lock_that_the_gateway_made_after_our_kill_is_the_gateways() {
    let home = home();
    lay(&store(&home.root), OLD, 0o600);
    assert!(
        !child("write::path::child_writer", "die at rename", &home.root).output().unwrap().status.success()
    );
    std::fs::remove_dir(lock_dir(&home)).unwrap();
    std::fs::create_dir(lock_dir(&home)).unwrap();
    let clock = real(&home.root).stat(&lock_dir(&home)).unwrap().mtime;
    let mut act = Hooked::new(&home.root, clock, |_, _| Ok(()));
    let refused = put(&mut act, &home.root, &store(&home.root), NEW);
    assert_eq!(refused, Err(ApplyFault::StoreBusy { lock: lock_dir(&home) }));
}

/// A session store with what is in it, and its lock file.
fn sessions(home: &Home) -> (PathBuf, PathBuf) {
    let path = store(&home.root).with_file_name("sessions.json");
    lay(&path, OLD, 0o600);
    (path.clone(), path.with_file_name("sessions.json.lock"))
}

#[test]
fn a_session_store_is_locked_by_a_file_as_the_gateway_does() {
    let home = home();
    let (path, lock) = sessions(&home);
    let seen = Cell::new(false);
    let mut act = Hooked::new(&home.root, NOW, |verb, at| {
        if verb == "rename" && at == path {
            let ours = std::fs::metadata(&lock).unwrap();
            // Nobody but us makes a file that its owner cannot read.
            assert!(ours.is_file() && ours.mode() & 0o777 == 0o200);
            seen.set(std::fs::File::options().write(true).create_new(true).open(&lock).is_err());
        }
        Ok(())
    });
    assert_eq!(put(&mut act, &home.root, &path, NEW).unwrap().failure(), None);
    drop(act);
    assert!(seen.get() && !lock.exists());
    assert_eq!(bytes(&path), NEW);
}

#[test]
fn a_session_store_in_use_is_left_alone_until_its_lock_is_stale() {
    let home = home();
    let (path, lock) = sessions(&home);
    std::fs::write(&lock, "{\"pid\":1,\"startedAt\":1}").unwrap();
    let made = real(&home.root).stat(&lock).unwrap().mtime;
    let mut act = Hooked::new(&home.root, made + 5_000, |_, _| Ok(()));
    let refused = put(&mut act, &home.root, &path, NEW);
    assert_eq!(refused, Err(ApplyFault::StoreBusy { lock: lock.clone() }));
    assert!(lock.exists() && bytes(&path) == OLD);
    drop(act);
    let mut act = Hooked::new(&home.root, made + 30_000, |_, _| Ok(()));
    assert_eq!(put(&mut act, &home.root, &path, NEW).unwrap().failure(), None);
    assert!(!lock.exists() && bytes(&path) == NEW);
}

#[test]
fn a_lock_file_of_a_killed_run_is_gone_at_once_and_the_gateways_is_not() {
    for (mode, is_ours) in [(0o200, true), (0o600, false)] {
        let home = home();
        let (path, lock) = sessions(&home);
        lay(&lock, b"{}", mode);
        let record = serde_json::json!({
            "pid": 1, "command": "zirkabot session model", "since": NOW,
            "storeLocks": [{ "path": lock, "ino": null }],
        });
        lay(&state(&home.root).join(".lock"), record.to_string().as_bytes(), 0o600);
        let made = real(&home.root).stat(&lock).unwrap().mtime;
        let mut act = Hooked::new(&home.root, made, |_, _| Ok(()));
        let done = put(&mut act, &home.root, &path, NEW);
        let waited = act.clock - made;
        assert_eq!((done.is_ok(), waited == 0), (is_ours, is_ours), "mode {mode:o}");
        assert_eq!(lock.exists(), !is_ours, "mode {mode:o}");
    }
}
