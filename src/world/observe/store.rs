//! Reads an agent's auth store (`auth-profiles.json`). Pure over the parsed document.

use crate::catalog::kind::{Kind, secret_field};
use crate::catalog::providers;
use crate::config::{Order, Text};
use crate::doc::{Doc, Node, Value};
use crate::sys::secret::Secret;
use crate::world::actual::{Credential, Expiry, Held, Origin, Store, Stored, Usage};
use std::path::Path;

/// Where a store remembers that a refresh token was refused: below `usageStats.<profile>`.
pub(crate) const REFUSED: &str = "refreshRefused";

/// What the store of `agent` holds; empty where there is no tree.
pub(crate) fn read(doc: &Doc, agent: &str, dir: &Path) -> Store {
    let section = |name: &str| doc.root.as_ref().and_then(|root| root.get(name));
    Store {
        agent: agent.to_owned(),
        dir: dir.to_owned(),
        doc: doc.id,
        profiles: section("profiles").map(|node| profiles(doc, node)).unwrap_or_default(),
        orders: section("order").map(orders).unwrap_or_default(),
        usage: section("usageStats").map(usage).unwrap_or_default(),
    }
}

fn profiles(doc: &Doc, node: &Node) -> Vec<Stored> {
    let one = |member: &crate::doc::Member| {
        let named = member.node.get("provider").and_then(Node::as_str).filter(|text| !text.trim().is_empty());
        let of_id = || member.key.split(':').next().unwrap_or_default();
        Stored {
            id: member.key.clone(),
            loc: member.key_loc,
            provider: providers::normalise(named.unwrap_or_else(of_id)),
            held: held(doc, member, named),
        }
    };
    // The last of equal ids counts.
    let members = node.members();
    let is_last = |at: usize| members[at + 1..].iter().all(|later| later.key != members[at].key);
    members.iter().enumerate().filter(|(at, _)| is_last(*at)).map(|(_, member)| one(member)).collect()
}

fn held(doc: &Doc, member: &crate::doc::Member, provider: Option<&str>) -> Held {
    let node = &member.node;
    let kind = match node.get("type") {
        Some(kind) => match kind.as_str().and_then(Kind::parse) {
            Some(kind) => kind,
            None => return Held::UnknownType(kind.loc),
        },
        None => return Held::Broken(member.key_loc),
    };
    let Some(provider) = provider else { return Held::Broken(member.key_loc) };
    let key = format!("profiles.\"{}\".{}", member.key, secret_field(kind));
    Held::Credential(credential(doc, node, kind, provider, key))
}

/// The credential that a table of the store's shape holds. `key` names the secret for people.
pub(crate) fn credential(doc: &Doc, node: &Node, kind: Kind, provider: &str, key: String) -> Credential {
    let secret = node.get(secret_field(kind));
    let text = |name: &str| node.get(name).and_then(Node::as_str).map(str::to_owned);
    let refresh = node.get("refresh").and_then(Node::as_secret).filter(|secret| !secret.is_blank());
    Credential {
        provider: providers::normalise(provider),
        kind,
        secret: secret.and_then(Node::as_secret).cloned().unwrap_or_else(|| Secret::from("")),
        refresh: refresh.filter(|_| kind == Kind::OAuth).cloned(),
        expires: expiry(node.get("expires"), kind),
        expires_loc: node.get("expires").map(|node| node.loc),
        email: text("email"),
        account: text("accountId"),
        origin: Origin { doc: doc.id, key, loc: secret.map(|node| node.loc) },
    }
}

fn expiry(node: Option<&Node>, kind: Kind) -> Expiry {
    match node.map(|node| &node.value) {
        _ if kind == Kind::ApiKey => Expiry::Never,
        None | Some(Value::Null) => Expiry::Unknown,
        Some(Value::Number(number)) => Expiry::of_number(number.0),
        Some(_) => Expiry::Malformed,
    }
}

fn orders(node: &Node) -> Vec<Order> {
    let ids = |node: &Node| -> Vec<Text> {
        let texts = node.items().iter().filter_map(|item| Some((item.as_str()?.trim(), item.loc)));
        texts
            .filter(|(text, _)| !text.is_empty())
            .map(|(text, loc)| Text { text: text.to_owned(), loc })
            .collect()
    };
    let one = |member: &crate::doc::Member| Order {
        provider: providers::normalise(&member.key),
        loc: member.key_loc,
        ids: ids(&member.node),
    };
    // An empty list in a store says nothing; in the config it would switch the provider off.
    node.members().iter().map(one).filter(|order| !order.ids.is_empty()).collect()
}

fn usage(node: &Node) -> Vec<(String, Usage)> {
    let one = |member: &crate::doc::Member| {
        let node = &member.node;
        let number = |node: Option<&Node>| node.and_then(Node::as_f64).filter(|n| n.is_finite());
        let instant = |name: &str| number(node.get(name)).map_or(0, |number| number.max(0.0) as i64);
        let count = |node: Option<&Node>| Some(number(node)?.clamp(0.0, 1e9) as u64);
        let counts = node.get("failureCounts").map(Node::members).unwrap_or_default();
        let counts = counts.iter().filter_map(|kind| Some((kind.key.clone(), count(Some(&kind.node))?)));
        let usage = Usage {
            last_used: instant("lastUsed"),
            errors: count(node.get("errorCount")).unwrap_or(0),
            counts: counts.collect(),
            last_failure: instant("lastFailureAt"),
            cooldown_until: instant("cooldownUntil"),
            disabled_until: instant("disabledUntil"),
            disabled_reason: node.get("disabledReason").and_then(Node::as_str).map(str::to_owned),
            refused: node.get(REFUSED).and_then(|refused| {
                let of = refused.get("of").and_then(Node::as_str)?;
                let at = number(refused.get("at"))?;
                Some((u64::from_str_radix(of, 16).ok()?, at as i64))
            }),
            loc: Some(member.key_loc),
        };
        (member.key.clone(), usage)
    };
    node.members().iter().map(one).collect()
}
