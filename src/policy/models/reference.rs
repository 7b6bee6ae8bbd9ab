//! What a person means by the name of a model, and what is to be said about it. Pure.

use crate::catalog::nearest::{did_you_mean, hint, listed};
use crate::catalog::{models as catalogue, providers};
use crate::change::advice::Advice;
use crate::change::proposal::Refusal;
use crate::config::{Allowed, model_name};
use crate::doc::KeyPath;
use crate::doc::redact::is_secret_like;
use crate::policy::known::{meant, provider, served};
use crate::policy::models::slips::{self, Slip};
use crate::policy::models::{self, Model, ModelRole, Used, known};
use crate::policy::{advice, resolve, status};
use crate::sys::quote::shell_word;
use crate::world::World;

/// Longest name of a model, in bytes.
const MAX_BYTES: usize = 256;

/// The model that `text` means: `provider/model`, a short name of the config, a built-in short name,
/// or a model of the default provider.
///
/// # Errors
/// If it is none, its provider is unknown, or it could be of several.
pub(crate) fn reference(world: &World, text: &str) -> Result<Model, Refusal> {
    let text = text.trim();
    let model = resolved(world, text)?;
    refuse_slip(world, text, &model)?;
    provider(world, &model.provider).map_err(|refusal| {
        let path = KeyPath::of(&["models", "providers", &model.provider]).to_string();
        let own = format!("config set {} '{{\"baseUrl\": \"https://…\"}}'", shell_word(&path));
        refusal.help(Advice::say("one of your own: ").run(world.paths.command(&own)))
    })?;
    Ok(model)
}

/// Refuses what is no model by itself.
///
/// # Errors
/// With what was probably meant.
fn refuse_slip(world: &World, text: &str, model: &Model) -> Result<(), Refusal> {
    match slips::of(&world.desired, text, model) {
        Some(Slip::Provider(provider, _)) => {
            let why = format!("`{text}` names the provider {provider}, but not a model");
            let refusal = Refusal::state(why);
            Err(refusal.help(write_one(world, &provider)))
        }
        Some(Slip::Respelt(meant)) => {
            let hint = hint(Some(meant.key()));
            Err(Refusal::state(format!("{} has no model `{}`{hint}", meant.provider, model.id)))
        }
        Some(Slip::Elsewhere(_) | Slip::Near(_)) => Ok(()),
        None if text.contains('/') || is_of_a_family(world, text, model) => Ok(()),
        None => {
            let why = format!("`{text}` is neither a known model nor a short name");
            let whose = format!("write {} if it is a model of {}", model.key(), model.provider);
            Err(Refusal::state(why).help(whose))
        }
    }
}

/// Whether a name without a provider is one that the config knows, or is named as the models of its provider are.
fn is_of_a_family(world: &World, text: &str, model: &Model) -> bool {
    let family = |id: &str| id.split(['-', ':']).next().unwrap_or_default().to_lowercase();
    let own = slips::of_provider(&world.desired, &model.provider);
    own.iter().any(|known| family(&known.id) == family(&model.id))
        || models::aliases(&world.desired).iter().any(|(alias, _)| alias.eq_ignore_ascii_case(text))
        || built_in(world, text).is_some()
}

/// How a model of a provider is written.
pub(crate) fn write_one(world: &World, provider: &str) -> String {
    let known: Vec<String> = slips::of_provider(&world.desired, provider).iter().map(Model::key).collect();
    match known.as_slice() {
        [] => format!("write {provider}/ and the name of a model"),
        known => format!("write {}, or another of its models", known.join(", ")),
    }
}

