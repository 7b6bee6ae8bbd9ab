//! The edits that keep what a server gave, everywhere where the old refresh token stands, and those
//! that remember that it was refused. Pure.
//!
//! The files of other programs are otherwise only read. Here the fields of a login are changed
//! in them, and nothing else, because the old tokens are of no use to anybody any more.

use crate::catalog::tools::LoginEnd;
use crate::change::proposal::Proposal;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{DocId, KeyPath, State};
use crate::policy::refresh::pending::PendingTokens;
use crate::policy::refresh::{Subject, Tokens};
use crate::policy::sync;
use crate::sys::Millis;
use crate::sys::digest::fingerprint;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::actual::{Borrowed, Credential, Expiry, LoginState, Store, Terms, refused_at};
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
            expires: Expiry::millis(tokens.expires),
            terms: Terms {
                refresh_until: tokens.refresh_until.or(old.terms.refresh_until),
                ..old.terms.clone()
            },
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
            format!("record in {} that {profile} needs a new login", world.doc_name(store.doc)),
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

/// What a document is called among places: its path, or what it is.
pub(crate) fn place(world: &World, doc: DocId) -> String {
    let found = world.doc(doc);
    found.path.as_ref().map_or_else(|| world.doc_name(doc), |path| path.display().to_string())
}

/// Where the refresh token with the mark `of` stands.
pub(crate) fn places(world: &World, of: &str) -> Vec<String> {
    let docs = stored(world, of).map(|(store, ..)| store.doc);
    let mut places: Vec<String> =
        docs.chain(borrowed(world, of).map(|borrowed| borrowed.doc)).map(|doc| place(world, doc)).collect();
    places.sort();
    places.dedup();
    places
}

/// Why it cannot be said that the tokens stand where they belong: a place cannot be read, still has what
/// they replace, or none has them. `None` if they are read everywhere.
pub(crate) fn unkept(world: &World, pending: &PendingTokens) -> Option<String> {
    let PendingTokens { of, tokens, places } = pending;
    let docs = || world.stores.iter().map(|store| store.doc).chain(world.borrowed.iter().map(|one| one.doc));
    let is_place = |doc: &DocId| places.is_empty() || places.contains(&place(world, *doc));
    for doc in docs().filter(is_place) {
        let state = &world.doc(doc).state;
        if !matches!(state, State::Parsed | State::Absent) {
            return Some(format!("{} {}", world.doc_name(doc), state.in_words()));
        }
    }
    let stored = world.stores.iter().flat_map(|store| {
        store.profiles.iter().filter_map(move |stored| Some((store.doc, stored.credential()?)))
    });
    let borrowed = world.borrowed.iter().filter_map(|borrowed| match &borrowed.found {
        LoginState::Login(login) => Some((borrowed.doc, &**login)),
        _ => None,
    });
    let marks: Vec<(DocId, bool, bool)> = stored
        .chain(borrowed)
        .filter_map(|(doc, login)| {
            let has = login.secret == tokens.access
                && (tokens.refresh.is_none() || login.refresh == tokens.refresh);
            Some((doc, has, fingerprint(login.refresh.as_ref()?) == *of))
        })
        .collect();
    if let Some((doc, ..)) = marks.iter().find(|(_, has, old)| *old && !has) {
        return Some(format!("{} still has the login that was renewed", world.doc_name(*doc)));
    }
    let nowhere = !marks.iter().any(|(_, has, _)| *has);
    nowhere.then(|| "the renewed login is not stored anywhere".to_owned())
}

/// The edits that put the tokens into the place from which a login is borrowed.
pub(crate) fn back(borrowed: &Borrowed, tokens: &Tokens, now: Millis) -> Vec<Edit> {
    let fields = borrowed.tool.row().fields;
    let set = |path: &[&str], to: Draft| Edit::value(borrowed.doc, KeyPath::of(path), To::Set(to));
    let mut edits = vec![set(fields.access, Draft::String(tokens.access.clone()))];
    edits.extend(tokens.refresh.iter().map(|token| set(fields.refresh, Draft::String(token.clone()))));
    let until = tokens.refresh_until.filter(|_| !fields.refresh_until.is_empty());
    edits.extend(until.map(|until| set(fields.refresh_until, Draft::Int(until))));
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
