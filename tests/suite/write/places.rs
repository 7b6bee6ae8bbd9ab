//! Changes of places on real files: modes, directories, moves, and the removal of what was not
//! read. Each is done, refused when stale, and found rightly after a kill.

use crate::support::home::NOW;
use crate::support::hooked::Hooked;
use crate::support::plans::{
    FOREIGN, Home, NEW, OLD, bytes, chmod, failed, lay, leftovers, mode, quick_home, real, say, state, target,
};
use std::cell::Cell;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use zirkabot::catalog::documents::Format;
use zirkabot::change::apply::{self, ApplyFault, FoundAs, Receipt};
use zirkabot::change::plan::{Action, Change, FileMode, Lock, Plan, Precondition};
use zirkabot::change::proposal::Class;
use zirkabot::sys::secret::Secret;
use zirkabot::sys::{Act, Look};

/// One change, for what is there now.
fn change(look: &dyn Look, path: &Path, action: Action, mode: u32) -> Change {
    let precondition = look.stat(path).map_or(Precondition::Absent, Precondition::Place);
    let (path, mode) = (path.to_owned(), FileMode::Exact(mode));
    let (lock, format, class) = (Lock::of_name(&path), Format::Json, Class::Fix);
    Change { path, action, lock, format, precondition, mode, class, reasons: Vec::new() }
}

fn make(act: &mut dyn Act, home: &Path, change: Change) -> Result<Receipt, ApplyFault> {
    let mut plan = Some(Plan { changes: vec![change] });
    // A child that another test has just begun holds all that is open here, for a moment.
    for _ in 0..100_000 {
        let made = apply::apply(act, &target(home, 0), &mut |_| plan.take().unwrap_or_default());
        if !matches!(made, Err(ApplyFault::LockBusy { holder: None })) {
            return made;
        }
        std::thread::yield_now();
    }
    apply::apply(act, &target(home, 0), &mut |_| plan.take().unwrap_or_default())
}

#[track_caller]
fn made(home: &Home, path: &Path, action: Action, mode: u32) {
    let mut act = real(&home.root);
    let change = change(&act, path, action, mode);
    assert_eq!(make(&mut act, &home.root, change).unwrap().failure(), None);
}

#[test]
fn modes_of_files_directories_and_what_a_link_leads_to_are_set() {
    let (home, file) = Home::with("dir/file.json", OLD, 0o000);
    let (dir, link) = (home.root.join("dir"), home.root.join("link"));
    symlink("dir/file.json", &link).unwrap();
    made(&home, &link, Action::Chmod, 0o640);
    assert_eq!(mode(&file), 0o640);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    made(&home, &file, Action::Chmod, 0o000);
    made(&home, &dir, Action::Chmod, 0o2750);
    assert_eq!((mode(&file), mode(&dir)), (0o000, 0o2750));
    chmod(&file, 0o600);
    assert_eq!(bytes(&file), OLD);
}

#[test]
fn a_directory_is_made_with_those_above_it_and_removed_when_empty_only() {
    let (home, file) = Home::with("full/file.json", OLD, 0o600);
    let dir = home.root.join("a/b/c");
    made(&home, &dir, Action::MakeDir, 0o700);
    assert!(dir.is_dir());
    assert_eq!(home.begins()[0].changes[0].made_dirs, [home.root.join("a"), home.root.join("a/b")]);
    made(&home, &dir, Action::RemoveDir, 0o700);
    assert!(!dir.exists() && dir.parent().unwrap().is_dir());
    let mut act = real(&home.root);
    let full = change(&act, file.parent().unwrap(), Action::RemoveDir, 0o700);
    assert!(matches!(failed(&make(&mut act, &home.root, full).unwrap()), ApplyFault::Io { .. }));
    assert_eq!(bytes(&file), OLD);
}

