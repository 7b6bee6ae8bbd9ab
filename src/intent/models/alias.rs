//! Short names of models, which stand in the allowlist. Pure.
//!
//! A short name cannot stand anywhere else, so the first one begins an allowlist, and from then on
//! what is not on it is forbidden. So that nothing breaks by that, the models in use are put on it
//! too.

use crate::catalog::models as catalogue;
use crate::catalog::nearest::{did_you_mean, listed};
use crate::change::advice::Advice;
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Edit, To};
use crate::doc::redact::is_secret_like;
use crate::intent::config;
use crate::intent::models::allow;
use crate::policy::known::known_config;
use crate::policy::models::reference::{entry, model_of, reference};
use crate::policy::models::{self, Model};
use crate::sys::quote::shell_word;
use crate::world::World;

/// The short name that a model has by itself.
fn built_in(model: &Model) -> Option<&'static str> {
    catalogue::find(&model.provider, &model.id)?.alias
}

/// Gives a model the short name `alias`.
///
/// # Errors
/// If the name cannot be one or is another model's, or the reference makes no sense.
pub(crate) fn add(world: &World, alias: &str, text: &str) -> Proposals {
    known_config(world)?;
    let alias = alias.trim();
    let fine = |c: char| c.is_ascii_alphanumeric() || "_.:-".contains(c);
    if is_secret_like(alias) {
        return Err(Refusal::usage("the short name looks like a secret"));
    }
    if alias.is_empty() || alias.len() > 64 || !alias.chars().all(fine) {
        return Err(Refusal::usage("that is not a valid short name")
            .help("a short name has letters, digits, and _ . : -"));
    }
    let model = reference(world, text)?;
    let taken = models::aliases(&world.desired).into_iter().find(|(own, _)| own.eq_ignore_ascii_case(alias));
    match taken {
        Some((own, of)) if of != model => {
            let remove = world.paths.command(&format!("models aliases remove {}", shell_word(&own)));
            let why = format!("`{own}` is already the short name of {}", of.key());
            return Err(Refusal::state(why).help(Advice::say("use another one, or first run ").run(remove)));
        }
        Some((own, _)) if own == alias => return Ok(Vec::new()),
        _ => {}
    }
    let key = entry(world, &model).map_or_else(|| model.key(), |allowed| allowed.key.text.clone());
    let edit = named(world, &key, alias);
    let what = format!("add the short name `{alias}` for {} in {}", model.key(), world.doc_name(edit.doc));
    let mut proposals = vec![Proposal::new(what, vec![edit])];
    proposals.extend(in_use_allowed(world, &model));
    Ok(proposals)
}

fn named(world: &World, key: &str, alias: &str) -> Edit {
    config::edit_at(world, &field(key), To::text(alias))
}

fn field(key: &str) -> KeyPath {
    KeyPath::of(&["agents", "defaults", "models", key, "alias"])
}

/// The models that an allowlist would forbid which is begun with `model` alone.
pub(crate) fn forbidden_otherwise(world: &World, model: &Model) -> Vec<Model> {
    let mut used: Vec<Model> = Vec::new();
    if !world.desired.allowed.is_empty() {
        return used;
    }
    for agent in &world.scope {
        for one in models::in_use(&world.desired, agent) {
            if one.model != *model && !used.contains(&one.model) {
                used.push(one.model);
            }
        }
    }
    used
}

/// What keeps the models in use allowed where a short name begins the allowlist.
fn in_use_allowed(world: &World, model: &Model) -> Option<Proposal> {
    let used = forbidden_otherwise(world, model);
    let keys: Vec<String> = used.iter().map(Model::key).collect();
    let edits: Vec<Edit> = used.iter().map(|model| allow(world, model)).collect();
    let what = format!("keep {} allowed in agents.defaults.models", listed(&keys));
    (!edits.is_empty()).then(|| Proposal::new(what, edits))
}

/// Takes a short name away. A built-in one is switched off.
///
/// # Errors
/// If there is none like it.
pub(crate) fn remove(world: &World, alias: &str) -> Proposals {
    known_config(world)?;
    let alias = alias.trim();
    let mut proposals = Vec::new();
    for allowed in &world.desired.allowed {
        let Some(model) = model_of(world, allowed) else { continue };
        let built_in = built_in(&model);
        let is_it = |name: &str| name.trim().eq_ignore_ascii_case(alias);
        let effective = allowed.alias.as_deref().or(built_in);
        let Some(name) = effective.filter(|name| is_it(name)) else { continue };
        // Without a word of its own, the built-in name would come back.
        let edit = if built_in.is_some_and(is_it) {
            named(world, &allowed.key.text, "")
        } else {
            config::edit_at(world, &field(&allowed.key.text), To::Remove)
        };
        let what = format!(
            "remove the short name `{}` of {} in {}",
            name.trim(),
            model.key(),
            world.doc_name(edit.doc)
        );
        proposals.push(Proposal::new(what, vec![edit]));
    }
    if !proposals.is_empty() && !alias.is_empty() {
        return Ok(proposals);
    }
    let known: Vec<String> = models::aliases(&world.desired).into_iter().map(|(alias, _)| alias).collect();
    let near = did_you_mean(alias, &known);
    let refusal = Refusal::state(format!("no model has the short name `{alias}`{near}"));
    Err(match known.as_slice() {
        [] => refusal.help("there are none"),
        [one] => refusal.help(format!("there is only {one}")),
        known => refusal.help(format!("there are {}", listed(known))),
    })
}
