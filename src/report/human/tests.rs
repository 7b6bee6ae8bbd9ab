//! What people see, whole.

use crate::checks::finding::Evidence;
use crate::report::human::*;
use crate::report::sample::{self, API, DUPLICATE, EXPIRED, MISSING, STORE};
use crate::sys::time::{DAY, HOUR};
use crate::world::observe::Agents;

fn shown_as(world: &World, findings: &[Finding], style: Style, verbose: bool) -> String {
    let text = status(world, &sample::status(world), findings, Changes::default(), style, verbose);
    assert!(!text.contains("CANARY"), "{text}");
    text
}

fn shown(world: &World, findings: &[Finding]) -> String {
    shown_as(world, findings, Style::PLAIN, false)
}

fn expired() -> (World, Finding) {
    let world = sample::world(&[], &[(STORE, &sample::token_store(-3 * DAY))]);
    let advice = Advice::say("run ").run("claude setup-token").then(", then `zirkabot models status`");
    let mut finding =
        sample::finding(&EXPIRED, "anthropic:claude-cli", "anthropic:claude-cli expired 3d ago", advice);
    finding.evidence.push(sample::expiry_of(&world, "expired at 2026-11-19 14:03 UTC"));
    (world, finding)
}

const TWO: &str = "\
[agents.defaults.model]
primary = \"anthropic/claude-opus-4-5\"
fallbacks = [\"openai/gpt-5\"]
";

fn two(vars: &[(&str, &str)]) -> (World, Finding) {
    let store = sample::token_store(364 * DAY);
    let env = "ANTHROPIC_API_KEY=\"sk-ant-api03-CANARY11111111111111\"\n";
    let files =
        [(STORE, store.as_str()), ("/home/u/.zirkabot/zirkabot.toml", TWO), ("/home/u/.zirkabot/.env", env)];
    let world = sample::world(vars, &files);
    let message = "openai has no usable credential, and a fallback model needs it";
    let how =
        "create a key at platform.openai.com and add the line `OPENAI_API_KEY=<key>` to ~/.zirkabot/.env";
    let advice = Advice::say(how).then("; then `zirkabot models status`");
    let mut finding = sample::finding(&MISSING, "openai", message, advice);
    let loc = world.desired.defaults.fallbacks.as_ref().unwrap()[0].loc;
    finding.evidence.push(Evidence { doc: loc.doc, loc: Some(loc), label: "needed here".to_owned() });
    (world, finding)
}

#[test]
fn an_api_key_is_all_that_is_needed() {
    let env = format!("ANTHROPIC_API_KEY={API}\n");
    let world = sample::world(&[], &[("/home/u/.zirkabot/.env", &env)]);
    assert_eq!(
        shown(&world, &[]),
        "✓ agent main can talk: anthropic through ANTHROPIC_API_KEY (API key, no expiry)

anthropic  for the default model
  · static  ▸ ANTHROPIC_API_KEY  API key  ~/.zirkabot/.env:1

Default model  anthropic/claude-opus-4-5 (built-in default)
Config         ~/.zirkabot/zirkabot.toml (not there)
Auth store     ~/.zirkabot/agents/main/agent/auth-profiles.json (not there)
"
    );
}

#[test]
fn an_expired_token_is_underlined_and_the_command_is_the_last_line() {
    let (world, finding) = expired();
    assert_eq!(
        shown(&world, &[finding]),
        "✗ agent main cannot talk: anthropic:claude-cli expired 3d ago (2026-11-19 14:03 UTC)

anthropic  for the default model
  ✗ expired    anthropic:claude-cli  token  3d ago  auth store:7

Default model  anthropic/claude-opus-4-5 (built-in default)
Config         ~/.zirkabot/zirkabot.toml (not there)
Auth store     ~/.zirkabot/agents/main/agent/auth-profiles.json

✗ error[expiry/expired]: anthropic:claude-cli expired 3d ago
   ╭─[~/.zirkabot/agents/main/agent/auth-profiles.json:8:18]
 7 │       \"token\": \"******\",
 8 │       \"expires\": 1795096980000
   ·                  ──────┬──────
   ·                        ╰── expired at 2026-11-19 14:03 UTC
 9 │     }
   ╰────
  help: run `claude setup-token`, then `zirkabot models status`

Next: claude setup-token
"
    );
}

#[test]
fn an_empty_home_is_told_what_to_get() {
    let advice = Advice::say("create an API key in the Anthropic Console (console.anthropic.com) and add the line `ANTHROPIC_API_KEY=<key>` to ~/.zirkabot/.env, or run ")
        .run("claude setup-token")
        .then(" on this machine; then `zirkabot models status`");
    let message = "anthropic has no usable credential, and the default model needs it";
    let finding = sample::finding(&MISSING, "anthropic", message, advice);
    assert_eq!(
        shown(&sample::world(&[], &[]), &[finding]),
        "✗ agent main cannot talk: anthropic has no credential

anthropic  for the default model
  ✗ missing    no credential

Default model  anthropic/claude-opus-4-5 (built-in default)
Config         ~/.zirkabot/zirkabot.toml (not there)
Auth store     ~/.zirkabot/agents/main/agent/auth-profiles.json (not there)

✗ error[credential/missing]: anthropic has no usable credential, and the default model needs it
  help: create an API key in the Anthropic Console (console.anthropic.com) and add the line
        `ANTHROPIC_API_KEY=<key>` to ~/.zirkabot/.env, or run `claude setup-token` on this machine;
        then `zirkabot models status`

Next: claude setup-token
"
    );
}

