//! Where values stand, as edits need it, and what is known of ids beyond the agent asked for: a
//! config serves all agents, so what one of them lacks may be what another one lives on.

use crate::catalog::nearest::{did_you_mean, instead};
use crate::change::advice::Advice;
use crate::change::proposal::Refusal;
use crate::config::Order;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{DocId, KeyPath, Loc};
use crate::policy::advice;
use crate::world::World;
use crate::world::actual::is_store;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// An edit of the value that stands at `loc`, or whose key does.
pub(crate) fn edit_at(world: &World, loc: Loc, to: To) -> Option<Edit> {
    Some(Edit::value(loc.doc, world.doc(loc.doc).path_of(loc)?, to))
}

/// Ids that are known anywhere.
pub(crate) struct KnownIds<'w> {
    /// Ids that any store holds.
    stored: HashSet<&'w str>,
    /// The same with their providers.
    held: HashSet<(&'w str, &'w str)>,
    /// Ids that the config declares, with their providers.
    declared: HashMap<&'w str, &'w str>,
    /// Whether the stores of all agents were looked at and could be read.
    complete: bool,
}

impl<'w> KnownIds<'w> {
    pub(crate) fn of(world: &'w World) -> Self {
        let all = || world.stores.iter().flat_map(|store| &store.profiles);
        let read = world.stores.iter().all(|store| is_store(world.doc(store.doc)));
        let configured = world.agents.iter().filter(|agent| agent.configured).map(|agent| &agent.id);
        // A directory without an entry in the config is an agent that uses the config, too.
        let seen = configured.chain(&world.on_disk).all(|id| world.store_of.contains_key(id));
        Self {
            stored: all().map(|stored| stored.id.as_str()).collect(),
            held: all().map(|stored| (stored.id.as_str(), stored.provider.as_str())).collect(),
            declared: world
                .desired
                .profiles
                .iter()
                .map(|own| (own.id.as_str(), own.provider.as_str()))
                .collect(),
            complete: read && seen,
        }
    }

    /// Whether it is certain that no agent has a profile of this id.
    pub(crate) fn is_nowhere(&self, id: &str) -> bool {
        self.complete && !self.stored.contains(id)
    }

    /// The provider of which the config declares a profile of this id.
    pub(crate) fn declared(&self, id: &str) -> Option<&'w str> {
        self.declared.get(id).copied()
    }

    /// Whether all agents were looked at.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether it is certain that no agent has a profile of this id for the provider.
    pub(crate) fn is_foreign(&self, id: &str, provider: &str) -> bool {
        self.complete && !self.held.contains(&(id, provider))
    }
}

/// The entries of an order, by the places where they stand.
pub(crate) struct OrderEntries {
    paths: BTreeMap<Loc, (DocId, KeyPath)>,
    /// What takes out the whole order, wherever parts of it stand.
    whole: Vec<Edit>,
    /// Whether a comment stands among them.
    has_comments: bool,
}

impl OrderEntries {
    /// All entries of an order; they may stand in several files.
    pub(crate) fn of(world: &World, order: &Order) -> Self {
        let mut wanted: BTreeMap<DocId, BTreeSet<Loc>> = BTreeMap::new();
        let locs = order.ids.iter().map(|id| id.loc).chain([order.loc]);
        locs.for_each(|loc| {
            wanted.entry(loc.doc).or_default().insert(loc);
        });
        let of_doc = |(doc, locs): (DocId, BTreeSet<Loc>)| {
            let paths = world.doc(doc).paths_of(&locs);
            paths.into_iter().map(move |(loc, path)| (loc, (doc, path)))
        };
        let paths: BTreeMap<_, _> = wanted.into_iter().flat_map(of_doc).collect();
        let lists = paths.iter().map(|(loc, (doc, path))| {
            let list = if *loc == order.loc { &path.0[..] } else { &path.0[..path.0.len() - 1] };
            (*doc, KeyPath(list.to_vec()))
        });
        let lists: BTreeSet<(DocId, KeyPath)> = lists.collect();
        let whole: Vec<Edit> = lists.into_iter().map(|(doc, at)| Edit::value(doc, at, To::Remove)).collect();
        let comments =
            |edit: &Edit| edit.as_value().is_some_and(|(at, _)| world.doc(edit.doc).has_comments(at));
        let has_comments = whole.iter().any(comments);
        Self { paths, whole, has_comments }
    }

