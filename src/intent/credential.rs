//! Putting a credential into an agent's auth store and taking one out, with all that makes it
//! count: its declaration in the config, its place in an order, an end to its old record of
//! failures. Pure.
//!
//! A config serves all agents. What one of them gets must not change what the others use, so a
//! profile is declared only if every agent sees it.

use crate::catalog::kind::Kind;
use crate::catalog::nearest::{did_you_mean, instead};
use crate::catalog::paths::MAIN_AGENT;

use crate::change::advice::{Advice, Command};
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::config::CredentialSource;
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::redact::is_secret_like;
use crate::intent::{config, order};
use crate::policy::form;
use crate::policy::known::known_config;
use crate::policy::resolve::accepts;
use crate::policy::{orders as places, sync};
use crate::sys::Millis;
use crate::sys::quote::shell_word;
use crate::sys::secret::Secret;
use crate::sys::time::DAY;
use crate::world::World;
use crate::world::actual::{Credential, Expiry, Held, Origin, Store, Stored, Terms};
use crate::world::observe::store::REFUSED;

/// What a new credential changes of what is known about the failures of the one before.
const FAILURES: &[&str] = &[
    "cooldownUntil",
    "disabledUntil",
    "disabledReason",
    "errorCount",
    "failureCounts",
    "lastFailureAt",
    REFUSED,
];

/// How long a setup-token lasts, in milliseconds.
const YEAR: Millis = 365 * DAY;

/// A credential that came from outside; `end` in milliseconds since the epoch.
pub(crate) fn made(
    world: &World,
    provider: &str,
    kind: Kind,
    secret: Secret,
    end: Option<Millis>,
) -> Credential {
    // Setup-tokens last a year, and nothing in them says so.
    let assumed = (kind == Kind::Token && end.is_none() && form::is_setup_token(&secret))
        .then(|| world.now.saturating_add(YEAR));
    let terms = Terms { is_assumed: assumed.is_some(), ..Terms::default() };
    Credential {
        provider: provider.to_owned(),
        kind,
        secret,
        refresh: None,
        expires: match (kind, end.or(assumed)) {
            (Kind::ApiKey, _) => Expiry::Never,
            (_, Some(at)) => Expiry::millis(at),
            (_, None) => Expiry::Unknown,
        },
        expires_loc: None,
        email: None,
        project: None,
        account: None,
        terms,
        origin: Origin { doc: world.config.doc, key: String::new(), loc: None },
    }
}

/// Stores a credential for `agent` under `id`, and sees to it that it is used.
///
/// # Errors
/// If the config or the store cannot be read, or something else stands under this id.
pub(crate) fn store(world: &World, agent: &str, id: &str, new: &Credential) -> Proposals {
    known_config(world)?;
    let store = order::own_store(world, agent)?;
    let name = world.doc_name(store.doc);
    match store.profile(id).map(|stored| (&stored.held, &stored.provider)) {
        Some((Held::UnknownType(_) | Held::Broken(_), _)) => {
            let why = format!("{id} in {name} has content that zirkabot does not know, so it is kept");
            return Err(Refusal::state(why).help("use another --profile-id"));
        }
        Some((_, provider)) if *provider != new.provider => {
            let why = format!("{id} is a profile of {provider} in {name}");
            return Err(Refusal::state(why).help("use another --profile-id"));
        }
        _ => {}
    }
    let mut edits = sync::storing(store, id, new);
    if !edits.is_empty() {
        edits.extend(forgiving(world, store, id));
    }
    let mut what = format!("store the {} of {id} in {name}", new.kind.label());
    if agent != MAIN_AGENT && hides(world, agent, &new.provider) {
        what.push_str(&format!(
            "; agent {agent} then has its own profiles of {}, and does not use those of agent main",
            new.provider
        ));
    }
    let mut proposals = vec![Proposal::new(what, edits)];
    proposals.extend(used(world, agent, store, id, new));
    Ok(proposals)
}

/// Sees to it that a profile that is stored for `agent` is used.
///
/// # Errors
/// If the config or the store cannot be read, or nothing is stored under this id.
pub(crate) fn in_use(world: &World, agent: &str, id: &str) -> Proposals {
    let store = order::own_store(world, agent)?;
    let stored = store.profile(id).and_then(Stored::credential);
    let stored =
        stored.ok_or_else(|| Refusal::state(format!("agent {agent} has no stored profile `{id}`")))?;
    Ok(used(world, agent, store, id, stored))
}