#[test]
fn nothing_is_moved_over_anything() {
    let (home, from) = Home::with("from.json", OLD, 0o600);
    let to = home.root.join("new/to.json");
    let moving = |look: &dyn Look| change(look, &from, Action::Move(to.clone()), 0o600);
    // There from the start, or there in the last moment.
    lay(&to, FOREIGN, 0o600);
    let mut act = real(&home.root);
    let refused = make(&mut act, &home.root, moving(&real(&home.root)));
    assert_eq!(refused, Err(ApplyFault::Stale { path: to.clone() }));
    std::fs::remove_file(&to).unwrap();
    let mut hooked =
        Hooked::new(
            &home.root,
            NOW,
            |verb, _| {
                if verb == "move_new" { std::fs::write(&to, FOREIGN) } else { Ok(()) }
            },
        );
    let receipt = make(&mut hooked, &home.root, moving(&real(&home.root))).unwrap();
    assert!(failed(&receipt).to_string().contains("exists"), "{receipt:?}");
    assert_eq!((bytes(&from), bytes(&to)), (OLD.to_vec(), FOREIGN.to_vec()));
    std::fs::remove_file(&to).unwrap();
    made(&home, &from, Action::Move(to.clone()), 0o600);
    assert_eq!(bytes(&to), OLD);
    assert!(!from.exists());
}

#[test]
fn what_was_not_parsed_is_kept_whole_when_it_is_removed() {
    let garbage = b"\xff\x00 CANARY {";
    let (home, path) = Home::with("broken", garbage, 0o640);
    made(&home, &path, Action::Remove, 0o600);
    assert!(!path.exists());
    let planned = &home.begins()[0].changes[0];
    assert_eq!(bytes(planned.backup.as_ref().unwrap()), garbage);
    let before = planned.before.as_ref().unwrap();
    assert_eq!(before.sha256.as_deref(), Some(&*zirkabot::sys::digest::sha256(garbage)));
}

/// What another program does between the plan and the apply, and the change that it makes stale.
type Meanwhile<'a> = (&'a dyn Fn(), &'a dyn Fn(&dyn Look) -> Change);

#[test]
fn a_place_that_is_another_one_by_now_is_left_alone() {
    let (home, path) = Home::with("dir/file.json", OLD, 0o600);
    let (dir, new) = (home.root.join("dir"), home.root.join("new"));
    let replace = || {
        std::fs::rename(&path, home.root.join("aside")).unwrap();
        lay(&path, FOREIGN, 0o600);
    };
    let edit = || {
        lay(&path, FOREIGN, 0o600);
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    };
    let cases: [Meanwhile; 6] = [
        (&replace, &|look| change(look, &path, Action::Chmod, 0o644)),
        (&replace, &|look| change(look, &path, Action::Remove, 0o600)),
        (&edit, &|look| change(look, &path, Action::Remove, 0o600)),
        (&replace, &|look| change(look, &path, Action::Move(new.clone()), 0o600)),
        (&|| chmod(&dir, 0o750), &|look| change(look, &dir, Action::RemoveDir, 0o700)),
        (&|| std::fs::create_dir(&new).unwrap(), &|look| change(look, &new, Action::MakeDir, 0o700)),
    ];
    for (n, (meanwhile, plan)) in cases.into_iter().enumerate() {
        lay(&path, OLD, 0o600);
        let plan = plan(&real(&home.root));
        let stale = plan.path.clone();
        meanwhile();
        let refused = make(&mut real(&home.root), &home.root, plan);
        assert_eq!(refused, Err(ApplyFault::Stale { path: stale }), "case {n}");
        assert!(path.is_file(), "case {n}");
    }
    assert!(home.journal().is_empty());
}

#[test]
fn a_file_too_large_to_be_kept_is_not_removed() {
    let (home, path) = Home::with("large", OLD, 0o600);
    std::fs::File::options().write(true).open(&path).unwrap().set_len(17 << 20).unwrap();
    let mut act = real(&home.root);
    let plan = change(&act, &path, Action::Remove, 0o600);
    let refused = make(&mut act, &home.root, plan).unwrap_err().to_string();
    assert!(refused.contains("is larger than"), "{refused}");
    assert!(path.exists());
}

