//! Kills and errors at every write of an apply: never a torn file, never a manual step. The
//! same sweep over a writer that overwrites in place must find it torn, or it proves nothing.

use crate::support::plans::{change, child, lay, mode, real, role, say, state, store, target};
use crate::support::sweep::{self, After, Subject, Verdict, sweep};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use zirkabot::change::plan::Plan;

const OLD: &[u8] = br#"{"version": 1, "profiles": {"anthropic:default": {"key": "sk-CANARY-old"}}}"#;
const NEW: &[u8] =
    br#"{"version": 1, "profiles": {"anthropic:default": {"key": "sk-CANARY-new-and-longer"}}}"#;
const AUTH: &[u8] = br#"{"auth": {}}"#;

/// Plays the writer for the sweeps; nothing at all in an ordinary run.
#[test]
fn child_writer() {
    match role() {
        Some((role, home)) if role == "apply" => {
            outnumber_the_main_thread();
            apply(&home);
        }
        Some((role, home)) if role == "in_place" => {
            outnumber_the_main_thread();
            in_place(&home);
        }
        _ => {}
    }
}

/// `strace` counts calls by thread, and the main thread of a test binary opens and writes too:
/// with this many calls of our own, the how-manieth of ours is never one of its.
fn outnumber_the_main_thread() {
    for _ in 0..50 {
        let mut null = std::fs::OpenOptions::new().write(true).open("/dev/null").unwrap();
        null.write_all(b"x").unwrap();
    }
}

/// Brings a store, that is there, and a file in a new directory to what they should be.
fn apply(home: &Path) {
    let receipt = zirkabot::change::apply::apply(&mut real(home), &target(home, 0), &mut |look| Plan {
        changes: [
            change(look, &store(home), Some(NEW), 0o600),
            change(look, &home.join("new/dir/zirkabot.json"), Some(AUTH), 0o600),
        ]
        .into_iter()
        .flatten()
        .collect(),
    });
    let receipt = receipt.unwrap();
    assert_eq!(receipt.failure(), None);
}

fn in_place(home: &Path) {
    let mut file = std::fs::OpenOptions::new().write(true).truncate(true).open(store(home)).unwrap();
    let (first, second) = NEW.split_at(NEW.len() / 2);
    file.write_all(first).unwrap();
    file.write_all(second).unwrap();
    file.sync_all().unwrap();
}

/// A store, a journal that is due to be cut and backups of which one is due to go.
fn build(home: &Path) {
    lay(&store(home), OLD, 0o600);
    let mut journal = String::new();
    for n in 0..60 {
        let id = format!("20250101T000000.{n:03}Z-1");
        let command = "x".repeat(5000);
        journal += &format!(
            r#"{{"entry":"begin","id":"{id}","time":1,"command":"{command}","pid":1,"changes":[]}}"#
        );
        journal += &format!(
            "\n{{\"entry\":\"end\",\"id\":\"{id}\",\"time\":1,\"recovered\":false,\"outcomes\":[]}}\n"
        );
        if n >= 40 {
            lay(&state(home).join("backups").join(&id).join("0-auth-profiles.json"), OLD, 0o600);
        }
    }
    lay(&state(home).join("journal.jsonl"), journal.as_bytes(), 0o600);
}

fn check(home: &Path, after: After) -> Verdict {
    let now = std::fs::read(store(home)).unwrap_or_default();
    let config = std::fs::read(home.join("new/dir/zirkabot.json")).ok();
    if (now != OLD && now != NEW) || config.as_deref().is_some_and(|config| config != AUTH) {
        return Verdict::Torn;
    }
    if after == After::Success && (now != NEW || config.is_none()) {
        return Verdict::Bad("it said it succeeded, and the old is still there".to_owned());
    }
    if mode(&store(home)) != 0o600 {
        return Verdict::Bad("the mode changed".to_owned());
    }
    Verdict::Fine
}

fn check_store_only(home: &Path, after: After) -> Verdict {
    let now = std::fs::read(store(home)).unwrap_or_default();
    match after {
        _ if now != OLD && now != NEW => Verdict::Torn,
        After::Success if now != NEW => Verdict::Bad("the old is still there".to_owned()),
        _ => Verdict::Fine,
    }
}

fn applying(home: &Path) -> Command {
    child("write::fault_sweep::child_writer", "apply", home)
}

fn overwriting(home: &Path) -> Command {
    child("write::fault_sweep::child_writer", "in_place", home)
}

/// Says so and is true if there is no `strace` here.
fn skipped(test: &str) -> bool {
    let missing = !sweep::is_available();
    if missing {
        say(&format!("SKIPPED {test}: no usable strace on this machine"));
    }
    missing
}

#[test]
fn no_fault_at_any_write_tears_a_file_or_needs_a_hand() {
    if skipped("fault_sweep") {
        return;
    }
    let swept = sweep(&Subject { command: &applying, build: &build, check: &check });
    say(&format!("fault sweep: {}", swept.summary()));
    assert!(swept.faults.is_empty(), "{:#?}", swept.faults);
    assert!(swept.calls > 30, "only {} calls were found", swept.calls);
}

#[test]
fn the_sweep_catches_a_writer_that_overwrites_in_place() {
    if skipped("fault_sweep, negative control") {
        return;
    }
    let build = |home: &Path| lay(&store(home), OLD, 0o600);
    let swept = sweep(&Subject { command: &overwriting, build: &build, check: &check_store_only });
    say(&format!("fault sweep, in-place writer: {} injections, {} torn", swept.injections, swept.torn));
    assert!(swept.torn > 0, "the sweep sees nothing");
}

#[test]
fn whatever_is_made_is_private_from_its_birth() {
    if skipped("private from birth") {
        return;
    }
    let calls = sweep::trace(&Subject { command: &applying, build: &build, check: &check });
    let births: Vec<_> = calls.iter().filter(|call| call.line.contains("O_CREAT")).collect();
    assert!(births.len() >= 5);
    for call in births {
        assert!(call.line.contains(", 0600)"), "{}", call.line);
    }
}

/// No fault that can be injected shows a missing `fsync`: only a loss of power would.
#[test]
fn everything_is_durable_before_what_relies_on_it() {
    if skipped("durable in order") {
        return;
    }
    let calls = sweep::trace(&Subject { command: &applying, build: &build, check: &check });
    let at = |from: usize, name: &str, what: &str| {
        let found = calls[from..].iter().position(|call| call.name == name && call.line.contains(what));
        from + found.unwrap_or_else(|| panic!("no {name} of {what} after call {from}: {calls:#?}"))
    };
    let begun = at(at(0, "write", "/journal.jsonl>"), "fsync", "/journal.jsonl>");
    let backed_up = at(at(begun, "write", "/0-auth-profiles.json>"), "fsync", "/0-auth-profiles.json>");
    let named = at(backed_up, "fsync", "/backups/");
    let staged = at(at(named, "write", "/.auth-profiles.json"), "fsync", "/.auth-profiles.json");
    let renamed = at(staged, "renameat2", "/auth-profiles.json\"");
    let placed = at(renamed, "fsync", "/agents/main/agent>");
    let noted = at(at(placed, "write", "/journal.jsonl>"), "fsync", "/journal.jsonl>");
    let second = at(noted, "rename", "/zirkabot.json\"");
    let ended = at(at(second, "fsync", "/new/dir>"), "fsync", "/journal.jsonl>");
    at(ended, "unlink", "/backups/");
}
