//! The table of other programs whose login is borrowed: where it stands, how it reads, and by which
//! words it is known.
//!
//! To add one: a variant and its row in [`ROWS`], and a kind of document with its row in
//! [`crate::catalog::documents`]. The one reader is [`crate::world::observe::login`]; settings, schema,
//! messages, manual and menus have their words from here.

use crate::catalog::documents::DocKind;
use std::path::{Path, PathBuf};

/// A program whose login is borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Claude Code.
    ClaudeCode,
    /// Codex CLI.
    Codex,
    /// Qwen CLI.
    Qwen,
    /// Gemini CLI.
    Gemini,
}

impl Tool {
    /// All of them, in order of precedence.
    pub const ALL: [Self; ROWS.len()] = {
        let mut all = [Self::ClaudeCode; ROWS.len()];
        let mut at = 0;
        while at < all.len() {
            all[at] = ROWS[at].tool;
            at += 1;
        }
        all
    };

    /// Its row.
    pub fn row(self) -> &'static ToolRow {
        &ROWS[self as usize]
    }

    /// The one whose document is of this kind.
    pub fn of_doc(kind: DocKind) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.row().doc == kind)
    }

    /// The one whose login is of this provider.
    pub fn of_provider(provider: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.row().provider == provider)
    }

    /// The one whose login is synced into this profile, unless the config says otherwise.
    pub fn of_profile(profile: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.row().profile == profile)
    }

    /// The words for `auth.profiles.<id>.from`, in the order of [`Tool::ALL`].
    pub const WORDS: [&'static str; ROWS.len()] = {
        let mut words = [""; ROWS.len()];
        let mut at = 0;
        while at < words.len() {
            words[at] = ROWS[at].from;
            at += 1;
        }
        words
    };

    /// The words for `auth.profiles.<id>.from`, with this between them.
    pub fn words(between: &str) -> String {
        Self::WORDS.join(between)
    }

    /// The variables that say in which directories they are.
    pub fn vars() -> impl Iterator<Item = &'static str> {
        ROWS.iter().filter_map(|row| row.place.var)
    }

    /// Whether a key is one that their documents are known to have, so that it may be shown.
    pub fn is_key(word: &str) -> bool {
        let of = |row: &ToolRow| {
            let Fields { access, refresh, account, refresh_until, scopes, .. } = row.fields;
            [access, refresh, account, refresh_until, scopes, row.keys]
                .into_iter()
                .any(|words| words.contains(&word))
        };
        ROWS.iter().any(of)
    }
}

/// What holds for a tool.
#[derive(Debug)]
pub struct ToolRow {
    /// Which one.
    pub tool: Tool,
    /// The word for `auth.profiles.<id>.from`.
    pub from: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What a person runs to log in again; its first word is the program.
    pub login: &'static str,
    /// Our own command that runs it and stores what it gives, where that is not done by a sync.
    pub wrapper: Option<&'static str>,
    /// Provider of its login.
    pub provider: &'static str,
    /// Profile that its login is synced into, unless the config says otherwise.
    pub profile: &'static str,
    /// What the gateway's own status calls the source of that profile.
    pub source: &'static str,
    /// How it is offered to who sets up.
    pub choice: Offered,
    /// Its document.
    pub doc: DocKind,
    /// Where that is.
    pub place: LoginPlace,
    /// Where its login is instead, on a system with a Keychain.
    pub keychain: Option<KeychainItem>,
    /// Where in it the login stands.
    pub fields: Fields,
    /// What it may hold instead of such a login.
    pub instead: &'static [Instead],
    /// The file beside it and the key in that, which say that logins are kept in the system's keyring.
    pub keyring: Option<(DocKind, &'static str, &'static str)>,
    /// Other keys that it may have.
    pub keys: &'static [&'static str],
}

impl ToolRow {
    /// Its document under the home, unless the variable moves it.
    pub fn path(&self) -> PathBuf {
        Path::new(self.place.dir).join(self.place.file)
    }

    /// What a person runs so that the gateway has its login; `command` makes a command line of ours.
    pub fn sign_in(&self, command: impl Fn(&str) -> String) -> String {
        self.wrapper.map_or_else(|| self.login.to_owned(), command)
    }

