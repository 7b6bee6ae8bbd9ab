//! The life of a request: body, session, credential, provider, answer; and the next credential, as long as nothing
//! of an answer went to the client.

mod attempt;

use crate::catalog::wire::Wire;
use crate::gateway::chat;
use crate::gateway::guard::Caller;
use crate::gateway::journal::Outcome;
use crate::gateway::keeper::{Ask, Chosen, Picked};
use crate::gateway::look::{self, Looked};
use crate::gateway::passing::Reply;
use crate::gateway::relay::attempt::Came;
use crate::gateway::route::Endpoint;
use crate::gateway::shape::Denied;
use crate::gateway::state::Gateway;
use crate::policy::models::Model;
use crate::policy::rotation::judge::Then;
use crate::policy::session;
use crate::sys::Millis;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderName};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::timeout;

/// The session in our own store whose pins count.
const SESSION: HeaderName = HeaderName::from_static("x-zirkabot-session-key");

/// What clients call their conversations.
const SESSIONS: [HeaderName; 3] = [
    HeaderName::from_static("x-claude-code-session-id"),
    HeaderName::from_static("session-id"),
    HeaderName::from_static("session_id"),
];

/// Longest wait for the end of a rest, in milliseconds.
const PATIENCE: Millis = 5_000;

/// Longest wait for a renewal.
const RENEWAL: Duration = Duration::from_secs(10);

/// What is on its way.
struct Turn<'g> {
    gateway: &'g Rc<Gateway>,
    parts: &'g Parts,
    caller: &'g Caller,
    body: Bytes,
    looked: Looked,
    ask: Ask,
    wire: Option<(Wire, &'static str)>,
    path: Option<String>,
    /// The name of the model, if it is another one than the client wrote.
    renamed: Option<String>,
    tried: Vec<String>,
    attempts: usize,
    best: Option<(u8, Response<Reply>)>,
    upstream: Duration,
    /// Until when all rest.
    rests: Option<Millis>,
}

/// Serves a request for a provider.
pub(super) async fn relay(
    gateway: &Rc<Gateway>,
    endpoint: &Endpoint,
    caller: &Caller,
    parts: &Parts,
    body: Incoming,
    outcome: &mut Outcome,
) -> Result<Response<Reply>, Denied> {
    let body = whole(gateway, body).await?;
    let looked = look::look(&body, look::encoding(&parts.headers));
    let mut turn = turn(gateway, endpoint, caller, parts, (body, looked))?;
    if let Some(reply) = turn.chat(outcome).await {
        return Ok(reply);
    }
    outcome.provider.clone_from(&turn.ask.provider);
    outcome.model = turn.ask.model.clone().unwrap_or_default();
    let answer = turn.run(outcome).await;
    outcome.attempts = turn.attempts;
    outcome.upstream = turn.upstream;
    outcome.model = turn.ask.model.take().unwrap_or_default();
    outcome.provider = turn.ask.provider;
    answer
}

async fn whole(gateway: &Gateway, body: Incoming) -> Result<Bytes, Denied> {
    let limit = gateway.settings.max_body;
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(Denied::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("the request is larger than the {limit} bytes that gateway.http.maxBodyBytes allows"),
        )),
        Err(_) => Err(Denied::new(StatusCode::BAD_REQUEST, "body", "the request was cut off")),
    }
}

/// Finds out for whom, about what, and of whom.
fn turn<'g>(
    gateway: &'g Rc<Gateway>,
    endpoint: &Endpoint,
    caller: &'g Caller,
    parts: &'g Parts,
    (body, looked): (Bytes, Looked),
) -> Result<Turn<'g>, Denied> {
    let text = |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let pinned = text(&SESSION).map(str::to_owned);
    let agent = pinned.as_deref().and_then(session::place).and_then(|place| place.agent().map(str::to_owned));
    let agent = agent.unwrap_or_else(|| gateway.agent());
    let own = SESSIONS.iter().find_map(text).map(str::to_owned);
    let sticky = pinned.clone().or(own).or_else(|| looked.session.clone());
    let mut keeper = gateway.keeper.borrow_mut();
    if !keeper.knows(&agent) {
        let why = "the agent in x-zirkabot-session-key does not exist";
        return Err(Denied::new(StatusCode::NOT_FOUND, "agent", why));
    }
    let named = looked.model.as_deref().and_then(|model| keeper.model(&agent, model));
    let (provider, wire, path) = match endpoint {
        Endpoint::Provider(provider, path) => {
            (keeper.provider(&agent, provider).unwrap_or_default(), None, Some(path.clone()))
        }
        Endpoint::Model(wire, rest) => {
            let default = if *wire == Wire::Messages { "anthropic" } else { "openai" };
            let provider = named.as_ref().map_or(default, |model| model.provider.as_str()).to_owned();
            (provider, Some((*wire, *rest)), None)
        }
        _ => ("openai".to_owned(), None, Some(parts.uri.to_string())),
    };
    let renamed = named.filter(|_| path.is_none()).map(|model| model.id);
    let renamed = renamed.filter(|id| looked.model.as_deref() != Some(id.as_str()));
    let model = renamed.clone().or_else(|| looked.model.clone());
    let subscription = caller.own.is_some();
    let ask = Ask { agent, provider, model, pinned, sticky, subscription };
    drop(keeper);
    Ok(Turn {
        gateway,
        parts,
        caller,
        body,
        looked,
        ask,
        wire,
        path,
        renamed,
        tried: Vec::new(),
        attempts: 0,
        best: None,
        upstream: Duration::ZERO,
        rests: None,
    })
}

