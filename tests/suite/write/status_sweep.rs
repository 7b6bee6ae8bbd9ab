//! The fault sweep over the real program: `models status` with three changes due. At whatever
//! call it is killed or refused, each file is old or new, and the next run needs no hand.

use crate::support::home::{CONFIG, STORE};
use crate::support::plans::say;
use crate::support::sweep::{self, After, Subject, Verdict, sweep};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// The files before: a login to be stored, a mode to be migrated, an older store to be imported
/// for another agent.
const FILES: &[(&str, &str)] = &[
    (
        ".claude/.credentials.json",
        r#"{"claudeAiOauth":{"accessToken":"sk-ant-oat01-CANARY-new","refreshToken":"sk-ant-ort01-CANARY-new","expiresAt":4070908800000}}"#,
    ),
    (
        CONFIG,
        "# mine\n[auth.profiles.\"anthropic:claude-cli\"]\nprovider = \"anthropic\"\nmode = \"token\" # old\n\n[[agents.list]]\nid = \"main\"\n\n[[agents.list]]\nid = \"ops\"\n",
    ),
    (
        STORE,
        "{\n  \"version\": 1,\n  \"profiles\": {\n    \"anthropic:claude-cli\": {\"type\":\"token\",\"provider\":\"anthropic\",\"token\":\"sk-ant-oat01-CANARY-old\",\"expires\":1,\"mine\":true}\n  }\n}\n",
    ),
    (
        ".zirkabot/agents/ops/agent/auth.json",
        "{\"groq\": {\"type\": \"api_key\", \"key\": \"gsk_CANARY0000000000000000000000000000000000000000000000\"}}\n",
    ),
];

fn build(home: &Path) {
    for (path, text) in FILES {
        crate::support::plans::lay(&home.join(path), text.as_bytes(), 0o600);
    }
}

fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.args(["models", "status", "--all-agents", "--lock-timeout", "1s"]);
    command.env_clear().env("HOME", home).current_dir("/").stdin(Stdio::null());
    command
}

/// The files that the program may change, as they are.
fn contents(home: &Path) -> BTreeMap<&'static str, Option<Vec<u8>>> {
    let paths = [
        CONFIG,
        STORE,
        ".zirkabot/agents/ops/agent/auth.json",
        ".zirkabot/agents/ops/agent/auth-profiles.json",
        ".claude/.credentials.json",
    ];
    paths.into_iter().map(|path| (path, std::fs::read(home.join(path)).ok())).collect()
}

#[test]
fn models_status_is_safe_at_every_write() {
    if !sweep::is_available() {
        say("SKIPPED fault sweep of models status: no usable strace on this machine");
        return;
    }
    let model = tempfile::tempdir().unwrap();
    build(model.path());
    let old = contents(model.path());
    assert!(command(model.path()).output().unwrap().status.success());
    let new = contents(model.path());
    let changed = old.iter().filter(|(path, bytes)| new[*path] != **bytes).count();
    assert_eq!(changed, 4, "config, two stores, and the older store");
    let check = |home: &Path, after: After| {
        let now = contents(home);
        for (path, bytes) in &now {
            if *bytes != old[path] && *bytes != new[path] {
                return Verdict::Torn;
            }
        }
        // The older store goes only when what it held is in its new place.
        let (older, newer) =
            (".zirkabot/agents/ops/agent/auth.json", ".zirkabot/agents/ops/agent/auth-profiles.json");
        if now[older].is_none() && now[newer].is_none() {
            return Verdict::Bad("a credential is lost".to_owned());
        }
        match after {
            After::Success if now != new => {
                Verdict::Bad("it said it succeeded, and something is old".to_owned())
            }
            _ => Verdict::Fine,
        }
    };
    let swept = sweep(&Subject { command: &command, build: &build, check: &check });
    say(&format!("fault sweep of models status: {}", swept.summary()));
    assert!(swept.faults.is_empty(), "{:#?}", swept.faults);
    assert!(swept.calls > 30, "only {} calls were found", swept.calls);
}
