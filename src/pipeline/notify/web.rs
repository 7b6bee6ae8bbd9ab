//! For channels that are servers. They may want a token, which the settings hold under `token`, or a
//! file of which they hold the path under `tokenFile`.

use crate::catalog::paths;
use crate::config::channels::{ALLOW_HTTP, TOKEN};
use crate::pipeline::notify::Delivery;
use crate::sys::http::{self, Method, Request};
use crate::sys::secret::Secret;
use crate::sys::{Http, Look, Reading, send};

/// Longest time until a connection stands, in milliseconds.
const CONNECT: i64 = 5_000;

/// Most bytes of an answer; it is not looked at.
const MAX_ANSWER: usize = 1 << 20;

/// Longest file with a token that is read, in bytes.
const MAX_TOKEN: usize = 16 << 10;

/// What is posted, and where.
pub(super) struct Post<'a> {
    pub(super) url: Secret,
    pub(super) headers: Vec<(&'static str, Secret)>,
    pub(super) body: &'a str,
    /// Whether the token, if there is one, is sent in a header.
    pub(super) is_bearer: bool,
}

/// Posts it.
pub(super) fn post(act: &mut dyn Http, delivery: &Delivery<'_>, post: Post<'_>) -> Result<(), String> {
    let Post { url, mut headers, body, is_bearer } = post;
    if is_bearer && let Some(token) = token(act, delivery)? {
        headers.push(("Authorization", Secret::new(format!("Bearer {}", token.expose()))));
    }
    let request = Request {
        method: Method::Post,
        url,
        headers,
        body: Secret::new(body.as_bytes().to_vec()),
        connect: CONNECT.min(delivery.limit),
        whole: delivery.limit,
        max_answer: MAX_ANSWER,
        in_clear: delivery.settings.is_on(ALLOW_HTTP),
    };
    match send::send(act, &request) {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) => Err(refused(answer.status)),
        Err(http::Unanswered::InClear) => Err("its address begins with http://, so others could read the messages; allowHttp or --allow-http allows it"
            .to_owned()),
        Err(why) => Err(why.to_string()),
    }
}

/// Asks an address that is to hear of a round.
pub(super) fn ping(act: &mut dyn Http, url: &Secret, is_broken: bool, limit: i64) -> Result<(), String> {
    let (address, query) = match url.expose().split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (url.expose().as_str(), String::new()),
    };
    let end = if is_broken { "/fail" } else { "" };
    let request = Request {
        method: Method::Get,
        url: Secret::new(format!("{}{end}{query}", address.trim_end_matches('/'))),
        headers: Vec::new(),
        body: Secret::new(Vec::new()),
        connect: CONNECT.min(limit),
        whole: limit,
        max_answer: MAX_ANSWER,
        in_clear: false,
    };
    match send::send(act, &request) {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) => Err(refused(answer.status)),
        Err(http::Unanswered::InClear) => Err("it begins with http://, so others could read it".to_owned()),
        Err(why) => Err(why.to_string()),
    }
}

/// The token with which we prove ourselves: given, or in a file.
pub(super) fn token(look: &dyn Look, delivery: &Delivery<'_>) -> Result<Option<Secret>, String> {
    let Some(file) = delivery.text("tokenFile") else { return Ok(delivery.settings.get(TOKEN).cloned()) };
    let path = paths::expand(file, &look.host().home, &look.host().cwd);
    let Reading::File(bytes, _) = look.read(&path, MAX_TOKEN) else {
        return Err("its token file cannot be read".to_owned());
    };
    let text = std::str::from_utf8(bytes.expose()).unwrap_or_default().trim();
    let tame = |c: char| c.is_ascii_graphic();
    if text.is_empty() || !text.chars().all(tame) {
        return Err("its token file contains no token".to_owned());
    }
    Ok(Some(Secret::from(text)))
}

/// What a status code that is no success means.
fn refused(status: u16) -> String {
    let why = match status {
        300..=399 => ": it redirects, which is not followed",
        401 | 403 => ": it needs a token, or a different one",
        404 => ": there is nothing at this address",
        429 => ": too many messages",
        _ => "",
    };
    format!("it answered {status}{why}")
}
