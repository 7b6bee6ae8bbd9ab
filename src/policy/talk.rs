//! Can an agent talk, through what, and until when: the one judgement from which headlines, `canTalk`, plugins
//! and metrics speak. What else is wrong is said by the checks. Pure.

use crate::policy::form::Sort;
use crate::policy::health::{self, HealthWord};
use crate::policy::models::reference::is_forbidden;
use crate::policy::models::{ModelRole, Used};
use crate::policy::resolve::{Candidate, Route};
use crate::policy::status::{AgentStatus, ProviderStatus, Status};
use crate::sys::Millis;
use crate::world::World;
use crate::world::actual::{Credential, Expiry};
use crate::world::asked::Came;

/// Whether an agent can talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Can {
    /// As far as can be seen without asking the provider.
    Yes,
    /// For now, or not before something else has happened.
    Limited,
    /// It cannot be told.
    Unknown,
    /// It cannot.
    No,
}

impl Can {
    /// The word that documents have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Limited => "limited",
            Self::Unknown => "unknown",
            Self::No => "no",
        }
    }
}

/// What decides it. Instants are in milliseconds since the epoch.
#[derive(Clone, Copy, Debug)]
pub enum Because {
    /// The config cannot be read.
    Config,
    /// What the config says of credentials is wrong.
    Auth,
    /// What the service gets cannot be seen, and nothing else can be used.
    Hidden,
    /// The provider needs no credential of ours.
    NeedsNone,
    /// There is nothing that can be used.
    Lacks,
    /// All of it rests after failures until then, longer than is tolerated.
    RestsLong(Millis),
    /// There are homes of several programs, and which one is meant is not said.
    Home,
    /// What is used rests after failures until then.
    Rests(Millis),
    /// The secret cannot work.
    Useless,
    /// The secret is of a form of which nobody has heard.
    Unheard,
    /// It renews itself. When what it has now ends, and until when it can, if that is known.
    Renews(Millis, Option<Millis>),
    /// It expired then, and has to be renewed.
    Expired(Millis),
    /// It expires then, within the warning window.
    Expiring(Millis),
    /// It expires then.
    Lasts(Millis),
    /// It does not expire.
    Endless,
    /// A login that does not say when it expires, so that it is never renewed.
    Unending,
    /// When it expires cannot be read.
    EndUnreadable,
    /// When it expires is recorded nowhere.
    EndUnknown,
    /// The surroundings give it.
    Around,
    /// The provider was asked then, and this came of it.
    Asked(Came, Millis, Option<Millis>),
}

/// The model by which an agent talks whose default model is of no use.
#[derive(Clone, Copy, Debug)]
pub struct Fallback<'s> {
    /// The first of its fallback models that can be used.
    pub model: &'s Used,
    /// Whether it cannot be told of the default model; else that cannot be used.
    pub is_least: bool,
}

/// The judgement about an agent.
#[derive(Clone, Copy, Debug)]
pub struct Talk<'s> {
    /// The agent.
    pub agent: &'s AgentStatus,
    /// The provider by which it talks or should: of its default model, of its fallback, else the one that was
    /// asked for.
    pub provider: &'s ProviderStatus,
    /// Whether the whole agent is judged, and not only the provider that was asked for.
    pub is_default: bool,
    /// The fallback by which it talks, if its default model does not do.
    pub fallback: Option<Fallback<'s>>,
    /// Whether it can.
    pub can: Can,
    /// What decides it; about what is chosen of the provider, if anything is.
    pub because: Because,
    /// When the provider accepted what is chosen, if it said nothing else since.
    pub verified: Option<Millis>,
}

/// The judgement about an agent; `None` if it uses no provider.
pub fn of<'s>(world: &World, status: &Status, agent: &'s AgentStatus) -> Option<Talk<'s>> {
    let default = agent.default_provider();
    let provider = default.or(agent.providers.first())?;
    let (can, because) = about(world, status, provider);
    let verified = verified(provider);
    let talk =
        Talk { agent, provider, is_default: default.is_some(), fallback: None, can, because, verified };
    Some(if matches!(can, Can::Yes | Can::Limited) { talk } else { by_fallback(world, status, talk) })
}

