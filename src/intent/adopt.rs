//! Taking over what another home holds: its profiles, orders, models, providers and keys. What stands in ours already
//! stays. Pure over two worlds.

use crate::catalog::documents::DocKind;
use crate::catalog::paths::MAIN_AGENT;
use crate::catalog::providers;
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::config::secret_ref::SecretRef;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{Doc, KeyPath, Node};
use crate::intent::config;
use crate::policy::known::{known_config, known_file};
use crate::policy::{health, resolve, sync};
use crate::world::World;
use crate::world::actual::{Credential, Held, Store, Stored};

/// The default model.
const MODEL: &[&str] = &["agents", "defaults", "model"];

/// Keys of the config that are taken over as they are, if ours says nothing there.
const WHOLE: &[&[&str]] = &[
    MODEL,
    &["agents", "defaults", "imageModel"],
    &["agents", "defaults", "models"],
    &["auth", "cooldowns"],
];

/// Tables of the config of which each entry is taken over that ours does not have.
const ENTRIES: &[&[&str]] = &[&["auth", "profiles"], &["auth", "order"], &["models", "providers"]];

/// What is taken over from `from`.
///
/// # Errors
/// If one of the configs or stores cannot be read, or both homes are the same.
pub(crate) fn adopt(world: &World, from: &World) -> Proposals {
    known_config(world)?;
    known_config(from)?;
    if world.paths.state == from.paths.state {
        return Err(Refusal::usage(format!("{} is the home that is used already", shown(from))));
    }
    for store in &from.stores {
        known_file(from, store.doc)?;
    }
    if let Some(file) = from.doc_of(DocKind::StateDotenv) {
        known_file(from, file.id)?;
    }
    let mut proposals = settings(world, from);
    proposals.extend(agents(world, from));
    for store in &from.stores {
        proposals.extend(credentials(world, from, store));
    }
    proposals.extend(variables(world, from));
    Ok(proposals)
}

/// What a person should know who takes over a home, and what stays behind; sentences.
pub(crate) fn notes(world: &World, from: &World) -> Vec<String> {
    let mut notes = Vec::new();
    let held = |store: &'_ Store| {
        store.profiles.iter().filter_map(Stored::credential).any(|own| own.refresh.is_some())
    };
    if from.stores.iter().any(held) {
        let program = from.paths.layout.program;
        notes.push(format!(
            "stop the gateway of {program} before you use these logins: a refresh token is good for one use, so two gateways with the same login log each other out"
        ));
    }
    for store in &from.stores {
        for stored in &store.profiles {
            let why = match (&stored.held, &stored.reference) {
                (_, Some(reference))
                    if source_of(from, reference).is_none()
                        && followed(from, &store.agent, stored).is_none() =>
                {
                    format!("it refers to {}", reference.in_words())
                }
                (_, Some(_)) => continue,
                (Held::Credential(credential), None) if health::is_blank(credential) => {
                    "it has no value".to_owned()
                }
                (Held::Credential(_), None) => continue,
                (Held::UnknownType(_) | Held::Broken(_), None) => "its record is not understood".to_owned(),
            };
            notes.push(format!("{} of agent {} stays behind: {why}", stored.id, store.agent));
        }
    }
    for legacy in &from.legacy {
        notes.push(format!("{} of agent {} stays behind: it is in an older layout", legacy.id, legacy.agent));
    }
    for member in raw(from, &["models", "providers"]).map(Node::members).unwrap_or_default() {
        if let Some(reference) = member.node.get("apiKey").and_then(SecretRef::of)
            && reference.source != "env"
        {
            let (id, what) = (&member.key, reference.in_words());
            notes.push(format!("the key of models.providers.{id} stays behind: it refers to {what}"));
        }
    }
    let orders = from.stores.iter().flat_map(|store| &store.orders).chain(&from.desired.orders);
    let declared = from.desired.profiles.iter().map(|declared| declared.provider.as_str());
    let mut ordered: Vec<&str> = orders.map(|order| order.provider.as_str()).chain(declared).collect();
    ordered.sort_unstable();
    ordered.dedup();
    for provider in ordered {
        if let Some(own) = hides(world, from, provider) {
            notes.push(format!(
                "orders and declarations of {provider} stay behind, because {own} would not be used any more"
            ));
        }
    }
    let known = |key: &str| ["agents", "auth", "models", "env", "meta"].contains(&key);
    let root = from.doc(from.config.doc).root.as_ref();
    let others: Vec<&str> = root
        .map(Node::members)
        .unwrap_or_default()
        .iter()
        .map(|member| member.key.as_str())
        .filter(|key| !known(key))
        .collect();
    if !others.is_empty() {
        notes.push(format!("other settings stay in {}: {}", shown(from), others.join(", ")));
    }
    let at = |id: &str| world.store(id).is_some();
    let agents = from.stores.iter().map(|store| store.agent.as_str()).filter(|id| !at(id));
    let agents: Vec<&str> = agents.collect();
    if !agents.is_empty() && has(world, &["agents", "list"]) {
        notes.push(format!(
            "the config here lists its own agents, so those of {} stay behind: {}",
            shown(from),
            agents.join(", ")
        ));
    }
    notes
}