/// A kill right before the deed, and right after it: what the next run says of the file.
#[test]
fn what_became_of_a_place_is_said_after_a_kill() {
    for (verb, action, after) in [
        ("chmod", Action::Chmod, "has its new mode"),
        ("make_dir", Action::MakeDir, "is created"),
        ("remove_dir", Action::RemoveDir, "is removed"),
        ("remove", Action::Remove, "is removed"),
        ("move_new", Action::Move(PathBuf::new()), "is moved"),
    ] {
        for (is_done, found, words) in
            [(false, FoundAs::Old, "is as it was before"), (true, FoundAs::New, after)]
        {
            let (home, file) = Home::with("dir/file.json", OLD, 0o600);
            std::fs::create_dir(home.root.join("empty")).unwrap();
            let (path, action) = match &action {
                Action::MakeDir => (home.root.join("made"), Action::MakeDir),
                Action::RemoveDir => (home.root.join("empty"), Action::RemoveDir),
                Action::Move(_) => (file.clone(), Action::Move(home.root.join("to.json"))),
                Action::Chmod => (file.clone(), Action::Chmod),
                _ => (file.clone(), Action::Remove),
            };
            let mut stopped = false;
            let mut act = Hooked::new(&home.root, NOW, |called, at| {
                let is_it = called == verb && !at.starts_with(state(&home.root));
                let now = stopped || is_it && !is_done;
                stopped |= is_it;
                if now { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
            });
            let plan = change(&real(&home.root), &path, action, 0o700);
            assert!(make(&mut act, &home.root, plan).unwrap().failure().is_some(), "{verb}");
            let recovered =
                apply::finish(&mut real(&home.root), &target(&home.root, 10_000)).unwrap().unwrap();
            assert_eq!(recovered.files, [(path.clone(), found)], "{verb}");
            assert!(recovered.to_string().ends_with(&format!("{} {words}", path.display())), "{recovered}");
        }
    }
}

// ── somebody else ──

const TRIES: usize = 1000;

/// Another writer changes the file before the `k`th call of our apply, for each k in turn, but for
/// the rename itself: nothing can look between the last look and that.
#[test]
fn an_edit_of_somebody_else_is_never_overwritten() {
    let home = quick_home();
    let path = home.root.join("file.json");
    let (mut k, mut ours, mut theirs) = (0, 0, 0);
    for n in 0..TRIES {
        lay(&path, OLD, 0o600);
        let foreign = format!("{{\"foreign\": {n}}}").into_bytes();
        let calls = Cell::new(0);
        let mut act = Hooked::new(&home.root, NOW, |verb, _| {
            calls.set(calls.get() + usize::from(verb != "rename"));
            if calls.get() == k + 1 && verb != "rename" { std::fs::write(&path, &foreign) } else { Ok(()) }
        });
        let receipt = crate::support::plans::put(&mut act, &home.root, &path, NEW);
        drop(act);
        let succeeded = receipt.as_ref().is_ok_and(|receipt| receipt.failure().is_none());
        let came = calls.get() > k;
        match bytes(&path) {
            now if came && now == foreign => theirs += 1,
            // They wrote before we read, so that their text is in our backup.
            now if succeeded && now == NEW => {
                let begin = home.begins().pop().unwrap();
                let kept = begin.changes[0].backup.as_ref().map(|path| bytes(path));
                assert!(kept.as_ref() == Some(&foreign) || !came && kept.as_deref() == Some(OLD), "call {k}");
                ours += 1;
            }
            now => panic!("call {k}: {}", String::from_utf8_lossy(&now)),
        }
        k = if came { k + 1 } else { 0 };
    }
    say(&format!("{TRIES} edits of somebody else: {theirs} stayed, {ours} came before or after, 0 lost"));
    assert!(theirs > TRIES / 3 && ours > 0);
    assert_eq!(leftovers(&home.root), Vec::<PathBuf>::new());
}

#[test]
fn text_that_is_no_json_replaces_nothing_and_leaves_nothing() {
    for garbage in [&b"{"[..], b"", b"{} {}", b"{\"a\": }", b"// c\n{}", b"\x00"] {
        let (home, path) = Home::with("file.json", OLD, 0o600);
        let mut act = real(&home.root);
        let precondition = Precondition::of(&act.read(&path, 1 << 20)).unwrap();
        let update = change(&act, &path, Action::Update(Secret::new(garbage.to_vec())), 0o600);
        let receipt = make(&mut act, &home.root, Change { precondition, ..update }).unwrap();
        assert_eq!(failed(&receipt), &ApplyFault::Parse { path: path.clone() });
        assert_eq!((bytes(&path), leftovers(&home.root)), (OLD.to_vec(), Vec::new()));
    }
}
