//! Reads an agent's auth store (`auth-profiles.json`). Pure over the parsed document.

mod misnamed;

use crate::catalog::kind::{Kind, secret_field};
use crate::catalog::providers;
use crate::config::secret_ref::SecretRef;
use crate::config::{Order, Text};
use crate::doc::{Doc, Member, Node, Value};
use crate::sys::secret::Secret;
use crate::world::actual::{
    Borrowed, Credential, Expiry, FieldFault, Held, LoginState, Misnamed, OddInstant, Origin, Store, Stored,
    Terms, UnreadOrder, Usage,
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
        unread_orders: section("order").map(unread_orders).unwrap_or_default(),
        usage: section("usageStats").map(usage).unwrap_or_default(),
    }
}

fn profiles(doc: &Doc, node: &Node) -> Vec<Stored> {
    let one = |member: &Member| {
        let named = member.node.get("provider").and_then(Node::as_str).filter(|text| !text.trim().is_empty());
        let of_id = || member.key.split(':').next().unwrap_or_default();
        let misnamed = misnamed::of(member);
        // What is to be written as the provider is whose it is.
        let meant = misnamed.iter().find_map(|field| match &field.fault {
            FieldFault::Word { reads, .. } if field.reads == "provider" => Some(reads.as_str()),
            _ => None,
        });
        let reference = ["keyRef", "tokenRef"].iter().find_map(|name| SecretRef::of(member.node.get(name)?));
        Stored {
            reference,
            id: member.key.clone(),
            loc: member.key_loc,
            provider: providers::normalise(meant.or(named).unwrap_or_else(of_id)),
            held: held(doc, member, meant.or(named), &misnamed),
            misnamed,
        }
    };
    // The last of equal ids counts.
    let members = node.members();
    let is_last = |at: usize| members[at + 1..].iter().all(|later| later.key != members[at].key);
    members.iter().enumerate().filter(|(at, _)| is_last(*at)).map(|(_, member)| one(member)).collect()
}

fn held(doc: &Doc, member: &Member, provider: Option<&str>, misnamed: &[Misnamed]) -> Held {
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
    let mut held = credential(doc, node, kind, provider, key);
    // An end under another name is one all the same: nothing lasts for ever because of a name.
    let end = misnamed.iter().filter(|field| field.reads == "expires").find_map(|field| field.pair().0);
    if let Some(end) = end.and_then(|name| node.get(name)) {
        (held.expires, held.expires_loc) = (Expiry::of_node(end), Some(end.loc));
    }
    Held::Credential(Box::new(held))
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
        project: text("projectId"),
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
    let one = |member: &Member| Order {
        provider: providers::normalise(&member.key),
        loc: member.key_loc,
        ids: ids(&member.node),
    };
    // An empty list in a store says nothing; in the config it would switch the provider off.
    node.members().iter().map(one).filter(|order| !order.ids.is_empty()).collect()
}

/// What is no list of texts.
fn unread_orders(node: &Node) -> Vec<UnreadOrder> {
    let is_list = |node: &Node| match &node.value {
        Value::Array(items) => items.iter().all(|item| item.as_str().is_some()),
        value => matches!(value, Value::Null),
    };
    let unread = |provider: Option<&str>, node: &Node| UnreadOrder {
        provider: provider.map(str::to_owned),
        text: node.as_str().map(str::to_owned),
        loc: node.loc,
    };
    match &node.value {
        Value::Object(members) => {
            let odd = members.iter().filter(|member| !is_list(&member.node));
            odd.map(|member| unread(Some(&member.key), &member.node)).collect()
        }
        Value::Null => Vec::new(),
        _ => vec![unread(None, node)],
    }
}

fn usage(node: &Node) -> Vec<(String, Usage)> {
    let one = |member: &Member| {
        let node = &member.node;
        let number = |node: Option<&Node>| node.and_then(Node::as_f64).filter(|n| n.is_finite());
        let mut odd = Vec::new();
        let mut instant = |field: &'static str| {
            let Some(node) = node.get(field) else { return 0 };
            let read = Expiry::of_use(node);
            if read.odd().is_some() || read == Expiry::Malformed {
                odd.push(OddInstant { field, read: read.odd(), loc: node.loc });
            }
            read.at().unwrap_or(0)
        };
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
                let at = Expiry::of_use(refused.get("at")?).at()?;
                Some((u64::from_str_radix(of, 16).ok()?, at))
            }),
            loc: Some(member.key_loc),
            odd,
        };
        (member.key.clone(), usage)
    };
    node.members().iter().map(one).collect()
}
