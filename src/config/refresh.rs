//! `auth.refresh` and `auth.refreshBorrowed`: how logins are renewed.

use crate::catalog::providers;
use crate::catalog::tools::Tool;
use crate::config::field::{Field, Names, Shape, key};
use crate::doc::{Member, Node};

/// The key of the endpoints.
pub(super) const ENDPOINTS: Field = key(
    "refresh",
    Shape::Map(&Shape::Table(
        &[
            key("url", Shape::Text, "Address of the token endpoint, instead of the provider's own.")
                .names(Names::Endpoint),
            key("clientId", Shape::Text, "Client id, instead of the usual one."),
        ],
        None,
    )),
    "How logins are renewed, by provider; for proxies and tests.",
);

/// The key of what becomes of other programs' logins.
pub(super) const BORROWED: Field = key(
    "refreshBorrowed",
    Shape::OneOf(&["write-back", "never"]),
    "Whether an expired login of another program is renewed and written back to it; write-back by default.",
);

/// The key of who is not asked how much is used.
pub(super) const USAGE: Field = key(
    "usage",
    Shape::Map(&Shape::Bool),
    "Whether `models usage` asks a provider, by provider; true by default.",
);

/// The key of whose logins stay out of the store.
pub(super) const KEPT_OUT: Field = key(
    "keepOut",
    Shape::List(&Shape::OneOf(&Tool::WORDS)),
    "Programs whose logins are not used and not stored, such as a private login on the bot's machine.",
);

/// The programs whose logins are not used.
pub(super) fn kept_out(node: &Node) -> Vec<Tool> {
    let named = |tool: &Tool| node.items().iter().any(|word| word.as_str() == Some(tool.row().from));
    Tool::ALL.into_iter().filter(named).collect()
}

/// The providers that are not asked how much is used, normalised.
pub(super) fn untold(node: &Node) -> Vec<String> {
    let off = node.members().iter().filter(|member| member.node.as_bool() == Some(false));
    off.map(|member| providers::normalise(&member.key)).collect()
}

/// An entry of `auth.refresh`.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Normalised provider.
    pub provider: String,
    /// Address of the token endpoint.
    pub url: Option<String>,
    /// Client that asks.
    pub client_id: Option<String>,
}

/// Reads the table.
pub(super) fn endpoints(node: &Node) -> Vec<Endpoint> {
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let one = |member: &Member| Endpoint {
        provider: providers::normalise(&member.key),
        url: text(&member.node, "url"),
        client_id: text(&member.node, "clientId"),
    };
    node.members().iter().map(one).collect()
}
