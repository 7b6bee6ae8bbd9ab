//! The demo: it tells its story, repairs what it broke, and leaves nothing behind.

use crate::support::home::CONFIG;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A stage and a home that must stay as they are.
struct Stage {
    temp: tempfile::TempDir,
    home: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        Self { temp: tempfile::tempdir().unwrap(), home: tempfile::tempdir().unwrap() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.arg("demo").args(args).env_clear();
        command.env("HOME", self.home.path()).env("TMPDIR", self.temp.path());
        // A key of the real environment is none of the demo's business.
        command
            .env("ANTHROPIC_API_KEY", "sk-ant-api03-CANARY-real")
            .env("TERM", "dumb")
            .env("LANG", "C.UTF-8");
        command
    }

    #[track_caller]
    fn is_clean(&self) {
        for dir in [&self.temp, &self.home] {
            assert_eq!(crate::support::plans::walk(dir.path()), Vec::<std::path::PathBuf>::new());
        }
    }
}

#[test]
fn the_demo_breaks_finds_repairs_and_restores() {
    let stage = Stage::new();
    let output = stage.command(&[]).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let story = [
        "$ zirkabot models status --check",
        "✗ agent main cannot talk",
        "✗ error[",
        "exit code 1",
        "$ zirkabot plan",
        "mode 644 to 600",
        "+++ ~/.zirkabot/zirkabot.toml",
        "exit code 2",
        "$ zirkabot doctor --fix",
        "✓ agent main can talk",
        "nothing left to do",
        "exit code 0",
        "$ zirkabot history",
        "zirkabot doctor --fix",
        "$ zirkabot undo",
        "restore ~/.zirkabot/zirkabot.toml",
        "$ zirkabot doctor --fix",
        "nothing left to do",
        "exit code 0",
    ];
    let mut rest = text.as_str();
    for part in story {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is not told after:\n{text}"));
        rest = &rest[at + part.len()..];
    }
    assert!(!text.contains("CANARY") && !text.contains("not-a-real"), "{text}");
    assert!(!text.contains(&stage.temp.path().display().to_string()), "{text}");
    stage.is_clean();
}

#[test]
fn the_demo_waits_for_its_viewer_who_may_leave() {
    for leaves_after in [0, 2] {
        let stage = Stage::new();
        let mut session = OsSession::spawn(stage.command(&[])).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        for _ in 0..leaves_after {
            session.expect("q to quit: ").unwrap();
            session.send("\r").unwrap();
        }
        session.expect("q to quit: ").unwrap();
        session.send("q\r").unwrap();
        session.expect(Eof).unwrap();
        stage.is_clean();
    }
}

#[test]
fn a_home_that_is_kept_can_be_used() {
    let stage = Stage::new();
    let output = stage.command(&["--keep"]).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, line) = text.rsplit_once("HOME=").unwrap();
    let (home, command) = line.trim().split_once(' ').unwrap();
    assert!(command.starts_with("zirkabot "), "{line}");
    assert!(Path::new(home).join(CONFIG).exists());
}
