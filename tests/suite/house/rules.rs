//! House rules as tests: what ARCHITECTURE.md promises about the code itself.

use crate::support::case;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rust files below a directory by path, with their text.
fn rust(dir: &str) -> Vec<(String, String)> {
    let files = walkdir::WalkDir::new(root().join(dir)).sort_by_file_name().into_iter();
    let files = files.filter_entry(|entry| entry.file_name() != "target").filter_map(Result::ok);
    let files = files.filter(|entry| entry.path().extension().is_some_and(|ext| ext == "rs"));
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    files.map(|entry| read(entry.into_path())).collect()
}

/// The files of the program.
fn sources() -> Vec<(String, String)> {
    rust("src")
}

/// All files that we wrote, but for this one, which names what it forbids.
fn written() -> Vec<(String, String)> {
    let all = ["src", "tests", "benches"].into_iter().flat_map(rust);
    all.filter(|(name, _)| !name.ends_with("suite/house/rules.rs")).collect()
}

/// A text without the tests at its end.
fn code(text: &str) -> &str {
    let tests = ["\n#[cfg(test)]\nmod tests {", "\n#[cfg(test)]\npub(crate) mod tests {"];
    tests.into_iter().fold(text, |text, begin| text.split(begin).next().unwrap_or_default())
}

#[test]
fn files_are_short_begin_with_what_they_are_for_and_leave_nothing_undone() {
    for (name, text) in written() {
        assert!(code(&text).lines().count() <= 400, "{name} has over 400 lines: it wants to be two rooms");
        assert!(text.starts_with("//!"), "{name} does not begin with what lives in it");
        for mark in ["TODO", "FIXME", "todo!(", "unimplemented!(", "#[ignore", "#[allow("] {
            assert!(!text.contains(mark), "{name} holds {mark}");
        }
        for exception in text.match_indices("[expect(").map(|(at, _)| text[at..].split(']').next()) {
            assert!(
                exception.is_some_and(|text| text.contains("reason")),
                "{name}: an exception without reason"
            );
        }
    }
}

/// Functions that are tables of rows, and may be long.
const TABLES: &[(&str, &str)] = &[
    ("tests/suite/laws/decisions.rs", "fn rows()"),
    ("tests/suite/laws/paste.rs", "fn spellings("),
    ("tests/suite/laws/paste.rs", "fn wrong("),
];

#[test]
fn functions_are_short() {
    for (name, text) in written() {
        for (line, length) in functions(&text) {
            let table = TABLES.iter().any(|(file, table)| *file == name && line.contains(table));
            assert!(table || length <= 60, "{name}: {length} lines: `{line}` wants to be two functions");
        }
    }
}

/// Functions with their lengths. The formatter puts the closing brace below the `fn`.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let begins = |line: &str| {
        let words: Vec<_> = line.split('(').next().unwrap_or_default().split_whitespace().collect();
        // A name follows; `fn(&World)` alone is a type.
        words.windows(2).any(|pair| pair[0] == "fn") && !line.trim_start().starts_with("//")
    };
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| begins(line)) {
        let indent = line.len() - line.trim_start().len();
        let brace = format!("{}}}", &line[..indent]);
        let end =
            lines[at..].iter().position(|line| *line == brace || line.ends_with(';') && line.contains("fn "));
        found.extend(end.map(|end| (line.trim(), end + 1)));
    }
    found
}

#[test]
fn lengths_are_counted() {
    let text =
        "fn a() {\n    let x = 1;\n}\n\nimpl T {\n    fn b(&self);\n    pub fn c(\n    ) {\n    }\n}\n";
    let lengths: Vec<usize> = functions(text).into_iter().map(|(_, length)| length).collect();
    assert_eq!(lengths, [3, 1, 3]);
}

/// The rooms with their floors: a room imports only what lies on lower floors.
const FLOORS: &[(&str, u8)] = &[
    ("sys", 1),
    ("catalog", 2),
    ("doc", 3),
    ("config", 4),
    ("change", 4),
    ("world", 5),
    ("policy", 6),
    ("checks", 7),
    ("intent", 7),
    ("pipeline", 8),
    ("gateway", 9),
    ("report", 9),
    ("cli", 10),
];

