//! Homes of other programs while something happens to them: what must never be asked or written there.

use crate::support::home::Home;
use crate::support::server::{Answer, Server};
use std::path::Path;
use std::process::Command;

/// Makes openclaw's shared database with this store; false where Python has no SQLite.
fn database(home: &Home, store: &str) -> bool {
    let path = home.path().join(".openclaw/state/openclaw.sqlite");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let script = "import sqlite3, sys\n\
        db = sqlite3.connect(sys.argv[1])\n\
        db.execute('CREATE TABLE config_machine_state (state_key TEXT NOT NULL PRIMARY KEY, value_json TEXT NOT NULL, \
        updated_at_ms INTEGER NOT NULL) STRICT')\n\
        db.execute('INSERT INTO config_machine_state VALUES (?, ?, 1)', ('authProfiles.store', sys.argv[2]))\n\
        db.commit()";
    let output = Command::new("python3").args(["-c", script]).arg(&path).arg(store).output();
    let made = output.is_ok_and(|output| output.status.success());
    if !made {
        println!("python3 with sqlite3 is not installed: skipped");
    }
    made
}

const STORE: &str = r#"{"version": 1, "profiles": {"anthropic:login": {"type": "oauth", "provider": "anthropic",
    "access": "sk-ant-oat01-CANARY-access-1-abcdefghij0123456789abcdefghij0123456789",
    "refresh": "sk-ant-ort01-CANARY-refresh-1", "expires": 1790000000000}}}"#;

/// A refresh token is good once: where what it brings cannot be stored, nobody is asked.
#[test]
fn a_login_that_only_its_program_may_store_is_not_renewed() {
    let server = Server::with(|_| Answer::Says(200, "{}"));
    let config = format!(
        r#"{{"auth": {{"refresh": {{"anthropic": {{"url": "{}"}}}}}}, "agents": {{"entries": {{"main": {{}}}}}}}}"#,
        server.url("/token")
    );
    let home = Home::with(1_795_348_800_000, &[(".openclaw/openclaw.json", &config)]);
    if !database(&home, STORE) {
        return;
    }
    let before = home.snapshot();
    for line in [
        "models auth refresh anthropic:login",
        "models auth print --provider anthropic",
        "doctor --fix",
        "models status",
        "apply --yes",
    ] {
        let (_, stdout, stderr) = home.run(&format!("zirkabot {line}"));
        assert!(!stdout.contains("enewed anthropic"), "{line}: {stdout}{stderr}");
    }
    assert!(server.asked().is_empty(), "nobody is asked");
    assert_eq!(home.snapshot(), before, "nothing is written");
}

/// Whatever stands in the place of the database, the home is left as it is, and what is wrong is said.
#[test]
fn a_database_that_cannot_be_read_is_told_and_the_home_left_alone() {
    type Breaks = fn(&Path);
    let breaks: [(&str, Breaks); 4] = [
        ("not an SQLite database", |path| std::fs::write(path, "torn").unwrap()),
        ("damaged", |path| {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("being written", |path| std::fs::write(path.with_extension("sqlite-journal"), "x").unwrap()),
        ("a directory", |path| {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        }),
    ];
    for (what, breaks) in breaks {
        let home = Home::with(1_795_348_800_000, &[(".openclaw/openclaw.json", "{}")]);
        if !database(&home, STORE) {
            return;
        }
        breaks(&home.path().join(".openclaw/state/openclaw.sqlite"));
        let before = home.snapshot();
        let (code, stdout, _) = home.run("zirkabot status --check");
        let said = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(code == 1 && said.contains(what) && said.contains("`openclaw doctor`"), "{what}: {stdout}");
        let (code, ..) = home.run("zirkabot models set anthropic/claude-opus-4-5");
        assert_eq!(code, 1, "{what}");
        assert_eq!(home.snapshot(), before, "{what}");
    }
}
