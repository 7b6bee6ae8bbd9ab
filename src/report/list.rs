//! `models auth list`: the profiles that an agent can use.

use crate::doc::redact;
use crate::intent::manual::ManualCredential;
use crate::policy::resolve::{self, Candidate, Verdict};
use crate::policy::status::Status;
use crate::report::human;
use crate::report::json::{self, ProfileBody};
use crate::report::style::{Style, Tone};
use crate::sys::quote::shell_word;
use crate::world::World;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The agent.
    pub agent: String,
    /// Its auth store.
    pub auth_store: Option<String>,
    /// The profiles that it sees, by provider and id.
    pub profiles: Vec<ProfileBody>,
}

/// The profiles of an agent, and what else could serve their providers; of `only` this provider.
pub(crate) fn list(world: &World, status: &Status, agent: &str, only: Option<&str>, style: Style) -> String {
    let table = human::table(world, status, agent, only, style);
    if !table.is_empty() {
        return table;
    }
    let labels = Labels::new(world);
    let provider = only.map(|only| format!(" for {}", labels.name(only))).unwrap_or_default();
    let paste = format!("models auth paste-token --provider {}", shell_word(only.unwrap_or("PROVIDER")));
    let paste = style.paint(Tone::Act, &world.paths.command(&paste));
    format!("Agent {agent} has no credentials{provider}.\nTo store a key or token: {paste}\n")
}

/// What to run if another profile is tried before one that was stored; nothing if none is.
pub(crate) fn behind(world: &World, agent: &str, stored: &ManualCredential<'_>, style: Style) -> String {
    let ManualCredential { provider, id, .. } = *stored;
    let resolution = resolve::resolve(world, agent, provider);
    let names = || resolution.base().map(|candidate| candidate.name.as_str());
    let usable = |candidate: &&Candidate| candidate.name == id && candidate.verdict == Verdict::Later;
    let Some(first) = resolution.base().find(|candidate| candidate.verdict == Verdict::Chosen) else {
        return String::new();
    };
    if !resolution.base().any(|candidate| usable(&candidate)) {
        return String::new();
    }
    let rest = names().filter(|name| *name != id).map(shell_word).collect::<Vec<_>>().join(" ");
    let of = stored.agent.map_or_else(String::new, |_| format!(" --agent {agent}"));
    let (own, quoted) = (shell_word(provider), shell_word(id));
    let set = world.paths.command(&format!("models auth order set --provider {own}{of} {quoted} {rest}"));
    let labels = Labels::new(world);
    let (name, id, set) = (labels.name(&first.name), labels.name(id), redact::redact(set));
    let text = style.wrap(&format!("{name} is tried first. To try {id} first:"), 0, 0);
    format!("\n{text} {}\n", style.paint(Tone::Act, &style.text(&set)))
}

/// The same as a document.
pub(crate) fn list_json(world: &World, status: &Status, agent: &str, only: Option<&str>) -> ListDocument {
    let mut profiles = json::profiles(world, status, agent);
    profiles.retain(|profile| only.is_none_or(|only| profile.provider == only));
    let store = world.store(agent).and_then(|store| world.doc(store.doc).path.as_ref());
    ListDocument {
        schema_version: 1,
        agent: agent.to_owned(),
        auth_store: store.map(|path| path.display().to_string()),
        profiles,
    }
}
