//! `models status --json`: one document, with the field names that scripts know from the
//! gateway's own tool, and ours beside them.
//!
//! The types are the schema: `schemas/status.schema.json` is made from them. Filled in
//! [`fill`]. Secrets are labels here too.

mod fill;
mod parts;
mod write;

use crate::report::error_json::{ErrorBody, ExitBody, FixBody};
pub use crate::report::json::fill::origin;
pub(crate) use crate::report::json::parts::{exit_of_check, exit_of_doctor, unable};
pub use crate::report::json::parts::{findings, profiles, status, validation};
pub use crate::report::json::write::text;
pub(crate) use crate::report::json::write::{is_document, text_handing_on, with_secret};
use crate::report::probe::ProbesBody;
use crate::sys::Millis;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The home that was looked at.
    pub home: HomeBody,
    /// The first agent; it stands in `agents` too.
    #[serde(flatten)]
    pub first: AgentBody,
    /// All agents asked for.
    pub agents: Vec<AgentBody>,
    /// The gateway's service whose view this is; null if it is that of this process.
    pub service: Option<String>,
    /// The exit code of `--check`, and why.
    pub exit: ExitBody,
    /// The same as `exit`, under its older name.
    pub check: ExitBody,
    /// What was synced just now.
    pub applied: Vec<String>,
    /// What a run that is no dry run would sync.
    pub pending: Vec<String>,
    /// Why what is pending could not be done, if it was tried; or why not all can be said.
    pub error: Option<ErrorBody>,
    /// All findings, worst first.
    pub findings: Vec<FindingBody>,
}

/// A home: of which program it is, and where.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HomeBody {
    /// The program that keeps its config and credentials there: `zirkabot`, `clawdbot`, `moltbot` or `openclaw`.
    pub program: &'static str,
    /// Its state directory.
    pub dir: String,
    /// Whether it is only read, because its program keeps credentials in a database.
    pub read_only: bool,
}

/// The status of one agent.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentBody {
    /// The agent's id.
    pub agent: String,
    /// Whether it can talk, as far as can be seen, and as the provider said where it was asked: `yes`, `limited`, `no` or
    /// `unknown`; `null` if it uses no provider. The headline, and what `--check` answers, say the same.
    pub can_talk: Option<&'static str>,
    /// When the provider accepted what is used, in milliseconds since the epoch, if it was asked with `--probe` or
    /// `models auth test` and said nothing else of this secret since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Millis>,
    /// Its auth store.
    pub auth_store: String,
    /// The config file.
    pub config_path: String,
    /// The agent's directory.
    pub agent_dir: String,
    /// The default model as written, else the one that is used.
    pub default_model: String,
    /// The default model as `provider/model`.
    pub resolved_default: String,
    /// Models that are tried next, as written.
    pub fallbacks: Vec<String>,
    /// The model for pictures, as written.
    pub image_model: Option<String>,
    /// What is tried next for pictures, as written.
    pub image_fallbacks: Vec<String>,
    /// Short names of models.
    pub aliases: BTreeMap<String, String>,
    /// Models that may be chosen; all if empty.
    pub allowed: Vec<String>,
    /// Credentials.
    pub auth: AuthSection,
}

/// The credentials of an agent.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthSection {
    /// The same as `authStore`.
    pub store_path: String,
    /// The login shell's variables.
    pub shell_env_fallback: ShellEnv,
    /// Providers with logins or tokens, with how many: `anthropic (2)`.
    #[serde(rename = "providersWithOAuth")]
    pub providers_with_oauth: Vec<String>,
    /// Providers of models in use that have nothing usable.
    pub missing_providers_in_use: Vec<String>,
    /// Providers for which there is something.
    pub providers: Vec<ProviderBody>,
    /// Profiles that rest after failures.
    pub unusable_profiles: Vec<Unusable>,
    /// The health of profiles.
    pub oauth: Health,
    /// What providers said, with `--probe`; in the first agent's section only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probes: Option<ProbesBody>,
}

/// The login shell's variables.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShellEnv {
    /// Whether the shell is asked.
    pub enabled: bool,
    /// Variables that it gave.
    pub applied_keys: Vec<String>,
}

/// A provider and what serves it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderBody {
    /// Its id.
    pub provider: String,
    /// Whether it can change the exit code of `--check`.
    pub relevant: bool,
    /// Whether it can be used now.
    pub usable: bool,
    /// What is used.
    pub effective: Effective,
    /// The name, kind, label and place of what is used.
    pub chosen: Option<Chosen>,
    /// Whether the gateway's service may have a credential that cannot be seen from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    /// What this process would use, where the gateway's service uses something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub here: Option<Chosen>,
    /// Its profiles, counted.
    pub profiles: ProfileCount,
    /// The variable that would serve it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Labelled>,
    /// The config's own key for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub models_json: Option<Labelled>,
}

