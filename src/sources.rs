//! Sources: where facts are observed.
//!
//! [`observe()`] is the only loop that reads. It goes from the outside in: environment, `.env`
//! files, config, service, stores, other programs. [`ROWS`] is the one table of document kinds, [`Tool`]
//! the one of programs whose login we borrow. To add a source: a row, and a file in this folder.
//!
//! Sources state facts; nothing here judges or writes.

pub mod claude_code;
pub mod codex;
pub mod config;
pub mod env;
pub mod keychain;
pub mod legacy;
pub mod observe;
pub mod open;
pub mod places;
pub mod programs;
pub mod qwen;
pub mod service;
pub mod sessions;
pub mod shell;
pub mod store;
pub mod store_schema;

pub use codex::jwt_end;
pub use observe::{Agents, Depth, observe};

use crate::actual::Found;
use crate::doc::{Doc, Format, KeyPath, MAX_BYTES, MAX_SEPARATORS, Seg};

/// What kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocKind {
    /// The environment of this process.
    ProcessEnv,
    /// `./.env`.
    CwdDotenv,
    /// `$STATE/.env`.
    StateDotenv,
    /// The config.
    Config,
    /// A file that the config includes.
    Include,
    /// What the login shell exports.
    LoginShell,
    /// An agent's auth store.
    Store,
    /// An agent's `auth.json`, an older layout.
    LegacyAuth,
    /// `oauth.json`, an older layout.
    LegacyOauth,
    /// Claude Code's credentials.
    ClaudeCode,
    /// Codex CLI's credentials.
    Codex,
    /// Qwen CLI's credentials.
    Qwen,
    /// A directory: a document without text, of which only place and mode matter.
    Directory,
    /// A staged file that a killed writer left behind; its text is not read.
    Leftover,
    /// The gateway's unit file, or a drop-in of it.
    Unit,
    /// A file that the unit takes variables from.
    UnitEnv,
    /// The gateway's definition for launchd.
    Plist,
    /// A script that we put in place.
    Script,
    /// What the service manager hands to everything that it starts.
    Manager,
    /// `.env` in the directory in which the service works.
    ServiceDotenv,
    /// A crontab with a line that starts the gateway.
    Crontab,
    /// A running process, of which only the place is a document.
    Process,
    /// An agent's session store, which the gateway writes too.
    Sessions,
}

/// What holds for a kind of document.
#[derive(Debug)]
pub struct Row {
    /// The kind.
    pub kind: DocKind,
    /// Its name for people.
    pub label: &'static str,
    /// Its format; the config's follows from its file name.
    pub format: Format,
    /// Whether we may write it.
    pub ours: bool,
    /// Keys whose values may be shown; everything else is hidden. The config has its shape.
    pub plain: &'static [&'static str],
}

const fn row(
    kind: DocKind,
    label: &'static str,
    format: Format,
    ours: bool,
    plain: &'static [&'static str],
) -> Row {
    Row { kind, label, format, ours, plain }
}

const PROFILE: &[&str] = &[
    "version",
    "type",
    "provider",
    "expires",
    "email",
    "lastUsed",
    "cooldownUntil",
    "disabledUntil",
    "disabledReason",
    "errorCount",
    "lastFailureAt",
    "auth",
    "format",
    "rate_limit",
    "billing",
    "timeout",
    "unknown",
];

/// What of a session says which model and credential it uses.
const SESSION: &[&str] = &[
    "sessionId",
    "updatedAt",
    "providerOverride",
    "modelOverride",
    "authProfileOverride",
    "authProfileOverrideSource",
    "authProfileOverrideCompactionCount",
    "compactionCount",
    "modelProvider",
    "model",
];

/// Settings of units that hold no secret; a command may have been given one.
const UNIT: &[&str] = &[
    "After",
    "Description",
    "EnvironmentFile",
    "KillMode",
    "OnCalendar",
    "OnStartupSec",
    "Persistent",
    "RandomizedDelaySec",
    "Restart",
    "RestartSec",
    "SuccessExitStatus",
    "TimeoutStartSec",
    "Type",
    "WantedBy",
    "Wants",
];

