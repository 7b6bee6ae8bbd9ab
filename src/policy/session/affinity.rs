//! Which profile a session goes on with: it sticks to one, so that the provider's cache of the
//! conversation stays warm, with the exceptions below.

use crate::policy::resolve::{self, Candidate, Verdict, Why};
use crate::policy::session::{Pin, SessionEntry, Source};
use crate::world::World;

/// What a session meets when it is about to answer.
#[derive(Clone, Copy)]
pub(crate) struct Turn<'a> {
    /// The profiles of the provider that could be tried, first one first; resting ones too.
    pub order: &'a [String],
    /// Whether a profile is stored, and is one of the provider.
    pub is_held: &'a dyn Fn(&str) -> bool,
    /// Whether a profile may be used now: neither resting nor switched off.
    pub is_usable: &'a dyn Fn(&str) -> bool,
    /// Whether a conversation begins.
    pub is_new: bool,
    /// How often the conversation was compacted.
    pub compactions: u64,
}

/// What a session goes on with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Affinity {
    /// The pin that it is to have; none if there is nothing to pin to.
    pub pin: Option<Pin>,
    /// Whether that has to be stored.
    pub is_changed: bool,
}

/// Which profile a session goes on with.
///
/// | situation | profile |
/// |---|---|
/// | the pin is not held, or the order leaves it out | as if there were none |
/// | the order is empty | none |
/// | pinned by a user, and the conversation goes on | the same |
/// | a conversation begins | the next usable one after the pin, else the first usable one |
/// | the conversation was compacted since | the next usable one: the cache is cold anyway |
/// | no pin, or it is not usable | the first usable one, or if none is, the first one |
/// | else | the same |
///
/// What is chosen here is recorded as the gateway's own choice, with the count of compactions.
pub(crate) fn stick(entry: &SessionEntry, turn: &Turn<'_>) -> Affinity {
    let stored = entry.pin.as_ref();
    let listed = |profile: &str| turn.order.is_empty() || turn.order.iter().any(|id| id == profile);
    let pin = stored.filter(|pin| (turn.is_held)(&pin.profile) && listed(&pin.profile));
    if turn.order.is_empty() {
        return Affinity { pin: None, is_changed: stored.is_some() && pin.is_none() };
    }
    let next = match pin {
        Some(pin) if pin.source() == Source::User && !turn.is_new => {
            return Affinity { pin: Some(pin.clone()), is_changed: false };
        }
        Some(pin) if turn.is_new => turn.after(&pin.profile),
        // Where no count is recorded, nothing can have grown.
        Some(pin) if pin.compactions.is_some_and(|before| turn.compactions > before) => {
            turn.after(&pin.profile)
        }
        Some(pin) if (turn.is_usable)(&pin.profile) => pin.profile.clone(),
        _ => turn.first(),
    };
    let wanted = Pin { profile: next, recorded: Some(Source::Auto), compactions: Some(turn.compactions) };
    Affinity { is_changed: stored != Some(&wanted), pin: Some(wanted) }
}

impl Turn<'_> {
    /// The first usable profile; the first one if none is.
    fn first(&self) -> String {
        let usable = self.order.iter().find(|id| (self.is_usable)(id));
        usable.or_else(|| self.order.first()).cloned().unwrap_or_default()
    }

    /// The next usable profile after this one, round and round; itself if there is no other.
    fn after(&self, profile: &str) -> String {
        let Some(at) = self.order.iter().position(|id| id == profile) else { return self.first() };
        let round = self.order[at + 1..].iter().chain(&self.order[..=at]);
        round.into_iter().find(|id| (self.is_usable)(id)).cloned().unwrap_or_else(|| profile.to_owned())
    }
}

/// [`stick`] for a session of `agent` with a model of `provider` (normalised), by what is stored.
pub(crate) fn stick_in(
    world: &World,
    agent: &str,
    provider: &str,
    entry: &SessionEntry,
    is_new: bool,
) -> Affinity {
    let resolution = resolve::resolve(world, agent, provider);
    let store = world.view(agent, provider);
    let is_cooling = |id: &str| store.is_some_and(|store| store.usage(id).unusable_until(world.now) > 0);
    let could = |candidate: &&Candidate| !matches!(&candidate.verdict, Verdict::Unusable(why) if !matches!(why, Why::Cooldown(_)));
    let order: Vec<String> =
        resolution.base().filter(could).map(|candidate| candidate.name.clone()).collect();
    let is_held = |id: &str| {
        let stored = store.and_then(|store| store.profile(id));
        stored.is_some_and(|stored| stored.provider == provider) || order.iter().any(|own| own == id)
    };
    let is_usable = |id: &str| !is_cooling(id);
    let compactions = entry.compactions;
    stick(entry, &Turn { order: &order, is_held: &is_held, is_usable: &is_usable, is_new, compactions })
}

#[cfg(test)]
mod tests {
    use crate::policy::session::affinity::*;

    const ORDER: [&str; 3] = ["p:a", "p:b", "p:c"];
    const AUTO: Option<Source> = Some(Source::Auto);
    const USER: Option<Source> = Some(Source::User);

