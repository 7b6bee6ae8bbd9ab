//! Older layouts of stored credentials: an agent's `auth.json` and the shared `oauth.json`.
//!
//! Both are tables from provider to credential and become `<provider>:default`. They count only
//! while the agent has no store of the present layout.

use crate::catalog::kind::Kind;
use crate::doc::{Doc, Node, Value};
use crate::world::actual::Legacy;
use crate::world::observe::store;

const KNOWN: &[&str] = &[
    "type",
    "provider",
    "key",
    "token",
    "access",
    "refresh",
    "expires",
    "email",
    "accountId",
    "projectId",
    "enterpriseUrl",
    "clientId",
];

/// The credentials of an `auth.json`. Empty if it is of the present layout.
pub(crate) fn read_auth(doc: &Doc, agent: &str) -> Vec<Legacy> {
    let Some(root) = doc.root.as_ref().filter(|root| root.get("profiles").is_none()) else {
        return Vec::new();
    };
    let kind = |node: &Node| node.get("type").and_then(Node::as_str).and_then(Kind::parse);
    root.members().iter().filter_map(|member| one(doc, member, agent, kind(&member.node)?)).collect()
}

/// The logins of an `oauth.json`.
pub(crate) fn read_oauth(doc: &Doc, agent: &str) -> Vec<Legacy> {
    let Some(root) = &doc.root else { return Vec::new() };
    root.members().iter().filter_map(|member| one(doc, member, agent, Kind::OAuth)).collect()
}

/// How many entries of an `auth.json` cannot be read as a credential.
pub(crate) fn leftover(doc: &Doc) -> usize {
    doc.root.as_ref().map_or(0, |root| root.members().len() - read_auth(doc, "").len())
}

/// Whether nothing of a field is lost: it is known, and of the type that it is read as.
fn is_read(member: &crate::doc::Member) -> bool {
    let number = matches!(member.node.value, Value::Number(_));
    KNOWN.contains(&member.key.as_str())
        && if member.key == "expires" { number } else { member.node.as_str().is_some() }
}

fn one(doc: &Doc, member: &crate::doc::Member, agent: &str, kind: Kind) -> Option<Legacy> {
    let node = &member.node;
    if !matches!(node.value, Value::Object(_)) {
        return None;
    }
    let provider = node.get("provider").and_then(Node::as_str).unwrap_or(&member.key);
    let key = format!("{}.{}", member.key, crate::catalog::kind::secret_field(kind));
    let credential = store::credential(doc, node, kind, provider, key);
    Some(Legacy {
        agent: agent.to_owned(),
        id: format!("{}:default", credential.provider),
        complete: node.members().iter().all(is_read),
        credential,
    })
}
