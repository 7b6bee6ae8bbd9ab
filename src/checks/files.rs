//! Family `files`: modes, owners, and what stands where it should not.

use crate::actual::{Legacy, Store};
use crate::doc::{Doc, KeyPath, State};
use crate::duration::HOUR;
use crate::finding::{Case, Counts, Rule, Severity, Sink};
use crate::plan::{Class, Draft, Edit, To};
use crate::sources::{DocKind, legacy};
use crate::sync;
use crate::sys::{Millis, Stat};
use std::collections::BTreeSet;
use std::path::Path;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "files/corrupt-store",
        severity: Severity::Error,
        what: "an auth store, or a record in it, cannot be read",
        why: "The gateway takes such a store for empty and may write over it. zirkabot leaves it as it is.",
        fix: "Correct the underlined place, or restore the file from $STATE/backups.",
        check: corrupt_store,
    },
    Rule {
        code: "files/legacy-layout",
        severity: Severity::Warning,
        what: "credentials or directories of an older version",
        why: "The present version looks elsewhere. Stores are imported without loss by `zirkabot models status`.",
        fix: "Run `zirkabot models status` to import stores; move older directories to where the present version looks.",
        check: legacy_layout,
    },
    Rule {
        code: "files/missing-directory",
        severity: Severity::Warning,
        what: "the state directory is not there",
        why: "Nothing is stored there yet. If you chose the directory, the choice may be a slip.",
        fix: "Make it with mode 700, or correct ZIRKABOT_STATE_DIR.",
        check: missing_directory,
    },
    Rule {
        code: "files/mode-too-open",
        severity: Severity::Warning,
        what: "others on this machine can read or change a file with secrets",
        why: "Whoever can read the file has the credential; whoever can change it decides where requests go.",
        fix: "Set files to mode 600 and directories to 700 with chmod.",
        check: mode_too_open,
    },
    Rule {
        code: "files/not-writable",
        severity: Severity::Warning,
        what: "a file or directory that zirkabot keeps up to date cannot be written",
        why: "Synced logins and renewed tokens are lost if they cannot be stored. The system says: EACCES, permission denied; or: read-only file system.",
        fix: "Give the owner write permission with chmod u+w, or make the file system writable.",
        check: not_writable,
    },
    Rule {
        code: "files/several-state-dirs",
        severity: Severity::Info,
        what: "there is another state directory beside the one in use",
        why: "Under another user, or without ZIRKABOT_STATE_DIR, the gateway uses the other one, with other credentials.",
        fix: "Make sure that gateway and shell use the same directory, and remove the one that is not needed.",
        check: several_state_dirs,
    },
    Rule {
        code: "files/stale-temp",
        severity: Severity::Warning,
        what: "a half-written file was left behind",
        why: "A writer was killed before it could put the file in place; the file may hold secrets.",
        fix: "Remove it; what it was to replace is whole.",
        check: stale_temp,
    },
    Rule {
        code: "files/wrong-owner",
        severity: Severity::Warning,
        what: "a file with credentials belongs to another user",
        why: "The gateway may be unable to read or replace it. This happens when a command was once run with sudo.",
        fix: "Give the file back with chown.",
        check: wrong_owner,
    },
];

/// Our own files that are there.
fn ours<'a>(case: &'a Case<'_>) -> impl Iterator<Item = (&'a Doc, &'a Path, Stat)> {
    let not_files = [DocKind::CwdDotenv, DocKind::Directory, DocKind::Leftover];
    let secret = move |doc: &&Doc| doc.kind.row().ours && !not_files.contains(&doc.kind);
    let there = |doc: &'a Doc| Some((doc, doc.path.as_deref()?, doc.stat?));
    case.world.docs.iter().filter(secret).filter_map(there)
}

