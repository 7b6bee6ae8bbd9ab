//! `monitor.*`: through which channels it is told that a credential ends, and how often.

use crate::config::field::key;
use crate::config::field::required;
use crate::config::field::span;
use crate::config::field::{Field, Shape};
use crate::doc::{Node, Value};
use crate::sys::Millis;
use crate::sys::secret::Secret;

/// Settings that are credentials, by table and key, and the variable that each would be.
pub const TOKENS: &[(&str, &str, &str)] =
    &[("ntfy", "token", "NTFY_TOKEN"), ("webhook", "token", "WEBHOOK_TOKEN")];

/// The ntfy server that is used where none is named.
pub const NTFY: &str = "https://ntfy.sh";

/// The keys.
pub(super) const FIELDS: &[Field] = &[
    key(
        "remind",
        Shape::Either(&[Shape::OneOf(&["off"]), Shape::Duration]),
        "How long until it is told again what has not changed, or off; 24h by default.",
    ),
    key(
        "allowRefreshable",
        Shape::Bool,
        "Whether logins that renew themselves do not count as expired or expiring.",
    ),
    key(
        "ntfy",
        Shape::Table(
            &[
                required(
                    "topic",
                    Shape::Secret,
                    "Topic; on a public server whoever knows it can read along.",
                ),
                key("server", Shape::Text, "Address of the server; https://ntfy.sh by default."),
                key("token", Shape::Secret, "Access token; better as ${VARIABLE}."),
                key("tokenFile", Shape::Text, "File that holds the access token."),
                key("allowHttp", Shape::Bool, "Whether the server may be asked in clear."),
            ],
            None,
        ),
        "Messages to phones through ntfy.",
    ),
    key(
        "webhook",
        Shape::Table(
            &[
                required("url", Shape::Secret, "Address that takes JSON; better as ${VARIABLE}."),
                key("token", Shape::Secret, "Bearer token; better as ${VARIABLE}."),
                key("tokenFile", Shape::Text, "File that holds the bearer token."),
                key("allowHttp", Shape::Bool, "Whether the server may be asked in clear."),
            ],
            None,
        ),
        "Messages as JSON to a server of yours, or to a chat.",
    ),
    key("mail", TEXTS, "Addresses that get mail through sendmail."),
    key("hook", TEXTS, "Program that gets messages as JSON, or a list of it and its arguments."),
    key("desktop", Shape::Bool, "Whether to show messages on the desktop."),
    key("termux", Shape::Bool, "Whether to show messages through termux-notification."),
];

const TEXTS: Shape = Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)]);

/// The channels and their settings.
#[derive(Clone, Debug, Default)]
pub struct Monitor {
    /// `monitor.ntfy`.
    pub ntfy: Option<Ntfy>,
    /// `monitor.webhook`.
    pub webhook: Option<Webhook>,
    /// `monitor.mail`: addresses.
    pub mail: Vec<String>,
    /// `monitor.hook`: a program and its arguments.
    pub hook: Vec<String>,
    /// `monitor.desktop`.
    pub desktop: bool,
    /// `monitor.termux`.
    pub termux: bool,
    /// `monitor.remind`, if it is said.
    pub remind: Option<Remind>,
    /// `monitor.allowRefreshable`.
    pub allow_refreshable: bool,
}

/// A topic of an ntfy server. On a public server whoever knows the topic can read along.
#[derive(Clone, Debug)]
pub struct Ntfy {
    /// The server's address.
    pub server: String,
    /// The topic.
    pub topic: Secret,
    /// An access token, where the server wants one.
    pub token: Option<Secret>,
    /// A file that holds it.
    pub token_file: Option<String>,
    /// Whether it may be asked in clear.
    pub in_clear: bool,
}

/// A server that takes JSON.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its address, which often holds a token.
    pub url: Secret,
    /// An access token, sent as a bearer token.
    pub token: Option<Secret>,
    /// A file that holds it.
    pub token_file: Option<String>,
    /// Whether it may be asked in clear.
    pub in_clear: bool,
}

/// When somebody is reminded of what goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remind {
    /// Never.
    Off,
    /// After so many milliseconds.
    After(Millis),
}

impl Remind {
    /// Reads `off` or a time.
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim().eq_ignore_ascii_case("off") {
            return Some(Self::Off);
        }
        crate::sys::time::parse(text).map(Self::After)
    }
}

impl Monitor {
    /// All that is a secret in it, for those who hide secrets.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let ntfy = self.ntfy.iter().flat_map(|ntfy| std::iter::once(&ntfy.topic).chain(&ntfy.token));
        ntfy.chain(self.webhook.iter().flat_map(|hook| std::iter::once(&hook.url).chain(&hook.token)))
    }
}

/// Reads the table. What does not fit is left out.
pub(super) fn monitor(node: &Node) -> Monitor {
    let is = |key: &str| node.get(key).and_then(Node::as_bool).unwrap_or(false);
    Monitor {
        ntfy: node.get("ntfy").and_then(ntfy),
        webhook: node.get("webhook").and_then(webhook),
        mail: node.get("mail").map(texts).unwrap_or_default(),
        hook: node.get("hook").map(texts).unwrap_or_default(),
        desktop: is("desktop"),
        termux: is("termux"),
        remind: node.get("remind").and_then(remind),
        allow_refreshable: is("allowRefreshable"),
    }
}

fn remind(node: &Node) -> Option<Remind> {
    match &node.value {
        Value::String(text) => Remind::parse(text.expose()),
        _ => span(node).map(Remind::After),
    }
}

/// One text, or a list of them.
fn texts(node: &Node) -> Vec<String> {
    let one = std::iter::once(node).filter(|node| node.as_str().is_some());
    one.chain(node.items()).filter_map(Node::as_str).map(str::to_owned).collect()
}

fn ntfy(node: &Node) -> Option<Ntfy> {
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    Some(Ntfy {
        server: text("server").unwrap_or(NTFY).to_owned(),
        topic: secret(node, "topic")?,
        token: secret(node, "token"),
        token_file: text("tokenFile").map(str::to_owned),
        in_clear: node.get("allowHttp").and_then(Node::as_bool).unwrap_or(false),
    })
}

fn webhook(node: &Node) -> Option<Webhook> {
    Some(Webhook {
        url: secret(node, "url")?,
        token: secret(node, "token"),
        token_file: node.get("tokenFile").and_then(Node::as_str).map(str::to_owned),
        in_clear: node.get("allowHttp").and_then(Node::as_bool).unwrap_or(false),
    })
}

fn secret(node: &Node, key: &str) -> Option<Secret> {
    node.get(key)?.as_secret().filter(|secret| !secret.is_blank()).cloned()
}