    /// The program.
    pub fn program(&self) -> &'static str {
        self.login.split(' ').next().unwrap_or_default()
    }
}

/// A way in that a program has instead of a login that others can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherWay {
    /// An API key, of this provider.
    ApiKey(&'static str),
    /// A personal access token.
    PersonalToken,
    /// An identity made for an agent.
    AgentIdentity,
    /// A login in the system's keyring.
    Keyring,
}

impl OtherWay {
    /// As the end of a sentence about the program.
    pub fn label(self) -> &'static str {
        match self {
            Self::ApiKey(_) => "is logged in with an API key",
            Self::PersonalToken => "is logged in with a personal access token",
            Self::AgentIdentity => "is logged in with an agent identity",
            Self::Keyring => "keeps its login in the keyring of the system, if it has one",
        }
    }
}

/// How a document says that there is another way in.
#[derive(Clone, Copy, Debug)]
pub struct Instead {
    /// By this key, if something stands there.
    pub key: &'static str,
    /// Or by this word as its `auth_mode`, in lower case without separators.
    pub mode: &'static str,
    /// What it is.
    pub way: OtherWay,
}

/// How a login is offered to who sets up.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    /// The value of `--auth-choice`.
    pub word: &'static str,
    /// For a menu.
    pub label: &'static str,
    /// The value of `--auth-choice` behind which it stands there.
    pub after: &'static str,
    /// The default model that goes with it, where the present one has no credential.
    pub model: Option<&'static str>,
}

/// Where a file is.
#[derive(Clone, Copy, Debug)]
pub struct LoginPlace {
    /// The directory, under the home; empty for the home itself.
    pub dir: &'static str,
    /// The variable that names another directory in its place.
    pub var: Option<&'static str>,
    /// The file, under the directory.
    pub file: &'static str,
}

/// An item of the macOS Keychain.
#[derive(Clone, Copy, Debug)]
pub struct KeychainItem {
    /// Its service.
    pub service: &'static str,
    /// Its account.
    pub account: Account,
}

/// Under which account an item stands in the Keychain.
#[derive(Clone, Copy, Debug)]
pub enum Account {
    /// Any: there is one item of the service.
    Any,
    /// This text and the first 16 digits of the SHA-256 of the directory in which the file would be.
    OfDirectory(&'static str),
}

/// Where a login stands in another program's document.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// The access token; what is above it in the path is the login's section.
    pub access: &'static [&'static str],
    /// The refresh token.
    pub refresh: &'static [&'static str],
    /// Its end.
    pub end: LoginEnd,
    /// The end of the refresh token, in milliseconds since the epoch; empty if there is none.
    pub refresh_until: &'static [&'static str],
    /// What it may be used for; empty if that is not said.
    pub scopes: &'static [&'static str],
    /// The account id; empty if there is none.
    pub account: &'static [&'static str],
    /// Whether every login has both tokens, so that a section without anything is none, and of one
    /// that lacks something the whole is of no use. Else an access token alone is a static token.
    pub whole: bool,
}

/// How a program records the end of a login.
#[derive(Clone, Copy, Debug)]
pub enum LoginEnd {
    /// In milliseconds since the epoch.
    At(&'static [&'static str]),
    /// Not, but for what the access token says of itself; when it was last renewed, as RFC 3339 has it.
    Since(&'static [&'static str]),
}

