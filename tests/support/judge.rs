//! What must hold of every run in a fixture's home, whatever the fixture: dry runs touch nothing, what is
//! made is private, and what is changed stands in the journal.

use crate::support::canary::leaks;
use crate::support::case::File;
use crate::support::home::{Entry, Snapshot};
use std::collections::{BTreeMap, BTreeSet};

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
        || !has("--install") && LOOKING.iter().any(|verb| verbs.contains(&format!(" {verb} ")))
}

/// Where two snapshots differ, in anything at all.
pub(crate) fn differences(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

/// Files that are new, changed or gone.
pub(crate) fn changes(before: &Snapshot, after: &Snapshot) -> BTreeMap<String, File> {
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
pub(crate) fn faults_of_changes(
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
        let leaks = leaks(&entry.bytes);
        faults.extend(leaks.iter().map(|leak| format!("{path} holds a secret: {leak}")));
    }
    let grown =
        |(path, entry): (&String, &Entry)| before.get(path).is_none_or(|old| old.bytes != entry.bytes);
    if !changes.is_empty() && !is_noted && !after.iter().filter(journal).any(grown) {
        faults.push("a change was not written into the journal".to_owned());
    }
    let named = after.keys().filter(|path| !leaks(path.as_bytes()).is_empty());
    faults.extend(named.map(|path| format!("the name of {path} is a secret")));
    faults
}

/// What the writer keeps for itself: checked, not listed.
fn is_kept(path: &str) -> bool {
    path.split('/')
        .any(|name| ["backups", "journal.jsonl", ".lock", ".monitor.lock", "monitor.json"].contains(&name))
}

#[cfg(test)]
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