impl Turn<'_> {
    /// The reply to a message that is for us, in a session of our own.
    async fn chat(&self, outcome: &mut Outcome) -> Option<Response<Reply>> {
        let (wire, rest) = self.wire.filter(|(_, rest)| !rest.contains("count_tokens"))?;
        let settings = &self.gateway.settings;
        let of_user = || self.looked.user.clone().filter(|_| settings.chat_directives);
        let session = self.ask.pinned.clone().or_else(of_user)?;
        // These programs have directives of their own.
        let is_programs = SESSIONS.iter().any(|name| self.parts.headers.contains_key(name));
        let aliases = self.gateway.keeper.borrow_mut().aliases(&self.ask.agent);
        let text = chat::directive(&self.body, wire, &aliases).filter(|_| !is_programs)?;
        let wait = self.gateway.keeper.borrow_mut().chat(&self.ask.agent, &session, text);
        let reply = wait.await.ok()?;
        self.gateway.keeper.borrow_mut().forget();
        outcome.reason = "chat";
        let model = self.ask.model.as_deref().unwrap_or(rest);
        let id = self.gateway.keeper.borrow().clock().to_string();
        Some(chat::answer(wire, self.looked.stream, (model, &id, &reply)))
    }

    async fn run(&mut self, outcome: &mut Outcome) -> Result<Response<Reply>, Denied> {
        let mut models = self.fallbacks();
        loop {
            if let Some(answer) = self.with_model(outcome).await {
                return Ok(answer);
            }
            let Some(next) = models.pop_front() else { break };
            if self.attempts >= self.gateway.settings.attempts {
                break;
            }
            self.count("failovers_total", &[outcome.reason, "model"]);
            self.ask.provider = next.provider;
            self.ask.model = Some(next.id.clone());
            self.renamed = Some(next.id);
            self.tried.clear();
        }
        self.gave_up(outcome)
    }

    /// The models that may be tried after this one: those of providers that speak the same, unless the session
    /// has chosen.
    fn fallbacks(&self) -> VecDeque<Model> {
        let Some((wire, _)) = self.wire.filter(|_| self.ask.pinned.is_none() && self.ask.model.is_some())
        else {
            return VecDeque::new();
        };
        let mut keeper = self.gateway.keeper.borrow_mut();
        let all = keeper.fallbacks(&self.ask.agent);
        let is_other = |model: &Model| {
            model.provider != self.ask.provider || Some(model.id.as_str()) != self.ask.model.as_deref()
        };
        let speaks = |model: &Model| keeper.speaks(&self.ask.agent, &model.provider, wire);
        all.into_iter().filter(is_other).filter(speaks).collect()
    }

    /// Tries all credentials with the model that is asked for; none if another model may be tried.
    async fn with_model(&mut self, outcome: &mut Outcome) -> Option<Response<Reply>> {
        let (mut again, mut renewed, mut waited) = (false, false, false);
        while self.attempts < self.gateway.settings.attempts {
            let chosen = match self.pick() {
                Picked::Use(chosen) => chosen,
                Picked::Rests(until) if !waited && self.may_wait(until) => {
                    waited = true;
                    self.wait(until).await;
                    continue;
                }
                Picked::Rests(until) => {
                    self.rests = Some(self.rests.map_or(until, |rests| rests.min(until)));
                    outcome.reason = "rests";
                    return None;
                }
                Picked::Subscription => {
                    outcome.reason = "subscription";
                    return None;
                }
                Picked::Nothing => {
                    outcome.reason = if self.attempts == 0 { "no_credential" } else { outcome.reason };
                    return None;
                }
            };
            let Some(chosen) = self.ready(chosen).await else { continue };
            outcome.profile.clone_from(&chosen.name);
            self.attempts += 1;
            let judged = match self.attempt(&chosen, outcome).await {
                Came::Answer(answer) => return Some(answer),
                Came::Not(judged) => judged,
                Came::Unanswered(judged, denied) => {
                    self.keep(5, self.gateway.answer(&denied, &self.endpoint()));
                    judged
                }
            };
            outcome.reason = judged.word;
            let once_more = match judged.then {
                Then::Again if !again => {
                    again = true;
                    self.gateway.pause_before_again().await;
                    true
                }
                Then::Renew if !renewed => {
                    renewed = true;
                    self.renew(&chosen, true).await
                }
                _ => false,
            };
            if once_more {
                continue;
            }
            self.gateway.keeper.borrow_mut().effect(&self.ask, &chosen, judged.effect);
            if matches!(judged.then, Then::Again | Then::Fallback | Then::Pass) {
                return None;
            }
            self.count("failovers_total", &[judged.word, "credential"]);
            self.tried.push(chosen.name);
        }
        None
    }

    fn pick(&self) -> Picked {
        if let Some((name, secret)) = &self.caller.own
            && !self.tried.iter().any(|name| name == Chosen::OWN)
        {
            return Picked::Use(Box::new(Chosen::own(name, secret)));
        }
        self.gateway.keeper.borrow_mut().pick(&self.ask, &self.tried)
    }

    fn may_wait(&self, until: Millis) -> bool {
        until - self.gateway.keeper.borrow().clock() <= PATIENCE
    }

    async fn wait(&self, until: Millis) {
        let left = until - self.gateway.keeper.borrow().clock();
        tokio::time::sleep(Duration::from_millis(u64::try_from(left).unwrap_or(0) + 5)).await;
        self.gateway.keeper.borrow_mut().look_again();
    }

    /// The credential, renewed if it has to be; none if it cannot be, and is over.
    async fn ready(&mut self, chosen: Box<Chosen>) -> Option<Box<Chosen>> {
        if !chosen.is_due {
            return Some(chosen);
        }
        if !chosen.is_over {
            // It is good for this request; who comes later has the new one.
            drop(self.gateway.keeper.borrow_mut().renew(&self.ask, &chosen, false));
            return Some(chosen);
        }
        if !self.renew(&chosen, false).await {
            self.tried.push(chosen.name);
            return None;
        }
        match self.pick() {
            Picked::Use(renewed) if renewed.is_over => {
                self.tried.push(renewed.name);
                None
            }
            Picked::Use(renewed) => Some(renewed),
            _ => None,
        }
    }

    async fn renew(&self, chosen: &Chosen, forced: bool) -> bool {
        let wait = self.gateway.keeper.borrow_mut().renew(&self.ask, chosen, forced);
        let worked = timeout(RENEWAL, wait).await.is_ok_and(|worked| worked.unwrap_or(false));
        let result = if worked { "renewed" } else { "failed" };
        self.gateway.metrics.borrow_mut().count("refreshes_total", &[&self.ask.provider, result]);
        worked
    }

    fn endpoint(&self) -> Endpoint {
        match self.wire {
            Some((wire, rest)) => Endpoint::Model(wire, rest),
            None => Endpoint::Provider(self.ask.provider.clone(), String::new()),
        }
    }

    fn count(&self, name: &'static str, last: &[&str]) {
        let labels: Vec<&str> = [self.ask.provider.as_str()].iter().chain(last).copied().collect();
        self.gateway.metrics.borrow_mut().count(name, &labels);
    }

    /// Remembers the best of the answers that are none; the lower the better.
    fn keep(&mut self, rank: u8, answer: Response<Reply>) {
        if self.best.as_ref().is_none_or(|(best, _)| rank < *best) {
            self.best = Some((rank, answer));
        }
    }

    /// What is answered when nothing else is left.
    fn gave_up(&mut self, outcome: &Outcome) -> Result<Response<Reply>, Denied> {
        if let Some((_, mut answer)) = self.best.take() {
            if let (429, Some(seconds)) = (answer.status().as_u16(), self.seconds()) {
                answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            return Ok(answer);
        }
        let provider = &self.ask.provider;
        Err(match outcome.reason {
            "rests" => {
                let why = format!(
                    "all credentials for {provider} are cooling down after failures; `zirkabot models status` shows until when"
                );
                let denied = Denied::new(StatusCode::TOO_MANY_REQUESTS, "rests", why);
                Denied { retry_after: self.seconds(), ..denied }
            }
            "subscription" => Denied::new(
                StatusCode::FORBIDDEN,
                "subscription",
                format!(
                    "{provider} has only a subscription login, which is for its owner's own programs: use an API key, or set gateway.subscriptions = \"try\"; see `zirkabot explain credential/claude-code-only`"
                ),
            ),
            _ => Denied::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "no_credential",
                format!(
                    "there is no usable credential for {provider}; `zirkabot doctor` shows what is wrong"
                ),
            ),
        })
    }

    /// Seconds until the first of those that rest may be used.
    fn seconds(&self) -> Option<u64> {
        let left = self.rests? - self.gateway.keeper.borrow().clock();
        u64::try_from(left.max(1_000).saturating_add(999) / 1_000).ok()
    }
}
