//! The schema of the config beside it, where editors find it.

use crate::catalog::documents::DocKind;
use crate::change::advice::Command;
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::config::schema;
use crate::doc::edit::ops::{Edit, FileAction};
use crate::doc::{Doc, State};
use crate::sys::secret::Secret;
use crate::world::World;

/// Everybody may read it: it holds no secret.
const MODE: u32 = 0o644;

/// Writes the schema. What is no file for it is left alone; a file that is none of ours is replaced only by `force`.
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
    writable(world, doc).map_err(|why| {
        let help = format!(
            "move it away; then `{}` writes the schema",
            world.paths.command("config schema --install")
        );
        Refusal::state(format!("{name} {why}")).help(help)
    })?;
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

/// Whether a schema can be written there, whoever asks for it.
fn writable(world: &World, doc: &Doc) -> Result<(), String> {
    if matches!(doc.state, State::Unreadable(_) | State::NotUtf8(_) | State::TooLarge) {
        return Err(doc.state.in_words());
    }
    let same = |other: &&Doc| {
        other.id != doc.id && doc.stat.is_some_and(|stat| other.stat == Some(stat) && stat.ino != 0)
    };
    let other = world.docs.iter().find(same);
    other.map_or(Ok(()), |other| Err(format!("is the same file as {}", world.doc_name(other.id))))
}
