//! The gateway as a program that runs, in a home of its own, and who asks it.

use crate::support::provider::{self, Provider};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The token of clients.
pub(crate) const TOKEN: &str = "CANARY-gateway-token-0000000000000000000000000000";

/// The auth store, below the state directory.
pub(crate) const STORE: &str = "agents/main/agent/auth-profiles.json";

/// How long nobody waits for an answer in vain.
const PATIENCE: Duration = Duration::from_secs(60);

/// A key of anthropic's form that says what comes of it.
pub(crate) fn key(fault: &str) -> String {
    let head = format!("sk-ant-api03-CANARY-{fault}-");
    format!("{head}{}AA", "0".repeat(106 - head.len()))
}

/// A gateway that runs.
pub(crate) struct Gateway {
    child: Child,
    pub(crate) address: SocketAddr,
    dir: std::sync::Arc<tempfile::TempDir>,
    stdout: BufReader<std::process::ChildStdout>,
    log: Option<std::thread::JoinHandle<String>>,
    pub(crate) greeting: String,
}

/// What a client got.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the answer came to its end.
    pub(crate) is_whole: bool,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The profile by which it was answered, and how often was tried.
    pub(crate) fn by(&self) -> (String, String) {
        let of = |name: &str| self.header(name).unwrap_or_default().to_owned();
        (of("x-zirkabot-profile"), of("x-zirkabot-attempts"))
    }
}

/// Profiles of anthropic with these keys, in this order.
pub(crate) fn store(faults: &[&str]) -> Value {
    let id = |n: usize| format!("anthropic:p{n}");
    let profile = |(n, fault): (usize, &&str)| {
        (id(n), json!({"type": "api_key", "provider": "anthropic", "key": key(fault)}))
    };
    let profiles: serde_json::Map<String, Value> = faults.iter().enumerate().map(profile).collect();
    let order: Vec<String> = (0..faults.len()).map(id).collect();
    json!({"version": 1, "profiles": profiles, "order": {"anthropic": order}})
}

/// A config whose anthropic is the provider.
pub(crate) fn config(provider: &Provider) -> Value {
    json!({
        "gateway": {"mode": "local", "auth": {"mode": "token", "token": TOKEN}},
        "models": {"providers": {"anthropic": {"baseUrl": provider.url(), "models": []}}},
    })
}

