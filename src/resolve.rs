//! Which credential an agent uses for a provider, and why not the others. Pure.
//!
//! The rule is the gateway's: profiles in their order, then the environment, then the config's
//! own entry for the provider. Every candidate is kept, in order, with the reason of its fate.

use crate::actual::{Credential, Expiry, Found, Held, Kind, Origin, Store};
use crate::desired::{Declared, From, Mode};
use crate::doc::{DocId, Loc};
use crate::health;
use crate::providers::{self, Ambient};
use crate::secret::Secret;
use crate::sources::{Tool, env::Fate, observe::ambient_file};
use crate::sys::Millis;
use crate::world::World;

/// Everything that could serve a provider for an agent.
#[derive(Debug)]
pub struct Resolution {
    /// Normalised provider.
    pub provider: String,
    /// Where the order of profiles comes from.
    pub order: OrderSource,
    /// All candidates, in the order in which they are tried.
    pub candidates: Vec<Candidate>,
}

/// Where the order of a provider's profiles comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderSource {
    /// The store's own `order`, at this place.
    Store(Loc),
    /// `auth.order` of the config, at this place.
    Config(Loc),
    /// The profiles that `auth.profiles` declares.
    Declared,
    /// All that is stored: logins, then tokens, then keys; the longest unused first.
    Stored,
}

/// One credential that could be used.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Profile id, variable, or the name of what else it is.
    pub name: String,
    /// By which way it is found.
    pub route: Route,
    /// Where it stands.
    pub origin: Origin,
    /// The credential; none if there is nothing, or if it rests on the surroundings.
    pub credential: Option<Credential>,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// The way by which a candidate is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A profile.
    Profile,
    /// A variable.
    Env,
    /// The surroundings, such as a cloud login.
    Ambient,
    /// `models.providers.<p>.apiKey`.
    Config,
}

/// What becomes of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is used.
    Chosen,
    /// It could be used; something before it is.
    Later,
    /// It cannot be used.
    Unusable(Why),
}

/// Why a candidate cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Declared or ordered, but nowhere stored.
    NotStored,
    /// Of this other provider.
    OtherProvider(String),
    /// The config's mode does not accept what is stored.
    Mode(Mode, Kind),
    /// Nothing inside.
    Blank,
    /// Over since then.
    Expired(Millis),
    /// A type of credential that we do not know, or a broken record.
    Unknown,
    /// In the other program's store, but not (yet) in ours.
    NotSynced,
    /// Resting until then.
    Cooldown(Millis),
    /// Stored, but the order or the declared profiles leave it out.
    LeftOut,
    /// The same variable is set by this earlier source.
    Shadowed(DocId),
    /// The same variable is set, empty, by this earlier source, which blocks this one.
    Blocked(DocId),
    /// Some of what it needs is missing.
    Incomplete,
}

impl Candidate {
    fn rests_until(&self) -> Option<Millis> {
        match self.verdict {
            Verdict::Unusable(Why::Cooldown(until)) => Some(until),
            _ => None,
        }
    }
}

impl Resolution {
    /// The candidate that is used.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.verdict == Verdict::Chosen)
    }

    /// The candidates by one route.
    pub fn by(&self, route: Route) -> impl Iterator<Item = &Candidate> {
        self.candidates.iter().filter(move |candidate| candidate.route == route)
    }

    /// The profiles of the order's base list, also those that cannot be used.
    pub fn base(&self) -> impl Iterator<Item = &Candidate> {
        self.by(Route::Profile).filter(|candidate| candidate.verdict != Verdict::Unusable(Why::LeftOut))
    }
}

/// Resolves `provider` (normalised) for `agent`.
pub fn resolve(world: &World, agent: &str, provider: &str) -> Resolution {
    let (order, mut candidates) = profiles(world, agent, provider);
    candidates.extend(variables(world, provider));
    candidates.extend(ambient(world, provider));
    candidates.extend(configured(world, provider));
    // A resting profile is used only if nothing else can be; then the one that is free first.
    let resting = |candidate: &&mut Candidate| candidate.rests_until().is_some();
    let ready = match candidates.iter().position(|candidate| candidate.verdict == Verdict::Later) {
        Some(at) => candidates.get_mut(at),
        None => candidates.iter_mut().filter(resting).min_by_key(|candidate| candidate.rests_until()),
    };
    if let Some(candidate) = ready {
        candidate.verdict = Verdict::Chosen;
    }
    Resolution { provider: provider.to_owned(), order, candidates }
}

