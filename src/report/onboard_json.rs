//! `onboard --json`: what was chosen, what was done, and whether the agent can talk now.

use crate::pipeline::{Done, Looked};
use crate::report::apply_json::{self, ApplyDocument};
use crate::report::error_json::ExitBody;
use crate::report::{human, json};
use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OnboardDocument {
    /// The choice.
    pub auth_choice: String,
    /// Its provider; null for none.
    pub provider: Option<String>,
    /// The profile that was set up; null for none.
    pub profile: Option<String>,
    /// `auth-store` or `dotenv`; null if nothing was put anywhere.
    pub key_in: Option<&'static str>,
    /// For which agent.
    pub agent: String,
    /// The model that it uses by default.
    pub default_model: Option<String>,
    /// Whether it can talk: `yes`, `limited`, `no` or `unknown`.
    pub can_talk: Option<&'static str>,
    /// What `models status --check --all-agents` would end with, and why.
    pub exit: ExitBody,
    /// What was done.
    #[serde(flatten)]
    pub done: ApplyDocument,
}

/// What was chosen.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    /// The value of `--auth-choice`.
    pub auth_choice: &'static str,
    /// Its provider.
    pub provider: Option<String>,
    /// The profile.
    pub profile: Option<String>,
    /// Where its key is.
    pub key_in: Option<&'static str>,
}

/// The summary as text. `check_code` is what `models status --check --all-agents` would end with.
pub(crate) fn summary(
    looked: &Looked,
    agent: &str,
    done: &Done,
    summary: &Summary,
    check_code: u8,
) -> String {
    let Looked { world, status, .. } = looked;
    let own = status.agents.iter().find(|own| own.agent == agent);
    let verdicts = human::verdicts(world, status, &looked.findings);
    json::text(&OnboardDocument {
        auth_choice: summary.auth_choice.to_owned(),
        provider: summary.provider.clone(),
        profile: summary.profile.clone(),
        key_in: summary.key_in,
        agent: agent.to_owned(),
        default_model: own.and_then(|own| own.models.first()).map(|used| used.model.key()),
        can_talk: verdicts.iter().find(|(id, ..)| id == agent).map(|(_, can, _)| can.as_str()),
        exit: json::exit_of_check(world, &looked.findings, check_code),
        done: apply_json::apply(world, done),
    })
}
