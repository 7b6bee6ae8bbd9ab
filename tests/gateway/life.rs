//! From start to end: what it says, what it sees while it runs, what it leaves behind.

use crate::support::gateway::{
    Client, Gateway, STORE, TOKEN, config, hi, hi_stream, key, program, put, store, whole_stream,
};
use crate::support::provider::Provider;
use serde_json::{Value, json};
use std::path::Path;

/// What the store in a state directory says of the use of a profile.
pub(crate) fn usage_in(state: &Path, profile: &str) -> Value {
    let store: Value = serde_json::from_str(&std::fs::read_to_string(state.join(STORE)).unwrap()).unwrap();
    store["usageStats"][profile].clone()
}

#[test]
fn it_says_where_it_is_what_is_next_and_how_to_get_there() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let lines: Vec<&str> = gateway.greeting.lines().collect();
    assert_eq!(lines[0], format!("zirkabot gateway listens on http://{}", gateway.address));
    assert_eq!(lines[1], "next: anthropic:p0 for anthropic");
    let env = format!("gateway env --with-token --port {}", gateway.address.port());
    assert!(lines[2].contains(&env), "{}", lines[2]);
    assert!(!gateway.greeting.contains(TOKEN));
    // What the documentation shows is what is said, but for the port and the name of the profile.
    let docs = include_str!("../../docs/gateway.md");
    let shown = docs.split_once("$ zirkabot gateway\n").unwrap().1.split_once("```").unwrap().0;
    let port = gateway.address.port().to_string();
    let said = gateway.greeting.replace(&format!(" --port {port}"), "").replace(&port, "18789");
    assert_eq!(said.replace("anthropic:p0", "anthropic:default"), shown);
    let out = program(&gateway.state_path()).args(["gateway", "env"]).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!(
        text,
        "export ANTHROPIC_BASE_URL=http://127.0.0.1:18789\nexport OPENAI_BASE_URL=http://127.0.0.1:18789/v1\n"
    );
    let out = program(&gateway.state_path())
        .args(["gateway", "env", "--with-token", "--shell", "fish"])
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains(&format!("set -gx ANTHROPIC_AUTH_TOKEN {TOKEN}\n")), "{text}");
}

#[test]
fn a_key_that_is_changed_is_used_by_the_next_request() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["old"]);
    let mut client = gateway.connect();
    let body = hi().to_string();
    client.post("/v1/messages", &[], body.as_bytes());
    put(&gateway.state_path(), STORE, &store(&["new"]).to_string());
    client.post("/v1/messages", &[], body.as_bytes());
    let keys: Vec<_> = provider.got().iter().map(crate::support::provider::Got::key).collect();
    assert_eq!(keys, [key("old"), key("new")]);
    // A key that was refused is used again once it is another one.
    put(&gateway.state_path(), STORE, &store(&["fault-401"]).to_string());
    assert_eq!(client.post("/v1/messages", &[], body.as_bytes()).status, 401);
    assert_eq!(client.post("/v1/messages", &[], body.as_bytes()).status, 429);
    put(&gateway.state_path(), STORE, &store(&["mended"]).to_string());
    assert_eq!(client.post("/v1/messages", &[], body.as_bytes()).status, 200);
}

#[test]
fn a_store_that_is_just_being_written_is_taken_as_it_was() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    assert_eq!(gateway.ask(&hi()).status, 200);
    let (path, whole) = (gateway.state_path().join(STORE), store(&["good"]).to_string());
    // As who truncates a file and writes it again: for a moment there is a part of it.
    for part in [&whole[..0], &whole[..40], &whole[..whole.len() - 1]] {
        std::fs::write(&path, part).unwrap();
        assert_eq!(gateway.ask(&hi()).status, 200, "{part}");
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(gateway.ask(&hi()).status, 200, "{part}");
    }
    // One that stays broken is broken.
    std::fs::write(&path, &whole[..40]).unwrap();
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    std::fs::File::options().append(true).open(&path).unwrap().set_modified(old).unwrap();
    assert_eq!(gateway.ask(&hi()).status, 503);
}

