//! `models auth order get`: an agent's own order of a provider's profiles, and the one in effect.

use crate::policy::resolve::{self, Verdict};
use crate::report::style::{Style, Tone};
use crate::report::why;
use crate::world::World;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The agent.
    pub agent: String,
    /// The same.
    pub agent_id: String,
    /// Its directory.
    pub agent_dir: Option<String>,
    /// The provider.
    pub provider: String,
    /// Its auth store, with `~` for the home.
    pub auth_store: Option<String>,
    /// The same.
    pub auth_store_path: Option<String>,
    /// The agent's own order; null if it has none.
    pub order: Option<Vec<String>>,
    /// The order in effect.
    pub effective: EffectiveOrder,
}

/// The order in effect.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EffectiveOrder {
    /// `store`, `config`, `declared` or `stored`.
    pub from: &'static str,
    /// Where it comes from, in words.
    pub text: String,
    /// The profiles in the order in which they are tried.
    pub profiles: Vec<String>,
    /// The one that is used now.
    pub selected: Option<String>,
}

/// The orders of a provider's profiles for an agent.
pub(crate) fn of(world: &World, agent: &str, provider: &str) -> OrderDocument {
    let labels = Labels::new(world);
    let resolution = resolve::resolve(world, agent, provider);
    let store = world.store(agent);
    let own = store.and_then(|store| store.order(provider));
    let chosen = resolution.base().find(|candidate| candidate.verdict == Verdict::Chosen);
    let auth_store = store.map(|store| world.doc_name(store.doc));
    OrderDocument {
        schema_version: 1,
        agent: agent.to_owned(),
        agent_id: agent.to_owned(),
        agent_dir: store.map(|store| store.dir.display().to_string()),
        provider: labels.name(provider),
        auth_store: auth_store.clone(),
        auth_store_path: auth_store,
        order: own.map(|own| own.ids.iter().map(|id| labels.name(&id.text)).collect()),
        effective: EffectiveOrder {
            from: why::order_word(&resolution.order),
            text: labels.scrub(&why::order(world, &resolution)),
            profiles: resolution.base().map(|candidate| labels.name(&candidate.name)).collect(),
            selected: chosen.map(|candidate| labels.name(&candidate.name)),
        },
    }
}

/// The same for a person.
pub(crate) fn order(document: &OrderDocument, style: Style) -> String {
    const NAMES: usize = 14;
    let ids = |ids: &[String]| if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
    let own = document.order.as_deref().unwrap_or_default();
    let effective = &document.effective;
    let rows = [
        ("Agent", Tone::Plain, document.agent.clone()),
        ("Provider", Tone::Plain, document.provider.clone()),
        ("Auth store", Tone::Plain, document.auth_store.clone().unwrap_or_default()),
        ("Own order", Tone::Plain, ids(own)),
        ("In effect", Tone::Strong, ids(&effective.profiles)),
        ("", Tone::Quiet, effective.text.clone()),
    ];
    rows.iter().map(|(name, tone, text)| style.named(name, NAMES, *tone, text)).collect()
}
