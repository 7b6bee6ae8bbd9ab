//! One read that fails, at every read of every command that writes: whoever says that it succeeded has
//! written what it was asked for. Broken is not empty, and nothing to do is not done. `READ_SWEEP=family/case`
//! tries one case, and all of its reads; else each command has a half of them, the next command the other.

use crate::support::case::{self, Case};
use crate::support::home::Home;
use crate::support::hooked::Hooked;
use crate::support::plans::say;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Commands of which success does not mean that something was written: they look, and bring up to date
/// what they can on the way.
const LOOKING: &[&str] = &[" status", " list", " why ", " print ", " exec ", " plan", " env", " history"];

/// What is in a home, but for what the writer keeps for itself.
fn files(home: &Home) -> BTreeMap<String, (u32, Vec<u8>)> {
    let own = ["backups", "journal.jsonl", ".lock", "monitor.json"];
    let kept = |path: &str| path.split('/').any(|name| own.contains(&name) || name.ends_with(".lock"));
    let all = home.snapshot().into_iter().filter(|(path, entry)| !kept(path) && !entry.is_dir());
    all.map(|(path, entry)| (path, (entry.mode, entry.bytes))).collect()
}

/// A home as it is before step `at` of a case.
fn before(case: &Case, at: usize) -> Home {
    let home = Home::of(case);
    for step in &case.steps[..at] {
        let (exit, _, told) = home.hurried(&step.line);
        assert_eq!(exit, step.exit, "{}: `{}`: {told}", case.name, step.line);
    }
    home
}

/// Runs a step, with the read that fails; its exit code, and what was read.
fn run(home: &Home, line: &str, fails: Option<usize>) -> (u8, Vec<PathBuf>) {
    let (real, args) = home.called(line);
    let mut act = Hooked::over(real, home.now(), |_, _| Ok(()));
    act.fails = fails;
    let outcome = zirkabot::run(&mut act, &args);
    (outcome.exit.code(), act.reads.take())
}

/// The steps of all cases that write and succeed, one of each kind of command; of those that mend
/// whatever they find, one in each family.
fn writing() -> Vec<(Case, usize)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for name in case::names() {
        let case = case::read(&name).unwrap();
        let family = name.split('/').next().unwrap_or_default().to_owned();
        let step = case.steps.iter().enumerate().position(|(at, step)| {
            let verb: Vec<&str> = step.line.split_whitespace().skip(1).take(3).collect();
            let looks = LOOKING.iter().any(|word| format!("{} ", step.line).contains(word));
            let is_general = ["doctor", "apply", "undo"].contains(verb.first().unwrap_or(&""));
            let kind = if verb.first() == Some(&"export") {
                // They differ in what they write, not in what they read.
                verb[0].to_owned()
            } else if is_general {
                format!("{family} {}", verb[0])
            } else {
                verb.join(" ")
            };
            if step.exit != 0 || looks || seen.contains(&kind) {
                return false;
            }
            let home = before(&case, at);
            let was = files(&home);
            let writes = run(&home, &step.line, None).0 == 0 && files(&home) != was;
            writes && seen.insert(kind)
        });
        found.extend(step.map(|at| (case, at)));
    }
    found
}

#[test]
fn no_failing_read_makes_a_command_say_that_it_wrote_what_it_did_not() {
    let only = std::env::var("READ_SWEEP").unwrap_or_default();
    let steps: Vec<_> = writing().into_iter().filter(|(case, _)| case.name.contains(&only)).collect();
    let next = AtomicUsize::new(0);
    let (reads, lies) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some((case, at)) = steps.get(number) else { return };
                    let line = &case.steps[*at].line;
                    let home = before(case, *at);
                    let (_, read) = run(&home, line, None);
                    let (done, count) = (files(&home), read.len());
                    // What stands elsewhere in the system is not where anything is written.
                    let ours = |path: &PathBuf| {
                        let path = path.strip_prefix(home.path()).ok();
                        path.and_then(|path| path.iter().next()).is_some_and(|first| first != "system")
                    };
                    let has = |n: &usize| !only.is_empty() || (n + number).is_multiple_of(2);
                    for n in (0..count).filter(|n| ours(&read[*n])).filter(has) {
                        reads.fetch_add(1, Ordering::Relaxed);
                        let home = before(case, *at);
                        let (exit, _) = run(&home, line, Some(n));
                        let left = home.snapshot().into_keys().find(|path| path.ends_with(".json.lock"));
                        if let Some(left) = left {
                            lies.lock().unwrap().push(format!("`{line}`, read {n}: left behind {left}"));
                        }
                        if exit == 0 && files(&home) != done {
                            let (now, path) = (files(&home), read[n].display());
                            let differs = |path: &&String| now.get(*path) != done.get(*path);
                            let differ: Vec<_> = done.keys().chain(now.keys()).filter(differs).collect();
                            let name = &case.name;
                            let lie = format!("{name}: `{line}`, read {n} of {count}, {path}: {differ:?}");
                            lies.lock().unwrap().push(lie);
                        }
                    }
                }
            });
        }
    });
    let lies = lies.into_inner().unwrap();
    say(&format!(
        "{} commands that write, {} failing reads: {} lies",
        steps.len(),
        reads.into_inner(),
        lies.len()
    ));
    assert!(!only.is_empty() || steps.len() > 20, "only {} commands were found", steps.len());
    assert!(lies.is_empty(), "{lies:#?}");
}
