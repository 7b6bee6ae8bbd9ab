//! Channels that are servers: ntfy, and whoever takes JSON.

use crate::pipeline::notify::token;
use crate::pipeline::notify::{Delivery, Urgency};
use crate::sys::Http;
use crate::sys::http::{self, Method, Request};
use crate::sys::secret::Secret;
use crate::sys::send;

/// Longest time until a connection stands, in milliseconds.
const CONNECT: i64 = 5_000;

/// Most bytes of an answer; it is not looked at.
const MAX_ANSWER: usize = 1 << 20;

pub(super) fn ntfy(act: &mut dyn Http, delivery: &Delivery<'_>) -> Result<(), String> {
    let Some(ntfy) = &delivery.settings.ntfy else { return Ok(()) };
    let topic = ntfy.topic.expose();
    let tame = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !(1..=64).contains(&topic.len()) || !topic.chars().all(tame) {
        return Err("its topic may hold letters, digits, _ and - only, 64 at most".to_owned());
    }
    let (priority, tag) = match delivery.message.urgency {
        Urgency::High => ("high", "rotating_light"),
        Urgency::Normal => ("default", "warning"),
        Urgency::Low => ("low", "white_check_mark"),
    };
    let headers = vec![
        ("Title", Secret::from(delivery.message.title.as_str())),
        ("Priority", Secret::from(priority)),
        ("Tags", Secret::from(tag)),
        ("Content-Type", Secret::from("text/plain; charset=utf-8")),
    ];
    let url = Secret::new(format!("{}/{topic}", ntfy.server.trim_end_matches('/')));
    let token = token(act, ntfy.token.as_ref(), ntfy.token_file.as_deref())?;
    post(act, delivery, (url, headers, &delivery.message.text), token, ntfy.in_clear)
}

pub(super) fn webhook(act: &mut dyn Http, delivery: &Delivery<'_>) -> Result<(), String> {
    let Some(webhook) = &delivery.settings.webhook else { return Ok(()) };
    let token = token(act, webhook.token.as_ref(), webhook.token_file.as_deref())?;
    let headers = vec![("Content-Type", Secret::from("application/json"))];
    post(act, delivery, (webhook.url.clone(), headers, &delivery.message.json), token, webhook.in_clear)
}

/// Where to, with which headers, and what.
type Parcel<'a> = (Secret, Vec<(&'static str, Secret)>, &'a str);

fn post(
    act: &mut dyn Http,
    delivery: &Delivery<'_>,
    (url, mut headers, body): Parcel<'_>,
    token: Option<Secret>,
    in_clear: bool,
) -> Result<(), String> {
    if let Some(token) = token {
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
        in_clear,
    };
    match send::send(act, &request) {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) => Err(refused(answer.status)),
        Err(http::Unanswered::InClear) => Err("its address begins with http://, so that others could read \
                                               along; allowHttp or --allow-http allows that"
            .to_owned()),
        Err(why) => Err(why.to_string()),
    }
}

/// What a status code that is no success means.
fn refused(status: u16) -> String {
    let why = match status {
        300..=399 => ": it sends elsewhere, which is not followed",
        401 | 403 => ": it wants a token, or another one",
        404 => ": there is nothing at this address",
        429 => ": there were too many messages",
        _ => "",
    };
    format!("it answered {status}{why}")
}
