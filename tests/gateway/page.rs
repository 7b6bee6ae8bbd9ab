//! The page and its data, as any client gets them: what is open, what needs the token, what stands in it, and that no
//! secret ever does. How it looks in a browser is in `browser.rs`.

use crate::support::gateway::{Gateway, STORE, TOKEN, config, hi, key, put, store};
use crate::support::provider::Provider;
use serde_json::{Value, json};

/// The data of the page; it fits its schema, and no secret stands in it.
pub(crate) fn status(gateway: &Gateway) -> Value {
    let token = format!("Bearer {TOKEN}");
    let reply = gateway.connect().get("/status.json", &[("authorization", &token)]);
    assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")), "{}", reply.text());
    let text = reply.text();
    assert!(!text.contains("CANARY"), "{text}");
    let document = serde_json::from_str(&text).unwrap();
    let schemas = zirkabot::report::schema::all();
    let (_, schema) = schemas.into_iter().find(|(name, _)| *name == "gateway.schema.json").unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<_> = validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}\n{text}");
    document
}

/// What the document says of a reason.
fn explained<'d>(document: &'d Value, reason: &str) -> Option<&'d Value> {
    document["explanations"].as_array().unwrap().iter().find(|own| own["reason"] == reason)
}

#[test]
fn the_page_is_open_always_the_same_and_kept_to_itself() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    gateway.ask(&hi());
    let page = gateway.connect().get("/", &[]);
    assert_eq!(page.status, 200);
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.split("; ").any(|own| own == part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && policy.matches("'sha256-").count() == 2, "{policy}");
    // No data: it is the same with a token, with a query, and in an empty home.
    for word in ["p0", "CANARY", "claude-opus"] {
        assert!(!page.text().contains(word), "{word}");
    }
    let token = format!("Bearer {TOKEN}");
    assert_eq!(gateway.connect().get(&format!("/?token={TOKEN}"), &[]).body, page.body);
    assert_eq!(gateway.connect().get("/", &[("authorization", &token)]).body, page.body);
    let empty = Gateway::start(&config(&provider), &json!({"version": 1, "profiles": {}}));
    assert_eq!(empty.connect().get("/", &[]).body, page.body);
    let mut client = gateway.connect();
    client.send("HEAD", "/", &[], b"");
    let head = client.head().unwrap();
    assert_eq!((head.status, head.header("content-security-policy")), (200, None));
    assert_eq!(gateway.connect().post("/", &[], b"").status, 405);
}

#[test]
fn its_data_needs_the_token_and_the_right_site() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let token = format!("Bearer {TOKEN}");
    for (headers, status) in [
        (&[][..], 401),
        (&[("x-zirkabot-token", "wrong")], 401),
        (&[("authorization", &*token), ("origin", "https://evil.example")], 403),
        (&[("authorization", &*token), ("host", "rebound.example")], 421),
    ] {
        let reply = gateway.connect().get("/status.json", headers);
        assert_eq!(reply.status, status, "{headers:?}");
        assert!(!reply.text().contains("p0") && reply.header("access-control-allow-origin").is_none());
    }
    assert_eq!(gateway.connect().get(&format!("/status.json?token={TOKEN}"), &[]).status, 401);
    // Who was refused is told of, who looks is not.
    status(&gateway);
    let document = status(&gateway);
    let reasons: Vec<_> = document["outcomes"].as_array().unwrap().iter().map(|own| &own["reason"]).collect();
    assert_eq!(reasons, ["token", "host", "origin", "token", "token"]);
    assert!(
        explained(&document, "host")
            .is_some_and(|own| own["text"].as_str().unwrap().contains("allowedHosts"))
    );
}

