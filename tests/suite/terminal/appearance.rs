//! A real terminal: colour and width follow the terminal and the environment.

use crate::support::home::Home;
use expectrl::Expect;
use expectrl::session::OsSession;
use std::process::Command;

/// What `models status` prints on a terminal of 60 columns with these variables.
fn on_a_terminal(vars: &[(&str, &str)], args: &[&str]) -> String {
    let home = Home::named("status/expired-setup-token");
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.args(["models", "status", "--check"]).args(args).env_clear();
    command.envs(home.environment()).env("LANG", "C.UTF-8").envs(vars.iter().copied());
    let mut session = OsSession::spawn(command).unwrap();
    session.get_process_mut().set_window_size(60, 24).unwrap();
    let seen = session.expect(expectrl::Eof).unwrap();
    String::from_utf8_lossy(seen.as_bytes()).into_owned()
}

#[test]
fn colour_follows_the_terminal_and_the_environment() {
    type Vars = [(&'static str, &'static str)];
    let rows: &[(&Vars, &[&str], bool)] = &[
        (&[("TERM", "xterm-256color")], &[], true),
        (&[("TERM", "dumb")], &[], false),
        (&[("TERM", "xterm"), ("NO_COLOR", "1")], &[], false),
        (&[("TERM", "xterm"), ("NO_COLOR", "1")], &["--color", "always"], true),
        (&[("TERM", "xterm"), ("CLICOLOR", "0")], &[], false),
        (&[("TERM", "dumb"), ("FORCE_COLOR", "1")], &[], true),
        (&[("TERM", "xterm")], &["--color", "never"], false),
    ];
    for (vars, args, coloured) in rows {
        let text = on_a_terminal(vars, args);
        assert!(text.contains("cannot talk"), "{vars:?} {args:?}: {text}");
        assert_eq!(text.contains("\u{1b}["), *coloured, "{vars:?} {args:?}: {text:?}");
        assert!(!text.contains("CANARY"));
        assert!(!text.contains("\u{1b}]8"), "hyperlinks are not asked for");
    }
}

#[test]
fn a_locale_without_utf8_gets_ascii() {
    let text = on_a_terminal(&[("TERM", "xterm"), ("LANG", "C"), ("LC_ALL", "C")], &[]);
    assert!(text.is_ascii(), "{text}");
}
