//! `models list`, `models aliases list`, `models fallbacks list`: which models are configured, and
//! what is known of each.

use crate::catalog::hosts::is_local;
use crate::intent::models::fallbacks;
use crate::policy::models::known::{self, KnownModel};
use crate::policy::models::reference::ModelSlot;
use crate::policy::models::{self, Model, ModelRole};
use crate::policy::{resolve, status};
use crate::report::style::{Style, Tone};
use crate::world::World;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// `models list --json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelsDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The agent that uses them.
    pub agent: String,
    /// How many there are.
    pub count: usize,
    /// The models: those in use first, in the order in which they are tried.
    pub models: Vec<ModelBody>,
}

/// A model.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelBody {
    /// `provider/model`.
    pub key: String,
    /// Its name for people; its id if no other is known.
    pub name: String,
    /// What it takes: `text`, `text+image`, or `-` if that is not known.
    pub input: String,
    /// How many tokens it can look at; null if that is not known.
    pub context_window: Option<u64>,
    /// Whether it runs on this machine or in its network.
    pub local: bool,
    /// Whether the agent has a usable credential for its provider, or needs none.
    pub available: bool,
    /// `default`, `fallback#1`, `image`, `img-fallback#1`, `configured`, `alias:a,b`, `missing`.
    pub tags: Vec<String>,
    /// Whether nothing can serve it: nobody knows its provider, or the config's own entry for the
    /// provider does not list it.
    pub missing: bool,
}

/// `models aliases list --json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AliasesDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// Short names with the models that they mean.
    pub aliases: BTreeMap<String, String>,
}

/// `models fallbacks list --json`, `models image-fallbacks list --json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FallbacksDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// As written, in the order in which they are tried.
    pub fallbacks: Vec<String>,
}

/// Which models are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Also those that are known but not configured.
    pub all: bool,
    /// Only local ones.
    pub local: bool,
    /// Only those of this normalised provider.
    pub provider: Option<String>,
}

/// The models of an agent.
pub(crate) fn models(world: &World, agent: &str, filter: &Filter) -> ModelsDocument {
    let labels = Labels::new(world);
    let mut available: BTreeMap<String, bool> = BTreeMap::new();
    let mut bodies = Vec::new();
    for (model, tags) in tagged(world, agent, filter.all) {
        if filter.provider.as_ref().is_some_and(|only| *only != model.provider) {
            continue;
        }
        let own = world.desired.provider(&model.provider);
        let local = own.and_then(|own| own.base_url.as_deref()).is_some_and(is_local);
        if filter.local && !local {
            continue;
        }
        let available = *available.entry(model.provider.clone()).or_insert_with(|| {
            status::needs_none(world, &model.provider)
                || resolve::resolve(world, agent, &model.provider).usable().is_some()
        });
        bodies.push(body(world, &labels, &model, tags, local, available));
    }
    ModelsDocument { schema_version: 1, agent: agent.to_owned(), count: bodies.len(), models: bodies }
}

fn body(
    world: &World,
    labels: &Labels,
    model: &Model,
    mut tags: Vec<String>,
    local: bool,
    available: bool,
) -> ModelBody {
    let known = known::find(&world.desired, model);
    let input = |known: &KnownModel| if known.images { "text+image" } else { "text" };
    let missing = known::is_missing(&world.desired, model);
    let names: Vec<String> = models::aliases(&world.desired)
        .into_iter()
        .filter(|(_, of)| of == model)
        .map(|(alias, _)| labels.name(&alias))
        .collect();
    if !names.is_empty() {
        tags.push(format!("alias:{}", names.join(",")));
    }
    if missing {
        tags.push("missing".to_owned());
    }
    ModelBody {
        key: labels.name(&model.key()),
        name: labels.name(known.as_ref().map_or(&model.id, |known| &known.name)),
        input: known.as_ref().map_or("-", input).to_owned(),
        context_window: known.and_then(|known| known.context),
        local,
        available,
        tags,
        missing,
    }
}

/// The models with what they are used for: each once, in the order of its first use.
fn tagged(world: &World, agent: &str, all: bool) -> Vec<(Model, Vec<String>)> {
    let mut found: Vec<(Model, Vec<String>)> = Vec::new();
    let mut add = |model: Model, tag: Option<String>| {
        let at = found.iter().position(|(known, _)| *known == model).unwrap_or_else(|| {
            found.push((model, Vec::new()));
            found.len() - 1
        });
        found[at].1.extend(tag);
    };
    let (mut fallbacks, mut images) = (1.., 1..);
    for used in models::in_use(&world.desired, agent) {
        let tag = match used.role {
            ModelRole::Default => "default".to_owned(),
            ModelRole::Fallback => format!("fallback#{}", fallbacks.next().unwrap_or(1)),
            ModelRole::Image => "image".to_owned(),
            ModelRole::ImageFallback => format!("img-fallback#{}", images.next().unwrap_or(1)),
        };
        add(used.model, Some(tag));
    }
    for allowed in &world.desired.allowed {
        if let Some(model) = models::resolve(&world.desired, &allowed.key.text) {
            add(model, Some("configured".to_owned()));
        }
    }
    if all {
        known::all(&world.desired).into_iter().for_each(|known| add(known.model, None));
    }
    found
}

