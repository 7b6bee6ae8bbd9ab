//! Sources (skeleton).

/// What kind of document; one row each in `SOURCES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocKind {
    /// The config.
    Config,
    /// A file that the config includes.
    Include,
    /// `./.env`.
    CwdDotenv,
    /// `$STATE/.env`.
    StateDotenv,
    /// `auth-profiles.json` of an agent.
    Store,
    /// `auth.json` of an agent, an older layout.
    LegacyAuth,
    /// `$STATE/credentials/oauth.json`, an older layout.
    LegacyOauth,
    /// Claude Code's credentials.
    ClaudeCode,
    /// Codex CLI's credentials.
    Codex,
    /// Qwen CLI's credentials.
    Qwen,
    /// The environment of this process.
    ProcessEnv,
    /// What the login shell exports.
    LoginShell,
}
