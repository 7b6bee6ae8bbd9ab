//! `doctor --json`: can the agents talk, what was done, and what is left.

use crate::checks::finding::Finding;
use crate::pipeline::{Looked, Synced};
use crate::report::error_json::{ErrorBody, ExitBody};
use crate::report::human;
use crate::report::json::{self, FindingBody};
use crate::report::plan_json::PlanDocument;
use crate::report::probe::ProbesBody;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DoctorDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The exit code, and why: 0 nothing is left to do, 1 errors remain, 2 only warnings remain.
    pub exit: ExitBody,
    /// The agents.
    pub agents: Vec<AgentVerdict>,
    /// What was done, one line each.
    pub applied: Vec<String>,
    /// What a run that is no dry run would do without asking, one line each.
    pub pending: Vec<String>,
    /// In a dry run: what would be changed with these options.
    pub plan: Option<PlanDocument>,
    /// Findings that were there before and are gone now.
    pub fixed: Vec<Fixed>,
    /// What an interrupted run had left behind and is now in order.
    pub recovered: Option<String>,
    /// Why not all of it could be done.
    pub error: Option<ErrorBody>,
    /// What is left, worst first.
    pub findings: Vec<FindingBody>,
    /// What providers said, with `--probe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probes: Option<ProbesBody>,
}

impl DoctorDocument {
    /// The same with what providers said.
    pub(crate) fn with_probes(self, probes: Option<ProbesBody>) -> Self {
        Self { probes, ..self }
    }
}

/// Whether an agent can talk.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentVerdict {
    /// Its id.
    pub agent: String,
    /// `yes`, `limited` (ends soon, or rests), `no`, or `unknown` (it cannot be told what the service gets).
    pub can_talk: &'static str,
    /// The same as a sentence, with until when.
    pub sentence: String,
}

/// A finding that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Fixed {
    /// Its code.
    pub code: &'static str,
    /// What it was about.
    pub subject: String,
}

/// The document: what was done, what is left, and what was there before and is `fixed`; in a dry run what
/// would be changed. `exit` is what the command ends with.
pub(crate) fn doctor(
    synced: &Synced,
    left: &[Finding],
    fixed: &[Finding],
    plan: Option<PlanDocument>,
    exit: u8,
) -> DoctorDocument {
    let Looked { world, status, findings } = &synced.looked;
    let labels = Labels::new(world);
    let scrubbed = |texts: &[String]| texts.iter().map(|text| labels.scrub(text)).collect();
    let gone = |finding: &Finding| Fixed { code: finding.rule.code, subject: labels.scrub(&finding.subject) };
    let agents = human::verdicts(world, status, findings).into_iter();
    DoctorDocument {
        schema_version: 1,
        exit: json::exit_of_doctor(world, left, exit),
        agents: agents
            .map(|(agent, can, sentence)| AgentVerdict { agent, can_talk: can.as_str(), sentence })
            .collect(),
        applied: scrubbed(&synced.applied),
        pending: scrubbed(&synced.pending),
        plan,
        fixed: fixed.iter().map(gone).collect(),
        recovered: synced.recovered.clone(),
        error: json::unable(world, synced.trouble.as_ref()).map(|why| why.map(|text| labels.scrub(&text))),
        findings: json::findings(world, left),
        probes: None,
    }
}
