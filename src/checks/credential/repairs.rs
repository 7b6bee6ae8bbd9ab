//! How credentials, and what the config says of them, are put right.

use crate::actual::{Credential, Kind, Store, Stored};
use crate::checks::repair;
use crate::desired::{Declared, Mode};
use crate::doc::KeyPath;
use crate::health::{self, WrongKind};
use crate::plan::{Draft, Edit, To};
use crate::providers::{self, PrefixKind};
use crate::resolve::{Candidate, Route};
use crate::secret::Secret;
use crate::sources::{DocKind, Tool};
use crate::status::{ProfileStatus, ProviderStatus};
use crate::world::World;

/// The mode that accepts what is stored.
fn mode(kind: Kind) -> &'static str {
    if kind == Kind::ApiKey { "api_key" } else { "oauth" }
}

/// Declares a stored profile beside those that are declared.
pub(super) fn declare(world: &World, provider: &ProviderStatus, profile: &ProfileStatus) -> Option<Edit> {
    let mut beside = world.desired.profiles.iter();
    let beside = beside.find(|declared| declared.provider == provider.provider)?;
    let mut at = repair::key_at(world, beside.loc)?;
    at.0.pop();
    let text = |text: &str| Draft::String(Secret::from(text));
    let fields = vec![
        ("provider".to_owned(), text(&provider.provider)),
        ("mode".to_owned(), text(mode(profile.credential()?.kind))),
    ];
    Some(Edit { doc: beside.loc.doc, at: at.key(profile.id()), to: To::Set(Draft::Table(fields)) })
}

/// Which of two profiles with one secret is not needed: the one that nothing names.
pub(super) fn superfluous<'s>(
    world: &World,
    store: &'s Store,
    one: &'s Stored,
    other: &'s Stored,
) -> &'s Stored {
    let named = |stored: &Stored| {
        let ordered = |order: &crate::desired::Order| order.ids.iter().any(|id| id.text == stored.id);
        let borrowed = Tool::ALL.into_iter().any(|tool| tool.row().profile == stored.id);
        let orders = || world.desired.orders.iter().chain(&store.orders);
        usize::from(world.desired.profile(&stored.id).is_some())
            + usize::from(orders().any(ordered))
            + usize::from(borrowed)
    };
    if named(other) > named(one) { one } else { other }
}

/// Takes a declared profile out of the config, and out of its orders.
pub(super) fn undeclared(world: &World, declared: &Declared) -> Vec<Edit> {
    let Some(at) = repair::key_at(world, declared.loc) else { return Vec::new() };
    let mut edits = vec![Edit { doc: declared.loc.doc, at, to: To::Remove }];
    for order in &world.desired.orders {
        let goes = |index: usize| order.ids[index].text == declared.id;
        if (0..order.ids.len()).any(goes) {
            edits.extend(repair::drop_entries(world, order, &goes));
        }
    }
    edits
}

/// The name under which a login that is declared as `<provider>:default` is really stored, and
/// the edits that use it: the one with its e-mail, the one that worked last, the only other one,
/// or the only one that is called like an e-mail address.
pub(super) fn renamed(
    world: &World,
    store: Option<&Store>,
    declared: &Declared,
) -> Option<(String, Vec<Edit>)> {
    let is_default = declared.id.strip_prefix(&declared.provider) == Some(":default");
    let store = store.filter(|_| is_default && declared.mode == Some(Mode::OAuth))?;
    let new = suggestion(world, store, declared)?;
    if world.desired.profile(&new).is_some() {
        return None;
    }
    let at = repair::key_at(world, declared.loc)?;
    let mut edits = vec![Edit { doc: declared.loc.doc, at, to: To::Rename(new.clone()) }];
    for order in &world.desired.orders {
        let known = order.ids.iter().any(|id| id.text == new);
        for entry in order.ids.iter().filter(|id| id.text == declared.id) {
            let at = repair::value_at(world, entry.loc)?;
            let to = if known { To::Remove } else { To::Set(Draft::String(Secret::from(new.as_str()))) };
            edits.push(Edit { doc: entry.loc.doc, at, to });
        }
    }
    Some((new, edits))
}

