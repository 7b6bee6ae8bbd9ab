//! One attempt: the request as it goes to the provider, and what comes back, up to where it is judged.

use crate::catalog::providers;
use crate::catalog::wire::path_at;
use crate::gateway::guard::OUR_VIA;
use crate::gateway::journal::Outcome;
use crate::gateway::keeper::Chosen;
use crate::gateway::look;
use crate::gateway::passing::{self, Begun, End, Passing, Reply};
use crate::gateway::relay::{RENEWAL, Turn};
use crate::gateway::shape::Denied;
use crate::gateway::upstream::Target;
use crate::policy::exchange;
use crate::policy::rotation::FailureReason;
use crate::policy::rotation::judge::{self, Answer, Effect, Judgement, Said, Then};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::response;
use hyper::{Request, Response, StatusCode};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Headers that belong to one connection, or to who asks.
const NOT_PASSED: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "accept-encoding",
    "origin",
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "x-goog-api-key",
    "x-zirkabot-token",
    "x-zirkabot-session-key",
];

/// Longest wait for the first event of a stream; then its bytes go on, whatever it is.
const EVENT: Duration = Duration::from_secs(10);

/// Most bytes of an error that are looked at, and of its unpacked form.
const ERROR: usize = 8 << 20;

/// What came of an attempt.
pub(super) enum Came {
    /// This goes to the client.
    Answer(Response<Reply>),
    /// The next is tried, of what the judgement says.
    Not(Judgement),
    /// There was no answer.
    Unanswered(Judgement, Denied),
}

