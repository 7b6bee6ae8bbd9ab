//! What `doctor` and `service status` hear from a gateway that runs, and from who took its port.

use crate::support::gateway::{Gateway, config, program, put, store};
use crate::support::provider::Provider;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A unit of this user whose manager says this of it.
fn unit(home: &Path, port: u16, says: &str) {
    let text = format!(
        "[Unit]\nAfter=network-online.target\nWants=network-online.target\n\n[Service]\n\
         ExecStart=/usr/local/bin/zirkabot gateway --port {port}\nRestart=always\nRestartSec=5\n\
         Environment=\"ZIRKABOT_STATE_DIR={}\"\nEnvironment=\"HOME=%h\"\n\
         Environment=\"PATH=/usr/local/bin:/usr/bin:/bin\"\n\n[Install]\nWantedBy=default.target\n",
        home.display()
    );
    put(home, ".config/systemd/user/zirkabot-gateway.service", &text);
    put(
        home,
        "bin/systemctl",
        &format!("#!/bin/sh\ncase \"$*\" in\n*show-environment*) ;;\n*) printf '{says}' ;;\nesac\n"),
    );
    std::fs::set_permissions(home.join("bin/systemctl"), std::fs::Permissions::from_mode(0o700)).unwrap();
}

fn json_of(home: &Path, args: &[&str]) -> Value {
    let mut command = program(home);
    let output = command.env("PATH", home.join("bin")).env("USER", "nobody").args(args).output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{args:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// What the service is told to lack, with the code in front.
fn findings(home: &Path) -> Vec<String> {
    let said = json_of(home, &["service", "status", "--json"]);
    let list = said["findings"].as_array().unwrap().iter();
    list.map(|one| format!("{} {}", one["code"].as_str().unwrap(), one["message"].as_str().unwrap()))
        .collect()
}

const RUNS: &str = "MainPID=0\\nActiveState=active\\nSubState=running\\nUnitFileState=enabled\\nLoadState=loaded\\n\
    ExecMainStartTimestamp=@1000000000\\nExecMainStatus=0\\n";

const FAILS: &str = "MainPID=0\\nActiveState=activating\\nSubState=auto-restart\\nUnitFileState=enabled\\n\
    LoadState=loaded\\nExecMainStartTimestamp=@1000000000\\nExecMainStatus=1\\n";

#[test]
fn what_the_running_gateway_says_of_itself_decides() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let home = gateway.state_path();
    unit(&home, gateway.address.port(), RUNS);
    put(&home, ".env", "OPENAI_API_KEY=sk-proj-x\n");
    // Everything is newer than the start that the manager tells, and read by now.
    let newer = |all: Vec<String>| {
        all.into_iter().filter(|one| one.starts_with("service/restart-needed")).collect::<Vec<_>>()
    };
    let said = json_of(&home, &["service", "status", "--json"]);
    assert_eq!((&said["state"], &said["answers"]), (&json!("running"), &json!("ready")), "{said}");
    let told = newer(findings(&home));
    assert!(told.iter().all(|one| !one.contains(".env")), "{told:?}");

    // What it took at its start says something else now.
    let mut changed = config(&provider);
    changed["gateway"]["subscriptions"] = json!("never");
    changed["gateway"]["http"] = json!({"attempts": 2});
    put(&home, "zirkabot.json", &changed.to_string());
    let told = newer(findings(&home)).join("\n");
    assert!(
        told.lines()
            .any(|line| line.ends_with("was started with a different gateway.subscriptions, gateway.http")),
        "{told}"
    );

    // Without anything to serve with it runs, and is no good.
    put(&home, crate::support::gateway::STORE, &store(&[]).to_string());
    let said = json_of(&home, &["service", "status", "--json"]);
    assert_eq!((&said["state"], &said["answers"]), (&json!("running"), &json!("not-ready")), "{said}");

    // One that the manager has not started has the port.
    unit(&home, gateway.address.port(), FAILS);
    let told = findings(&home).join("\n");
    assert!(told.contains("service/port-in-use a gateway that"), "{told}");
    drop(gateway);
}

#[test]
fn a_port_that_another_program_has_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let provider = Provider::start();
    put(home, "zirkabot.json", &config(&provider).to_string());
    put(home, crate::support::gateway::STORE, &store(&["good"]).to_string());
    unit(home, port, FAILS);
    // Who listens and says nothing is not taken for somebody else.
    assert_eq!(json_of(home, &["service", "status", "--json"])["answers"], "silent");
    let heard = std::thread::spawn(move || {
        drop(listener.accept().unwrap());
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        let length = stream.read(&mut head).unwrap();
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .unwrap();
        String::from_utf8_lossy(&head[..length]).into_owned()
    });
    let told = findings(home).join("\n");
    assert!(
        told.contains(&format!("service/port-in-use another program is listening on port {port}")),
        "{told}"
    );
    assert!(!told.contains("service/not-running"), "{told}");
    let head = heard.join().unwrap();
    assert!(head.starts_with("GET /readyz HTTP/1.1"), "{head}");
}
