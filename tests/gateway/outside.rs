//! The way to other machines: through the proxy that the environment names, or not at all.

use crate::support::gateway::{Gateway, STORE, TOKEN, hi, put, store};
use crate::support::tls;
use serde_json::json;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// A proxy that connects everybody with this port, whatever they ask for; what it is asked comes out.
fn proxy(port: u16) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (told, heard) = channel();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                client.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            told.send(String::from_utf8(head).unwrap()).unwrap();
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let ways = [(client.try_clone(), server.try_clone()), (Ok(server), Ok(client))];
            for (from, to) in ways {
                let (mut from, mut to) = (from.unwrap(), to.unwrap());
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    (address, heard)
}

/// A gateway whose anthropic is a machine elsewhere, whose authority is this.
fn elsewhere(authority: &str, vars: &[(&str, &str)]) -> Gateway {
    let dir = tempfile::Builder::new().prefix("zirkabot-gateway-").tempdir().unwrap();
    let config = json!({
        "gateway": {"mode": "local", "auth": {"mode": "token", "token": TOKEN}},
        "models": {"providers": {"anthropic": {"baseUrl": "https://provider.example", "models": []}}},
    });
    put(dir.path(), "zirkabot.json", &config.to_string());
    put(dir.path(), STORE, &store(&["good"]).to_string());
    put(dir.path(), "authority.pem", authority);
    let authority = dir.path().join("authority.pem").display().to_string();
    let all: Vec<_> = [("SSL_CERT_FILE", authority.as_str())].iter().chain(vars).copied().collect();
    Gateway::begin_with(dir, "", &all)
}

#[test]
fn a_proxy_of_the_environment_is_asked_and_sees_nothing() {
    let (port, authority) = tls::over_tls("provider.example", r#"{"said": "hello"}"#.to_owned());
    let (address, heard) = proxy(port);
    for (url, shown) in [
        (address.clone(), None),
        (format!("http://{address}"), None),
        (format!("http://me:p%40ss@{address}/"), Some("proxy-authorization: Basic bWU6cEBzcw==")),
    ] {
        let gateway = elsewhere(&authority, &[("https_proxy", &url)]);
        let reply = gateway.ask(&hi());
        assert_eq!((reply.status, reply.text().as_str()), (200, r#"{"said": "hello"}"#), "{url}");
        let head = heard.recv().unwrap();
        assert!(head.starts_with("CONNECT provider.example:443 HTTP/1.1\r\n"), "{head}");
        let authorization = head.lines().find(|line| line.to_ascii_lowercase().starts_with("proxy-auth"));
        assert_eq!(authorization.map(str::to_ascii_lowercase), shown.map(str::to_ascii_lowercase), "{url}");
        assert!(!head.contains("CANARY"), "{head}");
    }
}

#[test]
fn who_may_ask_no_other_machine_asks_none() {
    let (port, authority) = tls::over_tls("provider.example", "{}".to_owned());
    let (address, heard) = proxy(port);
    let offline = [("https_proxy", address.as_str()), ("ZIRKABOT_OFFLINE", "1")];
    // What is not spoken to a proxy is not spoken past it.
    let other = [("https_proxy", "socks5://127.0.0.1:9")];
    let exempt = [("https_proxy", address.as_str()), ("no_proxy", ".example")];
    for vars in [&offline[..], &other, &exempt] {
        let gateway = elsewhere(&authority, vars);
        let reply = gateway.ask(&hi());
        assert_eq!(reply.status, 502, "{vars:?}: {}", reply.text());
        assert!(heard.try_recv().is_err(), "{vars:?}");
    }
}
