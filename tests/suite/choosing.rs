//! Commands that write what they were asked for, in any order: each is done once, leaves the
//! config as right as it was, and is taken back to the byte.

use crate::case::{self, Case};
use crate::home::{Entry, Home, Snapshot};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

/// Homes of both formats, with comments, CRLF, byte-order marks and included files; one of nothing.
const HOMES: &[&str] = &[
    "auth/order",
    "auth/remove",
    "auth/order-of-a-secondary-agent",
    "config/set-in-an-included-file",
    "config/set-in-toml",
    "config/set-refused",
    "golden/json5-config-with-includes",
    "legacy/claude-cli-mode-in-include",
    "legacy/older-config-toml",
    "models/aliases",
    "models/first-alias",
    "models/list",
    "models/set-for-one-agent",
    "models/set-in-an-included-file",
    "models/set-in-toml",
    "session/another-store",
    "session/choose",
    "status/empty-home",
];

/// What people ask for; much of it is refused in one home or another.
const REQUESTS: &[&str] = &[
    "models set openai/gpt-5.2",
    "models set z.ai/glm-4.7",
    "models set opus",
    "models set nobody/x",
    "models set gpt-mini --agent work",
    "models set opus --agent main",
    "models set-image gemini",
    "models set-image gemini-flash --agent main",
    "models aliases add quick openai/gpt-5-mini",
    "models aliases add opus openai/gpt-5.2",
    "models aliases add clever opus",
    "models aliases remove opus",
    "models aliases remove quick",
    "models aliases remove GLM",
    "models fallbacks add openai/gpt-5.2",
    "models fallbacks add Z-AI/glm-4.7",
    "models fallbacks add opus",
    "models fallbacks remove openai/gpt-5.2",
    "models fallbacks remove zai/glm-4.7",
    "models fallbacks clear",
    "models image-fallbacks add opus",
    "models image-fallbacks remove opus",
    "models image-fallbacks clear",
    "config set auth.warnWithin 3d",
    "config set gateway.port 18791",
    "config set agents.defaults.model zai/glm-4.7",
    "config set agents.defaults.model.primary openai/gpt-5.2",
    "config set agents.defaults.models.'\"groq/llama\"' '{}'",
    "config set agents.list[0].name Somebody",
    "config set agents.list[2] '{\"id\": \"third\", \"model\": {\"primary\": \"opus\"}}'",
    "config set env.shellEnv.enabled false",
    "config set auth.profiles.'\"x:y\"' '{\"provider\": \"x\", \"mode\": \"token\"}'",
    "config set auth.order.anthropic '[\"anthropic:manual\"]'",
    "config set channels.telegram.list '[1, {\"a\": null}]'",
    "config set channels.telegram.name Bot",
    "config unset agents.defaults.model",
    "config unset agents.defaults.models",
    "config unset agents.list[0]",
    "config unset agents.list",
    "config unset auth.warnWithin",
    "config unset gateway",
    "models auth order set --provider anthropic anthropic:backup",
    "models auth order set --provider anthropic anthropic:a anthropic:b --agent work",
    "models auth order clear --provider anthropic",
    "models auth order clear --provider anthropic --agent work",
    "models auth remove anthropic:manual --yes",
    "models auth remove anthropic:backup --yes",
    "models auth remove anthropic:b --yes",
    "session model --session main /model openai/gpt-5.2",
    "session model --session main /model opus@anthropic:work",
    "session model --session telegram:dm:4711 /model sonnet",
    "session model --session slack:channel:C1 /new gpt-5-mini",
    "session reset agent:work:slack:channel:C1",
    "onboard --non-interactive --anthropic-api-key sk-ant-api03-CANARY0123456789abcdef",
    "onboard --non-interactive --anthropic-api-key sk-ant-api03-CANARY0123456789abcdef --agent work",
    "onboard --non-interactive --zai-api-key CANARY0123456789abcdef.0123456789",
    "onboard --non-interactive --gemini-api-key AIzaCANARY0123456789abcdef0123 --key-in dotenv",
    "onboard --non-interactive --moonshot-api-key sk-CANARY0123456789abcdef0123456789 --agent main",
    concat!(
        "onboard --non-interactive --auth-choice token --token-profile-id anthropic:backup --token ",
        "sk-ant-oat01-CANARY0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789abcdefghijk"
    ),
];

/// A request that means another thing once it is done: the next item is the first one, and a short
/// name that was replaced may be another model's.
fn is_relative(proposal: &str) -> bool {
    ["config unset agents.list[0]", "models aliases add clever opus"].contains(&proposal)
}

/// What is in a home, but for what the writer keeps for itself.
fn files(home: &Home) -> BTreeMap<String, (u32, Vec<u8>)> {
    let kept = |path: &str| path.split('/').any(|name| ["backups", "journal.jsonl", ".lock"].contains(&name));
    let all: Snapshot = home.snapshot();
    // The state directory of an empty home stays for what is kept in it.
    let own = |path: &str, entry: &Entry| !kept(path) && (path != ".zirkabot" || !entry.is_dir());
    all.into_iter()
        .filter(|(path, entry)| own(path, entry))
        .map(|(path, entry)| (path, (entry.mode, entry.bytes)))
        .collect()
}