/// The same for a person.
pub(crate) fn models_text(document: &ModelsDocument, style: Style) -> String {
    if document.models.is_empty() {
        return "No models.\n".to_owned();
    }
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let row = |model: &ModelBody| {
        let is_default = model.tags.iter().any(|tag| tag == "default");
        let context = model.context_window.map_or_else(|| "-".to_owned(), tokens);
        [
            (if is_default { Tone::Strong } else { Tone::Plain }, model.key.clone()),
            (Tone::Plain, model.input.clone()),
            (Tone::Plain, context),
            (Tone::Plain, yes(model.local)),
            (if model.available { Tone::Good } else { Tone::Bad }, yes(model.available)),
            (Tone::Quiet, model.tags.join(", ")),
        ]
    };
    let head =
        ["Model", "Input", "Context", "Local", "Auth", "Tags"].map(|name| (Tone::Quiet, name.to_owned()));
    let rows: Vec<_> = std::iter::once(head).chain(document.models.iter().map(row)).collect();
    style.columns(&rows)
}

/// `200k`.
fn tokens(count: u64) -> String {
    if count < 1000 { count.to_string() } else { format!("{}k", (count + 500) / 1000) }
}

/// The names only.
pub(crate) fn models_plain(document: &ModelsDocument, style: Style) -> String {
    document.models.iter().map(|model| format!("{}\n", style.text(&model.key))).collect()
}

/// The short names.
pub(crate) fn aliases(world: &World) -> AliasesDocument {
    let labels = Labels::new(world);
    let all = models::aliases(&world.desired).into_iter();
    let aliases = all.map(|(alias, model)| (labels.name(&alias), labels.name(&model.key()))).collect();
    AliasesDocument { schema_version: 1, aliases }
}

/// The same for a person.
pub(crate) fn aliases_text(document: &AliasesDocument, style: Style) -> String {
    if document.aliases.is_empty() {
        return "No short names.\n".to_owned();
    }
    let row = |(alias, key): (&String, &String)| [(Tone::Strong, alias.clone()), (Tone::Plain, key.clone())];
    style.columns(&document.aliases.iter().map(row).collect::<Vec<_>>())
}

/// `alias target`, one a line.
pub(crate) fn aliases_plain(document: &AliasesDocument, style: Style) -> String {
    document.aliases.iter().map(|(alias, key)| style.text(&format!("{alias} {key}")) + "\n").collect()
}

/// What is tried next.
pub(crate) fn fallbacks_of(world: &World, slot: ModelSlot) -> FallbacksDocument {
    let labels = Labels::new(world);
    let fallbacks = fallbacks(world, slot).iter().map(|text| labels.name(text)).collect();
    FallbacksDocument { schema_version: 1, fallbacks }
}

/// The same for a person.
pub(crate) fn fallbacks_text(document: &FallbacksDocument, style: Style) -> String {
    if document.fallbacks.is_empty() {
        return "No fallbacks.\n".to_owned();
    }
    let line = |(at, key): (usize, &String)| format!("{:>2}. {}\n", at + 1, style.text(key));
    document.fallbacks.iter().enumerate().map(line).collect()
}

/// One a line.
pub(crate) fn fallbacks_plain(document: &FallbacksDocument, style: Style) -> String {
    document.fallbacks.iter().map(|key| style.text(key) + "\n").collect()
}

/// The models that an agent uses, one line for each use.
pub(crate) fn in_use(world: &World, agent: &str, style: Style) -> String {
    const NAMES: usize = 17;
    let labels = Labels::new(world);
    let used = models::in_use(&world.desired, agent);
    let of = |role: ModelRole| {
        let own = used.iter().filter(|used| used.role == role);
        own.map(|used| labels.name(&used.model.key())).collect::<Vec<_>>().join(", ")
    };
    let rows = [
        ("Agent", agent.to_owned()),
        ("Default model", of(ModelRole::Default)),
        ("Fallbacks", of(ModelRole::Fallback)),
        ("Image model", of(ModelRole::Image)),
        ("Image fallbacks", of(ModelRole::ImageFallback)),
    ];
    let told = rows.iter().filter(|(_, text)| !text.is_empty());
    told.map(|(name, text)| style.named(name, NAMES, Tone::Plain, text)).collect()
}
