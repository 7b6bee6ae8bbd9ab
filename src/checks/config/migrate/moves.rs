//! Keys of older versions whose value goes to another place as it is.

use crate::change::proposal::{Class, Proposal};
use crate::checks::config::migrate::site::{Site, is_known};
use crate::doc::edit::ops::{Draft, To};
use crate::doc::{KeyPath, Node, Value, edit};

const DEFAULTS: &[&str] = &["agents", "defaults"];

/// `agent` is `agents.defaults`, but for keys that this has never had.
pub(super) fn agent(site: &Site<'_>) -> Option<Proposal> {
    let old = site.get(&site.at)?;
    let Value::Object(members) = &old.value else { return None };
    let defaults = KeyPath::of(DEFAULTS);
    if members.is_empty() {
        let edits = vec![site.edit(&site.at, To::Remove)?];
        return Some(Proposal::new("remove it, because it is empty", edits));
    }
    if site.get(&defaults).is_none() && members.iter().all(|member| is_known(DEFAULTS, &member.key)) {
        return site.whole(&defaults);
    }
    let (mut moves, mut removals) = (Vec::new(), Vec::new());
    for member in members.iter().filter(|member| is_known(DEFAULTS, &member.key)) {
        let (from, to) = (site.at.key(&member.key), defaults.key(&member.key));
        match site.get(&to) {
            None => moves.push(site.moved(&from, &to)?),
            Some(new) if edit::same(&member.node, new) => removals.push(site.edit(&from, To::Remove)?),
            Some(_) => {}
        }
    }
    match (moves.is_empty(), removals.is_empty()) {
        (false, _) => Some(Proposal::new(format!("move what is missing there to `{defaults}`"), moves)),
        (true, false) => {
            let what = format!("remove what `{defaults}` already has");
            Some(Proposal { class: Class::Force, ..Proposal::new(what, removals) })
        }
        (true, true) => None,
    }
}

/// `gateway.token` is `gateway.auth.token`, which needs its mode.
pub(super) fn gateway_token(site: &Site<'_>) -> Option<Proposal> {
    let auth = KeyPath::of(&["gateway", "auth"]);
    if site.get(&auth).is_some_and(|auth| !matches!(auth.value, Value::Object(_))) {
        return None;
    }
    let mut repair = site.whole(&auth.key("token"))?;
    let mode = auth.key("mode");
    if repair.class == Class::Fix && site.get(&mode).is_none() {
        repair.edits.push(site.edit(&mode, To::text("token"))?);
    }
    Some(repair)
}

/// The section of a channel stands below `channels`.
pub(super) fn channel(site: &Site<'_>, name: &str) -> Option<Proposal> {
    site.whole(&KeyPath::of(&["channels", name]))
}

/// `identity` is that of the default agent.
pub(super) fn identity(site: &Site<'_>) -> Option<Proposal> {
    let list = KeyPath::of(&["agents", "list"]);
    let Some(agents) = site.get(&list).map(Node::items).filter(|agents| !agents.is_empty()) else {
        return first_agent(site, &list);
    };
    let marked = |agent: &&Node| agent.get("default").and_then(Node::as_bool) == Some(true);
    let agent = agents.iter().find(marked).or(agents.first()).filter(|agent| site.is_here(agent))?;
    let name = agent.get("id").and_then(Node::as_str)?;
    match agent.get("identity") {
        None => {
            let to = site.docs.get(site.id()).path_of(agent.loc)?.key("identity");
            let edits = vec![site.edit(&site.at, To::Move(to))?];
            Some(Proposal::new(format!("move it to agent {name}"), edits))
        }
        Some(own) if edit::same(own, site.get(&site.at)?) => {
            let edits = vec![site.edit(&site.at, To::Remove)?];
            let what = format!("remove it, because agent {name} has the same");
            Some(Proposal { class: Class::Force, ..Proposal::new(what, edits) })
        }
        Some(_) => None,
    }
}

/// A list of one agent, with the identity.
fn first_agent(site: &Site<'_>, list: &KeyPath) -> Option<Proposal> {
    if site.get(list).is_some() {
        return None;
    }
    let id = Draft::text(crate::catalog::paths::MAIN_AGENT);
    let identity = Draft::of(site.written(&site.at)?);
    let agent = Draft::Table(vec![("id".to_owned(), id), ("identity".to_owned(), identity)]);
    let edits = vec![site.edit(&site.at, To::Remove)?, site.edit(list, To::Set(Draft::List(vec![agent])))?];
    Some(Proposal::new("move it to an entry for agent main", edits))
}
