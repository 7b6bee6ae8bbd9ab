//! `models auth setup-token` at a real terminal, with a stand-in for Claude Code that behaves like
//! the real one.

use crate::support::home::{CONFIG, Home, STORE};
use crate::support::judge::differences;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Says where to log in, asks for the code, and writes down what it could see of secrets.
const DIALOGUE: &str = r#"#!/bin/sh
tr '\0' '\n' < /proc/$$/environ > "$HOME/seen"
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep "CANAR[Y]" >> "$HOME/seen"
stty size >> "$HOME/seen"
[ "$1" = setup-token ] || exit 9
printf '\033[1mWelcome to Claude Code\033[0m\r\n\r\nOpen https://claude.example/oauth/authorize?code=true\r\n\r\n'
printf 'Paste code here if prompted > '
read -r code
[ "$code" = "abc#def" ] || { printf 'OAuth error: Invalid code\r\n'; exit 1; }
"#;

/// Prints a token of 108 characters, broken at 80 columns.
const PRINTS: &str = r#"printf '\r\n\033[32m✓\033[0m Your OAuth token (valid for 1 year):\r\n\r\n'
fold -w 80 "$HOME/token"
printf '\r\n\r\nStore this token securely. You will not be able to see it again.\r\n'
"#;

/// Stores a login itself.
const STORES: &str = r#"mkdir -p "$HOME/.claude"
printf '{"claudeAiOauth":{"accessToken":"sk-ant-oat01-CANARY-own-0000000000000000","refreshToken":"sk-ant-ort01-CANARY-own-0000000000","expiresAt":1798000000000}}' > "$HOME/.claude/.credentials.json"
printf 'Logged in.\r\n'
"#;

const TOKEN: &str = "sk-ant-oat01-CANARY0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789abcdefghijklmnopAA";

fn home(after: &str) -> Home {
    let home = Home::named("status/empty-home");
    let bin = home.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::write(bin.join("claude"), format!("{DIALOGUE}{after}")).unwrap();
    crate::support::plans::chmod(&bin.join("claude"), 0o755);
    std::fs::write(home.path().join("token"), TOKEN).unwrap();
    home
}

/// With what Claude Code is not to see in the environment, and the way out that it needs.
fn command(home: &Home, args: &[&str]) -> Command {
    let mut command = with_programs(home, &home.path().join("bin"), args);
    command.env("ANTHROPIC_API_KEY", "sk-ant-api03-CANARY-exported-00000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    command.env("MY_OWN_TOKEN", "CANARY-my-own").env("HTTPS_PROXY", "http://proxy.example:3128");
    command
}

fn with_programs(home: &Home, bin: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("/usr/bin/env");
    command.arg("--default-signal=INT,HUP").arg(env!("CARGO_BIN_EXE_zirkabot")).args(args);
    command.env_clear().envs(home.environment()).env("LANG", "C.UTF-8").env("TERM", "dumb");
    command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    command
}

/// Holds the dialogue; what was shown behind the last answer.
fn talk(home: &Home, args: &[&str], talk: &[(&str, &str)]) -> String {
    hold(command(home, args), talk)
}

/// Runs it with the programs in `bin`, and agrees to all that it asks; what was shown, also if it asked nothing.
pub(crate) fn agree(home: &Home, bin: &Path, args: &[&str]) -> String {
    held(with_programs(home, bin, args), &START[..1]).unwrap_or_else(|shown| shown)
}

fn hold(command: Command, talk: &[(&str, &str)]) -> String {
    held(command, talk).unwrap_or_else(|shown| panic!("it ended before it was asked all: {shown}"))
}

/// All that was shown; an error if it ended before the last question.
fn held(command: Command, talk: &[(&str, &str)]) -> Result<String, String> {
    let mut session = OsSession::spawn(command).unwrap();
    session.get_process_mut().set_window_size(93, 31).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(20)));
    let mut seen = String::new();
    for (expected, keys) in talk {
        let Ok(found) = session.expect(*expected) else {
            let rest = session.expect(Eof).map(|rest| String::from_utf8_lossy(rest.as_bytes()).into_owned());
            return Err(seen + &rest.unwrap_or_default());
        };
        seen.push_str(&String::from_utf8_lossy(found.before()));
        session.send(keys).unwrap();
    }
    let rest = session.expect(Eof).unwrap();
    Ok(seen + &String::from_utf8_lossy(rest.as_bytes()))
}

