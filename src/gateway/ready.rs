//! Whether requests can be served, for who asks from outside.

use crate::gateway::guard;
use crate::gateway::passing::Reply;
use crate::gateway::route::Endpoint;
use crate::gateway::state::{self, Gateway};
use crate::world::observe::service::port::GREETING;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use serde_json::json;

/// Answers `/readyz`: details only for who shows the token.
pub(super) fn ready(gateway: &Gateway, parts: &Parts) -> Response<Reply> {
    let config_good = config_good(gateway);
    let (agent, providers) = (gateway.agent(), gateway.keeper.borrow_mut().providers_in_use());
    let usable = providers.iter().any(|provider| gateway.keeper.borrow_mut().can(&agent, provider));
    let is_ready = usable && !gateway.draining.get();
    let may_know = guard::guard(&gateway.settings, &Endpoint::Models, &parts.uri, &parts.headers).is_ok();
    let mut answer = if may_know {
        let details = json!({
            "ready": is_ready,
            "draining": gateway.draining.get(),
            "configGood": config_good,
            "configError": gateway.keeper.borrow_mut().config_fault(&agent),
            "providers": providers,
            "usable": usable,
            "outdated": gateway.settings.outdated(gateway.keeper.borrow_mut().world(&agent)),
        });
        state::json(details.to_string())
    } else {
        state::text(&format!("{GREETING}{}\n", if is_ready { "ready" } else { "not ready" }))
    };
    if !is_ready {
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    answer
}

/// Figures of the moment.
pub(super) fn gauges(gateway: &Gateway) -> Vec<(&'static str, &'static str, i64)> {
    vec![("config_good", "Whether the config can be read.", i64::from(config_good(gateway)))]
}

fn config_good(gateway: &Gateway) -> bool {
    let agent = gateway.agent();
    let mut keeper = gateway.keeper.borrow_mut();
    let world = keeper.world(&agent);
    world.config_is_known() && world.auth_is_known() && keeper.config_fault(&agent).is_none()
}
