//! Directories that matter, and what stands where it should not: only names and metadata.

use crate::catalog::documents::DocKind;
use crate::catalog::paths::{Paths, STORE_FILE};
use crate::config::Desired;
use crate::doc::{DocId, Docs};
use crate::sys::{Fault, Look, Reading};
use crate::world::actual::Store;
use crate::world::observe::open;
use crate::world::{AgentDir, OLDER_AGENT, OlderAgent, OlderEntry, Place, WaitingRenewal};
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
            || (name.ends_with(".tmp")
                && ["zirkabot.", STORE_FILE, ".crontab."].iter().any(|start| name.starts_with(start)))
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

/// Most bytes of a place that are read to see whether something waits in it.
const MAX_WAITING: usize = 64 << 10;

/// Whether only we keep a file of this name in the state directory: the journal, a ledger, a lock or the
/// slot that is one.
fn is_own_name(name: &str) -> bool {
    matches!(name, "exchanged.json" | "journal.jsonl" | "monitor.json" | "probes.json")
        || (name.starts_with('.') && (name.ends_with(".lock") || name.ends_with(".pending")))
}

/// The files that only we keep; what is in the directory of backups only if it is looked at so `deep`.
/// The directory itself is among them where it is no directory.
pub(super) fn kept(
    look: &dyn Look,
    docs: &mut Docs,
    (paths, stores): (&Paths, &[Store]),
    deep: bool,
) -> Vec<DocId> {
    let names = look.list(&paths.state);
    let own = names.iter().filter(|name| is_own_name(name)).map(|name| paths.state.join(name));
    // The gateway's locks are directories, which tell nothing; a link would lead it and us away.
    let locks = stores.iter().map(|store| store.dir.join(format!("{STORE_FILE}.lock")));
    let locks =
        locks.filter(|lock| matches!(look.read_own(lock, 0), Reading::Fault(Fault::NotOurs(_), None)));
    let mut kept: Vec<DocId> = own.chain(locks).filter_map(|path| open::own(look, docs, &path)).collect();
    let backups = paths.backups();
    match look.read_own(&backups, 0) {
        Reading::Fault(_, Some(stat)) if stat.is_dir => {
            kept.push(open::place(look, docs, DocKind::Directory, &backups));
        }
        _ => kept.extend(open::own(look, docs, &backups)),
    }
    for dir in look.list(&backups).into_iter().filter(|_| deep).map(|name| backups.join(name)) {
        if look.stat(&dir).is_some_and(|stat| stat.is_dir) {
            kept.push(open::place(look, docs, DocKind::Directory, &dir));
            let files = look.list(&dir).into_iter().map(|name| dir.join(name));
            kept.extend(files.filter_map(|file| open::own(look, docs, &file)));
        }
    }
    kept
}

/// The places in which a renewed login waits to be stored: for what fingerprint of a refresh token, and the
/// provider.
pub(super) fn waiting(look: &dyn Look, docs: &mut Docs, paths: &Paths) -> Vec<WaitingRenewal> {
    let mut waiting = Vec::new();
    for name in look.list(&paths.state) {
        let parts = name.strip_prefix(".refresh-").and_then(|rest| rest.strip_suffix(".pending"));
        let Some((provider, of)) = parts.and_then(|rest| rest.rsplit_once('-')) else { continue };
        let path = paths.state.join(&name);
        // One that is blank is only room for an answer.
        let is_filled = match look.read_own(&path, MAX_WAITING) {
            Reading::File(bytes, _) => !bytes.expose().iter().all(u8::is_ascii_whitespace),
            Reading::TooLarge(_) => true,
            Reading::Absent | Reading::Fault(..) => false,
        };
        if is_filled && let Some(doc) = open::own(look, docs, &path) {
            waiting.push(WaitingRenewal { doc, provider: provider.to_owned(), of: of.to_owned() });
        }
    }
    waiting
}
