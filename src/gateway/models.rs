//! The list of models: those of providers of which a credential can be used.

use crate::gateway::passing::Reply;
use crate::gateway::state::{self, Gateway};
use crate::policy::models::known::{self, KnownModel};
use hyper::Response;
use hyper::header::HeaderMap;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Answers with the list, in the form of the client.
pub(super) fn list(gateway: &Gateway, headers: &HeaderMap) -> Response<Reply> {
    let agent = gateway.agent();
    let mut keeper = gateway.keeper.borrow_mut();
    let all = known::all(&keeper.world(&agent).desired);
    let mut can = BTreeMap::new();
    for known in &all {
        let provider = &known.model.provider;
        if !can.contains_key(provider) {
            can.insert(provider.clone(), keeper.can(&agent, provider));
        }
    }
    let usable = |known: &&KnownModel| can.get(&known.model.provider) == Some(&true);
    let is_anthropic = headers.contains_key("anthropic-version");
    let models: Vec<Value> = all.iter().filter(usable).map(|known| model(known, is_anthropic)).collect();
    let id = |model: Option<&Value>| model.map_or(Value::Null, |model| model["id"].clone());
    let document = if is_anthropic {
        json!({"first_id": id(models.first()), "last_id": id(models.last()), "data": models, "has_more": false})
    } else {
        json!({"object": "list", "data": models})
    };
    state::json(document.to_string())
}

fn model(known: &KnownModel, is_anthropic: bool) -> Value {
    if is_anthropic {
        let id = if known.model.provider == "anthropic" { known.model.id.clone() } else { known.model.key() };
        json!({"type": "model", "id": id, "display_name": known.name, "created_at": "1970-01-01T00:00:00Z"})
    } else {
        json!({"id": known.model.key(), "object": "model", "created": 0, "owned_by": known.model.provider})
    }
}
