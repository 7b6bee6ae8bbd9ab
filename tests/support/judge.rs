//! Runs every fixture. `UPDATE_FIXTURES=1` writes what was seen into the files; read the
//! difference before committing it.

use crate::support::case::{self, Case, File, Step};
use crate::support::home::{Entry, Home, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use zirkabot::checks::finding::{Finding, Severity};
use zirkabot::pipeline::{self, Ask};
use zirkabot::world::observe::{Agents, Depth};

#[test]
fn every_fixture_behaves_as_it_says() {
    let update = std::env::var_os("UPDATE_FIXTURES").is_some();
    let cases = case::all();
    let failures: Vec<_> = cases
        .iter()
        .flat_map(|case| {
            let failures = run(case, update).into_iter();
            failures.map(|failure| format!("{} ({}): {failure}", case.name, case.header.what))
        })
        .collect();
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
    let settled = home.snapshot();
    let after = changes(&before, &settled);
    let is_note = |step: &Step| NOTING.iter().any(|verb| step.line.contains(verb));
    let is_noted = case.steps.iter().any(is_note);
    failures.extend(faults_of_changes(&before, &settled, &after, is_noted));
    failures.extend(faults_of_a_second_run(&home, case, &settled));
    failures.extend(faults_of_codes(case));
    let (expected, got) = (case.render(&case.steps, &case.after), case.render(&seen, &after));
    if expected == got {
        return failures;
    }
    if update {
        std::fs::write(&case.file, &got).unwrap();
    } else {
        let diff = similar::TextDiff::from_lines(&expected, &got);
        failures.push(diff.unified_diff().header("expected", "got").to_string());
    }
    failures
}

/// Verbs that promise to change nothing, whatever their options.
const LOOKING: &[&str] = &[
    "models aliases list",
    "models auth why",
    "models auth list",
    "models auth order get",
    "models fallbacks list",
    "models image-fallbacks list",
    "models list",
    "config path",
    "config validate",
    "config schema",
    "config get",
    "explain",
    "service status",
    "session list",
    "session show",
    "env",
    "history",
    "completions",
    "man",
];

/// Whether a command promises to change nothing.
pub(crate) fn is_dry(line: &str) -> bool {
    let has = |word: &str| line.split_whitespace().any(|own| own == word);
    let verbs = format!("{line} ");
    let plans = verbs.contains(" plan ") && !has("--out");
    // A shell that asks for candidates.
    let asks = line.starts_with("zirkabot -- ");
    plans
        || asks
        || has("--check") && !has("--output")
        || (has("prometheus") && !has("--output") || has("nagios"))
        || has("--dry-run")
        || LOOKING.iter().any(|verb| verbs.contains(&format!(" {verb} ")))
}

fn perform(home: &Home, step: &Step, failures: &mut Vec<String>) -> Step {
    let line = step.line.clone();
    let before = home.snapshot();
    let (exit, stdout, stderr) = home.run(&line);
    if is_dry(&line) {
        let touched = differences(&before, &home.snapshot());
        failures.extend(touched.iter().map(|path| format!("`{line}` is a dry run and touched {path}")));
    }
    // A usage error is told before it is known what was asked for.
    let json = line.split_whitespace().any(|word| word.ends_with("-json")) && exit != 64;
    if json && serde_json::from_str::<serde_json::Value>(&stdout).is_err() {
        failures.push(format!("`{line}` did not print one JSON document"));
    }
    for (name, text) in [("standard output", &stdout), ("standard error", &stderr)] {
        if !text.is_empty() && !text.ends_with('\n') {
            failures.push(format!("`{line}` does not end its last line on {name}"));
        }
        // The one command whose answer is a secret.
        if name == "standard output" && line.contains(" auth print ") {
            continue;
        }
        let leaks = crate::fixtures::canary::leaks(text.as_bytes());
        failures.extend(leaks.iter().map(|leak| format!("`{line}` shows a secret on {name}: {leak}")));
    }
    Step { line, exit, stdout, stderr }
}

/// Where two snapshots differ, in anything at all.
pub(crate) fn differences(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

/// The fixed point: the last command that may write has nothing left to write, not even the same.
fn faults_of_a_second_run(home: &Home, case: &Case, settled: &Snapshot) -> Vec<String> {
    let Some(last) = case.steps.iter().rev().find(|step| !is_dry(&step.line)) else { return Vec::new() };
    home.run(&last.line);
    let touched = differences(settled, &home.snapshot());
    touched.iter().map(|path| format!("a second `{}` touched {path}", last.line)).collect()
}

/// Commands whose changes have no place in the history.
const NOTING: &[&str] = &[" auth report ", " cooldown clear "];

/// What the writer keeps for itself: checked, not listed.
fn is_kept(path: &str) -> bool {
    path.split('/')
        .any(|name| ["backups", "journal.jsonl", ".lock", ".monitor.lock", "monitor.json"].contains(&name))
}

/// Files that are new, changed or gone.
fn changes(before: &Snapshot, after: &Snapshot) -> BTreeMap<String, File> {
    let mut changes = BTreeMap::new();
    for (path, entry) in after.iter().filter(|(path, entry)| !entry.is_dir() && !is_kept(path)) {
        let file = File::of(path, &entry.bytes);
        match before.get(path) {
            Some(old) if old.mode != entry.mode => {
                changes.insert(path.clone(), file.with(format!("mode {:o}", entry.mode & 0o7777)));
            }
            Some(old) if old.bytes == entry.bytes => {}
            _ => {
                changes.insert(path.clone(), file);
            }
        }
    }
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        changes.insert(path.clone(), File::gone(path));
    }
    changes
}

/// What must hold of every change: it is private, and recorded; and nothing is recorded that is none.
fn faults_of_changes(
    before: &Snapshot,
    after: &Snapshot,
    changes: &BTreeMap<String, File>,
    is_noted: bool,
) -> Vec<String> {
    let new = |path: &str| before.get(path).is_none();
    // What was undone is no longer a change, and stands in the journal all the same.
    let undoes = |entry: &Entry| String::from_utf8_lossy(&entry.bytes).contains("\"undoes\":");
    let undone = after.iter().any(|(path, entry)| path.ends_with("/journal.jsonl") && undoes(entry));
    let mut faults = Vec::new();
    // What was told is no change, and stands in no journal.
    let told = |path: &str| path.ends_with("/monitor.json") || path.ends_with("/.monitor.lock");
    for (path, entry) in after.iter().filter(|(path, _)| new(path)) {
        let private = if entry.is_dir() { 0o700 } else { 0o600 };
        // What a service manager reads holds no secret.
        let is_definition = [".config", "Library", ".shortcuts"].iter().any(|dir| path.starts_with(dir));
        if entry.mode & 0o7777 != private && !is_definition {
            faults.push(format!("{path} was made with mode {:o}", entry.mode & 0o7777));
        }
        let made_dir = after.iter().any(|(path, entry)| new(path) && entry.is_dir() && !is_kept(path));
        if changes.is_empty()
            && !undone
            && !told(path)
            && !(made_dir && (entry.is_dir() || path.ends_with("/.lock")))
        {
            faults.push(format!("{path} was made although nothing was changed"));
        }
    }
    let journal = |(path, _): &(&String, &Entry)| path.ends_with("/journal.jsonl");
    for (path, entry) in after.iter().filter(journal) {
        let leaks = crate::fixtures::canary::leaks(&entry.bytes);
        faults.extend(leaks.iter().map(|leak| format!("{path} holds a secret: {leak}")));
    }
    let grown =
        |(path, entry): (&String, &Entry)| before.get(path).is_none_or(|old| old.bytes != entry.bytes);
    if !changes.is_empty() && !is_noted && !after.iter().filter(journal).any(grown) {
        faults.push("a change was not written into the journal".to_owned());
    }
    let named = after.keys().filter(|path| !crate::fixtures::canary::leaks(path.as_bytes()).is_empty());
    faults.extend(named.map(|path| format!("the name of {path} is a secret")));
    faults
}

/// Whether the rules find what they are to find in a fresh home of the case, and nothing else:
/// as deep as the doctor looks, and without changing anything.
fn faults_of_codes(case: &Case) -> Vec<String> {
    let home = Home::of(case);
    let (exit, ..) = home.run("zirkabot models status --json --all-agents --check");
    let ask = Ask { agents: Agents::All, profile: None, depth: Depth::Doctor, options: Default::default() };
    let findings = pipeline::preview(&home.machine(), &ask).looked.findings;
    let code = |finding: &Finding| finding.rule.code.to_owned();
    let codes: BTreeSet<String> = findings.iter().map(code).collect();
    let loud: Vec<_> =
        findings.iter().filter(|finding| finding.severity != Severity::Info).map(code).collect();
    let (fires, silent) = (&case.header.fires, &case.header.silent);
    let mut faults = Vec::new();
    faults.extend(
        fires.iter().filter(|code| !codes.contains(*code)).map(|code| format!("{code} does not fire")),
    );
    faults.extend(silent.iter().filter(|code| codes.contains(*code)).map(|code| format!("{code} fires")));
    if case.header.golden && (exit != 0 || !loud.is_empty()) {
        faults.push(format!("a healthy home exits {exit} and gives {loud:?}"));
    }
    faults
}

mod tests {
    use super::*;

    fn entry(mode: u32, text: &str) -> Entry {
        Entry { mode, mtime: 0, bytes: text.as_bytes().to_vec() }
    }

    /// The faults of a home in which these appeared beside a file that was there.
    fn faults(new: &[(&str, Entry)]) -> Vec<String> {
        let before = Snapshot::from([("old".to_owned(), entry(0o100_600, "x"))]);
        let mut after = before.clone();
        after.extend(new.iter().map(|(path, entry)| ((*path).to_owned(), entry.clone())));
        faults_of_changes(&before, &after, &changes(&before, &after), false)
    }

    #[test]
    fn changes_that_are_open_unrecorded_or_empty_are_caught() {
        let store = || ("s/store.json", entry(0o100_600, "CANARY"));
        let journal = |text| ("s/journal.jsonl", entry(0o100_600, text));
        assert_eq!(faults(&[store(), journal("{}")]), Vec::<String>::new());
        assert_eq!(faults(&[]), Vec::<String>::new());
        for (what, wrong) in [
            ("open file", vec![("s/store.json", entry(0o100_644, "x")), journal("{}")]),
            ("open directory", vec![store(), journal("{}"), ("s/backups", entry(0o040_755, ""))]),
            ("open backup", vec![store(), journal("{}"), ("s/backups/1", entry(0o100_640, ""))]),
            ("no journal", vec![store()]),
            ("a journal of nothing", vec![journal("{}")]),
            ("a lock for nothing", vec![("s/.lock", entry(0o100_600, ""))]),
            ("a secret in the journal", vec![store(), journal("CANARY")]),
            ("a secret as a name", vec![("s/CANARY", entry(0o100_600, "")), journal("{}")]),
        ] {
            assert_eq!(faults(&wrong).len(), 1, "{what}: {:?}", faults(&wrong));
        }
    }

    #[test]
    fn new_modes_and_files_that_are_gone_are_listed() {
        let before = Snapshot::from(["a", "b"].map(|path| (path.to_owned(), entry(0o100_600, "x\n"))));
        let after = Snapshot::from([("a".to_owned(), entry(0o100_644, "x\n"))]);
        let listed: Vec<_> = changes(&before, &after).into_values().map(|file| file.options).collect();
        assert_eq!(listed, [["mode 644"], ["absent"]]);
        assert_eq!(differences(&before, &after), ["a", "b"]);
    }

    #[test]
    fn verbs_that_only_look_are_dry() {
        for (line, dry) in [
            ("zirkabot models status --check --json", true),
            ("zirkabot --profile work config path", true),
            ("zirkabot models auth why anthropic", true),
            ("zirkabot doctor --dry-run", true),
            ("zirkabot plan --json", true),
            ("zirkabot models status", false),
            ("zirkabot plan --out f", false),
            ("zirkabot config set a 1", false),
            ("zirkabot config set agents.defaults.model x --dry-run", true),
            ("zirkabot models set x", false),
            ("zirkabot models fallbacks list", true),
            ("zirkabot models fallbacks clear", false),
            ("zirkabot -- zirkabot models fallbacks clear", true),
            ("zirkabot models auth order set anthropic a", false),
        ] {
            assert_eq!(is_dry(line), dry, "{line}");
        }
    }
}
