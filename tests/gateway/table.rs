//! What comes of each answer of a provider: what the client gets, what the store says, how often was asked.

use crate::support::gateway::{Gateway, Reply, config, hi, hi_stream, key, store, whole_stream};
use crate::support::provider::Provider;
use serde_json::{Value, json};

/// Two keys, the first of which has this fault; what the client got, and with which keys was asked.
fn with_fault(fault: &str, body: &Value) -> (Reply, Vec<String>, Gateway, Provider) {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &[fault, "good"]);
    let reply = gateway.ask(body);
    let keys = provider.got().iter().map(super::support::provider::Got::key).collect();
    (reply, keys, gateway, provider)
}

#[test]
fn the_next_key_answers_where_the_first_is_to_blame() {
    for (fault, reason, rest) in [
        ("fault-401", "auth", "cooldownUntil"),
        ("fault-402", "billing", "disabledUntil"),
        ("fault-403", "auth", "cooldownUntil"),
        ("fault-429", "rate_limit", "cooldownUntil"),
        ("fault-429-retry-77", "rate_limit", "cooldownUntil"),
        ("fault-cc", "scope", "disabledUntil"),
        ("fault-extra", "overage", "disabledUntil"),
    ] {
        let (reply, keys, gateway, _provider) = with_fault(fault, &hi());
        assert_eq!((reply.status, reply.by()), (200, ("anthropic:p1".into(), "2".into())), "{fault}");
        assert_eq!(keys, [key(fault), key("good")], "{fault}");
        // The first rests, so that it is not asked again.
        assert_eq!(gateway.ask(&hi()).by(), ("anthropic:p1".into(), "1".into()), "{fault}");
        let state = gateway.state();
        let (code, log) = gateway.stop();
        assert_eq!(code, Some(0), "{log}");
        let usage = super::life::usage_in(state.path(), "anthropic:p0");
        assert_eq!(usage["failureCounts"][reason], 1, "{fault}: {usage}");
        assert!(usage[rest].as_i64().is_some_and(|until| until > 0), "{fault}: {usage}");
    }
}

#[test]
fn a_token_is_got_once_where_requests_carry_no_credential_that_is_stored() {
    let provider = Provider::start();
    let profile = |token: &str| json!({"type": "token", "provider": "github-copilot", "token": token});
    let (bad, good) =
        (format!("ghu_CANARY-fault-401-{}", "0".repeat(20)), format!("ghu_CANARY-{}", "1".repeat(29)));
    let store = json!({"version": 1,
        "profiles": {"github-copilot:a": profile(&bad), "github-copilot:b": profile(&good)},
        "order": {"github-copilot": ["github-copilot:a", "github-copilot:b"]}});
    let mut config = config(&provider);
    let exchange = format!("{}/copilot_internal/v2/token", provider.url());
    config["auth"] = json!({"refresh": {"github-copilot": {"url": exchange}}});
    let gateway = Gateway::start(&config, &store);
    let body = json!({"model": "github-copilot/gpt-5.2", "messages": [{"role": "user", "content": "hi"}]});
    let ask = || gateway.connect().post("/v1/chat/completions", &[], body.to_string().as_bytes());
    let reply = ask();
    assert_eq!(
        (reply.status, reply.by()),
        (200, ("github-copilot:b".into(), "1".into())),
        "{}",
        reply.text()
    );
    assert_eq!(ask().status, 200);
    let got = provider.got();
    let lines: Vec<&str> = got.iter().filter_map(|got| got.line.split(' ').nth(1)).collect();
    // Each credential was asked for once; then both requests went out with what was given.
    let (token, model) = ("/copilot_internal/v2/token", "/chat/completions");
    assert_eq!(lines, [token, token, model, model]);
    for request in &got[2..] {
        assert_eq!(request.key(), format!("tid=CANARY-{};exp=1", good.len()));
        assert!(request.header("editor-version").unwrap().starts_with("zirkabot/"));
    }
    // Who sends such a header is not told over.
    let own = [("editor-version", "vim/9")];
    assert_eq!(gateway.connect().post("/v1/chat/completions", &own, body.to_string().as_bytes()).status, 200);
    assert_eq!(provider.got()[0].header("editor-version"), Some("vim/9"));
    assert_eq!(gateway.usage("github-copilot:a")["failureCounts"]["auth"], 1);
    assert!(!gateway.stop().1.contains("CANARY"));
}