#[test]
fn the_service_manager_is_told_how_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let socket = std::os::unix::net::UnixDatagram::bind(dir.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    put(dir.path(), "zirkabot.json", &json!({"gateway": {"auth": {"token": TOKEN}}}).to_string());
    let mut command = program(dir.path());
    command.args(["gateway", "--port", "0"]).env("NOTIFY_SOCKET", dir.path().join("notify"));
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    let told = |word: &str| {
        let mut bytes = [0; 256];
        loop {
            let count = socket.recv(&mut bytes).unwrap();
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            if text.lines().any(|line| line == word) {
                return;
            }
        }
    };
    let signal = |name: &str| {
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args([name, &pid]).status().unwrap().success());
    };
    told("READY=1");
    signal("-HUP");
    told("RELOADING=1");
    signal("-TERM");
    told("STOPPING=1");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_config_that_breaks_stops_nobody_but_says_so() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    put(&gateway.state_path(), "zirkabot.json", "{ broken");
    let token = format!("Bearer {TOKEN}");
    let metrics = gateway.connect().get("/metrics", &[("authorization", &token)]).text();
    assert!(metrics.contains("zirkabot_gateway_config_good 0\n"), "{metrics}");
    // What was good last goes on.
    for broken in ["{ broken", "{\"auth\": {\"order\": 7}}", ""] {
        put(&gateway.state_path(), "zirkabot.json", broken);
        assert_eq!(gateway.ask(&hi()).status, 200, "{broken}");
        let details = gateway.connect().get("/readyz", &[("authorization", &token)]);
        let said = details.text();
        assert_eq!(details.status, 200, "{said}");
        assert!(said.contains("\"configGood\":false") && said.contains("zirkabot.json"), "{said}");
    }
    // A key that is replaced meanwhile counts.
    put(&gateway.state_path(), STORE, &store(&["fault-401"]).to_string());
    assert_eq!(gateway.ask(&hi()).status, 401);
    put(&gateway.state_path(), STORE, &store(&["good"]).to_string());
    put(&gateway.state_path(), "zirkabot.json", &config(&provider).to_string());
    assert_eq!(gateway.ask(&hi()).status, 200);
}

#[test]
fn what_began_is_brought_to_its_end() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["slow"]);
    let address = gateway.address;
    let mut client = gateway.connect();
    let token = format!("Bearer {TOKEN}");
    client.send("POST", "/v1/messages", &[("authorization", &token)], hi_stream().to_string().as_bytes());
    client.head().unwrap();
    let mut text = client.chunk().unwrap();
    gateway.signal("TERM");
    // Nobody is let in any more, and who is in gets all of it.
    while std::net::TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
    provider.go_on();
    while let Some(chunk) = client.chunk().filter(|chunk| !chunk.is_empty()) {
        text.extend_from_slice(&chunk);
    }
    assert_eq!(String::from_utf8(text).unwrap(), whole_stream());
    let (code, log) = gateway.stop();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn what_it_logs_holds_nothing_of_what_was_said() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["fault-401", "good"]);
    let mut body = hi();
    body["messages"][0]["content"] = "CANARY-words".into();
    let reply = gateway.ask(&body);
    let mut wrong = gateway.connect();
    wrong.send("POST", "/v1/messages", &[("x-api-key", "CANARY-wrong")], b"CANARY-words");
    let refused = wrong.receive().unwrap();
    let token = format!("Bearer {TOKEN}");
    let metrics = gateway.connect().get("/metrics", &[("authorization", &token)]).text();
    let (_, log) = gateway.stop();
    assert!(log.contains(" messages provider=anthropic profile=anthropic:p1 model=claude-opus-4-5 status=200 attempts=2 reason=ok"), "{log}");
    assert!(log.contains("status=401 attempts=0 reason=token"), "{log}");
    let heads: String =
        reply.headers.iter().chain(&refused.headers).map(|(_, value)| value.as_str()).collect();
    for text in [&log, &metrics, &heads, &refused.text()] {
        assert!(!text.contains("CANARY"), "{text}");
    }
}

