//! Which models are used: what a person's reference means, and the edits that set the model of all
//! agents or of one, and add and remove what is tried next. Pure.
//!
//! An allowlist (`agents.defaults.models`) that is there gets every model that is set. None is
//! begun for it: the first entry would forbid all other models. Only a short name cannot do
//! without one, see [`alias`].

pub(crate) mod alias;

use crate::catalog::nearest::{did_you_mean, listed};
use crate::change::advice::Advice;
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{KeyPath, Node, Value};
use crate::intent::config;
use crate::policy::known::known_config;
use crate::policy::models::reference::ModelSlot;
pub(crate) use crate::policy::models::reference::{cautions, cautions_of_next, reference};
use crate::policy::models::{self, Model};
use crate::world::World;

/// Sets the model of `agent`, or without one of all agents that have none of their own.
///
/// # Errors
/// If the reference makes no sense, or the agent is not in the config.
pub(crate) fn set(world: &World, agent: Option<&str>, slot: ModelSlot, text: &str) -> Proposals {
    known_config(world)?;
    let model = reference(world, text)?;
    let (at, whose) = match agent {
        None => (slot.path(), slot.label().to_owned()),
        Some(agent) => (own(world, agent)?.key(slot.key()), format!("{} of {agent}", slot.label())),
    };
    let is_table = located(world, &at).is_some_and(|node| matches!(node.value, Value::Object(_)));
    let edit = match is_table {
        true => config::edit_at(world, &at.key("primary"), To::text(&model.key())),
        // Others read a table only.
        false if !world.paths.layout.is_own() => {
            let table = Draft::Table(vec![("primary".to_owned(), Draft::text(&model.key()))]);
            config::edit_at(world, &at, To::Set(table))
        }
        false => config::edit_at(world, &at, To::text(&model.key())),
    };
    let name = world.doc_name(edit.doc);
    let what = format!("set {whose} to {} in {name}", model.key());
    Ok([Some(Proposal::new(what, vec![edit])), allowing(world, &model)].into_iter().flatten().collect())
}

/// The path to an agent's own entry.
fn own(world: &World, agent: &str) -> Result<KeyPath, Refusal> {
    let list = KeyPath::of(&["agents", "list"]);
    let entries = located(world, &list).map(Node::items).unwrap_or_default();
    let is_it = |node: &Node| {
        node.get("id").and_then(Node::as_str).is_some_and(|id| crate::catalog::paths::agent_id(id) == agent)
    };
    entries.iter().position(is_it).map(|at| list.index(at)).ok_or_else(|| {
        let name = world.doc_name(world.config.doc);
        let set = world
            .paths
            .command(&format!("config set 'agents.list[{}]' '{{\"id\": \"{agent}\"}}'", entries.len()));
        Refusal::state(format!(
            "agent {agent} has no entry in agents.list of {name}, so it uses the model of all agents"
        ))
        .help(Advice::say("omit --agent, or add an entry: ").run(set))
    })
}

fn located<'w>(world: &'w World, path: &KeyPath) -> Option<&'w Node> {
    world.desired.root.as_ref()?.locate(path)
}

/// What puts a model on the allowlist, if there is one and it is not on it.
fn allowing(world: &World, model: &Model) -> Option<Proposal> {
    let allowed = &world.desired.allowed;
    if allowed.is_empty() || crate::policy::models::reference::entry(world, model).is_some() {
        return None;
    }
    let edit = allow(world, model);
    Some(Proposal::new(format!("allow {} in agents.defaults.models", model.key()), vec![edit]))
}

fn allow(world: &World, model: &Model) -> Edit {
    let at = KeyPath::of(&["agents", "defaults", "models"]).key(&model.key());
    config::edit_at(world, &at, To::Set(Draft::Table(Vec::new())))
}

/// What is tried next, as written.
pub(crate) fn fallbacks(world: &World, slot: ModelSlot) -> Vec<String> {
    entries(world, slot).into_iter().map(|(_, text)| text).collect()
}