#[test]
fn what_another_key_would_not_change_is_passed_on_as_it_is() {
    for (fault, asked) in
        [("fault-413", 1), ("fault-422", 1), ("fault-404", 1), ("fault-503", 2), ("fault-529", 1)]
    {
        let (reply, keys, gateway, provider) = with_fault(fault, &hi());
        assert_eq!(reply.status.to_string(), fault[6..], "{}", reply.text());
        assert_eq!(keys, vec![key(fault); asked], "{fault}");
        let direct = super::passing::direct(&provider, &key(fault), &hi());
        assert_eq!(reply.text(), direct.text(), "{fault}");
        assert_eq!(gateway.usage("anthropic:p0")["errorCount"].as_u64().unwrap_or(0), 0, "{fault}");
    }
}

#[test]
fn a_provider_that_breaks_the_connection_is_asked_once_more_and_nobody_is_blamed() {
    let (reply, keys, gateway, _provider) = with_fault("fault-reset", &hi());
    assert_eq!((reply.status, keys.len()), (502, 2), "{}", reply.text());
    assert!(reply.text().contains("\"type\":\"api_error\""), "{}", reply.text());
    assert_eq!(gateway.usage("anthropic:p0"), Value::Null);
}

#[test]
fn an_error_as_the_first_event_of_a_stream_is_an_error() {
    // A client does not ask again as it would after a 529, so the other key is asked; the first is not to blame.
    let (reply, keys, gateway, _) = with_fault("fault-first", &hi_stream());
    assert_eq!((reply.text(), reply.status, keys.len()), (whole_stream(), 200, 2));
    assert_eq!(gateway.usage("anthropic:p0"), Value::Null);
    // If all say so, the client hears it as it was said.
    let provider = Provider::start();
    let reply = Gateway::with(&provider, &["fault-first", "fault-first"]).ask(&hi_stream());
    assert!(reply.text().contains("overloaded_error"), "{}", reply.text());
    assert_eq!((reply.status, provider.got().len()), (200, 2));
    // With a model to fall back on, that one answers.
    let provider = Provider::start();
    let mut config = config(&provider);
    config["agents"] = json!({"defaults": {"model": {
        "primary": "anthropic/fault-first", "fallbacks": ["anthropic/claude-haiku-4-5"]}}});
    let gateway = Gateway::start(&config, &store(&["good"]));
    let mut body = hi_stream();
    body["model"] = "fault-first".into();
    let reply = gateway.ask(&body);
    assert_eq!(reply.text(), whole_stream());
    assert_eq!(reply.header("x-zirkabot-model"), Some("claude-haiku-4-5"));
    // The model rests: it is not even asked.
    provider.got();
    assert_eq!(gateway.ask(&body).text(), whole_stream());
    assert_eq!(provider.got().len(), 1);
}

#[test]
fn nothing_is_repeated_after_the_first_event() {
    for (fault, is_whole) in [("fault-mid", true), ("fault-cut", false)] {
        let (reply, keys, ..) = with_fault(fault, &hi_stream());
        assert_eq!((reply.status, keys.len(), reply.is_whole), (200, 1, is_whole), "{fault}");
        assert!(reply.text().starts_with("event: message_start\n"), "{}", reply.text());
        assert_eq!(reply.text().contains("overloaded_error"), fault == "fault-mid");
    }
}

