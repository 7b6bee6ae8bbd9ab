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

/// A renewal of the home that [`lay`] makes, and a look at what became of it.
fn renewing(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.args(["models", "auth", "refresh", "--lock-timeout", "1s"]);
    command.env_clear().env("HOME", home).current_dir("/").stdin(Stdio::null());
    command
}

fn check(home: &Path, after: After) -> Verdict {
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
}

/// Says so and is true if there is no `strace` here.
fn skipped(what: &str) -> bool {
    let missing = !sweep::is_available();
    if missing {
        say(&format!("SKIPPED {what}: no usable strace on this machine"));
    }
    missing
}

/// At whatever call it is killed or refused, the refresh token that counts is somewhere: in the
/// store, in what was written down, or still the old one because nothing was asked. It is in
/// memory alone only until the first write, for which nothing has to be opened or made; who is killed
/// there, or whose disk refuses that write and all others, has lost it.
#[test]
fn renewing_is_safe_at_every_write() {
    if skipped("fault sweep of a renewal") {
        return;
    }
    let server = once_a_home();
    let build = |home: &Path| lay(home, &server.url(&home.display().to_string()));
    let swept = sweep(&Subject { command: &renewing, build: &build, check: &check });
    say(&format!("fault sweep of a renewal: {}", swept.summary()));
    let in_memory = |fault: &&String| fault.contains("pwrite64(") && fault.contains("/.refresh-anthropic-");
    let (lost, faults): (Vec<&String>, Vec<&String>) = swept.faults.iter().partition(in_memory);
    assert!(lost.len() <= 2, "{lost:#?}");
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(swept.calls > 30, "only {} calls were found", swept.calls);
}

/// Those by which somebody ends a program, or that end one by themselves.
const SIGNALS: &[&str] = &["INT", "TERM", "HUP", "QUIT", "ALRM"];

#[test]
fn no_signal_at_any_write_loses_a_renewed_login() {
    if skipped("signals during a renewal") {
        return;
    }
    let server = once_a_home();
    let build = |home: &Path| lay(home, &server.url(&home.display().to_string()));
    let swept = sweep::signal_sweep(&Subject { command: &renewing, build: &build, check: &check }, SIGNALS);
    say(&format!("signals during a renewal: {}", swept.summary()));
    assert!(swept.faults.is_empty(), "{:#?}", swept.faults);
    assert!(swept.injections > 5 * 30, "only {} signals were sent", swept.injections);
}

/// While the server takes its time: who asked may be gone, or want to end it.
#[test]
fn what_is_asked_is_kept_though_who_asked_is_gone() {
    for signal in SIGNALS {
        let pid = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        let known = pid.clone();
        let server = Server::with(move |_| {
            let pid = loop {
                let pid = known.lock().unwrap().clone();
                if !pid.is_empty() {
                    break pid;
                }
                std::thread::yield_now();
            };
            let killed = Command::new("kill").args(["-s", signal, &pid]).status().unwrap();
            assert!(killed.success());
            let body = json!({"access_token": access(1), "refresh_token": refresh(1), "expires_in": 3600});
            Answer::Says(200, body.to_string().leak())
        });
        let home = borrower(&server, &claude(0, 1), "");
        let mut child = spawn(&home, &["models", "auth", "print", "--provider", "anthropic"]);
        // Nobody reads what it has to say.
        drop((child.stdout.take(), child.stderr.take()));
        *pid.lock().unwrap() = child.id().to_string();
        child.wait().unwrap();
        assert_eq!(
            store(&home, STORE)["profiles"]["anthropic:claude-cli"]["refresh"],
            refresh(1),
            "{signal}"
        );
        assert!(std::fs::read_to_string(home.path().join(CLAUDE)).unwrap().contains(&refresh(1)), "{signal}");
        let left = home.snapshot().into_keys().find(|path| path.ends_with(".pending"));
        assert_eq!(left, None, "{signal}");
    }
}