/// The entries of a list of fallbacks, with their places in it.
fn entries(world: &World, slot: ModelSlot) -> Vec<(usize, String)> {
    let list = located(world, &slot.path().key("fallbacks"));
    let items = list.map(Node::items).unwrap_or_default().iter().enumerate();
    items.filter_map(|(at, item)| Some((at, item.as_str()?.to_owned()))).collect()
}

/// Adds a model to what is tried next; nothing if it is there already, however it is written.
///
/// # Errors
/// If the reference makes no sense.
pub(crate) fn add(world: &World, slot: ModelSlot, text: &str) -> Proposals {
    known_config(world)?;
    let model = reference(world, text)?;
    let known = entries(world, slot);
    if known.iter().any(|(_, entry)| models::resolve(&world.desired, entry).as_ref() == Some(&model)) {
        return Ok(Vec::new());
    }
    let (at, key) = (slot.path(), Draft::text(&model.key()));
    let list = at.key("fallbacks");
    let edit = match (located(world, &at).map(|node| &node.value), located(world, &list)) {
        // A name alone has no room for what is tried next.
        (Some(Value::String(_)), _) => {
            let name = config::written(world, &at).map(|node| Draft::of(&node));
            let primary = name.map(|name| ("primary".to_owned(), name));
            let fallbacks = ("fallbacks".to_owned(), Draft::List(vec![key]));
            let table = primary.into_iter().chain([fallbacks]).collect();
            config::edit_at(world, &at, To::Set(Draft::Table(table)))
        }
        (_, Some(Node { value: Value::Array(items), .. })) => {
            config::edit_at(world, &list.index(items.len()), To::Set(key))
        }
        _ => config::edit_at(world, &list, To::Set(Draft::List(vec![key]))),
    };
    let what = format!("add {} to {} in {}", model.key(), slot.next(), world.doc_name(edit.doc));
    Ok([Some(Proposal::new(what, vec![edit])), allowing(world, &model)].into_iter().flatten().collect())
}

/// Takes a model out of what is tried next, however it is written.
///
/// # Errors
/// If it is not in it.
pub(crate) fn remove(world: &World, slot: ModelSlot, text: &str) -> Proposals {
    known_config(world)?;
    let known = entries(world, slot);
    // What nobody knows can be taken out all the same.
    let model = reference(world, text).ok().or_else(|| models::resolve(&world.desired, text));
    let is_it = |entry: &str| {
        entry.trim() == text.trim() || model.is_some() && models::resolve(&world.desired, entry) == model
    };
    let found: Vec<usize> = known.iter().filter(|(_, entry)| is_it(entry)).map(|(at, _)| *at).collect();
    if found.is_empty() {
        let names: Vec<String> = known.into_iter().map(|(_, entry)| entry).collect();
        let near = did_you_mean(text, &names);
        let refusal = Refusal::state(format!("`{text}` is not among {}{near}", slot.next()));
        return Err(match names.as_slice() {
            [] => refusal.help("there are none"),
            names => refusal.help(format!(
                "there {}: {}",
                if names.len() == 1 { "is one" } else { "are" },
                listed(names)
            )),
        });
    }
    let name = model.map_or_else(|| text.trim().to_owned(), |model| model.key());
    Ok(vec![without(world, slot, &found, &format!("remove {name} from {}", slot.next()))])
}

/// Takes out all that is tried next; nothing if there is nothing.
///
/// # Errors
/// If the config cannot be read.
pub(crate) fn clear(world: &World, slot: ModelSlot) -> Proposals {
    known_config(world)?;
    let all: Vec<usize> = entries(world, slot).into_iter().map(|(at, _)| at).collect();
    if all.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![without(world, slot, &all, &format!("empty {}", slot.next()))])
}

/// Each item goes by itself, so that comments stay, and those of other files are found.
fn without(world: &World, slot: ModelSlot, items: &[usize], what: &str) -> Proposal {
    let list = slot.path().key("fallbacks");
    let edits: Vec<Edit> =
        items.iter().map(|item| config::edit_at(world, &list.index(*item), To::Remove)).collect();
    let name = edits.first().map_or_else(String::new, |edit| format!(" in {}", world.doc_name(edit.doc)));
    Proposal::new(format!("{what}{name}"), edits)
}
