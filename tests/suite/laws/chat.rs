//! Chat messages about models: what is answered, what is chosen, to what the session is pinned, and
//! what is left of the message. Each row is a message to a session that has chosen `openai/gpt-5.2` and is
//! pinned to `openai:default`, in a home where some models are allowed, or all.

mod rows;

use crate::support::home::{CONFIG, Home, NOW, SESSIONS, STORE};
use proptest::prelude::*;
use rows::{ANYTHING, ASKING, BEGINNING, CHOOSING, GPT, NEARLY, PIN, PINNING, PLAIN, Row};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Some models are allowed.
const LISTED: &str = r#"
[agents.defaults]
model = "anthropic/claude-opus-4-5"

[agents.defaults.models]
"anthropic/claude-opus-4-5" = {}
"anthropic/claude-sonnet-4-5" = { alias = "" }
"openai/gpt-5.2" = {}
"openai/gpt-5-mini" = {}
"minimax/MiniMax-M2.1" = { alias = "minimax" }
"minimax/MiniMax-M2.1-lightning" = {}
"moonshot/kimi-k2-0905-preview" = {}
"Z.AI/glm-4.7" = { alias = "GLM" }
"lab/hf:Org/Small" = { alias = "small.one" }
"lab/gone" = {}
"openrouter/anthropic/claude-opus-4.5" = {}

[models.providers.lab]
baseUrl = "http://localhost:1234/v1"
api = "openai-completions"
models = [{ id = "big" }, { id = "hf:Org/Small" }]
"#;

/// All models are allowed.
const FREE: &str = r#"
[agents.defaults]
model = "anthropic/claude-sonnet-4-5"

[models.providers.lab]
baseUrl = "http://localhost:1234/v1"
models = [
  { id = "m01" }, { id = "m02" }, { id = "m03" }, { id = "m04" }, { id = "m05" }, { id = "m06" },
  { id = "m07" }, { id = "m08" }, { id = "m09" }, { id = "m10" }, { id = "m11" }, { id = "m12" },
  { id = "m13" }, { id = "m14" }, { id = "m15" }, { id = "m16" }, { id = "m17" }, { id = "m18" },
  { id = "m19" }, { id = "m20" }, { id = "m21" }, { id = "m22" }, { id = "m23" },
]
"#;

const PROFILES: &str = r#"{
  "version": 1,
  "profiles": {
    "anthropic:work": { "type": "token", "provider": "anthropic", "token": "sk-ant-oat01-CANARY-work-00000000000000", "expires": 1795370400000 },
    "anthropic:me@example.com": { "type": "api_key", "provider": "anthropic", "key": "sk-ant-api03-CANARY-me-0000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
    "openai:default": { "type": "api_key", "provider": "openai", "key": "sk-proj-CANARY-openai-0000000000000000000000000000000000" },
    "zai:default": { "type": "api_key", "provider": "z.ai", "key": "CANARY-zai-00000000000000000000" }
  },
  "lastGood": { "anthropic": "anthropic:me@example.com" },
  "usageStats": { "anthropic:me@example.com": { "cooldownUntil": 1795352400000 } }
}
"#;

const CHOSEN: &str = r#"{
  "agent:main:main": {
    "sessionId": "s-1",
    "updatedAt": 1795340000000,
    "providerOverride": "openai",
    "modelOverride": "gpt-5.2",
    "authProfileOverride": "openai:default",
    "authProfileOverrideSource": "user",
    "skillsSnapshot": { "kept": [1, 2, { "as": "it is" }] }
  }
}
"#;

/// A home with this config, in which a session has chosen something.
fn home(config: &str) -> Home {
    Home::with(NOW, &[(CONFIG, config), (STORE, PROFILES), (SESSIONS, CHOSEN), ("message", "")])
}

fn sessions(home: &Home) -> PathBuf {
    home.path().join(SESSIONS)
}

/// What the session's entry holds.
fn entry(home: &Home) -> Value {
    let text = std::fs::read_to_string(sessions(home)).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["agent:main:main"].clone()
}

