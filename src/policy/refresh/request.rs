//! What is asked of a token endpoint. Pure.

use crate::catalog::providers::Client;
use crate::change::proposal::Refusal;
use crate::doc::KeyPath;
use crate::policy::refresh::Subject;
use crate::sys::Millis;
use crate::sys::http::{Method, Request};
use crate::sys::secret::Secret;
use crate::world::World;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands in a form as it is (RFC 3986, section 2.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

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
    let own = world.desired.refresh.iter().rev().find(|own| own.provider == *provider);
    let url = own.and_then(|own| own.url.clone()).unwrap_or_else(|| subject.renewal.url.to_owned());
    let (client, secret) = client(world, subject, own.and_then(|own| own.client_id.clone()))?;
    let mut fields = vec![
        ("grant_type", Secret::from("refresh_token")),
        ("refresh_token", subject.token.clone()),
        ("client_id", Secret::new(client)),
    ];
    fields.extend(secret.map(|secret| ("client_secret", secret)));
    let (kind, body) = if subject.renewal.json {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.expose().as_str().into()));
        ("application/json", serde_json::Value::Object(fields.collect()).to_string())
    } else {
        let pair =
            |(name, value): &(&str, Secret)| format!("{name}={}", utf8_percent_encode(value.expose(), PLAIN));
        ("application/x-www-form-urlencoded", fields.iter().map(pair).collect::<Vec<_>>().join("&"))
    };
    Ok(Request {
        method: Method::Post,
        url: Secret::new(url),
        headers: vec![("Content-Type", Secret::from(kind)), ("Accept", Secret::from("application/json"))],
        body: Secret::new(body.into_bytes()),
        connect: CONNECT.min(limit),
        whole: limit,
        max_answer: MAX_ANSWER,
        in_clear: false,
    })
}

/// Who asks, and with which secret.
fn client(
    world: &World,
    subject: &Subject<'_>,
    configured: Option<String>,
) -> Result<(String, Option<Secret>), Refusal> {
    match subject.renewal.client {
        Client::Public(id) => Ok((configured.unwrap_or_else(|| id.to_owned()), None)),
        Client::Own(id_var, secret_var) => {
            let at = KeyPath::of(&["profiles", subject.profile, "clientId"]);
            // The world keeps only what is needed often.
            let root = subject
                .store
                .map(|store| world.doc(store.doc))
                .and_then(|doc| crate::doc::parse(doc.format, doc.id, doc.text.expose()).ok());
            let stored = root.as_ref().and_then(|root| root.locate(&at)?.as_str());
            let var = |name: &str| world.env.get(name).filter(|value| !value.is_blank()).cloned();
            let id = configured.or_else(|| stored.map(str::to_owned));
            let id = id.or_else(|| var(id_var).map(|id| id.expose().trim().to_owned()));
            let Some(id) = id else {
                let why = format!("it is not known for which client {} was made", subject.profile);
                return Err(Refusal::state(why).help(format!("set {id_var}, and {secret_var} if it has one")));
            };
            Ok((id, var(secret_var)))
        }
    }
}
