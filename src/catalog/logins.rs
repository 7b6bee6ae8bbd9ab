//! The table of logins: where a person logs in to a provider, and with what. Token endpoint and client are
//! those of renewals ([`crate::catalog::providers`]); only where nothing is renewed they stand here.
//!
//! To add one: a row in [`LOGINS`]. How a way is gone is in `policy::login`, once for all rows.

use crate::catalog::kind::Kind;
use crate::catalog::providers::{self, Client, Renewal};

/// How a person logs in to a provider (RFC 6749, RFC 7636, RFC 8628).
#[derive(Debug)]
pub struct LoginRow {
    /// Normalised provider.
    pub provider: &'static str,
    /// The authorization endpoint; empty if there is none.
    pub authorize: &'static str,
    /// The endpoint that gives codes for devices; empty if there is none.
    pub device: &'static str,
    /// Where the browser is sent back to: a port of this machine, or a page that shows a code.
    pub redirect: &'static str,
    /// What is asked for.
    pub scopes: &'static str,
    /// What the authorization endpoint wants to be told beside.
    pub more: &'static [(&'static str, &'static str)],
    /// Where tokens are revoked (RFC 7009); empty if nowhere.
    pub revoke: &'static str,
    /// Whether that is told in JSON; else in a form, as the standard has it.
    pub revoke_json: bool,
    /// Where tokens are had, if the provider renews none.
    pub tokens: Option<Renewal>,
    /// As what it is stored.
    pub kind: Kind,
    /// The name of the profile, behind the provider.
    pub name: &'static str,
    /// What a person is to know before.
    pub warning: &'static str,
    /// Since when there is no such login any more, and what is used instead.
    pub over: Option<(&'static str, &'static str)>,
}

const NOTHING: LoginRow = LoginRow {
    provider: "",
    authorize: "",
    device: "",
    redirect: "",
    scopes: "",
    more: &[],
    revoke: "",
    revoke_json: false,
    tokens: None,
    kind: Kind::OAuth,
    name: "default",
    warning: "",
    over: None,
};

/// All logins, sorted by provider.
pub const LOGINS: &[LoginRow] = &[
    LoginRow {
        provider: "anthropic",
        authorize: "https://claude.ai/oauth/authorize",
        redirect: "https://console.anthropic.com/oauth/code/callback",
        scopes: "org:create_api_key user:profile user:inference",
        more: &[("code", "true")],
        warning: "For Anthropic accounts, an API key is recommended. A subscription login is intended for Claude Code: Anthropic may reject it elsewhere (\"This credential is only authorized for use with Claude Code and cannot be used for other API requests\"); then use an API key instead.",
        ..NOTHING
    },
    LoginRow {
        provider: "chutes",
        authorize: "https://api.chutes.ai/idp/authorize",
        redirect: "http://127.0.0.1:1456/oauth-callback",
        scopes: "openid profile chutes:invoke",
        revoke: "https://api.chutes.ai/idp/token/revoke",
        ..NOTHING
    },
    LoginRow {
        provider: "github-copilot",
        device: "https://github.com/login/device/code",
        scopes: "read:user",
        tokens: Some(Renewal {
            url: "https://github.com/login/oauth/access_token",
            client: Client::Public("Iv1.b507a08c87ecfe98"),
            ..providers::FORM
        }),
        kind: Kind::Token,
        name: "github",
        ..NOTHING
    },
    LoginRow {
        provider: "openai-codex",
        authorize: "https://auth.openai.com/oauth/authorize",
        redirect: "http://localhost:1455/auth/callback",
        scopes: "openid profile email offline_access",
        more: &[("id_token_add_organizations", "true"), ("codex_cli_simplified_flow", "true")],
        revoke: "https://auth.openai.com/oauth/revoke",
        revoke_json: true,
        ..NOTHING
    },
    LoginRow {
        provider: "qwen-portal",
        device: "https://chat.qwen.ai/api/v1/oauth2/device/code",
        scopes: "openid profile email model.completion",
        over: Some(("2026-04-15", "an API key of Alibaba Cloud Model Studio, or another provider")),
        ..NOTHING
    },
];

impl LoginRow {
    /// How its tokens are had.
    pub fn tokens(&self) -> Option<&Renewal> {
        self.tokens.as_ref().or_else(|| providers::find(self.provider)?.renewal.as_ref())
    }
}

/// The row of a normalised provider.
pub fn find(provider: &str) -> Option<&'static LoginRow> {
    LOGINS.iter().find(|row| row.provider == provider)
}

#[cfg(test)]
mod tests {
    use crate::catalog::logins::*;

    #[test]
    fn every_row_has_a_way_in_and_a_place_where_tokens_are_had() {
        assert!(LOGINS.is_sorted_by_key(|row| row.provider));
        for row in LOGINS {
            assert!(row.tokens().is_some(), "{}", row.provider);
            assert!(providers::find(row.provider).is_some(), "{}", row.provider);
            assert_eq!(row.authorize.is_empty(), row.redirect.is_empty(), "{}", row.provider);
            assert!(!row.authorize.is_empty() || !row.device.is_empty(), "{}", row.provider);
            let all = [row.authorize, row.device, row.revoke];
            assert!(all.iter().all(|url| url.is_empty() || url.starts_with("https://")), "{}", row.provider);
        }
    }
}