#[test]
fn it_says_who_is_next_and_why_what_rests_and_what_came() {
    let provider = Provider::start();
    let mut store = store(&["fault-429-retry-600", "x", "fault-401"]);
    store["profiles"]["anthropic:me@example.com"] =
        json!({"type": "api_key", "provider": "anthropic", "key": key("good")});
    store["order"]["anthropic"] =
        json!(["anthropic:p0", "anthropic:p2", "anthropic:me@example.com", "anthropic:p1"]);
    let gateway = Gateway::start(&config(&provider), &store);
    let before = status(&gateway);
    let first = &before["providers"][0];
    assert_eq!(
        (&first["next"], &first["because"]),
        (&json!("anthropic:p0"), &json!("it is the first in the order"))
    );
    assert_eq!(gateway.ask(&hi()).status, 200);
    let document = status(&gateway);
    let of = &document["providers"][0];
    assert_eq!(of["next"], "anthropic:m...@example.com");
    let because = of["because"].as_str().unwrap();
    assert!(
        because.contains("not now: anthropic:p")
            && because.contains("anthropic:p0 (")
            && because.contains("anthropic:p2 ("),
        "{because}"
    );
    let named =
        |name: &str| of["credentials"].as_array().unwrap().iter().find(|own| own["name"] == name).unwrap();
    let rest = named("anthropic:p0");
    let left = rest["restsUntil"].as_i64().unwrap() - document["now"].as_i64().unwrap();
    assert!((500_000..=600_000).contains(&left), "{left}");
    assert_eq!((&rest["verdict"], &rest["restReason"]), (&json!("resting"), &json!("rate_limit")));
    assert_eq!(named("anthropic:p2")["restReason"], "auth");
    let rule = explained(&document, "rate_limit").unwrap();
    assert_eq!(rule["code"], "cooldown/rate-limited");
    assert!(rule["fix"].as_str().is_some());
    let outcome = &document["outcomes"][0];
    for (field, value) in [
        ("endpoint", json!("messages")),
        ("provider", json!("anthropic")),
        ("profile", json!("anthropic:m...@example.com")),
        ("model", json!("claude-opus-4-5")),
        ("status", json!(200)),
        ("attempts", json!(3)),
        ("reason", json!("ok")),
    ] {
        assert_eq!(outcome[field], value, "{field}");
    }
    assert!(!document.to_string().contains("me@example"), "{document}");
    let readyz = gateway.connect().get("/readyz", &[("x-api-key", TOKEN)]);
    let readyz: Value = serde_json::from_slice(&readyz.body).unwrap();
    assert_eq!((&readyz["ready"], &readyz["configError"]), (&json!(true), &Value::Null));
    assert_eq!(readyz["resting"]["anthropic:p0"], rest["restsUntil"]);
    assert!(!readyz.to_string().contains("CANARY"), "{readyz}");
}

#[test]
fn every_way_to_fail_is_explained() {
    let provider = Provider::start();
    let unreachable = "http://127.0.0.1:1";
    for fault in
        ["401", "402", "403", "404", "413", "422", "429", "500", "529", "cc", "extra", "reset", "first"]
    {
        let gateway = Gateway::with(&provider, &[&format!("fault-{fault}")]);
        let mut asked = hi();
        asked["stream"] = json!(fault == "first");
        let reply = gateway.ask(&asked);
        told(&gateway, reply.status, fault);
        // Once more, now that it may rest.
        let reply = gateway.ask(&asked);
        told(&gateway, reply.status, fault);
    }
    let mut config = config(&provider);
    config["models"]["providers"]["anthropic"]["baseUrl"] = unreachable.into();
    let gateway = Gateway::start(&config, &store(&["good"]));
    told(&gateway, gateway.ask(&hi()).status, "unreachable");
    let gateway = Gateway::start(&config, &json!({"version": 1, "profiles": {}}));
    told(&gateway, gateway.ask(&hi()).status, "nothing");
}

/// The last outcome has this status, and all reasons are explained.
fn told(gateway: &Gateway, expected: u16, fault: &str) {
    let document = status(gateway);
    let outcome = &document["outcomes"][0];
    assert_eq!(outcome["status"], expected, "{fault}: {document}");
    let reason = outcome["reason"].as_str().unwrap();
    assert!(reason != "ok" && explained(&document, reason).is_some(), "{fault}: {document}");
    for rest in document["modelRests"].as_array().unwrap() {
        assert!(explained(&document, rest["reason"].as_str().unwrap()).is_some(), "{fault}: {document}");
    }
}

