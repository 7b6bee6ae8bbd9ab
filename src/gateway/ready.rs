//! Whether requests can be served, for who asks from outside, and what the gateway knows of itself, for who shows
//! the token.

use crate::gateway::guard;
use crate::gateway::journal::{self, LONGEST};
use crate::gateway::judge;
use crate::gateway::passing::Reply;
use crate::gateway::route::Endpoint;
use crate::gateway::state::{self, Gateway};
use crate::pipeline::serving::Moment;
use crate::world::observe::service::port::GREETING;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

/// Most credentials that rest which `/readyz` names: its answer is small.
const RESTING: usize = 50;

/// Answers `/readyz`: details only for who shows the token.
pub(super) fn ready(gateway: &Gateway, parts: &Parts) -> Response<Reply> {
    let may_know = guard::guard(&gateway.settings, &Endpoint::Status, &parts.uri, &parts.headers).is_ok();
    let is_ready = is_ready(gateway);
    let mut answer = match (may_know, is_ready) {
        (true, _) => state::json(details(gateway, is_ready).to_string()),
        (false, true) => state::text(&format!("{GREETING}ready\n")),
        (false, false) => state::text(&format!("{GREETING}not ready\n")),
    };
    if !is_ready {
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    answer
}

fn details(gateway: &Gateway, is_ready: bool) -> Value {
    let agent = gateway.agent();
    let mut keeper = gateway.keeper.borrow_mut();
    let providers = keeper.providers_in_use();
    let usable = providers.iter().any(|provider| keeper.can(&agent, provider));
    let seen = keeper.seen(&agent);
    let error = seen.fault.as_ref().map(|(refusal, _)| journal::shown(&refusal.why, LONGEST.1));
    let stored = seen.status.agents.iter().flat_map(|own| &own.providers).flat_map(|own| &own.profiles);
    let stored = stored.map(|profile| (profile.id(), profile.usage.unusable_until(seen.world.now)));
    let kept = seen.outlooks.iter().flat_map(|own| &own.rests).map(|rest| (rest.who.as_str(), rest.until));
    let mut resting = serde_json::Map::new();
    for (name, until) in stored.chain(kept).filter(|(_, until)| *until > 0).take(RESTING) {
        resting.insert(journal::shown(name, LONGEST.0), until.into());
    }
    json!({
        "ready": is_ready,
        "draining": gateway.draining.get(),
        "configGood": error.is_none(),
        "configError": error,
        "providers": providers,
        "usable": usable,
        "resting": resting,
        "outdated": gateway.settings.outdated(seen.world),
        "readAt": seen.read,
        "reloadedAt": gateway.reloaded.get(),
    })
}

/// Answers `/status.json`.
pub(super) fn status(gateway: &Gateway) -> Response<Reply> {
    let ready = is_ready(gateway);
    let agent = gateway.agent();
    let mut keeper = gateway.keeper.borrow_mut();
    let seen = keeper.seen(&agent);
    let moment = Moment {
        world: seen.world,
        status: &seen.status,
        since: gateway.since,
        ready,
        draining: gateway.draining.get(),
        read: seen.read,
        reloaded: gateway.reloaded.get(),
        fault: seen.fault.as_ref(),
        outdated: gateway.settings.outdated(seen.world),
        outlooks: seen.outlooks,
        models: seen.models,
        served: gateway.journal.borrow().last(),
        means: judge::meaning,
    };
    state::json((gateway.voice.tell)(&moment))
}

fn is_ready(gateway: &Gateway) -> bool {
    let (agent, providers) = (gateway.agent(), gateway.keeper.borrow_mut().providers_in_use());
    let usable = providers.iter().any(|provider| gateway.keeper.borrow_mut().can(&agent, provider));
    usable && !gateway.draining.get()
}

/// Figures of the moment.
pub(super) fn gauges(gateway: &Gateway) -> Vec<(&'static str, &'static str, i64)> {
    vec![("config_good", "Whether the config can be read.", i64::from(config_good(gateway)))]
}

fn config_good(gateway: &Gateway) -> bool {
    let agent = gateway.agent();
    gateway.keeper.borrow_mut().config_fault(&agent).is_none()
}
