//! What use does to a profile: a failure makes it rest, a success frees it. Pure: what is recorded
//! before, what is recorded after. Who is tried next is for [`crate::policy::resolve`].
//!
//! The table of rests is the gateway's: 1, 5, 25 and then 60 minutes; after a billing failure 5, 10,
//! 20 and then 24 hours, as far as the config says nothing else. Failures that are older than the
//! window of 24 hours are forgotten.

pub(crate) mod judge;
pub mod reason;

use crate::catalog::paths::MAIN_AGENT;
use crate::change::advice::Command;
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::config::cooldowns::{self, Cooldowns};
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::policy::known::known_file;
pub use crate::policy::rotation::reason::FailureReason;
use crate::sys::Millis;
use crate::world::World;
use crate::world::actual::{Store, Usage};
use std::collections::BTreeMap;

/// Most doublings of the pause after billing failures.
const MOST_DOUBLINGS: u64 = 10;

/// What came of using a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// It worked.
    Well,
    /// It failed.
    Failed(FailureReason),
    /// It failed, and the provider said until when it is to rest, in milliseconds since the epoch. Said
    /// again within that rest, it is one failure.
    RestsUntil(FailureReason, Millis),
    /// Nothing: somebody says that it may be used again.
    Cleared,
}

impl Usage {
    /// What is recorded after it was used at `now`.
    #[must_use]
    pub fn after(&self, came: CallOutcome, provider: &str, settings: &Cooldowns, now: Millis) -> Self {
        let mut next = self.clone();
        match came {
            CallOutcome::Well => {
                let last_failure = self.last_failure;
                next = Self { last_used: now, last_failure, ..Self::default() };
            }
            CallOutcome::Cleared => {
                (next.errors, next.cooldown_until, next.disabled_until) = (0, 0, 0);
                next.disabled_reason = None;
                // What was paid since then is not to be punished twice as hard the next time.
                next.counts.remove(FailureReason::Billing.as_str());
            }
            CallOutcome::Failed(reason) if reason.is_of_credential() => {
                next.fail(reason, provider, settings, now);
            }
            CallOutcome::RestsUntil(reason, until) if reason.is_of_credential() => {
                if self.unusable_until(now) == 0 {
                    next.fail(reason, provider, settings, now);
                    (next.cooldown_until, next.disabled_until) = (self.cooldown_until, self.disabled_until);
                }
                next.rest(reason, until);
            }
            CallOutcome::Failed(_) | CallOutcome::RestsUntil(..) => {}
        }
        next
    }

    /// Rests until then, if it does not rest longer anyway.
    fn rest(&mut self, reason: FailureReason, until: Millis) {
        if matches!(reason, FailureReason::Billing | FailureReason::Scope | FailureReason::Overage) {
            self.disabled_until = self.disabled_until.max(until);
            self.disabled_reason = Some(reason.as_str().to_owned());
        } else {
            self.cooldown_until = self.cooldown_until.max(until);
        }
    }

    fn fail(&mut self, reason: FailureReason, provider: &str, settings: &Cooldowns, now: Millis) {
        if self.last_failure > 0 && now.saturating_sub(self.last_failure) > settings.window() {
            (self.errors, self.counts) = (0, BTreeMap::new());
        }
        self.last_failure = now;
        self.errors += 1;
        let count = self.counts.entry(reason.as_str().to_owned()).or_default();
        *count += 1;
        if reason == FailureReason::Billing {
            let doublings = u32::try_from((*count - 1).min(MOST_DOUBLINGS)).unwrap_or(0);
            let (base, most) = settings.billing(provider);
            self.disabled_until = now.saturating_add(base.saturating_mul(1 << doublings).min(most));
            self.disabled_reason = Some(reason.as_str().to_owned());
        } else {
            self.cooldown_until = now.saturating_add(settings.rest(self.errors, &cooldowns::LEGACY));
        }
    }

