//! The walk-throughs of README and the book are run, each page in a home of its own, line after line, as somebody does
//! who types what they read. There is no terminal and no network, so what needs one says so; nothing may be unknown, end
//! by itself, or show a secret.

use crate::house::book::{blocks, calls, typed};
use crate::house::docs::{Page, pages};
use crate::support::canary::leaks;
use crate::support::home::{CONFIG, Home, NOW, STORE};

/// Calls that do not come back, give their place to another program, or ask another machine.
const NOT_HERE: &[&str] = &[
    "zirkabot demo",
    "zirkabot exec",
    "zirkabot gateway",
    "zirkabot service logs",
    "zirkabot status --host",
    "zirkabot status --watch",
    "zirkabot completions",
];

/// Calls whose answer is a secret.
const SECRET: &[&str] = &["zirkabot models auth print", "zirkabot secrets resolve"];

/// A home in which the pages make sense: two keys, a login that another program lends, a second agent.
fn home() -> Home {
    let key = |tag: &str| {
        let start = format!("sk-ant-api03-CANARY-{tag}-");
        format!("{start}{}", "A".repeat(108 - start.len()))
    };
    let store = format!(
        r#"{{"version": 1, "profiles": {{
            "anthropic:work": {{"type": "api_key", "provider": "anthropic", "key": "{}"}},
            "openai-codex:default": {{"type": "oauth", "provider": "openai-codex", "access": "CANARY-access-000000000000000000",
                "refresh": "CANARY-refresh-000000000000000000", "expires": 1797940800000}}}}}}"#,
        key("work")
    );
    let config = "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n[[agents.list]]\nid = \"main\"\n[[agents.list]]\nid = \"ops\"\n";
    let mut home = Home::with(NOW, &[(STORE, &store), (CONFIG, config), ("key.txt", &key("typed"))]);
    home.set("PATH", "/nowhere");
    home.in_itself();
    home
}

#[test]
fn walk_throughs_can_be_walked() {
    let (mut ran, mut failures) = (0, Vec::new());
    for Page { name, text } in pages() {
        let home = home();
        let lines = blocks(&text).into_iter().filter(|(language, _)| *language == "sh");
        let lines = lines.flat_map(|(language, lines)| typed(language, &lines));
        for call in lines.flat_map(|line| calls(&line)) {
            let line = call.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
            let plain = call.join(" ");
            let is_one_of = |list: &[&str]| list.iter().any(|start| plain.starts_with(start));
            // Where something is put is a place of this machine.
            let is_elsewhere = call.iter().any(|word| word.starts_with('/') && !word.starts_with("/model"));
            if is_one_of(NOT_HERE) || is_elsewhere {
                continue;
            }
            ran += 1;
            let (exit, stdout, stderr) = home.hurried(&line);
            let needs_somebody = stderr.contains("terminal") || stderr.contains("standard input");
            if exit == 70 || exit == 64 && !needs_somebody {
                failures.push(format!("{name}: `{plain}` ends with {exit}: {stderr}"));
            }
            let shown = if is_one_of(SECRET) { stderr } else { stdout + &stderr };
            let leaks = leaks(shown.as_bytes());
            if !leaks.is_empty() {
                failures.push(format!("{name}: `{plain}` shows {leaks:?}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {ran}:\n{}", failures.len(), failures.join("\n"));
    assert!(ran > 100, "{ran} calls");
}
