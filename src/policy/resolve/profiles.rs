//! Candidates by profile: the order's base list, each judged as if nothing stood before it.

use crate::catalog::kind::Kind;
use crate::catalog::tools::Tool;
use crate::config::{CredentialSource, Declared, Mode};
use crate::policy::health;
use crate::policy::resolve::{Candidate, OrderSource, Route, Verdict, Why, accepts, others};
use crate::world::actual::{Credential, Expiry, Held, Origin, Store};
use crate::world::{Sight, World, login};
use std::collections::HashSet;

pub(super) fn profiles(
    world: &World,
    sight: Sight<'_>,
    agent: &str,
    provider: &str,
) -> (OrderSource, Vec<Candidate>) {
    let Some(view) = world.view(agent, provider) else { return (OrderSource::Stored, Vec::new()) };
    let own = world.store(agent).and_then(|store| store.order(provider));
    let explicit = own.or_else(|| view.order(provider)).map(|order| (OrderSource::Store(order.loc), order));
    let of_config = || world.desired.order(provider).map(|order| (OrderSource::Config(order.loc), order));
    let explicit = explicit.or_else(of_config);
    let stored = stored_ids(view, provider);
    let declared: Vec<String> = world
        .desired
        .profiles
        .iter()
        .filter(|profile| profile.provider == provider)
        .map(|p| p.id.clone())
        .collect();
    let (source, base): (_, Vec<String>) = match explicit {
        Some((source, order)) => (source, order.ids.iter().map(|id| id.text.clone()).collect()),
        None if !declared.is_empty() => (OrderSource::Declared, declared),
        None => (OrderSource::Stored, stored.clone()),
    };
    let mut named: HashSet<&String> = HashSet::new();
    let base = base.iter().filter(|id| named.insert(id));
    let mut listed: Vec<Candidate> = base.map(|id| profile(world, sight, view, provider, id)).collect();
    sort(view, &source, &mut listed);
    for id in stored.iter().filter(|id| !named.contains(id)) {
        let candidate = profile(world, sight, view, provider, id);
        listed.push(Candidate { verdict: Verdict::Unusable(Why::LeftOut), listed: false, ..candidate });
    }
    for id in unstored_ids(world, view, provider).iter().filter(|id| !named.contains(id)) {
        listed.push(Candidate { listed: false, ..profile(world, sight, view, provider, id) });
    }
    (source, listed)
}

/// Profiles of the provider that are stored.
fn stored_ids(view: &Store, provider: &str) -> Vec<String> {
    let stored = view.profiles.iter().filter(|stored| stored.provider == provider);
    stored.map(|stored| stored.id.clone()).collect()
}

/// Logins of other programs that could not be stored; shown, so that it is seen why.
fn unstored_ids(world: &World, view: &Store, provider: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for tool in Tool::ALL.into_iter().filter(|tool| tool.row().provider == provider) {
        let id = tool.row().profile;
        let from = world.desired.profile(id).map(|declared| &declared.from);
        let ours = from.is_none_or(|from| *from == CredentialSource::Tool(tool));
        if ours && login(world, tool).is_some() && view.profile(id).is_none() {
            ids.push(id.to_owned());
        }
    }
    ids
}

/// One profile, judged as if nothing stood before it.
fn profile(world: &World, sight: Sight<'_>, view: &Store, provider: &str, id: &str) -> Candidate {
    let declared = world.desired.profile(id);
    let (origin, credential, fault) = locate(world, sight, view, id, declared);
    let verdict = match (&credential, fault) {
        (_, Some(why)) => Verdict::Unusable(why),
        (None, None) => Verdict::Unusable(Why::NotStored),
        (Some(credential), None) => match unusable(world, view, provider, id, declared, credential) {
            Some(why) => Verdict::Unusable(why),
            None => Verdict::Later,
        },
    };
    Candidate {
        name: id.to_owned(),
        route: Route::Profile,
        listed: true,
        origin,
        credential,
        flaw: None,
        exchanged: None,
        verdict,
    }
}

