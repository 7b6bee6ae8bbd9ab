//! Decisions as tables: what `--check` answers for a credential, and in which order profiles are
//! tried. Each row is a home of its own, run through whole command lines.

use crate::support::home::{CONFIG, Home, NOW, STORE};
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;

fn home(store: &Value, config: &str) -> Home {
    Home::with(NOW, &[(STORE, store.to_string().as_str()), (CONFIG, config)])
}

/// A profile of a kind that ends in some hours; `None` = no end recorded.
fn profile(provider: &str, kind: &str, secret: &str, hours: Option<i64>) -> Value {
    let mut profile = json!({ "type": kind, "provider": provider });
    let field = match kind {
        "api_key" => "key",
        "token" => "token",
        _ => "access",
    };
    profile[field] = json!(secret);
    if kind == "oauth" {
        profile["refresh"] = json!(format!("{secret}-refresh"));
    }
    if let Some(hours) = hours {
        profile["expires"] = json!(NOW + hours * HOUR);
    }
    profile
}

#[test]
fn what_check_answers_for_one_credential() {
    const SECRET: &str = "CANARY-0000000000000000000000";
    let rows: &[(&str, &str, Option<i64>, &str, u8)] = &[
        // kind, secret, hours left, flags, exit code
        ("api_key", SECRET, None, "", 0),
        ("api_key", " ", None, "", 1),
        ("api_key", "...", None, "", 1),
        ("token", SECRET, None, "", 0),
        ("token", SECRET, Some(25), "", 0),
        ("token", SECRET, Some(24), "", 2),
        ("token", SECRET, Some(1), "", 2),
        ("token", SECRET, Some(0), "", 1),
        ("token", SECRET, Some(-1), "", 1),
        ("token", " ", Some(99), "", 1),
        ("token", SECRET, Some(1), "--warn-within 30m", 0),
        ("token", SECRET, Some(100), "--warn-within 5d", 2),
        // Nobody renews a token.
        ("token", SECRET, Some(-1), "--allow-refreshable", 1),
        ("token", SECRET, Some(1), "--allow-refreshable", 2),
        ("oauth", SECRET, Some(25), "", 0),
        ("oauth", SECRET, Some(24), "", 2),
        ("oauth", SECRET, Some(0), "", 1),
        ("oauth", SECRET, Some(-1), "", 1),
        ("oauth", SECRET, None, "", 1),
        ("oauth", SECRET, Some(1), "--allow-refreshable", 0),
        ("oauth", SECRET, Some(-1), "--allow-refreshable", 0),
        ("oauth", SECRET, None, "--allow-refreshable", 1),
    ];
    for (kind, secret, hours, flags, expected) in rows {
        // Logins of this provider can be renewed.
        let of = if *kind == "oauth" { "qwen-portal" } else { "groq" };
        let entry = profile(of, kind, secret, *hours);
        let store = json!({ "version": 1, "profiles": { format!("{of}:me"): entry } });
        let ask = |config: &str| {
            let (exit, text, _) =
                home(&store, config).run(&format!("zirkabot models status --check {flags}"));
            (exit, text)
        };
        let mode = if *kind == "api_key" { "api_key" } else { "oauth" };
        let declared = format!("[auth.profiles.\"{of}:me\"]\nprovider = \"{of}\"\nmode = \"{mode}\"\n");
        let name = format!("{kind} {secret:?} {hours:?} {flags}");
        let default = |text: &str| format!("[agents.defaults]\nmodel = \"{text}\"\n");
        // Needed by the default model, by a fallback, through an alias; declared; ordered.
        let needed = [
            default(&format!("{of}/llama")),
            format!("[agents.defaults.model]\nprimary = \"claude-cli/x\"\nfallbacks = [\"{of}/llama\"]\n"),
            format!("{}[agents.defaults.models.\"{of}/llama\"]\nalias = \"fast\"\n", default("FAST")),
            format!("{}{declared}", default("claude-cli/x")),
            format!("{}[auth.order]\n{of} = [\"{of}:me\"]\n", default("claude-cli/x")),
        ];
        for config in &needed {
            let (exit, text) = ask(config);
            assert_eq!(exit, *expected, "{name}\n{config}\n{text}");
        }
        // Needed by nothing: never changes the code.
        let (exit, text) = ask(&default("claude-cli/x"));
        assert_eq!(exit, 0, "unused {name}\n{text}");
    }
}

/// A row of the order table.
struct Row {
    what: &'static str,
    store: Value,
    config: &'static str,
    /// Names in order; `-` in front of those that cannot be used.
    expected: &'static [&'static str],
}

fn key(secret: &str) -> Value {
    profile("groq", "api_key", &format!("CANARY-{secret}-0000000000"), None)
}