#[test]
fn rooms_import_only_rooms_below_them() {
    let floor = |room: &str| FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor);
    let mut seen = BTreeSet::new();
    for (name, text) in sources().into_iter().filter(|(name, _)| !name.ends_with("/tests.rs")) {
        let room = name.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
        if ["lib", "main"].contains(&room) {
            continue;
        }
        let own = floor(room).unwrap_or_else(|| panic!("{name} lies in no room of `FLOORS`"));
        seen.insert(room.to_owned());
        for path in paths(&name, code(&text)) {
            let other = path.first().map(String::as_str).unwrap_or_default();
            let is_below = other == room || floor(other).is_some_and(|other| other < own);
            assert!(is_below, "{name} imports `{other}`, which is not below `{room}`");
        }
    }
    assert_eq!(seen.len(), FLOORS.len(), "a room of `FLOORS` is gone");
}

#[test]
fn files_import_each_other_in_no_circle() {
    let text = sources();
    let module = |name: &str| -> Vec<String> {
        let path = name.trim_start_matches("src/").trim_end_matches(".rs");
        path.split('/').map(str::to_owned).collect()
    };
    let files: BTreeSet<Vec<String>> = text.iter().map(|(name, _)| module(name)).collect();
    let home = |path: Vec<String>| {
        (1..=path.len()).rev().map(|n| path[..n].to_vec()).find(|own| files.contains(own))
    };
    let mut edges: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (name, text) in text.iter().filter(|(name, _)| !name.ends_with("/tests.rs")) {
        let own = module(name);
        let others = paths(name, code(text)).into_iter().filter_map(home);
        // A room and what lies in it are one: `x.rs` says what `x/` is made of.
        let others = others.filter(|other| !other.starts_with(&own) && !own.starts_with(other));
        edges.insert(own.clone(), others.collect());
    }
    // What imports nothing that is left goes; what stays imports itself in a circle.
    while let Some(free) = edges.iter().find(|(_, to)| to.is_empty()).map(|(own, _)| own.clone()) {
        edges.remove(&free);
        edges.values_mut().for_each(|to| to.retain(|other| *other != free));
    }
    let left: Vec<String> = edges.keys().map(|own| own.join("/")).collect();
    assert!(left.is_empty(), "in a circle, or importing one: {left:?}");
}

/// The paths below `crate` that a file names, in `use` and elsewhere, without comments.
fn paths(name: &str, text: &str) -> Vec<Vec<String>> {
    let code: String = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    assert!(!code.contains("super::super"), "{name}: say `crate::` and where it is");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        walk(&code[at + "crate::".len()..], Vec::new(), &mut found);
    }
    found
}

/// Follows one path, through braces, to its ends.
fn walk(text: &str, mut path: Vec<String>, found: &mut Vec<Vec<String>>) {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let rest = &text[word.len()..];
    if !word.is_empty() {
        path.push(word);
    }
    match rest.strip_prefix("::") {
        Some(rest) if rest.starts_with(|c: char| c.is_alphabetic() || c == '_') => walk(rest, path, found),
        Some(rest) if rest.starts_with('{') => group(rest, &path, found),
        _ => found.push(path),
    }
}

/// Follows the paths between braces.
fn group(text: &str, path: &[String], found: &mut Vec<Vec<String>>) {
    let mut depth = 0;
    let mut begins = true;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => {}
            c if c.is_whitespace() => continue,
            _ if begins && depth == 1 => walk(&text[at..], path.to_vec(), found),
            _ => {}
        }
        begins = depth == 1 && matches!(c, '{' | ',');
        if depth == 0 {
            return;
        }
    }
}

#[test]
fn paths_are_found_in_groups_and_inline() {
    let text = "use crate::a::{self, b::C, d::{E, F}};\nlet x = crate::g::h(); // crate::no";
    let found: Vec<String> = paths("x", text).iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["a::self", "a::b::C", "a::d::E", "a::d::F", "g::h"]);
}

#[test]
fn only_the_edge_touches_the_world() {
    let world = [
        // A group could hide one of the others.
        "std::{",
        "std::fs",
        "fs::",
        "std::env::",
        "std::process",
        "std::thread",
        "std::net",
        "SystemTime",
        "Instant::now",
        "rustix::",
    ];
    for (name, text) in sources() {
        if name.starts_with("src/sys") || name == "src/main.rs" {
            continue;
        }
        // The gateway is a second edge: it listens, and connects.
        let may = |word: &&str| {
            name.starts_with("src/gateway") && ["std::net", "std::thread", "Instant::now"].contains(word)
        };
        for word in world.iter().filter(|word| !may(word)) {
            assert!(!code(&text).contains(word), "{name} uses {word}; ask `sys::Look` or `sys::Act`");
        }
    }
}

