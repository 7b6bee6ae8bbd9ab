//! Config: what is meant, the desired state as the user wrote it.
//!
//! `world/observe/config.rs` finds and parses the file; [`mod@include`] merges what it includes,
//! [`substitute`] fills in `${VAR}`, [`validate`] lists what is wrong, and [`load`] reads the
//! rest into [`Desired`]. [`find`] and [`parse_value`] say what may stand at a path, and read what a person
//! wants to stand there. What is wrong with a config is data ([`Problem`]); one bad value never
//! hides the others.
//!
//! Invariant: pure. No file is read here: what is included, and what variables hold, comes by functions that
//! are handed in. No stored credential is known.

pub mod channels;
pub(crate) mod cooldowns;
pub mod defaults;
pub(crate) mod field;
pub(crate) mod find;
pub mod gateway;
pub(crate) mod include;
pub(crate) mod load;
pub(crate) mod login;
pub(crate) mod model_name;
pub(crate) mod monitor;
mod names;
pub(crate) mod own;
pub(crate) mod parse_value;
pub mod plain;
pub(crate) mod refresh;
pub(crate) mod schema;
pub mod secret_ref;
pub(crate) mod shape;
pub(crate) mod substitute;
pub(crate) mod trust;
pub(crate) mod validate;

use crate::config::secret_ref::SecretRef;
pub use crate::config::validate::{Problem, ProblemKind};
use crate::doc::{DocId, Loc};
use crate::sys::Millis;
use crate::sys::secret::Secret;

/// The config, read.
#[derive(Debug, Default)]
pub struct Desired {
    /// Declared profiles, in file order.
    pub profiles: Vec<Declared>,
    /// Orders by normalised provider.
    pub orders: Vec<Order>,
    /// Models of `agents.defaults`.
    pub defaults: ModelUse,
    /// Allowed models, with their short names.
    pub allowed: Vec<Allowed>,
    /// Configured agents, in file order.
    pub agents: Vec<AgentConfig>,
    /// Providers of the user's own.
    pub providers: Vec<ProviderConfig>,
    /// Whether these replace the built-in ones: `models.mode`.
    pub only_own_providers: bool,
    /// The `env` block: `vars` first, then direct keys.
    pub env: Vec<EnvEntry>,
    /// `env.cwd`: `./.env` is trusted.
    pub trusts_cwd: bool,
    /// `env.shellEnv.enabled`.
    pub shell_enabled: bool,
    /// `env.shellEnv.timeoutMs`.
    pub shell_timeout: Option<Millis>,
    /// `auth.cooldowns`.
    pub cooldowns: cooldowns::Cooldowns,
    /// `auth.refresh`.
    pub refresh: Vec<refresh::Endpoint>,
    /// `auth.login`.
    pub logins: Vec<login::OwnLogin>,
    /// `auth.usage.<provider> = false`: providers that are not asked how much is used, normalised.
    pub untold: Vec<String>,
    /// Programs whose logins are neither used nor stored.
    pub kept_out: Vec<crate::catalog::tools::Tool>,
    /// `auth.refreshBorrowed = "never"`: logins of other programs are not renewed.
    pub never_refresh_borrowed: bool,
    /// `auth.allowRefreshable`: a login that renews itself does not count as ending.
    pub allow_refreshable: bool,
    /// `auth.restTolerance`.
    pub rest_tolerance: Option<Millis>,
    /// `auth.warnWithin`.
    pub warn_within: Option<Millis>,
    /// `monitor`.
    pub monitor: monitor::Monitor,
    /// `meta.lastTouchedVersion`.
    pub touched_by: Option<Text>,
    /// All that is wrong, in file order.
    pub problems: Vec<Problem>,
    /// The whole config, includes merged and variables filled in; none if there is no config.
    pub root: Option<crate::doc::Node>,
    /// Values that were `${VAR}`, with the variable's name.
    pub references: Vec<(Loc, String)>,
}

/// A text and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub loc: Loc,
}