/// A gateway that locks its store and then writes it in place, so that it is torn for a moment, again and
/// again.
#[test]
fn beside_a_writer_that_truncates_no_renewal_is_lost() {
    const RENEWALS: usize = 200;
    let server = rotating();
    let home = home(&server.url("/token"));
    let path = home.path().join(STORE);
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    let (mut failed, mut writes) = (0, 0);
    std::thread::scope(|scope| {
        let (path, lock) = (path.clone(), path.with_extension("json.lock"));
        let writer = scope.spawn(move || {
            let mut writes = 0;
            let pause = std::time::Duration::from_micros(300);
            while is_done.recv_timeout(pause) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                if std::fs::create_dir(&lock).is_ok() {
                    let text = std::fs::read(&path).unwrap();
                    let mut file =
                        std::fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
                    for part in text.chunks(text.len() / 4 + 1) {
                        std::io::Write::write_all(&mut file, part).unwrap();
                        std::thread::yield_now();
                    }
                    std::fs::remove_dir(&lock).unwrap();
                    writes += 1;
                }
            }
            writes
        });
        for _ in 0..RENEWALS {
            let child = spawn(&home, &["models", "auth", "refresh", "anthropic:me"]);
            failed += usize::from(!child.wait_with_output().unwrap().status.success());
        }
        drop(done);
        writes = writer.join().unwrap();
    });
    say(&format!("{RENEWALS} renewals beside {writes} torn writes: {failed} failed at first"));
    let child = spawn(&home, &["models", "auth", "refresh", "anthropic:me"]);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let given = server.asked().len();
    assert_eq!(store(&home, STORE)["profiles"]["anthropic:me"]["refresh"], refresh(given));
    let refused =
        server.asked().iter().enumerate().any(|(n, asked)| field(asked, "refresh_token") != refresh(n));
    assert!(!refused, "a token was asked with that was used up");
}

/// The place in which the tokens wait that replace a refresh token, and what is in it.
fn waiting(home: &Home, of: &str, n: usize) -> std::path::PathBuf {
    let mark: String = sha256(of).chars().take(16).collect();
    let path = home.path().join(format!(".zirkabot/.refresh-anthropic-{mark}.pending"));
    let left = json!({"version": 1, "of": mark, "access": access(n), "refresh": refresh(n), "expires": NOW + 1_000_000});
    crate::support::plans::lay(&path, left.to_string().as_bytes(), 0o600);
    path
}

#[test]
fn what_waits_for_one_login_is_not_lost_by_renewing_another() {
    let give = || {
        Server::with(|_| {
            let body = json!({"access_token": access(9), "refresh_token": refresh(9), "expires_in": 3600});
            Answer::Says(200, body.to_string().leak())
        })
    };
    // It is stored on the way.
    let server = give();
    let profiles = [("anthropic:a", login(0, NOW - 1)), ("anthropic:b", login(5, NOW - 1))];
    let home = home_with(&server.url("/token"), &profiles, "");
    let path = waiting(&home, &refresh(0), 1);
    assert_eq!(refreshed(&home, "anthropic:b").0, 0);
    let now = store(&home, STORE);
    assert_eq!(now["profiles"]["anthropic:a"]["refresh"], refresh(1));
    assert_eq!(now["profiles"]["anthropic:b"]["refresh"], refresh(9));
    assert!(!path.exists());
    // What it belongs to cannot be read: then it stays, and is stored when it can be.
    let server = give();
    let home = home_with(&server.url("/token"), &[("anthropic:b", login(5, NOW - 1))], "");
    let ops = json!({"version": 1, "profiles": {"anthropic:a": login(0, NOW - 1)}}).to_string();
    crate::support::plans::lay(&home.path().join(OPS), &ops.as_bytes()[..ops.len() / 2], 0o600);
    let path = waiting(&home, &refresh(0), 1);
    assert_eq!(refreshed(&home, "anthropic:b").0, 0);
    assert!(path.exists());
    crate::support::plans::lay(&home.path().join(OPS), ops.as_bytes(), 0o600);
    assert_eq!(refreshed(&home, "anthropic:b").0, 0);
    assert_eq!(store(&home, OPS)["profiles"]["anthropic:a"]["refresh"], refresh(1));
    assert!(!path.exists());
}

/// What a server gives for another account, or what is no token, goes nowhere.
#[test]
fn what_is_not_to_be_had_is_not_stored() {
    for body in [
        json!({"access_token": "a".repeat(450_000), "refresh_token": refresh(1), "expires_in": 3600}),
        json!({"access_token": "two\nlines", "refresh_token": refresh(1), "expires_in": 3600}),
        json!({"access_token": access(1), "account": {"email_address": "other@example.com"}}),
    ] {
        let server = Server::with(move |_| Answer::Says(200, body.to_string().leak()));
        let mut mine = login(0, NOW - 1);
        mine["email"] = "me@example.com".into();
        let home = home_with(&server.url("/token"), &[("anthropic:me", mine)], "");
        let before = std::fs::read(home.path().join(STORE)).unwrap();
        assert_eq!(refreshed(&home, "anthropic:me").0, 1);
        assert_eq!(std::fs::read(home.path().join(STORE)).unwrap(), before);
    }
}
