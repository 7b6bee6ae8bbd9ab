//! What commands are about: agents, codes and families, and how far to look.

use crate::catalog::nearest::did_you_mean;
use crate::catalog::paths::{MAIN_AGENT, agent_id};
use crate::change::proposal::Class;
use crate::change::proposal::Refusal;
use crate::checks;
use crate::checks::choice::Choice;
use crate::checks::finding::{CheckImpact, Finding};
use crate::cli::grammar::{Global, Scope, home_choice};
use crate::cli::{Exit, Outcome};
use crate::pipeline::{self, Looked, Query};
use crate::policy::status::Options;
use crate::report::plan_json::PlanRequest;
use crate::report::style::Style;
use crate::sys::Look;
use crate::sys::zone::Zone;
use crate::world::World;
use crate::world::observe::{Agents, Depth};
use std::collections::BTreeSet;

impl Global {
    /// The profile asked for, or the directory, with a slash in it.
    fn profile(&self) -> Option<String> {
        if let Some(home) = &self.home {
            return Some(home_choice(home));
        }
        if self.dev { Some("dev".to_owned()) } else { self.profile.clone() }
    }

    /// What to look at: these agents, so far.
    pub(super) fn ask(&self, agents: Agents, depth: Depth) -> Query {
        let (profile, options) = (self.profile(), Options::default());
        Query { agents, profile, depth, options, trusts_cwd: self.trust_cwd, export: None }
    }

    /// All agents, because what one of them gets may matter to the others.
    pub(super) fn ask_all(&self) -> Query {
        self.ask(Agents::All, Depth::Status)
    }

    /// What is written, whatever programs would say.
    pub(super) fn ask_files(&self) -> Query {
        self.ask(Agents::Default, Depth::Files)
    }

    /// One agent; without a name, the default one.
    pub(super) fn ask_one(&self, agent: Option<&str>) -> Query {
        self.ask(agent.map_or(Agents::Default, |id| Agents::One(id.to_owned())), Depth::Status)
    }

    /// How text looks on standard output.
    pub(super) fn style(&self, look: &dyn Look) -> Style {
        Style { zone: self.zone(look), ..Style::decide(self.color, look.host()) }
    }

    /// Whether there is colour on standard output, and how these words look on standard error.
    pub(super) fn streams(&self, look: &dyn Look, words: &str) -> (bool, Style) {
        let host = look.host();
        let zone = if words.is_empty() { Zone::UTC } else { self.zone(look) };
        let errors = Style { zone, ..Style::of_errors(self.color, host) };
        (Style::decide(self.color, host).color, errors)
    }

    fn zone(&self, look: &dyn Look) -> Zone {
        if self.utc { Zone::UTC } else { Zone::of(look) }
    }
}

/// The agent that is meant; a refusal if nobody knows it.
pub(super) fn agent(reader: &dyn Look, global: &Global, id: Option<&str>) -> Result<String, Outcome> {
    agent_seen(reader, global, id).map(|(agent, _)| agent)
}

/// The same, and how things are for it.
pub(super) fn agent_seen(
    reader: &dyn Look,
    global: &Global,
    id: Option<&str>,
) -> Result<(String, World), Outcome> {
    let ask = global.ask_one(id);
    let world = pipeline::world(reader, &ask);
    if world.config_is_known() {
        known_agent(&world, &ask.agents)?;
    }
    Ok((world.scope.first().cloned().unwrap_or_else(|| MAIN_AGENT.to_owned()), world))
}

/// The agent of a world in which one was looked at; a refusal if nobody knows it.
pub(super) fn only_agent(world: &World, agents: &Agents) -> Result<String, Outcome> {
    known_agent(world, agents)?;
    world.scope.first().cloned().ok_or_else(|| Refusal::state("there is no agent").into())
}

/// How things are for the agent that is meant, for a command that changes nothing: what the next sync
/// would store counts as stored. What has to be known is judged before the agent is.
pub(super) fn seen(
    look: &dyn Look,
    global: &Global,
    id: Option<&str>,
    known: impl Fn(&World) -> Result<(), Outcome>,
) -> Result<(Looked, String), Outcome> {
    let ask = global.ask_one(id);
    let looked = pipeline::preview(look, &ask).looked;
    known(&looked.world)?;
    let agent = only_agent(&looked.world, &ask.agents)?;
    Ok((looked, agent))
}

/// Refuses an agent that is neither configured nor there.
pub(super) fn known_agent(world: &World, agents: &Agents) -> Result<(), Outcome> {
    let Agents::One(asked) = agents else { return Ok(()) };
    let id = agent_id(asked);
    let own = world.agents.iter().filter(|agent| agent.found || agent.id == world.desired.default_agent());
    let known: Vec<&str> = own.map(|agent| agent.id.as_str()).collect();
    if known.contains(&id.as_str()) {
        return Ok(());
    }
    Err(Refusal::state(format!("there is no agent `{id}`{}", did_you_mean(&id, known))).into())
}

/// What to look at, and which repairs are wanted; a refusal if nobody knows what was named.
pub(super) fn scope(
    look: &dyn Look,
    global: &Global,
    scope: &Scope,
    force: bool,
) -> Result<(Query, Choice), Outcome> {
    scope.only.iter().try_for_each(|name| known(name))?;
    let mut ask = global.ask(scope.agent.clone().map_or(Agents::All, Agents::One), Depth::Doctor);
    // What renews itself needs nobody, unless it cannot.
    ask.options.allow_refreshable = true;
    if scope.agent.is_some() {
        let world = pipeline::world(look, &ask);
        // Whoever it is may be in a config that cannot be read; the report says so.
        if world.config_is_known() {
            known_agent(&world, &ask.agents)?;
        }
    }
    let class = if force { Class::Force } else { Class::Fix };
    Ok((ask, Choice { class, only: scope.only.clone() }))
}

/// What was asked for on the command line.
pub(super) fn request(scope: &Scope, force: bool, global: &Global) -> PlanRequest {
    let (agent, only) = (scope.agent.clone(), scope.only.clone());
    PlanRequest { profile: global.profile(), agent, only, force }
}

/// Whether a code or family exists.
fn known(name: &str) -> Result<(), Outcome> {
    let families = checks::rules().filter_map(|rule| Some(rule.code.split_once('/')?.0));
    let names: BTreeSet<&str> = checks::rules().map(|rule| rule.code).chain(families).collect();
    if names.contains(name) {
        return Ok(());
    }
    let hint = did_you_mean(name, names);
    Err(Outcome::usage(format!("there is no finding or family `{name}`{hint}")))
}

/// What `--check` answers.
pub(super) fn verdict(findings: &[Finding]) -> Exit {
    match checks::verdict(findings) {
        CheckImpact::No => Exit::Ok,
        CheckImpact::Expiring => Exit::Attention,
        CheckImpact::Broken => Exit::Broken,
    }
}
