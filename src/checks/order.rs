//! Family `order`: does the order of profiles mean something?
//!
//! Entries that serve nothing are judged in [`idle`].

mod idle;
mod unread;

use crate::change::advice::Advice;
use crate::checks::credential::declared::rescues;
use crate::checks::finding::{CheckImpact, CheckInput, Rule, Severity, Sink};
use crate::config::Order;
use crate::doc::KeyPath;
use crate::policy::resolve::{OrderSource, Verdict, Why};
use crate::policy::status::{AgentStatus, ProviderStatus};
use crate::sys::quote::shell_word;
use crate::world::actual::Origin;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "order/disables-provider",
        severity: Severity::Error,
        what: "an empty order switches off all profiles of a provider",
        why: "An empty list in auth.order means that no profile may be used, also those that are stored.",
        fix: "Name at least one profile in the order, or take the entry out of auth.order. An order is somebody's wish, so zirkabot does not.",
        check: disables_provider,
    },
    Rule {
        code: "order/duplicate-entry",
        severity: Severity::Warning,
        what: "an order names the same profile twice",
        why: "Only the first of them counts. The second one may be a slip for another profile, which is then not used.",
        fix: "Take the later one out (`zirkabot doctor --fix` does), or correct it.",
        check: idle::again,
    },
    Rule {
        code: "order/hides-stored",
        severity: Severity::Error,
        what: "an explicit order leaves out a stored profile",
        why: "With an order, only the profiles that it names are used. It is an error where the agent has nothing else.",
        fix: "Add the profile to the order if it is to be used.",
        check: hides_stored,
    },
    Rule {
        code: "order/not-a-list",
        severity: Severity::Warning,
        what: "an order in a store is not a list of profiles",
        why: "The gateway reads an order only as a list of texts. What stands there has no effect, and another profile may be used than is wished.",
        fix: "Write a list: `zirkabot doctor --fix` makes one of a text whose names are all stored.",
        check: unread::not_a_list,
    },
    Rule {
        code: "order/unknown-profile",
        severity: Severity::Error,
        what: "an order names a profile that is not there",
        why: "The gateway skips the entry. If it was meant to come first, another credential is used without a word.",
        fix: "Store the profile, or correct the entry: `zirkabot doctor --fix` writes the one that is meant where that is plain, and takes out an entry beside others that can be used. An order is never emptied.",
        check: idle::unknown,
    },
    Rule {
        code: "order/wrong-provider",
        severity: Severity::Warning,
        what: "an order names a profile of another provider",
        why: "A profile serves only its own provider, so the entry is skipped.",
        fix: "Move the entry to the order of its own provider, or remove it: `zirkabot doctor --fix` does.",
        check: idle::of_another_provider,
    },
];

/// The order in force for a provider of an agent, if there is an explicit one.
fn explicit<'w>(case: &CheckInput<'w>, agent: &AgentStatus, provider: &ProviderStatus) -> Option<&'w Order> {
    let (world, id) = (case.world, provider.provider.as_str());
    match provider.resolution.order {
        OrderSource::Store(_) => {
            let own = world.store(&agent.agent).and_then(|store| store.order(id));
            own.or_else(|| world.view(&agent.agent, id).and_then(|store| store.order(id)))
        }
        OrderSource::Config(_) => world.desired.order(id),
        OrderSource::Declared | OrderSource::Stored => None,
    }
}

fn disables_provider(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        let Some(order) = explicit(case, agent, provider).filter(|order| order.ids.is_empty()) else {
            continue;
        };
        let used = agent.needed_by(&provider.provider).next().is_some();
        let would_do = provider.profiles.iter().any(|profile| rescues(agent, provider, profile));
        let limit = if used && provider.lacks() { Severity::Error } else { Severity::Warning };
        let name = shell_word(&provider.provider);
        let command = match provider.resolution.order {
            OrderSource::Store(_) => {
                format!("models auth order clear --provider {name} --agent {}", shell_word(&agent.agent))
            }
            _ => {
                let at = KeyPath::of(&["auth", "order", &provider.provider]).to_string();
                format!("config unset {}", shell_word(&at))
            }
        };
        let command = case.world.paths.command(&command);
        sink.state(
            &provider.provider,
            format!("the order of {} is empty, so none of its profiles is used", provider.provider),
        )
        .at_most(limit)
        .agent(&agent.agent)
        .see(order.loc.doc, Some(order.loc), "switches the provider off")
        .rescues(would_do)
        .advise(Advice::say("name a profile in it, or take it out: ").run(command));
    }
}

fn hides_stored(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile) in case.profiles() {
        let left_out = profile.candidate.verdict == Verdict::Unusable(Why::LeftOut);
        let Some(order) = explicit(case, agent, provider).filter(|order| left_out && !order.ids.is_empty())
        else {
            continue;
        };
        let Origin { doc, loc, .. } = profile.candidate.origin;
        // An entry that plainly means it is mended instead.
        let means = |id: &str| order.ids.iter().any(|entry| idle::means(provider, &entry.text, id));
        let mended = || {
            let mut others = provider.profiles.iter().filter(|other| rescues(agent, provider, other));
            others.any(|other| means(other.id()))
        };
        let rescues = rescues(agent, provider, profile) && !means(profile.id()) && !mended();
        let draft = sink
            .state(
                profile.id(),
                format!("{} is stored, but the order of {} leaves it out", profile.id(), provider.provider),
            )
            .agent(&agent.agent)
            .see(doc, loc, "stored here")
            .see(order.loc.doc, Some(order.loc), "this order is in force")
            .at_most(if rescues { Severity::Error } else { Severity::Info })
            .counts(if rescues { CheckImpact::Broken } else { CheckImpact::No });
        if rescues {
            let (name, id) = (shell_word(&provider.provider), shell_word(profile.id()));
            let set =
                format!("models auth order set --provider {name} --agent {} {id}", shell_word(&agent.agent));
            let set = case.world.paths.command(&set);
            draft.advise(Advice::say("to use it: ").run(set).then("; or add it to the order"));
        } else {
            draft.advise(format!("add \"{}\" to the order if it is to be used", profile.id()));
        }
    }
}