/// Puts a file of a state directory, for its owner only.
pub(crate) fn put(state: &std::path::Path, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = state.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// The program in a state directory, with nothing else around it.
pub(crate) fn program(state: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.env_clear().env("HOME", state).env("ZIRKABOT_STATE_DIR", state).current_dir("/");
    command.stdin(Stdio::null());
    command
}

impl Gateway {
    /// One in a home with this config and this store.
    pub(crate) fn start(config: &Value, store: &Value) -> Self {
        let dir = tempfile::Builder::new().prefix("zirkabot-gateway-").tempdir().unwrap();
        put(dir.path(), "zirkabot.json", &config.to_string());
        put(dir.path(), STORE, &store.to_string());
        Self::begin(dir, "")
    }

    /// One in this directory, with what is there; `state` is its state directory below it.
    pub(crate) fn begin(dir: tempfile::TempDir, state: &str) -> Self {
        Self::begin_with(dir, state, &[])
    }

    /// The same, with these variables around it.
    pub(crate) fn begin_with(dir: tempfile::TempDir, state: &str, vars: &[(&str, &str)]) -> Self {
        let mut command = program(&dir.path().join(state));
        let mut child = command
            .envs(vars.iter().copied())
            .args(["gateway", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        for _ in 0..3 {
            stdout.read_line(&mut greeting).unwrap();
        }
        let address = greeting.lines().next().and_then(|line| line.rsplit_once("http://"));
        let Some(address) = address.and_then(|(_, address)| address.trim().parse().ok()) else {
            let _ = child.kill();
            panic!("it does not listen: {greeting}{}", log.join().unwrap());
        };
        Self { child, address, dir: dir.into(), stdout, log: Some(log), greeting }
    }

    /// One whose anthropic is the provider, with these keys.
    pub(crate) fn with(provider: &Provider, faults: &[&str]) -> Self {
        Self::start(&config(provider), &store(faults))
    }

    /// Its state directory.
    pub(crate) fn state_path(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    /// Its state directory, which stays as long as this.
    pub(crate) fn state(&self) -> std::sync::Arc<tempfile::TempDir> {
        std::sync::Arc::clone(&self.dir)
    }

    /// What the store says of the use of a profile.
    pub(crate) fn usage(&self, profile: &str) -> Value {
        let text = std::fs::read_to_string(self.state_path().join(STORE)).unwrap();
        let store: Value = serde_json::from_str(&text).unwrap();
        store["usageStats"][profile].clone()
    }

    pub(crate) fn connect(&self) -> Client {
        Client::to(self.address)
    }

    /// Asks for a message.
    pub(crate) fn ask(&self, body: &Value) -> Reply {
        self.connect().post("/v1/messages", &[], body.to_string().as_bytes())
    }

    /// Tells it to stop, as a service manager does; how it ended, and what it has logged.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        self.signal("TERM");
        let status = self.child.wait().unwrap();
        let mut said = String::new();
        let _ = self.stdout.read_to_string(&mut said);
        (status.code(), self.log.take().unwrap().join().unwrap() + &said)
    }

    /// Memory in use, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection of a client.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    rest: Vec<u8>,
    host: String,
}

impl Client {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream, rest: Vec::new(), host: address.to_string() }
    }

    /// A request with the token.
    pub(crate) fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let token = format!("Bearer {TOKEN}");
        let own = [("authorization", token.as_str()), ("content-type", "application/json")];
        let all: Vec<_> = own.iter().chain(headers).copied().collect();
        self.send("POST", path, &all, body);
        self.receive().unwrap()
    }

    pub(crate) fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send("GET", path, headers, b"");
        self.receive().unwrap()
    }

    /// Sends a request with these headers and no others but those that HTTP needs.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let host = self.host.clone();
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            text.push_str(&format!("host: {host}\r\n"));
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if method == "POST" {
            text.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        self.raw(format!("{text}\r\n").as_bytes());
        self.raw(body);
    }

    /// Sends bytes as they are. Whoever is not listened to any more has an answer waiting.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// The next answer; none if the connection ended without one.
    pub(crate) fn receive(&mut self) -> Option<Reply> {
        let mut head = self.head()?;
        let length = head.header("content-length").and_then(|length| length.parse::<usize>().ok());
        let chunked = head.header("transfer-encoding") == Some("chunked");
        while !chunked && self.rest.len() < length.unwrap_or(0) && self.more() {}
        if chunked {
            (head.body, head.is_whole) = self.chunks();
        } else {
            let count = length.unwrap_or(0).min(self.rest.len());
            head.is_whole = Some(count) == length;
            head.body = self.rest.drain(..count).collect();
        }
        Some(head)
    }

    /// The head of the next answer.
    pub(crate) fn head(&mut self) -> Option<Reply> {
        let end = loop {
            if let Some(end) = self.rest.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            if !self.more() {
                return None;
            }
        };
        let head: Vec<u8> = self.rest.drain(..end + 4).collect();
        let head = String::from_utf8_lossy(&head).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers = head.lines().skip(1).filter_map(header).collect();
        Some(Reply { status, headers, body: Vec::new(), is_whole: true })
    }

    /// The rest of a body in chunks, and whether it came to its end.
    fn chunks(&mut self) -> (Vec<u8>, bool) {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk() {
            if chunk.is_empty() {
                return (body, true);
            }
            body.extend_from_slice(&chunk);
        }
        (body, false)
    }

    /// The next chunk; empty at the end, none if there is no more.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = loop {
            if let Some(at) = self.rest.windows(2).position(|two| two == b"\r\n") {
                break at;
            }
            if !self.more() {
                return None;
            }
        };
        let size = usize::from_str_radix(std::str::from_utf8(&self.rest[..line]).ok()?, 16).ok()?;
        while self.rest.len() < line + 4 + size {
            if !self.more() {
                return None;
            }
        }
        let chunk = self.rest[line + 2..line + 2 + size].to_vec();
        self.rest.drain(..line + 4 + size);
        Some(chunk)
    }

    fn more(&mut self) -> bool {
        let mut chunk = [0; 16_384];
        match self.stream.read(&mut chunk) {
            Ok(count) if count > 0 => {
                self.rest.extend_from_slice(&chunk[..count]);
                true
            }
            _ => false,
        }
    }
}

/// A request for a message.
pub(crate) fn hi() -> Value {
    json!({"model": "claude-opus-4-5", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]})
}

/// The same as a stream.
pub(crate) fn hi_stream() -> Value {
    let mut body = hi();
    body["stream"] = Value::Bool(true);
    body
}

/// The events of a stream that goes well, as one text.
pub(crate) fn whole_stream() -> String {
    provider::stream().concat()
}
