//! The library as a gateway uses it: an open state directory, asked again and again.

use crate::support::home::{CONFIG, Home, NOW, SESSIONS, STORE};
use serde_json::json;
use std::time::{Duration, SystemTime};
use zirkabot::pipeline::open::Open;
use zirkabot::pipeline::{Limits, RenewalOutcome};
use zirkabot::policy::rotation::{CallOutcome, FailureReason};

fn key(name: &str) -> serde_json::Value {
    json!({"type": "api_key", "provider": "anthropic", "key": format!("sk-ant-api03-CANARY-{name}-{}", "A".repeat(86))})
}

fn home() -> Home {
    let store = json!({"version": 1, "profiles": {"anthropic:a": key("a"), "anthropic:b": key("b")},
        "order": {"anthropic": ["anthropic:a", "anthropic:b"]}});
    let sessions =
        json!({"agent:main:x": {"authProfileOverride": "anthropic:b", "authProfileOverrideSource": "user"}});
    Home::with(NOW, &[(STORE, &store.to_string()), (SESSIONS, &sessions.to_string())])
}

fn used(open: &mut Open, session: Option<&str>) -> Option<String> {
    open.resolve("main", "anthropic", session).map(|handout| handout.candidate.name.clone())
}

#[test]
fn what_is_reported_counts_at_once() {
    let home = home();
    let mut open = Open::of(&home.machine());
    assert_eq!(used(&mut open, None).as_deref(), Some("anthropic:a"));
    open.report("main", "anthropic:a", CallOutcome::Failed(FailureReason::RateLimit), 1_000).unwrap();
    assert_eq!(used(&mut open, None).as_deref(), Some("anthropic:b"));
    open.report("main", "anthropic:a", CallOutcome::Well, 1_000).unwrap();
    assert_eq!(used(&mut open, None).as_deref(), Some("anthropic:a"));
    assert!(open.report("main", "anthropic:nobody", CallOutcome::Well, 1_000).is_err());
    assert_eq!(used(&mut open, Some("agent:main:x")).as_deref(), Some("anthropic:b"));
    assert_eq!(used(&mut open, Some("agent:main:y")).as_deref(), Some("anthropic:a"));
    assert!(open.resolve("main", "groq", None).is_none());
}

#[test]
fn what_others_change_is_seen_and_what_they_do_not_is_not_read_again() {
    let home = home();
    let path = home.path().join(STORE);
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    // What was changed just now is read again in any case.
    let age = |seconds: u64| {
        for path in [&path, &home.path().join(".zirkabot/agents")] {
            let file = std::fs::File::open(path).unwrap();
            file.set_modified(old + Duration::from_secs(seconds)).unwrap();
        }
    };
    age(0);
    let mut open = Open::of(&home.machine());
    assert_eq!(used(&mut open, None).as_deref(), Some("anthropic:a"));
    // With the time of the old one it passes for it: so it was not read again.
    let other = json!({"version": 1, "profiles": {"anthropic:b": key("b")}}).to_string();
    std::fs::write(&path, &other).unwrap();
    age(0);
    assert_eq!(used(&mut open, None).as_deref(), Some("anthropic:a"));
    age(1);
    assert_eq!(used(&mut open, None).as_deref(), Some("anthropic:b"));
    // What comes into being, and what goes.
    std::fs::write(
        home.path().join(".zirkabot/.env"),
        "GROQ_API_KEY=gsk_CANARY0000000000000000000000000000000000000000000000\n",
    )
    .unwrap();
    assert!(open.resolve("main", "groq", None).is_some());
    std::fs::remove_file(&path).unwrap();
    assert_eq!(used(&mut open, None), None);
}

#[test]
fn nothing_is_handed_out_while_it_is_not_known_what_is_meant() {
    let home = home();
    let limits = Limits::new(0, 0);
    for (config, is_known) in [
        ("[auth.order]\nanthropic = [\"anthropic:b\"]\n[broken", false),
        ("[auth.order]\nanthropic = \"anthropic:b\"\n", false),
        ("[auth.oredr]\nanthropic = [\"anthropic:b\"]\n", false),
        ("[auth]\nrefreshBorrowed = \"nevr\"\n", false),
        ("[gateway]\nport = \"many\"\n[monitor]\nremind = 0\n", true),
    ] {
        std::fs::write(home.path().join(CONFIG), config).unwrap();
        let mut open = Open::of(&home.machine());
        assert_eq!(used(&mut open, None).is_some(), is_known, "{config}");
        assert_eq!(used(&mut open, Some("agent:main:x")).is_some(), is_known, "{config}");
        let refreshed = open.refresh("main", "anthropic:b", limits).outcome;
        assert!(matches!(refreshed, RenewalOutcome::Not(_)), "{config}: {refreshed:?}");
    }
}

#[test]
fn a_program_that_prints_the_key_is_asked_once_until_the_key_is_refused() {
    let config = r#"auth.profiles."anthropic:vault" = { provider = "anthropic", mode = "api_key", from = "exec:~/vault" }"#;
    let printed = format!("sk-ant-api03-CANARY-vault-{}", "A".repeat(82));
    let vault = format!("#!/bin/sh\necho >>~/asked\necho {printed}\n");
    let home =
        Home::with(NOW, &[(CONFIG, config), (STORE, r#"{"version": 1, "profiles": {}}"#), ("vault", &vault)]);
    std::fs::set_permissions(home.path().join("vault"), std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .unwrap();
    let asked = || std::fs::read_to_string(home.path().join("asked")).unwrap().len();
    let mut open = Open::of(&home.machine());
    for at in 0..20 {
        let handout = open.resolve("main", "anthropic", None).unwrap();
        assert_eq!(handout.credential.secret.expose(), &printed);
        // Somebody changes the store in between.
        std::fs::write(home.path().join(STORE), format!(r#"{{"version": 1, "profiles": {{}}, "x": {at}}}"#))
            .unwrap();
    }
    assert_eq!(asked(), 1);
    let _ = open.report("main", "anthropic:vault", CallOutcome::Failed(FailureReason::Auth), 1_000);
    assert!(open.resolve("main", "anthropic", None).is_some());
    assert_eq!(asked(), 2);
}