#[test]
fn fifty_outcomes_are_kept_and_a_model_that_rests_is_told() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let mut client = gateway.connect();
    for _ in 0..51 {
        assert_eq!(client.post("/v1/messages", &[], hi().to_string().as_bytes()).status, 200);
    }
    let document = status(&gateway);
    let outcomes = document["outcomes"].as_array().unwrap();
    assert_eq!((outcomes.len(), &outcomes[0]["id"], &outcomes[49]["id"]), (50, &json!(51), &json!(2)));
    let mut busy = hi();
    busy["model"] = "fault-529".into();
    assert_eq!(gateway.ask(&busy).status, 529);
    let document = status(&gateway);
    let rest = &document["modelRests"][0];
    assert_eq!(
        (&rest["who"], &rest["model"], &rest["reason"]),
        (&json!("anthropic"), &json!("fault-529"), &json!("overloaded"))
    );
    assert!(rest["until"].as_i64() > document["now"].as_i64());
    assert_eq!(document["providers"][0]["next"], "anthropic:p0");
}

#[test]
fn logins_of_subscriptions_are_listed_with_the_reason_why_they_are_not_used() {
    let provider = Provider::start();
    let token = key("login").replace("api03", "oat01");
    let login = json!({"version": 1, "profiles": {"anthropic:me": {"type": "token", "provider": "anthropic",
        "token": token, "expires": 4_000_000_000_000_i64}}});
    let gateway = Gateway::start(&config(&provider), &login);
    let document = status(&gateway);
    let of = &document["providers"][0];
    assert!(
        of["next"].is_null() && of["because"].as_str().unwrap().contains("gateway.subscriptions"),
        "{of}"
    );
    let own = &of["credentials"][0];
    assert!(own["withheld"].as_str().unwrap().contains("its owner's own programs"), "{own}");
    assert_eq!(own["expiresAt"], 4_000_000_000_000_i64);
    let mut config = config(&provider);
    config["gateway"]["subscriptions"] = "try".into();
    let document = status(&Gateway::start(&config, &login));
    let of = &document["providers"][0];
    assert_eq!((&of["next"], &of["credentials"][0]["withheld"]), (&json!("anthropic:me"), &Value::Null));
}

#[test]
fn a_broken_config_and_a_reload_are_told() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let document = status(&gateway);
    assert_eq!(
        (&document["config"]["good"], &document["config"]["reloadedAt"]),
        (&json!(true), &Value::Null)
    );
    put(&gateway.state_path(), "zirkabot.json", "{ broken");
    let first = status(&gateway);
    let broken = &status(&gateway)["config"];
    assert_eq!((&broken["good"], &broken["error"]["code"]), (&json!(false), &json!("config/syntax")));
    let (since, read) = (broken["badSince"].as_i64(), broken["readAt"].as_i64());
    assert!(since >= document["now"].as_i64() && since <= read, "{broken}");
    assert_eq!(first["config"]["badSince"], broken["badSince"]);
    assert_eq!((&first["ready"], &first["providers"][0]["next"]), (&json!(true), &json!("anthropic:p0")));
    let readyz = gateway.connect().get("/readyz", &[("x-api-key", TOKEN)]).text();
    assert!(readyz.contains("\"configGood\":false") && readyz.contains("zirkabot.json"), "{readyz}");
    let mut config = config(&provider);
    config["gateway"]["http"] = json!({"attempts": 2});
    put(&gateway.state_path(), "zirkabot.json", &config.to_string());
    let mended = &status(&gateway)["config"];
    assert_eq!((&mended["badSince"], &mended["outdated"]), (&Value::Null, &json!(["gateway.http"])));
    gateway.signal("HUP");
    while status(&gateway)["config"]["reloadedAt"].is_null() {
        std::thread::yield_now();
    }
    // A key that is no more in the store is no more on the page.
    put(&gateway.state_path(), STORE, &store(&["a", "b"]).to_string());
    assert_eq!(status(&gateway)["providers"][0]["credentials"].as_array().unwrap().len(), 2);
}
