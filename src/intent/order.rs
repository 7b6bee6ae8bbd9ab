//! An agent's own order of a provider's profiles, kept in its auth store. Pure.

use crate::catalog::nearest::listed;
use crate::catalog::providers;
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{KeyPath, Member, Node};
use crate::policy::known::{known_config, known_file};
use crate::policy::meant::parts;
use crate::policy::orders::of_provider;
use crate::world::World;
use crate::world::actual::Store;

/// Lets `agent` try exactly these profiles for `provider`, in this order.
///
/// # Errors
/// If a profile is not there or of another provider, or the store cannot be read.
pub(crate) fn set(world: &World, agent: &str, provider: &str, ids: &[String]) -> Proposals {
    let store = own_store(world, agent)?;
    let mut wanted: Vec<String> = Vec::new();
    // What a shell was given as one word may be a list.
    for id in ids.iter().flat_map(|id| parts(id)) {
        let id = whole(world, agent, provider, id);
        of_provider(world, agent, provider, &id)?;
        if !wanted.contains(&id) {
            wanted.push(id);
        }
    }
    if wanted.is_empty() {
        return Err(Refusal::usage("no profile was given"));
    }
    let order = if wanted.len() > 1 { ", in this order" } else { "" };
    let text = format!("set agent {agent} to use only {} for {provider}{order}", listed(&wanted));
    Ok(vec![Proposal::new(text, vec![setting(world, store, provider, &wanted)])])
}

/// The profile that is meant by its name without the provider, if there is one.
fn whole(world: &World, agent: &str, provider: &str, id: &str) -> String {
    let whole = format!("{provider}:{id}");
    let is_there = |id: &str| of_provider(world, agent, provider, id).is_ok();
    if !id.contains(':') && !is_there(id) && is_there(&whole) { whole } else { id.to_owned() }
}

/// Takes away the order that [`set`] made; nothing if there is none.
///
/// # Errors
/// If the store cannot be read.
pub(crate) fn clear(world: &World, agent: &str, provider: &str) -> Proposals {
    let store = own_store(world, agent)?;
    let edits = clearing(world, store, provider);
    let text = format!("remove the order of agent {agent} for {provider}");
    Ok(if edits.is_empty() { Vec::new() } else { vec![Proposal::new(text, edits)] })
}

/// The edit that makes `ids` the store's order of a provider, under the spelling that counts.
pub(super) fn setting(world: &World, store: &Store, provider: &str, ids: &[String]) -> Edit {
    let at = KeyPath::of(&["order"]);
    let at = match entries(world, store, provider).last() {
        Some(member) => at.key(&member.key),
        None => at.key(provider),
    };
    let ids = ids.iter().map(|id| Draft::text(id)).collect();
    Edit::value(store.doc, at, To::Set(Draft::List(ids)))
}

/// The edits that take away the store's order of a provider, however it is spelt.
fn clearing(world: &World, store: &Store, provider: &str) -> Vec<Edit> {
    let own = entries(world, store, provider);
    let all = section(world, store, "order");
    let remove = |at: KeyPath| Edit::value(store.doc, at, To::Remove);
    let at = KeyPath::of(&["order"]);
    if !own.is_empty() && own.len() == all.len() {
        return vec![remove(at)];
    }
    own.iter().map(|member| remove(at.key(&member.key))).collect()
}

/// The edits that take a profile out of all orders of a store.
pub(super) fn without(world: &World, store: &Store, id: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    for member in section(world, store, "order") {
        let at = KeyPath::of(&["order", &member.key]);
        let items = member.node.items();
        let named: Vec<usize> =
            (0..items.len()).filter(|at| items[*at].as_str().map(str::trim) == Some(id)).collect();
        let remove = |at: KeyPath| Edit::value(store.doc, at, To::Remove);
        if !named.is_empty() && named.len() == items.len() {
            edits.push(remove(at));
        } else {
            edits.extend(named.into_iter().map(|item| remove(at.index(item))));
        }
    }
    edits
}

/// The members of a section of a store.
pub(super) fn section(world: &World, store: &Store, name: &str) -> Vec<Member> {
    let tree = world.doc(store.doc).tree();
    tree.and_then(|tree| tree.get(name).map(Node::members).map(<[Member]>::to_vec)).unwrap_or_default()
}

/// The entries of a store's `order` that are about a provider; the last one counts.
fn entries(world: &World, store: &Store, provider: &str) -> Vec<Member> {
    let mut all = section(world, store, "order");
    all.retain(|member| providers::normalise(&member.key) == provider);
    all
}

/// The agent's own store, if something may be written there.
pub(super) fn own_store<'w>(world: &'w World, agent: &str) -> Result<&'w Store, Refusal> {
    known_config(world)?;
    let store = world.store(agent).ok_or_else(|| Refusal::state(format!("there is no agent {agent}")))?;
    known_file(world, store.doc)?;
    Ok(store)
}
