//! Sending a request. TLS is set up when the first one is sent, not before.

use crate::sys::http::{self, Method, Request, Response, Timed, Unanswered};
use crate::sys::real::Real;
use crate::sys::secret::Secret;
use crate::sys::{Clock, Fault, Http, Millis};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error, Proxy};

impl Http for Real {
    fn send(&mut self, request: &Request) -> Result<Response, Unanswered> {
        self.send_once(request)
    }

    fn send_all(&mut self, requests: &[&Request], at_once: usize) -> Vec<Timed> {
        let next = AtomicUsize::new(0);
        // What a machine has heard of programs belongs to one thread.
        let ask = |machine: &Self| {
            let mut answers = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = requests.get(at) else { return answers };
                let begun = machine.clock();
                let answer = machine.send_once(request);
                answers.push((at, (answer, machine.clock().saturating_sub(begun))));
            }
        };
        let mut answers: Vec<(usize, Timed)> = std::thread::scope(|scope| {
            let asker = |_| {
                let machine = Self::new(self.host.clone());
                scope.spawn(move || ask(&machine))
            };
            let askers: Vec<_> = (0..at_once.min(requests.len())).map(asker).collect();
            askers.into_iter().flat_map(|asker| asker.join().unwrap_or_default()).collect()
        });
        answers.sort_by_key(|(at, _)| *at);
        answers.into_iter().map(|(_, timed)| timed).collect()
    }
}

impl Real {
    /// Asks a server of this machine.
    pub(super) fn ask_here(&self, request: &Request) -> Result<Response, Unanswered> {
        let to = http::address(request.url.expose()).ok_or(Unanswered::Address)?;
        // Under another root this machine is not the one that is looked at.
        let is_here = self.host.root == Path::new("/") && http::is_loopback(to.host);
        if is_here { self.send_once(request) } else { Err(Unanswered::Offline) }
    }

    fn send_once(&self, request: &Request) -> Result<Response, Unanswered> {
        let url = request.url.expose();
        let to = http::address(url).ok_or(Unanswered::Address)?;
        if !to.tls && !request.in_clear && !http::is_loopback(to.host) {
            return Err(Unanswered::InClear);
        }
        if self.host.offline && !http::is_loopback(to.host) {
            return Err(Unanswered::Offline);
        }
        let proxy = http::proxy(&to, &|name| self.host.var(name)).map(Proxy::new).transpose();
        let proxy = proxy.map_err(|_| Unanswered::Invalid("the address of the proxy"))?;
        let agent = self.agent(request, proxy);
        let answer = match request.method {
            Method::Get => {
                let call = agent.get(url.as_str());
                request
                    .headers
                    .iter()
                    .fold(call, |call, (name, value)| call.header(*name, value.expose()))
                    .call()
            }
            Method::Post => {
                let call = agent.post(url.as_str());
                let call = request
                    .headers
                    .iter()
                    .fold(call, |call, (name, value)| call.header(*name, value.expose()));
                call.send(request.body.expose().as_slice())
            }
        };
        let mut answer = answer.map_err(|error| unanswered(&error))?;
        let text = |value: &ureq::http::HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers =
            answer.headers().iter().filter_map(|(name, value)| Some((name.to_string(), text(value)?)));
        let headers = headers.collect();
        let limit = u64::try_from(request.max_answer).unwrap_or(u64::MAX);
        let body = answer.body_mut().with_config().limit(limit).read_to_vec();
        let body = body.map(Secret::new).map_err(|error| unanswered(&error))?;
        Ok(Response { status: answer.status().as_u16(), headers, body })
    }
}

impl Real {
    /// One that asks once: no redirects, no connection that is kept, no answer turned into an error.
    fn agent(&self, request: &Request, proxy: Option<Proxy>) -> Agent {
        let roots = if http::has_authorities(self) { RootCerts::PlatformVerifier } else { RootCerts::WebPki };
        Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .timeout_connect(Some(span(request.connect)))
            .timeout_global(Some(span(request.whole)))
            .max_idle_connections(0)
            .user_agent(concat!("zirkabot/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent()
    }
}

fn span(millis: Millis) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// What an error means. Its own text is not used: it may quote the address.
fn unanswered(error: &Error) -> Unanswered {
    match error {
        Error::Timeout(_) => Unanswered::TimedOut,
        Error::HostNotFound => Unanswered::Connection("the server's name is unknown".to_owned()),
        Error::ConnectionFailed => Unanswered::Connection("no connection could be made".to_owned()),
        Error::ConnectProxyFailed(_) => Unanswered::Connection("the proxy made no connection".to_owned()),
        Error::Io(error) => of_io(error),
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) => Unanswered::Tls,
        Error::BadUri(_) => Unanswered::Address,
        Error::Http(_) => Unanswered::Invalid("a header"),
        Error::InvalidProxyUrl => Unanswered::Invalid("the address of the proxy"),
        Error::BodyExceedsLimit(_) | Error::LargeResponseHeader(..) => Unanswered::TooLarge,
        _ => Unanswered::NoHttp,
    }
}

fn of_io(error: &std::io::Error) -> Unanswered {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Unanswered::TimedOut,
        ErrorKind::ConnectionRefused => Unanswered::Refused,
        // What goes wrong in TLS comes through here too.
        ErrorKind::InvalidData => Unanswered::Tls,
        ErrorKind::UnexpectedEof => Unanswered::Connection("the connection was cut".to_owned()),
        // The standard library has no kind for this.
        _ if error.to_string().starts_with("failed to lookup address") => {
            Unanswered::Connection("the server's name could not be looked up".to_owned())
        }
        _ if error.raw_os_error().is_none() => Unanswered::Connection("the connection broke".to_owned()),
        _ => Unanswered::Connection(Fault::of(error).to_string()),
    }
}