    /// The fields as the store has them; those that are not to be there have no value.
    fn fields(&self) -> Vec<(&'static str, Option<Draft>)> {
        let instant = |at: Millis| (at > 0).then_some(Draft::Int(at));
        let count = |count: u64| Draft::Int(i64::try_from(count).unwrap_or(i64::MAX));
        let counts: Vec<_> = self.counts.iter().map(|(name, n)| (name.clone(), count(*n))).collect();
        let reason = self.disabled_reason.as_deref().filter(|_| self.disabled_until > 0);
        vec![
            ("lastUsed", instant(self.last_used)),
            ("errorCount", Some(count(self.errors))),
            ("failureCounts", (!counts.is_empty()).then_some(Draft::Table(counts))),
            ("lastFailureAt", instant(self.last_failure)),
            ("cooldownUntil", instant(self.cooldown_until)),
            ("disabledUntil", instant(self.disabled_until)),
            ("disabledReason", reason.map(Draft::text)),
        ]
    }
}

/// The store in which the use of a profile is recorded, and the provider of the profile. What the config has a profile
/// take from a variable, a file or a program is used by that name too, so it rests as if it were stored.
///
/// # Errors
/// If `agent` has no such profile.
pub fn recorded<'w>(world: &'w World, agent: &str, id: &str) -> Result<(&'w Store, &'w str), Refusal> {
    for store in world.store(agent).into_iter().chain(world.store(MAIN_AGENT)) {
        known_file(world, store.doc)?;
    }
    let declared = world.desired.profile(id).filter(|declared| declared.from.is_elsewhere());
    let declared = declared.and_then(|own| Some((world.view(agent, &own.provider)?, own.provider.as_str())));
    let stored = || world.holder(agent, id).map(|(store, stored)| (store, stored.provider.as_str()));
    declared.or_else(stored).ok_or_else(|| {
        let command = Command::look(world.paths.command("models auth list"));
        let refusal = Refusal::state(format!("agent {agent} has no profile {id}"));
        refusal.help(command.then(" lists the profiles"))
    })
}

/// What records that it came so.
///
/// # Errors
/// If `agent` has no such profile.
pub fn record(world: &World, agent: &str, id: &str, came: CallOutcome) -> Proposals {
    let (store, provider) = recorded(world, agent, id)?;
    let before = store.usage(id);
    let after = before.after(came, provider, &world.desired.cooldowns, world.now);
    let at = KeyPath::of(&["usageStats", id]);
    let tree = world.doc(store.doc).tree();
    let own = tree.as_ref().and_then(|tree| tree.get("usageStats")?.get(id));
    let mut edits = Vec::new();
    let mut edit = |at: KeyPath, to: To| edits.push(Edit::value(store.doc, at, to));
    match own.filter(|own| matches!(own.value, crate::doc::Value::Object(_))) {
        None => {
            let fields =
                after.fields().into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            edit(at, To::Set(Draft::Table(fields.collect())));
        }
        Some(own) => {
            let was: BTreeMap<_, _> = before.fields().into_iter().collect();
            for (name, value) in after.fields() {
                let is_there = own.get(name).is_some();
                match value {
                    Some(value) if !is_there || !is_same(was.get(name), &value) => {
                        edit(at.key(name), To::Set(value));
                    }
                    None if is_there => edit(at.key(name), To::Remove),
                    _ => {}
                }
            }
        }
    }
    if came == CallOutcome::Well {
        edit(KeyPath::of(&["lastGood", provider]), To::text(id));
    }
    let what = match came {
        CallOutcome::Well => format!("record that {id} worked"),
        CallOutcome::Failed(reason) | CallOutcome::RestsUntil(reason, _) => {
            format!("record that {id} failed ({})", reason.as_str())
        }
        CallOutcome::Cleared => format!("clear the cooldown of {id}"),
    };
    Ok(vec![Proposal::new(what, edits)])
}

