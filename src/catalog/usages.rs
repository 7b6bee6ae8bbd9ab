//! Where providers tell how much of a limit or a subscription is used: a row for each that does. Only what their own
//! programs show, or what is documented. To add one: a row here, and its form in `policy::usage` if it is a new one.
//! `auth.usage.<provider> = false` in the config switches a row off.

use crate::catalog::kind::Kind;

/// Where a provider tells how much is used.
#[derive(Debug)]
pub struct UsageRow {
    /// Normalised provider.
    pub provider: &'static str,
    /// Of which kinds of credentials.
    pub of: &'static [Kind],
    /// What is fetched.
    pub url: &'static str,
    /// How the answer is read.
    pub form: UsageForm,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageForm {
    /// Windows by name, each with `utilization` in percent and `resets_at`: what Claude Code's `/usage` shows.
    Claude,
    /// `rate_limit` with `primary_window` and `secondary_window`: what Codex' `/status` shows.
    Codex,
    /// `quota_snapshots`: what Copilot's programs show.
    Copilot,
    /// `data` with `limit` and `limit_remaining`, as OpenRouter documents it.
    OpenRouter,
}

/// All that tell, sorted by provider.
#[rustfmt::skip]
pub const USAGES: &[UsageRow] = &[
    UsageRow { provider: "anthropic", of: &[Kind::OAuth, Kind::Token], url: "https://api.anthropic.com/api/oauth/usage", form: UsageForm::Claude },
    UsageRow { provider: "github-copilot", of: &[Kind::OAuth, Kind::Token], url: "https://api.github.com/copilot_internal/user", form: UsageForm::Copilot },
    UsageRow { provider: "openai-codex", of: &[Kind::OAuth, Kind::Token], url: "https://chatgpt.com/backend-api/wham/usage", form: UsageForm::Codex },
    UsageRow { provider: "openrouter", of: &[Kind::ApiKey], url: "https://openrouter.ai/api/v1/key", form: UsageForm::OpenRouter },
];

/// The row for a credential of a normalised provider.
pub fn find(provider: &str, kind: Kind) -> Option<&'static UsageRow> {
    USAGES.iter().find(|row| row.provider == provider && row.of.contains(&kind))
}

#[cfg(test)]
mod tests {
    use crate::catalog::usages::*;
    use crate::catalog::{hosts, providers};

    #[test]
    fn every_row_is_of_a_provider_and_asks_its_own_host() {
        assert!(USAGES.is_sorted_by_key(|row| row.provider));
        for row in USAGES {
            assert!(providers::find(row.provider).is_some(), "{}", row.provider);
            assert!(row.url.starts_with("https://"), "{}", row.url);
            assert_eq!(hosts::foreign(row.provider, row.url), None, "{}", row.url);
        }
    }
}