#[test]
fn tests_neither_sleep_nor_ask_the_clock_or_the_network() {
    let listens = ["suite/house/rules.rs", "support/server.rs", "support/tls.rs"];
    let asked = |name: &str| !listens.iter().any(|own| name.ends_with(own));
    // Clients of the gateway, and the provider behind it, on this machine.
    let gateway = ["tests/gateway/", "tests/support/gateway.rs", "tests/support/provider.rs"];
    for (name, text) in rust("tests").into_iter().filter(|(name, _)| asked(name)) {
        let talks = gateway.iter().any(|own| name.starts_with(own));
        let network = ["TcpStream", "TcpListener"].into_iter().filter(|_| !talks);
        for word in ["thread::sleep", "SystemTime::now", "UdpSocket", "\"HOME\")"].into_iter().chain(network)
        {
            assert!(!text.contains(word), "{name} holds {word}: tests are given their world");
        }
    }
}

#[test]
fn unsafe_code_stands_in_named_spots() {
    let spots: Vec<_> =
        sources().into_iter().filter(|(_, text)| text.contains("unsafe {")).map(|(name, _)| name).collect();
    assert_eq!(spots, ["src/sys/real/child.rs", "src/sys/real/listen.rs"]);
}

/// Who may look into a secret, and why.
const EXPOSE: &[(&str, &str)] = &[
    ("src/change/apply/", "writes and hashes"),
    ("src/change/preview.rs", "shows how a file would be"),
    ("src/intent/capture.rs", "tests what it found"),
    (
        "src/cli/hosts.rs",
        "reads what other machines say, and hands on known fields without what looks secret",
    ),
    ("src/cli/gateway.rs", "reads the token of clients, and prints it where it is asked for"),
    ("src/gateway", "sends a credential to its provider, and compares tokens of clients"),
    ("src/cli/monitor_install.rs", "reads the crontab, and hands it on"),
    ("src/cli/secrets.rs", "reads what is asked for, which holds none"),
    ("src/cli/session.rs", "reads a message, which is none"),
    ("src/cli/setup_token.rs", "hands on what a program wrote"),
    ("src/checks/", "asks `form` what stands around a secret; compares"),
    ("src/cli/ansible.rs", "reads the arguments of a task"),
    ("src/cli/saved_plan.rs", "reads a saved plan, which holds none"),
    ("src/cli/monitor.rs", "reads what was told, which holds none"),
    ("src/cli/onboard", "hands on what was typed or read"),
    ("src/policy/unit.rs", "looks for its own stamp"),
    ("src/config/", "reads the config, in which most values are none"),
    ("src/doc", "parses, edits, masks"),
    ("src/policy/export.rs", "hands out what was asked for"),
    ("src/policy/targets", "writes what is exported"),
    ("src/policy/form.rs", "judges the form of a secret"),
    ("src/pipeline/notify", "sends tokens to whom they are for"),
    ("src/intent/paste.rs", "reads what was pasted"),
    ("src/change/plan", "makes the new text"),
    ("src/pipeline/open.rs", "keeps the config as it last was good"),
    ("src/pipeline/refresh", "writes down what a server gave"),
    ("src/policy/login", "reads what a browser brings, and asks with it"),
    ("src/pipeline/probe.rs", "reads what providers said, which holds none"),
    ("src/policy/probe", "reads the answer of a provider"),
    ("src/policy/refresh", "asks with a refresh token, and reads the answer"),
    ("src/report/", "labels, and masks that are free of secrets"),
    ("src/policy/exchange.rs", "asks for a token, and reads the answer"),
    ("src/policy/usage.rs", "reads what providers told, which holds none"),
    ("src/policy/resolve", "trims"),
    ("src/world", "reads"),
    ("src/sys", "hands the environment on"),
];

#[test]
fn secrets_are_exposed_in_listed_rooms_only() {
    let looks = |(_, text): &(String, String)| text.contains(".expose()") || text.contains("::expose");
    let files: Vec<_> = sources().into_iter().filter(looks).map(|(name, _)| name).collect();
    for name in &files {
        let listed = EXPOSE.iter().any(|(room, _)| name.starts_with(room));
        assert!(listed, "{name} looks into secrets: list it with its reason, or let another room do it");
    }
    for (room, why) in EXPOSE {
        assert!(
            files.iter().any(|name| name.starts_with(room)),
            "{room} no longer {why}: take it off the list"
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
