//! Which profile a session goes on with: it sticks to one, so that the provider's cache of the
//! conversation stays warm, with the exceptions below.

use super::{Entry, Pin, Source};
use crate::resolve::{self, Candidate, Verdict, Why};
use crate::world::World;

/// What a session meets when it is about to answer.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
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
pub struct Stuck {
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
pub fn stick(entry: &Entry, turn: &Turn<'_>) -> Stuck {
    let stored = entry.pin.as_ref();
    let listed = |profile: &str| turn.order.is_empty() || turn.order.iter().any(|id| id == profile);
    let pin = stored.filter(|pin| (turn.is_held)(&pin.profile) && listed(&pin.profile));
    if turn.order.is_empty() {
        return Stuck { pin: None, is_changed: stored.is_some() && pin.is_none() };
    }
    let next = match pin {
        Some(pin) if pin.source() == Source::User && !turn.is_new => {
            return Stuck { pin: Some(pin.clone()), is_changed: false };
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
    Stuck { is_changed: stored != Some(&wanted), pin: Some(wanted) }
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
pub fn stick_in(world: &World, agent: &str, provider: &str, entry: &Entry, is_new: bool) -> Stuck {
    let resolution = resolve::resolve(world, agent, provider);
    let store = world.view(agent, provider);
    let rests = |id: &str| store.is_some_and(|store| store.usage(id).unusable_until(world.now) > 0);
    let could = |candidate: &&Candidate| !matches!(&candidate.verdict, Verdict::Unusable(why) if !matches!(why, Why::Cooldown(_)));
    let order: Vec<String> =
        resolution.base().filter(could).map(|candidate| candidate.name.clone()).collect();
    let is_held = |id: &str| {
        let stored = store.and_then(|store| store.profile(id));
        stored.is_some_and(|stored| stored.provider == provider) || order.iter().any(|own| own == id)
    };
    let is_usable = |id: &str| !rests(id);
    let compactions = entry.compactions;
    stick(entry, &Turn { order: &order, is_held: &is_held, is_usable: &is_usable, is_new, compactions })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: [&str; 3] = ["p:a", "p:b", "p:c"];

    struct Case {
        what: &'static str,
        pin: Option<(&'static str, Option<Source>, Option<u64>)>,
        order: &'static [&'static str],
        resting: &'static [&'static str],
        is_new: bool,
        compactions: u64,
        profile: Option<&'static str>,
        changed: bool,
    }

    const PLAIN: Case = Case {
        what: "",
        pin: None,
        order: &ORDER,
        resting: &[],
        is_new: false,
        compactions: 0,
        profile: Some("p:a"),
        changed: true,
    };

    const AUTO: Option<Source> = Some(Source::Auto);
    const USER: Option<Source> = Some(Source::User);

    fn user_cases() -> Vec<Case> {
        vec![
            Case { what: "nothing is pinned", ..PLAIN },
            Case {
                what: "a user's pin stays",
                pin: Some(("p:b", USER, None)),
                profile: Some("p:b"),
                changed: false,
                ..PLAIN
            },
            Case {
                what: "a user's pin stays while it rests, and after a compaction",
                pin: Some(("p:b", USER, Some(0))),
                resting: &["p:b"],
                compactions: 3,
                profile: Some("p:b"),
                changed: false,
                ..PLAIN
            },
            Case {
                what: "a pin without a source is a user's",
                pin: Some(("p:c", None, None)),
                profile: Some("p:c"),
                changed: false,
                ..PLAIN
            },
            Case {
                what: "a new conversation moves on, even from a user's pin",
                pin: Some(("p:b", USER, None)),
                is_new: true,
                profile: Some("p:c"),
                ..PLAIN
            },
            Case {
                what: "a new conversation moves on round the end",
                pin: Some(("p:c", AUTO, Some(0))),
                is_new: true,
                profile: Some("p:a"),
                ..PLAIN
            },
            Case {
                what: "a new conversation without a pin begins at the first that is usable",
                resting: &["p:a"],
                is_new: true,
                profile: Some("p:b"),
                ..PLAIN
            },
            Case { what: "a pin that is not held is none", pin: Some(("q:x", USER, None)), ..PLAIN },
            Case {
                what: "a pin that the order leaves out is none",
                pin: Some(("p:b", USER, None)),
                order: &["p:a", "p:c"],
                ..PLAIN
            },
        ]
    }

    fn auto_cases() -> Vec<Case> {
        vec![
            Case {
                what: "the gateway's pin stays",
                pin: Some(("p:b", AUTO, Some(2))),
                compactions: 2,
                profile: Some("p:b"),
                changed: false,
                ..PLAIN
            },
            Case {
                what: "a pin with a count and no source is the gateway's",
                pin: Some(("p:b", None, Some(2))),
                compactions: 2,
                profile: Some("p:b"),
                ..PLAIN
            },
            Case {
                what: "a compaction moves the gateway's pin on",
                pin: Some(("p:a", AUTO, Some(2))),
                compactions: 3,
                resting: &["p:b"],
                profile: Some("p:c"),
                ..PLAIN
            },
            Case {
                what: "a pin that rests gives way to the first that is usable",
                pin: Some(("p:b", AUTO, Some(0))),
                resting: &["p:b"],
                ..PLAIN
            },
            Case {
                what: "where all rest, the first one is tried",
                pin: Some(("p:b", AUTO, Some(0))),
                resting: &ORDER,
                ..PLAIN
            },
            Case {
                what: "where all rest, a compaction moves nothing",
                pin: Some(("p:b", AUTO, Some(0))),
                resting: &ORDER,
                compactions: 1,
                profile: Some("p:b"),
                ..PLAIN
            },
            Case {
                what: "a count that is not recorded is recorded",
                pin: Some(("p:b", AUTO, None)),
                compactions: 7,
                profile: Some("p:b"),
                ..PLAIN
            },
            Case {
                what: "without an order there is no pin",
                order: &[],
                profile: None,
                changed: false,
                ..PLAIN
            },
            Case {
                what: "without an order a pin that is not held goes",
                pin: Some(("q:x", USER, None)),
                order: &[],
                profile: None,
                ..PLAIN
            },
        ]
    }

    fn run(case: &Case) -> Stuck {
        let pin = case.pin.map(|(profile, recorded, compactions)| Pin {
            profile: profile.to_owned(),
            recorded,
            compactions,
        });
        let entry = Entry { pin, compactions: case.compactions, ..Entry::default() };
        let order: Vec<String> = case.order.iter().map(|id| (*id).to_owned()).collect();
        let is_held = |id: &str| ORDER.contains(&id);
        let is_usable = |id: &str| !case.resting.contains(&id);
        let (is_new, compactions) = (case.is_new, case.compactions);
        stick(&entry, &Turn { order: &order, is_held: &is_held, is_usable: &is_usable, is_new, compactions })
    }

    #[test]
    fn a_session_sticks_to_its_profile_with_these_exceptions() {
        for case in user_cases().iter().chain(&auto_cases()) {
            let stuck = run(case);
            let profile = stuck.pin.as_ref().map(|pin| pin.profile.as_str());
            assert_eq!((profile, stuck.is_changed), (case.profile, case.changed), "{}", case.what);
        }
    }

    #[test]
    fn a_session_comes_to_rest() {
        for case in user_cases().iter().chain(&auto_cases()) {
            let mut case = Case { ..*case };
            // Where all rest, a pin gives way to the first one once more.
            for _ in 0..2 {
                let pin = run(&case).pin;
                case.is_new = false;
                case.pin = pin.map(|pin| {
                    let profile = ORDER.into_iter().find(|id| *id == pin.profile).unwrap();
                    (profile, pin.recorded, pin.compactions)
                });
            }
            assert!(!run(&case).is_changed, "{}", case.what);
        }
    }
}
