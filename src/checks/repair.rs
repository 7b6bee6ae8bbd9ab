//! Edits that checks propose: where in a document something stands, and what becomes of it.
//!
//! Whether a repair is wise is for the check to say; here is only how it is written.

use crate::actual::Store;
use crate::desired::Order;
use crate::doc::{DocId, KeyPath, Loc};
use crate::plan::{Draft, Edit, To};
use crate::secret::Secret;
use crate::sys::Stat;
use crate::world::World;

/// Whether we may change the mode of a file: its owner may, while it is known what is meant.
pub(super) fn may_chmod(world: &World, stat: Stat) -> bool {
    (world.uid == 0 || world.uid == stat.uid) && world.config_is_known()
}

/// Gives a file or directory these permission bits.
pub(super) fn mode(doc: DocId, bits: u32) -> Vec<Edit> {
    vec![whole(doc, To::Mode(bits))]
}

/// Something that is done to a file or directory as a whole.
pub(super) fn whole(doc: DocId, to: To) -> Edit {
    Edit { doc, at: KeyPath::default(), to }
}

/// Sets a text.
pub(super) fn text(doc: DocId, at: KeyPath, text: &str) -> Edit {
    Edit { doc, at, to: To::Set(Draft::String(Secret::from(text))) }
}

/// Takes a profile out of a store, with what is recorded about it.
pub(super) fn forget(world: &World, store: &Store, profile: &str) -> Vec<Edit> {
    let remove = |keys: &[&str]| Edit { doc: store.doc, at: KeyPath::of(keys), to: To::Remove };
    let mut edits = vec![remove(&["profiles", profile]), remove(&["usageStats", profile])];
    let tree = world.doc(store.doc).whole_tree();
    let last_good = tree.as_deref().and_then(|tree| tree.get("lastGood"));
    for member in last_good.map(crate::doc::Node::members).unwrap_or_default() {
        if member.node.as_str() == Some(profile) {
            edits.push(remove(&["lastGood", &member.key]));
        }
    }
    edits
}

/// Where a key stands: the path to its value.
pub(super) fn key_at(world: &World, loc: Loc) -> Option<KeyPath> {
    world.doc(loc.doc).path_of_key(loc)
}

/// Where a value stands.
pub(super) fn value_at(world: &World, loc: Loc) -> Option<KeyPath> {
    world.doc(loc.doc).path_of(loc)
}

/// Takes entries out of an order; the order itself if no entry remains, because an empty one
/// switches the provider off.
pub(super) fn drop_entries(world: &World, order: &Order, goes: &dyn Fn(usize) -> bool) -> Vec<Edit> {
    let remove = |at| Edit { doc: order.loc.doc, at, to: To::Remove };
    if (0..order.ids.len()).all(goes) {
        return key_at(world, order.loc).map(remove).into_iter().collect();
    }
    let gone = order.ids.iter().enumerate().filter(|(index, _)| goes(*index));
    gone.filter_map(|(_, entry)| Some(remove(value_at(world, entry.loc)?))).collect()
}