fn resolved(world: &World, text: &str) -> Result<Model, Refusal> {
    if text.is_empty() {
        return Err(
            Refusal::usage("no model is named").help("write it as provider/model, or as a short name")
        );
    }
    if is_secret_like(text) {
        return Err(Refusal::usage("the name of the model looks like a secret"));
    }
    let fine = |c: char| !c.is_control() && !c.is_whitespace() && !"\"'`\\{}".contains(c);
    let hint = |text| hint(model_name::meant(&world.desired, text));
    let is_listed = model_name::is_listed(&world.desired, text);
    if !is_listed && !text.chars().all(fine) || text.len() > MAX_BYTES {
        let why = format!("that is not the name of a model{}", hint(text));
        return Err(Refusal::usage(why).help("write it as provider/model"));
    }
    if model_name::fault_in(&world.desired, text).is_some() {
        let named = text.split_once('/').map(|(named, _)| meant(world, named));
        let known = named.filter(|named| !slips::of_provider(&world.desired, named).is_empty());
        let help = known.map(|known| write_one(world, &known));
        return Err(Refusal::usage(format!("`{text}` is not a model{}", hint(text)))
            .help(help.unwrap_or_else(|| "write it as provider/model, with both".to_owned())));
    }
    if text.contains('/') {
        let model = models::resolve(&world.desired, text);
        // Under its own name, a provider knows its models by shorter ids too.
        let again = |model: Model| match meant(world, &model.provider) {
            provider if provider == model.provider => Some(model),
            provider => models::resolve(&world.desired, &format!("{provider}/{}", model.id)),
        };
        return model.and_then(again).ok_or_else(|| Refusal::usage(format!("`{text}` is not a model")));
    }
    let aliases = models::aliases(&world.desired);
    if let Some((_, model)) = aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(text)) {
        return Ok(model.clone());
    }
    built_in(world, text).map_or_else(|| unqualified(world, text), Ok)
}

/// The model of a built-in short name, unless the config switches it off. It is stored whole, so that
/// it does not matter whether the config has another short name for it.
fn built_in(world: &World, text: &str) -> Option<Model> {
    let named = |row: &&catalogue::ModelRow| row.alias.is_some_and(|alias| alias.eq_ignore_ascii_case(text));
    let row = catalogue::CATALOGUE.iter().find(named)?;
    let model = Model { provider: row.provider.to_owned(), id: row.id.to_owned() };
    let alias =
        crate::policy::models::reference::entry(world, &model).and_then(|entry| entry.alias.as_deref());
    let is_off = alias.is_some_and(|alias| alias.trim().is_empty());
    (!is_off).then_some(model)
}

/// A name without a provider is one of the default provider, unless it is known to be another's.
fn unqualified(world: &World, text: &str) -> Result<Model, Refusal> {
    let none = || Refusal::usage(format!("`{text}` is not a model"));
    let model = models::resolve(&world.desired, text).ok_or_else(none)?;
    let others = known::elsewhere(&world.desired, text, &model);
    let others: Vec<String> = others.iter().map(Model::key).collect();
    if others.is_empty() {
        return Ok(model);
    }
    Err(Refusal::state(format!("`{text}` has no provider")).help(format!("write {}", either(&others))))
}

/// `a`, or `a or b`.
fn either(keys: &[String]) -> String {
    listed(keys).replace(" and ", " or ")
}

/// What a person who has chosen a model for `agent` should know: that nobody knows it, that nothing
/// can pay for it, that the agent has another. Sentences; no secret.
pub(crate) fn cautions(
    world: &World,
    agent: &str,
    only_agent: bool,
    slot: ModelSlot,
    text: &str,
) -> Vec<String> {
    let Ok(model) = reference(world, text) else { return Vec::new() };
    let unknown = unknown(world, text, &model);
    let own = (!only_agent).then(|| has_its_own(world, agent, slot, &model)).flatten();
    unknown.into_iter().chain(unpaid(world, agent, &model)).chain(own).collect()
}

/// What a person who lets `agent` try a model next should know.
pub(crate) fn cautions_of_next(world: &World, agent: &str, slot: ModelSlot, text: &str) -> Vec<String> {
    let Ok(model) = reference(world, text) else { return Vec::new() };
    let role = match slot {
        ModelSlot::Model => ModelRole::Default,
        ModelSlot::Image => ModelRole::Image,
    };
    let used = models::in_use(&world.desired, agent);
    let is_first = used.iter().any(|used| used.role == role && used.model == model);
    let idle =
        is_first.then(|| format!("{} is {} already, so adding it has no effect", model.key(), role.label()));
    let own = world.desired.agents.iter().find(|config| config.id == agent);
    let own = own.filter(|own| slot == ModelSlot::Model && own.models.fallbacks.is_some());
    let own =
        own.map(|_| format!("agent {agent} has its own fallback models in agents.list, which are kept"));
    let unpaid = unpaid(world, agent, &model);
    [unknown(world, text, &model), unpaid, idle, own].into_iter().flatten().collect()
}