fn corrupt_store(case: &Case<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for store in &world.stores {
        let doc = world.doc(store.doc);
        let name = world.doc_name(store.doc);
        let in_scope = world.scope.contains(&store.agent);
        let counts = if in_scope { Counts::Broken } else { Counts::No };
        match &doc.state {
            State::Absent => {}
            State::Parsed => {
                if !is_store(doc) {
                    sink.state(&name, format!("{name} has no table `profiles`"))
                        .agent(&store.agent)
                        .see(doc.id, doc.root.as_ref().map(|root| root.loc), "no `profiles`")
                        .tell(restore(case, &name))
                        .counts(counts);
                }
                broken_records(store, sink);
            }
            state => {
                let loc = match state {
                    State::Unparsable(faults) => {
                        faults.first().map(|fault| crate::doc::Loc::new(doc.id, fault.span.clone()))
                    }
                    _ => None,
                };
                sink.state(&name, format!("{name} {}", state.in_words()))
                    .agent(&store.agent)
                    .see(doc.id, loc, "here")
                    .tell(restore(case, &name))
                    .counts(counts);
            }
        }
    }
}

/// Whether a document is a store that can be read, or a store that is not there yet.
pub(super) fn is_store(doc: &Doc) -> bool {
    let profiles = doc.root.as_ref().and_then(|root| root.get("profiles")).map(|node| &node.value);
    doc.state == State::Absent || matches!(profiles, Some(crate::doc::Value::Object(_)))
}

fn restore(case: &Case<'_>, name: &str) -> String {
    let backups = case.world.paths.shown(&case.world.paths.state.join("backups"));
    format!("correct {name} by hand, or restore it from a backup; what zirkabot changed is kept in {backups}")
}

/// Records that hold no credential that we know: kept, and said.
fn broken_records(store: &Store, sink: &mut Sink<'_>) {
    use crate::actual::Held;
    for stored in &store.profiles {
        let (what, loc) = match stored.held {
            Held::UnknownType(loc) => ("a type of credential that is not known", loc),
            Held::Broken(loc) => ("no readable record", loc),
            Held::Credential(_) => continue,
        };
        sink.state(&stored.id, format!("profile {} has {what}; it is kept but not used", stored.id))
            .at_most(Severity::Warning)
            .agent(&store.agent)
            .see(store.doc, Some(loc), "kept as it is")
            .tell("correct the record, or remove it");
    }
}

fn legacy_layout(case: &Case<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for doc in world.docs.iter().filter(|doc| matches!(doc.kind, DocKind::LegacyAuth | DocKind::LegacyOauth))
    {
        if doc.exists() {
            let held: Vec<_> =
                world.legacy.iter().filter(|legacy| legacy.credential.origin.doc == doc.id).collect();
            legacy_store(case, doc, &held, sink);
        }
    }
    for place in
        world.places.iter().filter(|place| place.what == "older agent directory" && place.stat.is_some())
    {
        let (old, new) =
            (world.paths.shown(&place.path), world.paths.agent_dir(&world.desired.default_agent()));
        let new = world.paths.shown(&new);
        sink.state(&old, format!("{old} is an agent directory of an older version and is not used"))
            .tell(format!("move what you need from {old} to {new}"));
    }
}

/// An older store: to be imported, already imported, or passed over.
fn legacy_store(case: &Case<'_>, doc: &Doc, held: &[&Legacy], sink: &mut Sink<'_>) {
    let name = case.world.doc_name(doc.id);
    let store = held.first().and_then(|legacy| case.world.store(&legacy.agent));
    let Some(store) = store else {
        let what = if doc.state == State::Parsed {
            "holds nothing to import".to_owned()
        } else {
            doc.state.in_words()
        };
        sink.state(&name, format!("{name}, of an older version, {what}"))
            .see(doc.id, None, "older store")
            .tell(format!("look at {name} and remove it if it is not needed"));
        return;
    };
    let count = held.len();
    let draft =
        if case.world.doc(store.doc).state == State::Absent {
            let edits = import(case, doc, held);
            sink.state(
                &name,
                format!("{name}, of an older version, holds {count} credentials that are not imported yet"),
            )
            .edit(format!("import {count} credentials from {name}"), edits, Class::Auto)
        } else if is_whole(doc, held) && held.iter().all(|legacy| is_stored(store, legacy)) {
            let edit = Edit { doc: doc.id, at: KeyPath::default(), to: To::RemoveFile };
            sink.state(&name, format!("all that {name}, of an older version, holds is in the auth store"))
                .edit(format!("remove {name}"), vec![edit], Class::Auto)
        } else {
            let store = case.world.doc_name(store.doc);
            sink.state(&name, format!("{name}, of an older version, is not read, because {store} is there"))
                .tell(format!("move what you still need into {store}, then `rm {name}`"))
        };
    draft.at_most(Severity::Info).see(doc.id, None, "older store");
}

