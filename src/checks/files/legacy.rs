//! What older versions left: stores to import, and an agent directory in another place.

use crate::actual::{Legacy, Store};
use crate::checks::{remedy, repair};
use crate::doc::{Doc, KeyPath, State};
use crate::finding::{Case, Severity, Sink};
use crate::plan::{Class, Draft, Edit, To};
use crate::sources::{DocKind, legacy};
use crate::sync;
use crate::world::OldAgent;
use std::collections::BTreeSet;

pub(super) fn legacy_layout(case: &Case<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for doc in world.docs.iter().filter(|doc| matches!(doc.kind, DocKind::LegacyAuth | DocKind::LegacyOauth))
    {
        if doc.exists() {
            let held: Vec<_> =
                world.legacy.iter().filter(|legacy| legacy.credential.origin.doc == doc.id).collect();
            legacy_store(case, doc, &held, sink);
        }
    }
    if let Some(old) = &world.old_agent {
        old_agent(case, old, sink);
    }
}

/// An agent directory in the place of an older version: it goes where it is looked for now. What
/// is there already stays, and so does what would be in its way.
fn old_agent(case: &Case<'_>, old: &OldAgent, sink: &mut Sink<'_>) {
    let paths = &case.world.paths;
    let (name, new) = (case.world.doc_name(old.doc), paths.shown(&old.to));
    let mut edits: Vec<Edit> = Vec::new();
    let mut rest = Vec::new();
    if old.to_exists {
        for entry in &old.entries {
            match &entry.to {
                Some(to) => edits.push(repair::whole(entry.doc, To::MoveTo(to.clone()))),
                None => rest.push(case.world.doc_name(entry.doc)),
            }
        }
        let last = if rest.is_empty() { To::RemoveFile } else { To::MoveTo(old.rest.clone()) };
        edits.push(repair::whole(old.doc, last));
    } else {
        edits.push(repair::whole(old.doc, To::MoveTo(old.to.clone())));
    }
    let kept = match &rest[..] {
        [] => String::new(),
        rest => format!("; kept in {}: {}", paths.shown(&old.rest), rest.join(", ")),
    };
    sink.state(&name, format!("{name} is an agent directory of an older version and is not used"))
        .see(old.doc, None, "older place")
        .edit(format!("move what is in {name} to {new}{kept}"), edits, Class::Fix);
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
                .tell(format!("move what you still need into {store}, then `rm {}`", remedy::quoted(&name)))
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
