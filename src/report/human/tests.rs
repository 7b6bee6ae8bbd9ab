//! What people see, whole.

use super::*;
use crate::report::sample::{self, API};

fn shown(world: &World, findings: &[Finding]) -> String {
    let text = status(world, &sample::status(world), findings, &[], Style::PLAIN, false);
    assert!(!text.contains("CANARY"), "{text}");
    text
}

#[test]
fn an_api_key_is_all_that_is_needed() {
    let env = format!("ANTHROPIC_API_KEY={API}\n");
    let world = sample::world(&[], &[("/home/u/.zirkabot/.env", &env)]);
    assert_eq!(
        shown(&world, &[]),
        "\
✓ main can talk: anthropic through ANTHROPIC_API_KEY (API key, no expiry)

anthropic  for the default model
  · static  ▸ ANTHROPIC_API_KEY  API key    ~/.zirkabot/.env:1

Default model  anthropic/claude-opus-4-5 (built-in default)
Config         ~/.zirkabot/zirkabot.toml (not there)
Auth store     ~/.zirkabot/agents/main/agent/auth-profiles.json (not there)
"
    );
}