/// Whether an `auth.json` holds nothing but what can be imported without loss.
fn is_whole(doc: &Doc, held: &[&Legacy]) -> bool {
    let ids: BTreeSet<&String> = held.iter().map(|legacy| &legacy.id).collect();
    doc.kind == DocKind::LegacyAuth
        && held.iter().all(|legacy| legacy.complete)
        && ids.len() == held.len()
        && legacy::leftover(doc) == 0
}

fn is_stored(store: &Store, legacy: &Legacy) -> bool {
    let stored = store.profile(&legacy.id).and_then(crate::actual::Stored::credential);
    stored.is_some_and(|stored| {
        let old = &legacy.credential;
        stored.kind == old.kind && stored.secret == old.secret && stored.refresh == old.refresh
    })
}

/// Stores the credentials under their new ids. The older file goes only if all of it was taken
/// over, and only an `auth.json`: `oauth.json` may serve other programs.
fn import(case: &Case<'_>, doc: &Doc, held: &[&Legacy]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut taken = BTreeSet::new();
    // Of two entries for one id the first is taken; the file stays for the other.
    for legacy in held.iter().filter(|legacy| taken.insert(&legacy.id)) {
        let Some(store) = case.world.store(&legacy.agent) else { continue };
        let at = KeyPath::of(&["profiles", &legacy.id]);
        let fields = record(doc, legacy);
        edits.push(Edit { doc: store.doc, at, to: To::Set(Draft::Table(fields)) });
    }
    if is_whole(doc, held) {
        edits.push(Edit { doc: doc.id, at: KeyPath::default(), to: To::RemoveFile });
    }
    edits
}

/// The record as the present layout has it, with every further field of the older one.
fn record(doc: &Doc, legacy: &Legacy) -> Vec<(String, Draft)> {
    let mut fields = sync::fields(&legacy.credential);
    let key = legacy.credential.origin.key.rsplit_once('.').map_or("", |(key, _)| key);
    let members =
        doc.root.as_ref().and_then(|root| root.get(key)).map(crate::doc::Node::members).unwrap_or_default();
    for member in members {
        if fields.iter().all(|(name, _)| *name != member.key) {
            fields.push((member.key.clone(), Draft::of(&member.node)));
        }
    }
    fields
}

fn missing_directory(case: &Case<'_>, sink: &mut Sink<'_>) {
    let (world, paths) = (case.world, &case.world.paths);
    let state = world.places.iter().find(|place| place.path == paths.state);
    if state.is_some_and(|place| place.stat.is_none()) {
        let name = paths.shown(&paths.state);
        let limit = if paths.state_chosen { Severity::Warning } else { Severity::Info };
        sink.state(&name, format!("the state directory {name} is not there"))
            .at_most(limit)
            .tell(format!("`mkdir -m 700 -p {name}`"));
    }
}

