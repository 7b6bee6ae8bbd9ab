//! What `models status` says, as data: per agent, every provider with its candidates and the
//! health of its profiles. Pure; text and JSON are made in `report/`.

use crate::catalog::hosts::is_local;
use crate::catalog::kind::Kind;
use crate::catalog::providers::{self, PROVIDERS};
use crate::config::CredentialSource;
use crate::policy::health::{self, HealthWord};
use crate::policy::models::{self, Used};
use crate::policy::probe;
use crate::policy::resolve::{self, Candidate, Resolution, Route, Verdict, Why};
use crate::sys::Millis;
use crate::world::World;
use crate::world::actual::{Credential, Store, Usage, refused_at};
use crate::world::asked::Asked;
use std::collections::{BTreeSet, HashSet};

/// What the user asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--provider`, normalised: only this one.
    pub provider: Option<String>,
    /// `--warn-within`, in milliseconds.
    pub warn_within: Option<Millis>,
    /// `--allow-refreshable`: a login that renews itself does not count as ending.
    pub allow_refreshable: bool,
}

/// The status of all agents asked for.
#[derive(Debug)]
pub struct Status {
    /// One per agent, in the order of the world's scope.
    pub agents: Vec<AgentStatus>,
    /// The warning window, in milliseconds.
    pub warn_within: Millis,
    /// Whether self-renewing logins do not count as ending.
    pub allow_refreshable: bool,
}

/// The status of one agent.
#[derive(Debug)]
pub struct AgentStatus {
    /// Its id.
    pub agent: String,
    /// Models in use, the default one first.
    pub models: Vec<Used>,
    /// Providers, relevant ones first, each group by id.
    pub providers: Vec<ProviderStatus>,
}

/// The status of a provider for an agent.
#[derive(Debug)]
pub struct ProviderStatus {
    /// Normalised id.
    pub provider: String,
    /// Whether it can change the exit code.
    pub relevant: bool,
    /// Whether it needs no credential of ours: a local endpoint, or a program with its own login.
    pub needs_none: bool,
    /// All candidates, as the bot sees them.
    pub resolution: Resolution,
    /// The candidates as this process sees them, where a service is the bot.
    pub here: Option<Resolution>,
    /// Whether the bot may have a credential that cannot be seen from here: nothing else can be used.
    pub hidden: bool,
    /// The health of its profiles, in the order of the candidates.
    pub profiles: Vec<ProfileStatus>,
    /// Until when everything rests that could be used, if that is longer than is tolerated.
    pub rests_until: Option<Millis>,
    /// What the provider said of what is chosen, if that still means something.
    pub asked: Option<Asked>,
    /// Whether it refused all that would be tried.
    pub refused: bool,
}

/// The health of one profile.
#[derive(Debug)]
pub struct ProfileStatus {
    /// Its candidate.
    pub candidate: Candidate,
    /// Its state in one word; `Missing` if there is no credential.
    pub word: HealthWord,
    /// Whether it can change the exit code: in the base list of a relevant provider.
    pub relevant: bool,
    /// What is recorded about its use.
    pub usage: Usage,
    /// Whether it is renewed on use, without a person.
    pub renews: bool,
}

impl ProfileStatus {
    /// Profile id.
    pub fn id(&self) -> &str {
        &self.candidate.name
    }

    /// The credential, if there is one.
    pub fn credential(&self) -> Option<&Credential> {
        self.candidate.credential.as_ref()
    }
}

impl ProviderStatus {
    /// The provider's state in one word, over those profiles that end.
    pub fn as_str(&self) -> HealthWord {
        let stored = self.profiles.iter().filter(|profile| profile.candidate.credential.is_some());
        let kinds: Vec<_> =
            stored.map(|profile| (profile.credential().map(|c| c.kind), profile.word)).collect();
        if kinds.is_empty() {
            return HealthWord::Missing;
        }
        let ending = kinds.iter().filter(|(kind, _)| *kind != Some(Kind::ApiKey)).map(|(_, word)| *word);
        ending.min().map_or(HealthWord::Static, |word| match word {
            HealthWord::Missing => HealthWord::Expired,
            HealthWord::Static => HealthWord::Ok,
            word => word,
        })
    }

