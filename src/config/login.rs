//! `auth.login`: where a person logs in to a provider that is not built in, or otherwise than usual.

use crate::catalog::providers;
use crate::config::field::{Field, Names, Shape, key};
use crate::doc::{Member, Node};
use crate::sys::secret::Secret;

/// The key.
pub(super) const LOGINS: Field = key(
    "login",
    Shape::Map(&Shape::Table(
        &[
            key("authorizeUrl", Shape::Text, "Address of the authorization endpoint.").names(Names::Endpoint),
            key("deviceUrl", Shape::Text, "Device authorization endpoint (RFC 8628).").names(Names::Endpoint),
            key("tokenUrl", Shape::Text, "Address of the token endpoint.").names(Names::Endpoint),
            key("revokeUrl", Shape::Text, "Address of the revocation endpoint (RFC 7009).")
                .names(Names::Endpoint),
            key(
                "redirectUri",
                Shape::Text,
                "Redirect address; zirkabot listens on http://127.0.0.1:PORT/PATH.",
            )
            .names(Names::Endpoint),
            key("clientId", Shape::Text, "Client id."),
            key(
                "clientSecret",
                Shape::Text,
                "Client secret, if there is one; preferably a reference to a variable.",
            ),
            key("scopes", Shape::List(&Shape::Text), "Requested scopes."),
        ],
        None,
    )),
    "How to log in, by provider.",
);

/// An entry of `auth.login`.
#[derive(Clone, Debug, Default)]
pub struct OwnLogin {
    /// Normalised provider.
    pub provider: String,
    /// The authorization endpoint.
    pub authorize: Option<String>,
    /// The endpoint that gives codes for devices.
    pub device: Option<String>,
    /// The token endpoint.
    pub token: Option<String>,
    /// Where tokens are revoked.
    pub revoke: Option<String>,
    /// Where the browser is sent back to.
    pub redirect: Option<String>,
    /// Client that asks.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// What is asked for.
    pub scopes: Vec<String>,
}

/// Reads the table.
pub(super) fn logins(node: &Node) -> Vec<OwnLogin> {
    let one = |member: &Member| {
        let text = |key: &str| member.node.get(key).and_then(Node::as_str).map(str::to_owned);
        let scopes = member.node.get("scopes").map(Node::items).unwrap_or_default();
        OwnLogin {
            provider: providers::normalise(&member.key),
            authorize: text("authorizeUrl"),
            device: text("deviceUrl"),
            token: text("tokenUrl"),
            revoke: text("revokeUrl"),
            redirect: text("redirectUri"),
            client_id: text("clientId"),
            client_secret: member.node.get("clientSecret").and_then(Node::as_secret).cloned(),
            scopes: scopes.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        }
    };
    node.members().iter().map(one).collect()
}
