//! A plan that is saved and applied later does what it said, or nothing.

use crate::support::canary;
use crate::support::home::{CONFIG, Home, STORE};
use std::os::unix::fs::PermissionsExt;

/// A home with a saved plan, and the command that applies it.
fn saved(options: &str) -> (Home, String) {
    let home = Home::named("doctor/repairs");
    let file = home.path().join("plan.json");
    let (exit, stdout, stderr) = home.run(&format!("zirkabot plan --out {} {options}", file.display()));
    assert_eq!(exit, 2, "{stdout}{stderr}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
    let text = std::fs::read(&file).unwrap();
    assert!(canary::leaks(&text).is_empty());
    (home, format!("zirkabot apply {} --yes", file.display()))
}

/// The files that matter, as they are.
fn files(home: &Home) -> Vec<Vec<u8>> {
    [CONFIG, STORE].iter().map(|path| std::fs::read(home.path().join(path)).unwrap()).collect()
}

#[test]
fn a_saved_plan_is_applied_once() {
    let (home, apply) = saved("");
    let before = files(&home);
    let (exit, stdout, stderr) = home.run(&apply);
    assert_eq!(exit, 0, "{stdout}{stderr}");
    assert!(stdout.contains("After the changes: nothing to change."), "{stdout}");
    let after = files(&home);
    assert_ne!(before, after);
    let (exit, _, stderr) = home.run(&apply);
    assert!(exit == 1 && stderr.contains("out of date"), "{exit} {stderr}");
    assert_eq!(files(&home), after);
}

#[test]
fn a_saved_plan_keeps_to_what_it_was_asked_for() {
    let (home, apply) = saved("--only files");
    let before = files(&home);
    let (exit, stdout, stderr) = home.run(&apply);
    assert_eq!(exit, 0, "{stdout}{stderr}");
    assert_eq!(files(&home), before, "only modes and a left-behind file were to change");
    assert!(!home.path().join(".zirkabot/.zirkabot.toml.1-0.zirkabot-tmp").exists());
}

#[test]
fn a_stale_plan_changes_nothing_and_names_the_file() {
    type Change = fn(&std::path::Path);
    let rows: [(Change, &str); 4] = [
        (|home| append(&home.join(CONFIG), "# one comment more\n"), "zirkabot.toml"),
        (|home| crate::support::plans::chmod(&home.join(STORE), 0o640), "auth-profiles.json"),
        (|home| std::fs::remove_file(home.join(".zirkabot/.zirkabot.toml.1-0.zirkabot-tmp")).unwrap(), "tmp"),
        (|home| append(&home.join(CONFIG), "[auth.cooldowns\n"), ""),
    ];
    for (change, named) in rows {
        let (home, apply) = saved("");
        change(&home.path());
        let before = home.snapshot();
        let (exit, stdout, stderr) = home.run(&apply);
        assert_eq!(exit, 1, "{named}: {stdout}{stderr}");
        assert!(stderr.contains("out of date") && stderr.contains(named), "{named}: {stderr}");
        assert!(home.snapshot() == before, "{named}: something was changed");
    }
}

#[test]
fn no_plan_is_saved_over_anything_but_a_plan() {
    let (home, _) = saved("");
    let before = home.snapshot();
    for path in [CONFIG, STORE] {
        let (exit, _, stderr) =
            home.run(&format!("zirkabot plan --out {}", home.path().join(path).display()));
        assert!(exit == 74 && stderr.contains("is not a saved plan"), "{exit} {stderr}");
    }
    assert!(home.snapshot() == before);
    assert_eq!(home.run(&format!("zirkabot plan --out {}", home.path().join("plan.json").display())).0, 2);
}

#[test]
fn what_is_no_plan_is_refused() {
    let (home, apply) = saved("");
    let file = home.path().join("plan.json");
    let whole = std::fs::read_to_string(&file).unwrap();
    let later = whole.replace("\"schemaVersion\": 1", "\"schemaVersion\": 9");
    for text in [
        &later,
        "",
        "{}",
        "[1]",
        "{\"request\": 5, \"changes\": []}",
        &whole[..whole.len() / 2],
        &whole.replace("\"force\": false", "\"force\": true"),
    ] {
        std::fs::write(&file, text).unwrap();
        let before = home.snapshot();
        let (exit, _, stderr) = home.run(&apply);
        let forced = text.contains("\"force\": true");
        // To ask for more by hand is allowed, where it gives the same plan.
        assert!(exit == 1 || forced, "{text:?}: {exit} {stderr}");
        assert!(home.snapshot() == before || forced, "{text:?}");
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(home.run(&apply).0, 74);
}

fn append(path: &std::path::Path, text: &str) {
    let old = std::fs::read_to_string(path).unwrap();
    std::fs::write(path, old + text).unwrap();
}
