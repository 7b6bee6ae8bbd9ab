//! The hidden prompt of `models auth paste-token`, and the questions of `models auth add`, on a
//! real terminal: nothing of the secret is shown, and the terminal is afterwards as it was before.

use crate::laws::paste::SETUP;
use crate::support::canary::leaks;
use crate::support::home::{CONFIG, Home, STORE};
use expectrl::session::OsSession;
use expectrl::{Expect, Regex};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const WRITTEN: &str = "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n";
const PASTE: &str = "models auth paste-token --provider anthropic";

/// A person at a terminal, in a home.
struct Person {
    home: Home,
    session: OsSession,
    seen: String,
}

impl Person {
    /// Runs a command line in a shell that writes down how the terminal is before and after, and
    /// what is left to be read.
    fn at(line: &str, term: &str) -> Self {
        let home = Home::with(0, &[(CONFIG, WRITTEN)]);
        let program = env!("CARGO_BIN_EXE_zirkabot");
        let script = format!(
            "stty -g > before; '{program}' {line}; echo $? > exit; stty -g > after; \
             stty -icanon -echo min 0 time 0; cat > left; echo over"
        );
        // Nothing else is within reach, such as a real `claude`.
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        for name in ["cat", "stty"] {
            let real = ["/bin", "/usr/bin"].map(|dir| Path::new(dir).join(name));
            let real = real.iter().find(|path| path.exists()).unwrap();
            std::os::unix::fs::symlink(real, bin.join(name)).unwrap();
        }
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &script]).current_dir(home.path()).env_clear().envs(home.environment());
        shell.env("PATH", &bin).env("ZIRKABOT_OFFLINE", "1").env("LANG", "C.UTF-8").env("TERM", term);
        let mut session = OsSession::spawn(shell).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        Self { home, session, seen: String::new() }
    }

    /// Waits until this is asked, then types.
    fn answer(&mut self, question: &str, keys: &str) -> &mut Self {
        let found = self.session.expect(Regex(question)).unwrap();
        self.seen.push_str(&String::from_utf8_lossy(found.before()));
        self.session.send(keys).unwrap();
        self
    }

    /// The exit code, and all that was shown; the terminal is as it was, and nothing is left.
    fn over(&mut self) -> (String, String) {
        let found = self.session.expect(Regex("over\r\n")).unwrap();
        self.seen.push_str(&String::from_utf8_lossy(found.before()));
        assert!(leaks(self.seen.as_bytes()).is_empty(), "{:?}", self.seen);
        assert!(!self.file("before").is_empty());
        assert_eq!(self.file("before"), self.file("after"), "the terminal is left in another state");
        assert_eq!(self.file("left"), "", "the rest of the paste is left for the shell");
        (self.file("exit").trim().to_owned(), std::mem::take(&mut self.seen))
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.home.path().join(name)).unwrap_or_default()
    }
}

const PROMPT: &str = r"\(input is hidden\): ";

/// The token over lines as a terminal of this width breaks them.
fn lines(width: usize) -> String {
    let lines = SETUP.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line).into_owned());
    lines.collect::<Vec<_>>().join("\r  ")
}

#[test]
fn a_token_is_taken_however_it_gets_there() {
    let wrapped = lines(40);
    let rows = [
        ("typed", "dumb", format!("{SETUP}\r")),
        ("typed with a slip", "dumb", format!("{SETUP}x\u{7f}\r")),
        ("cleared and typed again", "xterm", format!("CANARY-wrong\u{15}{SETUP}\r")),
        ("pasted with markers", "xterm-256color", format!("\u{1b}[200~{SETUP}\u{1b}[201~\r")),
        ("lines pasted with markers", "xterm", format!("\u{1b}[200~{wrapped}\r\u{1b}[201~\r")),
        ("lines pasted without markers", "dumb", format!("{wrapped}\r")),
        ("a command pasted whole", "dumb", format!("export CLAUDE_CODE_OAUTH_TOKEN=\"{wrapped}\"\r\r")),
        ("ended by Ctrl-D", "dumb", format!("{SETUP}\u{4}")),
    ];
    for (how, term, keys) in rows {
        let mut person = Person::at(PASTE, term);
        let (exit, seen) = person.answer(PROMPT, &keys).over();
        assert_eq!(exit, "0", "{how}: {seen}");
        assert!(person.file(STORE).contains(&format!("\"token\": \"{SETUP}\"")), "{how}: {seen}");
        assert!(seen.contains("anthropic:manual"), "{how}: {seen}");
        // Only a terminal that says what it can do is asked to mark pastes, and is asked to stop.
        assert_eq!(seen.matches("\u{1b}[?2004h").count(), usize::from(term != "dumb"), "{how}: {seen:?}");
        assert_eq!(seen.matches("\u{1b}[?2004l").count(), usize::from(term != "dumb"), "{how}: {seen:?}");
    }
}

