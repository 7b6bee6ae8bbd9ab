//! What is remembered from request to request. Pure, but for a look at whether a secret was replaced.

use crate::config::cooldowns::{self, Cooldowns};
use crate::gateway::keeper::Ask;
use crate::pipeline::open::Open;
use crate::pipeline::serving::Rest;
use crate::policy::rotation::{CallOutcome, FailureReason};
use crate::sys::Millis;
use crate::sys::secret::Secret;
use crate::sys::time::{HOUR, MINUTE};
use std::collections::HashMap;

/// How long a success is not told again, in milliseconds.
const TOLD: Millis = MINUTE;

/// How many conversations are remembered, and how long one may be silent, in milliseconds.
const SESSIONS: (usize, Millis) = (10_000, HOUR);

/// Most models of which a rest is remembered.
const MODELS: usize = 1_000;

/// A credential that failed.
#[derive(Debug)]
struct Failed {
    agent: String,
    /// That with which it failed.
    secret: Secret,
    until: Millis,
    in_a_row: u64,
    reason: FailureReason,
}

/// What is remembered.
#[derive(Debug, Default)]
pub(super) struct Memory {
    failed: HashMap<String, Failed>,
    /// Of credentials that were replaced after a failure, the new one: what the store says of the old one does
    /// not count, also before it is taken out.
    replaced: HashMap<String, Secret>,
    models: HashMap<(String, String), (Millis, &'static str)>,
    well: HashMap<String, Millis>,
    sessions: HashMap<(String, String), (String, Millis)>,
}

impl Memory {
    /// Until when a credential rests for what is asked, if it does. With another secret than that with which
    /// it failed, it does not.
    pub(super) fn rests(&self, name: &str, secret: &Secret, ask: &Ask, now: Millis) -> Option<Millis> {
        let own = self.failed.get(name).filter(|failed| failed.secret == *secret).map(|failed| failed.until);
        let model = ask.model.as_deref().unwrap_or_default();
        let of = |who: &str| self.models.get(&(who.to_owned(), model.to_owned())).map(|(until, _)| *until);
        let until = [own, of(name), of(&ask.provider)].into_iter().flatten().max();
        until.filter(|until| *until > now)
    }

    /// Until when a credential with this secret rests, and why, if it does.
    pub(super) fn rest(&self, name: &str, secret: &Secret, now: Millis) -> Option<Rest> {
        let failed = self.failed.get(name).filter(|failed| failed.secret == *secret && failed.until > now)?;
        let (who, reason) = (name.to_owned(), failed.reason.as_str());
        Some(Rest { who, model: None, until: failed.until, reason })
    }

