//! Which credential an agent uses for a provider, and why not the others. Pure.
//!
//! The rule is the gateway's: profiles in their order, then the environment, then the config's
//! own entry for the provider. Every candidate is kept, in order, with the reason of its fate.

pub(crate) mod others;
mod profiles;
mod references;

use crate::catalog::kind::Kind;
use crate::config::Mode;
use crate::doc::{DocId, Loc};
use crate::policy::form::{self, Flaw};
use crate::sys::Millis;
use crate::world::actual::{Credential, Origin};
use crate::world::exchanged::Exchanged;
use crate::world::{Sight, World};

/// Everything that could serve a provider for an agent.
#[derive(Debug)]
pub struct Resolution {
    /// Normalised provider.
    pub provider: String,
    /// Where the order of profiles comes from.
    pub order: OrderSource,
    /// All candidates, in the order in which they are tried.
    pub candidates: Vec<Candidate>,
    /// Whether it is known which credentials are meant; else none is chosen.
    pub is_known: bool,
    /// Until when what is used rests, if it is used because everything rests.
    pub rests_until: Option<Millis>,
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
    /// What is wrong with its secret, or what it is instead of one.
    pub flaw: Option<Flaw>,
    /// The short-lived token that was got for it, where its provider exchanges.
    pub exchanged: Option<Exchanged>,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Whether it is a profile of the order's base list.
    pub listed: bool,
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
    /// Over, and the server refused to renew it at that time.
    Refused(Millis),
    /// A login that is not for this: it lacks this scope.
    NoScope(&'static str),
    /// Its record has this, or nothing, where the gateway reads that.
    Misnamed(Option<String>, String),
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
    /// It stands in `./.env`, which is not asked.
    Untrusted,
    /// It is not known which credentials are meant: the config is wrong.
    Unknowable,
    /// It is a reference to this, and that gives nothing.
    Dangling(String),
    /// It is a reference to this, and what that gives is not known.
    Elsewhere(String),
}

impl Candidate {
    /// What makes its secret useless, if anything does.
    pub fn fatal(&self) -> Option<&Flaw> {
        self.flaw.as_ref().filter(|flaw| flaw.is_fatal())
    }

    /// Whether its secret is somewhere where it cannot be seen.
    pub fn is_elsewhere(&self) -> bool {
        matches!(self.verdict, Verdict::Unusable(Why::Elsewhere(_)))
    }

    fn cooling_until(&self) -> Option<Millis> {
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

    /// The candidate that is used, if it can work: the gateway sends the first that is there, whatever
    /// it is.
    pub fn usable(&self) -> Option<&Candidate> {
        self.chosen().filter(|candidate| candidate.fatal().is_none())
    }

    /// The candidates by one route.
    pub fn by(&self, route: Route) -> impl Iterator<Item = &Candidate> {
        self.candidates.iter().filter(move |candidate| candidate.route == route)
    }

    /// The profiles of the order's base list, also those that cannot be used.
    pub fn base(&self) -> impl Iterator<Item = &Candidate> {
        self.by(Route::Profile).filter(|candidate| candidate.listed)
    }
}

/// Resolves `provider` (normalised) for `agent` as the bot does.
pub fn resolve(world: &World, agent: &str, provider: &str) -> Resolution {
    resolve_for(world, world.bot(), agent, provider)
}

/// Resolves `provider` (normalised) for `agent` as who sees this does.
pub(crate) fn resolve_for(world: &World, sight: Sight<'_>, agent: &str, provider: &str) -> Resolution {
    let (order, mut candidates) = profiles::profiles(world, sight, agent, provider);
    candidates.extend(others::variables(sight, provider));
    candidates.extend(others::ambient(world, sight, provider));
    candidates.extend(others::configured(world, sight, provider));
    for candidate in &mut candidates {
        let Some(credential) = &candidate.credential else { continue };
        candidate.flaw = form::of(world, credential);
        candidate.exchanged = world.exchanged(credential).cloned();
    }
    let (provider, is_known) = (provider.to_owned(), world.auth_is_known());
    if !is_known {
        for candidate in candidates.iter_mut().filter(|candidate| candidate.verdict == Verdict::Later) {
            candidate.verdict = Verdict::Unusable(Why::Unknowable);
        }
        return Resolution { provider, order, candidates, is_known, rests_until: None };
    }
    // A resting profile is used only if nothing else can work; of several the one that is free first.
    let ready = |route: fn(Route) -> bool| {
        move |candidate: &Candidate| candidate.verdict == Verdict::Later && route(candidate.route)
    };
    let cooling = candidates.iter().enumerate().filter(|(_, candidate)| candidate.cooling_until().is_some());
    let cooling = cooling.min_by_key(|(_, candidate)| candidate.cooling_until()).map(|(at, _)| at);
    let chosen = candidates.iter().position(ready(|route| route == Route::Profile));
    let any = ready(|_| true);
    let sound = || candidates.iter().position(|candidate| any(candidate) && candidate.fatal().is_none());
    let chosen = chosen
        .or_else(|| cooling.and_then(|_| sound()))
        .or(cooling)
        .or_else(|| candidates.iter().position(&any));
    let rests_until = chosen.and_then(|at| candidates[at].cooling_until());
    if let Some(at) = chosen {
        candidates[at].verdict = Verdict::Chosen;
    }
    Resolution { provider, order, candidates, is_known, rests_until }
}

/// Whether a config mode accepts a stored kind: `oauth` takes tokens too.
pub fn accepts(mode: Mode, kind: Kind) -> bool {
    matches!(
        (mode, kind),
        (Mode::ApiKey, Kind::ApiKey) | (Mode::Token, Kind::Token) | (Mode::OAuth, Kind::OAuth | Kind::Token)
    )
}
