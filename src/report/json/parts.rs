//! The status document as a whole, and parts of it that other documents have too.

use crate::checks::answer::answers;
use crate::checks::finding::{CheckImpact, Finding, Severity};
use crate::pipeline::Trouble;
use crate::policy::known::known_config;
use crate::policy::status::{AgentStatus, Status};
use crate::report::error_json::{ErrorBody, ExitBody};
use crate::report::human::{Changes, sorted};
use crate::report::json::fill::{Filler, SCHEMA_VERSION, of_findings};
use crate::report::json::{AgentBody, FindingBody, ProfileBody, StatusDocument, ValidationDocument};
use crate::report::probe::ProbesBody;
use crate::world::World;

/// The status as a document. `exit_code` is what `--check` ends with.
pub fn status(
    world: &World,
    status: &Status,
    findings: &[Finding],
    changes: Changes<'_>,
    exit_code: u8,
) -> StatusDocument {
    let filler = Filler::new(world, status);
    let answers = answers(world, status, findings);
    let can = |agent: &AgentStatus| answers.iter().find(|answer| answer.talk.agent.agent == agent.agent);
    let body = |agent| AgentBody {
        can_talk: can(agent).map(|answer| answer.can().as_str()),
        verified_at: can(agent).and_then(|answer| answer.talk.verified),
        ..filler.agent(agent)
    };
    let agents: Vec<AgentBody> = status.agents.iter().map(body).collect();
    let sorted = sorted(findings);
    let exit = filler.exit(exit_code, sorted.iter().copied().filter(|finding| counts(finding)));
    StatusDocument {
        schema_version: SCHEMA_VERSION,
        home: filler.home(),
        first: agents.first().cloned().unwrap_or_default(),
        agents,
        service: world.bot_service().map(|service| filler.labels.name(&service.name)),
        check: exit.clone(),
        exit,
        applied: changes.done.iter().map(|text| filler.labels.scrub(text)).collect(),
        error: unable(world, changes.trouble).map(|why| why.map(|text| filler.labels.scrub(&text))),
        pending: changes.due.iter().map(|text| filler.labels.scrub(text)).collect(),
        findings: sorted.into_iter().map(|finding| filler.finding(finding)).collect(),
    }
}

impl StatusDocument {
    /// The same with what providers said.
    pub(crate) fn with_probes(mut self, probes: Option<ProbesBody>) -> Self {
        if let Some(first) = self.agents.first_mut() {
            first.auth.probes.clone_from(&probes);
        }
        self.first.auth.probes = probes;
        self
    }
}

/// The profiles of an agent as bodies, by provider and id.
pub fn profiles(world: &World, status: &Status, agent: &str) -> Vec<ProfileBody> {
    let filler = Filler::new(world, status);
    let own = status.agents.iter().filter(|own| own.agent == agent);
    own.flat_map(|own| filler.health(own).profiles).collect()
}

/// Findings as bodies, worst first.
pub fn findings(world: &World, findings: &[Finding]) -> Vec<FindingBody> {
    of_findings(world, |filler| sorted(findings).into_iter().map(|one| filler.finding(one)).collect())
}

/// Why not all could be done, or said: what stands in the way, else a config that cannot be read.
pub(crate) fn unable(world: &World, trouble: Option<&Trouble>) -> Option<ErrorBody> {
    let unread = || known_config(world).err().map(|why| ErrorBody::from(&why.into()));
    trouble.map(ErrorBody::from).or_else(unread)
}

/// Whether a finding changes the exit code of `--check`.
pub(super) fn counts(finding: &Finding) -> bool {
    finding.counts != CheckImpact::No
}

/// The exit code of `--check`, with the findings that make it so.
pub(crate) fn exit_of_check(world: &World, findings: &[Finding], code: u8) -> ExitBody {
    exit(world, findings, code, counts)
}

/// The exit code of the doctor, with the findings that make it so: the worst that are no notes.
pub(crate) fn exit_of_doctor(world: &World, findings: &[Finding], code: u8) -> ExitBody {
    let worst = findings.iter().map(|finding| finding.severity).max();
    exit(world, findings, code, |finding| {
        finding.severity > Severity::Info && Some(finding.severity) == worst
    })
}

fn exit(world: &World, findings: &[Finding], code: u8, is_one: impl Fn(&Finding) -> bool) -> ExitBody {
    let reasons = sorted(findings).into_iter().filter(|finding| is_one(finding));
    of_findings(world, |filler| filler.exit(code, reasons))
}

/// What is wrong with the config, as a document. `valid` says whether that is only notes.
pub fn validation(world: &World, findings: &[Finding], valid: bool) -> ValidationDocument {
    ValidationDocument {
        schema_version: SCHEMA_VERSION,
        exit: exit(world, findings, u8::from(!valid), |finding| finding.severity > Severity::Info),
        valid,
        findings: crate::report::json::parts::findings(world, findings),
    }
}
