//! `models auth login` with a real browser: it is sent to the provider, a person agrees there, and it comes back to
//! this machine.

use crate::support::browser::Browser;
use crate::support::gateway::{STORE, put};
use crate::support::request::{Got, read};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const CODE: &str = "CANARY-code-of-the-browser";

/// A provider's pages: where a person agrees, and where tokens are had.
fn provider() -> (String, Arc<Mutex<Vec<Got>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&asked);
    // A browser opens connections on which it asks nothing.
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let list = Arc::clone(&list);
            std::thread::spawn(move || {
                let mut stream = stream;
                while let Some(got) = read(&mut stream, &mut Vec::new()) {
                    answer(&mut stream, &got);
                    list.lock().unwrap().push(got);
                }
            });
        }
    });
    (url, asked)
}

fn answer(stream: &mut TcpStream, got: &Got) {
    let target = got.line.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (status, more, body) = match path {
        // Who agrees is sent back with a code, as a form of a real page does it.
        "/authorize" => (
            200,
            "content-type: text/html\r\n".to_owned(),
            format!("<!doctype html><title>Agree</title><a id=agree href=\"/agreed?{query}\">Allow</a>"),
        ),
        "/agreed" => {
            let value = |name: &str| {
                let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                pairs.into_iter().find(|(own, _)| *own == name).map(|(_, value)| value).unwrap_or_default()
            };
            let back = percent_encoding::percent_decode_str(value("redirect_uri")).decode_utf8_lossy();
            (302, format!("location: {back}?code={CODE}&state={}\r\n", value("state")), String::new())
        }
        "/token" => {
            let given = json!({"access_token": "CANARY-access-0123456789abcdef", "expires_in": 3600,
                "refresh_token": "rt_CANARY-refresh-0123456789"});
            (200, "content-type: application/json\r\n".to_owned(), given.to_string())
        }
        _ => (404, String::new(), String::new()),
    };
    let head = format!("HTTP/1.1 {status} X\r\n{more}content-length: {}\r\n\r\n{body}", body.len());
    let _ = stream.write_all(head.as_bytes());
}

fn field(text: &str, name: &str) -> String {
    let pairs = text.split(['&', '?', ' ', '\n']).filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(own, _)| *own == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

#[test]
fn a_browser_is_sent_to_the_provider_and_comes_back() {
    let Some(browser) = Browser::start() else { return };
    let (url, asked) = provider();
    let dir = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    put(
        dir.path(),
        "zirkabot.toml",
        &format!(
            "[auth.login.mine]\nauthorizeUrl = \"{url}/authorize\"\ntokenUrl = \"{url}/token\"\nclientId = \"us\"\n\
             redirectUri = \"http://127.0.0.1:{port}/cb\"\nscopes = [\"models\"]\n"
        ),
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.env_clear().env("HOME", dir.path()).env("ZIRKABOT_STATE_DIR", dir.path()).current_dir("/");
    command.args(["models", "auth", "login", "--provider", "mine", "--no-browser"]);
    command.env("TERM", "dumb").env("LANG", "C.UTF-8");
    let mut session = OsSession::spawn(command).unwrap();
    session.get_process_mut().set_window_size(400, 60).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(20)));
    let found = session.expect("Waiting for the browser").unwrap();
    let shown = String::from_utf8_lossy(found.before()).into_owned();
    let address = shown.lines().find(|line| line.contains("/authorize?")).unwrap().trim().to_owned();
    browser.open(&address);
    browser.run("document.getElementById('agree').click()");
    browser
        .wait_for("location.port != '' && document.readyState === 'complete' && location.pathname === '/cb'");
    let page = browser.text("body");
    assert!(page.contains("You can return to the terminal") && !page.contains("CANARY"), "{page}");
    // The code does not stay in what the browser shows or remembers of the page.
    assert!(!browser.run("return document.documentElement.outerHTML").to_string().contains("CANARY"));
    let rest = session.expect(Eof).unwrap();
    let seen = shown + &String::from_utf8_lossy(rest.as_bytes());
    assert!(seen.contains("Logged in to mine") && !seen.contains("CANARY"), "{seen}");
    let store: Value = serde_json::from_slice(&std::fs::read(dir.path().join(STORE)).unwrap()).unwrap();
    assert_eq!(store["profiles"]["mine:default"]["access"], "CANARY-access-0123456789abcdef", "{store}");
    let asked = asked.lock().unwrap();
    let token = asked.iter().find(|got| got.line.starts_with("POST /token ")).unwrap();
    let body = String::from_utf8_lossy(&token.body).into_owned();
    assert_eq!(field(&body, "code"), CODE);
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(field(&body, "code_verifier").as_bytes()));
    assert_eq!(hash, field(&address, "code_challenge"), "{address}");
}