fn mode_too_open(case: &Case<'_>, sink: &mut Sink<'_>) {
    let paths = &case.world.paths;
    for (doc, path, stat) in ours(case).filter(|(_, _, stat)| !stat.is_dir && stat.mode & 0o077 != 0) {
        // An included config may be shared on purpose; only secrets make it private.
        if doc.kind == DocKind::Include {
            continue;
        }
        let name = paths.shown(path);
        sink.state(&name, format!("{name} has mode {:o}: others can {}", stat.mode, others_can(stat.mode)))
            .see(doc.id, None, "too open")
            .tell(format!("`chmod 600 {name}`"));
    }
    for place in &case.world.places {
        let Some(stat) = place.stat.filter(|stat| stat.is_dir && stat.mode & 0o077 != 0) else { continue };
        let name = paths.shown(&place.path);
        sink.state(
            &name,
            format!(
                "the {} {name} has mode {:o}: others can {}",
                place.what,
                stat.mode,
                others_can(stat.mode)
            ),
        )
        .tell(format!("`chmod 700 {name}`"));
    }
}

fn others_can(mode: u32) -> &'static str {
    match (mode & 0o055 != 0, mode & 0o022 != 0) {
        (_, true) => "change it",
        (true, false) => "read it",
        (false, false) => "reach it",
    }
}

fn not_writable(case: &Case<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for (doc, path, _) in ours(case).filter(|(_, _, stat)| !stat.may_write(world.uid)) {
        if matches!(doc.kind, DocKind::Store | DocKind::StateDotenv | DocKind::Config) {
            let name = world.paths.shown(path);
            sink.state(&name, format!("{name} cannot be written by the user that runs this"))
                .see(doc.id, None, "read only")
                .tell(format!("`chmod u+w {name}`, as its owner"));
        }
    }
    for place in world.places.iter().filter(|place| place.what != "older agent directory") {
        if place.stat.is_some_and(|stat| !stat.may_write(world.uid)) {
            let name = world.paths.shown(&place.path);
            sink.state(
                &name,
                format!("the {} {name} cannot be written by the user that runs this", place.what),
            )
            .tell(format!("`chmod u+rwx {name}`, as its owner"));
        }
    }
}

fn several_state_dirs(case: &Case<'_>, sink: &mut Sink<'_>) {
    let paths = &case.world.paths;
    for other in &case.world.other_states {
        let (other, used) = (paths.shown(other), paths.shown(&paths.state));
        sink.state(&other, format!("{other} is a state directory too, but {used} is in use"))
            .tell("make sure that the gateway uses the same one");
    }
}

/// A staged file younger than this may belong to a writer at work: ten minutes.
const AT_WORK: Millis = HOUR / 6;

fn stale_temp(case: &Case<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for doc in &world.leftovers {
        let age = world.doc(*doc).stat.map_or(0, |stat| world.now.saturating_sub(stat.mtime));
        if age > AT_WORK {
            let (name, age) = (world.doc_name(*doc), crate::duration::short(age));
            let edit = Edit { doc: *doc, at: KeyPath::default(), to: To::RemoveFile };
            sink.state(&name, format!("{name} was left behind {age} ago by a writer that was killed")).edit(
                format!("remove {name}"),
                vec![edit],
                Class::Fix,
            );
        }
    }
}

fn wrong_owner(case: &Case<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    // Whoever runs this, the files should belong to whom the state directory belongs to.
    let state = world.places.iter().find(|place| place.path == world.paths.state);
    let Some(owner) = state.and_then(|place| place.stat).map(|stat| stat.uid) else { return };
    let whom = if owner == world.uid { "$USER".to_owned() } else { owner.to_string() };
    for (doc, path, stat) in ours(case).filter(|(_, _, stat)| stat.uid != owner) {
        let name = world.paths.shown(path);
        sink.state(
            &name,
            format!("{name} belongs to user {}, the state directory to user {owner}", stat.uid),
        )
        .see(doc.id, None, "another owner")
        .tell(format!("`sudo chown {whom} {name}`"));
    }
    if owner != world.uid && world.uid != 0 {
        let name = world.paths.shown(&world.paths.state);
        sink.state(&name, format!("the state directory {name} belongs to user {owner}, not to you"))
            .tell("run as its owner, or `sudo chown -R $USER` it");
    }
}