fn is_same(was: Option<&Option<Draft>>, value: &Draft) -> bool {
    match (was, value) {
        (Some(Some(Draft::Int(was))), Draft::Int(value)) => was == value,
        (Some(Some(Draft::String(was))), Draft::String(value)) => was == value,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::rotation::*;
    use crate::sys::time::{HOUR, MINUTE};

    const NOW: Millis = 1_800_000_000_000;

    fn failed(mut stats: Usage, reasons: &[(FailureReason, Millis)], settings: &Cooldowns) -> Usage {
        for (reason, at) in reasons {
            stats = stats.after(CallOutcome::Failed(*reason), "anthropic", settings, *at);
        }
        stats
    }

    #[test]
    fn rests_grow_with_failures_in_a_row() {
        let settings = Cooldowns::default();
        let mut stats = Usage::default();
        for (n, minutes) in [(1, 1), (2, 5), (3, 25), (4, 60), (5, 60), (6, 60)] {
            stats = failed(stats, &[(FailureReason::RateLimit, NOW)], &settings);
            assert_eq!((stats.errors, stats.cooldown_until), (n, NOW + minutes * MINUTE));
            assert_eq!((stats.disabled_until, stats.counts["rate_limit"]), (0, n));
        }
        // Of different kinds, they add up; a failure that is older than the window is forgotten.
        let mixed = [(FailureReason::Auth, NOW), (FailureReason::Timeout, NOW), (FailureReason::Format, NOW)];
        assert_eq!(failed(Usage::default(), &mixed, &settings).cooldown_until, NOW + 25 * MINUTE);
        for (later, errors) in [(24 * HOUR, 7), (24 * HOUR + 1, 1)] {
            let next = failed(stats.clone(), &[(FailureReason::Auth, NOW + later)], &settings);
            assert_eq!((next.errors, next.last_failure), (errors, NOW + later));
        }
    }

    #[test]
    fn billing_disables_for_longer_and_longer() {
        let mut stats = Usage::default();
        for (n, hours) in [(1, 5), (2, 10), (3, 20), (4, 24), (40, 24)] {
            while stats.counts.get("billing").is_none_or(|count| *count < n) {
                stats = failed(stats, &[(FailureReason::Billing, NOW)], &Cooldowns::default());
            }
            assert_eq!(stats.disabled_until, NOW + hours * HOUR, "{n}");
            assert_eq!((stats.cooldown_until, stats.disabled_reason.as_deref()), (0, Some("billing")));
        }
        // Other failures before it count for the rest, but not for how long it is disabled.
        let mixed =
            [(FailureReason::RateLimit, NOW), (FailureReason::RateLimit, NOW), (FailureReason::Billing, NOW)];
        let stats = failed(Usage::default(), &mixed, &Cooldowns::default());
        assert_eq!(
            (stats.errors, stats.disabled_until, stats.cooldown_until),
            (3, NOW + 5 * HOUR, NOW + 5 * MINUTE)
        );
        assert_eq!((stats.unusable_until(NOW), stats.unusable_until(NOW + 5 * HOUR)), (NOW + 5 * HOUR, 0));
    }

    #[test]
    fn an_end_that_the_provider_names_holds_and_is_not_prolonged_by_what_fails_within_it() {
        let settings = Cooldowns::default();
        let after = |stats: &Usage, reason, until, now| {
            stats.after(CallOutcome::RestsUntil(reason, until), "anthropic", &settings, now)
        };
        let first = after(&Usage::default(), FailureReason::RateLimit, NOW + 7_000, NOW);
        assert_eq!((first.errors, first.cooldown_until, first.disabled_until), (1, NOW + 7_000, 0));
        let again = after(&first, FailureReason::RateLimit, NOW + 7_000, NOW + 1);
        assert_eq!(again, first);
        // One that ends later is news.
        assert_eq!(after(&first, FailureReason::RateLimit, NOW + HOUR, NOW + 1).cooldown_until, NOW + HOUR);
        let scope = after(&Usage::default(), FailureReason::Scope, NOW + 24 * HOUR, NOW);
        assert_eq!(
            (scope.disabled_until, scope.disabled_reason.as_deref()),
            (NOW + 24 * HOUR, Some("scope"))
        );
        // What no other credential would change says nothing about this one.
        for reason in [FailureReason::Overloaded, FailureReason::Server] {
            assert_eq!(after(&first, reason, NOW + HOUR, NOW + 1), first);
            assert_eq!(first.after(CallOutcome::Failed(reason), "anthropic", &settings, NOW), first);
        }
    }

    #[test]
    fn success_frees_and_clearing_ends_both_kinds_of_rest() {
        let settings = Cooldowns::default();
        let bad =
            failed(Usage::default(), &[(FailureReason::Billing, NOW), (FailureReason::Auth, NOW)], &settings);
        let well = bad.after(CallOutcome::Well, "anthropic", &settings, NOW + 1);
        assert_eq!(well, Usage { last_used: NOW + 1, last_failure: NOW, ..Usage::default() });
        let cleared = bad.after(CallOutcome::Cleared, "anthropic", &settings, NOW + 1);
        let counts = [("auth".to_owned(), 1)].into();
        assert_eq!(cleared, Usage { counts, last_failure: NOW, ..Usage::default() });
        assert_eq!(cleared.unusable_until(NOW), 0);
    }
}