#[test]
fn where_all_rest_nobody_is_asked_and_the_end_is_told() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["fault-429-retry-70", "fault-429-retry-90"]);
    let first = gateway.ask(&hi());
    assert_eq!((first.status, provider.got().len()), (429, 2));
    assert!(first.text().contains("account's rate limit"), "{}", first.text());
    let second = gateway.ask(&hi());
    assert_eq!((second.status, provider.got().len()), (429, 0));
    let seconds: u64 = second.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=70).contains(&seconds), "{seconds}");
    assert!(second.text().contains("rate_limit_error"), "{}", second.text());
}

#[test]
fn a_conversation_stays_with_its_key() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["one", "two"]);
    let session = [("x-claude-code-session-id", "s-1")];
    let body = hi().to_string();
    let mut client = gateway.connect();
    assert_eq!(client.post("/v1/messages", &session, body.as_bytes()).by().0, "anthropic:p0");
    // Another order, for those who come anew.
    let mut changed = store(&["one", "two"]);
    changed["order"]["anthropic"] = json!(["anthropic:p1", "anthropic:p0"]);
    super::support::gateway::put(&gateway.state_path(), super::support::gateway::STORE, &changed.to_string());
    assert_eq!(client.post("/v1/messages", &session, body.as_bytes()).by().0, "anthropic:p0");
    assert_eq!(client.post("/v1/messages", &[], body.as_bytes()).by().0, "anthropic:p1");
}

#[test]
fn the_login_of_a_subscription_is_for_its_owner() {
    let provider = Provider::start();
    let token = key("good").replace("api03", "oat01");
    let tokens = json!({"version": 1, "profiles": {
        "anthropic:setup": {"type": "token", "provider": "anthropic", "token": token}}});
    let gateway = Gateway::start(&config(&provider), &tokens);
    let reply = gateway.ask(&hi());
    assert_eq!((reply.status, provider.got().len()), (403, 0), "{}", reply.text());
    assert!(reply.text().contains("subscription"), "{}", reply.text());
    // A request that brings such a login itself goes through with it; refused, ours takes its place.
    let own = key("fault-429").replace("api03", "oat01");
    let bearer = format!("Bearer {own}");
    let headers = [("x-zirkabot-token", super::support::gateway::TOKEN), ("authorization", bearer.as_str())];
    let mut client = gateway.connect();
    client.send("POST", "/v1/messages", &headers, hi().to_string().as_bytes());
    assert_eq!(client.receive().unwrap().by().0, "anthropic:setup");
    let keys: Vec<_> = provider.got().iter().map(super::support::provider::Got::key).collect();
    assert_eq!(keys, [own, token.clone()]);
    // Who says so sends it for everybody.
    let mut config = config(&provider);
    config["gateway"]["subscriptions"] = "try".into();
    let gateway = Gateway::start(&config, &tokens);
    assert_eq!(gateway.ask(&hi()).status, 200);
    assert_eq!(provider.got()[0].header("authorization"), Some(format!("Bearer {token}").as_str()));
}

#[test]
fn how_long_a_key_rests_that_is_told_nothing_the_config_may_say() {
    for (rests, seconds) in [(json!(null), 30), (json!("legacy"), 60), (json!(["2h", "3h"]), 7_200)] {
        let provider = Provider::start();
        let mut config = config(&provider);
        config["auth"] = json!({"cooldowns": {"rests": rests}});
        if rests.is_null() {
            config["auth"] = json!({});
        }
        let gateway = Gateway::start(&config, &store(&["fault-429", "good"]));
        assert_eq!(gateway.ask(&hi()).by(), ("anthropic:p1".into(), "2".into()), "{rests}");
        let state = gateway.state();
        let (_, log) = gateway.stop();
        let usage = super::life::usage_in(state.path(), "anthropic:p0");
        let at = |key: &str| usage[key].as_i64().unwrap_or_default();
        let rest = at("cooldownUntil") - at("lastFailureAt");
        assert!((rest - seconds * 1_000).abs() < 2_000, "{rests}: {rest} {usage} {log}");
    }
}
