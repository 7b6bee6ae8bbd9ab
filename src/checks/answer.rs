//! The one answer about an agent: the judgement whether it can talk, and what findings say besides. From it
//! speak the headline, `canTalk`, plugins and notes; `--check` counts the same findings, so they cannot differ.

use crate::checks::finding::{CheckImpact, Finding};
use crate::policy::status::Status;
use crate::policy::talk::{self, Can, Talk};
use crate::world::World;

/// The answer about an agent.
#[derive(Clone, Debug)]
pub struct Answer<'s> {
    /// The judgement about its own provider.
    pub talk: Talk<'s>,
    /// What counts for `--check` besides, the worst first.
    pub besides: Vec<&'s Finding>,
}

impl Answer<'_> {
    /// Whether it can talk. Not simply "yes" while something else that is in use has expired or is missing.
    pub fn can(&self) -> Can {
        self.talk.can.max(if self.besides.is_empty() { Can::Yes } else { Can::Limited })
    }
}

/// The answers about all agents that use a provider.
pub fn answers<'s>(world: &World, status: &'s Status, findings: &'s [Finding]) -> Vec<Answer<'s>> {
    let talks = status.agents.iter().filter_map(|agent| talk::of(world, status, agent));
    talks.map(|talk| Answer { besides: besides(&talk, findings), talk }).collect()
}

/// What counts, and is not what the judgement says already.
fn besides<'s>(talk: &Talk<'_>, findings: &'s [Finding]) -> Vec<&'s Finding> {
    let own = match talk.can {
        Can::Yes => CheckImpact::No,
        Can::Limited | Can::Unknown => CheckImpact::Expiring,
        Can::No => CheckImpact::Broken,
    };
    let chosen = talk.provider.resolution.chosen().map(|chosen| chosen.name.as_str());
    let is_said = |finding: &Finding| {
        talk.can != Can::Yes && [chosen, Some(&*talk.provider.provider)].contains(&Some(&finding.subject))
    };
    let concerns = |finding: &&Finding| {
        finding.counts > own
            && finding.agent.as_ref().is_none_or(|agent| *agent == talk.agent.agent)
            && !is_said(finding)
    };
    let mut besides: Vec<_> = findings.iter().filter(concerns).collect();
    besides.sort_by_key(|finding| std::cmp::Reverse(finding.counts));
    besides
}
