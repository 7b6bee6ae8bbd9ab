//! The document by its fields.

use crate::change::advice::Advice;
use crate::checks::finding::Finding;
use crate::report::human::Changes;
use crate::report::json::*;
use crate::report::sample::{self, API, EXPIRED, NOW, STORE};
use crate::sys::time::{DAY, HOUR};
use crate::world::World;
use crate::world::observe::Agents;
use serde_json::{Value, json};

fn document(world: &World, findings: &[Finding]) -> Value {
    let text = text(&status(world, &sample::status(world), findings, Changes::default(), 1));
    assert!(!text.contains("CANARY"), "{text}");
    serde_json::from_str(&text).unwrap()
}

const CONFIG: &str = "\
[agents.defaults]
model = { primary = \"opus\", fallbacks = [\"z.ai/glm-4.7\"] }
[agents.defaults.models.\"anthropic/claude-opus-4-5\"]
[[agents.list]]
id = \"main\"
[[agents.list]]
id = \"work\"
";

fn world() -> World {
    let store = sample::token_store(3 * HOUR);
    let usage = format!(
        "}},\n  \"usageStats\": {{ \"anthropic:claude-cli\": {{ \"cooldownUntil\": {} }} }}\n}}",
        NOW + HOUR
    );
    let store = format!("{}{usage}", store.trim_end().strip_suffix("}\n}").unwrap());
    let files = [("/home/u/.zirkabot/zirkabot.toml", CONFIG), (STORE, &*store)];
    sample::world_of(&Agents::All, &[("ANTHROPIC_API_KEY", API)], &files)
}

#[test]
fn known_fields_have_their_names_and_values() {
    let document = document(&world(), &[]);
    for (pointer, expected) in [
        ("/schemaVersion", json!(1)),
        ("/agent", json!("main")),
        ("/configPath", json!("/home/u/.zirkabot/zirkabot.toml")),
        ("/agentDir", json!("/home/u/.zirkabot/agents/main/agent")),
        ("/defaultModel", json!("opus")),
        ("/resolvedDefault", json!("anthropic/claude-opus-4-5")),
        ("/fallbacks", json!(["z.ai/glm-4.7"])),
        ("/imageModel", json!(null)),
        ("/aliases", json!({ "opus": "anthropic/claude-opus-4-5" })),
        ("/allowed", json!(["anthropic/claude-opus-4-5"])),
        ("/auth/storePath", json!(STORE)),
        ("/auth/shellEnvFallback", json!({ "enabled": false, "appliedKeys": [] })),
        ("/auth/providersWithOAuth", json!(["anthropic (1)"])),
        ("/auth/missingProvidersInUse", json!(["zai"])),
        ("/auth/providers/0/provider", json!("anthropic")),
        ("/auth/providers/0/effective/kind", json!("env")),
        ("/auth/providers/0/profiles/count", json!(1)),
        (
            "/auth/providers/0/profiles/labels/0",
            json!("anthropic:claude-cli=token:sk-ant-oat01-… ‹secret 1› [cooldown 1h]"),
        ),
        (
            "/auth/providers/0/env",
            json!({ "value": "sk-ant-api03-… ‹secret 2›", "source": "env: ANTHROPIC_API_KEY" }),
        ),
        ("/auth/unusableProfiles/0/kind", json!("cooldown")),
        ("/auth/unusableProfiles/0/remainingMs", json!(HOUR)),
        ("/auth/oauth/warnAfterMs", json!(DAY)),
        ("/auth/oauth/profiles/0/profileId", json!("anthropic:claude-cli")),
        ("/auth/oauth/profiles/0/type", json!("token")),
        ("/auth/oauth/profiles/0/status", json!("expiring")),
        ("/auth/oauth/profiles/0/remainingMs", json!(3 * HOUR)),
        ("/auth/oauth/profiles/0/source", json!("claude-cli")),
        ("/auth/oauth/profiles/0/wellFormed", json!(true)),
        ("/auth/oauth/profiles/0/refreshable", json!(false)),
        ("/auth/oauth/profiles/0/refreshableBy", json!(null)),
        ("/auth/oauth/profiles/0/selected", json!(false)),
        ("/auth/oauth/profiles/0/relevant", json!(true)),
        ("/auth/oauth/profiles/0/origin/line", json!(7)),
        ("/auth/oauth/providers/0/status", json!("expiring")),
        ("/auth/oauth/providers/1", json!({ "provider": "zai", "status": "missing", "profiles": [] })),
        ("/agents/1/agent", json!("work")),
        ("/check/code", json!(1)),
        ("/findings", json!([])),
    ] {
        assert_eq!(document.pointer(pointer), Some(&expected), "{pointer}");
    }
    let (first, agent) = (document.as_object().unwrap(), document["agents"][0].as_object().unwrap());
    assert!(agent.iter().all(|(key, value)| first.get(key) == Some(value)));
}

#[test]
fn findings_have_places_and_count_as_reasons() {
    let world = world();
    let advice = Advice::say("run ").run("claude setup-token");
    let mut finding = sample::finding(&EXPIRED, "anthropic:claude-cli", "has expired", advice);
    finding.evidence.push(sample::expiry_of(&world, "over"));
    finding.message = format!("{} is over", sample::OAT);
    let document = document(&world, &[finding]);
    assert_eq!(
        document["check"]["reasons"],
        json!([{
            "code": "expiry/expired", "subject": "anthropic:claude-cli", "agent": "main",
            "message": "sk-ant-oat01-… ‹secret 1› is over", "counts": "broken",
        }])
    );
    assert_eq!(
        document["findings"][0]["evidence"],
        json!([{ "source": "auth store", "file": STORE, "line": 8, "column": 18, "text": "over" }])
    );
    assert_eq!(
        document["findings"][0]["fix"],
        json!({ "kind": "tell", "text": "run `claude setup-token`", "command": "claude setup-token" })
    );
}
