//! What the config declares, held against what is stored.

use crate::catalog::kind::Kind;
use crate::catalog::providers;
use crate::change::advice::Advice;
use crate::change::proposal::{Class, Proposal};
use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::config::{CredentialSource, Declared, Mode};
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::redact::is_secret_like;
use crate::doc::{Node, State};
use crate::policy::advice;
use crate::policy::health::HealthWord;
use crate::policy::meant::meant;
use crate::policy::orders::{KnownIds, edit_at, reordered, unordered};
use crate::policy::resolve::{OrderSource, Verdict, Why, accepts};
use crate::policy::status::{AgentStatus, ProfileStatus, ProviderStatus};
use crate::sys::Fault;
use crate::world::World;
use crate::world::actual::{Credential, Store, Stored};
use crate::world::observe::helper::KEY;
use std::cell::LazyCell;

/// The mode that accepts a kind of credential.
fn mode_for(kind: Kind) -> Mode {
    if kind == Kind::ApiKey { Mode::ApiKey } else { Mode::OAuth }
}

pub(super) fn not_declared(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let known = LazyCell::new(|| KnownIds::of(case.world));
    for (agent, provider, profile) in case.profiles() {
        let left_out = profile.candidate.verdict == Verdict::Unusable(Why::LeftOut);
        if !left_out || provider.resolution.order != OrderSource::Declared {
            continue;
        }
        let (origin, id) = (&profile.candidate.origin, profile.id());
        let edit = profile.credential().and_then(|held| declaration(case.world, &known, id, held));
        let rescues = edit.is_some() && rescues(agent, provider, profile);
        let draft = sink
            .state(id, format!("{id} is stored but not declared in auth.profiles, so it is not used"))
            .agent(&agent.agent)
            .see(origin.doc, origin.loc, "stored here")
            .advise("leave it out if that is intended")
            .at_most(if rescues { Severity::Error } else { Severity::Info })
            .counts(if rescues { CheckImpact::Broken } else { CheckImpact::No });
        if let Some(edit) = edit {
            draft.edit(format!("declare {id} in auth.profiles"), vec![edit], Class::Fix);
        }
    }
}

/// Whether a profile that is left out would make an agent talk that has nothing else.
pub(in crate::checks) fn rescues(
    agent: &AgentStatus,
    provider: &ProviderStatus,
    profile: &ProfileStatus,
) -> bool {
    let needed = provider.lacks() && agent.needed_by(&provider.provider).next().is_some();
    let is_good = matches!(profile.word, HealthWord::Ok | HealthWord::Static | HealthWord::Expiring);
    needed && is_good && profile.credential().is_some() && profile.candidate.fatal().is_none()
}

/// The declaration of a stored profile, beside another one of its provider; none if an agent
/// would then lack what is declared.
fn declaration(world: &World, known: &KnownIds<'_>, id: &str, held: &Credential) -> Option<Edit> {
    let provider = &held.provider;
    let seen =
        |store: &Store| world.view(&store.agent, provider).is_some_and(|view| view.profile(id).is_some());
    let beside = world.desired.profiles.iter().rev().find(|declared| declared.provider == *provider)?;
    if is_secret_like(id) || !known.is_complete() || !world.stores.iter().all(seen) {
        return None;
    }
    let mut at = world.doc(beside.loc.doc).path_of(beside.loc)?;
    at.0.pop();
    let fields = [("provider", provider.as_str()), ("mode", mode_for(held.kind).as_str())];
    let fields = fields.map(|(key, value)| (key.to_owned(), Draft::text(value))).to_vec();
    Some(Edit::value(beside.loc.doc, at.key(id), To::Set(Draft::Table(fields))))
}

pub(super) fn not_stored(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let known = LazyCell::new(|| KnownIds::of(case.world));
    for (agent, provider, profile) in case.profiles() {
        let Some(declared) = case.world.desired.profile(profile.id()) else { continue };
        let store = case.world.view(&agent.agent, &provider.provider);
        // If the store cannot be read, nothing is known of what it holds.
        let readable = store
            .is_none_or(|store| matches!(case.world.doc(store.doc).state, State::Parsed | State::Absent));
        let absent = matches!(profile.candidate.verdict, Verdict::Unusable(Why::NotStored));
        if !(absent && readable && profile.relevant) {
            continue;
        }
        let (message, help) = absence(case.world, &agent.agent, declared);
        let draft = sink
            .state(&declared.id, message)
            .agent(&agent.agent)
            .see(declared.loc.doc, Some(declared.loc), "declared here")
            .advise(help)
            .counts(CheckImpact::Broken);
        let other_name = store.and_then(|store| {
            let slip = respelt(case.world, &known, store, declared);
            slip.or_else(|| other_name(case.world, &known, store, declared))
        });
        if let Some(repair) = other_name.or_else(|| undeclared(case, &known, declared)) {
            draft.repair(repair);
        }
    }
}

