//! Journal and backups: what undo will need, how much is kept, and what is never in there.

use crate::support::home::NOW;
use crate::support::hooked::Hooked;
use crate::support::plans::{Home, NEW, OLD, bytes, home, lay, mode, put, real, state};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use zirkabot::change::apply::journal;
use zirkabot::sys::Look;
use zirkabot::sys::digest::sha256;

#[test]
fn the_journal_and_the_backup_hold_what_undo_needs_and_no_secret() {
    let (home, path) = Home::with("file.json", OLD, 0o640);
    let id = home.set(&path, NEW).id.unwrap();
    let begin = home.begins().remove(0);
    let planned = &begin.changes[0];
    let (before, after) = (planned.before.clone().unwrap(), planned.after.clone().unwrap());
    let found = std::fs::metadata(&path).unwrap();
    assert_eq!((&begin.id, begin.command.as_str()), (&id, "zirkabot doctor --fix"));
    assert_eq!((&planned.path, &planned.target), (&path, &path));
    assert_eq!((before.sha256, before.mode), (Some(sha256(OLD)), 0o640));
    assert_eq!((before.uid, before.gid), (found.uid(), found.gid()));
    assert_eq!((after.sha256, after.mode), (Some(sha256(NEW)), 0o600));
    let backup = planned.backup.as_ref().unwrap();
    assert_eq!(backup, &state(&home.root).join("backups").join(&id).join("0-file.json"));
    assert_eq!((bytes(backup), mode(backup)), (OLD.to_vec(), 0o600));
    let text = String::from_utf8(bytes(&journal::path_in(&state(&home.root)))).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert!(!text.contains("CANARY"));
}

#[test]
fn twenty_backups_stay_and_what_is_not_ours_too() {
    let home = home();
    let path = home.root.join("file.json");
    let mine = state(&home.root).join("backups/mine/keep.txt");
    lay(&mine, b"by hand", 0o600);
    let ids: Vec<_> = (0..24).map(|n| home.set(&path, format!("{n}").as_bytes()).id.unwrap()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let kept = real(&home.root).list(&state(&home.root).join("backups"));
    // The first made the file and needed no backup.
    assert_eq!(kept[..20], ids[4..]);
    assert_eq!(kept[20..], ["mine"]);
}

#[test]
fn ids_go_on_when_the_clock_is_set_back() {
    let home = home();
    let path = home.root.join("file.json");
    let at = |clock, bytes: &[u8]| {
        put(&mut Hooked::new(&home.root, clock, |_, _| Ok(())), &home.root, &path, bytes).unwrap().id.unwrap()
    };
    let first = at(NOW, b"1");
    assert!(first.starts_with("20261122T120000.000Z-"), "{first}");
    let second = at(NOW - 86_400_000, b"2");
    assert!(second.starts_with("20261122T120000.001Z-"), "{second}");
}

#[test]
fn a_line_that_was_cut_short_spoils_no_other() {
    let home = home();
    let path = home.root.join("file.json");
    home.set(&path, OLD);
    let journal = journal::path_in(&state(&home.root));
    let mut text = bytes(&journal);
    text.extend_from_slice(br#"{"entry":"begin","id":"2027"#);
    lay(&journal, &text, 0o600);
    assert_eq!(home.set(&path, NEW).recovered, None);
    assert_eq!(home.begins().len(), 2);
}

#[test]
fn a_journal_cannot_make_us_remove_what_is_not_ours() {
    let (home, path) = Home::with("file.json", OLD, 0o600);
    home.set(&path, NEW);
    let mut text = String::from_utf8(bytes(&journal::path_in(&state(&home.root)))).unwrap();
    let mut lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
    let staged = home.begins()[0].changes[0].staged.clone().unwrap();
    lines[0] = lines[0].replace(staged.to_str().unwrap(), path.to_str().unwrap());
    text = lines[0].clone() + "\n";
    lay(&journal::path_in(&state(&home.root)), text.as_bytes(), 0o600);
    let receipt = home.set(&home.root.join("other.json"), NEW);
    assert_eq!(receipt.recovered.unwrap().removed, Vec::<PathBuf>::new());
    assert_eq!(bytes(&path), NEW);
}