fn shown(world: &World) -> String {
    world.paths.shown(&world.paths.state)
}

fn raw<'w>(from: &'w World, keys: &[&str]) -> Option<&'w Node> {
    from.doc(from.config.doc).root.as_ref()?.locate(&KeyPath::of(keys))
}

fn has(world: &World, keys: &[&str]) -> bool {
    world.desired.root.as_ref().is_some_and(|root| root.locate(&KeyPath::of(keys)).is_some())
}

/// A profile of the provider that is ours alone: with an order or a declaration of theirs it would not be used any more.
fn hides<'w>(world: &'w World, from: &World, provider: &str) -> Option<&'w str> {
    let provider = providers::normalise(provider);
    let stored = world.stores.iter().flat_map(|store| &store.profiles);
    let stored = stored.filter(|stored| stored.provider == provider).map(|stored| stored.id.as_str());
    let declared = world.desired.profiles.iter().filter(|declared| declared.provider == provider);
    let mut all = stored.chain(declared.map(|declared| declared.id.as_str()));
    let is_theirs = |id: &str| {
        let stored = from.stores.iter().any(|store| store.profile(id).is_some());
        stored || from.desired.profile(id).is_some()
    };
    all.find(|id| !is_theirs(id))
}

/// The settings that are about credentials and models.
fn settings(world: &World, from: &World) -> Vec<Proposal> {
    let name = world.doc_name(world.config.doc);
    let set = |keys: &[&str], draft: Draft| {
        let edit = config::edit(world, keys, To::Set(draft));
        Proposal::new(format!("set {} in {name}", KeyPath::of(keys)), vec![edit])
    };
    let mut proposals = Vec::new();
    // A list of allowed models of theirs is none for a model of ours.
    let primary = |node: &Node| node.as_str().or(node.get("primary")?.as_str()).map(str::to_owned);
    let ours = world.desired.root.as_ref().and_then(|root| root.locate(&KeyPath::of(MODEL)));
    let is_same = ours.is_none() || ours.and_then(primary) == raw(from, MODEL).and_then(primary);
    let fits = |keys: &[&str]| is_same || keys[0] != "agents";
    for keys in WHOLE.iter().filter(|keys| !has(world, keys) && fits(keys)) {
        proposals.extend(raw(from, keys).map(|node| set(keys, Draft::of(node))));
    }
    for table in ENTRIES {
        for member in raw(from, table).map(Node::members).unwrap_or_default() {
            let keys = [table, [member.key.as_str()].as_slice()].concat();
            let provider = match table[1] {
                "profiles" => member.node.get("provider").and_then(Node::as_str).unwrap_or_default(),
                "order" => member.key.as_str(),
                _ => "",
            };
            if !has(world, &keys) && hides(world, from, provider).is_none() {
                let reference =
                    from.stores.iter().find_map(|store| store.profile(&member.key)?.reference.as_ref());
                let source = reference.and_then(|reference| source_of(from, reference));
                proposals.push(set(&keys, entry(&member.node, source)));
            }
        }
    }
    // What is only referred to is declared with its source, where nothing has declared it.
    for store in &from.stores {
        for stored in &store.profiles {
            let keys = ["auth", "profiles", stored.id.as_str()];
            let source = stored.reference.as_ref().and_then(|reference| source_of(from, reference));
            let (Some(source), false, None) = (source, has(world, &keys), raw(from, &keys)) else { continue };
            if hides(world, from, &stored.provider).is_some() {
                continue;
            }
            let mode = stored.credential().map_or("api_key", |credential| credential.kind.as_str());
            let fields = [("provider", stored.provider.as_str()), ("mode", mode), ("from", &source)];
            let fields = fields.map(|(key, value)| (key.to_owned(), Draft::text(value))).to_vec();
            proposals.push(set(&keys, Draft::Table(fields)));
        }
    }
    proposals
}

