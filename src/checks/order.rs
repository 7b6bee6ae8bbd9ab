//! Family `order`: does the order of profiles mean something?

use super::repair;
use crate::actual::Origin;
use crate::desired::{Order, Text};
use crate::finding::{Case, Counts, Rule, Severity, Sink};
use crate::plan::{Class, Edit};
use crate::resolve::{OrderSource, Verdict, Why};
use crate::status::{AgentStatus, ProviderStatus};
use crate::world::World;
use std::collections::HashMap;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "order/disables-provider",
        severity: Severity::Error,
        what: "an empty order switches off all profiles of a provider",
        why: "An empty list in auth.order means that no profile may be used, also those that are stored.",
        fix: "Name at least one profile in the order; `zirkabot doctor --fix --force` takes the empty order out.",
        check: disables_provider,
    },
    Rule {
        code: "order/duplicate-entry",
        severity: Severity::Warning,
        what: "an order names the same profile twice",
        why: "Only the first entry means something. If the second was meant to be another profile, that one is not used.",
        fix: "`zirkabot doctor --fix` takes the second entry out; or write the profile that was meant.",
        check: duplicate_entry,
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
        fix: "Store the profile, or correct the entry; `zirkabot doctor --fix` takes it out of the order.",
        check: unknown_profile,
    },
    Rule {
        code: "order/wrong-provider",
        severity: Severity::Warning,
        what: "an order names a profile of another provider",
        why: "A profile serves only its own provider, so the entry is skipped.",
        fix: "Move the entry to the order of its own provider; `zirkabot doctor --fix` takes it out of this one.",
        check: wrong_provider,
    },
];

/// The order in force for a provider of an agent, if there is an explicit one.
fn explicit<'w>(case: &Case<'w>, agent: &AgentStatus, provider: &ProviderStatus) -> Option<&'w Order> {
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

fn disables_provider(case: &Case<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        let Some(order) = explicit(case, agent, provider).filter(|order| order.ids.is_empty()) else {
            continue;
        };
        let used = agent.needed_by(&provider.provider).next().is_some();
        let limit = if used && !provider.is_usable() { Severity::Error } else { Severity::Warning };
        sink.state(
            &provider.provider,
            format!("the order of {} is empty, so none of its profiles is used", provider.provider),
        )
        .at_most(limit)
        .agent(&agent.agent)
        .see(order.loc.doc, Some(order.loc), "switches the provider off")
        .tell("name a profile in it")
        .edit(
            format!("take the empty order of {} out, so that its profiles are used again", provider.provider),
            repair::drop_entries(case.world, order, &|_| true),
            Class::Force,
        );
    }
}

fn hides_stored(case: &Case<'_>, sink: &mut Sink<'_>) {
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
        .tell(format!("add \"{}\" to the order if it is to be used", profile.id()));
    }
}

fn unknown_profile(case: &Case<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        let Some(order) = explicit(case, agent, provider) else { continue };
        let in_config = matches!(provider.resolution.order, OrderSource::Config(_));
        for (at, entry) in order.ids.iter().enumerate() {
            let candidate = provider.resolution.base().find(|candidate| candidate.name == entry.text);
            let absent =
                candidate.is_some_and(|candidate| candidate.verdict == Verdict::Unusable(Why::NotStored));
            // A declared profile that is not stored has a finding of its own.
            if !absent || case.world.desired.profile(&entry.text).is_some() {
                continue;
            }
            let known = provider
                .profiles
                .iter()
                .map(super::super::status::ProfileStatus::id)
                .filter(|id| *id != entry.text);
            let near = crate::nearest::nearest(&entry.text, known);
            let label = near.map_or_else(|| "not stored".to_owned(), |id| format!("did you mean \"{id}\"?"));
            let draft = sink
                .state(
                    &entry.text,
                    format!("the order of {} names {}, which is not stored", provider.provider, entry.text),
                )
                .at_most(if in_config { Severity::Error } else { Severity::Warning })
                .agent(&agent.agent)
                .see(entry.loc.doc, Some(entry.loc), label)
                .counts(if in_config && provider.relevant { Counts::Broken } else { Counts::No });
            // What another agent has stored is not for this one to take out of a common order.
            let goes = |index: usize| !is_anywhere(case.world, &order.ids[index].text);
            if (!in_config || sees_all(case.world)) && goes(at) {
                let edits =
                    repair::drop_entries(case.world, order, &|index| index == at || all(order, &goes));
                draft.edit(taking_out(&entry.text, order), edits, Class::Fix);
            } else {
                draft.tell(format!("store \"{}\", or take it out of the order", entry.text));
            }
        }
    }
}

fn wrong_provider(case: &Case<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        let Some(order) = explicit(case, agent, provider) else { continue };
        for candidate in provider.resolution.base() {
            let Verdict::Unusable(Why::OtherProvider(other)) = &candidate.verdict else { continue };
            let Some(entry) = order.ids.iter().find(|entry| entry.text == candidate.name) else { continue };
            sink.state(
                &entry.text,
                format!("the order of {} names {}, which is of {other}", provider.provider, entry.text),
            )
            .agent(&agent.agent)
            .see(entry.loc.doc, Some(entry.loc), format!("a profile of {other}"))
            .edit(
                taking_out(&entry.text, order),
                dropped(case.world, order, &entry.text),
                Class::Fix,
            );
        }
    }
}

fn duplicate_entry(case: &Case<'_>, sink: &mut Sink<'_>) {
    let stores = case.world.stores.iter().flat_map(|store| &store.orders);
    for order in case.world.desired.orders.iter().chain(stores) {
        let mut first: HashMap<&str, &Text> = HashMap::new();
        for (at, entry) in order.ids.iter().enumerate() {
            let Some(before) = first.get(entry.text.as_str()) else {
                first.insert(&entry.text, entry);
                continue;
            };
            let text = format!("the order of {} names {} twice", order.provider, entry.text);
            sink.state(&entry.text, text)
                .see(entry.loc.doc, Some(entry.loc), "again")
                .see(before.loc.doc, Some(before.loc), "first here")
                .edit(
                    format!("take the second \"{}\" out of the order of {}", entry.text, order.provider),
                    repair::drop_entries(case.world, order, &|index| index == at),
                    Class::Fix,
                );
        }
    }
}

/// Takes all entries of a profile out of an order.
fn dropped(world: &World, order: &Order, profile: &str) -> Vec<Edit> {
    repair::drop_entries(world, order, &|index| order.ids[index].text == profile)
}

fn all(order: &Order, goes: &dyn Fn(usize) -> bool) -> bool {
    (0..order.ids.len()).all(goes)
}

fn taking_out(profile: &str, order: &Order) -> String {
    format!("take \"{profile}\" out of the order of {}", order.provider)
}

/// Whether any agent that was looked at has a profile, or the config means one to be there.
fn is_anywhere(world: &World, profile: &str) -> bool {
    world.desired.profile(profile).is_some()
        || world.stores.iter().any(|store| store.profile(profile).is_some())
}

/// Whether all agents were looked at.
fn sees_all(world: &World) -> bool {
    world.agents.iter().filter(|agent| agent.found).all(|agent| world.store(&agent.id).is_some())
}
