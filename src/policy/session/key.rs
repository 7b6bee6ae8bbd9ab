//! How people write the key of a session, and how it stands in the store.

use crate::catalog::paths::{MAIN_AGENT, agent_id};

/// Longest key, in bytes.
const MAX_BYTES: usize = 512;

/// A session that somebody names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SessionPlace {
    /// The main session of whichever agent is meant.
    Main,
    /// One that all agents share, under this key: `global` or `unknown`.
    Shared(&'static str),
    /// A session of whichever agent is meant.
    Rest(String),
    /// A session of this agent, whose key names it.
    Of {
        /// Normalised id.
        agent: String,
        /// What follows it.
        rest: String,
    },
}

/// Reads a key; none if it is none: too long, or with control characters.
pub(crate) fn place(text: &str) -> Option<SessionPlace> {
    let text = text.trim();
    if text.len() > MAX_BYTES || text.chars().any(char::is_control) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    Some(match lower.as_str() {
        "" | "main" => SessionPlace::Main,
        "global" => SessionPlace::Shared("global"),
        "unknown" => SessionPlace::Shared("unknown"),
        _ if lower.starts_with("agent:") => {
            let (id, rest) = text["agent:".len()..].split_once(':').unwrap_or((&text["agent:".len()..], ""));
            let is_main = rest.trim().is_empty() || rest.trim().eq_ignore_ascii_case(MAIN_AGENT);
            let rest = if is_main { MAIN_AGENT } else { rest.trim() };
            SessionPlace::Of { agent: agent_id(id), rest: rest.to_owned() }
        }
        _ => SessionPlace::Rest(text.to_owned()),
    })
}

impl SessionPlace {
    /// The agent that the key itself names.
    pub(crate) fn agent(&self) -> Option<&str> {
        match self {
            Self::Of { agent, .. } => Some(agent),
            Self::Main | Self::Shared(_) | Self::Rest(_) => None,
        }
    }

    /// The key in the store of `agent`. Where all share one main session (`session.scope` is `global`),
    /// `main` means that one.
    pub(crate) fn key(&self, agent: &str, global: bool) -> String {
        match self {
            Self::Main if global => "global".to_owned(),
            Self::Main => format!("agent:{agent}:{MAIN_AGENT}"),
            Self::Shared(key) => (*key).to_owned(),
            Self::Rest(rest) => format!("agent:{agent}:{rest}"),
            Self::Of { agent, rest } => format!("agent:{agent}:{rest}"),
        }
    }
}

/// Whether a key of a store that several agents may share is one that `agent` uses.
pub(crate) fn is_of(key: &str, agent: &str) -> bool {
    match place(key) {
        Some(SessionPlace::Of { agent: own, .. }) => own == agent,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::session::key::*;

    #[test]
    fn keys_are_written_out() {
        for (given, key) in [
            ("main", "agent:work:main"),
            (" MAIN ", "agent:work:main"),
            ("", "agent:work:main"),
            ("global", "global"),
            ("Unknown", "unknown"),
            ("telegram:dm:5", "agent:work:telegram:dm:5"),
            ("agent:Main:main", "agent:main:main"),
            ("agent:my bot:slack:C1", "agent:my-bot:slack:C1"),
            ("agent:other", "agent:other:main"),
            ("agent:other:", "agent:other:main"),
            ("AGENT:other:X", "agent:other:X"),
        ] {
            assert_eq!(place(given).unwrap().key("work", false), key, "{given}");
        }
        assert_eq!(place("main").unwrap().key("work", true), "global");
        assert_eq!(place("agent:work:main").unwrap().key("work", true), "agent:work:main");
        assert_eq!(place("agent:other:x").unwrap().agent(), Some("other"));
        assert_eq!(place("a\nb"), None);
        assert_eq!(place(&"x".repeat(600)), None);
    }

    #[test]
    fn agents_that_share_a_file_have_their_own_sessions_in_it() {
        assert!(is_of("agent:work:main", "work") && is_of("global", "work") && is_of("x:y", "work"));
        assert!(!is_of("agent:main:main", "work"));
    }
}
