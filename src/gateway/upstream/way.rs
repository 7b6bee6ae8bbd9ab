//! How a connection to a provider comes about: straight, or through the proxy that the environment names, by the
//! same rule as all other requests of this program. TLS goes through a proxy untouched.

use crate::sys::Host;
use crate::sys::http;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use hyper::header::HeaderValue;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tower_service::Service;

/// Makes connections.
#[derive(Clone)]
pub(in crate::gateway) struct Way {
    pub(super) straight: HttpConnector,
    pub(super) host: Arc<Host>,
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A proxy: where it listens, and what it is shown.
type Proxy = (Uri, Option<HeaderValue>);

impl Way {
    /// The proxy for an address, if there is one.
    fn proxy(&self, to: &Uri) -> Result<Option<Proxy>, Fault> {
        let url = to.to_string();
        let address = http::address(&url).ok_or("an address that cannot be used")?;
        if self.host.offline && !http::is_loopback(address.host) {
            return Err("offline (ZIRKABOT_OFFLINE)".into());
        }
        let Some(proxy) = http::proxy(&address, &|name| self.host.var(name)) else { return Ok(None) };
        // Its text may hold a password, so that it is not quoted.
        let wrong = || "the address of the proxy cannot be used";
        let proxy = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
        let uri: Uri = proxy.parse().map_err(|_| wrong())?;
        let (user, place) = match uri.authority().ok_or_else(wrong)?.as_str().rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, uri.authority().ok_or_else(wrong)?.as_str()),
        };
        // What is spoken to a proxy over TLS, or by SOCKS, is not spoken here.
        if uri.scheme_str() != Some("http") {
            return Err(wrong().into());
        }
        let at = Uri::builder().scheme("http").authority(place).path_and_query("/").build()?;
        let shown = |user: &str| {
            let user: Vec<u8> = percent_decode_str(user).collect();
            HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(user)))
        };
        Ok(Some((at, user.map(shown).transpose()?)))
    }
}

impl Service<Uri> for Way {
    type Response = TokioIo<TcpStream>;
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Fault>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        self.straight.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let proxy = match self.proxy(&to) {
            Ok(proxy) => proxy,
            Err(fault) => return Box::pin(async { Err(fault) }),
        };
        let straight = self.straight.clone();
        Box::pin(async move {
            let Some((at, user)) = proxy else {
                let mut straight = straight;
                return Ok(straight.call(to).await?);
            };
            let tunnel = Tunnel::new(at, straight);
            let mut tunnel = match user {
                Some(user) => tunnel.with_auth(user),
                None => tunnel,
            };
            Ok(tunnel.call(to).await?)
        })
    }
}