/// An entry of a table of the config, as ours has it: a key that is a reference to a variable is `${NAME}`, another
/// reference is left out, and `source` says where a profile comes from.
fn entry(node: &Node, source: Option<String>) -> Draft {
    let Draft::Table(fields) = Draft::of(node) else { return Draft::of(node) };
    let mut fields: Vec<(String, Draft)> = fields
        .into_iter()
        .filter_map(|(key, draft)| match (key.as_str(), node.get(&key).and_then(SecretRef::of)) {
            ("apiKey", Some(reference)) if reference.source == "env" => {
                Some((key, Draft::text(&format!("${{{}}}", reference.id))))
            }
            ("apiKey", Some(_)) => None,
            _ => Some((key, draft)),
        })
        .collect();
    if let Some(source) = source {
        fields.push(("from".to_owned(), Draft::text(&source)));
    }
    Draft::Table(fields)
}

/// `from` of a profile whose secret is elsewhere, if ours can get it there.
fn source_of(from: &World, reference: &SecretRef) -> Option<String> {
    let entry = reference.entry(from.desired.root.as_ref());
    let text = |name: &str| entry.and_then(|entry| entry.get(name)).and_then(Node::as_str);
    match reference.source.as_str() {
        "env" => Some(format!("env:{}", reference.id)),
        "file" if text("mode") == Some("singleValue") => Some(format!("file:{}", text("path")?)),
        _ => None,
    }
}

/// The credential to which a stored profile refers, where ours cannot refer to the same place.
fn followed(from: &World, agent: &str, stored: &Stored) -> Option<Credential> {
    stored.reference.as_ref().filter(|reference| source_of(from, reference).is_none())?;
    let resolution = resolve::resolve(from, agent, &stored.provider);
    let mut all = resolution.candidates.into_iter().filter(|candidate| candidate.name == stored.id);
    all.find_map(|candidate| candidate.credential).filter(|own| !health::is_blank(own))
}

/// The agents beside main, if ours lists none: their ids, names and models.
fn agents(world: &World, from: &World) -> Option<Proposal> {
    let of_list = raw(from, &["agents", "list"]).map(Node::items).unwrap_or_default().iter();
    let of_list = of_list.filter_map(|node| Some((node.get("id")?.as_str()?, node)));
    let of_table = raw(from, &["agents", "entries"]).map(Node::members).unwrap_or_default().iter();
    let all = of_list.chain(of_table.map(|member| (member.key.as_str(), &member.node)));
    let item = |(id, node): (&str, &Node)| {
        let kept = ["name", "default", "model"].iter();
        let kept = kept.filter_map(|key| Some(((*key).to_owned(), Draft::of(node.get(key)?))));
        Draft::Table(std::iter::once(("id".to_owned(), Draft::text(id))).chain(kept).collect())
    };
    let all: Vec<(&str, &Node)> = all.collect();
    let is_main_only = all.iter().all(|(id, node)| *id == MAIN_AGENT && node.get("model").is_none());
    if is_main_only || has(world, &["agents", "list"]) {
        return None;
    }
    let list = Draft::List(all.into_iter().map(item).collect());
    let edit = config::edit(world, &["agents", "list"], To::Set(list));
    Some(Proposal::new(format!("list the agents in {}", world.doc_name(world.config.doc)), vec![edit]))
}