/// What is not there, and how to get it.
fn absence(world: &World, agent: &str, declared: &Declared) -> (String, Advice) {
    let id = &declared.id;
    match &declared.from {
        CredentialSource::Env(name) => {
            let message = format!("{id} comes from the variable {name}, which is not set");
            (message, advice::add(world, name).into())
        }
        from
        @ (CredentialSource::File(_) | CredentialSource::Program(_) | CredentialSource::ClaudeHelper) => {
            let state = world.fetched(from).map(|fetched| &world.doc(fetched.doc).state);
            let why = match state {
                Some(State::Absent) => "which does not exist".to_owned(),
                Some(State::Unreadable(Fault::Os(why))) => format!("but {why}"),
                Some(state) => format!("which {}", state.in_words()),
                None => "which was not asked".to_owned(),
            };
            let help = match from {
                CredentialSource::File(path) => format!("put the credential into `{path}`").into(),
                CredentialSource::ClaudeHelper if world.helper.asks_us() => {
                    advice::helper::key_for_both(world)
                }
                CredentialSource::ClaudeHelper if world.helper.line.is_err() => {
                    let settings = world.doc_name(world.helper.doc);
                    format!("let `{KEY}` in {settings} name a program that prints a key").into()
                }
                _ => "run it in a shell, as the user of the gateway, to see why".into(),
            };
            (format!("{id} comes from {}, {why}", from.in_words()), help)
        }
        CredentialSource::Tool(tool) => (
            format!("{id} is declared, but {} is not logged in here", tool.row().name),
            advice::renew(world, agent, id, &declared.provider),
        ),
        CredentialSource::Store => {
            let paste = advice::paste(world, agent, id, &declared.provider);
            let help = paste.map_or_else(|| "store it".into(), |paste| Advice::say("store it: ").run(paste));
            (format!("{id} is declared, but no credential is stored for it"), help)
        }
    }
}

/// The declaration of the stored profile that its id plainly means, under the id of that one.
fn respelt(world: &World, known: &KnownIds<'_>, store: &Store, declared: &Declared) -> Option<Proposal> {
    let of = |id: &str| store.profile(id).and_then(Stored::credential);
    let held = store.profiles.iter().filter(|stored| stored.provider == declared.provider);
    let ids: Vec<&str> = held.map(|stored| stored.id.as_str()).filter(|id| of(id).is_some()).collect();
    let meant = |declared: &Declared| meant(&declared.provider, &ids, &declared.id);
    let new = meant(declared)?;
    let all = world.desired.profiles.iter();
    let mut same = all.filter(|other| other.provider == declared.provider && meant(other) == Some(new));
    let is_first = same.next().is_some_and(|first| first.id == declared.id);
    let is_own = declared.from == CredentialSource::Store && known.declared(new).is_none();
    if !is_first || !is_own || !known.is_nowhere(&declared.id) || is_secret_like(new) {
        return None;
    }
    let rename = edit_at(world, declared.loc, To::Rename(new.to_owned()))?;
    let edits = [rename].into_iter().chain(reordered(world, &declared.id, new)).collect();
    Some(Proposal::new(format!("declare {new}, which is stored, instead"), edits))
}

/// The declaration of the login that `<provider>:default` once stood for, under the name under which it is
/// stored.
fn other_name(world: &World, known: &KnownIds<'_>, store: &Store, declared: &Declared) -> Option<Proposal> {
    let is_default = declared.id.ends_with(":default") && declared.from == CredentialSource::Store;
    if !is_default || declared.mode != Some(Mode::OAuth) || !known.is_nowhere(&declared.id) {
        return None;
    }
    let (new, held) = suggested(world, store, declared)?;
    if known.declared(new).is_some() || is_secret_like(new) {
        return None;
    }
    let rename = edit_at(world, declared.loc, To::Rename(new.to_owned()))?;
    let (at, _) = rename.as_value()?;
    let mut edits = Vec::new();
    if let Some(email) = held.email.as_deref().filter(|email| declared.email.as_deref() != Some(*email)) {
        edits.push(Edit::value(rename.doc, at.key("email"), To::text(email)));
    }
    edits.push(rename);
    edits.extend(reordered(world, &declared.id, new));
    Some(Proposal::new(format!("declare {new}, which is stored, instead"), edits))
}