    /// Until when a profile rests after failures at `now`, if it does: it may be chosen all the same.
    pub fn cooling_until(&self, candidate: &Candidate, now: Millis) -> Option<Millis> {
        let mut profiles = self.profiles.iter().filter(|_| candidate.route == Route::Profile);
        let profile = profiles.find(|profile| profile.id() == candidate.name)?;
        Some(profile.usage.unusable_until(now)).filter(|until| *until > 0)
    }

    /// Whether nothing can be used, as far as all can be seen.
    pub fn lacks(&self) -> bool {
        !self.is_usable() && !self.hidden
    }

    /// What this process would use, where the bot uses something else.
    pub fn otherwise(&self) -> Option<Option<&Candidate>> {
        let here = self.here.as_ref()?.chosen();
        let secret = |candidate: &Candidate| candidate.credential.as_ref().map(|c| c.secret.clone());
        let is_same = match (here, self.resolution.chosen()) {
            (Some(here), Some(bot)) => here.name == bot.name && secret(here) == secret(bot),
            (None, None) => true,
            _ => false,
        };
        (!is_same).then_some(here)
    }

    /// Whether anything can be used, now or after a rest that is tolerated.
    pub fn is_usable(&self) -> bool {
        self.needs_none || (self.resolution.usable().is_some() && self.rests_until.is_none() && !self.refused)
    }
}

impl AgentStatus {
    /// The provider of the default model.
    pub fn default_provider(&self) -> Option<&ProviderStatus> {
        self.provider_of(self.models.first()?)
    }

    /// The provider of a model; `None` if it was not looked at.
    pub fn provider_of(&self, used: &Used) -> Option<&ProviderStatus> {
        self.providers.iter().find(|status| status.provider == used.model.provider)
    }

    /// For what a provider is needed, in the order of the models.
    pub fn needed_by<'a>(&'a self, provider: &'a str) -> impl Iterator<Item = &'a Used> {
        self.models.iter().filter(move |used| used.model.provider == provider)
    }
}

/// The status of all agents in the world's scope.
pub fn of(world: &World, options: &Options) -> Status {
    let warn_within = world.warn_within(options.warn_within);
    let agents = world.scope.iter().map(|agent| of_agent(world, agent, options, warn_within)).collect();
    Status {
        agents,
        warn_within,
        allow_refreshable: options.allow_refreshable || world.desired.allow_refreshable,
    }
}

fn of_agent(world: &World, agent: &str, options: &Options, warn: Millis) -> AgentStatus {
    let models = models::in_use(&world.desired, agent);
    let mut relevant = relevant(world, &models);
    if let Some(only) = &options.provider {
        // What is asked for by name counts, whether or not anything else needs it.
        relevant = vec![only.clone()];
    }
    let others =
        others(world, agent).into_iter().filter(|id| options.provider.is_none() && !relevant.contains(id));
    let others: BTreeSet<String> = others.collect();
    let of = |id: &String, relevant| of_provider(world, agent, id, relevant, warn);
    let mut providers: Vec<ProviderStatus> = relevant.iter().map(|id| of(id, true)).collect();
    let others = others.iter().map(|id| of(id, false));
    providers.extend(others.filter(|status| !status.resolution.candidates.is_empty()));
    AgentStatus { agent: agent.to_owned(), models, providers }
}

/// Providers that can change the exit code: of models in use, declared, or ordered.
fn relevant(world: &World, models: &[Used]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let used = models.iter().map(|used| &used.model.provider);
    let declared = world.desired.profiles.iter().map(|profile| &profile.provider);
    let ordered = world.desired.orders.iter().map(|order| &order.provider);
    for id in used.chain(declared).chain(ordered) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}

/// Providers that something is known of, though nothing asks for them.
fn others(world: &World, agent: &str) -> Vec<String> {
    let stores = [world.store(agent), world.store(crate::catalog::paths::MAIN_AGENT)];
    let stored =
        stores.into_iter().flatten().flat_map(|store| store.profiles.iter().map(|s| s.provider.clone()));
    let allowed =
        world.desired.allowed.iter().filter_map(|allowed| models::resolve(&world.desired, &allowed.key.text));
    let own = world.desired.providers.iter().map(|provider| provider.id.clone());
    let in_env = PROVIDERS.iter().filter(|row| row.vars.iter().any(|var| world.bot().env.is_set(var.name)));
    stored
        .chain(allowed.map(|model| model.provider))
        .chain(own)
        .chain(in_env.map(|row| row.id.to_owned()))
        .collect()
}