fn differences(
    one: &BTreeMap<String, (u32, Vec<u8>)>,
    other: &BTreeMap<String, (u32, Vec<u8>)>,
) -> Vec<String> {
    let paths: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let text = |entry: Option<&(u32, Vec<u8>)>| {
        entry.map(|(mode, bytes)| format!("{mode:o} {}", String::from_utf8_lossy(bytes)))
    };
    let differ = paths.into_iter().filter(|path| one.get(*path) != other.get(*path));
    differ.map(|path| format!("{path}:\n{:?}\n{:?}", text(one.get(path)), text(other.get(path)))).collect()
}

#[test]
fn whatever_is_asked_for_is_done_once_and_taken_back_to_the_byte() {
    let cases: Vec<Case> =
        case::all().into_iter().filter(|case| HOMES.contains(&case.name.as_str())).collect();
    assert_eq!(cases.len(), HOMES.len(), "a home is gone");
    let done: RefCell<BTreeSet<&str>> = RefCell::default();
    let sequences = (0..cases.len(), vec(select(REQUESTS), 1..6));
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&sequences, |(at, proposals)| {
        let home = Home::of(&cases[at]);
        let before = files(&home);
        for proposal in &proposals {
            if run(&home, proposal)? {
                done.borrow_mut().insert(proposal);
            }
        }
        take_back(&home)?;
        prop_assert_eq!(differences(&before, &files(&home)), Vec::<String>::new());
        Ok(())
    });
    outcome.unwrap_or_else(|fault| panic!("{fault}"));
    println!("{} of {} requests were carried out somewhere", done.borrow().len(), REQUESTS.len());
    assert!(done.borrow().len() * 3 > REQUESTS.len() * 2, "only these: {:#?}", done.borrow());
}

/// Carries out a request, and once more; whether it changed anything.
fn run(home: &Home, proposal: &str) -> Result<bool, TestCaseError> {
    let line = format!("zirkabot {proposal}");
    let (valid, ..) = home.run("zirkabot config validate");
    let before = files(home);
    let (exit, stdout, stderr) = home.run(&line);
    let after = files(home);
    prop_assert!([0, 1, 64].contains(&exit), "`{}` exits {}: {}{}", proposal, exit, stdout, stderr);
    // What is due is done even if the request then turns out to be refused; a usage error is told first.
    if exit == 64 {
        prop_assert_eq!(
            differences(&before, &after),
            Vec::<String>::new(),
            "`{}` is refused: {}",
            proposal,
            stderr
        );
    }
    let (still, _, problems) = home.run("zirkabot config validate");
    prop_assert!(still <= valid, "`{}` broke the config: {}", proposal, problems);
    if exit == 0 && !is_relative(proposal) {
        let (again, stdout, stderr) = home.run(&line);
        let removed = proposal.contains(" remove ") && again == 64;
        // A chat message is answered again.
        let answered = proposal.starts_with("session model ") && !stdout.contains("To take it back");
        prop_assert!(
            removed || answered || stdout.contains("Nothing to change"),
            "`{}` again: {}{}",
            proposal,
            stdout,
            stderr
        );
        prop_assert_eq!(differences(&after, &files(home)), Vec::<String>::new(), "`{}` again", proposal);
    }
    Ok(exit == 0 && before != after)
}

/// A secret that is piped in is stored, and shown nowhere; as an argument it is refused.
#[test]
fn a_secret_is_taken_from_standard_input_alone() {
    let home = Home::with(0, &[(".zirkabot/zirkabot.toml", "# mine\n")]);
    let run = |args: &[&str], piped: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(args).env_clear().envs(home.environment());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Whoever does not read it closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(piped.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        assert!(crate::canary::leaks(&text).is_empty(), "{args:?}: {}", String::from_utf8_lossy(&text));
        output.status.code()
    };
    let token = "CANARY-token-00000000";
    let set = ["config", "set", "gateway.auth.token"];
    assert_eq!(run(&[&set[..], &[token]].concat(), ""), Some(64));
    assert_eq!(run(&[&set[..], &["-"]].concat(), ""), Some(64));
    assert_eq!(run(&[&set[..], &["-", "--dry-run"]].concat(), &format!("{token}\n")), Some(0));
    let text = |name: &str| std::fs::read_to_string(home.path().join(".zirkabot").join(name)).unwrap();
    assert_eq!(text("zirkabot.toml"), "# mine\n");
    assert_eq!(run(&[&set[..], &["-"]].concat(), &format!("{token}\n")), Some(0));
    assert_eq!(text("zirkabot.toml"), format!("# mine\n\n[gateway.auth]\ntoken = \"{token}\"\n"));
    assert!(crate::canary::leaks(text("journal.jsonl").as_bytes()).is_empty());
    assert_eq!(run(&["config", "get", "gateway.auth.token"], ""), Some(0));
    let lab = ["config", "set", "models.providers.lab", "-", "--json"];
    let table = "{\n  \"baseUrl\": \"http://x\",\n  \"apiKey\": \"CANARY-key-000000000\"\n}\n";
    assert_eq!(run(&lab, table), Some(0));
    assert_eq!(run(&["config", "get", "models", "--json"], ""), Some(0));
}

/// Undoes until nothing is left to undo.
fn take_back(home: &Home) -> Result<(), TestCaseError> {
    for _ in 0..20 {
        let (exit, _, stderr) = home.run("zirkabot undo");
        if exit == 1 && stderr.contains("nothing to undo") {
            return Ok(());
        }
        prop_assert_eq!(exit, 0, "{}", stderr);
    }
    Err(TestCaseError::fail("there is no end to what can be undone"))
}