/// The same where the default model does not do: by the best of the fallbacks, of equals the first.
fn by_fallback<'s>(world: &World, status: &Status, talk: Talk<'s>) -> Talk<'s> {
    let agent = talk.agent;
    let is_next = |used: &&Used| used.role == ModelRole::Fallback && !is_forbidden(world, &agent.agent, used);
    let next: Vec<_> =
        agent.models.iter().filter(is_next).map(|used| (used, agent.provider_of(used))).collect();
    // With one provider asked for, the others are not looked at.
    let is_seen = next.iter().all(|(_, provider)| provider.is_some());
    let judged = next.into_iter().filter_map(|(model, provider)| {
        let (can, because) = about(world, status, provider?);
        matches!(can, Can::Yes | Can::Limited).then_some((model, provider?, can, because))
    });
    match judged.min_by_key(|(_, _, can, _)| *can).filter(|_| talk.is_default) {
        Some((model, provider, _, because)) => {
            let fallback = Some(Fallback { model, is_least: talk.can == Can::Unknown });
            Talk { provider, fallback, can: Can::Limited, because, verified: verified(provider), ..talk }
        }
        None => Talk { is_default: talk.is_default && is_seen, ..talk },
    }
}

/// Whether a provider can be used, and what decides it.
pub fn about(world: &World, status: &Status, provider: &ProviderStatus) -> (Can, Because) {
    match provider.resolution.chosen() {
        _ if !world.paths.unclear.is_empty() => (Can::Unknown, Because::Home),
        _ if !world.config_is_known() => (Can::No, Because::Config),
        _ if !world.auth_is_known() => (Can::No, Because::Auth),
        _ if provider.hidden => (Can::Unknown, Because::Hidden),
        Some(chosen) => through(world, status, provider, chosen),
        None if provider.needs_none => (Can::Yes, Because::NeedsNone),
        None => (Can::No, Because::Lacks),
    }
}

/// When a provider accepted what is chosen of it.
fn verified(provider: &ProviderStatus) -> Option<Millis> {
    provider.asked.as_ref().filter(|asked| asked.came == Came::Works).map(|asked| asked.at)
}

fn through(world: &World, status: &Status, provider: &ProviderStatus, chosen: &Candidate) -> (Can, Because) {
    if let Some(until) = provider.rests_until {
        return (Can::No, Because::RestsLong(until));
    }
    if let Some(asked) = provider.asked.as_ref().filter(|asked| asked.came != Came::Works) {
        let can = match asked.came {
            _ if provider.refused => Can::No,
            Came::Unreachable | Came::Address => Can::Unknown,
            _ => Can::Limited,
        };
        return (can, Because::Asked(asked.came, asked.at, asked.until));
    }
    if let Some(until) = provider.cooling_until(chosen, world.now) {
        return (Can::Limited, Because::Rests(until));
    }
    match (&chosen.credential, &chosen.flaw) {
        (Some(_), Some(flaw)) if flaw.is_fatal() => (Can::No, Because::Useless),
        (Some(_), Some(flaw)) if matches!(flaw.sort, Sort::Unheard | Sort::Perhaps) => {
            (Can::Limited, Because::Unheard)
        }
        (Some(credential), _) => {
            let profile = provider.profiles.iter().find(|profile| profile.id() == chosen.name);
            let renews = chosen.route == Route::Profile && profile.is_some_and(|profile| profile.renews);
            with(world, status, credential, renews)
        }
        (None, _) => (Can::Yes, Because::Around),
    }
}

fn with(world: &World, status: &Status, credential: &Credential, renews: bool) -> (Can, Because) {
    if renews && let Some(at) = credential.expires.at() {
        let soon = |end: Millis| end - world.now <= status.warn_within;
        let last = credential.terms.refresh_until;
        let is_limited = last.is_some_and(soon) || soon(at) && !status.allow_refreshable;
        return (if is_limited { Can::Limited } else { Can::Yes }, Because::Renews(at, last));
    }
    match (credential.expires, health::of(credential, world.now, status.warn_within)) {
        (Expiry::At { at, .. }, HealthWord::Expired) => (Can::Limited, Because::Expired(at)),
        (Expiry::At { at, .. }, HealthWord::Expiring) => (Can::Limited, Because::Expiring(at)),
        (Expiry::At { at, .. }, _) => (Can::Yes, Because::Lasts(at)),
        (Expiry::Never, _) => (Can::Yes, Because::Endless),
        (Expiry::Unknown | Expiry::Malformed, HealthWord::Missing) => (Can::No, Because::Unending),
        (Expiry::Malformed, _) => (Can::Limited, Because::EndUnreadable),
        (Expiry::Unknown, _) => (Can::Yes, Because::EndUnknown),
    }
}