    /// The models that rest, the first to end first.
    pub(super) fn models(&self, now: Millis) -> Vec<Rest> {
        let resting = self.models.iter().filter(|(_, (until, _))| *until > now);
        let rest = |((who, model), (until, reason)): (&(String, String), &(Millis, &'static str))| Rest {
            who: who.clone(),
            model: Some(model.clone()),
            until: *until,
            reason,
        };
        let mut rests: Vec<Rest> = resting.map(rest).collect();
        rests.sort_by(|a, b| (a.until, &a.who, &a.model).cmp(&(b.until, &b.who, &b.model)));
        rests
    }

    /// Notes a failure; what is to be written of it, unless it is one within a rest.
    pub(super) fn failed(
        &mut self,
        agent: &str,
        (name, secret): (&str, &Secret),
        reason: FailureReason,
        until: Option<Millis>,
        (settings, now): (&Cooldowns, Millis),
    ) -> Option<CallOutcome> {
        if !reason.is_of_credential() {
            return None;
        }
        self.well.remove(name);
        let before = self.failed.get(name).filter(|failed| failed.secret == *secret);
        let rests = before.map_or(0, |failed| failed.until);
        if rests > now && until.is_none_or(|until| until <= rests) {
            return None;
        }
        let in_a_row = before.map_or(0, |failed| failed.in_a_row) + 1;
        // How long it rests that is not paid for, the config says.
        let until = match reason {
            FailureReason::Billing => None,
            FailureReason::Timeout if in_a_row < 2 => Some(now),
            _ => Some(until.unwrap_or_else(|| now + settings.rest(in_a_row, &cooldowns::SHORT))),
        };
        let rest = until.unwrap_or(now + HOUR);
        let failed =
            Failed { agent: agent.to_owned(), secret: secret.clone(), until: rest, in_a_row, reason };
        self.failed.insert(name.to_owned(), failed);
        self.replaced.remove(name);
        match until {
            None => Some(CallOutcome::Failed(reason)),
            Some(until) if until > now => Some(CallOutcome::RestsUntil(reason, until)),
            Some(_) => None,
        }
    }

    /// Notes a success; whether it is to be written.
    pub(super) fn well(&mut self, name: &str, now: Millis) -> bool {
        let ended = self.failed.remove(name).is_some();
        let is_told = self.well.get(name).is_some_and(|at| now - at < TOLD);
        if ended || !is_told {
            self.well.insert(name.to_owned(), now);
        }
        ended || !is_told
    }

    /// Notes that a model rests, for a credential or a provider.
    pub(super) fn model_rests(
        &mut self,
        who: &str,
        model: Option<&str>,
        until: Millis,
        reason: &'static str,
    ) {
        let Some(model) = model else { return };
        if self.models.len() >= MODELS {
            self.models.clear();
        }
        self.models.insert((who.to_owned(), model.to_owned()), (until, reason));
    }

    /// Profiles that failed with another secret than they have now, by agent; they are not remembered
    /// any more.
    pub(super) fn replaced(&mut self, open: &mut Open) -> Vec<(String, String)> {
        let is_replaced = |(name, failed): (&String, &Failed)| {
            let world = open.world(&failed.agent);
            let now = world.holder(&failed.agent, name).and_then(|(_, stored)| stored.credential());
            let secret = now.map(|now| &now.secret).filter(|secret| **secret != failed.secret)?;
            Some((failed.agent.clone(), name.clone(), secret.clone()))
        };
        let replaced: Vec<_> = self.failed.iter().filter_map(is_replaced).collect();
        for (_, name, secret) in &replaced {
            self.failed.remove(name);
            self.replaced.insert(name.clone(), secret.clone());
        }
        replaced.into_iter().map(|(agent, name, _)| (agent, name)).collect()
    }

    /// Whether a credential is one that took the place of one that had failed.
    pub(super) fn is_new(&self, name: &str, secret: &Secret) -> bool {
        self.replaced.get(name).is_some_and(|new| new == secret)
    }

    /// The credential with which a conversation stays.
    pub(super) fn stays(&mut self, session: &str, provider: &str, now: Millis) -> Option<String> {
        let (name, at) = self.sessions.get_mut(&(session.to_owned(), provider.to_owned()))?;
        if now - *at > SESSIONS.1 {
            return None;
        }
        *at = now;
        Some(name.clone())
    }

    /// Notes with which credential a conversation stays.
    pub(super) fn stay(&mut self, session: &str, provider: &str, name: &str, now: Millis) {
        if self.sessions.len() >= SESSIONS.0 {
            self.sessions.retain(|_, (_, at)| now - *at <= SESSIONS.1);
        }
        if self.sessions.len() < SESSIONS.0 {
            self.sessions.insert((session.to_owned(), provider.to_owned()), (name.to_owned(), now));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::gateway::keeper::memory::*;

    const NOW: Millis = 1_800_000_000_000;
    const NAME: &str = "anthropic:a";

    fn key() -> Secret {
        Secret::from("key")
    }

    fn ask(model: &str) -> Ask {
        Ask {
            agent: "main".to_owned(),
            provider: "anthropic".to_owned(),
            model: Some(model.to_owned()),
            pinned: None,
            sticky: None,
            subscription: false,
        }
    }

    #[test]
    fn many_who_fail_at_once_are_one_failure() {
        let mut memory = Memory::default();
        let limit = FailureReason::RateLimit;
        let first = memory.failed("main", (NAME, &key()), limit, None, (&Cooldowns::default(), NOW));
        assert_eq!(first, Some(CallOutcome::RestsUntil(limit, NOW + 30_000)));
        assert_eq!(
            memory.failed("main", (NAME, &key()), limit, None, (&Cooldowns::default(), NOW + 1)),
            None
        );
        assert_eq!(memory.rests(NAME, &key(), &ask("m"), NOW + 29_999), Some(NOW + 30_000));
        assert_eq!(memory.rests(NAME, &key(), &ask("m"), NOW + 30_000), None);
        assert_eq!(memory.rest(NAME, &key(), NOW).map(|rest| rest.reason), Some("rate_limit"));
        assert!(
            memory.rest(NAME, &key(), NOW + 30_000).is_none()
                && memory.rest(NAME, &Secret::from("other"), NOW).is_none()
        );
        // With another secret it does not rest.
        assert_eq!(memory.rests(NAME, &Secret::from("other"), &ask("m"), NOW + 1), None);
        let next = memory.failed("main", (NAME, &key()), limit, None, (&Cooldowns::default(), NOW + 30_000));
        assert_eq!(next, Some(CallOutcome::RestsUntil(limit, NOW + 90_000)));
        // What the provider says counts, within a rest if it ends later.
        let said = memory.failed(
            "main",
            (NAME, &key()),
            limit,
            Some(NOW + HOUR),
            (&Cooldowns::default(), NOW + 31_000),
        );
        assert_eq!(said, Some(CallOutcome::RestsUntil(limit, NOW + HOUR)));
    }

    #[test]
    fn one_answer_that_is_late_is_none_and_two_are() {
        let mut memory = Memory::default();
        assert_eq!(
            memory.failed("main", (NAME, &key()), FailureReason::Timeout, None, (&Cooldowns::default(), NOW)),
            None
        );
        assert_eq!(memory.rests(NAME, &key(), &ask("m"), NOW), None);
        let second = memory.failed(
            "main",
            (NAME, &key()),
            FailureReason::Timeout,
            None,
            (&Cooldowns::default(), NOW + 1),
        );
        assert!(matches!(second, Some(CallOutcome::RestsUntil(..))));
    }

    #[test]
    fn a_success_is_told_once_a_minute_and_at_once_after_a_failure() {
        let mut memory = Memory::default();
        assert!(memory.well(NAME, NOW) && !memory.well(NAME, NOW + 1) && memory.well(NAME, NOW + MINUTE));
        memory.failed(
            "main",
            (NAME, &key()),
            FailureReason::Auth,
            None,
            (&Cooldowns::default(), NOW + MINUTE),
        );
        assert!(memory.well(NAME, NOW + MINUTE + 1));
    }

    #[test]
    fn models_rest_and_conversations_stay() {
        let mut memory = Memory::default();
        memory.model_rests("anthropic", Some("m"), NOW + 1_000, "overloaded");
        let rests = memory.models(NOW);
        assert_eq!((rests.len(), rests[0].until, rests[0].model.as_deref()), (1, NOW + 1_000, Some("m")));
        assert!(memory.models(NOW + 1_000).is_empty());
        assert_eq!(memory.rests(NAME, &key(), &ask("m"), NOW), Some(NOW + 1_000));
        assert_eq!(memory.rests(NAME, &key(), &ask("n"), NOW), None);
        memory.stay("s", "anthropic", NAME, NOW);
        assert_eq!(memory.stays("s", "anthropic", NOW + HOUR).as_deref(), Some(NAME));
        assert_eq!(memory.stays("s", "openai", NOW), None);
        assert_eq!(memory.stays("s", "anthropic", NOW + 3 * HOUR), None);
    }
}