#[test]
fn nothing_is_stored_of_what_is_broken_off() {
    for (how, keys) in [
        ("Ctrl-C", "\u{3}".to_owned()),
        ("Ctrl-C in the middle", format!("{SETUP}\u{3}")),
        ("Ctrl-C while pasting, and the rest", format!("{}\u{3}{SETUP}\r{SETUP}\r", lines(30))),
        ("Ctrl-D at once", "\u{4}".to_owned()),
        ("a wrong thing", "CANARY0123456789abcdef\r".to_owned()),
        ("nothing", "\r".to_owned()),
        ("far too much", format!("\u{1b}[200~{}\u{1b}[201~\r", "CANARY-0\r".repeat(9_000))),
    ] {
        let mut person = Person::at(PASTE, "xterm");
        let (exit, seen) = person.answer(PROMPT, &keys).over();
        // Who quits ends with 130; what cannot be right is refused.
        let expected = if how.starts_with("Ctrl") { "130" } else { "1" };
        assert_eq!(exit, expected, "{how}: {seen}");
        assert_eq!(person.file(STORE), "", "{how}");
        assert_eq!(person.file(CONFIG), WRITTEN, "{how}");
    }
}

#[test]
fn whoever_hangs_up_gets_nothing_stored() {
    let home = Home::with(0, &[(CONFIG, WRITTEN)]);
    let before = home.snapshot();
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.args(PASTE.split(' ')).env_clear().envs(home.environment());
    let mut session = OsSession::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(20)));
    session.expect(Regex(PROMPT)).unwrap();
    session.send(&SETUP[..50]).unwrap();
    // Ends the program as a closed window does.
    drop(session);
    assert!(home.snapshot() == before);
}

/// While it is asked for, and pasted but not yet stored, no program shows it among its arguments.
#[test]
fn no_command_line_shows_it() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let mut person = Person::at(PASTE, "xterm");
    person.answer(PROMPT, &format!("\u{1b}[200~{SETUP}\u{1b}[201~"));
    person.answer(r"Ctrl-U to clear\) ", "");
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let mut looked = 0;
    for pid in pids.filter(|entry| entry.file_name().to_string_lossy().bytes().all(|b| b.is_ascii_digit())) {
        let Ok(line) = std::fs::read(pid.path().join("cmdline")) else { continue };
        looked += usize::from(String::from_utf8_lossy(&line).contains("paste-token"));
        assert!(!String::from_utf8_lossy(&line).contains(&SETUP[13..40]));
    }
    assert!(looked > 0, "the program itself was not read");
    let (exit, _) = person.answer("", "\r").over();
    assert_eq!(exit, "0");
}

const CHOOSE: &str = r"Choose \[1\]: ";
const NAME: &str = r"Profile name\? \[[a-z-]+:manual\]: ";
const ENDS: &str = r"\[(unknown|in a year)\]: ";

/// The number of a line of the menu that was shown last.
fn number(seen: &str, item: &str) -> String {
    let line =
        seen.lines().rev().find_map(|line| line.trim().strip_suffix(&format!(") {item}"))?.parse().ok());
    let number: usize = line.unwrap_or_else(|| panic!("no {item} in {seen}"));
    format!("{number}\r")
}

