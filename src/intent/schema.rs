//! The schema of the config beside it, where editors find it.

use crate::catalog::documents::DocKind;
use crate::change::advice::Command;
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::config::schema;
use crate::doc::edit::ops::{Edit, FileAction};
use crate::sys::secret::Secret;
use crate::world::World;

/// Everybody may read it: it holds no secret.
const MODE: u32 = 0o644;

/// Writes the schema. A file that is none of ours is replaced only by `force`.
///
/// # Errors
/// In the home of another program, or if the file is not ours.
pub(crate) fn install(world: &World, text: &str, force: bool) -> Proposals {
    let layout = world.paths.layout;
    if !layout.is_own() {
        let why = format!("the config is that of {}, which has a schema of its own", layout.program);
        return Err(Refusal::state(why));
    }
    let doc = world.doc_of(DocKind::Schema).ok_or_else(|| Refusal::state("the config has no place"))?;
    let name = world.doc_name(doc.id);
    let text = Secret::from(text);
    if doc.exists() && doc.text != text && !schema::is_ours(doc) && !force {
        let command = Command::from(world.paths.command("config schema --install --force"));
        return Err(Refusal::state(format!("{name} is not a schema of zirkabot"))
            .help(command.then(format!(" replaces it; `{}` restores it", world.paths.command("undo")))));
    }
    let mode = doc.stat.map_or(MODE, |stat| stat.mode);
    let actions = [FileAction::Write(text), FileAction::Mode(mode)];
    let edits = actions.into_iter().map(|action| Edit::file(doc.id, action)).collect();
    Ok(vec![Proposal::new(format!("write the schema of the config to {name}"), edits)])
}
