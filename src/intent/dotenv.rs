//! Putting a variable into `$STATE/.env`, which the gateway reads however it is started. Pure.

use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::policy::known::{known_config, known_file};
use crate::sys::secret::Secret;
use crate::world::World;

/// Sets a variable; comments, order and the way in which it is quoted stay.
///
/// # Errors
/// If the config or the file cannot be read.
pub(crate) fn set(world: &World, name: &str, value: &Secret) -> Proposals {
    known_config(world)?;
    let path = world.paths.state.join(".env");
    let doc = world.docs.iter().find(|doc| doc.path.as_deref() == Some(&path));
    let doc = doc.ok_or_else(|| Refusal::state(format!("{} was not read", world.paths.shown(&path))))?;
    known_file(world, doc.id)?;
    let edit = Edit::value(doc.id, KeyPath::of(&[name]), To::Set(Draft::String(value.clone())));
    Ok(vec![Proposal::new(format!("write {name} to {}", world.doc_name(doc.id)), vec![edit])])
}
