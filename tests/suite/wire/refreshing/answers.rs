//! What a token endpoint is asked, and what each of its answers means.

use super::*;

const OK: &str = r#"{"access_token":"sk-ant-oat01-CANARY-access-1","refresh_token":"sk-ant-ort01-CANARY-refresh-1","expires_in":3600}"#;

/// What it is, the answers, what comes of it, how often it is asked, and what is said.
const TABLE: &[(&str, &[Answer], &str, usize, &str)] = &[
    ("success", &[Answer::Says(200, OK)], "renewed", 1, ""),
    (
        "no new refresh token",
        &[Answer::Says(200, r#"{"access_token":"CANARY-a","expires_in":60}"#)],
        "renewed",
        1,
        "",
    ),
    ("refused", &[Answer::Says(400, r#"{"error":"invalid_grant"}"#)], "refused", 1, "400, invalid_grant"),
    (
        "refused, nested",
        &[Answer::Says(401, r#"{"error":{"code":"refresh_token_reused"}}"#)],
        "refused",
        1,
        "refresh_token_reused",
    ),
    ("a wrong client", &[Answer::Says(401, r#"{"error":"invalid_client"}"#)], "failed", 1, "invalid_client"),
    ("too many requests", &[Answer::Says(429, "CANARY")], "failed", 1, "429"),
    ("trouble, then success", &[Answer::Status(500), Answer::Says(200, OK)], "renewed", 2, ""),
    ("trouble for good", &[Answer::Status(503); 3], "failed", 3, "503"),
    ("cut, then success", &[Answer::Cuts, Answer::Says(200, OK)], "renewed", 2, ""),
    ("cut for good", &[Answer::Cuts; 3], "failed", 3, "connection"),
    ("a web page", &[Answer::Says(200, "<html>CANARY</html>")], "failed", 1, "not JSON"),
    ("an empty answer", &[Answer::Says(200, "{}")], "failed", 1, "no token"),
    ("a list", &[Answer::Says(200, "[]")], "failed", 1, "no token"),
    ("elsewhere", &[Answer::Elsewhere], "failed", 1, "307"),
    ("a flood", &[Answer::Floods], "failed", 1, "too large"),
];

#[test]
fn each_answer_has_its_outcome() {
    for (what, answers, outcome, calls, why) in TABLE {
        let server = Server::start(answers);
        let home = home(&server.url("/token"));
        let before = std::fs::read(home.path().join(STORE)).unwrap();
        let (exit, document) = refreshed(&home, "anthropic:me");
        let said = &document["profiles"][0];
        assert_eq!(said["outcome"], *outcome, "{what}: {document}");
        assert_eq!(exit, u8::from(*outcome != "renewed"), "{what}");
        assert!(said["why"].as_str().unwrap_or_default().contains(why), "{what}: {said}");
        assert_eq!(server.asked().len(), *calls, "{what}");
        let after = store(&home, STORE);
        let profile = &after["profiles"]["anthropic:me"];
        assert_eq!(profile["mine"], json!({"kept": true}), "{what}");
        match *outcome {
            "renewed" => {
                assert!(profile["expires"].as_i64().unwrap() > NOW - 5 * 60_000, "{what}: {profile}");
                assert_ne!(profile["access"], access(0), "{what}");
                let kept = what.contains("no new");
                assert_eq!(profile["refresh"] == refresh(0), kept, "{what}");
            }
            "refused" => {
                assert_eq!(after["usageStats"]["anthropic:me"]["refreshRefused"]["at"], NOW, "{what}");
            }
            _ => assert_eq!(std::fs::read(home.path().join(STORE)).unwrap(), before, "{what}"),
        }
        // Nothing is left over.
        assert!(home.snapshot()[".zirkabot/.refresh-anthropic.lock"].bytes.is_empty(), "{what}");
    }
}

#[test]
fn who_does_not_answer_in_time_is_asked_once() {
    for answer in [Answer::Waits, Answer::Stalls] {
        let server = Server::start(&[answer]);
        let home = home(&server.url("/token"));
        let (_, stdout, _) = home.hurried("zirkabot models auth refresh anthropic:me --timeout 300ms --json");
        assert!(stdout.contains("no answer in time"), "{stdout}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn each_provider_is_asked_in_its_own_way() {
    for (provider, body, end) in [
        (
            "anthropic",
            r#"{"grant_type":"refresh_token","refresh_token":"CANARY r/1","client_id":"9d1c250a-e61b-44d9-88ed-5944d1962f5e"}"#,
            3_300_000,
        ),
        (
            "openai-codex",
            "grant_type=refresh_token&refresh_token=CANARY%20r%2F1&client_id=app_EMoamEEZ73f0CkXaXp7hrann",
            3_600_000,
        ),
        (
            "qwen-portal",
            "grant_type=refresh_token&refresh_token=CANARY%20r%2F1&client_id=f0304373b74a44d2b584a3fb70ca9e56",
            3_600_000,
        ),
        (
            "chutes",
            "grant_type=refresh_token&refresh_token=CANARY%20r%2F1&client_id=cid_FAKE&client_secret=CANARY%20secret",
            3_300_000,
        ),
    ] {
        let server =
            Server::start(&[Answer::Says(200, r#"{"access_token":"CANARY-new","expires_in":3600}"#)]);
        let id = format!("{provider}:me");
        let record = json!({"type": "oauth", "provider": provider, "access": "CANARY-old",
            "refresh": "CANARY r/1", "expires": 1, "clientId": "cid_FAKE"});
        let config = format!("[auth.refresh.{provider}]\nurl = \"{}\"\n", server.url("/x"));
        let config = if provider == "anthropic" { String::new() } else { config };
        let mut home = home_with(&server.url("/x"), &[(&id, record)], &config);
        home.set("CHUTES_CLIENT_SECRET", "CANARY secret");
        let (exit, document) = refreshed(&home, &id);
        assert_eq!((exit, &document["profiles"][0]["outcome"]), (0, &json!("renewed")), "{document}");
        let asked = server.asked();
        assert_eq!(asked[0].line, "POST /x HTTP/1.1");
        assert_eq!(asked[0].body, body);
        let kind =
            if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        assert_eq!(asked[0].header("content-type"), Some(kind));
        assert_eq!(store(&home, STORE)["profiles"][&id]["expires"], NOW + end, "{provider}");
    }
}

#[test]
fn what_cannot_be_renewed_is_not_asked_for() {
    let server = rotating();
    for (record, says) in [
        (
            json!({"type": "token", "provider": "anthropic", "token": access(0), "expires": 1}),
            "a static token",
        ),
        (json!({"type": "api_key", "provider": "anthropic", "key": "sk-ant-api03-CANARY"}), "an API key"),
        (
            json!({"type": "oauth", "provider": "anthropic", "access": access(0), "expires": 1}),
            "no refresh token",
        ),
        (
            json!({"type": "oauth", "provider": "google-gemini-cli", "access": "a", "refresh": "r", "expires": 1}),
            "cannot renew logins for google-gemini-cli",
        ),
        (
            json!({"type": "oauth", "provider": "chutes", "access": "a", "refresh": "CANARY-r", "expires": 1}),
            "the client of",
        ),
    ] {
        let home = home_with(&server.url("/token"), &[("x:me", record)], "");
        let before = home.snapshot();
        let (exit, document) = refreshed(&home, "x:me");
        let said = &document["profiles"][0];
        assert_eq!((exit, &said["outcome"]), (1, &json!("impossible")), "{said}");
        assert!(said["why"].as_str().unwrap().contains(says), "{said}");
        assert!(said["fix"]["text"].is_string(), "{said}");
        assert!(home.snapshot().keys().filter(|path| !path.ends_with(".lock")).eq(before.keys()), "{says}");
    }
    assert!(server.asked().is_empty());
}
