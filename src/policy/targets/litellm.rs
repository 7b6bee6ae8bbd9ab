//! A `model_list` for LiteLLM's proxy: a deployment a key, with its place in the order. The keys stand in it: their
//! number is not known beforehand, so no variable could be named for each. The config includes the file.

use crate::catalog::kind::Kind;
use crate::catalog::providers;
use crate::catalog::wire::Wire;
use crate::policy::export::Export;
use crate::policy::targets::name::quoted;
use crate::policy::targets::{ExportJob, Pick, Target, TargetFile, single};
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "litellm",
    help: "A model_list for LiteLLM's proxy, one deployment for each key, for its config to include",
    is_dir: false,
    first_only: false,
    lacks,
    files,
    then: "include: [{}] in LiteLLM's config, which is read at start",
};

/// What LiteLLM calls the providers that it knows by itself.
const KNOWN: &[(&str, &str)] = &[
    ("anthropic", "anthropic"),
    ("cerebras", "cerebras"),
    ("deepgram", "deepgram"),
    ("google", "gemini"),
    ("groq", "groq"),
    ("minimax", "minimax"),
    ("mistral", "mistral"),
    ("moonshot", "moonshot"),
    ("openai", "openai"),
    ("openrouter", "openrouter"),
    ("vercel-ai-gateway", "vercel_ai_gateway"),
    ("xai", "xai"),
    ("zai", "zai"),
];

fn lacks(world: &World, export: &Export) -> Option<&'static str> {
    if export.credential.kind != Kind::ApiKey {
        return Some("LiteLLM gets API keys only");
    }
    route(world, &export.provider).is_none().then_some("LiteLLM's name for this provider is unknown")
}

/// What a provider's models are called there, and at which address, if not at the one that it knows.
fn route(world: &World, provider: &str) -> Option<(&'static str, Option<String>)> {
    let own = world.desired.provider(provider).and_then(|own| own.base_url.clone());
    let known = KNOWN.iter().find(|(id, _)| *id == provider).map(|(_, name)| *name);
    if let Some(name) = known {
        return Some((name, own));
    }
    let row = providers::find(provider);
    let address =
        own.or_else(|| row.map(|row| row.address.to_owned())).filter(|address| !address.is_empty())?;
    let wires = row.map_or(&[Wire::Chat][..], |row| row.wires);
    let name = match wires {
        _ if wires.contains(&Wire::Chat) => "openai",
        _ if wires.contains(&Wire::Messages) => "anthropic",
        _ => return None,
    };
    Some((name, Some(address)))
}

fn files(_: &ExportJob, world: &World, picks: &[Pick]) -> Vec<TargetFile> {
    let deployments: String = picks.iter().map(|pick| deployment(world, pick)).collect();
    single(&format!("model_list:\n{deployments}"))
}

fn deployment(world: &World, pick: &Pick) -> String {
    let provider = &pick.export.provider;
    let Some((name, address)) = route(world, provider) else { return String::new() };
    let address = address.map(|address| format!("      api_base: {}\n", quoted(&address)));
    format!(
        "  - model_name: {}\n    \
         litellm_params:\n      \
         model: {}\n\
         {}      \
         api_key: {}\n      \
         order: {}\n",
        quoted(&format!("{provider}/*")),
        quoted(&format!("{name}/*")),
        address.unwrap_or_default(),
        quoted(pick.secret()),
        pick.order,
    )
}
