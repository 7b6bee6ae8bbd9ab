//! Orders in a store that are none: nothing reads them, and nothing would say so.

use crate::change::proposal::Class;
use crate::checks::finding::{CheckInput, Sink};
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::policy::meant;
use crate::sys::secret::Secret;
use crate::world::actual::{Store, UnreadOrder};

pub(super) fn not_a_list(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for store in &case.world.stores {
        let name = case.world.doc_name(store.doc);
        for unread in &store.unread_orders {
            let (subject, what) = match &unread.provider {
                Some(provider) => (
                    provider.as_str(),
                    format!("the order for {provider} in {name} is not a list of profiles"),
                ),
                None => ("order", format!("`order` in {name} is not a table with a list for each provider")),
            };
            let draft = sink.state(subject, format!("{what}, so it has no effect")).agent(&store.agent).see(
                store.doc,
                Some(unread.loc),
                "not read",
            );
            match listed(store, unread) {
                Some(edit) => {
                    draft.edit(format!("convert the order for {subject} to a list"), vec![edit], Class::Fix)
                }
                None => {
                    let set =
                        case.world.paths.command("models auth order set --provider PROVIDER PROFILE...");
                    draft.advise(format!("remove it, and set the order with `{set}`"))
                }
            };
        }
    }
}

/// The ids that a text lists, if all of them are stored.
fn listed(store: &Store, unread: &UnreadOrder) -> Option<Edit> {
    let (provider, text) = (unread.provider.as_deref()?, unread.text.as_deref()?);
    let parts: Vec<&str> = meant::parts(text).collect();
    let is_stored = |id: &&str| store.profiles.iter().any(|stored| stored.id == **id);
    let ids = || parts.iter().map(|id| Draft::String(Secret::from(*id))).collect();
    (!parts.is_empty() && parts.iter().all(is_stored))
        .then(|| Edit::value(store.doc, KeyPath::of(&["order", provider]), To::Set(Draft::List(ids()))))
}
