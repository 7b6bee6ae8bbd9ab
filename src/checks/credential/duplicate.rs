//! The same secret under two names of one store.

use crate::change::proposal::Class;
use crate::checks::finding::{CheckInput, Sink};
use crate::config::CredentialSource;
use crate::doc::edit::ops::{Edit, To};
use crate::doc::{DocId, KeyPath, Node};
use crate::policy::orders::{KnownIds, unordered};
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::actual::{Credential, Store, Stored};
use std::collections::HashMap;

type HeldCredential<'a> = (&'a Stored, &'a Credential);

pub(super) fn duplicate(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    let mut known = None;
    for store in &world.stores {
        let mut groups: HashMap<&Secret, usize> = HashMap::new();
        let mut held: Vec<Vec<HeldCredential<'_>>> = Vec::new();
        for (stored, credential) in
            store.profiles.iter().filter_map(|stored| Some((stored, stored.credential()?)))
        {
            if credential.secret.is_blank() {
                continue;
            }
            let at = *groups.entry(&credential.secret).or_insert(held.len());
            if at == held.len() {
                held.push(Vec::new());
            }
            held[at].push((stored, credential));
        }
        for group in held.iter().filter(|group| group.len() > 1) {
            let known = known.get_or_insert_with(|| KnownIds::of(world));
            of_one_secret(world, known, store, group, sink);
        }
    }
}

/// All but the one to keep: one that something names, else the first.
fn of_one_secret(
    world: &World,
    known: &KnownIds<'_>,
    store: &Store,
    group: &[HeldCredential<'_>],
    sink: &mut Sink<'_>,
) {
    let is_named = |(stored, _): &&HeldCredential<'_>| is_named(world, known, store, &stored.id);
    let Some(keep) = group.iter().find(is_named).or(group.first()) else { return };
    for other in group.iter().filter(|other| other.0.id != keep.0.id) {
        let (id, kept) = (&other.0.id, &keep.0.id);
        let draft = sink
            .state(id, format!("{kept} and {id} store the same secret"))
            .agent(&store.agent)
            .see(store.doc, Some(other.0.loc), "the same secret again")
            .see(store.doc, Some(keep.0.loc), "also here")
            .advise("keep only one of them");
        // One that says when it expires can be used where one that does not cannot.
        let is_poorer = keep.1.expires.at().is_none() && other.1.expires.at().is_some();
        if !is_poorer && is_superfluous(world, known, store, keep, other) {
            draft.edit(
                format!("remove {id} from the store of {}", store.agent),
                removed(world, store, id),
                Class::Force,
            );
        }
    }
}

/// Whether something says by name that this profile is wanted.
fn is_named(world: &World, known: &KnownIds<'_>, store: &Store, id: &str) -> bool {
    let orders = world.desired.orders.iter().chain(&store.orders);
    known.declared(id).is_some()
        || matches!(CredentialSource::default_of(id), CredentialSource::Tool(_))
        || orders.flat_map(|order| &order.ids).any(|entry| entry.text == id)
}

/// Whether nothing is lost without the profile: it is the same credential in all, nothing
/// declares it, and an order that names it serves no other agent.
fn is_superfluous(
    world: &World,
    known: &KnownIds<'_>,
    store: &Store,
    keep: &HeldCredential<'_>,
    other: &HeldCredential<'_>,
) -> bool {
    let (one, two) = (keep.1, other.1);
    let same = one.provider == two.provider && one.kind == two.kind && one.refresh == two.refresh;
    let id = &other.0.id;
    let elsewhere = world.stores.iter().any(|own| own.doc != store.doc && own.profile(id).is_some());
    let ordered = world.desired.orders.iter().flat_map(|order| &order.ids).any(|entry| entry.text == *id);
    same && known.declared(id).is_none()
        && !matches!(CredentialSource::default_of(id), CredentialSource::Tool(_))
        && !(ordered && (elsewhere || !known.is_complete()))
}

/// The store without the profile, and without what is recorded about it.
pub(crate) fn removed(world: &World, store: &Store, id: &str) -> Vec<Edit> {
    let mut edits = vec![gone(store.doc, KeyPath::of(&["profiles", id]))];
    let tree = world.doc(store.doc).tree();
    let section = |name: &str| tree.as_ref().and_then(|tree| tree.get(name)).map(Node::members);
    if section("usageStats").is_some_and(|used| used.iter().any(|member| member.key == id)) {
        edits.push(gone(store.doc, KeyPath::of(&["usageStats", id])));
    }
    let good = section("lastGood").unwrap_or_default().iter();
    let good = good.filter(|member| member.node.as_str() == Some(id));
    edits.extend(good.map(|member| gone(store.doc, KeyPath::of(&["lastGood", &member.key]))));
    for list in section("order").unwrap_or_default() {
        let at = KeyPath::of(&["order", &list.key]);
        let entries = list.node.items().iter().enumerate();
        let entries = entries.filter(|(_, item)| item.as_str().map(str::trim) == Some(id));
        edits.extend(entries.map(|(index, _)| gone(store.doc, at.index(index))));
    }
    if world.stores.iter().all(|other| other.doc == store.doc || other.profile(id).is_none()) {
        edits.extend(unordered(world, id));
    }
    edits
}

fn gone(doc: DocId, at: KeyPath) -> Edit {
    Edit::value(doc, at, To::Remove)
}
