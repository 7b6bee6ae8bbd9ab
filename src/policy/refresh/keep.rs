//! The edits that keep what a server gave, everywhere where the old refresh token stands, and those
//! that remember that it was refused. Pure.
//!
//! The files of other programs are otherwise only read. Here the three fields of a login are changed
//! in them, and nothing else, because the old tokens are of no use to anybody any more.

use crate::catalog::tools::LoginEnd;
use crate::change::proposal::Proposal;
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::policy::refresh::{Subject, Tokens};
use crate::policy::sync;
use crate::sys::Millis;
use crate::sys::digest::fingerprint;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::actual::{Borrowed, Credential, Expiry, LoginState, Store, refused_at};
use crate::world::observe::store::REFUSED;

/// When the server refused the refresh token, if it did.
pub(crate) fn was_refused(world: &World, subject: &Subject<'_>) -> Option<Millis> {
    refused_at(subject.store?, subject.profile, subject.token).filter(|at| *at <= world.now)
}

/// What keeps the tokens in place of the refresh token with the mark `of`.
pub(crate) fn tokens(world: &World, of: &str, tokens: &Tokens) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    for (store, profile, old) in stored(world, of) {
        let new = Credential {
            secret: tokens.access.clone(),
            refresh: tokens.refresh.clone().or_else(|| old.refresh.clone()),
            expires: Expiry::At { at: tokens.expires, seconds: false },
            ..old.clone()
        };
        let mut edits = sync::storing(store, profile, &new);
        edits.extend(forgetting(store, profile));
        proposals.push(Proposal::new(
            format!("renew the login of {profile} in {}", world.doc_name(store.doc)),
            edits,
        ));
    }
    for borrowed in borrowed(world, of) {
        // What is not a file is written by the program that keeps it.
        if world.doc(borrowed.doc).path.is_some() {
            let name = world.doc_name(borrowed.doc);
            let what = format!("write the renewed login of {} back to {name}", borrowed.tool.row().name);
            proposals.push(Proposal::new(what, back(borrowed, tokens, world.now)));
        }
    }
    proposals
}

/// What remembers that the refresh token with the mark `of` was refused.
pub(crate) fn refused(world: &World, of: &str) -> Vec<Proposal> {
    let one = |(store, profile, _): (&Store, &str, &Credential)| {
        let at = KeyPath::of(&["usageStats", profile, REFUSED]);
        let fields = vec![("of".to_owned(), Draft::text(of)), ("at".to_owned(), Draft::Int(world.now))];
        let edit = Edit::value(store.doc, at, To::Set(Draft::Table(fields)));
        Proposal::new(
            format!("note in {} that {profile} needs a new login", world.doc_name(store.doc)),
            vec![edit],
        )
    };
    stored(world, of).map(one).collect()
}

/// The stored logins with this refresh token.
pub(crate) fn stored<'w>(
    world: &'w World,
    of: &'w str,
) -> impl Iterator<Item = (&'w Store, &'w str, &'w Credential)> {
    world.stores.iter().flat_map(move |store| {
        let own = move |stored: &'w crate::world::actual::Stored| {
            let credential = stored.credential()?;
            let is_it = credential.refresh.as_ref().is_some_and(|token| fingerprint(token) == of);
            is_it.then_some((store, stored.id.as_str(), credential))
        };
        store.profiles.iter().filter_map(own)
    })
}

/// The other programs whose login has this refresh token.
pub(crate) fn borrowed<'w>(world: &'w World, of: &'w str) -> impl Iterator<Item = &'w Borrowed> {
    world.borrowed.iter().filter(move |borrowed| match &borrowed.found {
        LoginState::Login(login) => login.refresh.as_ref().is_some_and(|token| fingerprint(token) == of),
        _ => false,
    })
}

/// The edits that put the tokens into the place from which a login is borrowed.
pub(crate) fn back(borrowed: &Borrowed, tokens: &Tokens, now: Millis) -> Vec<Edit> {
    let fields = borrowed.tool.row().fields;
    let set = |path: &[&str], to: Draft| Edit::value(borrowed.doc, KeyPath::of(path), To::Set(to));
    let mut edits = vec![set(fields.access, Draft::String(tokens.access.clone()))];
    edits.extend(tokens.refresh.iter().map(|token| set(fields.refresh, Draft::String(token.clone()))));
    edits.push(match fields.end {
        LoginEnd::At(path) => set(path, Draft::Int(tokens.expires)),
        LoginEnd::Since(path) => {
            let now = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
            set(path, Draft::String(Secret::new(now.to_string())))
        }
    });
    edits
}

fn forgetting(store: &Store, profile: &str) -> Option<Edit> {
    store.usage.iter().find(|(id, usage)| id == profile && usage.refused.is_some())?;
    let at = KeyPath::of(&["usageStats", profile, REFUSED]);
    Some(Edit::value(store.doc, at, To::Remove))
}
