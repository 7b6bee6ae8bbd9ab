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
        what: "an empty order disables all profiles of a provider",
        why: "An empty list in auth.order means that no profile is used, not even stored ones.",
        fix: "Add at least one profile to the order, or remove the entry from auth.order. zirkabot does not do it for you, because the order may be intentional.",
        check: disables_provider,
    },
    Rule {
        code: "order/duplicate-entry",
        severity: Severity::Warning,
        what: "an order lists a profile twice",
        why: "Only the first one counts. The second may be a typo for another profile, which is then not used.",
        fix: "Remove the second one (`zirkabot doctor --fix` does), or correct it.",
        check: idle::again,
    },
    Rule {
        code: "order/hides-stored",
        severity: Severity::Error,
        what: "an order leaves out a stored profile",
        why: "With an order, only the profiles in it are used. It is an error if the agent has nothing else.",
        fix: "Add the profile to the order if you want to use it.",
        check: hides_stored,
    },
    Rule {
        code: "order/not-a-list",
        severity: Severity::Warning,
        what: "an order in a store is not a list of profiles",
        why: "The gateway reads an order only as a list of strings. The value has no effect, and a profile you did not choose may be used.",
        fix: "Write a list: `zirkabot doctor --fix` converts text if all profiles in it are stored.",
        check: unread::not_a_list,
    },
    Rule {
        code: "order/unknown-profile",
        severity: Severity::Error,
        what: "an order lists a profile that does not exist",
        why: "The gateway skips the entry. If it should come first, another credential is used silently.",
        fix: "Store the profile, or correct the entry: `zirkabot doctor --fix` corrects obvious typos, and removes the entry if others in the order can be used. It never empties an order.",
        check: idle::unknown,
    },
    Rule {
        code: "order/wrong-provider",
        severity: Severity::Warning,
        what: "an order lists a profile of another provider",
        why: "A profile works only for its own provider, so the entry is skipped.",
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
            format!("the order for {} is empty, so none of its profiles is used", provider.provider),
        )
        .at_most(limit)
        .agent(&agent.agent)
        .see(order.loc.doc, Some(order.loc), "disables the provider")
        .rescues(would_do)
        .advise(Advice::say("add a profile to it, or remove it: ").run(command));
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
                format!("{} is stored, but the order for {} leaves it out", profile.id(), provider.provider),
            )
            .agent(&agent.agent)
            .see(doc, loc, "stored here")
            .see(order.loc.doc, Some(order.loc), "this order is in effect")
            .at_most(if rescues { Severity::Error } else { Severity::Info })
            .counts(if rescues { CheckImpact::Broken } else { CheckImpact::No });
        if rescues {
            let (name, id) = (shell_word(&provider.provider), shell_word(profile.id()));
            let set =
                format!("models auth order set --provider {name} --agent {} {id}", shell_word(&agent.agent));
            let set = case.world.paths.command(&set);
            draft.advise(Advice::say("to use it: ").run(set).then("; or add it to the order"));
        } else {
            draft.advise(format!("add \"{}\" to the order if you want to use it", profile.id()));
        }
    }
}
