//! Whom to ask about which credential, and how. Pure. A question costs nothing, unless a whole answer of a model is
//! asked for; a login of a subscription goes to the hosts of its provider only, and nothing goes in clear.

use crate::catalog::hosts;
use crate::catalog::kind::Kind;
use crate::catalog::models::CATALOGUE;
use crate::catalog::providers::{self, Provider};
use crate::catalog::usages::{self, UsageForm, UsageRow};
use crate::catalog::wire::{Wire, path_at};
use crate::policy::resolve::{Candidate, Route, Verdict, Why};
use crate::policy::status::{AgentStatus, ProviderStatus, Status};
use crate::policy::{exchange, export};
use crate::sys::Millis;
use crate::sys::http::{self, Method, Request};
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::actual::Credential;
use crate::world::asked::mark;

/// Most bytes of an answer: lists of models are long.
const MAX_ANSWER: usize = 8 << 20;

/// How many tokens an answer has at most. Some models give none of fewer.
pub(crate) const MAX_TOKENS: u32 = 16;

/// What is to be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProbeRequest<'a> {
    /// This profile, variable or other name only; else all of the providers in use.
    pub(crate) only: Option<&'a str>,
    /// Whether a model is asked to answer, which costs a few tokens.
    pub(crate) full: bool,
    /// Whether it is asked how much is used, where the provider tells.
    pub(crate) usage: bool,
    /// Longest time for one question, in milliseconds.
    pub(crate) limit: Millis,
}

/// A credential that is asked about.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its candidate.
    pub(crate) candidate: Candidate,
    /// Its credential.
    pub(crate) credential: Credential,
    /// The model that is asked, or that would be.
    pub(crate) model: Option<String>,
    /// The question.
    pub(crate) question: Result<Request, NotAsked>,
    /// How the answer tells how much is used, if that is asked.
    pub(crate) form: Option<UsageForm>,
}

/// Why nobody is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotAsked {
    /// The order leaves it out.
    Excluded,
    /// It is over, or cannot be used for another reason.
    Unfit,
    /// Its provider answers nothing that would tell.
    NoQuestion,
    /// No model of the provider is known.
    NoModel,
    /// It would go to another host than its provider's.
    Foreign,
    /// The address is none that may be asked.
    Address,
    /// The config says that it is not.
    Off,
}

impl NotAsked {
    /// For people.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Excluded => "not tested: the order excludes it",
            Self::Unfit => "not tested: it is missing, expired, or unusable",
            Self::NoQuestion => {
                "not tested: the provider has no free request; --full sends one to a model if possible"
            }
            Self::NoModel => "not tested: no model of the provider is known",
            Self::Foreign => {
                "not tested: a login is sent to its provider's own hosts only, and baseUrl is another host"
            }
            Self::Address => "not tested: the provider's address is unknown, or is not https",
            Self::Off => "not tested: auth.usage in the config switches it off",
        }
    }
}

/// Everything that is to be asked, each credential once, in the order of agents and providers.
pub(crate) fn targets(world: &World, status: &Status, wanted: ProbeRequest<'_>) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for agent in &status.agents {
        let is_asked = |provider: &&ProviderStatus| provider.relevant || wanted.only.is_some();
        for provider in agent.providers.iter().filter(is_asked) {
            for candidate in &provider.resolution.candidates {
                let Some(credential) = &candidate.credential else { continue };
                let is_known = targets.iter().any(|own| {
                    own.candidate.name == candidate.name
                        && own.credential.provider == credential.provider
                        && mark(&own.credential) == mark(credential)
                });
                if is_known || wanted.only.is_some_and(|only| only != candidate.name) {
                    continue;
                }
                targets.push(target(world, agent, candidate, credential, wanted));
            }
        }
    }
    targets
}