#[test]
fn it_does_not_start_where_it_could_not_serve_safely() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let port = gateway.address.port().to_string();
    let out = program(&gateway.state_path()).args(["gateway", "--port", &port]).output().unwrap();
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(75), "{text}");
    assert!(
        text.contains(&format!("127.0.0.1:{port} is already in use")) && text.contains("service status"),
        "{text}"
    );
    let dir = tempfile::tempdir().unwrap();
    // Where no token can be made, the command that would make one is told.
    let is_fixed = std::fs::create_dir(dir.path().join(".env"));
    let out = program(dir.path()).args(["gateway", "--port", "0"]).output().unwrap();
    let text = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.code() == Some(78) && text.contains("need a token"), "{text}");
    let make = text.split('`').nth(1).unwrap();
    is_fixed.and_then(|()| std::fs::remove_dir(dir.path().join(".env"))).unwrap();
    let mut shell = std::process::Command::new("/bin/sh");
    assert!(shell.args(["-c", make]).env("HOME", dir.path()).status().unwrap().success(), "{make}");
    let env = program(dir.path()).args(["gateway", "env", "--with-token"]).output().unwrap();
    let text = String::from_utf8(env.stdout).unwrap();
    assert!(text.contains("export ANTHROPIC_AUTH_TOKEN="), "{text}{}", String::from_utf8_lossy(&env.stderr));
    std::fs::remove_file(dir.path().join(".env")).unwrap();
    put(dir.path(), "zirkabot.json", "{ broken");
    let out = program(dir.path()).args(["gateway", "--port", "0"]).output().unwrap();
    let text = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.code() == Some(78) && text.contains("zirkabot.json"), "{text}");
    for (gateway, words) in [
        (json!({"bind": "lan", "auth": {"token": "short"}}), "at least 32 characters"),
        (json!({"bind": "lan", "auth": {"token": TOKEN}}), "without encryption"),
        (json!({"bind": "nowhere", "auth": {"token": TOKEN}}), "gateway.bind"),
        (json!({"subscriptions": "ower", "auth": {"token": TOKEN}}), "owner"),
    ] {
        put(dir.path(), "zirkabot.json", &json!({"gateway": gateway}).to_string());
        let out = program(dir.path()).args(["gateway", "--port", "0"]).output().unwrap();
        let text = String::from_utf8(out.stderr).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(out.status.code(), Some(78), "{gateway}: {text}");
        assert!(text.contains(words) && !text.contains("short"), "{gateway}: {text}");
    }
}

#[test]
fn without_a_token_one_is_made_that_only_its_owner_reads() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let gateway = Gateway::begin(dir, "state");
    let _kept = gateway.state();
    let text = std::fs::read_to_string(state.join(".env")).unwrap();
    let token = text.trim().strip_prefix("ZIRKABOT_GATEWAY_TOKEN=").unwrap();
    assert!(token.len() == 48 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
    assert_eq!(state.join(".env").metadata().unwrap().mode() & 0o777, 0o600);
    let token = token.to_owned();
    let reply = gateway.connect().get("/v1/models", &[("authorization", &format!("Bearer {token}"))]);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(gateway.connect().get("/v1/models", &[("authorization", "Bearer no")]).status, 401);
    let (code, log) = gateway.stop();
    assert!(
        code == Some(0) && log.contains("a token for clients was created") && !log.contains(&token),
        "{log}"
    );
    // The next time it is the same.
    let env = program(&state).args(["gateway", "env", "--with-token"]).output().unwrap();
    assert!(String::from_utf8(env.stdout).unwrap().contains(&token));
}

#[test]
fn of_many_at_the_end_of_a_login_one_renews_it() {
    let provider = Provider::start();
    let tokens = crate::support::gateway::key;
    let (old, new) = (tokens("old").replace("api03", "oat01"), tokens("new").replace("api03", "oat01"));
    let server = Renewals::start(&new);
    let mut config = config(&provider);
    config["gateway"]["subscriptions"] = "try".into();
    config["auth"] = json!({"refresh": {"anthropic": {"url": server.url()}}});
    let login = json!({"version": 1, "profiles": {"anthropic:me": {"type": "oauth", "provider": "anthropic",
        "access": old, "refresh": tokens("refresh").replace("api03", "ort01"), "expires": 1_000_000_000_000_i64}}});
    let gateway = Gateway::start(&config, &login);
    let body = hi().to_string();
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let (address, body) = (gateway.address, body.clone());
            std::thread::spawn(move || Client::to(address).post("/v1/messages", &[], body.as_bytes()).status)
        })
        .collect();
    let statuses: Vec<u16> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    assert_eq!(statuses, vec![200; 20]);
    assert_eq!(server.asked(), 1);
    let bearer = format!("Bearer {new}");
    assert!(provider.got().iter().all(|got| got.header("authorization") == Some(bearer.as_str())));
}

/// A server that renews logins, and counts how often.
struct Renewals {
    address: std::net::SocketAddr,
    count: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

impl Renewals {
    fn start(token: &str) -> Self {
        use std::io::Write;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let (counted, token) = (std::sync::Arc::clone(&count), token.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if crate::support::provider::read(&mut stream, &mut Vec::new()).is_some() {
                    counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    let body = json!({"access_token": token, "refresh_token": token.replace("oat01", "ort01"), "expires_in": 36_000}).to_string();
                    let _ = write!(
                        stream,
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                }
            }
        });
        Self { address, count }
    }

    fn url(&self) -> String {
        format!("http://{}/token", self.address)
    }

    fn asked(&self) -> usize {
        self.count.load(std::sync::atomic::Ordering::SeqCst)
    }
}