fn rows() -> Vec<Row> {
    let oauth = |hours| profile("groq", "oauth", "CANARY-oauth-0000000000", Some(hours));
    let token = |hours| profile("groq", "token", "CANARY-token-0000000000", Some(hours));
    let two = || json!({ "groq:a": key("a"), "groq:b": key("b") });
    let store = |profiles: Value| json!({ "version": 1, "profiles": profiles });
    let with = |profiles: Value, field: &str, value: Value| {
        let mut store = store(profiles);
        store[field] = value;
        store
    };
    let row = |what, store, config, expected| Row { what, store, config, expected };
    let rest = |id: &str, field: &str, minutes: i64| json!({ id: { field: NOW + minutes * 60_000 } });
    const BOTH: &str = "[auth.order]\ngroq = [\"groq:b\", \"groq:a\"]\n";
    const DECLARED: &str = "[auth.profiles]\n\"groq:b\" = { provider = \"groq\", mode = \"api_key\" }\n";
    vec![
        row("stored profiles without config", store(two()), "", &["groq:a", "groq:b"]),
        row("nothing stored", store(json!({})), "", &[]),
        row(
            "logins before tokens before keys",
            store(json!({ "groq:k": key("k"), "groq:t": token(9), "groq:o": oauth(9) })),
            "",
            &["groq:o", "groq:t", "groq:k"],
        ),
        row(
            "the longest unused first",
            with(
                two(),
                "usageStats",
                json!({ "groq:a": { "lastUsed": NOW - 5 }, "groq:b": { "lastUsed": NOW - 9 } }),
            ),
            "",
            &["groq:b", "groq:a"],
        ),
        row(
            "lastGood says nothing about the order",
            with(two(), "lastGood", json!({ "groq": "groq:b" })),
            "",
            &["groq:a", "groq:b"],
        ),
        row("an order in the config", store(two()), BOTH, &["groq:b", "groq:a"]),
        row(
            "the store's order beats the config's",
            with(two(), "order", json!({ "groq": ["groq:a"] })),
            BOTH,
            &["groq:a", "-groq:b"],
        ),
        row(
            "an empty order in a store says nothing",
            with(two(), "order", json!({ "groq": [] })),
            BOTH,
            &["groq:b", "groq:a"],
        ),
        row(
            "an empty order in the config switches off",
            store(two()),
            "[auth.order]\ngroq = []\n",
            &["-groq:a", "-groq:b"],
        ),
        row("declared profiles only", store(two()), DECLARED, &["groq:b", "-groq:a"]),
        row(
            "spelling of the provider in an order",
            store(two()),
            "[auth.order]\n\" GROQ\" = [\"groq:b\"]\n",
            &["groq:b", "-groq:a"],
        ),
        row(
            "entries that are not stored are passed over",
            store(two()),
            "[auth.order]\ngroq = [\"groq:x\", \"groq:a\", \"groq:a\"]\n",
            &["-groq:x", "groq:a", "-groq:b"],
        ),
        row(
            "entries of another provider are passed over",
            store(
                json!({ "groq:a": key("a"), "xai:b": profile("xai", "api_key", "CANARY-xai-000000000", None) }),
            ),
            "[auth.order]\ngroq = [\"xai:b\", \"groq:a\"]\n",
            &["-xai:b", "groq:a"],
        ),
        row(
            "a blank token",
            store(json!({ "groq:t": profile("groq", "token", " ", Some(9)) })),
            "",
            &["-groq:t"],
        ),
        row(
            "an elapsed token",
            store(json!({ "groq:t": token(0), "groq:k": key("k") })),
            "",
            &["-groq:t", "groq:k"],
        ),
        row(
            "an elapsed login that nobody can renew",
            store(json!({ "groq:k": key("k"), "groq:o": oauth(-9) })),
            "",
            &["-groq:o", "groq:k"],
        ),
        row(
            "mode oauth accepts tokens",
            store(json!({ "groq:t": token(9) })),
            "[auth.profiles.\"groq:t\"]\nprovider = \"groq\"\nmode = \"oauth\"\n",
            &["groq:t"],
        ),
        row(
            "mode token does not accept logins",
            store(json!({ "groq:o": oauth(9) })),
            "[auth.profiles.\"groq:o\"]\nprovider = \"groq\"\nmode = \"token\"\n",
            &["-groq:o"],
        ),
        row(
            "mode api_key does not accept tokens",
            store(json!({ "groq:t": token(9) })),
            "[auth.profiles.\"groq:t\"]\nprovider = \"groq\"\nmode = \"api_key\"\n",
            &["-groq:t"],
        ),
        row(
            "resting profiles come last",
            with(two(), "usageStats", rest("groq:a", "cooldownUntil", 5)),
            "",
            &["groq:b", "-groq:a"],
        ),
        row(
            "resting profiles come last in an order too",
            with(two(), "usageStats", rest("groq:b", "disabledUntil", 5)),
            BOTH,
            &["groq:a", "-groq:b"],
        ),
        row(
            "of resting profiles the one that is free first is used",
            with(
                two(),
                "usageStats",
                json!({ "groq:a": { "cooldownUntil": NOW + 9000 }, "groq:b": { "disabledUntil": NOW + 5000 } }),
            ),
            "",
            &["groq:b", "-groq:a"],
        ),
        row(
            "a pause that is over",
            with(two(), "usageStats", rest("groq:a", "cooldownUntil", 0)),
            "",
            &["groq:a", "groq:b"],
        ),
    ]
}

#[test]
fn in_which_order_profiles_are_tried() {
    for row in rows() {
        let (_, text, _) = home(&row.store, row.config).run("zirkabot models auth why groq --json");
        let document: Value = serde_json::from_str(&text).unwrap();
        let candidates = document["candidates"].as_array().unwrap().iter();
        let profiles = candidates.filter(|candidate| candidate["route"] == "profile");
        let names: Vec<String> = profiles
            .map(|candidate| {
                let is_used = candidate["name"] == document["chosen"];
                let is_out = candidate["verdict"] == "unusable" || candidate["verdict"] == "resting";
                let sign = if is_out && !is_used { "-" } else { "" };
                format!("{sign}{}", candidate["name"].as_str().unwrap())
            })
            .collect();
        assert_eq!(names, row.expected, "{}\n{text}", row.what);
        let first = row.expected.iter().find(|name| !name.starts_with('-'));
        assert_eq!(document["chosen"].as_str(), first.copied(), "{}", row.what);
    }
}
