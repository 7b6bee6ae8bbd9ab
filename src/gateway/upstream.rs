//! The way to providers: their addresses, and the client that keeps connections to them. TLS is set up with the
//! gateway, not before.

mod way;

use crate::sys::Look;
use crate::sys::http;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Uri;
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioTimer;
use std::sync::Arc;
use std::time::Duration;
use way::Way;

/// Longest time until a connection stands.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a connection is kept that nobody uses.
const KEPT: Duration = Duration::from_secs(60);

/// The client.
pub(super) type Upstream = Client<HttpsConnector<Way>, Full<Bytes>>;

/// Makes the client.
///
/// # Errors
/// If the certificates that this machine trusts cannot be used.
pub(super) fn client(look: &dyn Look) -> std::io::Result<Upstream> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?;
    let config = if http::has_authorities(look) {
        config.try_with_platform_verifier().map_err(std::io::Error::other)?
    } else {
        config.with_webpki_roots()
    };
    let config = config.with_no_client_auth();
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT));
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_http1()
        .wrap_connector(Way { straight: http, host: Arc::new(look.host().clone()) });
    Ok(Client::builder(Beside).pool_idle_timeout(KEPT).pool_timer(TokioTimer::new()).build(https))
}

/// Lets what a connection has to do be done beside the requests, in the order in which they are woken.
#[derive(Clone, Copy, Debug)]
struct Beside;

impl<F: Future<Output = ()> + 'static> hyper::rt::Executor<F> for Beside {
    fn execute(&self, work: F) {
        tokio::task::spawn_local(work);
    }
}

/// The address of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    scheme: Scheme,
    authority: Authority,
    /// The path before those of requests; no slash at its end.
    pub(super) base: String,
}

impl Target {
    /// Reads an address; `None` if it is none, or would be asked in clear although it is another machine's.
    pub(super) fn parse(address: &str) -> Option<Self> {
        let to = http::address(address)?;
        if !to.tls && !http::is_loopback(to.host) {
            return None;
        }
        let parts = address.parse::<Uri>().ok()?.into_parts();
        let base = parts.path_and_query.map(|path| path.path().trim_end_matches('/').to_owned());
        Some(Self { scheme: parts.scheme?, authority: parts.authority?, base: base.unwrap_or_default() })
    }

    /// The whole address of a path there, which begins with a slash.
    pub(super) fn uri(&self, path: &str) -> Option<Uri> {
        let path: PathAndQuery = path.parse().ok()?;
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()
            .ok()
    }

    /// Host and port, as the `Host` header has them.
    pub(super) fn host(&self) -> &str {
        self.authority.as_str()
    }
}

#[cfg(test)]
mod tests {
    use crate::gateway::upstream::*;

    #[test]
    fn no_other_machine_is_asked_in_clear() {
        for (address, base) in [
            ("https://api.example.com/v1/", Some("/v1")),
            ("https://api.example.com", Some("")),
            ("http://127.0.0.1:8080/x", Some("/x")),
            ("http://[::1]:8080", Some("")),
            ("http://api.example.com", None),
            ("https://me:secret@api.example.com", None),
            ("api.example.com", None),
            ("", None),
        ] {
            assert_eq!(Target::parse(address).map(|to| to.base).as_deref(), base, "{address}");
        }
        let uri = Target::parse("https://api.example.com/v1").unwrap().uri("/v1/x?a=b").unwrap();
        assert_eq!(uri, "https://api.example.com/v1/x?a=b");
    }
}