/// All kinds of documents, in order of [`DocKind`].
pub const ROWS: &[Row] = &[
    row(DocKind::ProcessEnv, "environment", Format::None, false, &[]),
    row(DocKind::CwdDotenv, "./.env", Format::Dotenv, true, &[]),
    row(DocKind::StateDotenv, "$STATE/.env", Format::Dotenv, true, &[]),
    row(DocKind::Config, "config", Format::Toml, true, &[]),
    row(DocKind::Include, "included config", Format::Json5, true, &[]),
    row(DocKind::LoginShell, "login shell", Format::None, false, &[]),
    row(DocKind::Store, "auth store", Format::Json, true, PROFILE),
    row(DocKind::LegacyAuth, "auth.json", Format::Json, true, PROFILE),
    row(DocKind::LegacyOauth, "oauth.json", Format::Json, true, PROFILE),
    row(
        DocKind::ClaudeCode,
        "Claude Code",
        Format::Json,
        false,
        &["expiresAt", "subscriptionType", "rateLimitTier"],
    ),
    row(DocKind::Codex, "Codex CLI", Format::Json, false, &["last_refresh", "auth_mode"]),
    row(DocKind::Qwen, "Qwen CLI", Format::Json, false, &["expiry_date", "token_type"]),
    row(DocKind::Directory, "directory", Format::None, true, &[]),
    row(DocKind::Leftover, "left-behind file", Format::None, true, &[]),
    row(DocKind::Unit, "systemd unit", Format::Unit, true, UNIT),
    row(DocKind::UnitEnv, "environment file", Format::UnitEnv, false, &[]),
    row(DocKind::Plist, "launchd plist", Format::Plist, true, &[]),
    row(DocKind::Script, "script", Format::None, true, &[]),
    row(DocKind::Manager, "service manager", Format::None, false, &[]),
    row(DocKind::ServiceDotenv, "the service's .env", Format::Dotenv, false, &[]),
    row(DocKind::Crontab, "crontab", Format::None, false, &[]),
    row(DocKind::Process, "process", Format::None, false, &[]),
    row(DocKind::Sessions, "session store", Format::Json5, true, SESSION),
];

impl DocKind {
    /// Its row.
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The largest text of this kind that is parsed: bytes, and separators (see [`MAX_SEPARATORS`]).
    /// A session store holds what hundreds of sessions were told about their tools.
    pub fn limits(self) -> (usize, usize) {
        match self {
            Self::Sessions => (8 * MAX_BYTES, 8 * MAX_SEPARATORS),
            _ => (MAX_BYTES, MAX_SEPARATORS),
        }
    }

    /// Whether we write such documents for a service manager; no secret goes into those of ours.
    pub fn is_definition(self) -> bool {
        matches!(self, Self::Unit | Self::Plist | Self::Script)
    }

    /// Whether the value at `path` of such a document may be shown.
    pub fn is_plain(self, path: &KeyPath) -> bool {
        if matches!(self, Self::Config | Self::Include) {
            return config_is_plain(path);
        }
        // Orders hold profile ids; they stand in lists below `order`, or as `lastGood` values.
        let top =
            path.0.first().map(|seg| matches!(seg, Seg::Key(key) if key == "order" || key == "lastGood"));
        if self == Self::Store && top == Some(true) {
            return true;
        }
        // Deeper in a unit stand variables, whatever they are called.
        if self == Self::Unit && path.0.len() != 2 {
            return false;
        }
        path.last_key().is_some_and(|key| self.row().plain.contains(&key))
    }
}

/// Whether the config's shape knows the value at `path` and says that it is no secret. What a key
/// of no known shape holds is hidden, and so is everything in foreign parts.
fn config_is_plain(path: &KeyPath) -> bool {
    use crate::desired::{find, shape::Shape};
    matches!(find::at(path), find::Found::Shape(shape) if !matches!(shape, Shape::Secret))
}

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

    /// Whether a document of this program holds a whole login.
    pub fn is_login(self, doc: &Doc) -> bool {
        let found = match self {
            Self::ClaudeCode => claude_code::login(doc),
            Self::Codex => codex::login(doc, None),
            Self::Qwen => qwen::login(doc),
        };
        matches!(found, Found::Login(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_their_kinds() {
        for (at, row) in ROWS.iter().enumerate() {
            assert_eq!(row.kind as usize, at);
        }
    }

    #[test]
    fn only_what_the_shape_calls_plain_is_shown_of_a_config() {
        let plain = |keys: &[&str]| DocKind::Config.is_plain(&KeyPath::of(keys));
        assert!(plain(&["auth", "profiles", "anthropic:default", "mode"]));
        assert!(plain(&["agents", "defaults", "model"]));
        assert!(plain(&["agents", "defaults", "model", "primary"]));
        for hidden in [
            &["env", "OPENAI_API_KEY"][..],
            &["env", "vars", "X"],
            &["models", "providers", "x", "apiKey"],
            &["models", "providers", "x", "headers", "Authorization"],
            &["channels", "telegram", "token"],
            &["gateway", "auth", "token"],
            &["nobody", "knows"],
        ] {
            assert!(!plain(hidden), "{hidden:?}");
        }
    }
}
