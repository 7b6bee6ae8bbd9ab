//! Records of a store of which the gateway does not read a field as it stands.

use crate::catalog::kind::Kind;
use crate::change::proposal::Class;
use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::doc::edit::ops::{Edit, To};
use crate::doc::{DocId, KeyPath};
use crate::policy::status::ProfileStatus;
use crate::world::World;
use crate::world::actual::{FieldFault, Misnamed, Store, Stored};

/// The record of a profile that has such fields.
fn record<'w>(world: &'w World, profile: &ProfileStatus) -> Option<(&'w Store, &'w Stored)> {
    let store = world.stores.iter().find(|store| store.doc == profile.candidate.origin.doc)?;
    let stored = store.profile(profile.id())?;
    (!stored.misnamed.is_empty()).then_some((store, stored))
}

pub(super) fn misnamed(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, _, profile) in case.profiles() {
        let Some((store, stored)) = record(case.world, profile) else { continue };
        let (id, doc) = (profile.id(), store.doc);
        let edits = stored.misnamed.iter().flat_map(|field| edits(doc, id, field)).collect();
        let says = stored.misnamed.iter().map(says).collect::<Vec<_>>().join("; ");
        let are_names = stored.misnamed.iter().all(|field| matches!(field.fault, FieldFault::Name { .. }));
        let what = match are_names {
            true => format!("rename the fields of {id} to the names that the gateway reads"),
            false => format!("correct the record of {id}"),
        };
        // Without them there is no credential, and a login without an end is never renewed; a token without
        // one, or what is not renewed, can be used.
        let is_login = profile.credential().is_some_and(|held| held.kind == Kind::OAuth);
        let breaks = |field: &Misnamed| field.is_vital() || is_login && field.reads == "expires";
        let broken = profile.relevant && stored.misnamed.iter().any(breaks);
        let draft = sink
            .state(id, format!("the record of {id} {says}"))
            .at_most(Severity::of(broken, profile.relevant))
            .agent(&agent.agent)
            .edit(what, edits, Class::Fix)
            .counts(if broken { CheckImpact::Broken } else { CheckImpact::No });
        stored.misnamed.iter().fold(draft, |draft, field| {
            let label = match &field.fault {
                FieldFault::Absent(_) => format!("without `{}`", field.reads),
                _ => format!("must be `{}`", field.pair().1),
            };
            draft.see(doc, Some(field.loc), label)
        });
    }
}

/// What is wrong with a field, after the name of the record.
fn says(field: &Misnamed) -> String {
    match &field.fault {
        FieldFault::Name { has, .. } => format!("has `{has}`, the gateway reads `{}`", field.reads),
        FieldFault::Word { has, reads } => {
            format!("has the {} `{has}`, the gateway reads `{reads}`", field.reads)
        }
        FieldFault::Absent(is) => format!("lacks `{}`, which is `{is}`", field.reads),
    }
}

/// What makes it readable.
fn edits(doc: DocId, id: &str, field: &Misnamed) -> Vec<Edit> {
    let record = KeyPath::of(&["profiles", id]);
    let at = record.key(field.reads);
    match &field.fault {
        FieldFault::Name { has, in_the_way } => {
            let rename = Edit::value(doc, record.key(has), To::Rename(field.reads.to_owned()));
            // What stands there holds nothing.
            let removed = in_the_way.then(|| Edit::value(doc, at, To::Remove));
            removed.into_iter().chain([rename]).collect()
        }
        FieldFault::Word { reads: is, .. } | FieldFault::Absent(is) => {
            vec![Edit::value(doc, at, To::text(is))]
        }
    }
}