/// Sends a message: the exit code, and the document.
fn send(home: &Home, message: &str) -> (u8, Value) {
    std::fs::write(home.path().join("message"), message).unwrap();
    let (exit, stdout, stderr) = home.run("zirkabot session model --session main --json - < ~/message");
    let document = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{message:?}: {stderr}"));
    (exit, document)
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// What a row says otherwise than the program.
fn faults(home: &Home, row: &Row) -> Vec<String> {
    let Row { message, kind, model: chosen, pin, left, says } = *row;
    std::fs::write(sessions(home), CHOSEN).unwrap();
    let (exit, document) = send(home, message);
    let after = entry(home);
    let model = match (text(&after, "providerOverride"), text(&after, "modelOverride")) {
        ("", "") => String::new(),
        (provider, id) => format!("{provider}/{id}"),
    };
    let is_moved = model != GPT || text(&after, "authProfileOverride") != PIN;
    let changed = std::fs::read_to_string(sessions(home)).unwrap() != CHOSEN;
    let reply = text(&document, "reply");
    let mut faults = Vec::new();
    let mut is = |what: &str, seen: String, wanted: String| {
        if seen != wanted {
            faults.push(format!("{message:?}: {what} is {seen:?}, not {wanted:?}\n    {reply}"));
        }
    };
    is("kind", text(&document, "kind").to_owned(), kind.to_owned());
    is("model", model, chosen.to_owned());
    is("pin", text(&after, "authProfileOverride").to_owned(), pin.to_owned());
    is("pin that is told", text(&document["pin"], "profile").to_owned(), pin.to_owned());
    is(
        "source",
        text(&after, "authProfileOverrideSource").to_owned(),
        if pin.is_empty() { "" } else { "user" }.to_owned(),
    );
    is("rest", text(&document, "text").to_owned(), left.to_owned());
    is("change", changed.to_string(), is_moved.to_string());
    is("change that is told", document["changed"].to_string(), changed.to_string());
    is("time", after["updatedAt"].to_string(), if changed { NOW } else { 1_795_340_000_000 }.to_string());
    is("exit", exit.to_string(), u8::from(kind == "error").to_string());
    is("id", text(&after, "sessionId").to_owned(), "s-1".to_owned());
    is(
        "what is not ours",
        after["skillsSnapshot"].to_string(),
        json!({ "kept": [1, 2, { "as": "it is" }] }).to_string(),
    );
    is(
        "schema",
        crate::house::schemas::faults("session-model.schema.json", &document).join(", "),
        String::new(),
    );
    if !reply.contains(says) || reply.is_empty() != (kind == "none") {
        faults.push(format!("{message:?} is answered {reply:?}, without {says:?}"));
    }
    // What was said once is so.
    let before = std::fs::read(sessions(home)).unwrap();
    let (_, again) = send(home, message);
    if std::fs::read(sessions(home)).unwrap() != before
        || again["changed"] != json!(false)
        || again["reply"] != document["reply"]
    {
        faults.push(format!("{message:?} changes something a second time"));
    }
    faults
}

#[track_caller]
fn holds(config: &str, tables: &[&[Row]]) -> usize {
    let home = home(config);
    let rows: Vec<&Row> = tables.iter().copied().flatten().collect();
    let faults: Vec<String> = rows.iter().flat_map(|row| faults(&home, row)).collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), rows.len(), faults.join("\n"));
    rows.len()
}

#[test]
fn messages_where_some_models_are_allowed() {
    let rows = holds(LISTED, &[ASKING, PLAIN, CHOOSING, NEARLY, PINNING, BEGINNING]);
    assert!(rows >= 120, "{rows}");
}

#[test]
fn messages_where_all_models_are_allowed() {
    assert!(holds(FREE, &[ANYTHING]) >= 20);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_message_is_answered_once_and_keeps_what_is_not_ours(message in "(/model|/models|/new|/opus|/glm|:|@|/|gpt|openai|kimi|zai:default|anthropic:work|list|status|page=2|[0-9]|hi|[a-zé]{1,3}| | |\n){0,14}") {
        let home = home(LISTED);
        let (exit, document) = send(&home, &message);
        prop_assert!(exit <= 1, "exit {}", exit);
        prop_assert_eq!(crate::house::schemas::faults("session-model.schema.json", &document), Vec::<String>::new());
        prop_assert_eq!(&entry(&home)["skillsSnapshot"], &json!({ "kept": [1, 2, { "as": "it is" }] }));
        let before = home.snapshot();
        let (_, again) = send(&home, &message);
        prop_assert_eq!(&again["changed"], &json!(false));
        let touched = crate::support::judge::differences(&before, &home.snapshot());
        let touched: Vec<_> = touched.iter().filter(|path| *path != "message").collect();
        prop_assert!(touched.is_empty(), "{:?}", touched);
        // What is left of a message without a directive is the message.
        if document["kind"] == "none" {
            prop_assert_eq!(text(&document, "text"), message.trim());
        }
    }
}