/// The profiles of an agent and their orders. An agent that ours does not know yet has its turn when it does.
fn credentials(world: &World, from: &World, store: &Store) -> Vec<Proposal> {
    let Some(own) = world.store(&store.agent) else { return Vec::new() };
    let name = world.doc_name(own.doc);
    let mut proposals = Vec::new();
    for stored in store.profiles.iter().filter(|stored| own.profile(&stored.id).is_none()) {
        // What another agent shares is stored once.
        let is_mains = store.agent != MAIN_AGENT
            && from
                .store(MAIN_AGENT)
                .and_then(|main| main.profile(&stored.id)?.credential())
                .map(|own| &own.secret)
                == stored.credential().map(|own| &own.secret);
        let there = stored.credential().filter(|own| !health::is_blank(own) && !is_mains).cloned();
        let Some(credential) = there.or_else(|| followed(from, &store.agent, stored)) else { continue };
        let what = format!("store the {} of {} in {name}", credential.kind.label(), stored.id);
        proposals.push(Proposal::new(what, sync::storing(own, &stored.id, &credential)));
    }
    let is_new = |provider: &str| own.order(provider).is_none() && hides(world, from, provider).is_none();
    for order in store.orders.iter().filter(|order| is_new(&order.provider)) {
        let ids = Draft::List(order.ids.iter().map(|id| Draft::text(&id.text)).collect());
        let edit = Edit::value(own.doc, KeyPath::of(&["order", &order.provider]), To::Set(ids));
        proposals.push(Proposal::new(format!("set the order of {} in {name}", order.provider), vec![edit]));
    }
    proposals
}

/// The keys of providers, and what the config names, from `.env` and the config's own block.
fn variables(world: &World, from: &World) -> Vec<Proposal> {
    let path = world.paths.state.join(".env");
    let Some(own) = world.docs.iter().find(|doc| doc.path.as_deref() == Some(&path)) else {
        return Vec::new();
    };
    let holds = |doc: &Doc, name: &str| doc.root.as_ref().is_some_and(|root| root.get(name).is_some());
    let is_named = |name: &str| {
        let by_profile = from.stores.iter().flat_map(|store| &store.profiles);
        let by_profile = by_profile.filter_map(|stored| stored.reference.as_ref());
        providers::is_var(name)
            || from.desired.references.iter().any(|(_, own)| own == name)
            || by_profile.into_iter().any(|reference| reference.source == "env" && reference.id == name)
    };
    let file = from.doc_of(DocKind::StateDotenv).and_then(|doc| doc.root.as_ref());
    let file = file.map(Node::members).unwrap_or_default().iter();
    let file = file.filter_map(|member| Some((member.key.clone(), member.node.as_secret()?.clone())));
    let block = from.desired.env.iter().map(|entry| (entry.name.clone(), entry.value.clone()));
    let mut proposals: Vec<Proposal> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in file.chain(block).filter(|(name, value)| is_named(name) && !value.is_blank()) {
        if holds(own, &name) || seen.contains(&name) {
            continue;
        }
        let edit = Edit::value(own.id, KeyPath::of(&[&name]), To::Set(Draft::String(value)));
        proposals.push(Proposal::new(format!("write {name} to {}", world.doc_name(own.id)), vec![edit]));
        seen.push(name);
    }
    proposals
}
