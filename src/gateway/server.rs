//! The port: connections, their limits, signals, the end. What a request is answered is for the files beside this
//! one.

use crate::gateway::guard::{self, Caller};
use crate::gateway::journal::{Journal, Outcome};
use crate::gateway::keeper::Keeper;
use crate::gateway::passing::Reply;
use crate::gateway::relay;
use crate::gateway::route::{self, Endpoint};
use crate::gateway::settings::Settings;
use crate::gateway::shape::Denied;
use crate::gateway::state::{Gateway, text};
use crate::gateway::upstream;
use crate::gateway::voice::Voice;
use crate::gateway::{models, page, ready};
use crate::pipeline::open::Open;
use crate::sys::Act;
use crate::sys::manager::{self, Signals};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// Longest time until the header of a request is there.
const HEADER: Duration = Duration::from_secs(10);

/// Most bytes and fields of the header of a request.
const HEADERS: (usize, usize) = (64 * 1024, 100);

/// How long answers may go on when the gateway is to stop.
const DRAIN: Duration = Duration::from_secs(25);

/// How long a client that was let in when the gateway is to stop may take to say what it wants.
const FIRST: Duration = Duration::from_secs(1);

/// Why it stopped before it served anything.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// Somebody else listens there.
    InUse(SocketAddr),
    /// The service manager listens where others can reach it, and the config says that they should not.
    Exposed(SocketAddr),
    /// Something else does not work.
    Fault(std::io::Error),
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        Self::Fault(error)
    }
}

/// Serves until it is told to stop. `greet` is called when it listens, with the address; `tell` makes the document
/// that says how it is.
///
/// # Errors
/// If it cannot listen there. It never listens elsewhere instead.
pub(crate) fn serve(
    act: &mut dyn Act,
    settings: Settings,
    greet: &mut dyn FnMut(&mut dyn Act, &str),
    voice: Voice,
) -> Result<(), Stopped> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, run(act, settings, greet, voice))
}

async fn run(
    act: &mut dyn Act,
    mut settings: Settings,
    greet: &mut dyn FnMut(&mut dyn Act, &str),
    voice: Voice,
) -> Result<(), Stopped> {
    let listener = listener(act, settings.address).await?;
    settings.address = listener.local_addr()?;
    let (keeper, renewed, thread) =
        Keeper::new(Open::of(act).keeping_config(), settings.subscriptions, voice)?;
    let gateway = Rc::new(Gateway {
        keeper: RefCell::new(keeper),
        upstream: upstream::client(act.as_look())?,
        metrics: RefCell::default(),
        draining: Cell::new(false),
        failures: RefCell::default(),
        log: RefCell::new(act.elsewhere(act.host().clone())),
        journal: RefCell::new(Journal::default()),
        since: act.clock(),
        reloaded: Cell::default(),
        voice,
        settings,
    });
    // Whoever is told that it is ready may signal.
    let signals = Signals::catch()?;
    greet(act, &gateway.settings.address.to_string());
    manager::ready();
    let connections = accept(&gateway, listener, renewed, signals).await?;
    gateway.draining.set(true);
    manager::stopping();
    let _ = timeout(DRAIN, connections).await;
    // What was to be written is written before the end.
    drop(gateway);
    let _ = thread.join();
    Ok(())
}

/// The port: the one that the service manager has opened, else one of its own.
async fn listener(act: &dyn Act, address: SocketAddr) -> Result<TcpListener, Stopped> {
    if let Some(listener) = act.handed_over()? {
        let handed = listener.local_addr()?;
        if address.ip().is_loopback() && !handed.ip().is_loopback() {
            return Err(Stopped::Exposed(handed));
        }
        return Ok(TcpListener::from_std(listener)?);
    }
    match TcpListener::bind(address).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(Stopped::InUse(address)),
        other => Ok(other?),
    }
}

/// Takes connections until a signal says that it is enough; what comes out waits for those that are open.
async fn accept(
    gateway: &Rc<Gateway>,
    listener: TcpListener,
    mut renewed: tokio::sync::mpsc::UnboundedReceiver<crate::gateway::keeper::Renewed>,
    mut signals: Signals,
) -> std::io::Result<impl Future<Output = ()>> {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut beat = interval(manager::beat());
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let has_room = tasks.len() < gateway.settings.max_connections;
        tokio::select! {
            accepted = listener.accept(), if has_room => {
                // One that is gone before it was taken is none.
                let Ok((stream, peer)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                tasks.spawn_local(connection(Rc::clone(gateway), stream, peer.ip(), stopped.clone()));
            }
            Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
            Some(done) = renewed.recv() => gateway.keeper.borrow_mut().renewed(&done),
            _ = beat.tick() => manager::alive(),
            _ = signals.hung_up.recv() => {
                gateway.keeper.borrow_mut().forget();
                gateway.reloaded.set(Some(gateway.keeper.borrow().clock()));
                gateway.metrics.borrow_mut().count("reloads_total", &[]);
                manager::reloaded();
            }
            _ = signals.ended.recv() => break,
            _ = signals.interrupted.recv() => break,
        }
    }
    drop(listener);
    let gateway = Rc::clone(gateway);
    Ok(async move {
        let _ = stop.send(true);
        while !tasks.is_empty() {
            tokio::select! {
                _ = tasks.join_next() => {}
                Some(done) = renewed.recv() => gateway.keeper.borrow_mut().renewed(&done),
            }
        }
    })
}

