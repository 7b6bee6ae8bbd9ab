//! A provider of models on this machine. What it does is written in the key with which it is asked, or in the name of
//! the model, so that who goes from key to key is tried without any state here: `fault-429` is answered 429, and
//! so on; `retry-7` adds `Retry-After: 7`; `fault-first` begins a stream with an error, `fault-mid` has one in its
//! middle, `fault-cut` breaks it off, `fault-reset` closes the connection without an answer, `fault-cc` is the
//! refusal of a login that is for another program, `fault-left` waits for the other side to go, `slow` waits with the
//! rest of a stream until it is told.

pub(crate) use crate::support::request::{Got, read};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// How many words a stream has.
pub(crate) const WORDS: usize = 6;

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The credential that it shows.
    pub(crate) fn key(&self) -> String {
        let bearer = self.header("authorization").map(|value| value.trim_start_matches("Bearer "));
        self.header("x-api-key").or(bearer).unwrap_or_default().to_owned()
    }
}

#[derive(Default)]
struct Shared {
    got: Mutex<Vec<Got>>,
    /// Keys that are not accepted any more.
    revoked: Mutex<Vec<String>>,
    gone: AtomicUsize,
    over: AtomicBool,
    /// Whether those that wait may go on.
    told: Mutex<bool>,
    tells: Condvar,
}

/// A provider that is listening.
pub(crate) struct Provider {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Provider {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, shared) = (listener.local_addr().unwrap(), Arc::new(Shared::default()));
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.over.load(Ordering::SeqCst) {
                    return;
                }
                let own = Arc::clone(&own);
                std::thread::spawn(move || converse(&own, stream.unwrap()));
            }
        });
        Self { address, shared }
    }

    /// From now on this key is refused.
    pub(crate) fn revoke(&self, key: &str) {
        self.shared.revoked.lock().unwrap().push(key.to_owned());
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it got since the last time that somebody wanted to know.
    pub(crate) fn got(&self) -> Vec<Got> {
        std::mem::take(&mut *self.shared.got.lock().unwrap())
    }

    /// How many streams were left by those who had asked for them.
    pub(crate) fn gone(&self) -> usize {
        self.shared.gone.load(Ordering::SeqCst)
    }

    /// Lets the slow ones go on.
    pub(crate) fn go_on(&self) {
        *self.shared.told.lock().unwrap() = true;
        self.shared.tells.notify_all();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        self.go_on();
        drop(TcpStream::connect(self.address));
    }
}

/// Answers request after request of one connection.
fn converse(shared: &Shared, mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut bytes = Vec::new();
    while let Some(got) = read(&mut stream, &mut bytes) {
        shared.got.lock().unwrap().push(got.clone());
        if answer(shared, &mut stream, &got).is_none() {
            return;
        }
    }
}

/// Type and words of the errors by their status.
const ERRORS: &[(&str, u16, &str, &str)] = &[
    ("401", 401, "authentication_error", "invalid x-api-key"),
    ("402", 402, "billing_error", "Your credit balance is too low to access the API"),
    ("403", 403, "permission_error", "forbidden"),
    ("404", 404, "not_found_error", "model: not-there"),
    ("413", 413, "request_too_large", "Request exceeds the maximum size"),
    ("422", 422, "invalid_request_error", "messages: at least one is needed"),
    ("429", 429, "rate_limit_error", "This would exceed your account's rate limit"),
    ("500", 500, "api_error", "Internal server error"),
    ("503", 503, "api_error", "Service unavailable"),
    ("529", 529, "overloaded_error", "Overloaded"),
    (
        "cc",
        400,
        "invalid_request_error",
        "This credential is only authorized for use with Claude Code and cannot be used for other API requests.",
    ),
    ("extra", 400, "invalid_request_error", "You're out of extra usage."),
];

fn error(kind: &str, words: &str) -> String {
    serde_json::json!({"type": "error", "error": {"type": kind, "message": words}}).to_string()
}

/// Answers; none if the connection is to end.
fn answer(shared: &Shared, stream: &mut TcpStream, got: &Got) -> Option<()> {
    let body: serde_json::Value = serde_json::from_slice(&got.body).unwrap_or_default();
    let asked = format!("{} {}", got.key(), body["model"].as_str().unwrap_or_default());
    let is_revoked = shared.revoked.lock().unwrap().contains(&got.key());
    let fault = if is_revoked { "401" } else { asked.split_once("fault-").map_or("", |(_, rest)| rest) };
    if fault.starts_with("reset") {
        return None;
    }
    if let Some((_, status, kind, words)) = ERRORS.iter().find(|(name, ..)| fault.starts_with(name)) {
        let retry = asked.split_once("retry-").map(|(_, rest)| rest);
        let retry = retry.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default());
        let retry = retry.map(|seconds| format!("retry-after: {seconds}\r\n")).unwrap_or_default();
        return whole(stream, *status, &retry, &error(kind, words));
    }
    if got.line.contains("/copilot_internal/") {
        let token = format!("tid=CANARY-{};exp=1", got.key().len());
        let address = got.header("host").map(|host| format!("http://{host}"));
        let given = serde_json::json!({"token": token, "expires_at": 4_102_444_800_i64, "endpoints": {"api": address}});
        return whole(stream, 200, "", &given.to_string());
    }
    if body["stream"] == serde_json::Value::Bool(true) {
        let all = if got.line.contains("/responses") { responses() } else { self::stream() };
        return events(shared, stream, all, fault, asked.contains("slow"));
    }
    whole(stream, 200, "", &message(got, &body["model"]).to_string())
}

