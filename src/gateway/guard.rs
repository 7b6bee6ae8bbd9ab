//! Who may ask at all: the name by which the gateway is called, the page from which it is called, the token.
//! Pure, and before anything else is looked at.

use crate::gateway::route::Endpoint;
use crate::gateway::settings::{self, Settings};
use crate::gateway::shape::Denied;
use crate::sys::Millis;
use crate::sys::secret::Secret;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, ORIGIN, UPGRADE, VIA};
use hyper::{StatusCode, Uri};
use std::collections::HashMap;
use std::net::IpAddr;
use subtle::{Choice, ConstantTimeEq};

/// The header that carries the gateway's token beside a login of the client's own.
pub(super) const OWN_TOKEN: HeaderName = HeaderName::from_static("x-zirkabot-token");

/// Where providers' keys and the gateway's token may stand.
pub(super) const KEY: HeaderName = HeaderName::from_static("x-api-key");

/// By what we say that a request went through here.
pub(super) const OUR_VIA: &str = "1.1 zirkabot";

/// Longest path with its query, in bytes.
const TARGET: usize = 8 * 1024;

/// Largest header of a request, in bytes.
const FIELDS: usize = 64 * 1024;

/// Failed tokens in a minute after which an address has to wait.
const FAILURES: usize = 10;

/// How long they count, in milliseconds.
const MINUTE: Millis = 60_000;

/// Most addresses that are remembered.
const ADDRESSES: usize = 1_000;

/// Who asks.
#[derive(Debug, Default)]
pub(super) struct Caller {
    /// The provider's credential that the request brings itself, as its header has it.
    pub(super) own: Option<(HeaderName, Secret)>,
}

/// Lets a request in, or says why not.
///
/// # Errors
/// What is answered instead.
pub(super) fn guard(
    settings: &Settings,
    endpoint: &Endpoint,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Caller, Denied> {
    if uri.path_and_query().is_some_and(|target| target.as_str().len() > TARGET) {
        return Err(Denied::new(StatusCode::URI_TOO_LONG, "target", "the URL of the request is too long"));
    }
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if size > FIELDS {
        let why = "the header of the request is too large";
        return Err(Denied::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "header", why));
    }
    named(settings, uri, headers)?;
    if headers.get(ORIGIN).is_some_and(|origin| !is_own_origin(settings, origin.to_str().unwrap_or_default()))
    {
        let why = "pages of other sites may not use this gateway";
        return Err(Denied::new(StatusCode::FORBIDDEN, "origin", why));
    }
    let vias = headers.get_all(VIA).iter().filter_map(|via| via.to_str().ok());
    if vias.flat_map(|via| via.split(',')).any(|via| via.trim() == OUR_VIA) {
        let why = "the request came through this gateway before: the address of a provider leads back here";
        return Err(Denied::new(StatusCode::LOOP_DETECTED, "loop", why));
    }
    if headers.contains_key(UPGRADE) {
        let why = "WebSocket is not supported: use HTTP";
        return Err(Denied::new(StatusCode::UPGRADE_REQUIRED, "upgrade", why));
    }
    if endpoint.is_open() || *endpoint == Endpoint::Metrics && settings.open_metrics {
        return Ok(Caller::default());
    }
    shown(settings, headers)
}

/// The host that the request names, exactly once, must be one of ours: a page of another site that has
/// its name lead here has another one.
fn named(settings: &Settings, uri: &Uri, headers: &HeaderMap) -> Result<(), Denied> {
    let misdirected = |why: &str| Err(Denied::new(StatusCode::MISDIRECTED_REQUEST, "host", why.to_owned()));
    let mut all = headers.get_all(HOST).iter();
    let (Some(host), None) = (all.next(), all.next()) else {
        return misdirected("the request must have exactly one Host header");
    };
    let host = host.to_str().unwrap_or_default();
    if uri.authority().is_some_and(|authority| authority.as_str() != host) {
        return misdirected("the request names two hosts");
    }
    if is_own(settings, host) {
        return Ok(());
    }
    misdirected("the request is for another host; add it to gateway.allowedHosts")
}

fn is_own(settings: &Settings, host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !port.is_empty() => name,
        _ => host,
    };
    let name = name.to_ascii_lowercase();
    let own = ["localhost", "127.0.0.1", "[::1]"];
    own.contains(&name.as_str()) || settings.hosts.contains(&name)
}

fn is_own_origin(settings: &Settings, origin: &str) -> bool {
    let port = settings.address.port();
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let is_port = |host: &str| match host.rsplit_once(':') {
        Some((_, own)) => own == port.to_string(),
        None => true,
    };
    host.is_some_and(|host| is_own(settings, host) && is_port(host))
}

/// The token that a request shows.
fn shown(settings: &Settings, headers: &HeaderMap) -> Result<Caller, Denied> {
    let bearer = |name: &HeaderName| {
        let text = headers.get(name)?.to_str().ok()?;
        Some(Secret::from(
            text.strip_prefix("Bearer ").or(text.strip_prefix("bearer ")).unwrap_or(text).trim(),
        ))
    };
    let is_ours = |token: &Secret| is_token(settings, token.expose());
    if let Some(token) = bearer(&OWN_TOKEN) {
        if !is_ours(&token) {
            return Err(refused());
        }
        let other = [AUTHORIZATION, KEY].into_iter().find_map(|name| Some((bearer(&name)?, name)));
        let own = other.filter(|(token, _)| settings.passthrough && !is_ours(token));
        return Ok(Caller { own: own.map(|(token, name)| (name, token)) });
    }
    let ours = [AUTHORIZATION, KEY].into_iter().filter_map(|name| bearer(&name)).any(|token| is_ours(&token));
    if ours { Ok(Caller::default()) } else { Err(refused()) }
}

