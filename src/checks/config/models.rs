//! Models and providers that the config names otherwise than the gateway knows them.

use crate::catalog::nearest::{hint, listed};
use crate::change::advice::Advice;
use crate::change::proposal::{Class, Proposal};
use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::config::{Problem, ProblemKind};
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{KeyPath, Seg};
use crate::policy::models::known::elsewhere;
use crate::policy::models::reference::is_forbidden;
use crate::policy::models::{Model, ModelRole, Used};
use crate::policy::orders::edit_at;
use crate::policy::resolve;
use crate::policy::status::{AgentStatus, ProviderStatus};
use crate::sys::quote::shell_word;
use crate::world::World;

pub(super) fn unknown_provider(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for problem in &case.world.desired.problems {
        let ProblemKind::UnknownProvider { named, meant } = &problem.kind else { continue };
        let is_used = used(case).any(|(_, used)| used.loc == Some(problem.loc));
        let hides = problem.hides_auth() || is_used;
        let draft = sink
            .state(named, problem.message())
            .at_most(if hides { Severity::Error } else { Severity::Warning })
            .see(problem.loc.doc, Some(problem.loc), format!("did you mean `{meant}`?"))
            .counts(if hides { CheckImpact::Broken } else { CheckImpact::No });
        let what = format!("write {meant} in the place of {named}");
        let repair = renamed(case.world, problem, meant).map(|edit| Proposal::new(what, vec![edit]));
        draft.repair_or_advise(repair, || format!("write `{meant}` instead").into());
    }
}

/// The edit that names the provider that is meant, if nothing is there under its name, and the name does not
/// come out of a variable.
fn renamed(world: &World, problem: &Problem, meant: &str) -> Option<Edit> {
    let root = world.desired.root.as_ref()?;
    let key = problem.path.last_key()?;
    let is_value = root.locate(&problem.path).is_some_and(|node| node.loc == problem.loc);
    let model = |text: &str| text.split_once('/').map(|(_, id)| format!("{meant}/{}", id.trim()));
    if is_value {
        if world.desired.reference(problem.loc).is_some() {
            return None;
        }
        let text = root.locate(&problem.path)?.as_str()?;
        return edit_at(world, problem.loc, To::text(&model(text).unwrap_or_else(|| meant.to_owned())));
    }
    let new = model(key).unwrap_or_else(|| meant.to_owned());
    let mut beside = problem.path.clone();
    *beside.0.last_mut()? = Seg::Key(new.clone());
    if root.locate(&beside).is_some() {
        return None;
    }
    edit_at(world, problem.loc, To::Rename(new))
}

/// Every model that an agent uses, with the agent.
fn used<'w>(case: &CheckInput<'w>) -> impl Iterator<Item = (&'w str, &'w Used)> {
    let agents = &case.status.agents;
    agents.iter().flat_map(|agent| agent.models.iter().map(move |used| (agent.agent.as_str(), used)))
}

pub(super) fn unknown_model(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for (agent, used) in used(case) {
        let (Some(text), Some(loc)) = (&used.written, used.loc) else { continue };
        let meant = elsewhere(&world.desired, text, &used.model);
        let keys: Vec<String> = meant.iter().map(Model::key).collect();
        let Some(first) = keys.first() else { continue };
        let provider = &used.model.provider;
        let why = if text.contains('/') {
            format!("{} is no model of {provider}", used.model.id)
        } else {
            format!("{text} names no provider, and {provider} has no such model")
        };
        let draft = sink.state(text, why + &hint(Some(first))).agent(agent).see(
            loc.doc,
            Some(loc),
            format!("did you mean `{first}`?"),
        );
        let repair = one_of(world, agent, &meant).filter(|_| world.desired.reference(loc).is_none());
        let repair = repair.and_then(|model| {
            let edit = edit_at(world, loc, To::text(&model.key()))?;
            Some(Proposal::new(format!("write {} in the place of {text}", model.key()), vec![edit]))
        });
        draft.repair_or_advise(repair, || {
            let set = world.paths.command(&format!("models set {}", shell_word(first)));
            match used.role {
                ModelRole::Default => Advice::command(set).then(", or another one that you mean"),
                _ => format!("write {} instead", listed(&keys).replace(" and ", " or ")).into(),
            }
        });
    }
}

/// The one that can be meant: the only one, or the only one for which there is a credential.
fn one_of<'m>(world: &World, agent: &str, meant: &'m [Model]) -> Option<&'m Model> {
    let [one] = meant else {
        let mut paid =
            meant.iter().filter(|model| resolve::resolve(world, agent, &model.provider).usable().is_some());
        return paid.next().filter(|_| paid.next().is_none());
    };
    Some(one)
}

/// Whether an agent whose default model lacks a credential would talk by this fallback.
fn would_do(case: &CheckInput<'_>, agent: &str, used: &Used) -> bool {
    let lacks = |own: &AgentStatus| own.default_provider().is_some_and(ProviderStatus::lacks);
    let would = |own: &AgentStatus| own.provider_of(used).is_some_and(ProviderStatus::is_usable);
    let mut own = case.status.agents.iter().filter(|own| own.agent == agent);
    used.role == ModelRole::Fallback && own.any(|own| lacks(own) && would(own))
}

pub(super) fn not_allowed(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    let Some(first) = world.desired.allowed.first() else { return };
    for (agent, used) in used(case) {
        let Some(loc) = used.loc.filter(|_| is_forbidden(world, agent, used)) else { continue };
        let key = used.model.key();
        let draft = sink
            .state(
                &key,
                format!("{key} is {}, but agents.defaults.models does not list it", used.role.label()),
            )
            .at_most(Severity::Warning)
            .agent(agent)
            .rescues(would_do(case, agent, used))
            .see(loc.doc, Some(loc), "passed over")
            .see(first.key.loc.doc, Some(first.key.loc), "only what is listed here is allowed");
        let edit = edit_at(world, first.key.loc, To::Remove);
        let edit = edit.and_then(|beside| {
            let (at, _) = beside.as_value()?;
            let list = KeyPath(at.0.split_last()?.1.to_vec());
            Some(Edit::value(beside.doc, list.key(&key), To::Set(Draft::Table(Vec::new()))))
        });
        let what = format!("list {key} in agents.defaults.models");
        match edit {
            Some(edit) => draft.edit(what, vec![edit], Class::Fix),
            None => draft.advise(what),
        };
    }
}
