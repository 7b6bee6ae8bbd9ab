//! Entries of an order that serve nothing: of profiles that are not there, of other providers, and
//! those that stand there twice.

use crate::catalog::nearest::{self, nearest};
use crate::change::proposal::{Class, Proposal};
use crate::checks::finding::{CheckImpact, CheckInput, FindingDraft, Severity, Sink};
use crate::checks::order::explicit;
use crate::config::{CredentialSource, Order, Text};
use crate::doc::edit::ops::Edit;
use crate::policy::meant::{all_meant, meant};
use crate::policy::orders::{KnownIds, OrderEntries};
use crate::policy::resolve::{OrderSource, Verdict, Why};
use crate::policy::status::{AgentStatus, ProfileStatus, ProviderStatus};
use std::cell::LazyCell;
use std::collections::HashMap;

/// An entry that serves nothing.
struct Idle<'w> {
    entry: &'w Text,
    why: IdleReason<'w>,
    /// The profile that is plainly meant.
    meant: Option<&'w str>,
    /// The profiles of which it is a list.
    lists: Vec<&'w str>,
    /// Who may take it out; nobody, where another agent may live on it.
    class: Option<Class>,
}

/// Why it serves nothing.
enum IdleReason<'w> {
    /// The same profile stands there before.
    Again(&'w Text),
    /// Nowhere stored.
    Unknown,
    /// Of this other provider.
    Other(&'w str),
}

/// An entry that serves nothing, with all that is said of it.
struct Unresolved<'w> {
    agent: &'w AgentStatus,
    provider: &'w ProviderStatus,
    entry: &'w Text,
    why: IdleReason<'w>,
    meant: Option<&'w str>,
    lists: Vec<&'w str>,
    repair: Option<Proposal>,
}

pub(super) fn again(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for said in all(case) {
        let IdleReason::Again(first) = said.why else { continue };
        let (id, provider) = (&said.entry.text, &said.provider.provider);
        let draft = sink
            .state(id, format!("the order for {provider} lists {id} twice"))
            .agent(&said.agent.agent)
            .see(said.entry.loc.doc, Some(said.entry.loc), "does not count")
            .see(first.loc.doc, Some(first.loc), "the first one")
            .advise("correct it if you meant another profile");
        repaired(draft, said.repair);
    }
}

pub(super) fn unknown(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (at, said) in all(case).into_iter().filter(|said| matches!(said.why, IdleReason::Unknown)).enumerate()
    {
        let (id, provider) = (&said.entry.text, &said.provider.provider);
        let in_config = matches!(said.provider.resolution.order, OrderSource::Config(_));
        // What the order names already is not what was meant.
        let left_out = said.provider.profiles.iter().filter(|profile| !profile.candidate.listed);
        let ids = left_out.map(ProfileStatus::id).filter(|known| known != id);
        // What a slip may have meant takes long to find among thousands.
        let near = || if at < crate::checks::cap::MANY { nearest(id, ids) } else { None };
        let near = said.meant.or_else(near).filter(|_| said.lists.is_empty());
        let label = match (near, said.lists.is_empty()) {
            (_, false) => "several in one".to_owned(),
            (Some(near), _) => format!("did you mean \"{near}\"?"),
            (None, _) => "not stored".to_owned(),
        };
        let advice = if in_config && case.world.stores.iter().any(|store| store.profile(id).is_some()) {
            format!(
                "another agent has it: store \"{id}\" for {} too, or give each agent its own order",
                said.agent.agent
            )
        } else if !said.lists.is_empty() {
            "list them separately".to_owned()
        } else {
            let write = near.map(|near| format!("change it to \"{near}\""));
            match (write, said.meant) {
                (Some(write), Some(_)) => write,
                (Some(write), None) => format!("{write}, or store \"{id}\""),
                (None, _) if said.repair.is_some() => format!("store \"{id}\""),
                (None, _) => format!("store \"{id}\", or choose another profile"),
            }
        };
        let draft = sink
            .state(id, format!("the order for {provider} lists {id}, which is not stored"))
            .at_most(if in_config { Severity::Error } else { Severity::Warning })
            .agent(&said.agent.agent)
            .see(said.entry.loc.doc, Some(said.entry.loc), label)
            .advise(advice)
            .counts(if in_config && said.provider.relevant { CheckImpact::Broken } else { CheckImpact::No });
        repaired(draft, said.repair);
    }
}

pub(super) fn of_another_provider(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for said in all(case) {
        let IdleReason::Other(other) = said.why else { continue };
        let (id, provider) = (&said.entry.text, &said.provider.provider);
        let draft = sink
            .state(id, format!("the order for {provider} lists {id}, which belongs to {other}"))
            .agent(&said.agent.agent)
            .see(said.entry.loc.doc, Some(said.entry.loc), format!("a profile of {other}"))
            .advise(format!("move it to the order for {other}"));
        repaired(draft, said.repair);
    }
}

fn repaired(draft: FindingDraft<'_>, repair: Option<Proposal>) {
    if let Some(repair) = repair {
        draft.repair(repair);
    }
}

