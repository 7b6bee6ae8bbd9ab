//! Requests that real clients have sent, sent again: the provider gets them as they came, but for what the gateway
//! says that it changes. `requests.json` holds them, with identities and texts replaced and long bodies shortened.

use crate::support::gateway::{Gateway, TOKEN, config, store};
use crate::support::provider::Provider;
use serde_json::{Value, json};

/// Headers that are the gateway's own affair: hop by hop, whom it asks, with which credential, in which packing.
const OWN: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "host",
    "via",
    "x-api-key",
    "x-zirkabot-token",
];

fn kept(headers: &[(String, String)]) -> Vec<(String, String)> {
    let mut kept: Vec<_> =
        headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str())).cloned().collect();
    kept.sort();
    kept
}

#[test]
fn what_clients_send_is_what_the_provider_gets() {
    let provider = Provider::start();
    let mut config = config(&provider);
    config["models"]["providers"]["openai"] =
        json!({"baseUrl": format!("{}/v1", provider.url()), "apiKey": "CANARY-openai-0000", "models": []});
    let gateway = Gateway::start(&config, &store(&["good"]));
    let requests: Vec<Value> = serde_json::from_str(include_str!("requests.json")).unwrap();
    assert!(requests.len() > 20);
    for request in &requests {
        let (client, path) = (request["client"].as_str().unwrap(), request["path"].as_str().unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers: Vec<(String, String)> = request["headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| (text(&pair[0]).to_ascii_lowercase(), text(&pair[1])))
            .collect();
        // What is packed in a way that is not looked into goes on all the same.
        let body = match &request["body"] {
            Value::Null => (0..=255u8).rev().cycle().take(15_000).collect(),
            body => body.to_string().into_bytes(),
        };
        let sent: Vec<(&str, &str)> = headers
            .iter()
            .filter(|(name, _)| !["host", "content-length", "connection"].contains(&name.as_str()))
            .map(|(name, value)| match name.as_str() {
                "authorization" => ("x-zirkabot-token", TOKEN),
                "x-api-key" => ("x-api-key", TOKEN),
                name => (name, value.as_str()),
            })
            .collect();
        let mut connection = gateway.connect();
        connection.send("POST", path, &sent, &body);
        let reply = connection.receive().unwrap();
        assert_eq!(reply.status, 200, "{client} {path}: {}", reply.text());
        let got = provider.got();
        assert_eq!(got.len(), 1, "{client} {path}");
        assert_eq!(got[0].line, format!("POST {path} HTTP/1.1"), "{client}");
        assert!(got[0].body == body, "{client} {path}: the body is another one");
        assert_eq!(kept(&got[0].headers), kept(&headers), "{client} {path}");
        assert!(!got[0].headers.iter().any(|(_, value)| value.contains(TOKEN)), "{client} {path}");
        assert_eq!(got[0].header("via"), Some("1.1 zirkabot"), "{client} {path}");
    }
}

#[test]
fn any_bytes_go_through_as_they_are() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..40 {
        let length = usize::try_from(random() % (1 << (round % 18))).unwrap();
        let body: Vec<u8> = (0..length).map(|_| random().to_le_bytes()[0]).collect();
        let path = format!("/anthropic/v1/some/{:x}?q={:x}%20&r", random(), random());
        let headers = [("content-type", "application/octet-stream"), ("x-odd", "a  b\t;\"c\"")];
        let reply = gateway.connect().post(&path, &headers, &body);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        let got = provider.got();
        assert_eq!(got[0].line, format!("POST {} HTTP/1.1", path.trim_start_matches("/anthropic")));
        assert!(got[0].body == body, "round {round}: {length} bytes came as {}", got[0].body.len());
        assert_eq!(got[0].header("x-odd"), Some("a  b\t;\"c\""));
    }
}
