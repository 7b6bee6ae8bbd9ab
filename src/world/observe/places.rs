//! Directories that matter, and what stands where it should not: only names and metadata.

use crate::catalog::documents::DocKind;
use crate::catalog::paths::{Paths, STORE_FILE};
use crate::config::Desired;
use crate::doc::{DocId, Docs};
use crate::sys::Look;
use crate::world::actual::Store;
use crate::world::observe::open;
use crate::world::{AgentDir, OLDER_AGENT, OlderAgent, OlderEntry, Place};
use std::path::PathBuf;

/// The directories that credentials are kept in.
pub(super) fn places(
    look: &dyn Look,
    docs: &mut Docs,
    paths: &Paths,
    stores: &[Store],
    known: &[AgentDir],
) -> Vec<Place> {
    let mut place = |what: &'static str, path: PathBuf| {
        let doc = open::place(look, docs, DocKind::Directory, &path);
        Place { stat: docs.get(doc).stat, what, path, doc }
    };
    let mut places = vec![place("state directory", paths.state.clone())];
    for store in stores {
        places.push(place("agent directory", store.dir.clone()));
    }
    places.push(place("credentials directory", paths.oauth_dir.clone()));
    // An agent may have been told to use it.
    let older = paths.state.join("agent");
    if known.iter().all(|agent| !agent.dir.starts_with(&older)) {
        places.push(place(OLDER_AGENT, older));
    }
    places
}

/// What an older version left of the only agent that it knew.
pub(super) fn older_agent(
    look: &dyn Look,
    docs: &mut Docs,
    paths: &Paths,
    places: &[Place],
    known: &[AgentDir],
    desired: &Desired,
) -> Option<OlderAgent> {
    let old = places.iter().find(|place| place.what == OLDER_AGENT)?;
    old.stat.filter(|stat| stat.is_dir)?;
    let heir = desired.default_agent();
    let new = known.iter().find(|agent| agent.id == heir).map(|agent| agent.dir.clone())?;
    let entry = |name: String| {
        let doc = open::place(look, docs, DocKind::Leftover, &old.path.join(&name));
        let to = new.join(name);
        OlderEntry { doc, is_taken: look.stat(&to).is_some(), to }
    };
    let entries = look.list(&old.path).into_iter().map(entry).collect();
    let names = (1..).map(|n| if n == 1 { "agent.legacy".to_owned() } else { format!("agent.legacy-{n}") });
    let aside = names.map(|name| paths.state.join(name)).find(|path| look.stat(path).is_none())?;
    Some(OlderAgent { dir: old.doc, new_is_there: look.stat(&new).is_some(), new, entries, aside })
}

/// Staged files that a killed run left behind, ours and the gateway's.
pub(super) fn leftovers(look: &dyn Look, docs: &mut Docs, paths: &Paths, stores: &[Store]) -> Vec<DocId> {
    let staged = |name: &str| {
        name.ends_with(".zirkabot-tmp")
            || (name.ends_with(".tmp") && (name.starts_with("zirkabot.") || name.starts_with(STORE_FILE)))
    };
    let dirs = std::iter::once(paths.state.as_path()).chain(stores.iter().map(|store| store.dir.as_path()));
    let mut found = Vec::new();
    for dir in dirs {
        for name in look.list(dir).into_iter().filter(|name| staged(name)) {
            let path = dir.join(name);
            if look.stat(&path).is_some_and(|stat| !stat.is_dir) {
                found.push(open::place(look, docs, DocKind::Leftover, &path));
            }
        }
    }
    found
}