fn profiles(world: &World, agent: &str, provider: &str) -> (OrderSource, Vec<Candidate>) {
    let Some(view) = world.view(agent, provider) else { return (OrderSource::Stored, Vec::new()) };
    let own = world.store(agent).and_then(|store| store.order(provider));
    let explicit = own.or_else(|| view.order(provider)).map(|order| (OrderSource::Store(order.loc), order));
    let of_config = || world.desired.order(provider).map(|order| (OrderSource::Config(order.loc), order));
    let explicit = explicit.or_else(of_config);
    let stored = stored_ids(world, view, provider);
    let declared: Vec<String> = world
        .desired
        .profiles
        .iter()
        .filter(|profile| profile.provider == provider)
        .map(|p| p.id.clone())
        .collect();
    let (source, base) = match explicit {
        Some((source, order)) => (source, order.ids.iter().map(|id| id.text.clone()).collect()),
        None if !declared.is_empty() => (OrderSource::Declared, declared),
        None => (OrderSource::Stored, stored.clone()),
    };
    let mut listed: Vec<Candidate> = Vec::new();
    for id in &base {
        if listed.iter().all(|known| known.name != *id) {
            listed.push(profile(world, view, provider, id));
        }
    }
    sort(view, &source, &mut listed);
    for id in stored.iter().filter(|id| !base.contains(id)) {
        let candidate = profile(world, view, provider, id);
        listed.push(Candidate { verdict: Verdict::Unusable(Why::LeftOut), ..candidate });
    }
    (source, listed)
}

