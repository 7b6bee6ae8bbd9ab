//! Family `order`: does the order of profiles mean something?
//!
//! Entries that serve nothing are judged in [`idle`].

mod idle;

use crate::change::proposal::Class;
use crate::checks::finding::{CheckInput, Rule, Severity, Sink};
use crate::config::Order;
use crate::doc::edit::ops::To;
use crate::policy::orders::edit_at;
use crate::policy::resolve::{OrderSource, Verdict, Why};
use crate::policy::status::{AgentStatus, ProviderStatus};
use crate::world::actual::Origin;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "order/disables-provider",
        severity: Severity::Error,
        what: "an empty order switches off all profiles of a provider",
        why: "An empty list in auth.order means that no profile may be used, also those that are stored.",
        fix: "Name at least one profile in the order, or take the entry out of auth.order: `zirkabot doctor --fix --force` does.",
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
        severity: Severity::Info,
        what: "an explicit order leaves out a stored profile",
        why: "With an order, only the profiles that it names are used.",
        fix: "Add the profile to the order if it is to be used.",
        check: hides_stored,
    },
    Rule {
        code: "order/unknown-profile",
        severity: Severity::Error,
        what: "an order names a profile that is not there",
        why: "The gateway skips the entry. If it was meant to come first, another credential is used without a word.",
        fix: "Store the profile, or correct the entry, or remove it: `zirkabot doctor --fix` does.",
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
        let limit = if used && !provider.is_usable() { Severity::Error } else { Severity::Warning };
        let draft = sink
            .state(
                &provider.provider,
                format!("the order of {} is empty, so none of its profiles is used", provider.provider),
            )
            .at_most(limit)
            .agent(&agent.agent)
            .see(order.loc.doc, Some(order.loc), "switches the provider off")
            .advise("name a profile in it");
        if let Some(edit) = edit_at(case.world, order.loc, To::Remove) {
            draft.edit(
                format!("take the empty order of {} out", provider.provider),
                vec![edit],
                Class::Force,
            );
        }
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
        sink.state(
            profile.id(),
            format!("{} is stored, but the order of {} leaves it out", profile.id(), provider.provider),
        )
        .agent(&agent.agent)
        .see(doc, loc, "stored here")
        .see(order.loc.doc, Some(order.loc), "this order is in force")
        .advise(format!("add \"{}\" to the order if it is to be used", profile.id()));
    }
}
