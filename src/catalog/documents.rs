//! Kinds of documents: one row each says its format, whether we may write it, and what of it may be
//! shown. Also what a new config and a new store begin as.
//!
//! To add one: a kind and its row. Where documents stand is in [`crate::catalog::paths`].

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// TOML 1.0 and what the `toml` crate accepts beyond it.
    Toml,
    /// JSON5: comments, bare keys, single quotes, trailing commas.
    Json5,
    /// Strict JSON.
    Json,
    /// Node's dotenv dialect.
    Dotenv,
    /// A unit file of systemd; read only.
    Unit,
    /// A file that `EnvironmentFile=` of a unit names; read only.
    UnitEnv,
    /// A property list of macOS in XML; read only.
    Plist,
    /// Lines of keys and values, as an export has them; written as a whole.
    Keyed,
    /// No text: the process environment, the login shell, the Keychain.
    None,
}

/// Longest text that is parsed, in bytes. A store of 20 profiles has about 6 KiB.
pub const MAX_BYTES: usize = 1 << 20;

/// Most separators (`,` `=` `:` and line feeds) in a text that is parsed: bounds the memory
/// that a tree of tiny nodes can take.
pub const MAX_SEPARATORS: usize = 1 << 16;

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
    /// Claude Code's settings.
    ClaudeSettings,
    /// Codex CLI's credentials.
    Codex,
    /// Codex CLI's settings.
    CodexConfig,
    /// Qwen CLI's credentials.
    Qwen,
    /// Gemini CLI's credentials.
    Gemini,
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
    /// A file that only zirkabot keeps, such as its journal; its text is not read.
    Own,
    /// A file from which another program takes credentials, as `export` writes it.
    Export,
    /// A file with one secret, which something names; its text is not kept with it.
    SecretFile,
    /// A program that prints a secret.
    SecretProgram,
    /// The schema of the config for editors, which holds no secret.
    Schema,
}

impl DocKind {
    /// Its row.
    pub fn row(self) -> &'static DocRow {
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
}

/// What holds for a kind of document.
#[derive(Debug)]
pub struct DocRow {
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
    /// What may be in it.
    pub content: Content,
}

/// What may be in the documents of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Secrets, so nobody else may read it.
    Secret,
    /// No secret of ours, so everybody may read it.
    Public,
    /// The same, and all of it is made by us: a plan says that it is written, and does not show it.
    Generated,
}

impl DocRow {
    const fn with(self, content: Content) -> Self {
        Self { content, ..self }
    }
}

const fn row(
    kind: DocKind,
    label: &'static str,
    format: Format,
    ours: bool,
    plain: &'static [&'static str],
) -> DocRow {
    DocRow { kind, label, format, ours, plain, content: Content::Secret }
}

/// What of a profile or its usage holds no secret.
const PROFILE: &[&str] = &[
    "version",
    "type",
    "provider",
    "expires",
    "expiresAssumed",
    "refreshTokenExpiresAt",
    "scopes",
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

/// What of an export says which credential stands where.
const EXPORT: &[&str] = &[
    "@type",
    "api_base",
    "apiVersion",
    "app.kubernetes.io/managed-by",
    "kind",
    "model",
    "model_name",
    "name",
    "namespace",
    "order",
    "provider",
    "type",
    "zirkabot.dev/expires",
    "zirkabot.dev/order",
    "zirkabot.dev/profile",
    "zirkabot.dev/profile-id",
    "zirkabot.dev/provider",
];

/// All kinds of documents, in order of [`DocKind`].
pub const ROWS: &[DocRow] = &[
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
        &["expiresAt", "refreshTokenExpiresAt", "scopes", "subscriptionType", "rateLimitTier"],
    ),
    row(DocKind::ClaudeSettings, "Claude Code's settings", Format::Json, false, &[]),
    row(DocKind::Codex, "Codex CLI", Format::Json, false, &["last_refresh", "auth_mode"]),
    row(DocKind::CodexConfig, "Codex CLI's config", Format::Toml, false, &["cli_auth_credentials_store"]),
    row(DocKind::Qwen, "Qwen CLI", Format::Json, false, &["expiry_date", "token_type"]),
    row(DocKind::Gemini, "Gemini CLI", Format::Json, false, &["expiry_date", "token_type"]),
    row(DocKind::Directory, "directory", Format::None, true, &[]),
    row(DocKind::Leftover, "left-behind file", Format::None, true, &[]),
    row(DocKind::Unit, "systemd unit", Format::Unit, true, UNIT).with(Content::Public),
    row(DocKind::UnitEnv, "environment file", Format::UnitEnv, false, &[]),
    row(DocKind::Plist, "launchd plist", Format::Plist, true, &[]).with(Content::Public),
    row(DocKind::Script, "script", Format::None, true, &[]).with(Content::Public),
    row(DocKind::Manager, "service manager", Format::None, false, &[]),
    row(DocKind::ServiceDotenv, "the service's .env", Format::Dotenv, false, &[]),
    row(DocKind::Crontab, "crontab", Format::None, false, &[]),
    row(DocKind::Process, "process", Format::None, false, &[]),
    row(DocKind::Sessions, "session store", Format::Json5, true, SESSION),
    row(DocKind::Own, "zirkabot's own file", Format::None, true, &[]),
    row(DocKind::Export, "export", Format::Keyed, true, EXPORT),
    row(DocKind::SecretFile, "file with a secret", Format::None, false, &[]),
    row(DocKind::SecretProgram, "program that prints a secret", Format::None, false, &[]),
    row(DocKind::Schema, "schema of the config", Format::None, true, &[]).with(Content::Generated),
];

/// What a new config begins as, in TOML. The one text of which the comments may be shown.
pub const TEMPLATE: &str = "\
# Which model credentials the gateway uses. Do not put secrets here: they are in the auth store of
# an agent, or in .env next to this file, and can be used as \"${VARIABLE}\".
# `zirkabot config schema` lists all keys, `zirkabot doctor` checks them.
";

/// What a new auth store begins as.
pub const NEW_STORE: &str = "{\n  \"version\": 1,\n  \"profiles\": {}\n}\n";