/// All entries of all explicit orders that serve nothing.
fn all<'w>(case: &CheckInput<'w>) -> Vec<Unresolved<'w>> {
    let known = LazyCell::new(|| KnownIds::of(case.world));
    let mut all = Vec::new();
    for (agent, provider) in case.providers() {
        let Some(order) = explicit(case, agent, provider) else { continue };
        let store = case.world.view(&agent.agent, &provider.provider);
        // If the store cannot be read, nothing is known of what it holds.
        if store.is_some_and(|store| !crate::world::actual::is_store(case.world.doc(store.doc))) {
            continue;
        }
        let found = idle(&known, order, provider);
        if found.is_empty() || case.world.desired.misspelt(&provider.provider).is_some() {
            continue;
        }
        let entries = OrderEntries::of(case.world, order);
        // An order is somebody's wish: nothing is taken out where nothing would be left.
        let going = |class: Class| {
            let stays = |idle: &Idle<'_>| idle.meant.is_some() || !idle.lists.is_empty();
            let goes = |idle: &&Idle<'_>| !stays(idle) && idle.class.is_some_and(|own| own <= class);
            found.iter().filter(goes).count() == order.ids.len()
        };
        let all_go = (going(Class::Fix), going(Class::Force));
        let split = split(&entries, order, &found);
        all.extend(found.into_iter().map(|Idle { entry, why, meant, lists, class }| {
            let name = &provider.provider;
            let mended = meant.and_then(|meant| {
                let edit = entries.instead(entry.loc, meant)?;
                let what = format!("change \"{}\" to \"{meant}\" in the order for {name}", entry.text);
                Some(Proposal::new(what, vec![edit]))
            });
            let taken = || {
                let class = class.filter(|class| !if *class == Class::Fix { all_go.0 } else { all_go.1 })?;
                let what = format!("remove \"{}\" from the order for {name}", entry.text);
                Some(Proposal { class, ..Proposal::new(what, entries.without(entry.loc, false)?) })
            };
            let repair = match (meant, lists.is_empty()) {
                (None, true) => taken(),
                (None, false) => split.clone().map(|edit| {
                    let ids: Vec<String> = lists.iter().map(|id| (*id).to_owned()).collect();
                    let ids = nearest::listed(&ids);
                    Proposal::new(format!("list {ids} separately in the order for {name}"), vec![edit])
                }),
                (Some(_), _) => mended,
            };
            Unresolved { agent, provider, entry, why, meant, lists, repair }
        }));
    }
    all
}

/// The edit that names the profiles one by one that stand in one entry, if nothing but entries is in the order.
fn split(entries: &OrderEntries, order: &Order, found: &[Idle<'_>]) -> Option<Edit> {
    let mut ids: Vec<&str> = Vec::new();
    for entry in &order.ids {
        let idle = found.iter().find(|idle| idle.entry.loc == entry.loc);
        let lists = idle.map(|idle| &idle.lists).filter(|lists| !lists.is_empty());
        let named = lists.map_or_else(|| vec![entry.text.as_str()], Clone::clone);
        ids.extend(named.iter().filter(|id| !ids.contains(id)).collect::<Vec<_>>());
    }
    entries.all(&ids).filter(|_| found.iter().any(|idle| !idle.lists.is_empty()))
}

/// The ids of a provider's profiles that hold a credential.
fn stored(provider: &ProviderStatus) -> Vec<&str> {
    let known = provider.profiles.iter().filter(|profile| profile.credential().is_some());
    known.map(ProfileStatus::id).collect()
}

/// Whether an entry plainly means this profile, or one of several that it lists.
pub(super) fn means(provider: &ProviderStatus, entry: &str, id: &str) -> bool {
    let (name, ids) = (&provider.provider, stored(provider));
    meant(name, &ids, entry) == Some(id) || all_meant(name, &ids, entry).contains(&id)
}

/// The entries of an explicit order that serve nothing.
fn idle<'w>(known: &KnownIds<'w>, order: &'w Order, provider: &'w ProviderStatus) -> Vec<Idle<'w>> {
    let shared = matches!(provider.resolution.order, OrderSource::Config(_));
    let verdicts: HashMap<&str, &Verdict> =
        provider.resolution.base().map(|candidate| (candidate.name.as_str(), &candidate.verdict)).collect();
    let mut first: HashMap<&str, &Text> = HashMap::new();
    let (ids, mut found) = (stored(provider), Vec::new());
    for entry in &order.ids {
        let before = *first.entry(&entry.text).or_insert(entry);
        let (why, certain) = match verdicts.get(entry.text.as_str()) {
            _ if before.loc != entry.loc => (IdleReason::Again(before), true),
            Some(Verdict::Unusable(Why::NotStored)) => match known.declared(&entry.text) {
                None => (IdleReason::Unknown, !shared || known.is_nowhere(&entry.text)),
                Some(other) if other != provider.provider => (IdleReason::Other(other), true),
                // A declared profile that is not stored has a finding of its own.
                Some(_) => continue,
            },
            Some(Verdict::Unusable(Why::OtherProvider(other))) => {
                (IdleReason::Other(other), !shared || known.is_foreign(&entry.text, &provider.provider))
            }
            _ => continue,
        };
        // The login of another program may come back.
        let borrowed = matches!(why, IdleReason::Unknown)
            && matches!(CredentialSource::default_of(&entry.text), CredentialSource::Tool(_));
        let class = if borrowed { Class::Force } else { Class::Fix };
        let meant = match why {
            IdleReason::Unknown => meant(&provider.provider, &ids, &entry.text),
            _ => None,
        };
        let lists = match why {
            IdleReason::Unknown if meant.is_none() => all_meant(&provider.provider, &ids, &entry.text),
            _ => Vec::new(),
        };
        // Of two entries that mean the same, the second one is one too many.
        let meant =
            meant.filter(|id| !first.contains_key(*id) && !order.ids.iter().any(|own| own.text == *id));
        if let Some(id) = meant {
            first.insert(id, entry);
        }
        found.push(Idle { entry, why, meant, lists, class: Some(class).filter(|_| certain) });
    }
    found
}