fn of_provider(world: &World, agent: &str, provider: &str, relevant: bool, warn: Millis) -> ProviderStatus {
    let resolution = resolve::resolve(world, agent, provider);
    let service = world.bot_service();
    let here = service.map(|_| resolve::resolve_for(world, world.here(), agent, provider));
    let view = world.view(agent, provider);
    let base: HashSet<&str> = resolution.base().map(|candidate| candidate.name.as_str()).collect();
    let usable = resolution.usable().is_some();
    let profile = |candidate: &Candidate| ProfileStatus {
        word: candidate
            .credential
            .as_ref()
            .map_or(HealthWord::Missing, |credential| health::of(credential, world.now, warn)),
        // A login that is not stored matters only where there is nothing else.
        relevant: relevant && (base.contains(candidate.name.as_str()) || (!usable && is_unstored(candidate))),
        renews: renews(world, view, candidate),
        usage: view.map(|store| store.usage(&candidate.name)).unwrap_or_default(),
        candidate: candidate.clone(),
    };
    let profiles: Vec<ProfileStatus> = resolution.by(Route::Profile).map(profile).collect();
    // Only where nothing else is left is one chosen that rests.
    let chosen = resolution.chosen().filter(|chosen| chosen.route == Route::Profile);
    let chosen = chosen.and_then(|chosen| profiles.iter().find(|profile| profile.id() == chosen.name));
    let rests_until = chosen.map(|profile| profile.usage.unusable_until(world.now));
    // A rest that never ends is none that anybody tolerates.
    let never = |until| world.desired.cooldowns.is_impossible(provider, until, world.now);
    let most = world.now.saturating_add(world.rest_tolerance());
    let rests_until = rests_until.filter(|until| *until > world.now && (*until > most || never(*until)));
    ProviderStatus {
        provider: provider.to_owned(),
        relevant,
        needs_none: needs_none(world, provider),
        profiles,
        hidden: (service.is_some_and(|service| service.opaque)
            || resolution.candidates.iter().any(Candidate::is_elsewhere))
            && !usable
            && !needs_none(world, provider)
            && resolution.chosen().is_none_or(|chosen| chosen.route != Route::Profile),
        here,
        rests_until,
        asked: resolution.chosen().and_then(|chosen| probe::said_of(world, chosen)).cloned(),
        refused: probe::is_refused(world, &resolution),
        resolution,
    }
}

/// Whether a candidate is renewed on use: its login is the gateway's, can be renewed, and was not refused.
fn renews(world: &World, view: Option<&Store>, candidate: &Candidate) -> bool {
    let Some(credential) = &candidate.credential else { return false };
    let elsewhere = matches!(
        candidate.verdict,
        Verdict::Unusable(Why::Expired(_) | Why::Refused(_) | Why::NotSynced | Why::NoScope(_))
    );
    let token = credential.refresh.as_ref();
    let refused = view.zip(token).and_then(|(view, token)| refused_at(view, &candidate.name, token));
    let of_tool = matches!(crate::world::from(world, &candidate.name), CredentialSource::Tool(_));
    health::is_refreshable(&world.desired, credential, world.now)
        && !elsewhere
        && refused.is_none()
        && !(of_tool && world.desired.never_refresh_borrowed)
}

/// Whether it is a login of another program that is not in our store.
fn is_unstored(candidate: &Candidate) -> bool {
    !candidate.listed
        && matches!(candidate.verdict, Verdict::Unusable(Why::Expired(_) | Why::NotSynced | Why::NoScope(_)))
}

/// Whether the provider works without a credential of ours.
pub fn needs_none(world: &World, provider: &str) -> bool {
    if world.desired.is_cli_backend(provider) {
        return true;
    }
    let own = world.desired.provider(provider);
    let local = own.and_then(|own| own.base_url.as_deref()).is_some_and(is_local);
    let asked = own.is_some_and(|own| own.api_key.is_some() || own.auth.is_some());
    local && !asked && providers::vars(provider).is_empty()
}
