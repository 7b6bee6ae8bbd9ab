//! The table of promises in `docs/threat-model.md`: every test that it names is there, and every promise
//! names one. So with the packages of `docs/install.md`.

use std::collections::BTreeSet;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All tests, as `module::name`.
fn tests() -> BTreeSet<String> {
    let root = root();
    let files = ["src", "tests"].into_iter().flat_map(|dir| walkdir::WalkDir::new(root.join(dir)));
    let files =
        files.filter_map(Result::ok).filter(|entry| entry.path().extension().is_some_and(|ext| ext == "rs"));
    let mut known = BTreeSet::new();
    for entry in files {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let module = entry.path().file_stem().unwrap().to_string_lossy().into_owned();
        let tests = text.split("#[test]").skip(1);
        let names = tests.filter_map(|test| test.split_once("fn ")?.1.split_once('(').map(|(name, _)| name));
        known.extend(names.map(|name| format!("{module}::{name}")));
    }
    known
}

#[test]
fn every_promise_names_tests_that_are_there() {
    let (root, known) = (root(), tests());
    let page = std::fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let (_, table) = page.split_once("| promise |").expect("the table of promises");
    let rows: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 10, "{} rows", rows.len());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [_, tests, figure] = cells[..] else { panic!("{row}") };
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty() && !figure.trim().is_empty(), "{row}");
        for name in named {
            assert!(known.contains(name), "there is no test {name}");
        }
    }
}

#[test]
fn every_package_names_a_test_that_is_there() {
    let page = std::fs::read_to_string(root().join("docs/install.md")).unwrap();
    let known = tests();
    let cells = page.split('`').skip(1).step_by(2).filter(|code| code.contains("::"));
    let named: BTreeSet<&str> = cells.collect();
    for name in &named {
        assert!(known.contains(*name), "there is no test {name}");
    }
    let (_, table) = page.split_once("| package |").expect("the table of packages");
    let rows: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert!(
        rows.len() >= 6 && rows.iter().all(|row| named.iter().any(|name| row.contains(name))),
        "{rows:?}"
    );
}

/// What a line of a script always gives as words, without the name of what it is given to.
fn arguments<'a>(script: &'a str, command: &str) -> Vec<&'a str> {
    let line = script.lines().find_map(|line| line.trim().strip_prefix(command));
    let words = line.unwrap_or_else(|| panic!("no line begins with {command}")).split_whitespace();
    words.filter(|word| !word.starts_with("\"$")).collect()
}

#[test]
fn every_system_is_checked_as_the_page_says() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    let (page, cross, ci) = (read("docs/install.md"), read("release/cross"), read(".ci/run"));
    let (_, table) = page.split_once("| system |").expect("the table of systems");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut said: Vec<(&str, bool)> = Vec::new();
    for row in rows {
        let codes: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        if row.contains("type-checked") {
            let [target, by] = codes[..] else { panic!("{row}") };
            assert!(row.contains("not run") && [".ci/run", "release/cross check"].contains(&by), "{row}");
            said.push((target, by == ".ci/run"));
        } else if let Some(target) = codes.first().and_then(|code| code.strip_prefix("release/cross link ")) {
            assert!(codes.get(1).is_some_and(|test| test.contains("::")), "{row} names no test");
            // Those for Linux are no systems of their own.
            said.extend((!target.ends_with("-linux-musl")).then_some((target, false)));
        }
    }
    let known = cross
        .lines()
        .filter_map(|line| line.trim().strip_prefix('[')?.split_once("]="))
        .map(|(name, _)| name);
    assert_eq!(said.iter().map(|(target, _)| *target).collect::<Vec<_>>(), known.collect::<Vec<_>>());
    let often = said.iter().filter(|(_, often)| *often).map(|(target, _)| *target);
    assert_eq!(often.collect::<Vec<_>>(), arguments(&ci, "release/cross check "));
    assert!(ci.contains("step systems systems"));
}
