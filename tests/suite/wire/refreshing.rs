//! Logins that are renewed, against a server on this machine that behaves like a token endpoint.

mod answers;
mod borrowed;
mod in_use;
mod kept;
mod tls;

use crate::support::home::{CONFIG, Home, NOW, STORE};
use crate::support::server::{Answer, Asked, Server};
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};

const OPS: &str = ".zirkabot/agents/ops/agent/auth-profiles.json";
const CLAUDE: &str = ".claude/.credentials.json";
/// An access token of anthropic's form, obviously none.
fn access(n: usize) -> String {
    format!("sk-ant-oat01-CANARY-access-{n}-{}", "abcdefghij0123456789".repeat(4))
}

fn refresh(n: usize) -> String {
    format!("sk-ant-ort01-CANARY-refresh-{n}")
}

/// What a body says, whether it is JSON or a form.
fn fields(asked: &Asked) -> Vec<(String, String)> {
    if let Ok(Value::Object(body)) = serde_json::from_str(&asked.body) {
        return body.into_iter().map(|(name, value)| (name, value.as_str().unwrap().to_owned())).collect();
    }
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    asked.body.split('&').filter_map(pair).collect()
}

fn field(asked: &Asked, name: &str) -> String {
    fields(asked).into_iter().find(|(own, _)| own == name).map(|(_, value)| value).unwrap_or_default()
}

/// Takes each refresh token once, and gives the next one.
fn rotating() -> Server {
    let mut n = 0;
    Server::with(move |asked| {
        if field(asked, "refresh_token") != refresh(n) {
            return Answer::Says(400, r#"{"error":"invalid_grant","error_description":"CANARY-words"}"#);
        }
        n += 1;
        let body = json!({"access_token": access(n), "refresh_token": refresh(n), "expires_in": 3600});
        Answer::Says(200, body.to_string().leak())
    })
}

fn login(n: usize, ends: i64) -> Value {
    json!({"type": "oauth", "provider": "anthropic", "access": access(n), "refresh": refresh(n),
        "expires": ends, "mine": {"kept": true}})
}

/// A home whose login of anthropic is over, and whose config names the server.
fn home(url: &str) -> Home {
    home_with(url, &[("anthropic:me", login(0, NOW - 1))], "")
}

fn home_with(url: &str, profiles: &[(&str, Value)], config: &str) -> Home {
    let profiles: serde_json::Map<_, _> =
        profiles.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
    let store = serde_json::to_string_pretty(&json!({"version": 1, "profiles": profiles})).unwrap();
    let config = format!(
        "# mine\n[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n\n[auth.refresh.anthropic]\nurl = \"{url}\"\n{config}"
    );
    Home::with(NOW, &[(CONFIG, &config), (STORE, &store)])
}

fn store(home: &Home, path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(home.path().join(path)).unwrap()).unwrap()
}

/// The document of `models auth refresh`, and its exit code.
fn refreshed(home: &Home, of: &str) -> (u8, Value) {
    let (exit, stdout, stderr) = home.hurried(&format!("zirkabot models auth refresh {of} --json"));
    assert!(!format!("{stdout}{stderr}").contains("CANARY"), "{stdout}{stderr}");
    (exit, serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{exit} {stdout} {stderr}")))
}