#[test]
fn add_asks_step_by_step() {
    let mut person = Person::at("models auth add", "dumb");
    let (exit, seen) = person
        .answer(CHOOSE, "\r")
        .answer(CHOOSE, "\r")
        .answer(NAME, "anthropic:claude-cli\r")
        .answer(NAME, "\r")
        .answer(PROMPT, "CANARY is not it\r")
        .answer(PROMPT, &format!("{SETUP}\r"))
        .answer(ENDS, "a year\r")
        .answer(ENDS, "365d\r")
        .over();
    assert_eq!(exit, "0", "{seen}");
    assert!(seen.contains("1) anthropic, in use, no credential"), "{seen}");
    assert!(seen.contains("is Claude Code's login") && seen.contains("white space"), "{seen}");
    assert!(seen.contains("365d left"), "{seen}");
    assert!(person.file(STORE).contains("\"expires\": "), "{}", person.file(STORE));
}

#[test]
fn add_goes_back_and_to_providers_that_are_not_listed() {
    let mut person = Person::at("models auth add", "dumb");
    person.answer(CHOOSE, "\r").answer(CHOOSE, "b\r").answer(CHOOSE, "x\r");
    let other = number(&person.seen, "another one");
    let groq = number(&person.seen, "groq");
    let (exit, seen) = person
        .answer(CHOOSE, &other)
        .answer("Its name: ", "gorq\r")
        .answer("Its name: ", "b\r")
        .answer(CHOOSE, &groq)
        .answer(NAME, "b\r")
        .answer(CHOOSE, &other)
        .answer("Its name: ", "my-own\r")
        .answer(NAME, "my-own:mine\r")
        .answer(PROMPT, "b\r")
        .answer(NAME, "my-own:mine\r")
        .answer(PROMPT, "CANARY-of-my-own\r")
        .answer(ENDS, "b\r")
        .answer(PROMPT, "CANARY-of-my-own\r")
        .answer(ENDS, "\r")
        .over();
    assert_eq!(exit, "0", "{seen}");
    assert!(seen.contains("did you mean `groq`?"), "{seen}");
    assert!(seen.contains("nothing uses a provider `my-own` yet"), "{seen}");
    assert!(person.file(STORE).contains("\"my-own:mine\""), "{seen}");
}

#[test]
fn add_can_be_left_at_any_question() {
    for steps in [
        &[(CHOOSE, "q\r")][..],
        &[(CHOOSE, "\u{4}")],
        &[(CHOOSE, "\r"), (CHOOSE, "q\r")],
        &[(CHOOSE, "\r"), (CHOOSE, "\r"), (NAME, "quit\r")],
        &[(CHOOSE, "\r"), (CHOOSE, "\r"), (NAME, "\r"), (PROMPT, "q\r")],
        &[(CHOOSE, "\r"), (CHOOSE, "\r"), (NAME, "\r"), (PROMPT, "\u{3}")],
    ] {
        let mut person = Person::at("models auth add", "dumb");
        for (question, keys) in steps {
            person.answer(question, keys);
        }
        let (exit, seen) = person.over();
        assert_eq!(exit, "130", "{steps:?}: {seen}");
        assert!(seen.contains("Nothing was changed."), "{steps:?}: {seen}");
        assert_eq!(person.file(STORE), "", "{steps:?}");
    }
}

#[test]
fn add_can_be_told_the_provider_and_to_change_nothing() {
    let mut person = Person::at("models auth add --provider groq --dry-run", "dumb");
    let key = format!("gsk_CANARY{}\r", "0".repeat(46));
    let (exit, seen) = person.answer(NAME, "b\r").answer(NAME, "\r").answer(PROMPT, &key).over();
    assert!(exit == "0" && seen.contains("2 to change"), "{seen}");
    assert_eq!(person.file(STORE), "");
}

/// Claude Code is not on the path of these homes: what it takes is said.
#[test]
fn add_leads_to_the_login_of_another_program() {
    let mut person = Person::at("models auth add --provider anthropic", "dumb");
    let (exit, seen) = person.answer(CHOOSE, "2\r").over();
    assert!(exit == "1" && seen.contains("claude/cli-missing"), "{seen}");
    let mut person = Person::at("models auth add --provider qwen", "dumb");
    let (exit, seen) = person.answer(CHOOSE, "2\r").over();
    assert!(exit == "0" && seen.contains("run `qwen` on this machine"), "{seen}");
}