    /// Takes out the entry at `loc`; if `all` entries are to go, the whole order: an empty one
    /// would switch the provider off.
    pub(crate) fn without(&self, loc: Loc, all: bool) -> Option<Vec<Edit>> {
        if all {
            return Some(self.whole.clone());
        }
        let (doc, at) = self.paths.get(&loc)?.clone();
        Some(vec![Edit::value(doc, at, To::Remove)])
    }

    /// Makes these the entries, if they all stand in one place and no comment is among them.
    pub(crate) fn all(&self, ids: &[&str]) -> Option<Edit> {
        let [whole] = self.whole.as_slice() else { return None };
        let (at, _) = whole.as_value().filter(|_| !self.has_comments)?;
        let ids = ids.iter().map(|id| Draft::text(id)).collect();
        Some(Edit::value(whole.doc, at.clone(), To::Set(Draft::List(ids))))
    }

    /// Puts another profile into the place of the entry at `loc`.
    pub(crate) fn instead(&self, loc: Loc, id: &str) -> Option<Edit> {
        let (doc, at) = self.paths.get(&loc)?.clone();
        Some(Edit::value(doc, at, To::text(id)))
    }
}

/// Takes a profile out of all orders of the config; an order that names nothing else goes whole.
pub(crate) fn unordered(world: &World, id: &str) -> Vec<Edit> {
    each_entry(world, id, |entries, order, loc| {
        entries.without(loc, order.ids.iter().all(|entry| entry.text == id))
    })
}

/// Names another profile in the place of `old` in all orders of the config, each once.
pub(crate) fn reordered(world: &World, old: &str, new: &str) -> Vec<Edit> {
    each_entry(world, old, |entries, order, loc| {
        let first = order.ids.iter().find(|entry| entry.text == old || entry.text == new);
        if first.is_some_and(|first| first.loc == loc) && !order.ids.iter().any(|entry| entry.text == new) {
            return Some(vec![entries.instead(loc, new)?]);
        }
        entries.without(loc, false)
    })
}

/// What `edit` makes of every entry for `id` in the orders of the config.
fn each_entry(
    world: &World,
    id: &str,
    edit: impl Fn(&OrderEntries, &Order, Loc) -> Option<Vec<Edit>>,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    for order in world.desired.orders.iter().filter(|order| order.ids.iter().any(|entry| entry.text == id)) {
        let entries = OrderEntries::of(world, order);
        let named = order.ids.iter().filter(|entry| entry.text == id);
        edits.extend(named.filter_map(|entry| edit(&entries, order, entry.loc)).flatten());
    }
    edits
}

/// Refuses a profile that the agent does not see, or that is another provider's.
///
/// # Errors
/// With what is there instead.
pub(crate) fn of_provider(world: &World, agent: &str, provider: &str, id: &str) -> Result<(), Refusal> {
    let choices = choices(world, agent, provider);
    if choices.iter().any(|known| known == id) {
        return Ok(());
    }
    if let Some((_, other)) = world.holder(agent, id) {
        let why = if other.provider == provider {
            format!("agent {agent} has its own profiles of {provider}, so it does not use {id} of agent main")
        } else {
            format!("{id} is a profile of {}, not of {provider}", other.provider)
        };
        return Err(Refusal::state(why));
    }
    let near = did_you_mean(id, &choices);
    let refusal = Refusal::state(format!("agent {agent} has no stored profile `{id}`{near}"));
    Err(if choices.is_empty() {
        let nothing = Advice::say(format!("nothing is stored for {provider}; "));
        refusal.help(nothing.run(advice::paste_token(world, provider)).then(" stores a key or token"))
    } else {
        refusal.help(instead(&choices))
    })
}

/// The ids of the profiles that `agent` could be told to use, in file order.
pub(crate) fn choices(world: &World, agent: &str, provider: &str) -> Vec<String> {
    let stored = world.view(agent, provider).into_iter().flat_map(|store| &store.profiles);
    let stored = stored.filter(|stored| stored.provider == provider).map(|stored| stored.id.clone());
    let of_env = world
        .desired
        .profiles
        .iter()
        .filter(|declared| declared.provider == provider && declared.from.is_elsewhere());
    let mut ids: Vec<String> = stored.collect();
    for declared in of_env {
        if !ids.contains(&declared.id) {
            ids.push(declared.id.clone());
        }
    }
    ids
}