/// A model that nobody here knows may be new, or a slip.
fn unknown(world: &World, text: &str, model: &Model) -> Option<String> {
    let known = known::all(&world.desired);
    let of_provider: Vec<String> = known
        .iter()
        .filter(|known| known.model.provider == model.provider)
        .map(|known| known.model.key())
        .collect();
    let key = model.key();
    if of_provider.contains(&key) || of_provider.is_empty() && !known::is_missing(&world.desired, model) {
        return None;
    }
    let hint = did_you_mean(&key, &of_provider);
    let whose = if text.contains('/') { "" } else { ", because a name without a provider means anthropic" };
    if known::is_missing(&world.desired, model) {
        return Some(match world.desired.provider(&model.provider) {
            Some(_) => format!("models.providers.{} does not list `{key}`{hint}", model.provider),
            None if world.desired.only_own_providers => {
                format!("models.mode is \"replace\", and models.providers has no {}", model.provider)
            }
            None => {
                let served = served(&model.provider).map(|served| format!("; {served}"));
                let why = format!("nothing serves {0}: models.providers has no {0}", model.provider);
                why + &served.unwrap_or_default()
            }
        });
    }
    Some(format!("zirkabot does not know `{key}`{whose}; {} may still have it{hint}", model.provider))
}

/// A provider without a credential cannot answer.
pub(crate) fn unpaid(world: &World, agent: &str, model: &Model) -> Option<String> {
    let provider = model.provider.as_str();
    if status::needs_none(world, provider) || resolve::resolve(world, agent, provider).usable().is_some() {
        return None;
    }
    let how = if providers::vars(provider).is_empty() {
        advice::get(world, provider).to_string()
    } else {
        format!("`{}` stores one", advice::paste_token(world, provider))
    };
    Some(format!("agent {agent} has no usable credential for {provider}: {how}"))
}

/// An agent with a model of its own does not use that of all agents.
fn has_its_own(world: &World, agent: &str, slot: ModelSlot, model: &Model) -> Option<String> {
    let own = &world.desired.agents.iter().find(|config| config.id == agent)?.models;
    let (own, verb, what) = match slot {
        ModelSlot::Model => (own.primary.as_ref()?, "set", "model"),
        ModelSlot::Image => (own.image.as_ref()?, "set-image", "image model"),
    };
    if models::resolve(&world.desired, &own.text).as_ref() == Some(model) {
        return None;
    }
    let command = world.paths.command(&format!("models {verb} {} --agent {agent}", shell_word(&model.key())));
    Some(format!("agent {agent} has its own {what} ({}), which is kept; `{command}` changes it", own.text))
}

/// For what a model is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ModelSlot {
    /// For everything.
    Model,
    /// For pictures.
    Image,
}

impl ModelSlot {
    /// Its key in the config.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Image => "imageModel",
        }
    }

    /// What it is called.
    /// shown.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Model => "the default model",
            Self::Image => "the image model",
        }
    }

    /// What is tried next is called.
    /// next.
    pub(crate) fn next(self) -> &'static str {
        match self {
            Self::Model => "the fallback models",
            Self::Image => "the fallback models for pictures",
        }
    }

    /// path.
    pub(crate) fn path(self) -> KeyPath {
        KeyPath::of(&["agents", "defaults", self.key()])
    }
}

/// Whether the list of allowed models keeps the gateway from trying what `agent` has as a fallback. Its first
/// choice is always allowed.
pub(crate) fn is_forbidden(world: &World, agent: &str, used: &Used) -> bool {
    let is_next = matches!(used.role, ModelRole::Fallback | ModelRole::ImageFallback);
    if !is_next || world.desired.allowed.is_empty() || entry(world, &used.model).is_some() {
        return false;
    }
    models::in_use(&world.desired, agent).first().is_none_or(|first| first.model != used.model)
}

/// The entry of the allowlist for a model, however it is spelt; the last one counts.
pub(crate) fn entry<'w>(world: &'w World, model: &Model) -> Option<&'w Allowed> {
    let is_it = |allowed: &&Allowed| model_of(world, allowed).as_ref() == Some(model);
    world.desired.allowed.iter().rev().find(is_it)
}

/// The model of an entry: its key is no short name.
pub(crate) fn model_of(world: &World, allowed: &Allowed) -> Option<Model> {
    models::resolve(&world.desired, &allowed.key.text).filter(|_| allowed.key.text.contains('/'))
}
