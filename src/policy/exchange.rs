//! A credential that is not sent to models itself, but exchanged for a short-lived token at use: what is asked, and
//! what the answer means. Pure; `pipeline::exchange` asks and keeps.

use crate::catalog::hosts;
use crate::catalog::providers::{self, Exchange};
use crate::sys::Millis;
use crate::sys::http::{self, Method, Request, Response, Unanswered};
use crate::sys::secret::Secret;
use crate::sys::time::MINUTE;
use crate::world::World;
use crate::world::actual::Credential;
use crate::world::asked::mark;
use crate::world::exchanged::Exchanged;
use serde_json::Value;

/// A token that ends within this time is replaced before it is used.
const EARLY: Millis = 5 * MINUTE;

/// Most bytes of an answer.
const MAX_ANSWER: usize = 1 << 20;

/// Longest time until a connection stands, in milliseconds.
const CONNECT: Millis = 10_000;

/// What came of asking.
#[derive(Debug)]
pub(crate) enum ExchangeAnswer {
    /// Here it is.
    Token(Exchanged),
    /// The provider does not accept the credential. Why, in a few words.
    Refused(String),
    /// It did not work, but may another time. Why, in a few words.
    Failed(String),
}

/// How a provider exchanges a credential, if this is one that is exchanged: a token that was got elsewhere is not.
pub(crate) fn of(credential: &Credential) -> Option<&'static Exchange> {
    let row = providers::find(&credential.provider)?.exchange.as_ref()?;
    (!credential.secret.expose().trim_start().starts_with(row.token)).then_some(row)
}

/// Headers without which a provider that exchanges answers nobody, for who sends none of their own.
pub(crate) fn with(provider: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let exchange = providers::find(provider).and_then(|row| row.exchange.as_ref());
    exchange.map(|exchange| exchange.with).unwrap_or_default().iter().copied()
}

/// Whether a token has to be had before this can be used.
pub(crate) fn is_due(credential: &Credential, token: Option<&Exchanged>, now: Millis) -> bool {
    let has = token.is_some_and(|own| own.expires > now.saturating_add(EARLY));
    of(credential).is_some() && !has
}

/// What is asked: at the address of the catalogue, or at `auth.refresh.<provider>.url`.
pub(crate) fn question(world: &World, credential: &Credential, limit: Millis) -> Option<Request> {
    let row = of(credential)?;
    let own = world.desired.refresh.iter().rev().find(|own| own.provider == credential.provider);
    let url = own.and_then(|own| own.url.clone()).unwrap_or_else(|| row.url.to_owned());
    let bearer = format!("Bearer {}", credential.secret.expose().trim());
    let mut headers =
        vec![("Authorization", Secret::new(bearer)), ("Accept", Secret::from("application/json"))];
    headers.extend(row.with.iter().map(|(name, value)| (*name, Secret::from(*value))));
    Some(Request {
        method: Method::Get,
        url: Secret::new(url),
        headers,
        body: Secret::new(Vec::new()),
        connect: CONNECT.min(limit),
        whole: limit,
        max_answer: MAX_ANSWER,
        in_clear: false,
    })
}

/// Reads the answer. Nothing of it is quoted.
pub(crate) fn read(
    credential: &Credential,
    asked: &Request,
    answer: Result<Response, Unanswered>,
) -> ExchangeAnswer {
    let answer = match answer {
        Ok(answer) => answer,
        Err(why) => return ExchangeAnswer::Failed(why.to_string()),
    };
    match answer.status {
        200..=299 => {}
        status @ (401 | 403 | 404) => return ExchangeAnswer::Refused(format!("it answered {status}")),
        status => return ExchangeAnswer::Failed(format!("it answered {status}")),
    }
    let body: Value = serde_json::from_slice(answer.body.expose()).unwrap_or_default();
    let token = body["token"].as_str().filter(|token| is_header(token));
    let seconds = body["expires_at"].as_i64().filter(|end| (0..=253_402_300_799).contains(end));
    let Some((token, seconds)) = token.zip(seconds) else {
        return ExchangeAnswer::Failed("the answer contains no token".to_owned());
    };
    let is_here = http::address(asked.url.expose()).is_some_and(|to| http::is_loopback(to.host));
    let stated = body["endpoints"]["api"].as_str().map(str::to_owned).or_else(|| proxied(token));
    // A token goes to hosts of its provider only, whatever the answer says; to this machine if that was asked.
    let address = stated.filter(|url| match http::address(url) {
        Some(to) if is_here && http::is_loopback(to.host) => true,
        Some(to) => to.tls && hosts::foreign(&credential.provider, url).is_none(),
        None => false,
    });
    ExchangeAnswer::Token(Exchanged {
        of: mark(credential),
        token: Secret::from(token),
        expires: seconds.saturating_mul(1000),
        address,
    })
}

/// Where models answer, as the token itself says: `proxy-ep=proxy.HOST` among its fields.
fn proxied(token: &str) -> Option<String> {
    let field = token.split(';').find_map(|field| field.trim().strip_prefix("proxy-ep="))?;
    let host = field.trim_start_matches("https://").strip_prefix("proxy.")?;
    let is_host = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    is_host.then(|| format!("https://api.{host}"))
}

/// Whether a text can stand in a header.
fn is_header(token: &str) -> bool {
    !token.trim().is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use crate::policy::exchange::*;

    #[test]
    fn a_token_says_where_models_answer() {
        for (token, address) in [
            (
                "tid=a;proxy-ep=proxy.individual.githubcopilot.com;x=1",
                Some("https://api.individual.githubcopilot.com"),
            ),
            ("tid=a;exp=1", None),
            ("tid=a;proxy-ep=evil.example/proxy.", None),
            ("tid=a;proxy-ep=proxy.a@evil", None),
        ] {
            assert_eq!(proxied(token).as_deref(), address, "{token}");
        }
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_no_token() {
        assert!(is_header("tid=a;exp=1:mac"));
        assert!(!is_header("a b") && !is_header("a\r\nx: y") && !is_header("") && !is_header("é"));
    }
}