/// An entry of `auth.profiles`.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Profile id.
    pub id: String,
    /// Where the id stands.
    pub loc: Loc,
    /// Normalised provider.
    pub provider: String,
    /// Meant kind of credential.
    pub mode: Option<Mode>,
    /// Where the mode stands.
    pub mode_loc: Option<Loc>,
    /// Account, for display.
    pub email: Option<String>,
    /// Where the credential is to come from.
    pub from: CredentialSource,
}

/// `auth.profiles.<id>.mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// API keys.
    ApiKey,
    /// OAuth logins, and tokens.
    OAuth,
    /// Static tokens only.
    Token,
}

impl Mode {
    /// The word in the config.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::OAuth => "oauth",
            Self::Token => "token",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::ApiKey, Self::OAuth, Self::Token].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// `auth.profiles.<id>.from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    /// Another program's login.
    Tool(crate::catalog::tools::Tool),
    /// A variable.
    Env(String),
    /// The auth store.
    Store,
    /// A file with nothing but the secret: an absolute path, or one below the home.
    File(String),
    /// A program that prints the secret, with its arguments; no shell.
    Program(Vec<String>),
    /// The program from which Claude Code has its API key, as `apiKeyHelper` of its settings says.
    ClaudeHelper,
}

/// The word for [`CredentialSource::ClaudeHelper`].
pub(crate) const CLAUDE_HELPER: &str = "claude-helper";

impl CredentialSource {
    /// Reads the setting.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "store" => return Some(Self::Store),
            CLAUDE_HELPER => return Some(Self::ClaudeHelper),
            _ => {}
        }
        if let Some(name) = text.strip_prefix("env:") {
            let fine = |c: char| c.is_ascii_alphanumeric() || c == '_';
            return (!name.is_empty() && name.chars().all(fine)).then(|| Self::Env(name.to_owned()));
        }
        if let Some(path) = text.strip_prefix("file:") {
            let is_place = path.starts_with('/') || path.starts_with("~/");
            return is_place.then(|| Self::File(path.to_owned()));
        }
        if let Some(line) = text.strip_prefix("exec:") {
            let is_named = |words: &Vec<String>| words.first().is_some_and(|first| !first.is_empty());
            return shlex::split(line).filter(is_named).map(Self::Program);
        }
        crate::catalog::tools::Tool::ALL.into_iter().find(|tool| tool.row().from == text).map(Self::Tool)
    }

    /// Whether the credential lies where zirkabot reads it and never writes: in a variable, a file, or a program.
    pub fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Env(_) | Self::File(_)) || self.is_printed()
    }

    /// Whether a program has to be run to have the credential.
    pub fn is_printed(&self) -> bool {
        matches!(self, Self::Program(_) | Self::ClaudeHelper)
    }

    /// The source in words, for sentences: "the variable X".
    pub fn in_words(&self) -> String {
        match self {
            Self::Tool(tool) => format!("{}'s login", tool.row().name),
            Self::Env(name) => format!("the variable {name}"),
            Self::Store => "the auth store".to_owned(),
            Self::File(path) => format!("the file {path}"),
            Self::Program(words) => format!("the program {}", words.first().map_or("", String::as_str)),
            Self::ClaudeHelper => "apiKeyHelper of Claude Code's settings".to_owned(),
        }
    }

    /// What holds for an id when nothing is said.
    pub fn default_of(id: &str) -> Self {
        crate::catalog::tools::Tool::of_profile(id).map_or(Self::Store, Self::Tool)
    }
}

/// An entry of `auth.order`.
#[derive(Clone, Debug)]
pub struct Order {
    /// Normalised provider.
    pub provider: String,
    /// Where the key stands.
    pub loc: Loc,
    /// Profile ids as written.
    pub ids: Vec<Text>,
}

/// A choice of models.
#[derive(Clone, Debug, Default)]
pub struct ModelUse {
    /// The model.
    pub primary: Option<Text>,
    /// What to try next; `None` if not said.
    pub fallbacks: Option<Vec<Text>>,
    /// The model for pictures.
    pub image: Option<Text>,
    /// What to try next for pictures.
    pub image_fallbacks: Vec<Text>,
}

/// An entry of `agents.defaults.models`.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// The model as written.
    pub key: Text,
    /// Its short name, if one is given.
    pub alias: Option<String>,
}

