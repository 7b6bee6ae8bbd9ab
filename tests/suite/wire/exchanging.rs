//! A credential that is exchanged at use for a short-lived token: print and the library, and what is kept of it.

use crate::support::home::{CONFIG, Home, NOW, STORE};
use crate::support::server::{Answer, Asked, Server};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use zirkabot::{Limits, NotExchanged, Open};

const GITHUB: &str = "ghu_CANARY000000000000000000000000000000000";
const OTHER: &str = "ghu_CANARY111111111111111111111111111111111";

/// An answer that lasts until an hour after now.
const GIVEN: &str = r#"{"token": "tid=CANARY;exp=1;proxy-ep=proxy.individual.githubcopilot.com", "expires_at": 1795352400, "refresh_in": 1500}"#;

/// A home with one login of GitHub, and another one behind it.
fn home(url: &str) -> Home {
    let config = format!(
        "[agents.defaults]\nmodel = \"github-copilot/gpt-5.2\"\n\n[auth.refresh.github-copilot]\nurl = \"{url}\"\n"
    );
    let profile = |token: &str| json!({"type": "token", "provider": "github-copilot", "token": token});
    let store = json!({"version": 1,
        "profiles": {"github-copilot:github": profile(GITHUB), "github-copilot:other": profile(OTHER)},
        "order": {"github-copilot": ["github-copilot:github", "github-copilot:other"]}});
    Home::with(NOW, &[(CONFIG, &config), (STORE, &store.to_string())])
}

fn given(asked: &Asked) -> Answer {
    match asked.header("authorization") {
        Some(shown) if shown.contains("CANARY0") => Answer::Says(200, GIVEN),
        _ => Answer::Status(401),
    }
}

/// Where tokens are kept.
fn kept(home: &Home) -> PathBuf {
    home.path().join(".zirkabot/exchanged.json")
}

const PRINT: &str = "zirkabot models auth print --provider github-copilot";