/// What serves a provider.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Effective {
    /// `profiles`, `env`, `models.json` or `missing`.
    pub kind: &'static str,
    /// Where it is, or its label.
    pub detail: String,
}

/// The credential that is used.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Chosen {
    /// Profile id or variable.
    pub name: String,
    /// `api_key`, `token` or `oauth`; none for what is no secret, such as a cloud login.
    pub kind: Option<&'static str>,
    /// Public prefix and number of its secret.
    pub label: Option<String>,
    /// Where it stands.
    pub origin: OriginBody,
}

/// Profiles, counted by kind.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileCount {
    /// All.
    pub count: usize,
    /// OAuth logins.
    pub oauth: usize,
    /// Static tokens.
    pub token: usize,
    /// API keys.
    pub api_key: usize,
    /// `<id>=<what>`.
    pub labels: Vec<String>,
}

/// A value as a label, with its source.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Labelled {
    /// Public prefix and number.
    pub value: String,
    /// Where it is from.
    pub source: String,
}

/// A profile that rests after failures.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unusable {
    /// Its id.
    pub profile: String,
    /// The same.
    pub profile_id: String,
    /// Its provider.
    pub provider: String,
    /// `cooldown` or `disabled`.
    pub kind: &'static str,
    /// `billing` where it is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Until when, in milliseconds since the epoch.
    pub until: Millis,
    /// How long from now, in milliseconds.
    pub remaining_ms: Millis,
}

/// The health of profiles.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// The warning window, in milliseconds.
    pub warn_after_ms: Millis,
    /// All profiles, by provider and id.
    pub profiles: Vec<ProfileBody>,
    /// All providers, by id.
    pub providers: Vec<ProviderHealth>,
}

/// The health of a provider.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderHealth {
    /// Its id.
    pub provider: String,
    /// `ok`, `expiring`, `expired`, `missing` or `static`.
    pub status: &'static str,
    /// The earliest end of a profile, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
    /// How long from now, in milliseconds; negative if it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<Millis>,
    /// Its profiles.
    pub profiles: Vec<ProfileBody>,
}

/// The health of a profile: present, well-formed, time left, refreshable, selected.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileBody {
    /// Its id.
    pub profile: String,
    /// The same.
    pub profile_id: String,
    /// Its provider.
    pub provider: String,
    /// `api_key`, `token` or `oauth`; none if nothing is stored.
    #[serde(rename = "type")]
    pub type_word: Option<&'static str>,
    /// The same as `type`.
    pub kind: Option<&'static str>,
    /// `ok`, `expiring`, `expired`, `missing` or `static`.
    pub status: &'static str,
    /// When it ends, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
    /// Whether nobody said when it ends: a setup-token lasts a year. Left out if that is not so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expires_assumed: bool,
    /// Until when it can be renewed, in milliseconds since the epoch, if that is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refreshable_until: Option<Millis>,
    /// How long from now, in milliseconds; negative if it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<Millis>,
    /// `claude-cli`, `codex-cli` or `store`.
    pub source: &'static str,
    /// Its id, with the account if one is known; no label of a secret.
    pub label: String,
    /// Where its secret stands.
    pub origin: OriginBody,
    /// Whether its secret looks like one; none if nothing is stored.
    pub well_formed: Option<bool>,
    /// Whether it is renewed without a person.
    pub refreshable: bool,
    /// Who renews it: `gateway`, or the program that it is borrowed from.
    pub refreshable_by: Option<&'static str>,
    /// Whether it is what is used for its provider.
    pub selected: bool,
    /// Whether it can change the exit code of `--check`.
    pub relevant: bool,
}

/// Where something stands.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OriginBody {
    /// What kind of place: `auth store`, `environment`, `config`.
    pub source: &'static str,
    /// The file, if it is one.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The key or variable.
    pub key: String,
}

/// A finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FindingBody {
    /// `family/kebab-case`.
    pub code: &'static str,
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// What it is about.
    pub subject: String,
    /// The agent that it is about.
    pub agent: Option<String>,
    /// What is wrong.
    pub message: String,
    /// Where that can be seen, the main place first.
    pub evidence: Vec<EvidenceBody>,
    /// How it is mended.
    pub fix: FixBody,
}

/// A place that shows a finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EvidenceBody {
    /// What kind of place.
    pub source: &'static str,
    /// The file, if it is one.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column, from 1.
    pub column: Option<usize>,
    /// What stands there, in words.
    pub text: String,
}

/// `config validate --json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidationDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The exit code, and why.
    pub exit: ExitBody,
    /// Whether nothing above a note was found.
    pub valid: bool,
    /// What was found, worst first.
    pub findings: Vec<FindingBody>,
}

#[cfg(test)]
mod tests;
