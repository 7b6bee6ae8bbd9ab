//! What is asked of a token endpoint. Pure.

use crate::catalog::providers::{Client, Renewal};
use crate::change::proposal::Refusal;
use crate::doc::KeyPath;
use crate::policy::refresh::Subject;
use crate::sys::Millis;
use crate::sys::http::{Method, Request};
use crate::sys::secret::Secret;
use crate::world::World;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands in a form as it is (RFC 3986, section 2.3).
pub(crate) const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Longest time until a connection stands, in milliseconds.
const CONNECT: Millis = 10_000;

/// Most bytes of an answer.
const MAX_ANSWER: usize = 1 << 20;

/// The request for a login; `limit` is the longest time for it, in milliseconds.
///
/// # Errors
/// If it is not known who asks.
pub(crate) fn of(world: &World, subject: &Subject<'_>, limit: Millis) -> Result<Request, Refusal> {
    let provider = &subject.credential.provider;
    let url = endpoint(world, provider, subject.renewal);
    let Some((client, secret)) = client(world, provider, subject.renewal, stored_client(world, subject))
    else {
        let why = format!("the client of {} is unknown", subject.profile);
        let vars = client_vars(subject.renewal);
        let help = vars.map(|(id, secret)| format!("set {id}, and {secret} if it has one"));
        let refusal = Refusal::state(why);
        return Err(match help {
            Some(help) => refusal.help(help),
            None => refusal,
        });
    };
    let mut fields = vec![
        ("grant_type", Secret::from("refresh_token")),
        ("refresh_token", subject.token.clone()),
        ("client_id", Secret::new(client)),
    ];
    fields.extend(secret.map(|secret| ("client_secret", secret)));
    Ok(post(url, &fields, subject.renewal.json, limit))
}

/// A request that hands in these fields, as JSON or as a form.
pub(crate) fn post(url: String, fields: &[(&str, Secret)], json: bool, limit: Millis) -> Request {
    let (kind, body) = if json {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.expose().as_str().into()));
        ("application/json", serde_json::Value::Object(fields.collect()).to_string())
    } else {
        let pair =
            |(name, value): &(&str, Secret)| format!("{name}={}", utf8_percent_encode(value.expose(), PLAIN));
        ("application/x-www-form-urlencoded", fields.iter().map(pair).collect::<Vec<_>>().join("&"))
    };
    Request {
        method: Method::Post,
        url: Secret::new(url),
        headers: vec![("Content-Type", Secret::from(kind)), ("Accept", Secret::from("application/json"))],
        body: Secret::new(body.into_bytes()),
        connect: CONNECT.min(limit),
        whole: limit,
        max_answer: MAX_ANSWER,
        in_clear: false,
    }
}

/// The token endpoint of a provider; empty if none is known.
pub(crate) fn endpoint(world: &World, provider: &str, renewal: &Renewal) -> String {
    let desired = &world.desired;
    let own = desired.refresh.iter().rev().find(|own| own.provider == provider);
    let login = desired.logins.iter().rev().find(|own| own.provider == provider);
    let url = own.and_then(|own| own.url.clone()).or_else(|| login?.token.clone());
    url.unwrap_or_else(|| renewal.url.to_owned())
}

/// Who asks, and with which secret; `stored` is the client that is recorded beside a login.
pub(crate) fn client(
    world: &World,
    provider: &str,
    renewal: &Renewal,
    stored: Option<String>,
) -> Option<(String, Option<Secret>)> {
    let desired = &world.desired;
    let own = desired.refresh.iter().rev().find(|own| own.provider == provider);
    let login = desired.logins.iter().rev().find(|own| own.provider == provider);
    let configured = own.and_then(|own| own.client_id.clone()).or_else(|| login?.client_id.clone());
    let var = |name: &str| world.env.get(name).filter(|value| !value.is_blank()).cloned();
    let (id, secret) = match renewal.client {
        Client::Public(id) => {
            let secret = login.and_then(|login| login.client_secret.clone());
            (configured.unwrap_or_else(|| id.to_owned()), secret.filter(|secret| !secret.is_blank()))
        }
        Client::Own(id_var, secret_var) => {
            let id = configured.or(stored);
            (id.or_else(|| var(id_var).map(|id| id.expose().trim().to_owned()))?, var(secret_var))
        }
    };
    (!id.is_empty()).then_some((id, secret))
}

/// The variables in which a client and its secret are given.
pub(crate) fn client_vars(renewal: &Renewal) -> Option<(&'static str, &'static str)> {
    match renewal.client {
        Client::Own(id, secret) => Some((id, secret)),
        Client::Public(_) => None,
    }
}

/// The client that is recorded beside a login: the world keeps only what is needed often.
fn stored_client(world: &World, subject: &Subject<'_>) -> Option<String> {
    let at = KeyPath::of(&["profiles", subject.profile, "clientId"]);
    let doc = world.doc(subject.store?.doc);
    let root = crate::doc::parse(doc.format, doc.id, doc.text.expose()).ok()?;
    root.locate(&at)?.as_str().map(str::to_owned)
}
