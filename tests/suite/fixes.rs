//! What a finding says to run mends it: in every fixture home the command of every finding is
//! run as it stands, by us or by a shell; then the finding is gone, or what is left of it is for a
//! person, and a second run does nothing.

use crate::case::{self, Case};
use crate::home::Home;
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Commands whose effect cannot be played here.
const NOT_HERE: &[&str] = &["loginctl ", "npm ", "security ", "systemctl ", "zirkabot models auth refresh "];

/// Codes whose fact stays although what they say to run helps.
const STAYS: &[&str] = &["claude/subscription", "credential/claude-code-only"];

/// A finding as the doctor tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    code: String,
    subject: String,
    agent: String,
    message: String,
}

/// A finding with the command that it names.
struct Named {
    told: Told,
    command: Option<String>,
}

fn findings(home: &Home) -> Vec<Named> {
    let (exit, stdout, stderr) = home.run("zirkabot doctor --dry-run --json");
    let document: Value =
        serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{exit} {stdout} {stderr}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let named = |finding: &Value| Named {
        told: Told {
            code: text(&finding["code"]),
            subject: text(&finding["subject"]),
            agent: text(&finding["agent"]),
            message: text(&finding["message"]),
        },
        command: finding["fix"]["command"].as_str().map(str::to_owned),
    };
    document["findings"].as_array().unwrap().iter().map(named).collect()
}

#[test]
fn the_command_of_a_finding_mends_it() {
    let mut failures = Vec::new();
    let mut ran = BTreeMap::new();
    // Who another user is cannot be played.
    for case in case::all().into_iter().filter(|case| case.header.uid.is_none()) {
        for finding in findings(&Home::of(&case)) {
            let code = finding.told.code.clone();
            match &finding.command {
                Some(command) if NOT_HERE.iter().any(|start| command.starts_with(start)) => {}
                Some(command) => {
                    *ran.entry(code).or_insert(0) += 1;
                    failures.extend(mended(&case, &finding, command));
                }
                None => {}
            }
        }
    }
    println!("{} commands run, for {} codes", ran.values().sum::<i32>(), ran.len());
    assert!(failures.is_empty(), "{} commands do not mend:\n{}", failures.len(), failures.join("\n"));
}

/// Runs the command in a fresh home of the case; what is wrong with it, if anything.
fn mended(case: &Case, finding: &Named, command: &str) -> Option<String> {
    let mut home = Home::of(case);
    let told = &finding.told;
    let what = format!("{}: {} {}: `{command}`", case.name, told.code, told.subject);
    let said = run(&mut home, command);
    if !STAYS.contains(&told.code.as_str())
        && findings(&home).iter().any(|left| left.told == *told && left.command.as_deref() == Some(command))
    {
        return Some(format!("{what} leaves it: {said}"));
    }
    // Who logs in again has another login.
    if command.starts_with("zirkabot ") && !command.contains(" setup-token") {
        let before = home.snapshot();
        run(&mut home, command);
        return (home.snapshot() != before).then(|| format!("{what} does something again"));
    }
    None
}

/// Runs a command as a person would who copies it, with a real value where one is asked for.
fn run(home: &mut Home, command: &str) -> String {
    if let Some(name) = command.strip_prefix("unset ") {
        home.unset(name);
        return String::new();
    }
    if command.contains(" paste-token ") {
        let file = home.path().join("pasted");
        if !file.exists() {
            std::fs::write(file, pasted(command)).unwrap();
        }
        return format!("{:?}", home.run(&format!("{command} < ~/pasted")));
    }
    if command.starts_with("zirkabot models auth setup-token") {
        let args: Vec<&str> = command.split(' ').skip(1).collect();
        return crate::setup_token::agree(home, programs(home).path(), &args);
    }
    if command.starts_with("zirkabot ") {
        return format!("{:?}", home.run(command));
    }
    let key = match command {
        command if command.contains("ANTHROPIC") => "sk-ant-api03-CANARY-a-new-key-000000000000000000000000",
        command if command.contains("OPENAI") => "sk-proj-CANARY-a-new-key-000000000000000000000000",
        _ => "CANARY-a-new-key-0000000000000000000000000000",
    };
    let bin = programs(home);
    let line = command.replace("<key>", key).replace("$USER", "$(id -u)");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &line]).current_dir(home.path()).env_clear().envs(home.environment());
    shell.env("PATH", bin.path());
    let output = shell.output().unwrap();
    format!("{:?} {}", output.status.code(), String::from_utf8_lossy(&output.stderr))
}

/// What a person pastes who is asked for a credential by this command.
fn pasted(command: &str) -> &'static str {
    let is_of = |provider: &str| command.contains(&format!("--provider {provider}"));
    match command.contains("--expires-in") {
        true if is_of("anthropic") => crate::paste::SETUP,
        false if is_of("anthropic") => "sk-ant-api03-CANARY-a-new-key-000000000000000000000000",
        _ => "CANARY-a-new-key-0000000000000000000000000000",
    }
}

/// A token that says itself when it ends, in seconds since the epoch.
fn jwt(until: i64) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.CANARY", part(r#"{"alg":"none"}"#.to_owned()), part(format!(r#"{{"exp":{until}}}"#)))
}

/// Programs that do for a person what the real ones do: log in.
fn programs(home: &Home) -> tempfile::TempDir {
    let bin = tempfile::tempdir().unwrap();
    let until = home.now() + 30 * 86_400_000;
    let claude = format!(
        "mkdir -p \"${{CLAUDE_CONFIG_DIR:-$HOME/.claude}}\"\ncat > \"${{CLAUDE_CONFIG_DIR:-$HOME/.claude}}/.credentials.json\" <<'E'\n{}\nE\n",
        serde_json::json!({ "claudeAiOauth": { "accessToken": "sk-ant-oat01-CANARY-new-access-0000000000000000",
            "refreshToken": "sk-ant-ort01-CANARY-new-refresh-000000000000000", "expiresAt": until,
            "subscriptionType": "max" } })
    );
    let codex = format!(
        "mkdir -p \"${{CODEX_HOME:-$HOME/.codex}}\"\ncat > \"${{CODEX_HOME:-$HOME/.codex}}/auth.json\" <<'E'\n{}\nE\n",
        serde_json::json!({ "tokens": { "access_token": jwt(until / 1000),
            "refresh_token": "CANARY-new-codex-refresh-000000000000000" } })
    );
    let qwen = format!(
        "mkdir -p ~/.qwen\ncat > ~/.qwen/oauth_creds.json <<'E'\n{}\nE\n",
        serde_json::json!({ "access_token": "CANARY-new-qwen-access-0000000000000000",
            "refresh_token": "CANARY-new-qwen-refresh-000000000000000", "expiry_date": until })
    );
    for (name, script) in
        [("claude", claude), ("codex", codex), ("qwen", qwen), ("sudo", "exec \"$@\"".to_owned())]
    {
        let path = bin.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    // Nothing else is within reach.
    for name in ["cat", "chmod", "chown", "id", "mkdir", "mv", "rm"] {
        std::os::unix::fs::symlink(Path::new("/bin").join(name), bin.path().join(name)).unwrap();
    }
    bin
}
