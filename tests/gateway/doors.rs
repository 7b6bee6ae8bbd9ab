//! Who is let in: names, pages, tokens, limits. Nothing of what is refused reaches a provider.

use crate::support::gateway::{Client, Gateway, TOKEN, hi};
use crate::support::provider::Provider;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::Duration;

#[test]
fn who_is_not_let_in_is_told_why_and_reaches_nobody() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let token = format!("Bearer {TOKEN}");
    let token = token.as_str();
    let body = hi().to_string();
    for (method, path, headers, status) in [
        ("POST", "/v1/messages", &[][..], 401),
        ("POST", "/v1/messages", &[("authorization", "Bearer no")], 401),
        ("POST", "/v1/messages", &[("authorization", token), ("host", "rebound.example")], 421),
        (
            "POST",
            "/v1/messages",
            &[("authorization", token), ("host", "localhost"), ("host", "localhost")],
            421,
        ),
        ("POST", "/v1/messages", &[("authorization", token), ("origin", "https://evil.example")], 403),
        ("POST", "/v1/messages", &[("authorization", token), ("via", "1.1 zirkabot")], 508),
        (
            "GET",
            "/v1/responses",
            &[("authorization", token), ("connection", "upgrade"), ("upgrade", "websocket")],
            426,
        ),
        (
            "POST",
            "/v1/responses",
            &[("authorization", token), ("connection", "upgrade"), ("upgrade", "websocket")],
            426,
        ),
        ("GET", "/v1/messages", &[("authorization", token)], 405),
        ("GET", "/metrics", &[], 401),
        ("GET", "/v1/models", &[], 401),
        (
            "POST",
            "/v1/messages",
            &[("authorization", token), ("x-zirkabot-session-key", "agent:../../x:telegram:1")],
            404,
        ),
        ("POST", "/elsewhere/v1/x", &[("authorization", token)], 404),
        ("POST", "/anthropic/../x", &[("authorization", token)], 404),
    ] {
        let mut client = gateway.connect();
        client.send(method, path, headers, if method == "POST" { body.as_bytes() } else { b"" });
        let reply = client.receive().unwrap();
        assert_eq!(reply.status, status, "{method} {path} {headers:?}: {}", reply.text());
        assert!(!reply.text().contains(TOKEN) && reply.header("access-control-allow-origin").is_none());
    }
    assert!(provider.got().is_empty());
}

#[test]
fn a_request_that_could_be_two_is_none() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let head = format!("POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n");
    for rest in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
        "content-length: 4\r\ncontent-length: 5\r\n\r\nabcde",
        "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "content-length: +4\r\n\r\nabcd",
        " folded: header\r\n\r\n",
        "bad header\r\n\r\n",
    ] {
        let mut client = gateway.connect();
        client.raw(format!("{head}{rest}").as_bytes());
        let status = client.receive().map(|reply| reply.status);
        // Never an answer of the provider to what stood behind the first request.
        let second = client.receive();
        assert!(matches!(status, None | Some(400)) || second.is_none(), "{rest:?}: {status:?} {second:?}");
        assert!(provider.got().iter().all(|got| !got.line.contains("/x ")), "{rest:?}");
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let provider = Provider::start();
    let mut config = crate::support::gateway::config(&provider);
    config["gateway"]["http"] = serde_json::json!({"maxBodyBytes": 1000});
    let gateway = Gateway::start(&config, &crate::support::gateway::store(&["good"]));
    let reply = gateway.connect().post("/v1/messages", &[], &[b'x'; 1001]);
    assert_eq!((reply.status, provider.got().len()), (413, 0), "{}", reply.text());
    assert!(reply.text().contains("maxBodyBytes"), "{}", reply.text());
    let mut client = gateway.connect();
    let long = "x".repeat(80_000);
    client.send("GET", "/healthz", &[("x-long", &long)], b"");
    assert!(client.receive().is_none_or(|reply| reply.status == 431));
}

#[test]
fn who_guesses_has_to_wait() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let mut client = gateway.connect();
        client.send("POST", "/v1/messages", &[("x-api-key", "guess")], hi().to_string().as_bytes());
        statuses.push(client.receive().unwrap().status);
    }
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10..], [429; 2]);
}

#[test]
fn whether_it_is_there_may_be_asked_by_anybody() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    for (path, text) in [("/api/hello", ""), ("/healthz", ""), ("/readyz", "zirkabot gateway: ready\n")] {
        let reply = gateway.connect().get(path, &[]);
        assert_eq!((reply.status, reply.text().as_str()), (200, text), "{path}");
    }
    let token = format!("Bearer {TOKEN}");
    let details = gateway.connect().get("/readyz", &[("authorization", &token)]).text();
    assert!(details.contains("\"ready\":true"), "{details}");
    // Without anything that can be used it is not ready.
    let empty = serde_json::json!({"version": 1, "profiles": {}});
    let gateway = Gateway::start(&crate::support::gateway::config(&provider), &empty);
    assert_eq!(gateway.connect().get("/readyz", &[]).status, 503);
    let reply = gateway.ask(&hi());
    assert_eq!(reply.status, 503);
    assert!(reply.text().contains("zirkabot doctor"), "{}", reply.text());
}

#[test]
fn many_at_once_are_served_up_to_the_limit() {
    let provider = Provider::start();
    let mut config = crate::support::gateway::config(&provider);
    config["gateway"]["http"] = serde_json::json!({"maxConcurrent": 4});
    let gateway = Gateway::start(&config, &crate::support::gateway::store(&["good"]));
    let idle: Vec<Client> = (0..4).map(|_| gateway.connect()).collect();
    let mut waiting = gateway.connect();
    waiting.send("GET", "/healthz", &[], b"");
    // The fifth is served as soon as one of the four is gone.
    drop(idle);
    assert_eq!(waiting.receive().unwrap().status, 200);
}

/// `tests/run` says so where it can take the network away: then loopback is all that there is.
#[test]
fn nothing_is_asked_outside() {
    if std::env::var_os("ZIRKABOT_TEST_NO_NETWORK").is_none() {
        println!("tests/run has not taken the network away: skipped");
        return;
    }
    let outside = "192.0.2.1:443".parse().unwrap();
    let error = TcpStream::connect_timeout(&outside, Duration::from_secs(5)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NetworkUnreachable);
}
