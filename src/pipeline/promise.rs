//! Success means written: whether it is known that there is nothing (more) to be done. Asked for every
//! request and every note that comes to nothing, because a file that cannot be read looks like one in which
//! nothing stands.

use crate::catalog::documents::Format;
use crate::change::plan::{Action, Plan};
use crate::change::proposal::Proposal;
use crate::doc::{Doc, State};
use crate::pipeline::{Looked, Trouble};
use crate::world::World;
use crate::world::actual::is_store;

/// Why it is not known whether the proposals leave nothing to be done: a document that they are about, or
/// any that might hold what they are about if they name none, cannot be read.
pub fn unknown(world: &World, proposals: &[Proposal]) -> Option<Trouble> {
    let named: Vec<_> = proposals.iter().flat_map(|proposal| &proposal.edits).map(|edit| edit.doc).collect();
    let concerns = |doc: &&Doc| {
        let may = doc.kind.row().ours && doc.format != Format::None;
        if named.is_empty() { may } else { named.contains(&doc.id) && may }
    };
    world.docs.iter().filter(concerns).find_map(|doc| unread(world, doc))
}

/// Why it is not known whether what was promised is done: a file that was to be changed is no longer in the
/// plan, and cannot be read; or another one is to be changed instead.
pub(super) fn broken(world: &World, promised: &Plan, plan: &Plan) -> Option<Trouble> {
    if let Some(trouble) = other(world, promised, plan) {
        return Some(trouble);
    }
    let left_out = |change: &&crate::change::plan::Change| {
        let is_text = matches!(change.action, Action::Create(_) | Action::Update(_));
        is_text && plan.changes.iter().all(|other| other.path != change.path)
    };
    promised.changes.iter().filter(left_out).find_map(|change| {
        let doc = world.docs.iter().find(|doc| doc.path.as_ref() == Some(&change.path));
        match doc {
            Some(doc) if doc.state != State::Absent => unread(world, doc),
            _ => Some(Trouble::Stale(format!("{} no longer exists", world.paths.shown(&change.path)))),
        }
    })
}

/// That a plan is about a file that was not promised, if so: what decided that may have been misread.
pub(super) fn other(world: &World, promised: &Plan, plan: &Plan) -> Option<Trouble> {
    let is_new = |change: &&crate::change::plan::Change| {
        promised.changes.iter().all(|other| other.path != change.path)
    };
    let change = plan.changes.iter().find(is_new)?;
    let name = world.paths.shown(&change.path);
    Some(Trouble::Stale(format!(
        "something has changed: {name} now has pending changes; nothing was written"
    )))
}

/// That something is left to be done of a plan that was carried out, if so.
pub fn left(looked: &Looked, again: &Plan) -> Option<Trouble> {
    let change = again.changes.first()?;
    let name = looked.world.paths.shown(&change.path);
    Some(Trouble::Stale(format!(
        "{name} still has pending changes; it could not be read, or was changed in the meantime"
    )))
}

fn unread(world: &World, doc: &Doc) -> Option<Trouble> {
    let is_read = matches!(doc.state, State::Parsed | State::Absent);
    let is_odd = is_read && world.stores.iter().any(|store| store.doc == doc.id) && !is_store(doc);
    let why = if is_odd { "has no table `profiles`".to_owned() } else { doc.state.in_words() };
    let name = || format!("{} {why}, so nothing was changed", world.doc_name(doc.id));
    (!is_read || is_odd).then(|| Trouble::Blocked(name()))
}
