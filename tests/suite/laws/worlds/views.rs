//! What each agent sees: which credential it uses for a provider, and which it could use.

use super::laws::{Broken, is_imported, law};
use super::made::PROFILES;
use std::collections::{BTreeMap, BTreeSet};
use zirkabot::catalog::kind::Kind;
use zirkabot::change::proposal::Class;
use zirkabot::pipeline::Ahead;
use zirkabot::policy::resolve::{self, Verdict};
use zirkabot::sys::secret::Secret;
use zirkabot::sys::{Look, Millis};
use zirkabot::world::actual::Credential;
use zirkabot::world::observe::survey::Depth;
use zirkabot::world::observe::{self as sources, Agents};

/// A candidate that can be used.
pub(crate) struct Usable {
    name: String,
    secret: Option<Secret>,
    chosen: bool,
    fresh: bool,
}

/// By agent and provider, what can be used.
pub(crate) type Views = BTreeMap<(String, &'static str), Vec<Usable>>;

/// What all agents see.
pub(crate) fn of(look: &dyn Look) -> Views {
    let world = sources::observe(look, &Agents::All, None, Depth::Status, false);
    let providers: BTreeSet<&'static str> = PROFILES.iter().map(|(_, provider)| *provider).collect();
    let mut views = Views::new();
    if !world.config_is_known() {
        return views;
    }
    for agent in &world.agents {
        for provider in &providers {
            let resolution = resolve::resolve(&world, &agent.id, provider);
            let can = |verdict: &Verdict| matches!(verdict, Verdict::Chosen | Verdict::Later);
            let usable = resolution.candidates.into_iter().filter(|candidate| can(&candidate.verdict));
            // One that rests is used only while nothing else can be.
            let store = world.view(&agent.id, provider);
            let rests =
                |name: &str| store.is_some_and(|store| store.usage(name).unusable_until(world.now) > 0);
            let usable = usable.map(|candidate| Usable {
                fresh: candidate.credential.as_ref().is_none_or(|credential| is_fresh(credential, world.now))
                    && !rests(&candidate.name),
                name: candidate.name,
                secret: candidate.credential.map(|credential| credential.secret),
                chosen: candidate.verdict == Verdict::Chosen,
            });
            views.insert((agent.id.clone(), *provider), usable.collect());
        }
    }
    views
}

/// A login without a recorded end lasts nobody knows how long.
fn is_fresh(credential: &Credential, now: Millis) -> bool {
    credential.expires.at().map_or(credential.kind != Kind::OAuth, |at| at > now)
}

/// What nobody named is as it was, and what an agent could use it can use still.
pub(crate) fn kept(before: &Views, after: &Views, ahead: &Ahead, words: &str) -> Result<(), Broken> {
    let none = Vec::new();
    for ((agent, provider), old) in before {
        let new = after.get(&(agent.clone(), *provider)).unwrap_or(&none);
        let in_scope = ahead.now.world.scope.contains(agent);
        // What it had in an older layout is its own: main's it does not see any more.
        let moved = is_imported(ahead, words, agent);
        for usable in old.iter().filter(|usable| usable.fresh && !in_scope && !moved) {
            let same = |other: &&Usable| other.name == usable.name || other.secret == usable.secret;
            let still = new.iter().filter(same).any(|other| other.fresh);
            law!("still usable", still, "{} of {agent} for {provider}\nplan: {words}", usable.name);
        }
        let forced = ahead.plan.changes.iter().any(|change| change.class == Class::Force);
        let named = |usable: &[Usable]| names(ahead, words, (agent, provider), usable);
        if forced || named(old) || named(new) {
            continue;
        }
        let used = |of: &[Usable]| {
            of.iter().find(|usable| usable.chosen).map(|usable| (usable.name.clone(), usable.secret.clone()))
        };
        let (was, is) = (used(old), used(new));
        let name = |used: &Option<(String, _)>| used.as_ref().map(|used| used.0.clone());
        // Nothing is used while it is not known what is meant.
        let learned = was.is_none() && !ahead.now.world.auth_is_known();
        law!(
            "same view",
            was == is || learned,
            "{agent} used {:?} for {provider}, and now uses {:?}\nplan: {words}",
            name(&was),
            name(&is)
        );
    }
    Ok(())
}

/// Whether the reasons are about the agent, the provider or one of the profiles.
fn names(ahead: &Ahead, words: &str, (agent, provider): (&str, &str), usable: &[Usable]) -> bool {
    is_imported(ahead, words, agent)
        || words.contains(provider)
        || usable.iter().any(|usable| words.contains(&usable.name))
        || words.contains(&format!("agent {agent}"))
        || words.contains(&format!("/agents/{agent}/agent"))
}
