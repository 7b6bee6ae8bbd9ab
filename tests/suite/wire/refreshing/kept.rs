//! What a server gave is not lost, whoever is killed and however many want it.

use super::borrowed::{borrower, claude};
use super::*;
use crate::support::plans::say;
use crate::support::sweep::{self, After, Subject, Verdict, sweep};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn what_was_given_and_not_stored_is_found_again() {
    let server = rotating();
    let home = borrower(&server, &claude(0, NOW - 1), "");
    let mark: String = sha256(&refresh(0)).chars().take(16).collect();
    let left = json!({"version": 1, "of": mark, "access": access(1), "refresh": refresh(1), "expires": NOW + 1_000_000});
    let path = home.path().join(".zirkabot/.refresh-anthropic.lock");
    crate::support::plans::lay(&path, left.to_string().as_bytes(), 0o600);
    let (exit, stdout, _) = home.hurried("zirkabot models auth print --provider anthropic");
    assert_eq!((exit, stdout), (0, access(1) + "\n"));
    assert!(server.asked().is_empty() && std::fs::read(&path).unwrap().is_empty());
    assert_eq!(std::fs::read_to_string(home.path().join(CLAUDE)).unwrap(), claude(1, NOW + 1_000_000));
    assert_eq!(store(&home, STORE)["profiles"]["anthropic:claude-cli"]["refresh"], refresh(1));
}

fn sha256(text: &str) -> String {
    zirkabot::sys::digest::sha256(text.as_bytes())
}

fn spawn(home: &Home, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.args(args).env_clear().envs(home.environment()).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn of_fifty_who_want_it_at_once_one_asks_and_all_get_it() {
    let server = rotating();
    let home = borrower(&server, &claude(0, 1), "");
    let args = ["models", "auth", "print", "--provider", "anthropic", "--lock-timeout", "5m"];
    let running: Vec<_> = (0..50).map(|_| spawn(&home, &args)).collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(String::from_utf8_lossy(&output.stdout), access(1) + "\n", "{said}");
    }
    assert_eq!(server.asked().len(), 1);
}

/// A home for the fault sweep: a login that is over, at its source and in the store.
fn lay(home: &Path, url: &str) {
    let record = json!({"version": 1, "profiles": {"anthropic:claude-cli": login(0, 1_000_000_000_000)}});
    let config = format!(
        "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n\n[auth.refresh.anthropic]\nurl = \"{url}\"\n"
    );
    crate::support::plans::lay(&home.join(CONFIG), config.as_bytes(), 0o600);
    crate::support::plans::lay(
        &home.join(STORE),
        serde_json::to_string_pretty(&record).unwrap().as_bytes(),
        0o600,
    );
    crate::support::plans::lay(&home.join(CLAUDE), claude(0, 1_000_000_000_000).as_bytes(), 0o600);
}

/// Takes the first refresh token once for each home, which it knows by its path.
fn once_a_home() -> Server {
    let mut homes = BTreeSet::new();
    Server::with(move |asked| {
        match field(asked, "refresh_token") == refresh(0) && homes.insert(asked.line.clone()) {
            true => {
                let body =
                    json!({"access_token": access(1), "refresh_token": refresh(1), "expires_in": 3600});
                Answer::Says(200, body.to_string().leak())
            }
            false => Answer::Says(400, r#"{"error":"invalid_grant"}"#),
        }
    })
}

/// At whatever call it is killed or refused, the refresh token that counts is somewhere: in the
/// store, in what was written down, or still the old one because nothing was asked. It is in
/// memory alone only until the first write, for which nothing has to be opened or made; who is killed
/// there, or whose disk refuses that write and all others, has lost it.
#[test]
fn renewing_is_safe_at_every_write() {
    if !sweep::is_available() {
        say("SKIPPED fault sweep of a renewal: no usable strace on this machine");
        return;
    }
    let server = once_a_home();
    let command = |home: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(["models", "auth", "refresh", "--lock-timeout", "1s"]);
        command.env_clear().env("HOME", home).current_dir("/").stdin(Stdio::null());
        command
    };
    let build = |home: &Path| lay(home, &server.url(&home.display().to_string()));
    let check = |home: &Path, after: After| {
        let text = |path: &str| std::fs::read_to_string(home.join(path)).unwrap_or_default();
        let (store, source) = (text(STORE), text(CLAUDE));
        let whole = |text: &str| serde_json::from_str::<Value>(text).is_ok();
        if !whole(&store) || !whole(&source) {
            return Verdict::Torn;
        }
        let is_new = |text: &str| text.contains(&refresh(1));
        match after {
            After::Success if !is_new(&store) || !is_new(&source) => {
                Verdict::Bad("it succeeded, and the new tokens are not everywhere".to_owned())
            }
            _ => Verdict::Fine,
        }
    };
    let swept = sweep(&Subject { command: &command, build: &build, check: &check });
    say(&format!("fault sweep of a renewal: {}", swept.summary()));
    let in_memory =
        |fault: &&String| fault.contains("pwrite64(") && fault.contains("/.refresh-anthropic.lock");
    let (lost, faults): (Vec<&String>, Vec<&String>) = swept.faults.iter().partition(in_memory);
    assert!(lost.len() <= 2, "{lost:#?}");
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(swept.calls > 30, "only {} calls were found", swept.calls);
}