/// Whether the agent sees main's profiles of the provider until it has one of its own.
fn hides(world: &World, agent: &str, provider: &str) -> bool {
    world.view(agent, provider).is_some_and(|view| {
        view.agent == MAIN_AGENT && view.profiles.iter().any(|stored| stored.provider == provider)
    })
}

/// The edits that forget the failures of the credential that was here before.
fn forgiving(world: &World, store: &Store, id: &str) -> Vec<Edit> {
    let usage = order::section(world, store, "usageStats");
    let Some(own) = usage.iter().rev().find(|member| member.key == id) else { return Vec::new() };
    let at = KeyPath::of(&["usageStats", id]);
    let known = FAILURES.iter().filter(|field| own.node.get(field).is_some());
    known.map(|field| Edit::value(store.doc, at.key(field), To::Remove)).collect()
}

/// What makes sure that a stored profile is tried.
fn used(world: &World, agent: &str, store: &Store, id: &str, new: &Credential) -> Vec<Proposal> {
    let provider = &new.provider;
    let mut proposals = Vec::new();
    let shared = is_seen_by_all(world, agent, store, id, provider);
    let own = store.order(provider);
    let of_config = world.desired.order(provider);
    let declares = world.desired.profiles.iter().any(|declared| declared.provider == *provider);
    if shared || world.desired.profile(id).is_some() {
        if own.is_none() && of_config.is_none() && !declares {
            // As soon as one is declared, what is not declared is not used any more.
            proposals.extend(others(world, store, id, provider));
        }
        let mode = mode(world, id, new.kind, provider);
        let edits = config::declare(world, id, provider, mode);
        if !edits.is_empty() {
            let name = world.doc_name(edits[0].doc);
            proposals.push(Proposal::new(format!("declare {id} with mode \"{mode}\" in {name}"), edits));
        }
    }
    let first = |ids: Vec<String>| std::iter::once(id.to_owned()).chain(ids).collect::<Vec<_>>();
    let texts = |order: &crate::config::Order| -> Vec<String> {
        order.ids.iter().map(|entry| entry.text.clone()).collect()
    };
    let text = format!("use {id} first for {provider}");
    match (own, of_config) {
        (Some(own), _) if texts(own).iter().any(|known| known == id) => {}
        (Some(own), _) => {
            let edit = order::setting(world, store, provider, &first(texts(own)));
            proposals.push(Proposal::new(format!("{text} in the order of agent {agent}"), vec![edit]));
        }
        (None, Some(order)) if texts(order).iter().any(|known| known == id) => {}
        (None, Some(order)) if shared => {
            let place = world.doc(order.loc.doc).path_of(order.loc);
            let to = To::Set(crate::doc::edit::ops::Draft::List(
                first(texts(order)).iter().map(|id| Draft::text(id)).collect(),
            ));
            let edit = place.map(|at| Edit::value(order.loc.doc, at, to));
            proposals.extend(edit.map(|edit| Proposal::new(format!("{text} in auth.order"), vec![edit])));
        }
        // The others keep what they have: only this agent's own order can name it.
        (None, order) if !shared && (order.is_some() || declares) => {
            let ids = store.profiles.iter().filter(|stored| stored.provider == *provider && stored.id != id);
            let edit =
                order::setting(world, store, provider, &first(ids.map(|stored| stored.id.clone()).collect()));
            proposals.push(Proposal::new(format!("{text} in the order of agent {agent}"), vec![edit]));
        }
        (None, _) => {}
    }
    proposals
}

/// Whether every agent that is there would see the profile, once it is stored.
fn is_seen_by_all(world: &World, agent: &str, store: &Store, id: &str, provider: &str) -> bool {
    let has_own = |other: &Store| other.profiles.iter().any(|stored| stored.provider == provider);
    world.agents.iter().filter(|other| other.found && other.id != agent).all(|other| {
        let Some(own) = world.store(&other.id) else { return false };
        own.doc == store.doc || own.profile(id).is_some() || agent == MAIN_AGENT && !has_own(own)
    })
}

/// The declarations of the other stored profiles of the provider.
fn others(world: &World, store: &Store, id: &str, provider: &str) -> Vec<Proposal> {
    let others = store.profiles.iter().filter(|stored| stored.provider == provider && stored.id != id);
    let declare = |stored: &Stored| {
        let held = stored.credential().filter(|_| !is_secret_like(&stored.id))?;
        let edits =
            config::declare(world, &stored.id, provider, mode(world, &stored.id, held.kind, provider));
        Some(Proposal::new(format!("declare {} too, to keep it in use", stored.id), edits))
    };
    others.filter_map(declare).collect()
}