    /// A pin as it is stored: profile, source, count of compactions.
    type Stored = Option<(&'static str, Option<Source>, Option<u64>)>;

    /// What a session meets: the order, what rests, whether it is new, compactions.
    type Meets = (&'static [&'static str], &'static [&'static str], bool, u64);

    const PLAIN: Meets = (&ORDER, &[], false, 0);
    const NEW: Meets = (&ORDER, &[], true, 0);

    /// What is so, the pin, what is met, the profile, and whether that has to be stored.
    type AffinityCase = (&'static str, Stored, Meets, Option<&'static str>, bool);

    #[rustfmt::skip]
    const CASES: &[AffinityCase] = &[
        ("nothing is pinned", None, PLAIN, Some("p:a"), true),
        ("a user's pin stays", Some(("p:b", USER, None)), PLAIN, Some("p:b"), false),
        ("it stays while it rests, and after a compaction", Some(("p:b", USER, Some(0))), (&ORDER, &["p:b"], false, 3), Some("p:b"), false),
        ("a pin without a source is a user's", Some(("p:c", None, None)), PLAIN, Some("p:c"), false),
        ("a new conversation moves on, even from a user's pin", Some(("p:b", USER, None)), NEW, Some("p:c"), true),
        ("it moves on round the end", Some(("p:c", AUTO, Some(0))), NEW, Some("p:a"), true),
        ("it passes over what rests", Some(("p:a", AUTO, Some(0))), (&ORDER, &["p:b"], true, 0), Some("p:c"), true),
        ("without a pin it begins at the first that is usable", None, (&ORDER, &["p:a"], true, 0), Some("p:b"), true),
        ("it stays where nothing else is usable", Some(("p:b", AUTO, Some(0))), (&ORDER, &["p:a", "p:c"], true, 0), Some("p:b"), false),
        ("a pin that is not held is none", Some(("q:x", USER, None)), PLAIN, Some("p:a"), true),
        ("a pin that the order leaves out is none", Some(("p:b", USER, None)), (&["p:a", "p:c"], &[], false, 0), Some("p:a"), true),
        ("the gateway's pin stays", Some(("p:b", AUTO, Some(2))), (&ORDER, &[], false, 2), Some("p:b"), false),
        ("a pin with a count and no source is the gateway's", Some(("p:b", None, Some(2))), (&ORDER, &[], false, 2), Some("p:b"), true),
        ("a compaction moves the gateway's pin on", Some(("p:a", AUTO, Some(2))), (&ORDER, &["p:b"], false, 3), Some("p:c"), true),
        ("a count that went down moves nothing", Some(("p:b", AUTO, Some(3))), (&ORDER, &[], false, 0), Some("p:b"), true),
        ("a pin that rests gives way to the first that is usable", Some(("p:b", AUTO, Some(0))), (&ORDER, &["p:b"], false, 0), Some("p:a"), true),
        ("where all rest, the first one is tried", Some(("p:b", AUTO, Some(0))), (&ORDER, &ORDER, false, 0), Some("p:a"), true),
        ("where all rest, a compaction moves nothing", Some(("p:b", AUTO, Some(0))), (&ORDER, &ORDER, false, 1), Some("p:b"), true),
        ("a count that is not recorded is recorded", Some(("p:b", AUTO, None)), (&ORDER, &[], false, 7), Some("p:b"), true),
        ("without an order there is no pin", None, (&[], &[], false, 0), None, false),
        ("without an order a pin that is not held goes", Some(("q:x", USER, None)), (&[], &[], false, 0), None, true),
    ];

    fn run(pin: &Stored, (order, cooling, is_new, compactions): Meets) -> Affinity {
        let of = |(profile, recorded, compactions): (&str, _, _)| {
            let profile = profile.to_owned();
            Pin { profile, recorded, compactions }
        };
        let entry = SessionEntry { pin: pin.map(of), compactions, ..SessionEntry::default() };
        let order: Vec<String> = order.iter().map(|id| (*id).to_owned()).collect();
        let is_held = |id: &str| ORDER.contains(&id);
        let is_usable = |id: &str| !cooling.contains(&id);
        stick(&entry, &Turn { order: &order, is_held: &is_held, is_usable: &is_usable, is_new, compactions })
    }

    #[test]
    fn a_session_sticks_to_its_profile_with_these_exceptions() {
        for (what, pin, meets, profile, changed) in CASES {
            let stuck = run(pin, *meets);
            let seen = stuck.pin.as_ref().map(|pin| pin.profile.as_str());
            assert_eq!((seen, stuck.is_changed), (*profile, *changed), "{what}");
        }
    }

    #[test]
    fn a_session_comes_to_rest() {
        for (what, pin, (order, cooling, is_new, compactions), ..) in CASES {
            let (mut pin, mut is_new) = (*pin, *is_new);
            // Where all rest, a pin gives way to the first one once more.
            for _ in 0..2 {
                let stuck = run(&pin, (order, cooling, is_new, *compactions)).pin;
                let known = |id: &str| ORDER.into_iter().find(|known| *known == id).unwrap();
                pin = stuck.map(|pin| (known(&pin.profile), pin.recorded, pin.compactions));
                is_new = false;
            }
            assert!(!run(&pin, (order, cooling, is_new, *compactions)).is_changed, "{what}");
        }
    }
}
