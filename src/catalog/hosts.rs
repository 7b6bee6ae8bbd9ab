//! Where the API of a provider is: by this it is known when a config sends what is meant for it elsewhere,
//! and when it stays in the house.
//!
//! To add one: a row in [`HOSTS`], sorted by provider. Of a provider without a row nothing is known.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    let name = host(url.split_once("://")?.1);
    let lower = name.to_lowercase();
    let is_theirs = |own: &&str| lower == **own || lower.ends_with(&format!(".{own}"));
    (!name.is_empty() && !hosts.iter().any(is_theirs)).then_some(name)
}

/// The host in what follows the scheme of an address; that of an IPv6 address in its brackets.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.find(']').filter(|_| host.starts_with('[')) {
        Some(end) => &host[..=end],
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Ends of names that no public server has.
const HOUSE: &[&str] = &[".home.arpa", ".internal", ".lan", ".local", ".localdomain", ".localhost"];

/// Whether an address leads to this machine or its own network, where services ask for no key.
pub(crate) fn is_local(url: &str) -> bool {
    let (scheme, rest) = url.split_once("://").map_or((None, url), |(scheme, rest)| (Some(scheme), rest));
    let name = host(rest).trim_end_matches('.').to_lowercase();
    let inner = name.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let literal = inner.map_or(&*name, |inner| inner.split('%').next().unwrap_or_default());
    if let Ok(address) = literal.parse::<IpAddr>() {
        return match address {
            IpAddr::V4(address) => is_local_v4(address),
            IpAddr::V6(address) => is_local_v6(address),
        };
    }
    let is_number = name.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    // A name of one word is looked up in the house only: a container, a machine of the network.
    let is_word = scheme.is_some() && !name.is_empty() && !name.contains(['.', '[']) && !is_number;
    is_word
        || name == "localhost"
        || is_number && name.starts_with("127.")
        || HOUSE.iter().any(|end| name.ends_with(end))
}

fn is_local_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    // The last is what carriers and private overlays share (RFC 6598).
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
        || (a == 100 && b & 0xc0 == 64)
}

fn is_local_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    address.is_loopback()
        || address.is_unspecified()
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80
        || address.to_ipv4_mapped().is_some_and(is_local_v4)
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
            ("anthropic", "http://[fd00::5]:4000", Some("[fd00::5]")),
        ] {
            assert_eq!(foreign(provider, url), host, "{url}");
        }
    }

    #[test]
    fn what_is_in_the_house_is_told_from_what_is_not() {
        for url in [
            "http://localhost:1234/v1",
            "http://LOCALHOST./v1",
            "localhost:1234",
            "http://127.0.0.1",
            "http://127.1:8000",
            "http://0.0.0.0:11434",
            "http://[::1]:8080/",
            "http://[::ffff:192.168.1.5]/v1",
            "http://[fd12:3456::7]:8000/v1",
            "http://[fe80::1%25eth0]:8000",
            "http://10.1.2.3:8000/v1",
            "http://172.16.0.9/v1",
            "http://me:x@192.168.178.20:11434",
            "http://169.254.10.1",
            "http://100.101.102.103:8080",
            "http://nas.local/v1",
            "http://gpu.lan:8000",
            "http://host.docker.internal:11434/v1",
            "http://vllm.models.svc.cluster.local/v1",
            "http://ollama:11434/v1",
            "http://gpu-box/v1",
        ] {
            assert!(is_local(url), "{url}");
        }
        for url in [
            "https://api.example.com",
            "http://localhost.example.com",
            "http://127.evil.example",
            "http://10.evil.example/v1",
            "https://x@evil.com#localhost",
            "http://172.32.0.1",
            "http://192.169.1.1",
            "http://100.128.0.1",
            "http://8.8.8.8/v1",
            "http://[2001:db8::1]/v1",
            "http://[::ffff:8.8.8.8]",
            "http://2130706433",
            "http://",
            "nonsense",
            "",
        ] {
            assert!(!is_local(url), "{url}");
        }
    }
}