impl Turn<'_> {
    /// Asks the provider once.
    pub(super) async fn attempt(&mut self, chosen: &Chosen, outcome: &mut Outcome) -> Came {
        let target = self.gateway.keeper.borrow_mut().target(
            &self.ask.agent,
            &self.ask.provider,
            chosen.address.as_deref(),
        );
        let Some(request) = target.and_then(|target| self.request(&target, chosen)) else {
            let why = format!(
                "the address of {} is unknown; set models.providers.{}.baseUrl, with https",
                self.ask.provider, self.ask.provider
            );
            return unanswered(Then::Pass, "address", StatusCode::BAD_GATEWAY, why);
        };
        let wait =
            if self.looked.stream { self.gateway.settings.first } else { self.gateway.settings.header };
        let begun = Instant::now();
        let answer = timeout(wait, self.gateway.upstream.request(request)).await;
        self.upstream += begun.elapsed();
        let status = match &answer {
            Ok(Ok(answer)) => answer.status().as_str().to_owned(),
            Ok(Err(_)) => "none".to_owned(),
            Err(_) => "timeout".to_owned(),
        };
        self.count("attempts_total", &[&chosen.name, &status]);
        match answer {
            Ok(Ok(answer)) => self.answered(answer, chosen, outcome).await,
            Ok(Err(error)) => {
                let what = if error.is_connect() { "cannot be reached" } else { "closed the connection" };
                let why = format!("{} {what}", self.ask.provider);
                unanswered(Then::Again, "unreachable", StatusCode::BAD_GATEWAY, why)
            }
            Err(_) => {
                let why = format!("{} did not answer in time", self.ask.provider);
                let effect = Effect::Failed(FailureReason::Timeout, None);
                let judged = Judgement { effect, then: Then::Fallback, word: "timeout" };
                Came::Unanswered(judged, Denied::new(StatusCode::GATEWAY_TIMEOUT, "timeout", why))
            }
        }
    }

    /// The request as it goes to the provider.
    fn request(&self, target: &Target, chosen: &Chosen) -> Option<Request<Full<Bytes>>> {
        let path = match (&self.wire, &self.path) {
            (Some((wire, rest)), _) => {
                let query = self.parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
                let base = target.base.trim_end_matches('/');
                match providers::find(&self.ask.provider).and_then(|row| row.exchange.as_ref()) {
                    // Where tokens are exchanged, no version stands before the forms.
                    Some(_) => format!("{base}/{rest}{query}"),
                    None => format!("{}{query}", path_at(&target.base, *wire, rest)),
                }
            }
            (None, Some(path)) => path.clone(),
            (None, None) => return None,
        };
        let body = match &self.renamed {
            Some(model) => look::with_model(&self.body, look::encoding(&self.parts.headers), model)?,
            None => self.body.clone(),
        };
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = self.parts.method.clone();
        *request.uri_mut() = target.uri(&path)?;
        *request.headers_mut() = self.headers(target, chosen)?;
        Some(request)
    }

    fn headers(&self, target: &Target, chosen: &Chosen) -> Option<HeaderMap> {
        let listed = named_by_connection(&self.parts.headers);
        // Where the model has another name, the body goes on unpacked.
        let is_undone = |name: &HeaderName| self.renamed.is_some() && name == header::CONTENT_ENCODING;
        let passes = |name: &HeaderName| {
            !NOT_PASSED.contains(&name.as_str()) && !listed.contains(name) && !is_undone(name)
        };
        let mut headers = HeaderMap::with_capacity(self.parts.headers.len() + 4);
        for (name, value) in self.parts.headers.iter().filter(|(name, _)| passes(name)) {
            headers.append(name, value.clone());
        }
        let packed = headers_accept_gzip(&self.parts.headers) && !self.looked.stream;
        let encoding = if packed { "gzip" } else { "identity" };
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(encoding));
        headers.insert(header::HOST, HeaderValue::from_str(target.host()).ok()?);
        headers.append(header::VIA, HeaderValue::from_static(OUR_VIA));
        for (name, value) in exchange::with(&self.ask.provider) {
            let name: HeaderName = name.to_ascii_lowercase().parse().ok()?;
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        let mut value = HeaderValue::from_str(chosen.header.1.expose()).ok()?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(chosen.header.0.to_ascii_lowercase().as_bytes()).ok()?, value);
        Some(headers)
    }

    /// An answer, from its header on.
    async fn answered(&mut self, answer: Response<Incoming>, chosen: &Chosen, outcome: &mut Outcome) -> Came {
        let (head, body) = answer.into_parts();
        if !head.status.is_success() {
            return self.refused(head, body, chosen, outcome).await;
        }
        let is_stream = head
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let (mut held, mut rest) = (VecDeque::new(), Some(body));
        // What is packed cannot be told before it is whole.
        if let Some(body) =
            rest.take_if(|_| is_stream && !head.headers.contains_key(header::CONTENT_ENCODING))
        {
            match passing::first_event(body, Instant::now() + EVENT).await {
                Begun::Fine(begin, more) => (held, rest) = (begin, more),
                Begun::Error(data, begin, more) => {
                    let said = Said::of(&data, self.gateway.keeper.borrow().clock());
                    let mut judged = self.judged(said.status(), &head.headers, &said, chosen);
                    // A client that has a 200 does not ask again as it would after a 529, so another credential
                    // is asked before it hears of it.
                    if let Effect::Model(until) = judged.effect {
                        (judged.effect, judged.then) = (Effect::ModelFor(until), Then::Next);
                    }
                    let stream = self.passing(begin, more);
                    self.keep(rank(said.status()), self.dressed(head, stream, chosen));
                    return Came::Not(judged);
                }
                Begun::Broken => {
                    let why = format!("{} aborted its answer before it started", self.ask.provider);
                    return unanswered(Then::Again, "cut", StatusCode::BAD_GATEWAY, why);
                }
            }
        }
        self.gateway.keeper.borrow_mut().well(&self.ask, chosen);
        outcome.reason = "ok";
        let stream = self.passing(held, rest);
        Came::Answer(self.dressed(head, stream, chosen))
    }

    /// An error: it is read to its end, and judged.
    async fn refused(
        &mut self,
        head: response::Parts,
        body: Incoming,
        chosen: &Chosen,
        outcome: &mut Outcome,
    ) -> Came {
        let whole = timeout(RENEWAL, Limited::new(body, ERROR).collect()).await;
        let Some(bytes) = whole.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes) else {
            let why = format!("{} answered {} and then aborted", self.ask.provider, head.status.as_u16());
            return unanswered(Then::Again, "cut", StatusCode::BAD_GATEWAY, why);
        };
        let packed = head.headers.get(header::CONTENT_ENCODING).is_some_and(|value| value == "gzip");
        let unpacked = packed.then(|| look::gunzip(&bytes, ERROR as u64)).flatten();
        let said = Said::of(unpacked.as_deref().unwrap_or(&bytes), self.gateway.keeper.borrow().clock());
        let judged = self.judged(head.status.as_u16(), &head.headers, &said, chosen);
        let rank = rank(head.status.as_u16());
        let answer = self.dressed(head, Reply::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())), chosen);
        if judged.then == Then::Pass {
            outcome.reason = judged.word;
            return Came::Answer(answer);
        }
        self.keep(rank, answer);
        Came::Not(judged)
    }

    fn judged(&self, status: u16, headers: &HeaderMap, said: &Said, chosen: &Chosen) -> Judgement {
        let now = self.gateway.keeper.borrow().clock();
        let header = |name: &str| headers.get(name)?.to_str().ok();
        judge::judge(&Answer { status, header: &header, said, kind: chosen.kind, now })
    }

    /// An answer on its way, with those who are told how it ends.
    fn passing(&self, held: VecDeque<Bytes>, rest: Option<Incoming>) -> Reply {
        let gateway = Rc::clone(self.gateway);
        gateway.metrics.borrow_mut().open += 1;
        let idle = gateway.settings.idle;
        let told = move |how: End| {
            let mut metrics = gateway.metrics.borrow_mut();
            metrics.open -= 1;
            metrics.count("stream_ends_total", &[how.as_str()]);
        };
        Reply::Passing(Box::new(Passing::new(held, rest, idle, Box::new(told))))
    }

    /// The answer with the provider's headers and ours.
    fn dressed(&self, mut head: response::Parts, body: Reply, chosen: &Chosen) -> Response<Reply> {
        let listed = named_by_connection(&head.headers);
        let hop = [header::CONNECTION, header::TRANSFER_ENCODING, HeaderName::from_static("keep-alive")];
        for name in hop.iter().chain(&listed) {
            head.headers.remove(name);
        }
        let shown = |text: &str| HeaderValue::from_str(text).ok();
        let ours = [
            ("x-zirkabot-profile", shown(&self.gateway.shown(&chosen.name))),
            ("x-zirkabot-attempts", shown(&self.attempts.to_string())),
            ("x-zirkabot-model", self.renamed.as_deref().and_then(shown)),
        ];
        for (name, value) in ours {
            if let Some(value) = value {
                head.headers.insert(HeaderName::from_static(name), value);
            }
        }
        Response::from_parts(head, body)
    }
}

fn unanswered(then: Then, word: &'static str, status: StatusCode, why: String) -> Came {
    let judged = Judgement { effect: Effect::Nothing, then, word };
    Came::Unanswered(judged, Denied::new(status, word, why))
}

/// Which of several answers that are none is the best for the client: the lowest.
fn rank(status: u16) -> u8 {
    match status {
        429 => 1,
        401..=403 => 2,
        404 => 3,
        _ => 4,
    }
}

fn headers_accept_gzip(headers: &HeaderMap) -> bool {
    let value = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.split(',').any(|coding| coding.trim().starts_with("gzip")))
}

/// The headers that `Connection` names, which are for this connection only.
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok()).collect()
}
