//! Checks: opinions about the world. Pure functions, one table.
//!
//! To add one: a [`Rule`] in its family's file, in order of its code, and a fixture in which it
//! fires and one in which it must not. Nothing else: `explain`, the table of the documentation and the JSON
//! come from [`rules`].
//!
//! Invariant: a rule sees the world and its status, and states findings, so it cannot look, write or
//! print. It knows no finding of another rule, and no intent.

pub mod answer;
mod cap;
pub mod choice;
mod claude;
mod config;
mod cooldown;
mod credential;
mod env;
mod expiry;
pub(crate) mod files;
pub mod finding;
mod messages;
mod order;
mod precedence;
mod probe;
mod service;
mod sync;

use crate::checks::finding::{CheckImpact, CheckInput, Finding, Rule, Sink};
pub use crate::checks::messages::of_message;
use crate::doc::edit::ops::{Edit, EditOp, FileAction};
use crate::doc::{DocId, KeyPath, Loc};
use crate::policy::status::{AgentStatus, ProfileStatus, ProviderStatus, Status};
use crate::world::World;
use std::collections::BTreeMap;

/// All rules, by family; sorted by code within each.
pub static FAMILIES: &[&[Rule]] = &[
    claude::RULES,
    config::RULES,
    cooldown::RULES,
    credential::RULES,
    env::RULES,
    expiry::RULES,
    files::RULES,
    order::RULES,
    precedence::RULES,
    probe::RULES,
    service::RULES,
    sync::RULES,
];

/// All rules, sorted by code.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The rule of this code.
pub fn rule(code: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code == code)
}

/// All findings, worst first; each fact once, even if several agents share it. Of thousands that
/// are alike most are told as a number.
pub fn check(world: &World, status: &Status) -> Vec<Finding> {
    let case = CheckInput { world, status };
    let mut findings = Vec::new();
    for rule in rules() {
        (rule.check)(&case, &mut Sink::new(rule, &mut findings));
    }
    let mut findings = merged(findings);
    findings.iter_mut().for_each(|finding| leave_kept(world, finding));
    findings.sort_by(|a, b| {
        let rank = |finding: &Finding| (finding.severity, finding.counts);
        let name = |finding: &Finding| (finding.rule.code, finding.agent.clone(), finding.subject.clone());
        rank(b).cmp(&rank(a)).then_with(|| name(a).cmp(&name(b)))
    });
    cap::capped(findings)
}

/// Agents that see the same profile state the same fact: the worst of them stays.
fn merged(findings: Vec<Finding>) -> Vec<Finding> {
    type FactKey = (&'static str, String, Option<(DocId, Option<Loc>)>, Vec<(DocId, KeyPath)>);
    let mut kept: Vec<Finding> = Vec::new();
    let mut seen: BTreeMap<FactKey, usize> = BTreeMap::new();
    for finding in findings {
        let place = finding.evidence.first().map(|evidence| (evidence.doc, evidence.loc));
        // Without a place, the agent is what tells two facts apart.
        let subject = match (&finding.agent, place) {
            (Some(agent), None) => format!("{agent} {}", finding.subject),
            _ => finding.subject.clone(),
        };
        // What would be changed in two stores is two facts, even if one place shows both.
        let edits = finding.repair.iter().flat_map(|repair| &repair.edits);
        let edited: Vec<_> = edits
            .map(|edit| (edit.doc, edit.as_value().map(|(at, _)| at.clone()).unwrap_or_default()))
            .collect();
        let key = (finding.rule.code, subject, place, edited);
        match seen.get(&key) {
            Some(&at) => {
                kept[at].severity = kept[at].severity.max(finding.severity);
                kept[at].counts = kept[at].counts.max(finding.counts);
            }
            None => {
                seen.insert(key, kept.len());
                kept.push(finding);
            }
        }
    }
    kept
}

/// Where nothing is edited, a repair becomes what somebody does elsewhere.
fn leave_kept(world: &World, finding: &mut Finding) {
    if world.paths.database.is_some() {
        let program = world.paths.layout.program;
        if let Some(repair) = finding.repair.take() {
            // A mode is anybody's to set whose file it is.
            let is_mode = |edit: &Edit| matches!(edit.op, EditOp::File(FileAction::Mode(_)));
            let with =
                if repair.edits.iter().all(is_mode) { String::new() } else { format!(", with {program}") };
            finding.advice.get_or_insert_with(|| format!("{}{with}", repair.what).into());
        }
        return;
    }
    let edits = finding.repair.iter().flat_map(|repair| &repair.edits);
    let Some(keeper) = edits.into_iter().find_map(|edit| world.doc(edit.doc).keeper) else { return };
    if let Some(repair) = finding.repair.take() {
        let how = || format!("{}: {}", repair.what, keeper.instead()).into();
        finding.advice.get_or_insert_with(how);
    }
}

/// What the findings mean for `models status --check`.
pub fn verdict(findings: &[Finding]) -> CheckImpact {
    findings.iter().map(|finding| finding.counts).max().unwrap_or(CheckImpact::No)
}

impl<'w> CheckInput<'w> {
    /// Every provider of every agent.
    fn providers(&self) -> impl Iterator<Item = (&'w AgentStatus, &'w ProviderStatus)> {
        let agents: &'w [AgentStatus] = &self.status.agents;
        agents.iter().flat_map(|agent| agent.providers.iter().map(move |provider| (agent, provider)))
    }

    /// Every profile of every provider of every agent.
    fn profiles(&self) -> impl Iterator<Item = (&'w AgentStatus, &'w ProviderStatus, &'w ProfileStatus)> {
        self.providers().flat_map(|(agent, provider)| {
            provider.profiles.iter().map(move |profile| (agent, provider, profile))
        })
    }

    /// Whether an agent lacks what a model of it needs.
    fn lacks(&self) -> bool {
        self.providers().any(|(agent, of)| of.lacks() && agent.needed_by(&of.provider).next().is_some())
    }

    /// Whether any agent needs the provider, and has nothing of it that can be used.
    fn lacks_of(&self, provider: &str) -> bool {
        self.providers().any(|(_, of)| of.relevant && of.provider == provider && of.lacks())
    }

    /// Whether any agent needs the provider.
    fn is_relevant(&self, provider: &str) -> bool {
        self.providers().any(|(_, status)| status.relevant && status.provider == provider)
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::*;

    #[test]
    fn rules_are_sorted_and_documented() {
        assert!(rules().map(|rule| rule.code).is_sorted());
        for rule in rules() {
            for text in [rule.what, rule.why, rule.fix] {
                assert!(text.len() >= 20, "{}: {text:?}", rule.code);
            }
            let (family, name) = rule.code.split_once('/').unwrap();
            let fine = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            assert!(fine(family) && fine(name), "{}", rule.code);
        }
    }
}
