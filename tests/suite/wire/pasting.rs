//! `models auth paste-token` with the real program: piped, from files, side by side; what is refused
//! leaves no trace. `at_prompt` has the terminal.

use crate::laws::paste::{SETUP, spellings, wrong};
use crate::support::canary::leaks;
use crate::support::home::{CONFIG, Home, NOW, STORE};
use serde_json::Value;
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};

/// A command line of the real program in a home.
fn command(home: &Home, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.args(line.split_whitespace().skip(1)).env_clear().envs(home.environment());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts it with this on standard input.
fn start(home: &Home, line: &str, input: &str) -> Child {
    let mut child = command(home, line).spawn().unwrap();
    // Who refuses the command line does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child
}

fn piped(home: &Home, line: &str, input: &str) -> Output {
    start(home, line, input).wait_with_output().unwrap()
}

fn store(home: &Home) -> String {
    std::fs::read_to_string(home.path().join(STORE)).unwrap_or_default()
}

#[test]
fn every_spelling_of_a_token_gives_the_same_bytes() {
    let line = "zirkabot models auth paste-token --provider anthropic";
    let mut seen = std::collections::BTreeSet::new();
    let spellings: Vec<String> = spellings(SETUP).into_iter().take(48).collect();
    assert!(spellings.len() >= 20);
    for text in &spellings {
        let home = Home::with(NOW, &[]);
        let output = piped(&home, line, text);
        let told = [output.stdout, output.stderr].concat();
        assert_eq!(output.status.code(), Some(0), "{text:?}: {}", String::from_utf8_lossy(&told));
        assert!(leaks(&told).is_empty(), "{text:?}");
        // When it ends is counted from now on.
        let text = store(&home);
        let lines = text.lines().filter(|line| !line.contains("\"expires\": "));
        seen.insert(lines.collect::<Vec<_>>().join("\n"));
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen.first().unwrap().contains(&format!("\"token\": \"{SETUP}\"")));
}

#[test]
fn what_is_refused_leaves_everything_as_it_was() {
    let home = Home::with(NOW, &[(CONFIG, "[agents.defaults]\nmodel = \"groq/x\"\n"), ("pasted", "")]);
    let rows = wrong();
    assert!(rows.len() >= 15);
    for (provider, text, code, why, _) in rows {
        std::fs::write(home.path().join("pasted"), &text).unwrap();
        let before = home.snapshot();
        for from in ["< ~/pasted", "--token-file ~/pasted", "--dry-run --json < ~/pasted"] {
            let line = format!("zirkabot models auth paste-token --provider {provider} {from}");
            let (exit, stdout, stderr) = home.run(&line);
            let told = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
            let why = if text.len() > 16 << 10 { "far too long" } else { why };
            assert_eq!(exit, 1, "{line}: {stderr}");
            assert!(told.contains(&format!("error[{code}]")), "{line}: {stderr}");
            let error = &serde_json::from_str::<serde_json::Value>(&stdout).unwrap_or_default()["error"];
            let wanted = if line.contains("--json") { code } else { "" };
            assert_eq!(error["code"].as_str().unwrap_or_default(), wanted, "{line}: {stdout}");
            assert!(leaks(stdout.as_bytes()).is_empty(), "{line}: {stdout}");
            assert!(told.contains(why), "{line}: {why}: {stderr}");
            assert!(leaks(stderr.as_bytes()).is_empty(), "{line}: {stderr}");
            assert!(home.snapshot() == before, "{line} left something behind");
        }
    }
}

#[test]
fn a_secret_as_an_argument_is_neither_used_nor_repeated() {
    for rest in [
        "--token CANARY-as-it-is",
        "--token=CANARY-as-it-is",
        "CANARY-as-it-is",
        "--api-key CANARY",
        "--token",
    ] {
        let home = Home::with(NOW, &[]);
        let line = format!("zirkabot models auth paste-token --provider groq {rest}");
        let output = piped(&home, &line, "gsk_CANARY0000000000000000000000000000000000000000000000");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(64), "{line}: {told}");
        assert!(told.contains("is visible to every program"), "{line}: {told}");
        assert!(output.stdout.is_empty() && leaks(told.as_bytes()).is_empty(), "{line}: {told}");
        assert!(home.snapshot().is_empty(), "{line}");
    }
}

/// Names that are no slips of each other.
fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("box{n}")).collect()
}

/// Stores a token for each provider, all at once.
fn all_at_once(home: &Home, names: &[String]) {
    let start = |name: &String| {
        let line = format!("zirkabot models auth paste-token --provider {name} --lock-timeout 300s");
        start(home, &line, &format!("CANARY-{name}"))
    };
    let children: Vec<Child> = names.iter().map(start).collect();
    for (child, name) in children.into_iter().zip(names) {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn fifty_at_once_are_all_stored() {
    let first = "{\n  \"version\": 1,\n  \"profiles\": {},\n  \"mine\": true\n}\n";
    let home = Home::with(NOW, &[(STORE, first), (CONFIG, "# mine\n")]);
    let names = names(50);
    all_at_once(&home, &names);
    let stored: Value = serde_json::from_str(&store(&home)).unwrap();
    let config = std::fs::read_to_string(home.path().join(CONFIG)).unwrap();
    for name in &names {
        assert_eq!(stored["profiles"][format!("{name}:manual")]["token"], format!("CANARY-{name}"));
        assert!(config.contains(&format!("\"{name}:manual\"")), "{name} is not declared");
    }
    assert_eq!(stored["mine"], true);
}

#[test]
fn what_was_stored_at_once_can_be_taken_back_one_by_one() {
    let first = "{\n  \"version\": 1,\n  \"profiles\": {},\n  \"mine\": true\n}\n";
    let home = Home::with(NOW, &[(STORE, first), (CONFIG, "# mine\n")]);
    let files = || {
        let all = home
            .snapshot()
            .into_iter()
            .filter(|(path, entry)| !entry.is_dir() && !path.contains("/backups/"));
        let ours = all.filter(|(path, _)| !path.ends_with(".lock") && !path.ends_with("journal.jsonl"));
        ours.map(|(path, entry)| (path, entry.mode, entry.bytes)).collect::<Vec<_>>()
    };
    let before = files();
    // An undo counts among the newest twenty, of which backups are kept.
    let names = names(8);
    all_at_once(&home, &names);
    for _ in &names {
        let output = piped(&home, "zirkabot undo", "");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(files() == before, "the first bytes are not back");
    assert_eq!(store(&home), first);
}
