//! While many ask: it is started anew, is killed, has more connections than it takes.

use crate::support::gateway::{Client, Gateway, STORE, config, hi, program, put, store};
use crate::support::provider::Provider;
use serde_json::Value;
use std::path::Path;

/// One to which the port is handed over, as a service manager does it.
fn on_socket(state: &Path, listener: &std::net::TcpListener) -> std::process::Child {
    let script = "exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" gateway";
    let program = program(state);
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", script]).arg(program.get_program());
    command.env_clear().env("HOME", state).env("ZIRKABOT_STATE_DIR", state).current_dir("/");
    command.stdin(std::process::Stdio::from(std::os::fd::OwnedFd::from(listener.try_clone().unwrap())));
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn with_a_socket_nobody_is_refused_while_it_is_started_anew() {
    let provider = Provider::start();
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "zirkabot.json", &config(&provider).to_string());
    put(dir.path(), STORE, &store(&["good"]).to_string());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut child = on_socket(dir.path(), &listener);
    let ask = |count: usize| -> Vec<u16> {
        let one = |_| Client::to(address).post("/v1/messages", &[], hi().to_string().as_bytes()).status;
        (0..count).map(one).collect()
    };
    assert_eq!(ask(1), [200]);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(|| ask(60))).collect();
        for _ in 0..3 {
            assert_eq!(ask(5), [200; 5]);
            let pid = child.id().to_string();
            assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
            assert_eq!(child.wait().unwrap().code(), Some(0));
            child = on_socket(dir.path(), &listener);
        }
        for client in clients {
            assert_eq!(client.join().unwrap(), [200; 60]);
        }
    });
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn killed_while_many_ask_it_leaves_whole_stores() {
    for round in 0..4 {
        let provider = Provider::start();
        let gateway = Gateway::with(&provider, &["fault-429-retry-60", "fault-401", "good"]);
        let (address, state) = (gateway.address, gateway.state());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(move || {
                    for _ in 0..20 {
                        let Ok(stream) = std::net::TcpStream::connect(address) else { return };
                        drop(stream);
                        // It may be gone in the middle of any of these.
                        let asked = std::panic::catch_unwind(|| {
                            Client::to(address).post("/v1/messages", &[], hi().to_string().as_bytes())
                        });
                        if asked.is_err() {
                            return;
                        }
                    }
                });
            }
            for _ in 0..=round * 3 {
                gateway.ask(&hi());
            }
            gateway.signal("KILL");
        });
        let text = std::fs::read_to_string(state.path().join(STORE)).unwrap();
        let store: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(store["profiles"].as_object().unwrap().len(), 3);
        // Who comes next can write at once.
        let report = ["models", "auth", "cooldown", "clear", "anthropic:p0", "--lock-timeout", "5000"];
        let done = program(state.path()).args(report).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        drop(gateway);
    }
}

#[test]
fn three_hundred_connections_are_served() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let mut clients: Vec<Client> = (0..300).map(|_| gateway.connect()).collect();
    let ask = |client: &mut Client| client.post("/v1/messages", &[], hi().to_string().as_bytes()).status;
    for client in clients.iter_mut().take(256).step_by(32) {
        assert_eq!(ask(client), 200);
    }
    // More than may be open at once wait for their turn, and have it when others go.
    let mut waiting = clients.split_off(256);
    drop(clients);
    for client in waiting.iter_mut().step_by(11) {
        assert_eq!(ask(client), 200);
    }
}

/// `ZIRKABOT_SOAK` is how many requests are made; a day of one a second are 86,400.
#[test]
fn memory_stays_what_it_is() {
    let count = std::env::var("ZIRKABOT_SOAK").ok().and_then(|count| count.parse().ok()).unwrap_or(2_000);
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["fault-429-retry-1", "good"]);
    let ask = |count: usize| {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut client = gateway.connect();
                    for n in 0..count / 8 {
                        let mut body = hi();
                        body["stream"] = (n % 8 == 0).into();
                        let reply = client.post("/v1/messages", &[], body.to_string().as_bytes());
                        assert_eq!((reply.status, reply.is_whole), (200, true), "{}", reply.text());
                    }
                });
            }
        });
    };
    ask(1_000.min(count));
    let before = gateway.memory();
    ask(count);
    let after = gateway.memory();
    println!("{count} requests: {before} KiB before, {after} KiB after");
    assert!(after <= before + 1_024, "{before} KiB before, {after} KiB after {count} requests");
}