fn refused() -> Denied {
    let why = "the gateway's token is missing or wrong: send it as `Authorization: Bearer` or `x-api-key`";
    Denied::new(StatusCode::UNAUTHORIZED, "token", why)
}

/// Compared in the same time, wherever they differ.
fn is_token(settings: &Settings, token: &str) -> bool {
    let hash = settings::hash(token);
    let none = Choice::from(0);
    let any = settings.tokens.iter().fold(none, |any, own| any | own.as_slice().ct_eq(hash.as_slice()));
    !token.is_empty() && bool::from(any)
}

/// Who has shown wrong tokens of late.
#[derive(Debug, Default)]
pub(super) struct Failures(HashMap<IpAddr, Vec<Millis>>);

impl Failures {
    /// Seconds for which this address has to wait, if it has to.
    pub(super) fn waits(&self, address: IpAddr, now: Millis) -> Option<u64> {
        let recent = |at: &&Millis| now - **at < MINUTE;
        let times: Vec<_> = self.0.get(&address)?.iter().filter(recent).collect();
        let oldest = times.first().filter(|_| times.len() >= FAILURES)?;
        u64::try_from((MINUTE - (now - **oldest)) / 1_000 + 1).ok()
    }

    /// Remembers a wrong token.
    pub(super) fn push(&mut self, address: IpAddr, now: Millis) {
        if self.0.len() >= ADDRESSES {
            self.0.retain(|_, times| times.last().is_some_and(|at| now - at < MINUTE));
        }
        let times = self.0.entry(address).or_default();
        times.retain(|at| now - at < MINUTE);
        if times.len() < FAILURES {
            times.push(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::gateway::guard::*;
    use crate::gateway::settings::tests::sample;
    use hyper::Method;

    fn asked(headers: &[(&'static str, &str)]) -> Result<Caller, u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let uri: Uri = "/v1/messages".parse().unwrap();
        let endpoint = crate::gateway::route::route(&Method::POST, &uri, &|_| false);
        guard(&sample(), &endpoint, &uri, &map).map_err(|denied| denied.status.as_u16())
    }

    #[test]
    fn only_who_names_us_and_shows_the_token_gets_in() {
        let host = ("host", "localhost:18789");
        let token = ("authorization", "Bearer CANARY-gateway");
        for (headers, status) in [
            (&[host, token][..], None),
            (&[host, ("x-api-key", "CANARY-gateway")], None),
            (&[host, ("x-zirkabot-token", "CANARY-gateway")], None),
            (&[("host", "127.0.0.1"), token], None),
            (&[("host", "[::1]:18789"), token], None),
            (&[("host", "gateway.lan"), token], None),
            (&[host, token, ("origin", "http://localhost:18789")], None),
            (&[token], Some(421)),
            (&[host, host, token], Some(421)),
            (&[("host", "rebound.example"), token], Some(421)),
            (&[("host", "localhost.example"), token], Some(421)),
            (&[host, token, ("origin", "http://localhost:3000")], Some(403)),
            (&[host, token, ("origin", "https://evil.example")], Some(403)),
            (&[host, token, ("origin", "null")], Some(403)),
            (&[host, token, ("via", "1.0 fred, 1.1 zirkabot")], Some(508)),
            (&[host, token, ("upgrade", "websocket")], Some(426)),
            (&[host], Some(401)),
            (&[host, ("authorization", "Bearer ")], Some(401)),
            (&[host, ("authorization", "Bearer CANARY-gatewa")], Some(401)),
            (&[host, ("x-zirkabot-token", "no"), token], Some(401)),
        ] {
            assert_eq!(asked(headers).err(), status, "{headers:?}");
        }
    }

    #[test]
    fn a_login_of_ones_own_is_told_from_the_token() {
        let host = ("host", "localhost");
        let ours = ("x-zirkabot-token", "CANARY-gateway");
        let own = asked(&[host, ours, ("authorization", "Bearer CANARY-own")]).unwrap().own.unwrap();
        assert_eq!((own.0, own.1.expose().as_str()), (AUTHORIZATION, "CANARY-own"));
        assert!(asked(&[host, ours, ("authorization", "Bearer CANARY-gateway")]).unwrap().own.is_none());
    }

    #[test]
    fn who_guesses_has_to_wait() {
        let (mut failures, address) = (Failures::default(), IpAddr::from([127, 0, 0, 1]));
        for at in 0..10 {
            assert_eq!(failures.waits(address, at), None);
            failures.push(address, at);
        }
        assert_eq!(failures.waits(address, 10), Some(60));
        assert_eq!(failures.waits(address, MINUTE + 1), None);
        assert_eq!(failures.waits(IpAddr::from([127, 0, 0, 2]), 10), None);
    }
}