fn target(
    world: &World,
    agent: &AgentStatus,
    candidate: &Candidate,
    credential: &Credential,
    wanted: ProbeRequest<'_>,
) -> Target {
    let provider = &credential.provider;
    let used = agent.models.iter().find(|used| used.model.provider == *provider);
    let own = world.desired.provider(provider).and_then(|own| own.models.first());
    let known = || CATALOGUE.iter().find(|row| row.provider == *provider).map(|row| row.id.to_owned());
    let model =
        used.map(|used| used.model.id.clone()).or_else(|| own.map(|own| own.id.clone())).or_else(known);
    let row = usages::find(provider, credential.kind).filter(|_| wanted.usage);
    let question = match candidate.verdict {
        _ if wanted.usage && world.desired.untold.contains(provider) => Err(NotAsked::Off),
        Verdict::Unusable(Why::LeftOut) if wanted.only.is_none() => Err(NotAsked::Excluded),
        Verdict::Chosen | Verdict::Later | Verdict::Unusable(Why::Cooldown(_) | Why::LeftOut)
            if candidate.fatal().is_none() && !credential.secret.is_blank() =>
        {
            let row = row.map(|row| of_usage(world, credential, row, wanted.limit));
            row.unwrap_or_else(|| question(world, credential, model.as_deref(), wanted))
        }
        _ => Err(NotAsked::Unfit),
    };
    let form = row.map(|row| row.form);
    Target { candidate: candidate.clone(), credential: credential.clone(), model, question, form }
}

/// The question how much is used: at the provider's own host, or at the one that the config puts in its place. A
/// login goes to no other.
fn of_usage(
    world: &World,
    credential: &Credential,
    row: &UsageRow,
    limit: Millis,
) -> Result<Request, NotAsked> {
    let desired = &world.desired;
    let own = desired.provider(&credential.provider).and_then(|own| own.base_url.as_deref());
    let refresh = desired.refresh.iter().rev().find(|own| own.provider == credential.provider);
    let own = own.or_else(|| refresh.filter(|_| exchange::of(credential).is_some())?.url.as_deref());
    let (_, path) = split(row.url);
    let url = own.map_or_else(|| row.url.to_owned(), |own| placed(own, None, path));
    let to = http::address(&url).ok_or(NotAsked::Address)?;
    match http::is_loopback(to.host) {
        true => {}
        false if !to.tls => return Err(NotAsked::Address),
        false if hosts::foreign(&credential.provider, &url).is_some() => return Err(NotAsked::Foreign),
        false => {}
    }
    let mut headers = headers(providers::find(&credential.provider), credential, false);
    headers.extend(exchange::with(&credential.provider).map(|(name, value)| (name, Secret::from(value))));
    Ok(Request {
        method: Method::Get,
        url: Secret::new(url),
        headers,
        body: Secret::new(Vec::new()),
        connect: limit,
        whole: limit,
        max_answer: MAX_ANSWER,
        in_clear: false,
    })
}

/// What is asked about a credential that is stored nowhere yet; none if nobody can be asked.
pub(crate) fn of_new(
    world: &World,
    credential: &Credential,
    limit: Millis,
    is_offline: bool,
) -> Option<Request> {
    let request =
        question(world, credential, None, ProbeRequest { only: None, full: false, usage: false, limit })
            .ok()?;
    let is_here = http::address(request.url.expose()).is_some_and(|to| http::is_loopback(to.host));
    (is_here || !is_offline).then_some(request)
}

