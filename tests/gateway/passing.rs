//! What goes on is what came, but for what names it: bytes of bodies, headers, streams, ends.

use crate::support::gateway::{Client, Gateway, Reply, TOKEN, hi, hi_stream, key, whole_stream};
use crate::support::provider::{Got, Provider};
use serde_json::{Value, json};

/// The answer of the provider to who asks it without a gateway.
pub(crate) fn direct(provider: &Provider, key: &str, body: &Value) -> Reply {
    let address = provider.url().trim_start_matches("http://").parse().unwrap();
    let mut client = Client::to(address);
    client.send("POST", "/v1/messages", &[("x-api-key", key)], body.to_string().as_bytes());
    client.receive().unwrap()
}

fn only(provider: &Provider) -> Got {
    let mut got = provider.got();
    assert_eq!(got.len(), 1, "{got:?}");
    got.remove(0)
}

#[test]
fn a_request_goes_on_as_it_came() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let sent = [
        ("anthropic-version", "2026-10-21"),
        ("anthropic-beta", "odd-2099-01-01,context-management-2025-06-27"),
        ("anthropic-odd", "1"),
        ("user-agent", "Anthropic/Python 2.14.0"),
        ("accept-encoding", "gzip, br, zstd"),
        ("connection", "keep-alive, x-hop"),
        ("x-hop", "for this connection only"),
        ("x-zirkabot-session-key", "agent:main:telegram:1"),
    ];
    // Odd, but what the client meant: spaces, escapes, numbers, a key twice in a part that is not ours.
    let body =
        "{\"model\" : \"claude-opus-4-5\",\n \"x\": 1.0e3, \"y\": \"\\u00e9\", \"z\": {\"a\": 1, \"a\": 2}}";
    let reply = gateway.connect().post("/v1/messages?beta=true", &sent, body.as_bytes());
    assert_eq!((reply.status, reply.header("request-id")), (200, Some("req_mock_1")));
    let got = only(&provider);
    assert_eq!(got.line, "POST /v1/messages?beta=true HTTP/1.1");
    assert_eq!(String::from_utf8_lossy(&got.body), body);
    for (name, value) in &sent[..4] {
        assert_eq!(got.header(name), Some(*value), "{name}");
    }
    for gone in ["authorization", "x-hop", "x-zirkabot-session-key", "x-zirkabot-token"] {
        assert_eq!(got.header(gone), None, "{gone}");
    }
    assert_eq!(got.header("x-api-key"), Some(key("good").as_str()));
    assert_eq!(got.header("host"), provider.url().strip_prefix("http://"));
    assert_eq!((got.header("via"), got.header("accept-encoding")), (Some("1.1 zirkabot"), Some("gzip")));
    assert!(!format!("{got:?}").contains(TOKEN));
}

#[test]
fn a_stream_comes_to_the_byte_and_as_it_comes() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["slow"]);
    let mut client = gateway.connect();
    let token = format!("Bearer {TOKEN}");
    let body = hi_stream().to_string();
    client.send("POST", "/v1/messages", &[("authorization", &token)], body.as_bytes());
    let head = client.head().unwrap();
    assert_eq!((head.status, head.by().0), (200, "anthropic:p0".to_owned()));
    // The first event is here while the provider still waits to be told to go on.
    let mut text = String::from_utf8(client.chunk().unwrap()).unwrap();
    assert!(text.starts_with("event: message_start"), "{text}");
    provider.go_on();
    while let Some(chunk) = client.chunk().filter(|chunk| !chunk.is_empty()) {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert_eq!(text, whole_stream());
}

#[test]
fn other_providers_and_paths_are_reached_by_name() {
    let provider = Provider::start();
    let mut config = crate::support::gateway::config(&provider);
    config["models"]["providers"]["mine"] = json!({
        "baseUrl": format!("{}/v2", provider.url()), "apiKey": "CANARY-mine-0000", "models": []});
    let gateway = Gateway::start(&config, &crate::support::gateway::store(&["good"]));
    let mut client = gateway.connect();
    let chat = json!({"model": "mine/some-model", "messages": []}).to_string();
    assert_eq!(client.post("/v1/chat/completions", &[], chat.as_bytes()).status, 200);
    let got = only(&provider);
    assert_eq!(got.line, "POST /v2/chat/completions HTTP/1.1");
    assert_eq!(String::from_utf8_lossy(&got.body), r#"{"model":"some-model","messages":[]}"#);
    assert_eq!(got.header("authorization"), Some("Bearer CANARY-mine-0000"));
    assert_eq!(client.post("/mine/any/path?x=%20y", &[], b"not even JSON").status, 200);
    let got = only(&provider);
    assert_eq!(
        (got.line.as_str(), got.body.as_slice()),
        ("POST /any/path?x=%20y HTTP/1.1", &b"not even JSON"[..])
    );
}

#[test]
fn the_models_are_those_that_can_be_had() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let token = format!("Bearer {TOKEN}");
    let mut client = gateway.connect();
    let anthropic = [("authorization", token.as_str()), ("anthropic-version", "2023-06-01")];
    let list: Value = serde_json::from_slice(&client.get("/v1/models", &anthropic).body).unwrap();
    let ids: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"claude-opus-4-5") && ids.iter().all(|id| !id.starts_with("openai/")), "{ids:?}");
    assert_eq!((list["has_more"].clone(), list["first_id"].as_str()), (json!(false), ids.first().copied()));
    let list: Value = serde_json::from_slice(&client.get("/v1/models", &anthropic[..1]).body).unwrap();
    assert_eq!(list["object"], "list");
    assert!(list["data"].as_array().unwrap().iter().any(|model| model["id"] == "anthropic/claude-opus-4-5"));
    assert!(provider.got().is_empty());
}

#[test]
fn a_client_that_goes_is_told_to_the_provider() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["fault-left"]);
    let mut client = gateway.connect();
    let token = format!("Bearer {TOKEN}");
    client.send("POST", "/v1/messages", &[("authorization", &token)], hi_stream().to_string().as_bytes());
    client.head().unwrap();
    client.chunk().unwrap();
    drop(client);
    while provider.gone() == 0 {
        std::thread::yield_now();
    }
    let metrics = gateway.connect().get("/metrics", &[("authorization", &token)]).text();
    assert!(metrics.contains("zirkabot_gateway_stream_ends_total{how=\"client\"} 1\n"), "{metrics}");
}

#[test]
fn what_cannot_be_read_goes_on_all_the_same() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let mut client = gateway.connect();
    let zstd = [("content-encoding", "zstd")];
    for body in [&b""[..], b"{", b"\x28\xb5\x2f\xfd\x00", b"[1, 2", b"\xff\xfe", b"{\"model\": {\"a\": 1}}"] {
        assert_eq!(client.post("/v1/messages", &zstd, body).status, 200);
        assert_eq!(only(&provider).body, body);
    }
    let packed = hi().to_string();
    assert_eq!(client.post("/v1/messages", &[], packed.as_bytes()).status, 200);
}
