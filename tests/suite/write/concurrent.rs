//! Many commands at once: each plans anew under the lock, so none takes back what another has done.

use crate::support::home::{Home, STORE};
use crate::support::plans::say;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

const MANY: usize = 50;

#[test]
fn of_fifty_orders_that_are_set_at_once_none_is_lost() {
    let home = Home::named("auth/order");
    let path = home.path().join(STORE);
    let profiles: Vec<String> = (0..MANY)
        .map(|n| format!(r#""p{n}:a": {{"type": "api_key", "provider": "p{n}", "key": "CANARY-{n:040}"}}"#))
        .collect();
    std::fs::write(&path, format!(r#"{{"version": 1, "profiles": {{{}}}}}"#, profiles.join(", "))).unwrap();
    crate::support::plans::chmod(&path, 0o600);
    let set = |n: usize| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(["models", "auth", "order", "set", "--lock-timeout", "5m", "--provider"]);
        command.args([format!("p{n}"), format!("p{n}:a")]).env_clear().envs(home.environment());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = (0..MANY).map(set).collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let store: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let orders = store["order"].as_object().unwrap();
    assert_eq!(orders.len(), MANY);
    assert!((0..MANY).all(|n| orders[&format!("p{n}")] == serde_json::json!([format!("p{n}:a")])));
}

/// A gateway that notes something in the store every few milliseconds, in place, under its lock.
fn gateway(path: &std::path::Path, done: &Receiver<()>) -> u64 {
    let lock = path.with_extension("json.lock");
    let mut n = 0;
    while done.recv_timeout(Duration::from_millis(15)) == Err(RecvTimeoutError::Timeout) {
        if std::fs::create_dir(&lock).is_ok() {
            n += 1;
            let mut store: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            store["usageStats"]["p0:a"]["lastUsed"] = n.into();
            let text = serde_json::to_string_pretty(&store).unwrap();
            let mut file = std::fs::OpenOptions::new().write(true).truncate(true).open(path).unwrap();
            let (first, second) = text.as_bytes().split_at(text.len() / 2);
            file.write_all(first).unwrap();
            std::thread::yield_now();
            file.write_all(second).unwrap();
            std::fs::remove_dir(&lock).unwrap();
        }
    }
    n
}

const COMMANDS: usize = 57;

/// A home with as many profiles as there are commands.
fn home_of_many() -> Home {
    let home = Home::named("auth/order");
    let path = home.path().join(STORE);
    let profile =
        |n: usize| format!(r#""p{n}:a": {{"type": "api_key", "provider": "p{n}", "key": "CANARY-{n:040}"}}"#);
    let profiles: Vec<String> = (0..COMMANDS).map(profile).collect();
    std::fs::write(&path, format!(r#"{{"version": 1, "profiles": {{{}}}}}"#, profiles.join(", "))).unwrap();
    crate::support::plans::chmod(&path, 0o600);
    home
}

/// The `n`th command: an order or a pasted key.
fn start(home: &Home, n: usize) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    let line = match n % 2 {
        0 => format!("models auth order set --lock-timeout 5m --provider p{n} p{n}:a"),
        _ => format!("models auth paste-token --lock-timeout 5m --provider groq --profile-id groq:n{n}"),
    };
    command.args(line.split(' ')).env_clear().envs(home.environment());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("gsk_CANARY{n:046}\n").as_bytes()).unwrap();
    child
}

/// Each is planned again under the gateway's lock, so all come to their end, and nothing of the gateway's is
/// lost.
#[test]
fn beside_a_busy_gateway_every_command_is_done() {
    let home = home_of_many();
    let path = home.path().join(STORE);
    let (done, is_done) = channel();
    let writes = std::thread::scope(|scope| {
        let gateway = scope.spawn({
            let path = path.clone();
            move || gateway(&path, &is_done)
        });
        let running: Vec<_> = (0..COMMANDS).map(|n| start(&home, n)).collect();
        let ended = running.into_iter().map(|child| child.wait_with_output().unwrap());
        let failed: Vec<_> = ended.filter(|output| !output.status.success()).collect();
        drop(done);
        let writes = gateway.join().unwrap();
        let said = failed.iter().map(|output| String::from_utf8_lossy(&output.stderr)).collect::<Vec<_>>();
        assert!(said.is_empty(), "{} of {COMMANDS}: {said:#?}", said.len());
        writes
    });
    say(&format!("{COMMANDS} commands beside {writes} writes of a gateway: all done"));
    let store: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for n in 0..COMMANDS {
        let is_there = match n % 2 {
            0 => store["order"][format!("p{n}")] == serde_json::json!([format!("p{n}:a")]),
            _ => store["profiles"][format!("groq:n{n}")].is_object(),
        };
        assert!(is_there, "{n}");
    }
    assert_eq!(store["usageStats"]["p0:a"]["lastUsed"], writes);
}
