//! `models auth login` and `logout` at a real terminal, with a provider on this machine that behaves like
//! authorization, token, device and revocation endpoints.

use crate::support::home::{CONFIG, Home, STORE};
use crate::support::judge::differences;
use crate::support::server::{Answer, Asked, Server, free_port, taken, visit};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::process::Command;
use std::time::Duration;

const LOGIN: [&str; 4] = ["models", "auth", "login", "--provider"];
const PASTE: &str = "(input is hidden): ";
const CODE: &str = "CANARY-code";

/// A token that says whose it is.
fn jwt(account: &str) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"exp": 1_900_000_000, "mark": "CANARY-access",
        "https://api.openai.com/auth": {"chatgpt_account_id": account}});
    format!("{}.{}.c2ln", part(json!({"alg": "none"})), part(claims))
}

/// What a token endpoint gives.
fn tokens(account: &str) -> String {
    let who = URL_SAFE_NO_PAD.encode(json!({"email": format!("{account}@example.com")}).to_string());
    json!({"access_token": jwt(account), "refresh_token": "rt_CANARY-refresh-0123456789", "expires_in": 3600,
        "id_token": format!("e30.{who}.c2ln"), "scope": "openid"})
    .to_string()
}

/// A provider that answers so at each of its addresses, in turn; the last answer stays.
fn provider(answers: &[(u16, &str)]) -> Server {
    let mut answers: Vec<(u16, &'static str)> =
        answers.iter().map(|(status, body)| (*status, &*body.to_string().leak())).collect();
    answers.reverse();
    Server::with(move |asked| {
        let (status, body) = match &*asked.line {
            line if line.starts_with("POST /device ") => (200, DEVICE),
            line if line.starts_with("POST /revoke ") => (200, ""),
            _ if answers.len() > 1 => answers.pop().unwrap(),
            _ => answers[0],
        };
        if status == 0 { Answer::Cuts } else { Answer::Says(status, body) }
    })
}

const DEVICE: &str = r#"{"device_code":"CANARY-device","user_code":"WDJB-MJHT","verification_uri":"https://login.example/device","interval":1,"expires_in":60}"#;

fn field(asked: &Asked, name: &str) -> String {
    let pairs = asked.body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(own, _)| *own == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

/// A home whose config says that a provider is here, and that the browser comes back to this port.
fn home(server: &Server, name: &str, port: u16, profiles: &Value) -> Home {
    let store = json!({"version": 1, "profiles": profiles}).to_string();
    let (authorize, token) = (server.url("/authorize"), server.url("/token"));
    let (revoke, device) = (server.url("/revoke"), server.url("/device"));
    let config = format!(
        "# mine\n[agents.defaults]\nmodel = \"{name}/x\"\n\n[auth.login.{name}]\nauthorizeUrl = \"{authorize}\"\n\
         tokenUrl = \"{token}\"\nrevokeUrl = \"{revoke}\"\ndeviceUrl = \"{device}\"\nclientId = \"mine\"\n\
         redirectUri = \"http://127.0.0.1:{port}/cb\"\n"
    );
    let now = 1_795_000_000_000;
    Home::with(now, &[(CONFIG, &config), (STORE, &store)])
}

struct Person {
    session: OsSession,
    seen: String,
}

impl Person {
    fn at(home: &Home, args: &[&str], vars: &[(&str, &str)]) -> Self {
        // What runs the tests may ignore signals.
        let mut command = Command::new("/usr/bin/env");
        command.arg("--default-signal=INT,HUP").arg(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(args).env_clear().envs(home.environment());
        command.env("LANG", "C.UTF-8").env("TERM", "dumb").env("MY_API_KEY", "CANARY-exported");
        command.env("PATH", format!("{}:/usr/bin:/bin", home.path().join("bin").display()));
        command.envs(vars.iter().copied());
        let mut session = OsSession::spawn(command).unwrap();
        session.get_process_mut().set_window_size(400, 60).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        Self { session, seen: String::new() }
    }

    /// Waits for this text; what was shown until then.
    fn sees(&mut self, text: &str) -> String {
        let found = self.session.expect(text).unwrap_or_else(|_| panic!("no `{text}` behind: {}", self.seen));
        let before = String::from_utf8_lossy(found.before()).into_owned();
        self.seen.push_str(&before);
        self.seen.push_str(text);
        before
    }

    fn types(&mut self, keys: &str) {
        self.session.send(keys).unwrap();
    }

    /// All that was shown, when it has ended.
    fn ends(mut self) -> String {
        let rest = self.session.expect(Eof).unwrap();
        let seen = self.seen + &String::from_utf8_lossy(rest.as_bytes());
        assert!(!seen.contains("CANARY"), "{seen}");
        seen
    }
}

/// A value in the query of the address that is shown.
fn query(shown: &str, name: &str) -> String {
    let at = shown.find(&format!("{name}=")).unwrap_or_else(|| panic!("no {name} in {shown}"));
    shown[at + name.len() + 1..].split(['&', '\r', '\n']).next().unwrap().to_owned()
}

fn stored(home: &Home, id: &str) -> Value {
    let store: Value = serde_json::from_slice(&std::fs::read(home.path().join(STORE)).unwrap()).unwrap();
    store["profiles"][id].clone()
}

#[test]
fn a_browser_comes_back_and_what_it_brings_is_stored_and_can_be_taken_back() {
    let server = provider(&[(200, &tokens("me"))]);
    let port = free_port();
    let home = home(&server, "openai-codex", port, &json!({}));
    let bin = home.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::write(bin.join("xdg-open"), "#!/bin/sh\n(echo \"$@\"; env) > \"$HOME/opened\"\n").unwrap();
    crate::support::plans::chmod(&bin.join("xdg-open"), 0o755);
    let mut person = Person::at(&home, &[&LOGIN[..], &["openai-codex"]].concat(), &[("DISPLAY", ":9")]);
    let shown = person.sees("Waiting for the browser");
    assert_eq!(query(&shown, "code_challenge_method"), "S256", "{shown}");
    let (state, challenge) = (query(&shown, "state"), query(&shown, "code_challenge"));
    assert!(visit(port, "/favicon.ico").starts_with("HTTP/1.1 404"));
    assert!(visit(port, &format!("/cb?code={CODE}&state=other")).starts_with("HTTP/1.1 400"));
    let page = visit(port, &format!("/cb?code={CODE}&state={state}"));
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("no-store") && !page.contains("CANARY"),
        "{page}"
    );
    let seen = person.ends();
    assert!(seen.contains("Logged in to openai-codex as me@example.com."), "{seen}");
    // Where a browser was opened nobody needs a picture of the address.
    assert!(!seen.contains('█'), "{seen}");
    let asked = server.asked();
    let [asked] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(field(asked, "code"), CODE);
    let hash = Sha256::digest(field(asked, "code_verifier").as_bytes());
    assert_eq!(URL_SAFE_NO_PAD.encode(hash), challenge);
    let login = stored(&home, "openai-codex:default");
    assert_eq!((&login["access"], &login["accountId"]), (&json!(jwt("me")), &json!("me")), "{login}");
    assert_eq!(login["email"], "me@example.com");
    let opened = std::fs::read_to_string(home.path().join("opened")).unwrap();
    assert!(opened.contains(&challenge) && !opened.contains("CANARY"), "{opened}");
    home.run("zirkabot undo");
    assert!(stored(&home, "openai-codex:default").is_null());
}

#[test]
fn where_no_browser_comes_back_the_answer_is_pasted() {
    let server = provider(&[(200, &tokens("me"))]);
    let port = free_port();
    let other = taken(port);
    let home = home(&server, "openai-codex", port, &json!({}));
    let mut person = Person::at(&home, &[&LOGIN[..], &["openai-codex"]].concat(), &[]);
    let shown = person.sees("is in use by another program");
    person.sees(PASTE);
    person.types(&format!("{CODE}#other\r"));
    person.sees("belongs to another login");
    person.sees(PASTE);
    person.types(&format!("http://127.0.0.1:{port}/cb?code={CODE}&state={}\r", query(&shown, "state")));
    assert!(person.ends().contains("Logged in to openai-codex"));
    drop(other);
    // A person who would rather paste types Enter; over SSH the way to the port is named.
    let ssh = [("SSH_CONNECTION", "192.0.2.1 5 192.0.2.7 22"), ("DISPLAY", ":9"), ("USER", "me")];
    let mut person = Person::at(&home, &[&LOGIN[..], &["openai-codex"]].concat(), &ssh);
    let shown = person.sees("Waiting for the browser");
    assert!(shown.contains(&format!("ssh -N -L {port}:127.0.0.1:{port} me@192.0.2.7")), "{shown}");
    person.types("\r");
    person.sees(PASTE);
    person.types("\r");
    assert!(person.ends().contains("Nothing was changed."));
}

#[test]
fn what_is_no_login_is_told_and_not_stored() {
    let scopes = r#"{"access_token":"sk-ant-oat01-CANARY","expires_in":3600,"scope":"user:profile"}"#;
    for (name, answer, said) in [
        ("openai-codex", (200, "<html>CANARY</html>"), "it answered 200, but not with JSON"),
        ("openai-codex", (502, "<html>CANARY</html>"), "it answered 502, but not with JSON"),
        ("openai-codex", (400, r#"{"error":"invalid_grant","error_description":"CANARY"}"#), "invalid_grant"),
        ("openai-codex", (200, r#"{"refresh_token":"CANARY"}"#), "without a token"),
        ("openai-codex", (200, r#"{"access_token":"CANARY x"}"#), "no valid token"),
        ("openai-codex", (0, ""), "gave no login"),
        ("anthropic", (200, scopes), "the scope user:inference"),
    ] {
        let server = provider(&[answer]);
        let home = home(&server, name, free_port(), &json!({}));
        let before = home.snapshot();
        let mut person = Person::at(&home, &[&LOGIN[..], &[name, "--paste"]].concat(), &[]);
        person.sees(PASTE);
        person.types(&format!("{CODE}\r"));
        let seen = person.ends().replace("\r\n    ", " ");
        assert!(seen.contains(said), "{said}: {seen}");
        assert_eq!(seen.contains("an API key is recommended"), name == "anthropic", "{seen}");
        assert_eq!(server.asked().len(), 1, "a code is good once");
        assert_eq!(differences(&before, &home.snapshot()), Vec::<String>::new(), "{said}");
    }
}

#[test]
fn a_login_that_was_denied_ends_at_once() {
    let server = provider(&[(200, &tokens("me"))]);
    let port = free_port();
    let home = home(&server, "openai-codex", port, &json!({}));
    let mut person = Person::at(&home, &[&LOGIN[..], &["openai-codex"]].concat(), &[]);
    let state = query(&person.sees("Waiting for the browser"), "state");
    visit(port, &format!("/cb?error=access_denied&error_description=CANARY&state={state}"));
    assert!(person.ends().contains("the provider answered access_denied"));
    assert!(server.asked().is_empty());
}

#[test]
fn the_login_of_another_account_is_asked_about() {
    let server = provider(&[(200, &tokens("other"))]);
    let old = json!({"openai-codex:default": {"type": "oauth", "provider": "openai-codex", "access": jwt("me"),
        "refresh": "rt_CANARY-old", "expires": 1, "accountId": "me", "email": "me@example.com"}});
    let home = home(&server, "openai-codex", free_port(), &old);
    let before = home.snapshot();
    for (answer, account) in [("n\r", "me"), ("y\r", "other")] {
        let mut person = Person::at(&home, &[&LOGIN[..], &["openai-codex", "--paste"]].concat(), &[]);
        person.sees(PASTE);
        person.types(&format!("{CODE}\r"));
        person.sees("is the login of me@example.com, but this is");
        person.types(answer);
        person.ends();
        assert_eq!(stored(&home, "openai-codex:default")["accountId"], account);
        if account == "me" {
            assert_eq!(differences(&before, &home.snapshot()), Vec::<String>::new());
        }
    }
}

#[test]
fn a_code_for_devices_is_typed_elsewhere() {
    let pending = (400, r#"{"error":"authorization_pending"}"#);
    let got = r#"{"access_token":"ghu_CANARY0123456789abcdefghijklmnopqrstuv","token_type":"bearer","scope":"read:user"}"#;
    for (answers, said) in [
        (vec![pending, (200, got)], "Logged in to github-copilot."),
        (vec![(400, r#"{"error":"access_denied"}"#)], "the login was denied"),
        (vec![(200, r#"{"error":"expired_token"}"#)], "the code expired"),
        (vec![(400, r#"{"error":"incorrect_client_credentials"}"#)], "incorrect_client_credentials"),
    ] {
        let server = provider(&answers);
        let home = home(&server, "github-copilot", free_port(), &json!({}));
        let mut person = Person::at(&home, &[&LOGIN[..], &["github-copilot", "--device"]].concat(), &[]);
        let shown = person.sees("WDJB-MJHT");
        assert!(shown.contains("https://login.example/device"), "{shown}");
        let seen = person.ends();
        assert!(seen.contains(said), "{said}: {seen}");
        assert!(seen.contains('█'), "no picture of the address: {seen}");
        let login = stored(&home, "github-copilot:github");
        assert_eq!(login["type"], if said.starts_with("Logged") { json!("token") } else { Value::Null });
        assert_eq!(field(server.asked().last().unwrap(), "device_code"), "CANARY-device");
    }
}

#[test]
fn where_nobody_can_log_in_it_says_what_to_do() {
    let server = provider(&[(200, "")]);
    let home = home(&server, "mine", free_port(), &json!({}));
    for (provider, said) in [
        ("mine", "needs a terminal"),
        ("qwen-portal", "since 2026-04-15"),
        ("groq", "zirkabot cannot log in to groq"),
        ("chutes", "CHUTES_CLIENT_ID"),
    ] {
        let (exit, stdout, stderr) = home.run(&format!("zirkabot models auth login --provider {provider}"));
        assert!(exit != 0 && stdout.is_empty() && stderr.contains(said), "{provider}: {exit} {stderr}");
    }
    assert!(server.asked().is_empty());
}

#[test]
fn a_login_is_taken_out_here_and_revoked_where_that_is_possible() {
    let server = provider(&[(200, "")]);
    let login = |provider: &str| json!({"type": "oauth", "provider": provider, "access": jwt("me"), "refresh": "rt_CANARY-old", "expires": 1});
    let key = json!({"type": "api_key", "provider": "openai-codex", "key": "CANARY-key"});
    let mut other = login("openai-codex");
    (other["access"], other["refresh"]) = (jwt("other").into(), "rt_CANARY-other".into());
    let twin = login("chutes");
    let profiles = json!({"openai-codex:a": login("openai-codex"), "openai-codex:codex-cli": other,
        "chutes:a": twin, "chutes:b": twin,
        "anthropic:b": login("anthropic"), "openai-codex:k": key});
    let home = home(&server, "openai-codex", free_port(), &profiles);
    let (exit, stdout, stderr) = home.run("zirkabot models auth logout openai-codex:a --yes");
    assert!(exit == 0 && stderr.contains("openai-codex has revoked the login"), "{exit} {stdout} {stderr}");
    let asked = server.asked();
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert!(asked[0].line.starts_with("POST /revoke "), "{asked:?}");
    assert_eq!(
        (&body["token"], &body["token_type_hint"]),
        (&json!("rt_CANARY-old"), &json!("refresh_token"))
    );
    assert!(stored(&home, "openai-codex:a").is_null());
    let (exit, _, stderr) = home.run("zirkabot models auth logout anthropic:b --yes");
    assert!(exit == 0 && stderr.contains("anthropic did not revoke the login"), "{exit} {stderr}");
    let (exit, _, stderr) = home.run("zirkabot models auth logout openai-codex:k --yes");
    assert!(exit != 0 && stderr.contains("models auth remove openai-codex:k"), "{exit} {stderr}");
    let (exit, _, stderr) = home.run("zirkabot models auth logout openai-codex:x --yes");
    assert!(exit != 0 && stderr.contains("no stored profile"), "{exit} {stderr}");
    // The login of another program is not ended for it.
    let (exit, _, stderr) = home.run("zirkabot models auth logout openai-codex:codex-cli --yes");
    assert!(exit == 0 && stderr.contains("Codex CLI still uses it"), "{exit} {stderr}");
    let (exit, _, stderr) = home.run("zirkabot models auth logout chutes:a --yes");
    assert!(exit == 0 && stderr.contains("chutes:b of agent main still uses it"), "{exit} {stderr}");
    assert!(server.asked().is_empty());
}

#[test]
fn a_login_of_a_provider_of_ones_own_is_renewed_where_it_was_made() {
    let server = provider(&[(200, &tokens("me"))]);
    let old = json!({"mine:default": {"type": "oauth", "provider": "mine", "access": "CANARY-old-0123456789abcdef",
        "refresh": "rt_CANARY-old", "expires": 1}});
    let home = home(&server, "mine", free_port(), &old);
    let (_, stdout, _) = home.run("zirkabot models status --json");
    let status: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(status["auth"]["oauth"]["profiles"][0]["refreshableBy"], "gateway", "{stdout}");
    let (exit, stdout, stderr) = home.run("zirkabot models auth print --provider mine");
    assert_eq!((exit, stdout.trim()), (0, &*jwt("me")), "{stderr}");
    let asked = server.asked();
    let [asked] = &asked[..] else { panic!("{asked:?}") };
    assert!(asked.line.starts_with("POST /token "), "{asked:?}");
    let fields = ["grant_type", "refresh_token", "client_id"].map(|name| field(asked, name));
    assert_eq!(fields, ["refresh_token", "rt_CANARY-old", "mine"]);
    assert_eq!(stored(&home, "mine:default")["refresh"], "rt_CANARY-refresh-0123456789");
}

/// While the server takes its time: somebody may want to end who asked.
#[test]
fn no_signal_between_the_answer_and_the_store_loses_a_login() {
    for (signal, way) in [("INT", "--paste"), ("TERM", "--device"), ("HUP", "--paste")] {
        let (started, pid) = std::sync::mpsc::channel::<String>();
        let body: &'static str = tokens("me").leak();
        let server = Server::with(move |asked| {
            if asked.line.starts_with("POST /device ") {
                return Answer::Says(200, DEVICE);
            }
            let killed = Command::new("kill").args(["-s", signal, &pid.recv().unwrap()]).status();
            assert!(killed.unwrap().success());
            Answer::Says(200, body)
        });
        let home = home(&server, "mine", free_port(), &json!({}));
        let mut person = Person::at(&home, &[&LOGIN[..], &["mine", way]].concat(), &[]);
        started.send(person.session.get_process().pid().to_string()).unwrap();
        if way == "--paste" {
            person.sees(PASTE);
            person.types(&format!("{CODE}\r"));
        }
        let seen = person.ends();
        assert!(!seen.contains("Logged in"), "it came through: {seen}");
        assert_eq!(stored(&home, "mine:default")["refresh"], "rt_CANARY-refresh-0123456789", "{signal}");
    }
}

#[test]
fn whoever_adds_a_credential_or_sets_up_is_offered_a_login() {
    let server = provider(&[(200, &tokens("me"))]);
    for line in ["models auth add --provider openai-codex", "onboard"] {
        let home = home(&server, "openai-codex", free_port(), &json!({}));
        let mut person = Person::at(&home, &line.split(' ').collect::<Vec<_>>(), &[]);
        for wanted in ["OpenAI Codex", "log in now"] {
            if line != "onboard" && wanted == "OpenAI Codex" {
                continue;
            }
            let shown = person.sees("Choose [1]: ");
            let row = shown.lines().find(|row| row.contains(wanted)).unwrap_or_else(|| panic!("{shown}"));
            person.types(&format!("{}\r", row.trim().split(')').next().unwrap()));
        }
        person.sees("Waiting for the browser");
        person.types("\r");
        person.sees(PASTE);
        person.types(&format!("{CODE}\r"));
        if line == "onboard" {
            person.sees("Choose [1]: ");
            person.types("\r");
            person.sees("Apply? ");
            person.types("y\r");
        }
        person.ends();
        assert_eq!(stored(&home, "openai-codex:default")["accountId"], "me", "{line}");
    }
}
