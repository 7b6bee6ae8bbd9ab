//! How much of subscriptions and limits is used, against a server on this machine that tells it as providers do.

use crate::support::home::{CONFIG, Home, NOW, STORE};
use crate::support::server::{Answer, Asked, Server};
use serde_json::{Value, json};

const CLAUDE: &str = r#"{"five_hour": {"utilization": 37.0, "resets_at": "2026-11-22T14:00:00.000000+00:00"},
    "seven_day": {"utilization": 100.0, "resets_at": "2026-11-25T12:00:00Z"}, "seven_day_opus": null}"#;
const CODEX: &str = r#"{"plan_type": "plus", "rate_limit": {"primary_window": {"used_percent": 85, "limit_window_seconds": 18000,
    "reset_at": 1795352400}, "secondary_window": null}, "email": "CANARY@example.com"}"#;
const ROUTER: &str = r#"{"data": {"label": "CANARY", "limit": 20, "limit_remaining": 15, "usage": 5}}"#;

fn key(what: &str) -> String {
    format!("sk-ant-api03-CANARY-{what}-{}AA", "A".repeat(108 - 20 - what.len() - 3))
}

/// Answers by the path that is asked.
fn told(asked: &Asked) -> Answer {
    let path = asked.line.split(' ').nth(1).unwrap_or_default();
    match path {
        "/api/oauth/usage" if asked.header("anthropic-beta") == Some("oauth-2025-04-20") => {
            Answer::Says(200, CLAUDE)
        }
        "/backend-api/wham/usage" if asked.header("chatgpt-account-id") == Some("me") => {
            Answer::Says(200, CODEX)
        }
        "/api/v1/key" => Answer::Says(200, ROUTER),
        "/v1/models?limit=1" => Answer::Tells(
            200,
            "anthropic-ratelimit-requests-limit: 50\r\nanthropic-ratelimit-requests-remaining: 49\r\n\
             anthropic-ratelimit-requests-reset: 2026-11-22T12:01:00Z\r\n",
            r#"{"data": []}"#,
        ),
        _ => Answer::Status(404),
    }
}

fn home(server: &Server, more: &str) -> Home {
    let end = NOW + 90_000_000;
    let profiles = json!({
        "anthropic:claude": {"type": "oauth", "provider": "anthropic", "access": format!("sk-ant-oat01-CANARY-{}AA", "0".repeat(86)),
            "refresh": format!("sk-ant-ort01-CANARY-{}AA", "0".repeat(86)), "expires": end},
        "anthropic:key": {"type": "api_key", "provider": "anthropic", "key": key("good")},
        "openai-codex:default": {"type": "oauth", "provider": "openai-codex", "access": "ey.CANARY-codex-access-000000", "refresh": "rt_CANARY-0000000000",
            "expires": end, "accountId": "me"},
        "openrouter:default": {"type": "api_key", "provider": "openrouter", "key": format!("sk-or-v1-{}", "0".repeat(64))},
    });
    let base = |id: &str| format!("[models.providers.{id}]\nbaseUrl = \"{}\"\nmodels = []\n", server.url(""));
    let config = format!(
        "[agents.defaults]\nmodel = {{ primary = \"anthropic/claude-opus-4-5\", fallbacks = [\"openai-codex/gpt-5.2\", \"openrouter/auto\"] }}\n\n{}{}{}{more}",
        base("anthropic"),
        base("openai-codex"),
        base("openrouter")
    );
    let store = json!({"version": 1, "profiles": profiles}).to_string();
    Home::with(NOW, &[(CONFIG, &config), (STORE, &store)])
}

#[test]
fn what_is_used_is_told_as_bars_as_a_document_and_as_metrics() {
    let server = Server::with(told);
    let home = home(&server, "");
    let (exit, text, stderr) = home.hurried("zirkabot models usage");
    assert_eq!((exit, stderr.as_str()), (0, ""), "{text}");
    for line in [
        "anthropic:claude (anthropic)",
        "  5 hours  ███████░░░░░░░░░░░░░  37% used   resets in 2h, 2026-11-22 14:00 UTC",
        "  7 days   ████████████████████  100% used  resets in 3d, 2026-11-25 12:00 UTC",
        "  requests  ░░░░░░░░░░░░░░░░░░░░  2% used (49 of 50 left)  resets in 1m, 2026-11-22 12:01 UTC",
        "openai-codex:default (openai-codex, plan plus)",
        "  5 hours  █████████████████░░░  85% used  resets in 1h, 2026-11-22 13:00 UTC",
        "  credits  █████░░░░░░░░░░░░░░░  25% used (15 of 20 left)",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let (_, stdout, _) = home.hurried("zirkabot models usage --json");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(crate::house::schemas::faults("usage.schema.json", &document), [""; 0]);
    let of = |label: &str| {
        let all = document["usage"]["results"].as_array().unwrap();
        all.iter().find(|own| own["label"] == label).unwrap().clone()
    };
    assert_eq!(of("openai-codex:default")["plan"], "plus");
    assert_eq!(of("anthropic:claude")["windows"][0]["resetsAt"], NOW + 7_200_000);
    let (_, metrics, _) = home.hurried("zirkabot models usage --format prometheus");
    let sample = "zirkabot_usage_ratio{provider=\"anthropic\",credential=\"anthropic:claude\",window=\"5 hours\"} 0.37\n";
    assert!(metrics.contains(sample), "{metrics}");
    let (_, metrics, _) = home.hurried("zirkabot models status --format prometheus");
    assert!(metrics.contains("zirkabot_credential_verified_timestamp_seconds{"), "{metrics}");
    let all = [text, stdout, metrics].concat();
    assert!(!all.contains("CANARY"), "{all}");
}

#[test]
fn who_is_switched_off_or_elsewhere_is_not_asked() {
    let server = Server::with(told);
    let off = "\n[auth.usage]\nanthropic = false\nopenai-codex = false\nopenrouter = false\n";
    let (exit, text, _) = home(&server, off).hurried("zirkabot models usage");
    assert_eq!(exit, 2, "{text}");
    assert!(text.contains("anthropic:claude (anthropic): not tested: auth.usage in the config"), "{text}");
    assert_eq!(server.asked().len(), 0);
    // A login goes to hosts of its provider only.
    let home = home(&server, "");
    let path = home.path().join(CONFIG);
    let config = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, config.replacen(&server.url(""), "https://elsewhere.example/v1", 1)).unwrap();
    let (_, text, _) = home.hurried("zirkabot models usage anthropic:claude");
    assert!(text.contains("a login is sent to its provider's own hosts only"), "{text}");
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn a_refusal_and_what_is_no_answer_are_no_usage() {
    for (answer, exit, said) in [
        (Answer::Status(401), 1, "refused"),
        (Answer::Says(200, "<html>CANARY</html>"), 2, "address"),
        (Answer::Says(200, "{}"), 2, "reports no limits"),
        (Answer::Cuts, 2, "unreachable"),
    ] {
        let server = Server::with(move |_| answer);
        let (code, text, _) = home(&server, "").hurried("zirkabot models usage openrouter:default");
        assert_eq!(code, exit, "{answer:?} {text}");
        assert!(text.contains(said) && !text.contains("CANARY"), "{answer:?} {text}");
    }
}
