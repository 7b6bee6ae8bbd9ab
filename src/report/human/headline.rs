//! The first line: can this agent talk, through what, and until when.

use crate::policy::health::{self, HealthWord};
use crate::policy::resolve::{Candidate, Route, Verdict};
use crate::policy::status::{AgentStatus, ProviderStatus};
use crate::report::human::StatusPage;
use crate::report::style::Sign;
use crate::sys::Millis;
use crate::sys::time::{date, short};
use crate::world::actual::{Credential, Expiry};

impl StatusPage<'_> {
    /// The line for an agent: about the provider of its default model, else about the one that
    /// was asked for.
    pub(super) fn headline(&self, agent: &AgentStatus) -> String {
        self.verdict(agent).map_or_else(String::new, |(sign, text)| self.signed(sign, &text))
    }

    /// Whether an agent can talk, in a sign and a sentence; nothing if it uses no provider.
    pub(super) fn verdict(&self, agent: &AgentStatus) -> Option<(Sign, String)> {
        let default = agent.default_provider();
        let provider = default.or(agent.providers.first())?;
        let name = self.labels.name(&agent.agent);
        if !self.world.config_is_known() {
            let config = self.world.doc_name(self.world.config.doc);
            return Some((
                Sign::Bad,
                format!("{config} cannot be read, so it is not known what {name} uses"),
            ));
        }
        let id = self.labels.name(&provider.provider);
        let (can, cannot) = match default {
            Some(_) => (format!("{name} can talk"), format!("{name} cannot talk")),
            None => (format!("{name} can use {id}"), format!("{name} cannot use {id}")),
        };
        Some(match provider.resolution.chosen() {
            Some(chosen) => self.can(&can, &id, provider, chosen),
            None if provider.needs_none => (Sign::Good, format!("{can}: {id} needs no credential")),
            None => (Sign::Bad, format!("{cannot}: {}", self.why_not(&id, provider))),
        })
    }

    fn can(&self, can: &str, id: &str, provider: &ProviderStatus, chosen: &Candidate) -> (Sign, String) {
        let through = format!("{id} through {}", self.labels.name(&chosen.name));
        if let Some(until) = self.cooling_until(provider, chosen) {
            let again = short(until - self.world.now);
            return (Sign::Soon, format!("{can}, but {through} rests after failures for {again}"));
        }
        match &chosen.credential {
            Some(credential) if self.words.malformed(chosen).is_some() => {
                let fault = self.words.malformed(chosen).unwrap_or_default();
                let cannot = can.replacen(" can ", " cannot ", 1);
                (Sign::Bad, format!("{cannot}: {through}, but that {} {fault}", credential.kind.label()))
            }
            Some(credential) => self.can_with(can, &through, credential),
            None => (Sign::Good, format!("{can}: {through}")),
        }
    }

    /// Until when a profile rests after failures, if it does: it may be chosen all the same.
    pub(super) fn cooling_until(&self, provider: &ProviderStatus, candidate: &Candidate) -> Option<Millis> {
        let mut profiles = provider.profiles.iter().filter(|_| candidate.route == Route::Profile);
        let profile = profiles.find(|profile| profile.id() == candidate.name)?;
        Some(profile.usage.unusable_until(self.world.now)).filter(|until| *until > 0)
    }

    fn can_with(&self, can: &str, through: &str, credential: &Credential) -> (Sign, String) {
        let now = self.world.now;
        let word = health::of(credential, now, self.status.warn_within);
        let renews = health::is_refreshable(credential);
        match (credential.expires, word) {
            (Expiry::At { at, .. }, HealthWord::Expired) => {
                let ago = short(now.saturating_sub(at));
                (Sign::Soon, format!("{can} only after a renewal: {through} expired {ago} ago"))
            }
            (Expiry::At { at, .. }, HealthWord::Expiring) => {
                let left = short(at - now);
                let sign = if renews && self.status.allow_refreshable { Sign::Good } else { Sign::Soon };
                let text = match renews {
                    true => format!("{can}: {through} ends in {left}, then renews itself"),
                    false => format!("{can}, but {through} ends in {left} ({})", date(at)),
                };
                (sign, text)
            }
            (Expiry::At { at, .. }, _) => {
                (Sign::Good, format!("{can}: {through}, until {} ({})", date(at), short(at - now)))
            }
            (Expiry::Never, _) => {
                (Sign::Good, format!("{can}: {through} ({}, no expiry)", credential.kind.label()))
            }
            (Expiry::Unknown | Expiry::Malformed, _) => {
                (Sign::Good, format!("{can}: {through}, expiry unknown"))
            }
        }
    }

    /// Why nothing of a provider can be used: what became of the first thing that was meant to.
    fn why_not(&self, id: &str, provider: &ProviderStatus) -> String {
        let meant = provider.resolution.base().find(|candidate| candidate.credential.is_some());
        let there = || provider.resolution.candidates.iter().find(|c| c.credential.is_some());
        let declared = || provider.resolution.base().next();
        let Some(candidate) = meant.or_else(there).or_else(declared) else {
            return format!("{id} has no credential");
        };
        let name = self.labels.name(&candidate.name);
        match &candidate.verdict {
            Verdict::Unusable(crate::policy::resolve::Why::Expired(at)) => {
                let ago = short(self.world.now.saturating_sub(*at));
                format!("{name} expired {ago} ago ({})", date(*at))
            }
            Verdict::Unusable(crate::policy::resolve::Why::NotStored) => {
                format!("{id} has no credential ({name} is not stored)")
            }
            _ => {
                let fate = self.words.fate(candidate, &provider.resolution.order);
                format!("{id} has nothing that can be used ({name}: {fate})")
            }
        }
    }
}
