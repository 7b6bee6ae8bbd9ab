//! The doctor's questions on a real terminal, with keys pressed by a person; and their absence
//! where nobody can answer.

use crate::support::home::Home;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect, Regex};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A home with three files that a killed writer left behind; whether each is still there.
struct Patient {
    home: Home,
}

const LEFT: [&str; 3] = [".a.zirkabot-tmp", ".b.zirkabot-tmp", ".c.zirkabot-tmp"];

impl Patient {
    fn new() -> Self {
        let patient = Self { home: Home::named("files/left-behind") };
        for name in [".zirkabot.toml.1-0.zirkabot-tmp", "zirkabot.json.4711.aaaa.tmp"] {
            std::fs::remove_file(patient.path(name)).unwrap();
        }
        for name in LEFT {
            let path = patient.path(name);
            std::fs::write(&path, "half").unwrap();
            let old = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
            std::fs::File::open(path).unwrap().set_modified(old).unwrap();
        }
        patient
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(".zirkabot").join(name)
    }

    fn left(&self) -> [bool; 3] {
        LEFT.map(|name| self.path(name).exists())
    }

    fn command(&self, args: &[&str]) -> Command {
        // Where the tests run in the background, Ctrl-C is ignored from the start on.
        let mut command = Command::new("/usr/bin/env");
        command.arg("--default-signal=INT,HUP").arg(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(args).env_clear().envs(self.home.environment());
        command.env("LANG", "C.UTF-8").env("TERM", "dumb");
        command
    }

    /// Types `keys`, one at each question, and returns all that was shown.
    fn talk(&self, args: &[&str], keys: &[&str]) -> String {
        let mut session = OsSession::spawn(self.command(args)).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        let mut seen = String::new();
        for key in keys {
            let found = session.expect(Regex("(Fix|Apply)\\?[^:]*: ")).unwrap();
            seen.push_str(&String::from_utf8_lossy(found.before()));
            session.send(key).unwrap();
        }
        let rest = session.expect(Eof).unwrap();
        seen.push_str(&String::from_utf8_lossy(rest.as_bytes()));
        assert!(!seen.contains("CANARY"), "{seen}");
        seen
    }
}

#[test]
fn each_repair_is_asked_for_and_only_what_was_wanted_is_done() {
    let rows: &[(&[&str], [bool; 3])] = &[
        (&["y\r", "n\r", "yes\r"], [false, true, false]),
        (&["n\r", "a\r"], [true, false, false]),
        (&["y\r", "q\r"], [true, true, true]),
        (&["q\r"], [true, true, true]),
        (&["n\r", "n\r", "N\r"], [true, true, true]),
        // A line that means nothing, an empty one, the end of the input, and a broken-off run.
        (&["x\r", "\r", "y\r", "n\r", "\u{4}"], [true, true, true]),
        (&["y\r", "\u{3}"], [true, true, true]),
    ];
    for (keys, left) in rows {
        let patient = Patient::new();
        let seen = patient.talk(&["doctor"], keys);
        assert_eq!(patient.left(), *left, "{keys:?}: {seen}");
    }
}

#[test]
fn the_difference_can_be_looked_at_before_the_answer() {
    let patient = Patient::new();
    let seen = patient.talk(&["doctor"], &["d\r", "y\r", "n\r", "n\r"]);
    assert!(seen.contains("- remove ~/.zirkabot/.a.zirkabot-tmp"), "{seen}");
    assert!(seen.contains("After the repairs: 1 finding fixed, 2 left."), "{seen}");
    assert_eq!(patient.left(), [false, true, true]);
}

#[test]
fn apply_asks_once_for_all_of_the_plan() {
    for (key, left) in [("y\r", [false; 3]), ("n\r", [true; 3]), ("\r", [true; 3]), ("\u{4}", [true; 3])] {
        let patient = Patient::new();
        let seen = patient.talk(&["apply"], &[key]);
        assert!(seen.contains("3 to change"), "{seen}");
        assert_eq!(patient.left(), left, "{key:?}: {seen}");
    }
}

/// The login shell waits at a gate that is opened only when the sign of life has been seen.
#[test]
fn what_takes_its_time_gives_a_sign_of_life() {
    let patient = Patient::new();
    let (shell, gate) = (patient.home.path().join("slow-shell"), patient.home.path().join("gate"));
    std::fs::write(&shell, format!("#!/bin/sh\n: < '{}'\n", gate.display())).unwrap();
    crate::support::plans::chmod(&shell, 0o755);
    assert!(Command::new("mkfifo").arg(&gate).status().unwrap().success());
    let mut command = patient.command(&["doctor", "--dry-run"]);
    command.env("SHELL", &shell).env("ZIRKABOT_LOAD_SHELL_ENV", "1").env("PATH", "/usr/bin:/bin");
    let mut session = OsSession::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(20)));
    session.expect("looking").unwrap();
    drop(std::fs::OpenOptions::new().write(true).open(&gate).unwrap());
    session.expect("agent main can talk").unwrap();
}

#[test]
fn nobody_is_asked_who_cannot_answer() {
    let patient = Patient::new();
    for (args, exit) in
        [(&["doctor"][..], 2), (&["doctor", "--non-interactive"], 2), (&["apply"], 64), (&["plan"], 2)]
    {
        let started = Instant::now();
        let mut command = patient.command(args);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{args:?}: {text}");
        assert!(!text.contains("[y]es"), "{args:?}: {text}");
        assert!(started.elapsed() < Duration::from_secs(5), "{args:?}");
    }
    assert_eq!(patient.left(), [true; 3]);
    let seen = patient.talk(&["doctor", "--non-interactive"], &[]);
    assert!(!seen.contains("[y]es"), "{seen}");
    patient.talk(&["doctor", "--yes"], &[]);
    assert_eq!(patient.left(), [false; 3]);
}