/// An entry of `agents.list`.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Normalised id.
    pub id: String,
    /// Where the entry stands.
    pub loc: Loc,
    /// Whether it says `default = true`, and where.
    pub default: Option<Loc>,
    /// Its directory, as written.
    pub dir: Option<Text>,
    /// Its models.
    pub models: ModelUse,
}

/// An entry of `models.providers`.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// Normalised id.
    pub id: String,
    /// Where the id stands.
    pub loc: Loc,
    /// Address of the API.
    pub base_url: Option<String>,
    /// The key, `${VAR}` filled in; blank if the variable is missing.
    pub api_key: Option<(Secret, Loc)>,
    /// Where the key is instead, if a reference stands in its place.
    pub key_ref: Option<SecretRef>,
    /// How requests are authorised.
    pub auth: Option<String>,
    /// The models that it lists.
    pub models: Vec<OwnModel>,
}

/// An entry of `models.providers.<id>.models`.
#[derive(Clone, Debug)]
pub struct OwnModel {
    /// Model id of the provider.
    pub id: String,
    /// Its name for people.
    pub name: Option<String>,
    /// Whether it takes pictures too.
    pub images: bool,
    /// How many tokens it can look at.
    pub context: Option<u64>,
}

/// A variable of the config's `env` block.
#[derive(Clone, Debug)]
pub struct EnvEntry {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Secret,
    /// Where the value stands.
    pub loc: Loc,
}

impl Desired {
    /// The declared profile of this id.
    pub fn profile(&self, id: &str) -> Option<&Declared> {
        self.profiles.iter().find(|profile| profile.id == id)
    }

    /// Why it is not known which credentials are meant, if so.
    pub(crate) fn auth_doubt(&self) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.hides_auth())
    }

    /// The provider that is probably meant by a name under which the config has something.
    pub(crate) fn misspelt(&self, provider: &str) -> Option<&str> {
        self.problems.iter().find_map(|problem| match &problem.kind {
            ProblemKind::UnknownProvider { named, meant } if named == provider => Some(meant.as_str()),
            _ => None,
        })
    }

    /// The order of a normalised provider; the last entry where one stands twice.
    pub fn order(&self, provider: &str) -> Option<&Order> {
        self.orders.iter().rev().find(|order| order.provider == provider)
    }

    /// The user's own entry for a normalised provider.
    pub fn provider(&self, id: &str) -> Option<&ProviderConfig> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// Whether a provider stands for another program, which has a login of its own: a known one, or
    /// one of `agents.defaults.cliBackends`.
    pub fn is_cli_backend(&self, id: &str) -> bool {
        let at = crate::doc::KeyPath::of(&["agents", "defaults", "cliBackends"]);
        let own = self.root.as_ref().and_then(|root| root.locate(&at));
        let is_it = |member: &crate::doc::Member| crate::catalog::providers::normalise(&member.key) == id;
        crate::catalog::providers::is_cli_backend(id)
            || own.is_some_and(|own| own.members().iter().any(is_it))
    }

    /// The name of the variable that a value was written as, if it was.
    pub fn reference(&self, loc: Loc) -> Option<&str> {
        self.references.iter().find(|(at, _)| *at == loc).map(|(_, name)| name.as_str())
    }

    /// The agent that commands mean when none is named: marked, else the first, else main.
    pub fn default_agent(&self) -> String {
        let marked = self.agents.iter().find(|agent| agent.default.is_some());
        let chosen = marked.or_else(|| self.agents.first());
        chosen.map_or_else(|| crate::catalog::paths::MAIN_AGENT.to_owned(), |agent| agent.id.clone())
    }
}

/// The config file as found.
#[derive(Debug)]
pub struct ConfigFile {
    /// The document; absent if there is no config.
    pub doc: DocId,
    /// Another config that is not used although it is there.
    pub unused: Option<std::path::PathBuf>,
}

/// A text of the config's `session` table.
pub fn setting<'d>(desired: &'d Desired, name: &str) -> Option<&'d str> {
    desired.root.as_ref()?.get("session")?.get(name)?.as_str()
}