const START: [(&str, &str); 2] = [("Continue?", "y\r"), ("if prompted > ", "abc#def\r")];

#[test]
fn a_token_that_is_only_printed_is_captured_stored_and_can_be_taken_back() {
    let home = home(PRINTS);
    let seen = talk(&home, &["models", "auth", "setup-token"], &START);
    assert!(seen.contains("Store this token securely"), "{seen}");
    assert!(seen.contains("store the token of anthropic:claude-cli"), "{seen}");
    assert!(seen.contains("✓ agent main can talk: anthropic through anthropic:claude-cli, until"), "{seen}");
    let store = std::fs::read_to_string(home.path().join(STORE)).unwrap();
    assert!(store.contains(TOKEN) && store.contains("\"expires\""), "{store}");
    let config = std::fs::read_to_string(home.path().join(CONFIG)).unwrap();
    assert!(config.contains("\"anthropic:claude-cli\"") && config.contains("mode = \"oauth\""), "{config}");
    // What Claude Code could see: no secret, the way out, and the size of the window.
    let visible = std::fs::read_to_string(home.path().join("seen")).unwrap();
    assert!(!visible.contains("CANARY"), "{visible}");
    assert!(visible.contains("HTTPS_PROXY=") && visible.contains("31 93"), "{visible}");
    home.run("zirkabot undo");
    assert!(!home.path().join(STORE).exists());
}

#[test]
fn a_login_that_claude_code_stores_itself_is_taken_over() {
    let home = home(STORES);
    let seen = talk(&home, &["models", "auth", "setup-token", "--yes"], &START[1..]);
    assert!(seen.contains("store Claude Code's login as anthropic:claude-cli"), "{seen}");
    assert!(!seen.contains("CANARY"), "{seen}");
    let store = std::fs::read_to_string(home.path().join(STORE)).unwrap();
    assert!(store.contains("CANARY-own"), "{store}");
}

#[test]
fn what_fails_or_is_broken_off_changes_nothing() {
    type Answers = &'static [(&'static str, &'static str)];
    let rows: [(Answers, &str); 4] = [
        (&[("Continue?", "n\r")], "Nothing was changed."),
        (&[("Continue?", "y\r"), ("if prompted > ", "wrong\r")], "ended with exit code 1"),
        (&[("Continue?", "y\r"), ("if prompted > ", "\u{3}")], "was interrupted"),
        (
            &[("Continue?", "y\r"), ("if prompted > ", "abc#def\r")],
            "neither stored a login nor printed a complete token",
        ),
    ];
    for (answers, told) in rows {
        let home = home("printf 'Done.\\r\\n'\n");
        let before = home.snapshot();
        let seen = talk(&home, &["models", "auth", "setup-token"], answers);
        assert!(seen.replace("\r\n    ", " ").contains(told), "{told}: {seen}");
        let touched = differences(&before, &home.snapshot());
        assert!(touched.iter().all(|path| path.contains("seen")), "{told}: {touched:?}");
    }
}

#[test]
fn where_it_cannot_run_it_says_what_to_do() {
    let home = home(PRINTS);
    let output =
        command(&home, &["models", "auth", "setup-token", "--yes"]).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(64), "{text}");
    assert!(text.contains("models auth paste-token --provider anthropic"), "{text}");
    let seen = talk(&home, &["models", "auth", "setup-token", "--provider", "openai"], &[]);
    assert!(seen.contains("openai has no setup-tokens"), "{seen}");
    std::fs::remove_file(home.path().join("bin/claude")).unwrap();
    let seen = talk(&home, &["models", "auth", "setup-token"], &[]);
    assert!(seen.contains("claude/cli-missing") && seen.contains("npm install"), "{seen}");
}

#[test]
fn the_set_up_dialogue_runs_it_too() {
    let home = home(PRINTS);
    let mut command = command(&home, &["onboard"]);
    command.env_remove("ANTHROPIC_API_KEY");
    let mut session = OsSession::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(20)));
    for (expected, keys) in [
        ("Choose [1]: ", "1\r"),
        ("Choose [1]: ", "2\r"),
        ("if prompted > ", "abc#def\r"),
        ("Choose [1]: ", "\r"),
        ("Apply? ", "y\r"),
    ] {
        session.expect(expected).unwrap();
        session.send(keys).unwrap();
    }
    session.expect("agent main can talk: anthropic through anthropic:claude-cli, until").unwrap();
    session.expect(Eof).unwrap();
}
