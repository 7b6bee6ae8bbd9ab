//! What people write for a model, and what then stands in the config.

use crate::support::home::{CONFIG, Home, NOW};

const WRITTEN: &str = r#"
[agents.defaults.models."anthropic/claude-opus-4-5"]
[agents.defaults.models."anthropic/claude-sonnet-4-5"]
alias = ""
[agents.defaults.models."openai/gpt-5.2"]
alias = "fast"
[agents.defaults.models."Z.AI/glm-4.7"]
alias = "GLM"

[models.providers.lab]
baseUrl = "http://localhost:1234/v1"
models = [{ id = "big" }, { id = "hf:Org/Small" }]

[models.providers."My.Own"]
baseUrl = "http://localhost:1235/v1"
"#;

/// A reference, and what is stored of it; nothing if it is refused.
const REFERENCES: &[(&str, Option<&str>)] = &[
    // Whole references.
    ("anthropic/claude-opus-4-5", Some("anthropic/claude-opus-4-5")),
    ("openai/gpt-5.2", Some("openai/gpt-5.2")),
    ("zai/glm-4.7", Some("zai/glm-4.7")),
    ("lab/big", Some("lab/big")),
    ("lab/hf:Org/Small", Some("lab/hf:Org/Small")),
    ("claude-cli/opus", Some("claude-cli/opus")),
    // A model that is not known yet.
    ("anthropic/claude-next", Some("anthropic/claude-next")),
    ("groq/llama-4", Some("groq/llama-4")),
    // Only the first slash parts.
    ("openrouter/anthropic/claude-opus-4.5", Some("openrouter/anthropic/claude-opus-4.5")),
    ("vercel-ai-gateway/anthropic/claude-opus-4.5", Some("vercel-ai-gateway/anthropic/claude-opus-4.5")),
    ("synthetic/hf:MiniMaxAI/MiniMax-M2.1", Some("synthetic/hf:MiniMaxAI/MiniMax-M2.1")),
    // Spellings of providers; the id keeps its case.
    ("z.ai/glm-4.7", Some("zai/glm-4.7")),
    ("Z.AI/glm-4.7", Some("zai/glm-4.7")),
    ("z-ai/GLM-Next", Some("zai/GLM-Next")),
    ("OpenAI/gpt-5.2", Some("openai/gpt-5.2")),
    ("qwen/coder", Some("qwen-portal/coder")),
    ("opencode-zen/claude-opus-4-5", Some("opencode/claude-opus-4-5")),
    ("MY.OWN/x", Some("my.own/x")),
    ("minimax/MiniMax-M2.1", Some("minimax/MiniMax-M2.1")),
    (" anthropic / claude-opus-4-5 ", None),
    (" anthropic/claude-opus-4-5 ", Some("anthropic/claude-opus-4-5")),
    // Names of providers, and others that no model has.
    ("anthropic", None),
    ("anthropic/anthropic", None),
    ("OpenAI", None),
    ("anthropic//claude-opus-4-5", None),
    ("anthropic/claude-opus-4-5/", None),
    ("anthropic/claude-opus-4.5", None),
    ("anthropic:claude-opus-4-5", None),
    // Shortened ids.
    ("anthropic/opus-4.5", Some("anthropic/claude-opus-4-5")),
    ("anthropic/Sonnet-4.5", Some("anthropic/claude-sonnet-4-5")),
    ("opus-4.5", Some("anthropic/claude-opus-4-5")),
    ("google/gemini-3-pro", Some("google/gemini-3-pro-preview")),
    ("google/gemini-3-flash", Some("google/gemini-3-flash-preview")),
    ("openrouter/opus-4.5", Some("openrouter/opus-4.5")),
    // Short names of the config, whatever their case.
    ("opus", Some("anthropic/claude-opus-4-5")),
    ("OPUS", Some("anthropic/claude-opus-4-5")),
    ("fast", Some("openai/gpt-5.2")),
    ("glm", Some("zai/glm-4.7")),
    // Built-in ones, also of models that the config does not list or calls otherwise.
    ("gemini", Some("google/gemini-3-pro-preview")),
    ("Gemini-Flash", Some("google/gemini-3-flash-preview")),
    ("gpt-mini", Some("openai/gpt-5-mini")),
    ("gpt", Some("openai/gpt-5.2")),
    // One that is switched off, and is not named as the models of anthropic are.
    ("sonnet", None),
    // No provider: one of anthropic, unless others are known to have it.
    ("claude-opus-4-5", Some("anthropic/claude-opus-4-5")),
    ("claude-next", Some("anthropic/claude-next")),
    ("gpt-5.2", None),
    ("glm-4.7", None),
    ("big", None),
    ("kimi-for-coding", None),
    // Not a model at all.
    ("", None),
    ("  ", None),
    ("/", None),
    ("anthropic/", None),
    ("/claude-opus-4-5", None),
    ("two words", None),
    ("openai/two words", None),
    ("openai/\"gpt\"", None),
    ("openai/${MODEL}", None),
    // Providers that nobody knows.
    ("opnai/gpt-5.2", None),
    ("nobody/x", None),
    // A secret in the place of a name.
    (
        "sk-ant-api03-CANARY-00000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        None,
    ),
    ("openai/sk-proj-CANARY-0000000000000", None),
];

#[test]
fn references_are_stored_as_what_they_mean_or_refused() {
    assert!(REFERENCES.len() >= 40, "{}", REFERENCES.len());
    let mut faults = Vec::new();
    for (reference, stored) in REFERENCES {
        for json5 in [false, true] {
            let home = home(json5);
            let (exit, stdout, stderr) = home.run(&format!("zirkabot models set '{reference}'"));
            let (_, got, _) = home.run("zirkabot config get agents.defaults.model");
            let got = (!got.is_empty()).then(|| got.trim_end().to_owned());
            // What no machine could accept is a wrong command line; the rest depends on this home.
            let wanted: &[u8] = if stored.is_some() { &[0] } else { &[1, 64] };
            if !wanted.contains(&exit) || got.as_deref() != *stored {
                faults.push(format!("{reference:?}: exit {exit}, stored {got:?}: {stdout}{stderr}"));
            }
            let leaks = crate::support::canary::leaks(format!("{stdout}{stderr}").as_bytes());
            faults.extend(leaks.iter().map(|leak| format!("{reference:?} shows a secret: {leak}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is stored means the same model when it is read again, and is found by every spelling.
#[test]
fn what_is_stored_is_what_the_agent_uses() {
    for (reference, stored) in REFERENCES.iter().filter_map(|(one, other)| Some((*one, (*other)?))) {
        let home = home(false);
        home.run(&format!("zirkabot models set '{reference}'"));
        let (_, plain, _) = home.run("zirkabot models list --plain");
        assert_eq!(plain.lines().next(), Some(stored), "{reference}");
        home.run(&format!("zirkabot models fallbacks add '{stored}'"));
        let (_, out, _) = home.run(&format!("zirkabot models fallbacks add '{reference}'"));
        assert!(out.contains("Nothing to change"), "{reference}: {out}");
        let (exit, ..) = home.run(&format!("zirkabot models fallbacks remove '{reference}'"));
        assert_eq!(exit, 0, "{reference}");
        let (_, none, _) = home.run("zirkabot models fallbacks list --plain");
        assert_eq!(none, "", "{reference}");
    }
}

fn home(json5: bool) -> Home {
    if !json5 {
        return Home::with(NOW, &[(CONFIG, WRITTEN)]);
    }
    let value: serde_json::Value = toml::from_str(WRITTEN).unwrap();
    Home::with(NOW, &[(".zirkabot/zirkabot.json", &value.to_string())])
}
