//! From findings to problems: what `models status --check` counts, by agent and by what it is about.

use crate::catalog::paths::MAIN_AGENT;
use crate::change::advice::Advice;
use crate::checks::finding::{CheckImpact, Finding};
use crate::doc::State as DocState;
use crate::pipeline::Looked;
use crate::pipeline::monitor::{KnownProblem, Present, ProblemKey, ProblemState, Unseen};
use crate::policy::health::HealthWord;
use crate::policy::status::{AgentStatus, ProfileStatus};
use crate::sys::time as duration;
use crate::world::World;
use crate::world::actual::Expiry;
use crate::world::label::Labels;
use std::collections::{BTreeMap, BTreeSet};

/// How things are. `all` says whether all agents were looked at.
pub(crate) fn look(looked: &Looked, all: bool) -> Present {
    let Looked { world, status, findings } = looked;
    let labels = Labels::new(world);
    let mut problems = BTreeMap::new();
    // Worst first, so the first of what is about the same is what is told.
    for finding in findings.iter().filter(|finding| finding.counts != CheckImpact::No) {
        let key = ProblemKey { agent: finding.agent.clone(), subject: labels.name(&finding.subject) };
        problems.entry(key).or_insert_with(|| problem(world, &labels, finding));
    }
    let healthy = |agent: &AgentStatus, profile: &ProfileStatus| {
        let key = ProblemKey { agent: Some(agent.agent.clone()), subject: labels.name(profile.id()) };
        Some((key, labels.scrub(&prefixed(world, Some(&agent.agent), &fine(world, profile)?))))
    };
    let fine = status.agents.iter().flat_map(|agent| {
        let profiles = agent.providers.iter().flat_map(|provider| &provider.profiles);
        profiles.filter_map(move |profile| healthy(agent, profile))
    });
    let fine = fine.collect();
    let agents = (!all).then(|| world.scope.iter().cloned().collect());
    Present { problems, fine, unseen: unseen(world), agents }
}

fn problem(world: &World, labels: &Labels, finding: &Finding) -> KnownProblem {
    KnownProblem {
        state: state(world, finding),
        message: labels.scrub(&prefixed(world, finding.agent.as_deref(), &finding.message)),
        advice: advice(world, finding).map(|advice| advice.map(|text| labels.scrub(&text))),
        class: finding.repair.as_ref().filter(|_| finding.advice.is_none()).map(|repair| repair.class),
    }
}

/// What mends it: the sentence of the finding, or the command that makes its repair.
fn advice(world: &World, finding: &Finding) -> Option<Advice> {
    let repair = || {
        let what = &finding.repair.as_ref()?.what;
        Some(Advice::say(format!("{what}: run ")).run(world.paths.command("doctor --fix")))
    };
    finding.advice.clone().or_else(repair)
}

/// A phrase about an agent that is not the one that everybody means.
fn prefixed(world: &World, agent: Option<&str>, message: &str) -> String {
    match agent.filter(|agent| *agent != world.desired.default_agent()) {
        Some(agent) => format!("agent {agent}: {message}"),
        None => message.to_owned(),
    }
}

fn state(world: &World, finding: &Finding) -> ProblemState {
    match finding.rule.code {
        "expiry/expired" => ProblemState::Expired,
        "expiry/unknown" | "env/service-unclear" | "probe/unreachable" => ProblemState::Unknown,
        "cooldown/all-rest" | "env/service-blind" | "credential/missing" | "credential/not-stored" => {
            ProblemState::Missing
        }
        _ if finding.counts == CheckImpact::Expiring => ProblemState::Expiring,
        _ if finding.is_of("files") || !world.config_is_known() => ProblemState::Unknown,
        _ => ProblemState::Unusable,
    }
}

/// What is said of a profile that is in order; none if it is not.
fn fine(world: &World, profile: &ProfileStatus) -> Option<String> {
    let id = profile.id();
    match (profile.word, profile.credential()?.expires) {
        (HealthWord::Ok | HealthWord::Static, Expiry::At { at, .. }) => {
            let left = duration::short(at - world.now);
            Some(format!("{id} is OK again, until {} ({left})", duration::date(at)))
        }
        (HealthWord::Ok | HealthWord::Static, _) => Some(format!("{id} is OK again")),
        _ => None,
    }
}

/// What cannot be seen.
fn unseen(world: &World) -> Unseen {
    if !world.auth_is_known() {
        return Unseen::All;
    }
    let closed = world
        .stores
        .iter()
        .filter(|store| !matches!(world.doc(store.doc).state, DocState::Parsed | DocState::Absent));
    let closed: BTreeSet<String> = closed.map(|store| store.agent.clone()).collect();
    match closed {
        none if none.is_empty() => Unseen::No,
        // The others see main's profiles.
        ids if ids.contains(MAIN_AGENT) => Unseen::All,
        ids => Unseen::Agents(ids),
    }
}