/// An answer in the form in which it was asked.
fn message(got: &Got, model: &serde_json::Value) -> serde_json::Value {
    if got.line.contains("/chat/completions") {
        return serde_json::json!({"id": "chatcmpl-mock", "object": "chat.completion", "created": 1, "model": model,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}});
    }
    serde_json::json!({"id": "msg_mock", "type": "message", "role": "assistant", "model": model,
        "content": [{"type": "text", "text": "Hello."}], "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": 1, "output_tokens": 1}})
}

fn whole(stream: &mut TcpStream, status: u16, header: &str, body: &str) -> Option<()> {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nrequest-id: req_mock_1\r\n{header}\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()
}

/// The events of a stream that goes well.
pub(crate) fn stream() -> Vec<String> {
    let event = |name: &str, data: serde_json::Value| format!("event: {name}\ndata: {data}\n\n");
    let word = |n| {
        event(
            "content_block_delta",
            serde_json::json!({"type": "content_block_delta", "index": 0,
                "delta": {"type": "text_delta", "text": format!("word{n} ")}}),
        )
    };
    let begin = event(
        "message_start",
        serde_json::json!({"type": "message_start", "message": {"id": "msg_mock", "type": "message",
            "role": "assistant", "model": "mock", "content": [], "stop_reason": null, "stop_sequence": null,
            "usage": {"input_tokens": 1, "output_tokens": 1}}}),
    ) + &event(
        "content_block_start",
        serde_json::json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
    );
    let end = event("content_block_stop", serde_json::json!({"type": "content_block_stop", "index": 0}))
        + &event(
            "message_delta",
            serde_json::json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null},
                "usage": {"output_tokens": 6}}),
        )
        + &event("message_stop", serde_json::json!({"type": "message_stop"}));
    [begin].into_iter().chain((0..WORDS).map(word)).chain([end]).collect()
}

/// The events of an answer in the form of Responses.
fn responses() -> Vec<String> {
    let item = serde_json::json!({"type": "message", "id": "msg_mock", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": "Hello.", "annotations": []}]});
    let usage = serde_json::json!({"input_tokens": 1, "input_tokens_details": null, "output_tokens": 1,
        "output_tokens_details": null, "total_tokens": 2});
    [
        ("response.created", serde_json::json!({"response": {"id": "resp_mock"}})),
        ("response.output_item.done", serde_json::json!({"output_index": 0, "item": item})),
        ("response.completed", serde_json::json!({"response": {"id": "resp_mock", "usage": usage}})),
    ]
    .into_iter()
    .map(|(name, mut data)| {
        data["type"] = name.into();
        format!("event: {name}\ndata: {data}\n\n")
    })
    .collect()
}

fn events(
    shared: &Shared,
    stream: &mut TcpStream,
    mut all: Vec<String>,
    fault: &str,
    slow: bool,
) -> Option<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_mock_1\r\n\
                transfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).ok()?;
    let overloaded = format!("event: error\ndata: {}\n\n", error("overloaded_error", "Overloaded"));
    match fault {
        fault if fault.starts_with("first") => all = vec![overloaded],
        fault if fault.starts_with("mid") => {
            all.truncate(3);
            all.push(overloaded);
        }
        fault if fault.starts_with("cut") => all.truncate(3),
        _ => {}
    }
    for (at, event) in all.iter().enumerate() {
        if fault.starts_with("left") && at == 2 {
            // Nothing more comes but the end, once the other side has gone.
            let _ = stream.read(&mut [0; 1]);
            shared.gone.fetch_add(1, Ordering::SeqCst);
            return None;
        }
        if slow && at == 2 {
            let told = shared.told.lock().unwrap();
            drop(shared.tells.wait_while(told, |told| !*told).unwrap());
        }
        let chunk = format!("{:x}\r\n{event}\r\n", event.len());
        stream.write_all(chunk.as_bytes()).ok()?;
    }
    if fault.starts_with("cut") {
        return None;
    }
    stream.write_all(b"0\r\n\r\n").ok()
}
