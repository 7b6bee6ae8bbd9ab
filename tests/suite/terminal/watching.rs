//! `status --watch`: what changes is drawn, and a key ends it.

use crate::support::home::Home;
use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect};
use std::process::Command;
use std::time::Duration;

#[test]
fn what_changes_is_drawn_anew_and_a_key_ends_it() {
    for key in ["q", "\x03"] {
        let home = Home::named("status/empty-home");
        let mut command = Command::new("/usr/bin/env");
        command.arg("--default-signal=INT").arg(env!("CARGO_BIN_EXE_zirkabot")).args(["status", "--watch"]);
        command.env_clear().envs(home.environment()).env("LANG", "C.UTF-8").env("TERM", "xterm");
        let mut session = OsSession::spawn(command).unwrap();
        session.get_process_mut().set_window_size(80, 24).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        session.expect("cannot talk").unwrap();
        session.expect("q to quit").unwrap();
        let before = home.snapshot();
        let state = home.path().join(".zirkabot");
        std::fs::create_dir_all(&state).unwrap();
        std::fs::write(
            state.join(".env"),
            concat!(
                "ANTHROPIC_API_KEY=sk-ant-api03-CANARY-watched-",
                "0123456789abcdefAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
            ),
        )
        .unwrap();
        session.expect("agent main c").unwrap();
        session.expect("q to quit").unwrap();
        session.send(key).unwrap();
        let rest = session.expect(Eof).unwrap();
        assert!(!String::from_utf8_lossy(rest.as_bytes()).contains("error"), "{key:?}");
        assert_eq!(session.get_process().wait().unwrap(), WaitStatus::Exited(session.get_process().pid(), 0));
        // It only looks: there is what was there, and the file that was written here.
        assert_eq!(home.snapshot().len(), before.len() + 2, "{key:?}");
    }
}

#[test]
fn without_a_terminal_it_says_what_to_do_instead() {
    let (code, _, stderr) = Home::named("status/empty-home").run("zirkabot status --watch");
    assert_eq!(code, 64);
    assert!(stderr.contains("use `--check`"), "{stderr}");
}
