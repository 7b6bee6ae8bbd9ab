//! The table of other programs whose login is borrowed: where it stands in their files, and into
//! which profile it is synced. To add one: a variant and its row.

use crate::catalog::documents::DocKind;

/// A program whose login is borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Claude Code.
    ClaudeCode,
    /// Codex CLI.
    Codex,
    /// Qwen CLI.
    Qwen,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ClaudeCode, Self::Codex, Self::Qwen];

    /// Its row.
    pub fn row(self) -> &'static ToolRow {
        match self {
            Self::ClaudeCode => &ToolRow {
                from: "claude-code",
                name: "Claude Code",
                provider: "anthropic",
                profile: "anthropic:claude-cli",
                doc: DocKind::ClaudeCode,
                fields: Fields {
                    access: &["claudeAiOauth", "accessToken"],
                    refresh: &["claudeAiOauth", "refreshToken"],
                    end: End::At(&["claudeAiOauth", "expiresAt"]),
                },
                login: "claude setup-token",
            },
            Self::Codex => &ToolRow {
                from: "codex",
                name: "Codex CLI",
                provider: "openai-codex",
                profile: "openai-codex:codex-cli",
                doc: DocKind::Codex,
                fields: Fields {
                    access: &["tokens", "access_token"],
                    refresh: &["tokens", "refresh_token"],
                    end: End::Since(&["last_refresh"]),
                },
                login: "codex login",
            },
            Self::Qwen => &ToolRow {
                from: "qwen",
                name: "Qwen CLI",
                provider: "qwen-portal",
                profile: "qwen-portal:qwen-cli",
                doc: DocKind::Qwen,
                fields: Fields {
                    access: &["access_token"],
                    refresh: &["refresh_token"],
                    end: End::At(&["expiry_date"]),
                },
                login: "qwen",
            },
        }
    }
}

/// What holds for a tool.
#[derive(Debug)]
pub struct ToolRow {
    /// The word for `auth.profiles.<id>.from`.
    pub from: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Provider of its login.
    pub provider: &'static str,
    /// Profile that its login is synced into, unless the config says otherwise.
    pub profile: &'static str,
    /// Its document.
    pub doc: DocKind,
    /// Where in it the login stands.
    pub fields: Fields,
    /// What a person runs to log in again.
    pub login: &'static str,
}

/// Where a login stands in another program's document.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// The access token.
    pub access: &'static [&'static str],
    /// The refresh token.
    pub refresh: &'static [&'static str],
    /// Its end.
    pub end: End,
}

/// How a program records the end of a login.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// In milliseconds since the epoch.
    At(&'static [&'static str]),
    /// Not; but when it was last renewed, as RFC 3339 has it.
    Since(&'static [&'static str]),
}