/// The stored login that is most likely meant: of the same account, the last one that worked, or
/// the only one that it can be.
fn suggested<'w>(world: &World, store: &'w Store, declared: &Declared) -> Option<(&'w str, &'w Credential)> {
    let held = store.profiles.iter().filter_map(|stored| Some((stored.id.as_str(), stored.credential()?)));
    let is_login =
        |(_, held): &(&str, &Credential)| held.kind == Kind::OAuth && held.provider == declared.provider;
    let logins: Vec<(&str, &Credential)> = held.filter(is_login).collect();
    let suffix = |id: &str| id.split_once(':').map_or(String::new(), |(_, suffix)| suffix.to_lowercase());
    let email = declared.email.as_ref().map(|email| email.trim().to_lowercase());
    let same_account = |(id, held): &&(&str, &Credential)| {
        let own = held.email.as_ref().map(|email| email.trim().to_lowercase());
        email.is_some() && (own == email || Some(suffix(id)) == email)
    };
    let good = last_good(world, store, &declared.provider);
    let addressed = || {
        let mut all = logins.iter().filter(|(id, _)| suffix(id).contains('@') && suffix(id).contains('.'));
        all.next().filter(|_| all.next().is_none())
    };
    let only = || logins.first().filter(|_| logins.len() == 1);
    let found = logins.iter().find(same_account);
    let found = found.or_else(|| logins.iter().find(|(id, _)| good.as_deref() == Some(*id)));
    found.or_else(only).or_else(addressed).copied()
}

/// The profile that the store records as the last one that worked.
fn last_good(world: &World, store: &Store, provider: &str) -> Option<String> {
    let tree = world.doc(store.doc).tree()?;
    let good = tree.get("lastGood").map(Node::members).unwrap_or_default();
    let own = good.iter().find(|member| providers::normalise(&member.key) == provider)?;
    own.node.as_str().map(str::to_owned)
}

/// The config without the declaration, if no agent has the profile, nor needs it to have any.
fn undeclared(case: &CheckInput<'_>, known: &KnownIds<'_>, declared: &Declared) -> Option<Proposal> {
    let can_do_without = case
        .providers()
        .filter(|(_, of)| of.provider == declared.provider)
        .all(|(agent, of)| !of.lacks() || agent.needed_by(&of.provider).next().is_none());
    if !can_do_without || !known.is_nowhere(&declared.id) {
        return None;
    }
    let mut edits = vec![edit_at(case.world, declared.loc, To::Remove)?];
    edits.extend(unordered(case.world, &declared.id));
    let what = format!("remove {} from auth.profiles", declared.id);
    Some(Proposal { class: Class::Force, ..Proposal::new(what, edits) })
}

pub(super) fn wrong_mode(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let known = LazyCell::new(|| KnownIds::of(case.world));
    for (agent, provider, profile) in case.profiles() {
        let Verdict::Unusable(Why::Mode(mode, kind)) = profile.candidate.verdict else { continue };
        let Some(declared) = case.world.desired.profile(profile.id()) else { continue };
        let loc = declared.mode_loc.unwrap_or(declared.loc);
        let (origin, id, kind_shown) = (&profile.candidate.origin, profile.id(), kind.label());
        let limit = if profile.relevant { Severity::Error } else { Severity::Info };
        let counts = profile.relevant && provider.lacks();
        let message =
            format!("{id} has mode {}, which does not accept the stored {kind_shown}", mode.as_str());
        let draft = sink
            .state(id, message)
            .at_most(limit)
            .agent(&agent.agent)
            .see(loc.doc, Some(loc), format!("accepts no {kind_shown}"))
            .see(origin.doc, origin.loc, format!("{kind_shown} stored here"))
            .counts(if counts { CheckImpact::Broken } else { CheckImpact::No });
        let right = mode_for(kind);
        let what = format!("set the mode of {id} to \"{}\"", right.as_str());
        let edit = moded(case.world, &known, declared, right);
        draft.repair_or_advise(edit.map(|edit| Proposal::new(&*what, vec![edit])), || (&*what).into());
    }
}

/// The edit that sets a mode, if it suits all agents and does not come out of a variable.
fn moded(world: &World, known: &KnownIds<'_>, declared: &Declared, right: Mode) -> Option<Edit> {
    let loc = declared.mode_loc.filter(|loc| world.desired.reference(*loc).is_none())?;
    let mut held = world.stores.iter().filter_map(|store| store.profile(&declared.id)?.credential());
    let suits_all = known.is_complete() && held.all(|credential| accepts(right, credential.kind));
    if suits_all { edit_at(world, loc, To::text(right.as_str())) } else { None }
}
