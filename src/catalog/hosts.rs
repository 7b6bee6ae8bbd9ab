//! Where the API of a provider is: by this it is known when a config sends what is meant for it elsewhere.
//!
//! To add one: a row in [`HOSTS`], sorted by provider. Of a provider without a row nothing is known.

/// Hosts of a provider, by its id; a host stands for all below it.
const HOSTS: &[(&str, &[&str])] = &[
    ("amazon-bedrock", &["amazonaws.com", "amazonaws.com.cn"]),
    ("anthropic", &["anthropic.com", "claude.ai", "claude.com"]),
    ("cerebras", &["cerebras.ai"]),
    ("chutes", &["chutes.ai"]),
    ("github-copilot", &["github.com", "githubcopilot.com"]),
    ("google", &["googleapis.com"]),
    ("google-vertex", &["googleapis.com"]),
    ("groq", &["groq.com"]),
    ("kimi-code", &["kimi.com", "moonshot.ai", "moonshot.cn"]),
    ("minimax", &["minimax.chat", "minimax.io", "minimaxi.chat", "minimaxi.com"]),
    ("mistral", &["mistral.ai"]),
    ("moonshot", &["kimi.com", "moonshot.ai", "moonshot.cn"]),
    ("openai", &["openai.com"]),
    ("openai-codex", &["chatgpt.com", "openai.com"]),
    ("opencode", &["opencode.ai"]),
    ("openrouter", &["openrouter.ai"]),
    ("qwen-portal", &["aliyuncs.com", "qwen.ai"]),
    ("synthetic", &["synthetic.new"]),
    ("vercel-ai-gateway", &["vercel.com", "vercel.sh"]),
    ("xai", &["x.ai"]),
    ("zai", &["bigmodel.cn", "z.ai"]),
];

/// The host of an address, if it is another one than the provider's; none if that is not known.
pub(crate) fn foreign<'u>(provider: &str, url: &'u str) -> Option<&'u str> {
    let (_, hosts) = HOSTS.iter().find(|(id, _)| *id == provider)?;
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let name = if host.starts_with('[') { host } else { host.split(':').next()? };
    let lower = name.to_lowercase();
    let is_theirs = |own: &&str| lower == **own || lower.ends_with(&format!(".{own}"));
    (!name.is_empty() && !hosts.iter().any(is_theirs)).then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::catalog::hosts::*;
    use crate::catalog::providers;

    #[test]
    fn rows_are_sorted_and_of_known_providers() {
        assert!(HOSTS.is_sorted_by_key(|(id, _)| id));
        assert!(HOSTS.iter().all(|(id, _)| providers::find(id).is_some()));
    }

    #[test]
    fn other_hosts_are_known_as_such() {
        for (provider, url, host) in [
            ("anthropic", "https://api.anthropic.com/v1", None),
            ("anthropic", "https://API.Anthropic.com", None),
            ("anthropic", "https://llm.example.com:8443/x", Some("llm.example.com")),
            ("anthropic", "http://me:x@127.0.0.1:4000", Some("127.0.0.1")),
            ("anthropic", "https://anthropic.com.evil.example", Some("anthropic.com.evil.example")),
            ("anthropic", "https://notanthropic.com", Some("notanthropic.com")),
            ("anthropic", "nonsense", None),
            ("lmstudio", "http://localhost:1234", None),
        ] {
            assert_eq!(foreign(provider, url), host, "{url}");
        }
    }
}