/// The reply to a message in a home with these files besides, and whether anything was written.
fn refused(files: &[(&str, &str)], line: &str) -> (u8, String, String) {
    let home = Home::with(NOW, files);
    let before = home.snapshot();
    let (exit, stdout, stderr) = home.run(line);
    assert_eq!(crate::support::judge::differences(&before, &home.snapshot()), Vec::<String>::new(), "{line}");
    (exit, stdout, stderr)
}

#[test]
fn a_session_store_that_cannot_be_read_is_never_written() {
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(9 << 20));
    for (text, why) in [
        ("{\"agent:main:main\": {", "cannot be parsed"),
        ("", "cannot be parsed"),
        ("[1, 2]", "is not a table of sessions"),
        ("{\"agent:main:main\": 5}", "is not a table"),
        (large.as_str(), "is too large to be a session store (limit 8 MiB)"),
    ] {
        let line = "zirkabot session model --session main '/model openai/gpt-5.2'";
        let (exit, stdout, stderr) = refused(&[(SESSIONS, text)], line);
        // Lines are broken where they are long.
        let said = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!((exit, stdout.as_str()), (1, ""), "{said}");
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn sessions_are_not_looked_at_by_commands_that_do_not_need_them() {
    let home = home(LISTED);
    std::fs::write(sessions(&home), "{ broken").unwrap();
    for line in
        ["zirkabot models status", "zirkabot models auth list", "zirkabot doctor --dry-run", "zirkabot plan"]
    {
        let (_, stdout, stderr) = home.run(line);
        assert!(!stdout.contains("sessions.json") && !stderr.contains("sessions.json"), "{line}");
    }
}

#[test]
fn a_large_store_is_edited_in_place() {
    let home = home(LISTED);
    let one = |n: usize| {
        format!("\"agent:main:telegram:dm:{n}\":{{\"sessionId\":\"{n}\",\"blob\":\"{}\"}}", "y".repeat(4000))
    };
    let others: Vec<String> = (0..500).map(one).collect();
    let all = format!("{{{},{}", others.join(","), &CHOSEN.trim_start()[1..]);
    std::fs::write(sessions(&home), &all).unwrap();
    let (exit, document) = send(&home, "/model glm");
    assert_eq!((exit, text(&document, "kind")), (0, "set"));
    let after = std::fs::read_to_string(sessions(&home)).unwrap();
    assert!(after.starts_with(&all[..2_000_000]), "the others have moved");
    assert_eq!(entry(&home)["modelOverride"], "glm-4.7");
}

#[test]
fn what_sessions_use_fits_its_schema() {
    let mut fitted = 0;
    for case in crate::support::case::all() {
        let home = Home::of(&case);
        let (exit, stdout, _) = home.run("zirkabot session list --json");
        if exit != 0 {
            continue;
        }
        let list: Value = serde_json::from_str(&stdout).unwrap();
        let of_list = crate::house::schemas::faults("session-list.schema.json", &list);
        assert_eq!(of_list, Vec::<String>::new(), "{}", case.name);
        for session in list["sessions"].as_array().unwrap() {
            let (exit, stdout, _) =
                home.run(&format!("zirkabot session show {} --json", text(session, "key")));
            let one: Value = serde_json::from_str(&stdout).unwrap();
            assert_eq!((exit, &one["session"]), (0, session), "{}", case.name);
            let of_one = crate::house::schemas::faults("session-show.schema.json", &one);
            assert_eq!(of_one, Vec::<String>::new(), "{}", case.name);
            fitted += 1;
        }
    }
    assert!(fitted >= 5, "{fitted}");
}