#[test]
fn what_requests_carry_is_printed_and_asked_for_once() {
    let server = Server::with(given);
    let home = home(&server.url("/token"));
    let (exit, stdout, stderr) = home.run(PRINT);
    assert_eq!((exit, stderr.as_str()), (0, ""), "{stderr}");
    assert!(stdout.starts_with("tid=CANARY;"), "{stdout}");
    let asked = server.asked();
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {GITHUB}").as_str()));
    assert!(asked.header("editor-version").unwrap().starts_with("zirkabot/"), "it says who it is");
    // It is kept, for its owner only, and used again.
    let kept = std::fs::metadata(kept(&home)).unwrap().permissions().mode();
    assert_eq!(kept & 0o7777, 0o600);
    let (exit, header, _) = home.run(&format!("{PRINT} --format header"));
    assert_eq!((exit, header.starts_with("Authorization: Bearer tid=CANARY")), (0, true), "{header}");
    let document: Value = serde_json::from_str(&home.run(&format!("{PRINT} --format json")).1).unwrap();
    assert_eq!(document["expiresAt"], 1_795_352_400_000_i64);
    // A program that takes a variable exchanges what is in it by itself.
    assert_eq!(document["env"]["COPILOT_GITHUB_TOKEN"], GITHUB);
    let (_, env, _) = home.run(&format!("{PRINT} --format env"));
    assert!(env.contains(&format!("COPILOT_GITHUB_TOKEN={GITHUB}")), "{env}");
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn one_that_is_refused_gives_way_to_the_next_and_nothing_is_quoted() {
    let server = Server::with(|asked| match asked.header("authorization") {
        Some(shown) if shown.contains("CANARY1") => Answer::Says(200, GIVEN),
        _ => Answer::Says(401, r#"{"message": "CANARY"}"#),
    });
    let home = home(&server.url("/token"));
    let (exit, stdout, stderr) = home.run(PRINT);
    assert_eq!((exit, stdout.starts_with("tid=CANARY;")), (0, true), "{stderr}");
    assert!(stderr.contains("github-copilot:github") && stderr.contains("401"), "{stderr}");
    assert!(!stderr.contains("CANARY"), "{stderr}");
    let (exit, stdout, stderr) = home.run(&format!("{PRINT} --profile-id github-copilot:github"));
    assert_eq!((exit, stdout.as_str()), (1, ""), "{stderr}");
    assert!(stderr.contains("help:") && !stderr.contains("CANARY"), "{stderr}");
}

#[test]
fn an_answer_that_is_none_is_never_handed_out() {
    for body in [
        "",
        "<html>CANARY</html>",
        "{}",
        r#"{"token": "a b", "expires_at": 1795352400}"#,
        r#"{"token": "x"}"#,
    ] {
        let server = Server::with(move |_| Answer::Says(200, body));
        let home = home(&server.url("/token"));
        let (exit, stdout, stderr) = home.run(PRINT);
        assert_eq!((exit, stdout.as_str()), (1, ""), "{body}: {stderr}");
        assert!(!stderr.contains("CANARY") && !kept(&home).exists(), "{stderr}");
    }
}

#[test]
fn the_library_exchanges_and_keeps() {
    let server = Server::with(given);
    let home = home(&server.url("/token"));
    let mut open = Open::of(&home.machine());
    let found = open.resolve("main", "github-copilot", None).unwrap().clone();
    assert!(found.is_to_be_exchanged(NOW));
    let limits = Limits::new(1_000, 8_000);
    let done = open.exchange("main", found, limits).unwrap();
    assert!(!done.is_to_be_exchanged(NOW) && done.token().expose().starts_with("tid="));
    let again = open.resolve("main", "github-copilot", None).unwrap().clone();
    assert_eq!(again.header(), done.header());
    assert!(again.is_to_be_exchanged(NOW + 3_400_000), "it is had anew before it expires");
    let other =
        open.resolve_except("main", "github-copilot", (None, None), &["github-copilot:github".to_owned()]);
    let refused = open.exchange("main", other.unwrap(), limits).unwrap_err();
    assert!(matches!(refused, NotExchanged::Refused(_)), "{refused:?}");
}

#[test]
fn a_google_login_is_renewed_by_the_client_that_the_config_describes_and_keeps_its_project() {
    let given =
        r#"{"access_token": "ya29.CANARY-new-0123456789abcdef", "expires_in": 3600, "token_type": "Bearer"}"#;
    let server = Server::start(&[Answer::Says(200, given)]);
    let config = format!(
        "[auth.login.google-gemini-cli]\ntokenUrl = \"{}\"\nclientId = \"mine.apps\"\nclientSecret = \"${{MINE_SECRET}}\"\n",
        server.url("/token")
    );
    let login = json!({"type": "oauth", "provider": "google-gemini-cli", "access": "ya29.CANARY-old-0123456789abcdef",
        "refresh": "1//CANARY-refresh-0123456789", "expires": 1, "projectId": "my-project-7"});
    let store = json!({"version": 1, "profiles": {"google-gemini-cli:default": login}}).to_string();
    let mut home = Home::with(NOW, &[(CONFIG, &config), (STORE, &store)]);
    home.set("MINE_SECRET", "CANARY-client");
    let (exit, stdout, stderr) =
        home.run("zirkabot models auth print --provider google-gemini-cli --format json");
    assert_eq!((exit, stderr.as_str()), (0, ""), "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["secret"], "ya29.CANARY-new-0123456789abcdef");
    assert_eq!(document["projectId"], "my-project-7");
    let asked = server.asked();
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    for field in ["client_id=mine.apps", "client_secret=CANARY-client", "refresh_token=1%2F%2FCANARY"] {
        assert!(asked.body.contains(field), "{}", asked.body);
    }
    let kept: Value = serde_json::from_slice(&std::fs::read(home.path().join(STORE)).unwrap()).unwrap();
    assert_eq!(kept["profiles"]["google-gemini-cli:default"]["projectId"], "my-project-7");
    assert_eq!(kept["profiles"]["google-gemini-cli:default"]["access"], "ya29.CANARY-new-0123456789abcdef");
}

#[test]
fn a_token_is_sent_to_hosts_of_its_provider_only_whatever_the_answer_says() {
    for (api, kept_as) in [
        ("https://api.business.githubcopilot.com", Some("https://api.business.githubcopilot.com")),
        ("https://githubcopilot.com.evil.example", None),
        ("http://api.githubcopilot.com", None),
        ("https://api.githubcopilot.com@evil.example", None),
        ("javascript:alert(1)", None),
    ] {
        let given = json!({"token": "tid=CANARY", "expires_at": 1_795_352_400, "endpoints": {"api": api}});
        let server = Server::start(&[Answer::Says(200, given.to_string().leak())]);
        let home = home(&server.url("/token"));
        assert_eq!(home.run(PRINT).0, 0, "{api}");
        let record: Value = serde_json::from_slice(&std::fs::read(kept(&home)).unwrap()).unwrap();
        assert_eq!(record["tokens"][0]["address"].as_str(), kept_as, "{api}");
    }
}
