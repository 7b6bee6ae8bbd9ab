//! Records of a store in which a field has another name than the gateway reads.

use crate::change::proposal::Class;
use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Edit, To};
use crate::policy::status::ProfileStatus;
use crate::world::World;
use crate::world::actual::{Misnamed, Store, Stored};

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
        let at = KeyPath::of(&["profiles", id]);
        let mut edits = Vec::new();
        for field in &stored.misnamed {
            // What stands there holds nothing.
            if field.in_the_way {
                edits.push(Edit::value(doc, at.key(field.reads), To::Remove));
            }
            edits.push(Edit::value(doc, at.key(&field.has), To::Rename(field.reads.to_owned())));
        }
        let says = stored
            .misnamed
            .iter()
            .map(|field| format!("has `{}`, the gateway reads `{}`", field.has, field.reads));
        let says = says.collect::<Vec<_>>().join("; ");
        // Without them there is no credential; without an end or a renewal there is one.
        let broken = profile.relevant && stored.misnamed.iter().any(Misnamed::is_vital);
        let draft = sink
            .state(id, format!("the record of {id} {says}"))
            .at_most(Severity::of(broken, profile.relevant))
            .agent(&agent.agent)
            .edit(format!("give the fields of {id} the names that are read"), edits, Class::Fix)
            .counts(if broken { CheckImpact::Broken } else { CheckImpact::No });
        stored.misnamed.iter().fold(draft, |draft, field| {
            draft.see(doc, Some(field.loc), format!("is to be `{}`", field.reads))
        });
    }
}
