//! What a reference to a secret comes to. Variables and files are looked at; what a program or a database of the other
//! gateway would give is not known, because neither is asked.

use crate::config::secret_ref::SecretRef;
use crate::config::{CredentialSource, Desired};
use crate::doc::Node;
use crate::sys::secret::Secret;
use crate::world::actual::Origin;
use crate::world::env::Fate;
use crate::world::{Sight, World};
use serde_json::Value;

/// What a reference comes to.
pub(super) enum Referenced {
    /// The secret, and where it stands.
    Found(Secret, Origin),
    /// It refers to nothing.
    Nothing,
    /// It cannot be told from here.
    Unknown,
}

/// Follows a reference.
pub(super) fn follow(world: &World, sight: Sight<'_>, reference: &SecretRef) -> Referenced {
    match reference.source.as_str() {
        "env" if is_allowed(&world.desired, reference) => variable(sight, &reference.id),
        "env" => Referenced::Nothing,
        "file" => file(world, reference),
        _ => Referenced::Unknown,
    }
}

/// Whether the provider's list of variables, if there is one, has this one.
fn is_allowed(desired: &Desired, reference: &SecretRef) -> bool {
    let entry = reference.entry(desired.root.as_ref());
    let list = entry.and_then(|entry| entry.get("allowlist")).map(Node::items);
    list.is_none_or(|list| list.iter().any(|item| item.as_str() == Some(reference.id.as_str())))
}

fn variable(sight: Sight<'_>, name: &str) -> Referenced {
    let found = sight.env.bindings(name).into_iter().find(|binding| binding.fate == Fate::Wins);
    match found.filter(|binding| !binding.value.is_blank()) {
        Some(found) => {
            let origin = Origin { doc: found.doc, key: name.to_owned(), loc: found.loc };
            Referenced::Found(found.value.clone(), origin)
        }
        None => Referenced::Nothing,
    }
}

fn file(world: &World, reference: &SecretRef) -> Referenced {
    let entry = reference.entry(world.desired.root.as_ref());
    let text = |name: &str| entry.and_then(|entry| entry.get(name)).and_then(Node::as_str);
    let Some(path) = text("path") else { return Referenced::Nothing };
    let Some(fetched) = world.fetched(&CredentialSource::File(path.to_owned())) else {
        return Referenced::Unknown;
    };
    let whole = fetched.secret.as_ref();
    let found = match text("mode") {
        Some("singleValue") => whole.cloned(),
        _ => whole.and_then(|whole| {
            let document: Value = serde_json::from_str(whole.expose()).ok()?;
            document.pointer(&reference.id)?.as_str().map(Secret::from)
        }),
    };
    let origin = Origin { doc: fetched.doc, key: reference.id.clone(), loc: None };
    match found.filter(|secret| !secret.is_blank()) {
        Some(secret) => Referenced::Found(secret, origin),
        None => Referenced::Nothing,
    }
}