#[test]
fn two_providers_one_of_them_missing() {
    let (world, finding) = two(&[
        ("ANTHROPIC_API_KEY", API),
        ("GROQ_API_KEY", "gsk_CANARY0000000000000000000000000000000000000000000000"),
    ]);
    let note = sample::finding(&DUPLICATE, "anthropic", "one key in two places", "keep one");
    assert_eq!(
        shown(&world, &[note, finding]),
        "! agent main can talk: anthropic through anthropic:claude-cli, until 2027-11-21 14:03 UTC (364d);
  but openai has no usable credential, and a fallback model needs it

anthropic  for the default model
  ✓ ok       ▸ anthropic:claude-cli  token    364d left  auth store:7
  · static     ANTHROPIC_API_KEY     API key             environment         standby
  · unused     ANTHROPIC_API_KEY     API key             ~/.zirkabot/.env:1  hidden by environment
openai  for a fallback model
  ✗ missing    no credential

Default model  anthropic/claude-opus-4-5
Fallbacks      openai/gpt-5
Config         ~/.zirkabot/zirkabot.toml
Auth store     ~/.zirkabot/agents/main/agent/auth-profiles.json
Unused         GROQ_API_KEY

✗ error[credential/missing]: openai has no usable credential, and a fallback model needs it
   ╭─[~/.zirkabot/zirkabot.toml:3:14]
 2 │ primary = \"anthropic/claude-opus-4-5\"
 3 │ fallbacks = [\"openai/gpt-5\"]
   ·              ───────┬──────
   ·                     ╰── needed here
   ╰────
  help: create a key at platform.openai.com and add the line `OPENAI_API_KEY=<key>` to
        ~/.zirkabot/.env; then `zirkabot models status`

1 note, shown with -v

Next: create a key at platform.openai.com and add the line `OPENAI_API_KEY=<key>` to
      ~/.zirkabot/.env
"
    );
}

#[test]
fn a_narrow_terminal_without_unicode_gets_lines_that_fit() {
    let (world, finding) = two(&[("ANTHROPIC_API_KEY", API)]);
    let style = Style { unicode: false, width: 80, ..Style::PLAIN };
    let text = shown_as(&world, &[finding], style, false);
    assert!(text.is_ascii(), "{text}");
    assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    assert!(text.contains("  - unused     ANTHROPIC_API_KEY"), "{text}");
    assert!(text.contains("\n               hidden by environment\n"), "{text}");
}

#[test]
fn the_headline_by_what_is_used() {
    let oauth = |left: i64, usage: &str| {
        format!(
            "{{\"version\":1,\"profiles\":{{\"anthropic:me\":{{\"type\":\"oauth\",\"provider\":\"anthropic\",\
             \"access\":\"sk-ant-oat01-CANARY\",\"refresh\":\"sk-ant-ort01-CANARY\",\"expires\":{}}}}}\
             ,\"usageStats\":{{\"anthropic:me\":{{{usage}}}}}}}",
            sample::NOW + left
        )
    };
    let rests = format!("\"cooldownUntil\":{}", sample::NOW + 5 * HOUR / 60);
    for (store, head) in [
        (
            oauth(3 * HOUR, ""),
            "! agent main can talk: anthropic through anthropic:me, which renews itself; it expires in 3h",
        ),
        (
            oauth(-HOUR, ""),
            "! agent main can talk: anthropic through anthropic:me, which renews itself; it expired 1h ago",
        ),
        (
            oauth(30 * DAY, &rests),
            "! agent main can talk, but anthropic through anthropic:me is cooling down for another 5m",
        ),
        (oauth(30 * DAY, ""), "✓ agent main can talk: anthropic through anthropic:me, which renews itself"),
        (
            "{\"version\":1,\"profiles\":{}}".to_owned(),
            "✗ agent main cannot talk: anthropic has no credential",
        ),
    ] {
        let text = shown(&sample::world(&[], &[(STORE, &store)]), &[]);
        assert_eq!(text.lines().next(), Some(head), "{text}");
    }
}

#[test]
fn every_agent_has_a_headline_and_a_table() {
    let config = "[[agents.list]]\nid = \"main\"\n[[agents.list]]\nid = \"work\"\n";
    let store = sample::token_store(30 * DAY);
    let files = [("/home/u/.zirkabot/zirkabot.toml", config), (STORE, &store)];
    let text = shown(&sample::world_of(&Agents::All, &[], &files), &[]);
    let heads: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(heads.len(), 2, "{text}");
    assert!(heads[1].starts_with("✓ agent work can talk: anthropic through anthropic:claude-cli"), "{text}");
    assert!(text.contains("auth store of main:7"), "{text}");
}

#[test]
fn names_in_files_cannot_command_a_terminal() {
    let store = "{\"version\":1,\"profiles\":{\"anthropic:\\u001b[2J\":{\"type\":\"api_key\",\"provider\":\"anthropic\",\"key\":\"CANARY-0123456789abcdef\"}}}";
    let text = shown_as(&sample::world(&[], &[(STORE, store)]), &[], Style::PLAIN, true);
    assert!(text.contains(r"anthropic:\u{1b}[2J") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn what_was_done_is_said() {
    let world = sample::world(&[], &[]);
    let applied = ["store Claude Code's login as anthropic:claude-cli".to_owned()];
    let text = status(
        &world,
        &sample::status(&world),
        &[],
        Changes { done: &applied, ..Changes::default() },
        Style::PLAIN,
        false,
    );
    assert!(
        text.contains("\nDone just now\n  ✓ store Claude Code's login as anthropic:claude-cli\n"),
        "{text}"
    );
}
