//! Directories that matter, and what stands where it should not: only names and metadata.

use super::{DocKind, open};
use crate::actual::Store;
use crate::desired::Desired;
use crate::doc::{DocId, Docs};
use crate::paths::{MAIN_AGENT, Paths, STORE_FILE};
use crate::sys::Look;
use crate::world::{AgentDir, OldAgent, OldEntry, Place};
use std::path::PathBuf;

/// The directories that credentials are kept in.
pub(super) fn places(look: &dyn Look, docs: &mut Docs, paths: &Paths, stores: &[Store]) -> Vec<Place> {
    let mut place = |what: &'static str, path: PathBuf| {
        let doc = open::place(look, docs, DocKind::Directory, &path);
        Place { stat: docs.get(doc).stat, what, path, doc }
    };
    let mut places = vec![place("state directory", paths.state.clone())];
    for store in stores {
        places.push(place("agent directory", store.dir.clone()));
    }
    places.push(place("credentials directory", paths.oauth_dir.clone()));
    places
}

/// The agent directory of an older version, and what is in the way of moving it.
pub(super) fn old_agent(
    look: &dyn Look,
    docs: &mut Docs,
    paths: &Paths,
    known: &[AgentDir],
    desired: &Desired,
) -> Option<OldAgent> {
    let dir = paths.state.join("agent");
    look.stat(&dir).filter(|stat| stat.is_dir)?;
    let default = known.iter().find(|agent| agent.id == desired.default_agent());
    let to = default.map_or_else(|| paths.agent_dir(MAIN_AGENT), |agent| agent.dir.clone());
    let to_exists = look.stat(&to).is_some();
    let names = if to_exists { look.list(&dir) } else { Vec::new() };
    let mut entry = |name: String| OldEntry {
        doc: open::place(look, docs, DocKind::Directory, &dir.join(&name)),
        to: Some(to.join(name)).filter(|to| look.stat(to).is_none()),
    };
    let entries = names.into_iter().map(&mut entry).collect();
    let doc = open::place(look, docs, DocKind::Directory, &dir);
    let number = |n: usize| if n == 1 { String::new() } else { format!("-{n}") };
    let rest = (1..).map(|n| paths.state.join(format!("agent.legacy{}", number(n))));
    let rest = rest.take(1000).find(|path| look.stat(path).is_none()).unwrap_or_else(|| dir.clone());
    Some(OldAgent { doc, to, to_exists, entries, rest })
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