async fn connection(gateway: Rc<Gateway>, stream: TcpStream, peer: IpAddr, mut stop: watch::Receiver<bool>) {
    let heard = Rc::new(Notify::new());
    let hears = Rc::clone(&heard);
    let service = service_fn(move |request| {
        hears.notify_one();
        handle(Rc::clone(&gateway), peer, request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER)
        .max_buf_size(HEADERS.0)
        .max_headers(HEADERS.1)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    // What a client has sent that was let in a moment ago is heard first; then nothing more is.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = timeout(FIRST, heard.notified()) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

async fn handle(
    gateway: Rc<Gateway>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<Reply>, Infallible> {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    gateway.keeper.borrow_mut().look_again();
    let agent = gateway.agent();
    let known = |name: &str| gateway.keeper.borrow_mut().provider(&agent, name).is_some();
    let endpoint = route::route(&parts.method, &parts.uri, &known);
    let mut outcome = Outcome::default();
    let answered = match gateway.let_in(peer, &endpoint, &parts) {
        Ok(caller) => gateway.serve(&endpoint, &caller, &parts, body, &mut outcome).await,
        Err(denied) => Err(denied),
    };
    let answer = answered.unwrap_or_else(|denied| {
        outcome.reason = denied.reason;
        outcome.why.clone_from(&denied.why);
        gateway.answer(&denied, &endpoint)
    });
    gateway.note(&endpoint, &outcome, answer.status(), began.elapsed());
    Ok(answer)
}

impl Gateway {
    fn let_in(&self, peer: IpAddr, endpoint: &Endpoint, parts: &Parts) -> Result<Caller, Denied> {
        let now = self.keeper.borrow().clock();
        let waits = self.failures.borrow().waits(peer, now).filter(|_| !endpoint.is_open());
        let let_in = match waits {
            Some(seconds) => {
                let why = "too many wrong tokens from this address";
                let denied = Denied::new(StatusCode::TOO_MANY_REQUESTS, "guesses", why);
                Err(Denied { retry_after: Some(seconds), ..denied })
            }
            None => guard::guard(&self.settings, endpoint, &parts.uri, &parts.headers),
        };
        if let Err(denied) = &let_in {
            self.metrics.borrow_mut().count("auth_failures_total", &[denied.reason]);
            if denied.reason == "token" {
                self.failures.borrow_mut().push(peer, now);
            }
        }
        let_in
    }

    async fn serve(
        self: &Rc<Self>,
        endpoint: &Endpoint,
        caller: &Caller,
        parts: &Parts,
        body: Incoming,
        outcome: &mut Outcome,
    ) -> Result<Response<Reply>, Denied> {
        match endpoint {
            Endpoint::Page => Ok(page::page()),
            Endpoint::Status => Ok(ready::status(self)),
            Endpoint::Alive => Ok(text("")),
            Endpoint::Ready => Ok(ready::ready(self, parts)),
            Endpoint::Metrics => Ok(text(&self.metrics.borrow().text(&ready::gauges(self)))),
            Endpoint::Models if !parts.uri.query().unwrap_or_default().contains("client_version=") => {
                Ok(models::list(self, &parts.headers))
            }
            Endpoint::Model(..) | Endpoint::Provider(..) | Endpoint::Models => {
                relay::relay(self, endpoint, caller, parts, body, outcome).await
            }
            Endpoint::OtherMethod(allowed) => Err(Denied::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                format!("{} accepts {allowed}", parts.uri.path()),
            )),
            Endpoint::Unknown => Err(Denied::new(
                StatusCode::NOT_FOUND,
                "path",
                "unknown path: use /v1/messages, /v1/chat/completions, /v1/responses, /v1/embeddings, /v1/models, or a path after the name of a provider",
            )),
        }
    }

    /// Counts a request and writes its line. What only looks is not worth one.
    fn note(&self, endpoint: &Endpoint, outcome: &Outcome, status: StatusCode, took: Duration) {
        let mut metrics = self.metrics.borrow_mut();
        metrics.count("requests_total", &[endpoint.name(), &outcome.provider, status.as_str()]);
        if outcome.attempts > 0 {
            metrics.times(took.saturating_sub(outcome.upstream), took);
        }
        let looks = *endpoint == Endpoint::Status && status.is_success();
        if endpoint.is_open() || *endpoint == Endpoint::Metrics || looks {
            return;
        }
        let now = self.keeper.borrow().clock();
        let line = self.journal.borrow_mut().note((now, endpoint.name()), outcome, status, took);
        self.log.borrow_mut().complain(&line);
    }
}