/// Where a profile's credential is, and what stands in the way of having it.
fn locate(
    world: &World,
    sight: Sight<'_>,
    view: &Store,
    id: &str,
    declared: Option<&Declared>,
) -> (Origin, Option<Credential>, Option<Why>) {
    let from = declared.map_or_else(|| CredentialSource::default_of(id), |declared| declared.from.clone());
    if from.is_elsewhere() {
        let (origin, credential) = elsewhere(world, sight, (id, declared), &from);
        return (origin, credential, None);
    }
    if let Some(stored) = view.profile(id) {
        let misnamed = stored.misnamed.iter().find(|field| field.is_vital());
        let misnamed = misnamed.map(|field| {
            let (has, reads) = field.pair();
            Why::Misnamed(has.map(str::to_owned), reads.to_owned())
        });
        let at = |loc| Origin { doc: view.doc, key: format!("profiles.\"{id}\""), loc: Some(loc) };
        return match &stored.held {
            Held::Credential(credential) if credential.secret.is_blank() && stored.reference.is_some() => {
                let credential = (**credential).clone();
                others::referenced(world, sight, stored.reference.as_ref(), credential)
            }
            Held::Credential(credential) => {
                let mut origin = credential.origin.clone();
                origin.loc = origin.loc.or(Some(stored.loc));
                (origin, Some((**credential).clone()), misnamed)
            }
            Held::UnknownType(loc) | Held::Broken(loc) => (at(*loc), None, misnamed.or(Some(Why::Unknown))),
        };
    }
    if let CredentialSource::Tool(tool) = from
        && let Some(login) = login(world, tool)
    {
        let end = login.expires.at().filter(|at| *at <= world.now);
        let scope = health::lacking_scope(login).map(Why::NoScope);
        let why = scope.unwrap_or_else(|| end.map_or(Why::NotSynced, Why::Expired));
        return (login.origin.clone(), Some(login.clone()), Some(why));
    }
    let loc = declared.map(|declared| declared.loc);
    (Origin { doc: world.config.doc, key: format!("auth.profiles.\"{id}\""), loc }, None, None)
}

/// What a profile has from a variable, a file or a program, and where that is.
fn elsewhere(
    world: &World,
    sight: Sight<'_>,
    (id, declared): (&str, Option<&Declared>),
    from: &CredentialSource,
) -> (Origin, Option<Credential>) {
    let kind = declared.and_then(|declared| declared.mode).map_or(Kind::ApiKey, |mode| match mode {
        Mode::ApiKey => Kind::ApiKey,
        Mode::OAuth | Mode::Token => Kind::Token,
    });
    let provider = declared.map_or("", |declared| declared.provider.as_str());
    let found = match from {
        CredentialSource::Env(name) => {
            let mut bindings = others::bindings(sight, name, kind, provider).into_iter();
            let found = bindings.find(|candidate| candidate.verdict == Verdict::Later);
            found.map(|found| (found.origin, found.credential))
        }
        _ => world.fetched(from).and_then(|fetched| {
            let origin = Origin { doc: fetched.doc, key: id.to_owned(), loc: None };
            let secret = fetched.secret.as_ref()?;
            let credential = others::static_credential(provider, kind, secret, &origin);
            Some((origin, Some(credential)))
        }),
    };
    let nowhere = || {
        let key = match from {
            CredentialSource::Env(name) => name.clone(),
            _ => id.to_owned(),
        };
        (Origin { doc: world.config.doc, key, loc: declared.map(|d| d.loc) }, None)
    };
    found.unwrap_or_else(nowhere)
}

fn unusable(
    world: &World,
    view: &Store,
    provider: &str,
    id: &str,
    declared: Option<&Declared>,
    credential: &Credential,
) -> Option<Why> {
    if credential.provider != provider {
        return Some(Why::OtherProvider(credential.provider.clone()));
    }
    if let Some(other) = declared.filter(|declared| declared.provider != provider) {
        return Some(Why::OtherProvider(other.provider.clone()));
    }
    if let Some(mode) =
        declared.and_then(|declared| declared.mode).filter(|mode| !accepts(*mode, credential.kind))
    {
        return Some(Why::Mode(mode, credential.kind));
    }
    if health::is_blank(credential) {
        return Some(Why::Blank);
    }
    if let Some(scope) = health::lacking_scope(credential) {
        return Some(Why::NoScope(scope));
    }
    // An elapsed login with a refresh token is renewed on use; a token is not.
    if let Expiry::At { at, .. } = credential.expires
        && at <= world.now
        && !health::is_refreshable(&world.desired, credential, world.now)
    {
        return Some(Why::Expired(at));
    }
    if credential.expires.at().is_some_and(|at| at <= world.now)
        && let Some(token) = &credential.refresh
        && let Some(at) = crate::world::actual::refused_at(view, id, token)
    {
        return Some(Why::Refused(at));
    }
    let until = view.usage(id).unusable_until(world.now);
    (until > 0).then_some(Why::Cooldown(until))
}

/// Puts profiles into the order in which they are tried: unusable and resting ones keep their
/// place in the list but rest behind the others, soonest release first.
fn sort(view: &Store, source: &OrderSource, listed: &mut [Candidate]) {
    let cooling_until = |candidate: &Candidate| match candidate.verdict {
        Verdict::Unusable(Why::Cooldown(until)) => until,
        _ => 0,
    };
    if matches!(source, OrderSource::Store(_) | OrderSource::Config(_)) {
        listed.sort_by_key(cooling_until);
        return;
    }
    let rank = |candidate: &Candidate| match candidate.credential.as_ref().map(|credential| credential.kind) {
        Some(Kind::OAuth) => 0,
        Some(Kind::Token) => 1,
        Some(Kind::ApiKey) => 2,
        None => 3,
    };
    listed.sort_by_key(|candidate| {
        (cooling_until(candidate), rank(candidate), view.usage(&candidate.name).last_used)
    });
}
