//! What `doctor`, `plan` and `apply` are about: agents, and codes or families.

use crate::catalog::nearest;
use crate::change::proposal::Class;
use crate::checks;
use crate::checks::choice::Choice;
use crate::checks::finding::{CheckImpact, Finding};
use crate::cli::grammar::{Global, Scope};
use crate::cli::{Exit, Outcome};
use crate::pipeline::{self, Ask};
use crate::policy::status::Options;
use crate::report::plan_json::PlanRequest;
use crate::sys::Act;
use crate::world::observe::{Agents, Depth};
use std::collections::BTreeSet;

/// What to look at, and which repairs are wanted; a usage error if nobody knows what was named.
pub(super) fn scope(
    act: &dyn Act,
    global: &Global,
    scope: &Scope,
    class: Class,
) -> Result<(Ask, Choice), Outcome> {
    scope.only.iter().try_for_each(|name| known(name))?;
    let ask = Ask {
        agents: scope.agent.clone().map_or(Agents::All, Agents::One),
        profile: global.profile().map(str::to_owned),
        options: Options::default(),
        depth: Depth::Doctor,
    };
    if scope.agent.is_some() {
        let looked = pipeline::look(act.as_look(), &ask);
        // Whoever it is may be in a config that cannot be read; the report says so.
        if looked.world.config_is_known()
            && let Some(refused) = unknown_agent(&looked.world, &ask.agents)
        {
            return Err(refused);
        }
    }
    Ok((ask, Choice { class, only: scope.only.clone() }))
}

/// What was asked for on the command line.
pub(super) fn request(scope: &Scope, force: bool, global: &Global) -> PlanRequest {
    let (agent, only) = (scope.agent.clone(), scope.only.clone());
    PlanRequest { profile: global.profile().map(str::to_owned), agent, only, force }
}

/// Whether a code or family exists.
fn known(name: &str) -> Result<(), Outcome> {
    let families = checks::rules().filter_map(|rule| Some(rule.code.split_once('/')?.0));
    let names: BTreeSet<&str> = checks::rules().map(|rule| rule.code).chain(families).collect();
    if names.contains(name) {
        return Ok(());
    }
    let near = nearest::nearest(name, names.into_iter());
    let hint = near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
    Err(Outcome::usage(&format!("there is no finding or family `{name}`{hint}")))
}

/// The complaint about an agent that is neither configured nor there.
pub(super) fn unknown_agent(world: &crate::world::World, agents: &Agents) -> Option<Outcome> {
    let Agents::One(asked) = agents else { return None };
    let id = crate::catalog::paths::agent_id(asked);
    let known = |agent: &&crate::world::AgentDir| agent.found || agent.id == world.desired.default_agent();
    if world.agents.iter().filter(known).any(|agent| agent.id == id) {
        return None;
    }
    let near = nearest::nearest(&id, world.agents.iter().filter(known).map(|agent| agent.id.as_str()));
    let hint = near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
    Some(Outcome::usage(&format!("there is no agent `{id}`{hint}")))
}

/// What `--check` answers.
pub(super) fn verdict(findings: &[Finding]) -> Exit {
    match checks::verdict(findings) {
        CheckImpact::No => Exit::Ok,
        CheckImpact::Expiring => Exit::Attention,
        CheckImpact::Broken => Exit::Broken,
    }
}
