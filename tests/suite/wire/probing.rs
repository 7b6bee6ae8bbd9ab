//! Providers are asked whether credentials work, against a server on this machine that behaves like one; and nobody
//! is asked otherwise.

use crate::support::home::{CONFIG, Home, NOW, STORE};
use crate::support::server::{Answer, Asked, Server};
use crate::support::tls::over_tls;
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// A key of anthropic's form that says how it is answered.
fn key(what: &str) -> String {
    format!("sk-ant-api03-CANARY-{what}-{}AA", "A".repeat(108 - 20 - what.len() - 3))
}

fn profile(what: &str) -> Value {
    json!({"type": "api_key", "provider": "anthropic", "key": key(what)})
}

/// A home whose provider answers at this address.
fn home(url: &str, profiles: &[(&str, Value)]) -> Home {
    let all: serde_json::Map<_, _> =
        profiles.iter().map(|(id, own)| ((*id).to_owned(), own.clone())).collect();
    let store = serde_json::to_string_pretty(&json!({"version": 1, "profiles": all})).unwrap();
    let config = format!(
        "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n\n\
         [models.providers.anthropic]\nbaseUrl = \"{url}\"\nmodels = []\n"
    );
    Home::with(NOW, &[(CONFIG, &config), (STORE, &store)])
}

const LIST: &str = r#"{"data": [{"id": "claude-opus-4-5"}]}"#;

