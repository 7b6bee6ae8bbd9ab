//! The fault sweep over `export`, into a directory in which one key is another by now, one is new and one is no more.
//! At whatever call it is killed or refused, each file is old or new, what somebody else has put beside them stays,
//! and the same command brings it to its end.

use crate::support::home::STORE;
use crate::support::plans::{lay, say};
use crate::support::random::tree;
use crate::support::sweep::{self, After, Subject, Verdict, sweep};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

const OUT: &str = "out";

fn store(profiles: &[(&str, &str)]) -> String {
    let profile = |(provider, key): &(&str, &str)| {
        format!(r#""{provider}:default": {{"type": "api_key", "provider": "{provider}", "key": "{key}"}}"#)
    };
    let profiles: Vec<String> = profiles.iter().map(profile).collect();
    format!("{{\"version\": 1, \"profiles\": {{{}}}}}\n", profiles.join(", "))
}

fn lay_store(home: &Path, profiles: &[(&str, &str)]) {
    lay(&home.join(STORE), store(profiles).as_bytes(), 0o600);
}

fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.args(["export", "credentials", "--lock-timeout", "1s", "--out"]).arg(home.join(OUT));
    command.env_clear().env("HOME", home).current_dir("/").stdin(Stdio::null());
    command
}

/// What is in the directory, by name.
fn contents(home: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let files = tree(&home.join(OUT)).into_iter();
    let files =
        files.filter(|(path, _)| path.is_file() && path.extension().is_none_or(|end| end != "zirkabot-tmp"));
    files.map(|(path, entry)| (path.file_name().unwrap().to_string_lossy().into_owned(), entry)).collect()
}

#[test]
fn export_is_safe_at_every_write() {
    if !sweep::is_available() {
        say("SKIPPED fault sweep of export: no usable strace on this machine");
        return;
    }
    let key = |n: usize| format!("gsk_CANARY{n:046}");
    let (keys, model) = ([key(0), key(1), key(2)], tempfile::tempdir().unwrap());
    let made = |profiles: &[(&str, &str)]| {
        lay_store(model.path(), profiles);
        assert!(command(model.path()).output().unwrap().status.success());
        contents(model.path())
    };
    lay(&model.path().join(OUT).join("notes"), b"mine", 0o600);
    let old = made(&[("groq", &keys[0]), ("p1", &keys[1])]);
    let after = [("groq", keys[1].as_str()), ("p2", &keys[2])];
    let new = made(&after);
    let names = |of: &BTreeMap<String, (u32, Vec<u8>)>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&old), [".zirkabot-export", "groq", "notes", "p1"]);
    assert_eq!(names(&new), [".zirkabot-export", "groq", "notes", "p2"]);
    let build = |home: &Path| {
        lay_store(home, &after);
        old.iter().for_each(|(name, (_, bytes))| lay(&home.join(OUT).join(name), bytes, 0o600));
    };
    let check = |home: &Path, after: After| {
        let now = contents(home);
        let names = now.keys().chain(old.keys()).chain(new.keys());
        if names.clone().any(|name| now.get(name) != old.get(name) && now.get(name) != new.get(name)) {
            return Verdict::Torn;
        }
        match after {
            After::Success if now != new => {
                Verdict::Bad("it said that it succeeded, and something is old".to_owned())
            }
            _ => Verdict::Fine,
        }
    };
    let swept = sweep(&Subject { command: &command, build: &build, check: &check });
    say(&format!("fault sweep of export: {}", swept.summary()));
    assert!(swept.faults.is_empty(), "{:#?}", swept.faults);
    assert!(swept.calls > 30, "only {} calls were found", swept.calls);
}
