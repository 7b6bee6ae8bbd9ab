//! No secret in any output: every secret of the fixtures holds the word CANARY, and it must not
//! come out of any command, on whole and on broken homes, in any common encoding.

use crate::case::{self, Case};
use crate::home::Home;
use base64::Engine;

/// The encodings in which `text` holds a canary.
pub(crate) fn leaks(text: &[u8]) -> Vec<&'static str> {
    let mut found = Vec::new();
    let holds = |needle: &[u8]| text.windows(needle.len()).any(|window| window == needle);
    if holds(b"CANARY") {
        found.push("raw");
    }
    // The same six bytes at the three offsets that base64 knows, without the unsteady ends.
    for (pad, cut) in [("", 0..8), ("x", 2..8), ("xx", 3..10)] {
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{pad}CANARY"));
        if holds(&encoded.as_bytes()[cut.start..cut.end.min(encoded.trim_end_matches('=').len() - 1)]) {
            found.push("base64");
        }
    }
    if holds(b"%43%41%4E%41%52%59") || holds(b"\\u0043\\u0041\\u004e") {
        found.push("escaped");
    }
    found
}

const COMMANDS: &[&str] = &[
    "zirkabot models status --check",
    "zirkabot models status --check --json --all-agents",
    "zirkabot models status --check --verbose --all-agents",
    "zirkabot models auth why anthropic",
    "zirkabot models auth why openai --json",
    "zirkabot config validate --verbose",
    "zirkabot config validate --json",
    "zirkabot config path",
    "zirkabot models status --verbose",
    "zirkabot models status --json",
    "zirkabot models status --plain",
];

#[test]
fn no_command_shows_a_secret_of_a_whole_home() {
    let failures: Vec<_> = case::all().iter().flat_map(|case| watch(&Home::of(case), &case.name)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Runs all commands in a home and tells what came out that should not.
fn watch(home: &Home, name: &str) -> Vec<String> {
    let mut failures = Vec::new();
    for line in COMMANDS {
        let (exit, stdout, stderr) = home.run(line);
        let leaks = [leaks(stdout.as_bytes()), leaks(stderr.as_bytes())].concat();
        if !leaks.is_empty() {
            failures.push(format!("{name}: `{line}` shows a secret ({leaks:?})"));
        }
        if ![0, 1, 2, 64, 74, 75].contains(&exit) {
            failures.push(format!("{name}: `{line}` exits {exit}"));
        }
    }
    for (path, entry) in home.snapshot() {
        let plain =
            path.contains("CANARY") || (path.ends_with("journal.jsonl") && !leaks(&entry.bytes).is_empty());
        if plain {
            failures.push(format!("{name}: {path} shows a secret"));
        }
    }
    failures
}

#[test]
fn no_command_shows_a_secret_of_a_broken_home() {
    let mut failures = Vec::new();
    for case in case::all() {
        for at in 0..case.files.len() {
            let how = BREAKS[(at + case.name.len()) % BREAKS.len()];
            let home = broken(&case, at, how.1);
            failures.extend(watch(&home, &format!("{}, {} {}", case.name, case.files[at].path, how.0)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

type Break = fn(Vec<u8>) -> Vec<u8>;

/// Ways in which a file breaks; which one a file meets depends on its case, so that all of them
/// meet every kind of file.
const BREAKS: &[(&str, Break)] = &[
    ("cut at a third", |bytes| bytes[..bytes.len() / 3].to_vec()),
    ("cut at two thirds", |bytes| bytes[..bytes.len() * 2 / 3].to_vec()),
    ("with garbage at its end", |bytes| [&bytes[..], b"\nsk-ant-api03-CANARY-garbage \"CANARY\n"].concat()),
    ("with garbage in front", |bytes| [b"x = [\"CANARY ", &bytes[..]].concat()),
    ("with a byte that is not UTF-8", |bytes| {
        let at = bytes.len() / 2;
        [&bytes[..at], b"\xff", &bytes[at..]].concat()
    }),
    ("with a byte-order mark", |bytes| ["\u{feff}".as_bytes(), &bytes[..]].concat()),
    ("with CRLF", |bytes| {
        bytes.into_iter().flat_map(|b| if b == b'\n' { vec![b'\r', b] } else { vec![b] }).collect()
    }),
    ("with quotes taken out", |bytes| bytes.into_iter().filter(|b| !matches!(b, b'"' | b'\'')).collect()),
    ("with brackets taken out", |bytes| bytes.into_iter().filter(|b| !matches!(b, b'{' | b'[')).collect()),
];

fn broken(case: &Case, at: usize, how: Break) -> Home {
    let home = Home::of(case);
    let path = home.path().join(&case.files[at].path);
    std::fs::write(path, how(case.files[at].bytes().unwrap())).unwrap();
    home
}