/// Answers by the key.
fn answer(asked: &Asked) -> Answer {
    let shown = asked.header("x-api-key").or(asked.header("authorization")).unwrap_or_default();
    let what = shown.split_once("CANARY-").map_or("", |(_, rest)| rest.split('-').next().unwrap_or_default());
    match what {
        "good" => Answer::Tells(
            200,
            "anthropic-organization-id: 11-22\r\nanthropic-ratelimit-requests-remaining: 49\r\n\
             anthropic-ratelimit-requests-limit: 50\r\n",
            LIST,
        ),
        "bad" => Answer::Says(
            401,
            r#"{"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key CANARY"}}"#,
        ),
        "scope" => Answer::Says(
            400,
            r#"{"error": {"type": "invalid_request_error", "message": "only authorized for use with Claude Code"}}"#,
        ),
        "unpaid" => Answer::Status(402),
        "busy" => Answer::Tells(429, "retry-after: 77\r\n", r#"{"error": {"type": "rate_limit_error"}}"#),
        "over" => Answer::Says(529, r#"{"error": {"type": "overloaded_error"}}"#),
        "cut" => Answer::Cuts,
        "slow" => Answer::Waits,
        "html" => Answer::Says(200, "<html>CANARY</html>"),
        "moved" => Answer::Elsewhere,
        "gone" => Answer::Status(404),
        _ => Answer::Status(418),
    }
}

/// What a command prints as JSON, with its exit code; nothing of it is a secret.
fn said(home: &Home, line: &str) -> (u8, Value) {
    let (exit, stdout, stderr) = home.hurried(line);
    assert!(!format!("{stdout}{stderr}").contains("CANARY"), "{stdout}{stderr}");
    (exit, serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{line}: {exit} {stdout} {stderr}")))
}

#[test]
fn each_answer_has_its_outcome_and_exit_code_and_nothing_rests_because_of_it() {
    for (what, exit, status, outcome) in [
        ("good", 0, "ok", "works"),
        ("bad", 1, "auth", "refused"),
        ("scope", 1, "auth", "scope"),
        ("unpaid", 1, "billing", "billing"),
        ("busy", 2, "rate_limit", "limited"),
        ("over", 2, "timeout", "unreachable"),
        ("cut", 2, "timeout", "unreachable"),
        ("slow", 2, "timeout", "unreachable"),
        ("html", 1, "unknown", "address"),
        ("moved", 1, "unknown", "address"),
        ("gone", 1, "unknown", "address"),
        ("odd", 2, "format", "unknown"),
    ] {
        let server = Server::with(answer);
        let home = home(&server.url(""), &[("anthropic:a", profile(what))]);
        let before = std::fs::read(home.path().join(STORE)).unwrap();
        let (code, document) = said(&home, "zirkabot models auth test anthropic:a --timeout 1s --json");
        let result = &document["probes"]["results"][0];
        assert_eq!(
            (code, &result["status"], &result["outcome"]),
            (exit, &json!(status), &json!(outcome)),
            "{document}"
        );
        assert_eq!(document["exitCode"], exit, "{document}");
        assert_eq!(result["profileId"], "anthropic:a");
        let asked = server.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert_eq!(asked[0].line, "GET /v1/models?limit=1 HTTP/1.1");
        assert_eq!(asked[0].header("x-api-key"), Some(&*key(what)));
        assert_eq!(asked[0].header("anthropic-version"), Some("2023-06-01"));
        assert_eq!(std::fs::read(home.path().join(STORE)).unwrap(), before, "{what}");
        if what == "good" {
            assert_eq!((&result["account"], &result["requestsLeft"]), (&json!("11-22"), &json!(49)));
        }
        if what == "busy" {
            assert_eq!(result["until"], NOW + 77_000);
        }
        let record = std::fs::read_to_string(home.path().join(".zirkabot/probes.json")).unwrap_or_default();
        assert!(!record.contains("CANARY") && record.is_empty() == (outcome == "unknown"), "{record}");
    }
}

#[test]
fn the_verdict_says_what_was_said_and_when_until_the_secret_is_another_one() {
    for (what, exit, can, now, later) in [
        ("good", 0, "yes", "; verified just now", Some("; verified 2h ago")),
        ("bad", 1, "no", "was rejected (checked just now)", Some("was rejected (checked 2h ago)")),
        ("cut", 2, "unknown", "anthropic gave no answer just now", None),
        ("busy", 0, "limited", "has reached its limit for 1m", None),
    ] {
        let server = Server::with(answer);
        let mut home = home(&server.url(""), &[("anthropic:a", profile(what))]);
        let (code, document) = said(&home, "zirkabot models status --check --probe --json");
        assert_eq!((code, &document["canTalk"]), (exit, &json!(can)), "{document}");
        assert_eq!(document["verifiedAt"].is_i64(), what == "good");
        assert_eq!(document["auth"]["probes"]["totalTargets"], 1, "{document}");
        assert_eq!(document["agents"][0]["auth"]["probes"], document["auth"]["probes"]);
        assert_eq!(server.asked().len(), 1);
        let (code, text, _) = home.hurried("zirkabot models status --check");
        let first =
            text.lines().take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ").replace("  ", "");
        assert!(code == exit && first.contains(now), "{text}");
        home.at(NOW + 2 * 3_600_000);
        let (code, text, _) = home.hurried("zirkabot models status --check");
        match later {
            Some(later) => assert!(code == exit && text.contains(later), "{text}"),
            None => {
                assert!(
                    code == 0 && text.starts_with("✓ agent main can talk") && !text.contains("ago"),
                    "{text}"
                );
            }
        }
        let store = std::fs::read_to_string(home.path().join(STORE)).unwrap();
        std::fs::write(home.path().join(STORE), store.replace(&key(what), &key("other"))).unwrap();
        let (code, text, _) = home.hurried("zirkabot models status --check");
        assert!(code == 0 && text.starts_with("✓ agent main can talk") && !text.contains("ago"), "{text}");
        assert!(server.asked().is_empty(), "{what}: somebody was asked without --probe");
    }
}

#[test]
fn several_are_asked_at_once_and_each_secret_is_told_of_by_its_name() {
    let server = Server::with(answer);
    let mut home = home(
        &server.url(""),
        &[
            ("anthropic:a", profile("good")),
            ("anthropic:b", profile("bad")),
            ("anthropic:c", profile("good")),
        ],
    );
    home.set("ANTHROPIC_API_KEY", &key("unpaid"));
    let (code, document) = said(&home, "zirkabot models auth test --json");
    let results = document["probes"]["results"].as_array().unwrap();
    let told: Vec<_> = results
        .iter()
        .map(|one| (one["label"].as_str().unwrap(), one["outcome"].as_str().unwrap()))
        .collect();
    let expected = [
        ("ANTHROPIC_API_KEY", "billing"),
        ("anthropic:a", "works"),
        ("anthropic:b", "refused"),
        ("anthropic:c", "works"),
    ];
    assert_eq!((code, told), (1, expected.to_vec()), "{document}");
    let (code, text, stderr) = home.hurried("zirkabot models auth test");
    assert!(
        code == 1 && text.contains("✓ anthropic:a (anthropic) works, verified just now ("),
        "{text}{stderr}"
    );
    assert!(
        text.contains("✗ anthropic:b (anthropic) was rejected: it answered 401, authentication_error"),
        "{text}"
    );
    let (code, _, stderr) = home.hurried("zirkabot models auth test anthropic:nobody");
    assert!(code != 0 && stderr.contains("there is no credential `anthropic:nobody`"), "{stderr}");
}

#[test]
fn nobody_is_asked_who_is_not_to_be() {
    let server = Server::with(answer);
    let token = format!("sk-ant-oat01-CANARY-good-{}AA", "A".repeat(108 - 28));
    let login = json!({"type": "token", "provider": "anthropic", "token": token});
    // A login goes to no other host, and nothing in clear.
    for (url, profile) in [("https://llm.example.com", login), ("http://llm.example.com", profile("good"))] {
        let home = home(url, &[("anthropic:a", profile)]);
        let (code, document) = said(&home, "zirkabot models auth test anthropic:a --json");
        assert_eq!(
            (code, &document["probes"]["results"][0]["outcome"]),
            (2, &json!("not_asked")),
            "{document}"
        );
    }
    // No other machine, when it is said so.
    let home = home("https://api.anthropic.com", &[("anthropic:a", profile("good"))]);
    let (code, document) = said(&home, "zirkabot models status --check --probe --json");
    let result = &document["auth"]["probes"]["results"][0];
    assert!(code == 0 && result["error"].as_str().unwrap().contains("ZIRKABOT_OFFLINE"), "{document}");
    assert!(!home.path().join(".zirkabot/probes.json").exists());
    let home = self::home(&server.url(""), &[("anthropic:a", profile("good"))]);
    for line in [
        "zirkabot models status",
        "zirkabot models status --check --json",
        "zirkabot models status --format nagios",
        "zirkabot doctor",
        "zirkabot doctor --fix",
        "zirkabot doctor --dry-run --json",
        "zirkabot plan",
        "zirkabot monitor",
        "zirkabot models auth why anthropic",
        "zirkabot models auth list",
        "zirkabot env",
    ] {
        home.hurried(line);
        assert!(server.asked().is_empty(), "`{line}` asked");
    }
    for line in [
        "zirkabot doctor --probe --dry-run",
        "zirkabot monitor --probe --dry-run",
        "zirkabot models status --probe --plain",
    ] {
        let (code, _, _) = home.hurried(line);
        assert_eq!(code, 64, "{line}");
        assert!(server.asked().is_empty(), "`{line}` asked");
    }
}

#[test]
fn the_doctor_and_the_monitor_tell_of_a_key_that_was_revoked() {
    let server = Server::with(answer);
    let home = home(&server.url(""), &[("anthropic:a", profile("bad"))]);
    let (code, text, _) = home.hurried("zirkabot doctor --probe --non-interactive");
    assert!(
        code == 1 && text.contains("error[probe/refused]: anthropic rejected anthropic:a just now"),
        "{text}"
    );
    assert!(text.contains("Auth probes\n✗ anthropic:a"), "{text}");
    let (code, document) = said(&home, "zirkabot doctor --probe --json");
    assert_eq!((code, &document["probes"]["results"][0]["status"]), (1, &json!("auth")), "{document}");
    assert_eq!(document["agents"][0]["canTalk"], "no");
    let (code, text, _) = home.hurried("zirkabot monitor --probe");
    assert!(code == 1 && text.contains("anthropic rejected anthropic:a just now"), "{text}");
    let (code, text, _) = home.hurried("zirkabot monitor --probe");
    assert!(code == 1 && text.is_empty(), "told twice: {text}");
}

#[test]
fn a_model_is_asked_where_that_is_wanted_over_tls_if_its_certificate_is_trusted() {
    let (port, authority) = over_tls("localhost", r#"{"type": "message"}"#.to_owned());
    let home = home(&format!("https://localhost:{port}"), &[("anthropic:a", profile("good"))]);
    let file = home.path().join("authority.pem");
    std::fs::write(&file, authority).unwrap();
    for (trusted, code, outcome) in [(false, 2, "unreachable"), (true, 0, "works")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(["models", "auth", "test", "--full", "--json"]);
        command.env_clear().envs(home.environment()).current_dir("/").stdin(Stdio::null());
        if trusted {
            command.env("SSL_CERT_FILE", &file);
        }
        let output = command.output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let result = &document["probes"]["results"][0];
        assert_eq!((output.status.code(), &result["outcome"]), (Some(code), &json!(outcome)), "{document}");
    }
    let server = Server::with(answer);
    let home = self::home(&server.url("/v1"), &[("anthropic:a", profile("good"))]);
    said(&home, "zirkabot models status --probe=full --json");
    let asked = server.asked();
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(asked[0].line, "POST /v1/messages HTTP/1.1");
    assert_eq!((&body["model"], &body["max_tokens"]), (&json!("claude-opus-4-5"), &json!(16)));
}

#[test]
fn what_cannot_be_written_down_is_told_all_the_same() {
    let server = Server::with(answer);
    let home = home(&server.url(""), &[("anthropic:a", profile("bad"))]);
    // Where the file is to be is a directory.
    std::fs::create_dir_all(home.path().join(".zirkabot/.probes.json.zirkabot-tmp")).unwrap();
    let (code, text, stderr) = home.hurried("zirkabot models status --check --probe");
    assert!(code == 1 && text.contains("was rejected (checked just now)"), "{text}{stderr}");
    assert!(stderr.contains("note: the results could not be recorded"), "{stderr}");
}