/// What is asked, and where.
fn question(
    world: &World,
    credential: &Credential,
    model: Option<&str>,
    wanted: ProbeRequest<'_>,
) -> Result<Request, NotAsked> {
    // What is exchanged is asked about where it is exchanged; a model would want the token first.
    if let Some(question) = exchange::question(world, credential, wanted.limit) {
        let url = http::address(question.url.expose()).ok_or(NotAsked::Address)?;
        return if wanted.full {
            Err(NotAsked::NoQuestion)
        } else if url.tls || http::is_loopback(url.host) {
            Ok(question)
        } else {
            Err(NotAsked::Address)
        };
    }
    let row = providers::find(&credential.provider);
    let own = world.desired.provider(&credential.provider).and_then(|own| own.base_url.as_deref());
    let address = own.or_else(|| row.map(|row| row.address)).unwrap_or_default();
    let to = http::address(address).ok_or(NotAsked::Address)?;
    let is_here = http::is_loopback(to.host);
    if !to.tls && !is_here {
        return Err(NotAsked::Address);
    }
    let is_foreign = !is_here && hosts::foreign(&credential.provider, address).is_some();
    if is_foreign && credential.kind != Kind::ApiKey {
        return Err(NotAsked::Foreign);
    }
    // What a subscription is good for is seen at its own programs; a model is asked with a key only.
    let wire = row.map_or(Some(Wire::Chat), |row| asked_in(row, credential.kind)).filter(|_| wanted.full);
    let (path, body) = match (wire, row) {
        (Some(wire), _) => {
            let (path, body) = completion(wire, model.ok_or(NotAsked::NoModel)?);
            (placed(address, Some(wire), path), Some(body))
        }
        (None, Some(row)) if row.question.is_empty() => return Err(NotAsked::NoQuestion),
        (None, Some(row)) if row.question.starts_with('/') && is_foreign => return Err(NotAsked::NoQuestion),
        (None, Some(row)) => (placed(address, row.wires.first().copied(), row.question), None),
        (None, None) => (placed(address, Some(Wire::Chat), "models"), None),
    };
    Ok(Request {
        method: if body.is_some() { Method::Post } else { Method::Get },
        url: Secret::new(path),
        headers: headers(row, credential, body.is_some()),
        body: Secret::new(body.unwrap_or_default().into_bytes()),
        connect: wanted.limit,
        whole: wanted.limit,
        max_answer: MAX_ANSWER,
        in_clear: false,
    })
}

/// In which form a model can be asked.
fn asked_in(row: &Provider, kind: Kind) -> Option<Wire> {
    let is_subscription = row.subscription && kind != Kind::ApiKey;
    // Newest first: old forms have no word for the length that all models take.
    let forms = [Wire::Messages, Wire::Responses, Wire::Chat];
    forms.into_iter().find(|wire| row.wires.contains(wire)).filter(|_| !is_subscription)
}

/// The smallest request to a model: its path and body.
fn completion(wire: Wire, model: &str) -> (&'static str, String) {
    let body = |rest: serde_json::Value| {
        let mut body = rest;
        body["model"] = model.into();
        body.to_string()
    };
    let hello = serde_json::json!([{"role": "user", "content": "Hi"}]);
    match wire {
        Wire::Messages => {
            ("messages", body(serde_json::json!({"max_tokens": MAX_TOKENS, "messages": hello})))
        }
        Wire::Responses => {
            ("responses", body(serde_json::json!({"max_output_tokens": MAX_TOKENS, "input": "Hi"})))
        }
        _ => ("chat/completions", body(serde_json::json!({"max_tokens": MAX_TOKENS, "messages": hello}))),
    }
}

/// An address, as scheme with host, and path.
fn split(address: &str) -> (String, &str) {
    let plain = address.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = plain.split_once("://").unwrap_or(("https", plain));
    let (host, base) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    (format!("{scheme}://{host}"), base)
}

/// The address of a path: from the root of the host if it begins so, else where requests go.
fn placed(address: &str, wire: Option<Wire>, path: &str) -> String {
    let (host, base) = split(address);
    match wire {
        Some(wire) if !path.starts_with('/') => format!("{host}{}", path_at(base, wire, path)),
        _ => format!("{host}/{}", path.trim_start_matches('/')),
    }
}

fn headers(row: Option<&Provider>, credential: &Credential, has_body: bool) -> Vec<(&'static str, Secret)> {
    let mut headers = vec![export::header(credential), ("Accept", Secret::from("application/json"))];
    if has_body {
        headers.push(("Content-Type", Secret::from("application/json")));
    }
    headers
        .extend(row.iter().flat_map(|row| row.asks_with).map(|(name, value)| (*name, Secret::from(*value))));
    let login = row.and_then(|row| row.login_asks_with).filter(|_| credential.kind != Kind::ApiKey);
    headers.extend(login.map(|(name, value)| (name, Secret::from(value))));
    let account = row.and_then(|row| row.account_header).zip(credential.account.as_ref());
    headers.extend(account.map(|(name, account)| (name, Secret::from(account.as_str()))));
    headers
}

/// The reference's word for where a candidate is from.
pub(crate) fn source(route: Route) -> &'static str {
    match route {
        Route::Profile => "profile",
        Route::Env | Route::Ambient => "env",
        Route::Config => "models.json",
    }
}