/// The mode to declare: as it is, if that accepts the kind.
fn mode(world: &World, id: &str, kind: Kind, provider: &str) -> &'static str {
    let declared = world.desired.profile(id).and_then(|declared| declared.mode);
    match (declared.filter(|mode| accepts(*mode, kind)), kind) {
        (Some(mode), _) => mode.as_str(),
        (None, Kind::ApiKey) => "api_key",
        // A token may be followed by a login under the same name.
        (None, Kind::Token) if provider != "anthropic" => "token",
        (None, Kind::Token | Kind::OAuth) => "oauth",
    }
}

/// Takes a profile out of the store of `agent`, and out of the config if nobody else has it.
///
/// # Errors
/// If there is no such profile, if it is not this agent's own, or if the next look would only
/// store it again.
pub(crate) fn remove(world: &World, agent: &str, id: &str) -> Proposals {
    let store = order::own_store(world, agent)?;
    let Some(stored) = store.profile(id) else { return absent(world, agent, store, id) };
    if let CredentialSource::Tool(tool) = crate::world::from(world, id)
        && crate::world::login(world, tool).is_some()
    {
        let why = format!("{} is still logged in, so the next sync would store {id} again", tool.row().name);
        let rest = crate::policy::orders::choices(world, agent, &stored.provider);
        let rest: Vec<String> = rest.into_iter().filter(|other| other != id).collect();
        let refusal = Refusal::state(why);
        let keep = format!("config set auth.keepOut '[\"{}\"]'", tool.row().from);
        let keep = world.paths.command(&keep);
        return Err(if rest.is_empty() {
            refusal.help(
                Advice::say(format!("log out of {} first, or keep its login out: ", tool.row().name))
                    .run(keep),
            )
        } else {
            let rest: Vec<String> = rest.iter().map(|id| shell_word(id)).collect();
            let provider = shell_word(&stored.provider);
            let set = format!("models auth order set --provider {provider} {}", rest.join(" "));
            let set = world.paths.command(&set);
            refusal.help(
                Advice::say("log out there first, or exclude it: ")
                    .run(set)
                    .then(format!("; or keep it out of the store: `{keep}`")),
            )
        });
    }
    let take = |at: KeyPath| Edit::value(store.doc, at, To::Remove);
    let mut edits = vec![take(KeyPath::of(&["profiles", id]))];
    for section in ["usageStats", "lastGood"] {
        for member in order::section(world, store, section) {
            if member.key == id || member.node.as_str() == Some(id) {
                edits.push(take(KeyPath::of(&[section, &member.key])));
            }
        }
    }
    edits.extend(order::without(world, store, id));
    let what = format!("remove {id} from {}", world.doc_name(store.doc));
    let mut proposals = vec![Proposal::new(what, edits)];
    let elsewhere = world.stores.iter().any(|other| other.doc != store.doc && other.profile(id).is_some());
    if !elsewhere {
        proposals.extend(undeclared(world, id));
    }
    Ok(proposals)
}

/// Takes a profile out of `auth.profiles` and `auth.order`.
fn undeclared(world: &World, id: &str) -> Option<Proposal> {
    let mut edits = places::unordered(world, id);
    if world.desired.profile(id).is_some() {
        edits.push(config::edit(world, &["auth", "profiles", id], To::Remove));
    }
    let what = format!("remove {id} from {}", world.doc_name(edits.first()?.doc));
    Some(Proposal::new(what, edits))
}

/// What to do about a profile that this agent has not stored.
fn absent(world: &World, agent: &str, store: &Store, id: &str) -> Proposals {
    let owner = world.stores.iter().find(|other| other.profile(id).is_some());
    if let Some(owner) = owner {
        let command = format!("models auth remove {} --agent {}", shell_word(id), owner.agent);
        let why = format!("{id} is not stored for agent {agent}, but for {}", owner.agent);
        return Err(Refusal::state(why).help(Command::from(world.paths.command(&command))));
    }
    if let Some(proposal) = undeclared(world, id) {
        return Ok(vec![proposal]);
    }
    let known: Vec<String> = store.profiles.iter().map(|stored| stored.id.clone()).collect();
    let near = did_you_mean(id, &known);
    let refusal = Refusal::state(format!("agent {agent} has no stored profile `{id}`{near}"));
    Err(if known.is_empty() { refusal } else { refusal.help(instead(&known)) })
}
