//! Runs every fixture. `UPDATE_FIXTURES=1` writes what was seen into the files; read the
//! difference before committing it.

use crate::case::{self, Case, Step};
use crate::home::{Home, Snapshot};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn every_fixture_behaves_as_it_says() {
    let update = std::env::var_os("UPDATE_FIXTURES").is_some();
    let mut failures = Vec::new();
    let cases = case::all();
    for case in &cases {
        failures.extend(run(case, update).into_iter().map(|failure| format!("{}: {failure}", case.name)));
    }
    assert!(failures.is_empty(), "{} of {} fixtures:\n{}", failures.len(), cases.len(), failures.join("\n"));
    assert!(cases.len() >= 40, "only {} fixtures", cases.len());
}

/// What is wrong with a case, in words.
fn run(case: &Case, update: bool) -> Vec<String> {
    let mut failures = Vec::new();
    let home = Home::of(case);
    let before = home.snapshot();
    let mut seen = Vec::new();
    for step in &case.steps {
        seen.push(perform(&home, step, &mut failures));
    }
    let after = changed(&before, &home.snapshot(), &mut failures);
    if let Some(last) = case.steps.iter().rev().find(|step| !is_dry(&step.line)) {
        let settled = home.snapshot();
        home.run(&last.line);
        if contents(&home.snapshot()) != contents(&settled) {
            failures.push(format!("a second `{}` changes something", last.line));
        }
    }
    failures.extend(check_codes(case));
    let (expected, got) = (case.render(&case.steps, &case.after), case.render(&seen, &after));
    if update {
        std::fs::write(&case.file, &got).unwrap();
    } else if expected != got {
        let diff = similar::TextDiff::from_lines(&expected, &got);
        failures.push(diff.unified_diff().header("expected", "got").to_string());
    }
    failures
}

/// Whether a command promises to change nothing.
pub(crate) fn is_dry(line: &str) -> bool {
    line.contains("--check") || ["auth why", " config ", " explain "].iter().any(|verb| line.contains(verb))
}

fn perform(home: &Home, step: &Step, failures: &mut Vec<String>) -> Step {
    let before = home.snapshot();
    let (exit, stdout, stderr) = home.run(&step.line);
    if is_dry(&step.line) && home.snapshot() != before {
        failures.push(format!("`{}` changed something", step.line));
    }
    if step.line.contains("--json")
        && exit < 64
        && serde_json::from_str::<serde_json::Value>(&stdout).is_err()
    {
        failures.push(format!("`{}` did not print one JSON document", step.line));
    }
    for (name, text) in [("standard output", &stdout), ("standard error", &stderr)] {
        for leak in crate::canary::leaks(text.as_bytes()) {
            failures.push(format!("`{}` shows a secret on {name}: {leak}", step.line));
        }
    }
    Step { line: step.line.clone(), exit, stdout, stderr }
}

/// Names and bytes, without times.
fn contents(snapshot: &Snapshot) -> BTreeMap<&str, (u32, &[u8])> {
    snapshot.iter().map(|(path, entry)| (path.as_str(), (entry.mode, entry.bytes.as_slice()))).collect()
}

/// Files that are new, changed or gone. What the writer keeps for itself is checked, not listed.
fn changed(
    before: &Snapshot,
    after: &Snapshot,
    failures: &mut Vec<String>,
) -> BTreeMap<String, Option<String>> {
    const FILE: u32 = 0o100_000;
    let mut changes = BTreeMap::new();
    for (path, entry) in after {
        let own = path.contains("/backups") || path.ends_with("/journal.jsonl") || path.ends_with("/.lock");
        let new = before.get(path).is_none_or(|old| old.bytes != entry.bytes);
        if !new {
            continue;
        }
        let private = if entry.mode & FILE == FILE { 0o600 } else { 0o700 };
        if entry.mode & 0o777 != private && before.get(path).is_none() {
            failures.push(format!("{path} was made with mode {:o}", entry.mode & 0o777));
        }
        if path.ends_with("/journal.jsonl") && !crate::canary::leaks(&entry.bytes).is_empty() {
            failures.push(format!("{path} holds a secret"));
        }
        if !own && entry.mode & FILE == FILE {
            changes.insert(path.clone(), Some(String::from_utf8(entry.bytes.clone()).unwrap()));
        }
    }
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        changes.insert(path.clone(), None);
    }
    changes
}

/// The codes found in a fresh home of the case.
pub(crate) fn codes(case: &Case) -> (u8, BTreeSet<String>, Vec<String>) {
    let home = Home::of(case);
    let (exit, stdout, _) = home.run("zirkabot models status --json --all-agents --check");
    let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    let code = |finding: &serde_json::Value| finding["code"].as_str().unwrap().to_owned();
    let loud = findings.iter().filter(|finding| finding["severity"] != "info").map(code).collect();
    (exit, findings.iter().map(code).collect(), loud)
}

fn check_codes(case: &Case) -> Vec<String> {
    let (exit, codes, loud) = codes(case);
    let mut failures = Vec::new();
    failures.extend(
        case.list("fires")
            .iter()
            .filter(|code| !codes.contains(*code))
            .map(|code| format!("{code} does not fire")),
    );
    failures.extend(
        case.list("silent").iter().filter(|code| codes.contains(*code)).map(|code| format!("{code} fires")),
    );
    if case.is("golden") && (exit != 0 || !loud.is_empty()) {
        failures.push(format!("a healthy home exits {exit} and gives {loud:?}"));
    }
    failures
}
