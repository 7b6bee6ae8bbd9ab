//! Models and providers that the config names otherwise than the gateway knows them.

use crate::catalog::nearest::{hint, listed};
use crate::change::advice::Advice;
use crate::change::proposal::{Class, Proposal};
use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::config::{Problem, ProblemKind, model_name};
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{KeyPath, Node, Seg};
use crate::policy::models::reference::{is_forbidden, write_one};
use crate::policy::models::slips::{self, Slip};
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
        let what = format!("change {named} to {meant}");
        let repair = renamed(case.world, problem, meant).map(|edit| Proposal::new(what, vec![edit]));
        draft.repair_or_advise(repair, || format!("change it to `{meant}`").into());
    }
}

/// The edit that names the provider that is meant.
fn renamed(world: &World, problem: &Problem, meant: &str) -> Option<Edit> {
    let root = world.desired.root.as_ref()?;
    let is_value = root.locate(&problem.path).filter(|node| node.loc == problem.loc);
    let text = is_value.map_or_else(|| problem.path.last_key(), Node::as_str)?;
    let model = text.split_once('/').map(|(_, id)| format!("{meant}/{}", id.trim()));
    rewritten(world, problem, &model.unwrap_or_else(|| meant.to_owned()))
}

/// The edit that writes another text where a problem is: in the place of the value, or of the key if nothing is
/// there under that. None if the value comes out of a variable.
pub(super) fn rewritten(world: &World, problem: &Problem, new: &str) -> Option<Edit> {
    let root = world.desired.root.as_ref()?;
    if root.locate(&problem.path).is_some_and(|node| node.loc == problem.loc) {
        let is_own = world.desired.reference(problem.loc).is_none();
        return edit_at(world, problem.loc, To::text(new)).filter(|_| is_own);
    }
    let mut beside = problem.path.clone();
    *beside.0.last_mut()? = Seg::Key(new.to_owned());
    if root.locate(&beside).is_some() {
        return None;
    }
    edit_at(world, problem.loc, To::Rename(new.to_owned()))
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
        let Some(said) = Said::of(world, agent, text, &used.model) else { continue };
        let is_default = used.role == ModelRole::Default;
        let broken = said.is_none && is_default;
        let first = said.meant.first();
        let label = first.map_or_else(|| "no model".to_owned(), |first| format!("did you mean `{first}`?"));
        let draft = sink
            .state(text, said.why + &hint(first))
            .at_most(if said.may_be { Severity::Info } else { Severity::of(broken, true) })
            .agent(agent)
            .see(loc.doc, Some(loc), label)
            .counts(if broken { CheckImpact::Broken } else { CheckImpact::No });
        let repair = said.certain.filter(|_| world.desired.reference(loc).is_none());
        let repair = repair.and_then(|name| {
            let edit = edit_at(world, loc, To::text(&name))?;
            Some(Proposal::new(format!("change {text} to {name}"), vec![edit]))
        });
        draft.repair_or_advise(repair, || match first {
            Some(first) if is_default => {
                let set = world.paths.command(&format!("models set {}", shell_word(first)));
                Advice::command(set).then(", or choose another one")
            }
            Some(_) => format!("change it to {}", listed(&said.meant).replace(" and ", " or ")).into(),
            None => write_one(world, &said.provider).into(),
        });
    }
}

/// What is said of the name of a model.
struct Said {
    why: String,
    /// The provider that is meant.
    provider: String,
    /// What may be meant, the likeliest first.
    meant: Vec<String>,
    /// What is meant, if that is plain.
    certain: Option<String>,
    /// Whether there cannot be such a model.
    is_none: bool,
    /// Whether there may be such a model all the same.
    may_be: bool,
}

impl Said {
    fn of(world: &World, agent: &str, text: &str, model: &Model) -> Option<Self> {
        let provider = &model.provider;
        let keys = |models: &[Model]| models.iter().map(Model::key).collect::<Vec<_>>();
        let none = Self {
            why: String::new(),
            provider: provider.clone(),
            meant: Vec::new(),
            certain: None,
            is_none: false,
            may_be: false,
        };
        let Some(slip) = slips::of(&world.desired, text, model) else {
            let tidy = model_name::tidied(text);
            let has_blanks = model_name::fault(text).is_none() && tidy != text;
            let why = "the name of a model has spaces around it".to_owned();
            return has_blanks.then(|| Self { why, meant: vec![tidy.clone()], certain: Some(tidy), ..none });
        };
        Some(match slip {
            Slip::Elsewhere(meant) => {
                let why = if text.contains('/') {
                    format!("{} is not a model of {provider}", model.id)
                } else {
                    format!("{text} has no provider, and {provider} has no such model")
                };
                let certain = one_of(world, agent, &meant).map(Model::key);
                Self { why, meant: keys(&meant), certain, ..none }
            }
            Slip::Provider(id, known) => {
                let why = format!("{text} names the provider {id}, but not a model");
                Self { why, provider: id, meant: keys(&known), is_none: true, ..none }
            }
            Slip::Respelt(meant) => {
                let why = format!("{} is not a model of {}", model.id, meant.provider);
                Self { why, certain: Some(meant.key()), meant: vec![meant.key()], ..none }
            }
            Slip::Near(meant) => {
                let why = format!("{} may not be a model of {provider}", model.id);
                Self { why, meant: vec![meant.key()], may_be: true, ..none }
            }
        })
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
            .see(loc.doc, Some(loc), "skipped")
            .see(first.key.loc.doc, Some(first.key.loc), "only what is listed here is allowed");
        let edit = edit_at(world, first.key.loc, To::Remove);
        let edit = edit.and_then(|beside| {
            let (at, _) = beside.as_value()?;
            let list = KeyPath(at.0.split_last()?.1.to_vec());
            Some(Edit::value(beside.doc, list.key(&key), To::Set(Draft::Table(Vec::new()))))
        });
        let what = format!("add {key} to agents.defaults.models");
        match edit {
            Some(edit) => draft.edit(what, vec![edit], Class::Fix),
            None => draft.advise(what),
        };
    }
}
