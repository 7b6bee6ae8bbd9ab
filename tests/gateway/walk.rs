//! The way of a user, from a key in `.env` to a key that was revoked and is replaced: what is asked of the provider,
//! and what `models status`, `doctor` and the page say on the way.

use crate::support::gateway::{Gateway, STORE, TOKEN, config, hi, key, program, put, store};
use crate::support::provider::{Got, Provider};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

/// Runs a command in a state directory; its exit code and what it said.
fn run(state: &Path, args: &[&str], typed: &str) -> (Option<i32>, String) {
    let mut command = program(state);
    let mut child = command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(!said.contains("CANARY"), "{args:?}: {said}");
    (output.status.code(), said)
}

fn next(gateway: &Gateway) -> Value {
    let token = format!("Bearer {TOKEN}");
    let reply = gateway.connect().get("/status.json", &[("authorization", &token)]);
    serde_json::from_slice(&reply.body).unwrap()
}

/// What came of a request is written behind it.
fn until_it_is_written(gateway: &Gateway) {
    let begun = std::time::Instant::now();
    while gateway.usage("anthropic:manual")["cooldownUntil"].is_null() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "no cooldown is written");
        std::thread::yield_now();
    }
}

#[test]
fn a_key_is_put_rotated_revoked_and_replaced_and_all_is_told() {
    let provider = Provider::start();
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().to_owned();
    let mut config = config(&provider);
    config["agents"] = serde_json::json!({"defaults": {"model": "anthropic/claude-opus-4-5"}});
    put(&state, "zirkabot.json", &config.to_string());
    put(&state, STORE, &store(&[]).to_string());
    // What chooses places stays what it was for the process, also where the file says the same.
    put(
        &state,
        ".env",
        &format!("ANTHROPIC_API_KEY={}\nZIRKABOT_STATE_DIR={}\n", key("first"), state.display()),
    );
    assert_eq!(run(&state, &["doctor", "--fix"], "").0, Some(0));
    // As systemd does it where a unit names the file: the process has the variable, too.
    let gateway = Gateway::begin_with(dir, "", &[("ANTHROPIC_API_KEY", &key("first"))]);
    let asked = || {
        let reply = gateway.ask(&hi());
        (reply.status, provider.got().last().map(Got::key).unwrap_or_default())
    };
    assert_eq!(asked(), (200, key("first")));
    // Rotated in `.env`: the next request has it.
    put(&state, ".env", &format!("ANTHROPIC_API_KEY={}\n", key("second")));
    assert_eq!(asked(), (200, key("second")));
    let check = || {
        let (code, said) = run(&state, &["models", "status", "--check"], "");
        assert_eq!(code, Some(0), "{said}");
        said
    };
    assert!(check().contains("agent main can talk: anthropic through ANTHROPIC_API_KEY"));
    // A profile is stored, which comes first, and is revoked at the provider: the variable serves.
    let paste = ["models", "auth", "paste-token", "--provider", "anthropic"];
    let stored = run(&state, &paste, &key("third"));
    assert_eq!(stored.0, Some(0), "{}", stored.1);
    assert_eq!(asked(), (200, key("third")));
    provider.revoke(&key("third"));
    assert_eq!(asked(), (200, key("second")));
    assert_eq!(asked(), (200, key("second")));
    until_it_is_written(&gateway);
    let page = next(&gateway).to_string();
    assert!(page.contains("ANTHROPIC_API_KEY") && page.contains("auth"), "{page}");
    let state_of = |args: &[&str]| run(&state, args, "").1;
    let status = state_of(&["models", "status"]);
    assert!(status.contains("agent main can talk: anthropic through ANTHROPIC_API_KEY"), "{status}");
    assert!(status.contains("anthropic:manual is cooling down after failures"), "{status}");
    let told = state_of(&["doctor", "--dry-run"]);
    assert!(told.contains("cooldown/rate-limited"), "{told}");
    // Replaced: it is used at once, and all is well.
    let stored = run(&state, &paste, &key("fourth"));
    assert_eq!(stored.0, Some(0), "{}", stored.1);
    assert_eq!(asked(), (200, key("fourth")));
    let _kept = gateway.state();
    let (_, log) = gateway.stop();
    assert!(!log.contains("CANARY"), "{log}");
    assert!(check().contains("agent main can talk: anthropic through anthropic:manual"));
    let (code, told) = run(&state, &["doctor", "--dry-run"], "");
    assert_eq!(code, Some(0), "{told}");
}
