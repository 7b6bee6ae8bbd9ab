//! `status --host`: several machines by an `ssh` that is a script here; each has a home of its own.

use crate::support::home::Home;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

/// What a machine says that is not to be believed: a key, and what commands a terminal.
const LEAKS: &str = r#"{"canTalk": "limited\\u001b[2J", "findings": [{"severity": "error",
    "message": "sk-ant-api03-CANARY-of-another-machine-0123456789abcdefAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\\u001b[31m",
    "fix": null}]}"#;

/// Runs the program where `ssh` leads to these homes by their names; `gone` does not answer, `bare` has no zirkabot.
fn asked(homes: &[(&str, &Home)], args: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_zirkabot");
    let mut script = "#!/bin/sh\n# Options, the host, and what is run there as one text.\n\
        [ \"$1 $2 $3 $4\" = '-o BatchMode=yes -o ConnectTimeout=10' ] || exit 99\nhost=$5; shift 5\n\
        case $host in gone) exit 255;; bare) exit 127;; odd) echo 'Welcome!'; exit 0;; esac\n"
        .to_owned();
    script.push_str(&format!("[ \"$host\" = leaks ] && {{ printf '%s' '{LEAKS}'; exit 1; }}\n"));
    for (name, home) in homes {
        let home = home.path().display().to_string();
        script.push_str(&format!(
            "[ \"$host\" = {name} ] && exec env -i HOME='{home}' PATH=/usr/bin:/bin ZIRKABOT_OFFLINE=1 TZ=UTC sh -c \"zirkabot() {{ '{program}' \\\"\\$@\\\"; }}; $*\"\n"
        ));
    }
    let ssh = dir.path().join("ssh");
    std::fs::write(&ssh, script).unwrap();
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", dir.path().display());
    let mut command = Command::new(program);
    command.arg("status").args(args).env_clear().env("PATH", path).env("HOME", dir.path()).env("TZ", "UTC");
    command.output().unwrap()
}

#[test]
fn every_host_has_a_line_and_the_worst_is_the_exit_code() {
    let (fine, bad) = (Home::named("env/cwd-gives-no-settings"), Home::named("status/empty-home"));
    let before = [fine.snapshot(), bad.snapshot()];
    let homes = [("fine", &fine), ("bad", &bad)];
    let output = asked(&homes, &["--host", "bad,fine,gone,bare,odd,leaks"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let line = |name: &str| text.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert!(line("✗ bad").contains("cannot talk"), "{text}");
    assert!(line("? gone").contains("ssh could not log in"), "{text}");
    assert!(line("? bare").contains("not installed there"), "{text}");
    assert!(line("? odd").contains("no status of zirkabot"), "{text}");
    assert!(
        text.ends_with("of 6 hosts OK\n") && !text.contains("CANARY") && !text.contains('\u{1b}'),
        "{text}"
    );
    assert_eq!([fine.snapshot(), bad.snapshot()], before, "nothing is written anywhere");
}

#[test]
fn a_document_has_all_of_them_and_options_are_handed_on() {
    let home = Home::named("status/empty-home");
    let output = asked(
        &[("bad", &home)],
        &["--host", "bad,gone,leaks", "--json", "--warn-within", "2d", "--all-agents"],
    );
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["exitCode"], 1, "{document}");
    assert_eq!(document["hosts"][0]["canTalk"], "no", "{document}");
    assert_eq!(document["hosts"][0]["exitCode"], 1, "{document}");
    assert_eq!(document["hosts"][1]["state"], "unreachable", "{document}");
    assert!(
        document["hosts"][2]["state"] == "broken" && !document.to_string().contains("CANARY"),
        "{document}"
    );
    let schema: Value = {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/hosts.schema.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    assert!(jsonschema::is_valid(&schema, &document), "{document}");
    let alone = Command::new(env!("CARGO_BIN_EXE_zirkabot"))
        .args(["status", "--host", "a"])
        .env_clear()
        .env("ZIRKABOT_OFFLINE", "1")
        .env("HOME", home.path())
        .output()
        .unwrap();
    assert!(
        alone.status.code() == Some(1) && String::from_utf8_lossy(&alone.stderr).contains("ZIRKABOT_OFFLINE")
    );
    let refused = asked(&[], &["--host", "a,-oProxyCommand=touch x"]);
    assert_eq!(refused.status.code(), Some(64));
    let refused = asked(&[], &["--host", "a", "--provider", "a;b"]);
    assert_eq!(refused.status.code(), Some(64));
}
