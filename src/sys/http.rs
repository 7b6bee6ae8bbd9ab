//! What is sent over HTTP, what comes back, and what may not be sent at all. Pure; `real/http.rs`
//! sends.

use crate::sys::secret::Secret;
use crate::sys::{Look, Millis};
use std::path::Path;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Fetches.
    Get,
    /// Hands something in.
    Post,
}

/// A request. Address, headers and body may each hold a secret.
#[derive(Clone, Debug)]
pub struct Request {
    /// What it does.
    pub method: Method,
    /// Where to. Many services put their token into the address.
    pub url: Secret,
    /// Headers by name.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body; nothing is sent of it with [`Method::Get`].
    pub body: Secret<Vec<u8>>,
    /// Longest time until the connection stands, TLS included.
    pub connect: Millis,
    /// Longest time for everything, the answer's body included.
    pub whole: Millis,
    /// Most bytes of an answer that are taken.
    pub max_answer: usize,
    /// Whether it may go in clear to another machine. To this one it always may.
    pub in_clear: bool,
}

/// An answer, whatever its status. Redirects are answers too: none is followed.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers that are text, by their names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Secret<Vec<u8>>,
}

impl Response {
    /// The first header of a name, which is in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// What came of a request, and how long that took, in milliseconds.
pub type Timed = (Result<Response, Unanswered>, Millis);

/// Why there is no answer. No variant quotes the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// It was not sent: the address is none.
    Address,
    /// It was not sent: it would have gone in clear.
    InClear,
    /// It was not sent: no other machine is to be asked.
    Offline,
    /// It was not sent: a header, or the address of the proxy, is not valid.
    Invalid(&'static str),
    /// Nobody listens there.
    Refused,
    /// No connection came about, or it broke; in words.
    Connection(String),
    /// The other side could not prove who it is, or does not speak TLS.
    Tls,
    /// Time was up.
    TimedOut,
    /// The answer is larger than was wanted.
    TooLarge,
    /// What came back is no HTTP.
    NoHttp,
}

impl Unanswered {
    /// Whether the same may well work in a moment. After a time-out it may have been taken.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Connection(_) | Self::Refused)
    }
}

impl std::fmt::Display for Unanswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address => f.write_str("the address is not a valid one"),
            Self::InClear => f.write_str("the address begins with http://, so others could read the traffic"),
            Self::Offline => f.write_str("ZIRKABOT_OFFLINE is set, so no other machine is contacted"),
            Self::Invalid(what) => write!(f, "{what} is not valid"),
            Self::Refused => f.write_str("connection refused"),
            Self::Connection(why) => f.write_str(why),
            Self::Tls => f.write_str("the server's certificate is not trusted, or it does not speak TLS"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::TooLarge => f.write_str("the answer is too large"),
            Self::NoHttp => f.write_str("the answer is not HTTP"),
        }
    }
}

/// The parts of an address that matter before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// Whether it is `https`.
    pub tls: bool,
    /// The host, without port and brackets.
    pub host: &'a str,
}

/// Reads an address; `None` if it is none that can be asked, or holds a name and password, which
/// belong into a header.
pub fn address(url: &str) -> Option<Address<'_>> {
    let (scheme, rest) = url.split_once("://")?;
    let tls = match scheme {
        _ if scheme.eq_ignore_ascii_case("https") => true,
        _ if scheme.eq_ignore_ascii_case("http") => false,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let tame = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
    (!host.is_empty() && !authority.contains('@') && url.chars().all(tame)).then_some(Address { tls, host })
}

/// Whether a host is this machine.
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Where systems keep the certificates that they trust; a bare container has none.
const TRUSTED: &[&str] =
    &["/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/ssl/cert.pem", "/System/Library/Keychains"];

/// Whether a machine says whom it trusts; if not, the authorities count that the program brings along.
pub(crate) fn has_authorities(look: &dyn Look) -> bool {
    let names_own = ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| look.host().var(name).is_some());
    names_own || TRUSTED.iter().any(|path| look.stat(Path::new(path)).is_some())
}

/// An address on which can be listened, if that is one of a machine.
pub fn socket_address(ip: &str, port: u16) -> Option<String> {
    ip.parse().ok().map(|ip| std::net::SocketAddr::new(ip, port).to_string())
}

/// The proxy for an address, by the usual variables: `https_proxy` or `http_proxy`, else `all_proxy`,
/// unless `no_proxy` names the host; each in small letters first, then in capitals. There is none
/// to this machine.
pub fn proxy<'v>(address: &Address<'_>, var: &dyn Fn(&str) -> Option<&'v str>) -> Option<&'v str> {
    let get = |name: &str| {
        let value = var(name).or_else(|| var(&name.to_ascii_uppercase()));
        value.map(str::trim).filter(|value| !value.is_empty())
    };
    if is_loopback(address.host) || get("no_proxy").is_some_and(|list| is_exempt(address.host, list)) {
        return None;
    }
    get(if address.tls { "https_proxy" } else { "http_proxy" }).or_else(|| get("all_proxy"))
}

/// Whether a list such as `localhost, .lan, example.com` names the host or a domain above it.
fn is_exempt(host: &str, list: &str) -> bool {
    let host = host.to_ascii_lowercase();
    list.split(',').map(|entry| entry.trim().to_ascii_lowercase()).any(|entry| {
        let name = entry.trim_start_matches('*').trim_start_matches('.');
        let name =
            name.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(name, |(n, _)| n);
        entry == "*" || (!name.is_empty() && (host == name || host.ends_with(&format!(".{name}"))))
    })
}

#[cfg(test)]
mod tests {
    use crate::sys::http::*;

    #[test]
    fn addresses_are_taken_apart() {
        for (url, expected) in [
            ("https://ntfy.sh/x", Some((true, "ntfy.sh"))),
            ("HTTP://127.0.0.1:8080?x", Some((false, "127.0.0.1"))),
            ("http://[::1]:80/", Some((false, "::1"))),
            ("ftp://ntfy.sh", None),
            ("ntfy.sh/x", None),
            ("https://", None),
            ("https://me:CANARY@ntfy.sh/", None),
            ("https://ntfy.sh/a b", None),
            ("https://ntfy.sh/\r\nX: y", None),
        ] {
            assert_eq!(address(url).map(|to| (to.tls, to.host)), expected, "{url}");
        }
        assert!(["localhost", "127.9.9.9", "::1"].into_iter().all(is_loopback));
        assert!(!["localhost.example.com", "128.0.0.1", "::2", "0.0.0.0"].into_iter().any(is_loopback));
    }

    #[test]
    fn proxies_are_those_of_the_usual_variables() {
        let all = [("https_proxy", "http://s"), ("HTTP_PROXY", "http://h"), ("all_proxy", "http://a")];
        for (url, vars, expected) in [
            ("https://x.example/", &all[..], Some("http://s")),
            ("http://x.example/", &all, Some("http://h")),
            ("https://x.example/", &all[1..], Some("http://a")),
            ("https://x.example/", &[("HTTPS_PROXY", " ")], None),
            ("https://127.0.0.1/", &all, None),
            ("https://localhost:1/", &all, None),
            ("https://x.example/", &[all[0], ("NO_PROXY", "lan, .Example:443")], None),
            ("https://x.example/", &[all[0], ("no_proxy", "*")], None),
            ("https://x.example/", &[all[0], ("no_proxy", "le,xample,.x.example.org,,")], Some("http://s")),
        ] {
            let var = |name: &str| vars.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
            assert_eq!(proxy(&address(url).unwrap(), &var), expected, "{url} {vars:?}");
        }
    }
}