fn suggestion(world: &World, store: &Store, declared: &Declared) -> Option<String> {
    let login = |stored: &&Stored| {
        stored.provider == declared.provider
            && stored.credential().is_some_and(|credential| credential.kind == Kind::OAuth)
    };
    let logins: Vec<&Stored> = store.profiles.iter().filter(login).collect();
    let suffix = |stored: &&&Stored| stored.id.split_once(':').map_or("", |(_, suffix)| suffix).to_owned();
    let has_email = |stored: &&&Stored| {
        declared.email.as_ref().is_some_and(|email| {
            suffix(stored) == *email
                || stored.credential().and_then(|credential| credential.email.as_ref()) == Some(email)
        })
    };
    if let Some(found) = logins.iter().find(has_email) {
        return Some(found.id.clone());
    }
    let tree = world.doc(store.doc).whole_tree();
    let last = tree.as_deref().and_then(|tree| tree.get("lastGood")?.get(&declared.provider)?.as_str());
    if let Some(found) = logins.iter().find(|stored| Some(stored.id.as_str()) == last) {
        return Some(found.id.clone());
    }
    if let [only] = logins[..] {
        return Some(only.id.clone());
    }
    let addressed = |stored: &&&Stored| suffix(stored).contains('@') && suffix(stored).contains('.');
    match logins.iter().filter(addressed).collect::<Vec<_>>()[..] {
        [only] => Some(only.id.clone()),
        _ => None,
    }
}

/// Where a candidate's secret is kept by us: the document, and the path to it.
fn kept(world: &World, candidate: &Candidate) -> Option<(crate::doc::DocId, KeyPath)> {
    let loc = candidate.origin.loc?;
    let kind = world.doc(loc.doc).kind;
    let ours = match candidate.route {
        Route::Profile => kind == DocKind::Store,
        Route::Env => kind == DocKind::StateDotenv,
        Route::Ambient | Route::Config => false,
    };
    Some((loc.doc, repair::value_at(world, loc).filter(|_| ours)?))
}

/// Gives a secret the kind that it has: the type of a stored profile, or the name of a variable.
pub(super) fn right_kind(
    world: &World,
    candidate: &Candidate,
    credential: &Credential,
    wrong: WrongKind,
) -> Option<(String, Vec<Edit>)> {
    let kind = match wrong.is {
        PrefixKind::ApiKey => Kind::ApiKey,
        PrefixKind::Bearer => Kind::Token,
        PrefixKind::Refresh => return None,
    };
    if wrong.provider != credential.provider || credential.kind == Kind::OAuth {
        return None;
    }
    let (doc, at) = kept(world, candidate)?;
    if candidate.route == Route::Env {
        let free = |name: &str| world.env.bindings(name).is_empty();
        let var = providers::vars(wrong.provider).iter().find(|var| var.kind == kind && free(var.name))?;
        let what = format!("call {} {} in {}", candidate.name, var.name, world.doc_name(doc));
        return Some((what, vec![Edit { doc, at, to: To::Rename(var.name.to_owned()) }]));
    }
    let mut profile = at.clone();
    profile.0.pop();
    let field = crate::sources::store::secret_field(kind);
    let edits = vec![
        repair::text(doc, profile.key("type"), kind.word()),
        Edit { doc, at, to: To::Rename(field.to_owned()) },
    ];
    Some((format!("store {} as what it is, type {}", candidate.name, kind.word()), edits))
}

/// Takes quotes and blanks from around a secret, if that leaves a good one.
pub(super) fn stripped(
    world: &World,
    candidate: &Candidate,
    credential: &Credential,
    provider: &str,
) -> Option<Vec<Edit>> {
    let (doc, at) = kept(world, candidate)?;
    let text = credential.secret.expose();
    let inner = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ';'));
    let good = inner != text && health::malformed(inner, provider).is_none();
    good.then(|| vec![repair::text(doc, at, inner)])
}