/// Profiles of the provider that exist: stored ones, and logins of other programs that could
/// not be stored, so that they are seen.
fn stored_ids(world: &World, view: &Store, provider: &str) -> Vec<String> {
    let mut ids: Vec<String> = view
        .profiles
        .iter()
        .filter(|stored| stored.provider == provider)
        .map(|stored| stored.id.clone())
        .collect();
    for tool in Tool::ALL.into_iter().filter(|tool| tool.row().provider == provider) {
        let id = tool.row().profile;
        let from = world.desired.profile(id).map(|declared| &declared.from);
        let ours = from.is_none_or(|from| *from == From::Tool(tool));
        if ours && login(world, tool).is_some() && ids.iter().all(|known| known != id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

/// The login of another program, if there is one.
pub fn login(world: &World, tool: Tool) -> Option<&Credential> {
    world.borrowed.iter().find(|borrowed| borrowed.tool == tool).and_then(|borrowed| match &borrowed.found {
        Found::Login(credential) => Some(&**credential),
        _ => None,
    })
}

/// One profile, judged as if nothing stood before it.
fn profile(world: &World, view: &Store, provider: &str, id: &str) -> Candidate {
    let declared = world.desired.profile(id);
    let (origin, credential, fault) = locate(world, view, id, declared);
    let verdict = match (&credential, fault) {
        (_, Some(why)) => Verdict::Unusable(why),
        (None, None) => Verdict::Unusable(Why::NotStored),
        (Some(credential), None) => match unusable(world, view, provider, id, declared, credential) {
            Some(why) => Verdict::Unusable(why),
            None => Verdict::Later,
        },
    };
    Candidate { name: id.to_owned(), route: Route::Profile, origin, credential, verdict }
}

/// Where a profile's credential is, and what stands in the way of having it.
fn locate(
    world: &World,
    view: &Store,
    id: &str,
    declared: Option<&Declared>,
) -> (Origin, Option<Credential>, Option<Why>) {
    let from = declared.map_or_else(|| From::default_of(id), |declared| declared.from.clone());
    if let From::Env(name) = &from {
        let kind = declared.and_then(|declared| declared.mode).map_or(Kind::ApiKey, |mode| match mode {
            Mode::ApiKey => Kind::ApiKey,
            Mode::OAuth | Mode::Token => Kind::Token,
        });
        let provider = declared.map_or("", |declared| declared.provider.as_str());
        let candidate =
            bindings(world, name, kind, provider).into_iter().find(|c| c.verdict == Verdict::Later);
        return match candidate {
            Some(found) => (found.origin, found.credential, None),
            None => (
                Origin { doc: world.config.doc, key: name.clone(), loc: declared.map(|d| d.loc) },
                None,
                None,
            ),
        };
    }
    if let Some(stored) = view.profile(id) {
        let at = |loc| Origin { doc: view.doc, key: format!("profiles.\"{id}\""), loc: Some(loc) };
        return match &stored.held {
            Held::Credential(credential) => {
                let mut origin = credential.origin.clone();
                origin.loc = origin.loc.or(Some(stored.loc));
                (origin, Some(credential.clone()), None)
            }
            Held::UnknownType(loc) | Held::Broken(loc) => (at(*loc), None, Some(Why::Unknown)),
        };
    }
    if let From::Tool(tool) = from
        && let Some(login) = login(world, tool)
    {
        let end = login.expires.at().filter(|at| *at <= world.now);
        let why = end.map_or(Why::NotSynced, Why::Expired);
        return (login.origin.clone(), Some(login.clone()), Some(why));
    }
    let loc = declared.map(|declared| declared.loc);
    (Origin { doc: world.config.doc, key: format!("auth.profiles.\"{id}\""), loc }, None, None)
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
    // An elapsed login with a refresh token is renewed on use; a token is not.
    if let Expiry::At { at, .. } = credential.expires
        && at <= world.now
        && !health::is_refreshable(credential)
    {
        return Some(Why::Expired(at));
    }
    let until = view.usage(id).unusable_until(world.now);
    (until > 0).then_some(Why::Cooldown(until))
}

/// Whether a config mode accepts a stored kind: `oauth` takes tokens too.
pub fn accepts(mode: Mode, kind: Kind) -> bool {
    matches!(
        (mode, kind),
        (Mode::ApiKey, Kind::ApiKey) | (Mode::Token, Kind::Token) | (Mode::OAuth, Kind::OAuth | Kind::Token)
    )
}

/// Puts profiles into the order in which they are tried: unusable and resting ones keep their
/// place in the list but rest behind the others, soonest release first.
fn sort(view: &Store, source: &OrderSource, listed: &mut [Candidate]) {
    let rests = |candidate: &Candidate| match candidate.verdict {
        Verdict::Unusable(Why::Cooldown(until)) => until,
        _ => 0,
    };
    if matches!(source, OrderSource::Store(_) | OrderSource::Config(_)) {
        listed.sort_by_key(rests);
        return;
    }
    let rank = |candidate: &Candidate| match candidate.credential.as_ref().map(|credential| credential.kind) {
        Some(Kind::OAuth) => 0,
        Some(Kind::Token) => 1,
        Some(Kind::ApiKey) => 2,
        None => 3,
    };
    listed
        .sort_by_key(|candidate| (rests(candidate), rank(candidate), view.usage(&candidate.name).last_used));
}

fn variables(world: &World, provider: &str) -> Vec<Candidate> {
    let vars = providers::vars(provider);
    vars.iter().flat_map(|var| bindings(world, var.name, var.kind, provider)).collect()
}

/// A variable in every source that sets it.
fn bindings(world: &World, name: &str, kind: Kind, provider: &str) -> Vec<Candidate> {
    let one = |binding: crate::sources::env::Binding<'_>| {
        let origin = Origin { doc: binding.doc, key: name.to_owned(), loc: binding.loc };
        let verdict = match binding.fate {
            Fate::Shadowed(doc) => Verdict::Unusable(Why::Shadowed(doc)),
            Fate::Blocked(doc) => Verdict::Unusable(Why::Blocked(doc)),
            Fate::Filled(_) => Verdict::Unusable(Why::Blank),
            Fate::Wins if binding.value.is_blank() => Verdict::Unusable(Why::Blank),
            Fate::Wins => Verdict::Later,
        };
        let credential = static_credential(provider, kind, binding.value, &origin);
        Candidate { name: name.to_owned(), route: Route::Env, origin, credential: Some(credential), verdict }
    };
    world.env.bindings(name).into_iter().map(one).collect()
}

fn static_credential(provider: &str, kind: Kind, secret: &Secret, origin: &Origin) -> Credential {
    Credential {
        provider: provider.to_owned(),
        kind,
        secret: Secret::from(secret.expose().trim()),
        refresh: None,
        expires: if kind == Kind::ApiKey { Expiry::Never } else { Expiry::Unknown },
        expires_loc: None,
        email: None,
        account: None,
        origin: origin.clone(),
    }
}

fn ambient(world: &World, provider: &str) -> Vec<Candidate> {
    let ways = providers::find(provider).map_or(&[][..], |row| row.ambient);
    ways.iter().filter_map(|way| ambient_one(world, way)).collect()
}

/// One way through the surroundings; `None` if nothing of it is there.
fn ambient_one(world: &World, way: &Ambient) -> Option<Candidate> {
    let set = |name: &&str| world.env.get(name).is_some_and(|value| !value.is_blank());
    let groups: Vec<bool> = way.vars.iter().map(|group| group.iter().any(set)).collect();
    let file = way
        .file
        .map(|(var, place)| world.present.contains(&ambient_file(&world.paths, &world.env, var, place)));
    let parts: Vec<bool> = groups.into_iter().chain(file).collect();
    if parts.iter().all(|there| !there) {
        return None;
    }
    let complete = parts.iter().all(|there| *there);
    let doc = world.docs.iter().next().map_or(DocId(0), |doc| doc.id);
    Some(Candidate {
        name: way.label.to_owned(),
        route: Route::Ambient,
        origin: Origin { doc, key: way.label.to_owned(), loc: None },
        credential: None,
        verdict: if complete { Verdict::Later } else { Verdict::Unusable(Why::Incomplete) },
    })
}

fn configured(world: &World, provider: &str) -> Option<Candidate> {
    let own = world.desired.provider(provider)?;
    let (secret, loc) = own.api_key.as_ref()?;
    let key = format!("models.providers.{provider}.apiKey");
    let origin = Origin { doc: loc.doc, key, loc: Some(*loc) };
    let blank = secret.is_blank();
    Some(Candidate {
        name: "models.providers".to_owned(),
        route: Route::Config,
        credential: Some(static_credential(provider, Kind::ApiKey, secret, &origin)),
        origin,
        verdict: if blank { Verdict::Unusable(Why::Blank) } else { Verdict::Later },
    })
}
