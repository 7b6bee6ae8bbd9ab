//! Reads an agent's auth store (`auth-profiles.json`). Pure over the parsed document.

use crate::catalog::kind::{Kind, misnomers, secret_field};
use crate::catalog::providers;
use crate::config::{Order, Text};
use crate::doc::{Doc, Node, Value};
use crate::sys::secret::Secret;
use crate::world::actual::{
    Borrowed, Credential, Expiry, Held, LoginState, Misnamed, Origin, Store, Stored, Terms, Usage,
};
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
            misnamed: misnamed(&member.node),
        }
    };
    // The last of equal ids counts.
    let members = node.members();
    let is_last = |at: usize| members[at + 1..].iter().all(|later| later.key != members[at].key);
    members.iter().enumerate().filter(|(at, _)| is_last(*at)).map(|(_, member)| one(member)).collect()
}

/// The fields of a record that have other names than those that are read, where nothing has that name.
fn misnamed(record: &Node) -> Vec<Misnamed> {
    let is_nothing =
        |node: &Node| matches!(node.value, Value::Null) || node.as_secret().is_some_and(Secret::is_blank);
    let word = |name: &str| record.get(name).and_then(Node::as_str).and_then(Kind::parse);
    let kind = word("type").or_else(|| word("mode")).or_else(|| word("kind"));
    let one = |(reads, names): (&'static str, &'static [&'static str])| {
        let there = record.member(reads);
        if there.is_some_and(|there| !is_nothing(&there.node)) {
            return None;
        }
        let fits = |node: &Node| match reads {
            "type" => node.as_str().is_some_and(|word| Kind::parse(word).is_some()),
            "expires" => Expiry::of_node(node).at().is_some(),
            _ => node.as_secret().is_some_and(|secret| !secret.is_blank()),
        };
        let found = names.iter().find_map(|name| record.member(name).filter(|member| fits(&member.node)))?;
        Some(Misnamed { has: found.key.clone(), reads, in_the_way: there.is_some(), loc: found.key_loc })
    };
    misnomers(kind).into_iter().filter_map(one).collect()
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
    Held::Credential(Box::new(credential(doc, node, kind, provider, key)))
}

/// Where a store says until when a login can be renewed, in milliseconds since the epoch.
pub(crate) const REFRESH_UNTIL: &str = "refreshTokenExpiresAt";

/// Where a store says what a login may be used for.
pub(crate) const SCOPES: &str = "scopes";

/// Where a store of ours says that the end of a token is assumed; the gateway ignores it.
pub(crate) const ASSUMED: &str = "expiresAssumed";

fn terms(node: &Node, kind: Kind) -> Terms {
    if kind == Kind::ApiKey {
        return Terms::default();
    }
    let is_assumed = node.get(ASSUMED).and_then(Node::as_bool) == Some(true);
    Terms { is_assumed, ..Terms::of(node.get(REFRESH_UNTIL), node.get(SCOPES)) }
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
        terms: terms(node, kind),
        origin: Origin { doc: doc.id, key, loc: secret.map(|node| node.loc) },
    }
}

fn expiry(node: Option<&Node>, kind: Kind) -> Expiry {
    match node {
        _ if kind == Kind::ApiKey => Expiry::Never,
        None => Expiry::Unknown,
        Some(node) => Expiry::of_node(node),
    }
}

/// Adds what other programs say of logins that are stored with the same token, where the store says
/// nothing: whoever copied them may not have copied that.
pub(crate) fn complete(stores: &mut [Store], borrowed: &[Borrowed]) {
    let logins = borrowed.iter().filter_map(|borrowed| match &borrowed.found {
        LoginState::Login(login) => Some(&**login),
        _ => None,
    });
    for login in logins {
        let held = stores.iter_mut().flat_map(|store| &mut store.profiles);
        for stored in held {
            let Held::Credential(held) = &mut stored.held else { continue };
            if held.provider == login.provider && held.secret == login.secret && held.kind == login.kind {
                let (own, told) = (&mut held.terms, &login.terms);
                own.refresh_until = own.refresh_until.or(told.refresh_until);
                own.scopes = own.scopes.take().or_else(|| told.scopes.clone());
            }
        }
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