/// All tools, in order of [`Tool`].
const ROWS: &[ToolRow] = &[
    ToolRow {
        tool: Tool::ClaudeCode,
        from: "claude-code",
        name: "Claude Code",
        login: "claude setup-token",
        // Today's Claude Code only prints the token.
        wrapper: Some("models auth setup-token"),
        provider: "anthropic",
        profile: "anthropic:claude-cli",
        source: "claude-cli",
        choice: Offered {
            word: "claude-cli",
            label: "Claude Code's login on this machine",
            after: "token",
            model: Some("anthropic/claude-opus-4-5"),
        },
        doc: DocKind::ClaudeCode,
        place: LoginPlace { dir: ".claude", var: Some("CLAUDE_CONFIG_DIR"), file: ".credentials.json" },
        keychain: Some(KeychainItem { service: "Claude Code-credentials", account: Account::Any }),
        fields: Fields {
            access: &["claudeAiOauth", "accessToken"],
            refresh: &["claudeAiOauth", "refreshToken"],
            end: LoginEnd::At(&["claudeAiOauth", "expiresAt"]),
            refresh_until: &["claudeAiOauth", "refreshTokenExpiresAt"],
            scopes: &["claudeAiOauth", "scopes"],
            account: &[],
            whole: false,
        },
        instead: &[],
        keyring: None,
        keys: &[],
    },
    ToolRow {
        tool: Tool::Codex,
        from: "codex",
        name: "Codex CLI",
        login: "codex login",
        wrapper: None,
        provider: "openai-codex",
        profile: "openai-codex:codex-cli",
        source: "codex-cli",
        choice: Offered {
            word: "codex-cli",
            label: "Codex's login on this machine",
            after: "openai-api-key",
            model: Some("openai-codex/gpt-5.2"),
        },
        doc: DocKind::Codex,
        place: LoginPlace { dir: ".codex", var: Some("CODEX_HOME"), file: "auth.json" },
        keychain: Some(KeychainItem { service: "Codex Auth", account: Account::OfDirectory("cli|") }),
        fields: Fields {
            access: &["tokens", "access_token"],
            refresh: &["tokens", "refresh_token"],
            end: LoginEnd::Since(&["last_refresh"]),
            refresh_until: &[],
            scopes: &[],
            account: &["tokens", "account_id"],
            whole: true,
        },
        instead: &[
            Instead { key: "OPENAI_API_KEY", mode: "apikey", way: OtherWay::ApiKey("openai") },
            Instead {
                key: "personal_access_token",
                mode: "personalaccesstoken",
                way: OtherWay::PersonalToken,
            },
            Instead { key: "agent_identity", mode: "agentidentity", way: OtherWay::AgentIdentity },
        ],
        keyring: Some((DocKind::CodexConfig, "config.toml", "cli_auth_credentials_store")),
        keys: &["OPENAI_API_KEY", "id_token"],
    },
    ToolRow {
        tool: Tool::Qwen,
        from: "qwen",
        name: "Qwen CLI",
        login: "qwen",
        wrapper: None,
        provider: "qwen-portal",
        profile: "qwen-portal:qwen-cli",
        source: "store",
        choice: Offered {
            word: "qwen-portal",
            label: "Qwen's login on this machine",
            after: "opencode-zen",
            model: None,
        },
        doc: DocKind::Qwen,
        place: LoginPlace { dir: ".qwen", var: None, file: "oauth_creds.json" },
        keychain: None,
        fields: Fields {
            access: &["access_token"],
            refresh: &["refresh_token"],
            end: LoginEnd::At(&["expiry_date"]),
            refresh_until: &[],
            scopes: &[],
            account: &[],
            whole: true,
        },
        instead: &[],
        keyring: None,
        keys: &["resource_url"],
    },
    ToolRow {
        tool: Tool::Gemini,
        from: "gemini-cli",
        name: "Gemini CLI",
        login: "gemini",
        wrapper: None,
        provider: "google-gemini-cli",
        profile: "google-gemini-cli:gemini-cli",
        source: "store",
        choice: Offered {
            word: "google-gemini-cli",
            label: "Gemini CLI's login on this machine",
            after: "gemini-api-key",
            model: None,
        },
        doc: DocKind::Gemini,
        place: LoginPlace { dir: "", var: Some("GEMINI_CLI_HOME"), file: ".gemini/oauth_creds.json" },
        keychain: None,
        fields: Fields {
            access: &["access_token"],
            refresh: &["refresh_token"],
            end: LoginEnd::At(&["expiry_date"]),
            refresh_until: &[],
            scopes: &[],
            account: &[],
            whole: true,
        },
        instead: &[],
        keyring: None,
        keys: &["id_token", "scope"],
    },
];

#[cfg(test)]
mod tests;
