//! House rules as tests: what ARCHITECTURE.md promises about the code itself.

use crate::case;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Source files by path, with their text.
fn sources() -> Vec<(String, String)> {
    let files =
        walkdir::WalkDir::new(root().join("src")).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = files.filter(|entry| entry.path().extension().is_some_and(|ext| ext == "rs"));
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    files.map(|entry| read(entry.into_path())).collect()
}

#[test]
fn files_are_short_begin_with_what_they_are_for_and_leave_nothing_undone() {
    for (name, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        assert!(code.lines().count() <= 400, "{name} has over 400 lines: it wants to be two rooms");
        assert!(text.starts_with("//!"), "{name} does not begin with what lives in it");
        for mark in ["TODO", "FIXME", "todo!(", "unimplemented!(", "#[ignore"] {
            assert!(!text.contains(mark), "{name} holds {mark}");
        }
    }
}

#[test]
fn only_the_edge_touches_the_world() {
    let world = ["std::fs", "std::env::", "std::process::Command", "SystemTime", "Instant::now", "std::net"];
    for (name, text) in sources() {
        if name.starts_with("src/sys") || name == "src/main.rs" {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in world {
            assert!(!code.contains(word), "{name} uses {word}; ask `sys::Look` or `sys::Act`");
        }
    }
}

#[test]
fn unsafe_code_stands_in_one_named_spot() {
    let spots: Vec<_> =
        sources().into_iter().filter(|(_, text)| text.contains("unsafe {")).map(|(name, _)| name).collect();
    assert!(spots.len() <= 1, "{spots:?}");
}

/// Who may look into a secret, and why.
const EXPOSE: &[(&str, &str)] = &[
    ("src/actual.rs", "compares"),
    ("src/apply/", "writes and hashes"),
    ("src/checks/", "asks `health` about form and kind; compares"),
    ("src/desired/", "reads the config, in which most values are none"),
    ("src/doc", "parses, edits, masks"),
    ("src/health.rs", "judges form"),
    ("src/plan.rs", "makes the new text"),
    ("src/report/", "labels, and masks that are free of secrets"),
    ("src/resolve", "trims"),
    ("src/secret.rs", "its home"),
    ("src/sources/", "reads"),
    ("src/sync.rs", "compares"),
    ("src/sys", "hands the environment on"),
    ("src/world.rs", "counts lines"),
];

#[test]
fn secrets_are_exposed_in_listed_rooms_only() {
    for (name, text) in sources().into_iter().filter(|(_, text)| text.contains(".expose()")) {
        assert!(
            EXPOSE.iter().any(|(room, _)| name.starts_with(room)),
            "{name} looks into secrets: {}",
            text.len()
        );
    }
}

#[test]
fn every_rule_has_a_fixture_in_which_it_fires_and_one_in_which_it_must_not() {
    let cases = case::all();
    let fires: BTreeSet<String> = cases.iter().flat_map(|case| case.header.fires.clone()).collect();
    let silent: BTreeSet<String> = cases.iter().flat_map(|case| case.header.silent.clone()).collect();
    let known: BTreeSet<String> = zirkabot::checks::rules().map(|rule| rule.code.to_owned()).collect();
    let missing = |have: &BTreeSet<String>| -> Vec<String> { known.difference(have).cloned().collect() };
    assert_eq!(missing(&fires), Vec::<String>::new(), "add a fixture in which it fires");
    assert_eq!(missing(&silent), Vec::<String>::new(), "add a fixture in which it must not fire");
    let unknown: Vec<_> = fires.union(&silent).filter(|code| !known.contains(*code)).collect();
    assert!(unknown.is_empty(), "no such rule: {unknown:?}");
}

#[test]
fn nothing_in_the_tree_names_the_machine_that_it_was_made_on() {
    let tracked = std::process::Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let Ok(tracked) = tracked else { return };
    for name in String::from_utf8_lossy(&tracked.stdout).split('\0').filter(|name| !name.is_empty()) {
        let Ok(text) = std::fs::read_to_string(root().join(name)) else { continue };
        for path in [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/fa", "rm/")] {
            // `agents/work/` is a path in a home; only a path that begins so is one of a machine.
            let begins =
                |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || "_.-".contains(c));
            assert!(!text.match_indices(path).any(|(at, _)| begins(at)), "{name} holds a path of a machine");
        }
    }
}
