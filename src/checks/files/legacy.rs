//! What older versions left: stores that are imported, and a directory that is moved.

use crate::catalog::documents::DocKind;
use crate::catalog::paths::STORE_FILE;
use crate::change::advice::Advice;
use crate::change::proposal::Class;
use crate::checks::finding::{CheckInput, Severity, Sink};
use crate::doc::edit::ops::{Draft, Edit, FileAction, To};
use crate::doc::{Doc, KeyPath, State};
use crate::policy::advice::quoted_doc;
use crate::policy::sync;
use crate::world::OlderAgent;
use crate::world::actual::{Legacy, Store};
use crate::world::observe::legacy;
use std::collections::BTreeSet;
use std::path::Path;

pub(super) fn layout(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for doc in world.docs.iter().filter(|doc| matches!(doc.kind, DocKind::LegacyAuth | DocKind::LegacyOauth))
    {
        if doc.exists() {
            let held: Vec<_> =
                world.legacy.iter().filter(|legacy| legacy.credential.origin.doc == doc.id).collect();
            legacy_store(case, doc, &held, sink);
        }
    }
    if let Some(older) = &world.older_agent {
        older_agent(case, older, sink);
    }
}

/// The agent directory of an older version: moved as a whole where nothing is in the way, else
/// what is missing in the new one is moved, and then the rest aside.
fn older_agent(case: &CheckInput<'_>, older: &OlderAgent, sink: &mut Sink<'_>) {
    let world = case.world;
    let shown = |path: &Path| world.paths.shown(path);
    let (old, new) = (world.doc_name(older.dir), shown(&older.new));
    let message = format!("{old} is an agent directory from an older version, and is not used");
    let draft = sink.state(&old, message);
    let moves = |doc, to: &Path| Edit::file(doc, FileAction::MoveTo(to.to_owned()));
    let missing = older.entries.iter().filter(|entry| !entry.is_taken);
    // What is in it nobody has read.
    let holds = missing.clone().any(|entry| entry.to.ends_with(STORE_FILE));
    let missing: Vec<_> = missing.map(|entry| moves(entry.doc, &entry.to)).collect();
    let (what, edits) = if !older.new_is_there {
        (format!("move {old} to {new}"), vec![moves(older.dir, &older.new)])
    } else if missing.is_empty() {
        let aside = shown(&older.aside);
        (
            format!("move {old} to {aside}, because {new} already has everything in it"),
            vec![moves(older.dir, &older.aside)],
        )
    } else {
        (format!("move what {new} lacks from {old} to it"), missing)
    };
    draft.edit(what, edits, Class::Fix).rescues(holds && case.lacks());
}

/// An older store: to be imported, already imported, or passed over.
fn legacy_store(case: &CheckInput<'_>, doc: &Doc, held: &[&Legacy], sink: &mut Sink<'_>) {
    let name = case.world.doc_name(doc.id);
    let rm = format!("rm {}", quoted_doc(case.world, doc.id));
    let store = held.first().and_then(|legacy| case.world.store(&legacy.agent));
    let Some(store) = store else {
        let what = if doc.state == State::Parsed {
            "contains nothing to import".to_owned()
        } else {
            doc.state.in_words()
        };
        sink.state(&name, format!("{name}, from an older version, {what}"))
            .see(doc.id, None, "older store")
            .advise(Advice::say(format!("check {name}; if you do not need it, ")).run(rm));
        return;
    };
    let count = held.len();
    let draft =
        if case.world.doc(store.doc).state == State::Absent {
            let edits = import(case, doc, held);
            sink.state(
                &name,
                format!("{name}, from an older version, has {count} credentials that are not imported yet"),
            )
            .edit(format!("import {count} credentials from {name}"), edits, Class::Auto)
        } else if is_whole(doc, held) && held.iter().all(|legacy| is_stored(store, legacy)) {
            let edit = Edit::file(doc.id, FileAction::Remove);
            sink.state(&name, format!("everything in {name}, from an older version, is in the auth store"))
                .edit(format!("remove {name}"), vec![edit], Class::Auto)
        } else {
            let store = case.world.doc_name(store.doc);
            sink.state(&name, format!("{name}, from an older version, is not read, because {store} exists"))
                .advise(Advice::say(format!("move what you still need to {store}, then ")).run(rm))
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
    let stored = store.profile(&legacy.id).and_then(crate::world::actual::Stored::credential);
    stored.is_some_and(|stored| {
        let old = &legacy.credential;
        stored.kind == old.kind && stored.secret == old.secret && stored.refresh == old.refresh
    })
}

/// Stores the credentials under their new ids. The older file goes only if all of it was taken
/// over, and only an `auth.json`: `oauth.json` may serve other programs.
fn import(case: &CheckInput<'_>, doc: &Doc, held: &[&Legacy]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut taken = BTreeSet::new();
    // Of two entries for one id the first is taken; the file stays for the other.
    for legacy in held.iter().filter(|legacy| taken.insert(&legacy.id)) {
        let Some(store) = case.world.store(&legacy.agent) else { continue };
        let at = KeyPath::of(&["profiles", &legacy.id]);
        let fields = record(doc, legacy);
        edits.push(Edit::value(store.doc, at, To::Set(Draft::Table(fields))));
    }
    if is_whole(doc, held) {
        edits.push(Edit::file(doc.id, FileAction::Remove));
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
