//! What the gateway has at hand for every request, and answers of its own.

use crate::doc::redact;
use crate::gateway::guard::Failures;
use crate::gateway::journal::Journal;
use crate::gateway::keeper::Keeper;
use crate::gateway::metrics::Metrics;
use crate::gateway::passing::Reply;
use crate::gateway::route::Endpoint;
use crate::gateway::settings::Settings;
use crate::gateway::shape::Denied;
use crate::gateway::upstream::Upstream;
use crate::gateway::voice::Voice;
use crate::sys::{Act, Millis};
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// Pauses in milliseconds before the same is asked once more: the shortest, and how much longer it may be.
const AGAIN: (u64, u64) = (250, 250);

/// The gateway while it runs.
pub(super) struct Gateway {
    /// How it is reached.
    pub(super) settings: Settings,
    /// Who knows the credentials.
    pub(super) keeper: RefCell<Keeper>,
    /// The way to providers.
    pub(super) upstream: Upstream,
    /// Its figures.
    pub(super) metrics: RefCell<Metrics>,
    /// Whether it is about to stop.
    pub(super) draining: Cell<bool>,
    /// Who has shown wrong tokens of late.
    pub(super) failures: RefCell<Failures>,
    /// Where it says what comes of requests.
    pub(super) log: RefCell<Box<dyn Act + Send>>,
    /// What came of the last ones.
    pub(super) journal: RefCell<Journal>,
    /// Since when it runs, in milliseconds since the epoch.
    pub(super) since: Millis,
    /// When it was told to read everything again.
    pub(super) reloaded: Cell<Option<Millis>>,
    /// What is said for it.
    pub(super) voice: Voice,
}

impl Gateway {
    /// The agent for whom requests come that name none.
    pub(super) fn agent(&self) -> String {
        self.keeper.borrow_mut().default_agent()
    }

    /// Waits before the same is asked once more.
    pub(super) async fn pause_before_again(&self) {
        let more = self.keeper.borrow().clock().unsigned_abs() % AGAIN.1;
        tokio::time::sleep(Duration::from_millis(AGAIN.0 + more)).await;
    }

    /// A name of a credential as it may be shown: no address of a person in full.
    pub(super) fn shown(&self, name: &str) -> String {
        redact::without_addresses(name)
    }

    /// An error of our own as an answer.
    pub(super) fn answer(&self, denied: &Denied, endpoint: &Endpoint) -> Response<Reply> {
        let mut answer = json(denied.body(endpoint));
        *answer.status_mut() = denied.status;
        if let Some(seconds) = denied.retry_after {
            answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let (StatusCode::METHOD_NOT_ALLOWED, Endpoint::OtherMethod(allowed)) = (denied.status, endpoint) {
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
        }
        answer
    }
}

/// An answer in plain text.
pub(super) fn text(text: &str) -> Response<Reply> {
    let body = (!text.is_empty()).then(|| text.to_owned().into());
    let mut answer = Response::new(Reply::Whole(body));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

/// An answer in JSON.
pub(super) fn json(text: String) -> Response<Reply> {
    let mut answer = Response::new(Reply::Whole(Some(text.into())));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
