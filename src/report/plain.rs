//! `--plain`: the resolved default model of the first agent, and nothing else.

use crate::status::Status;

/// `provider/model` and a line break.
pub fn status(status: &Status) -> String {
    let model = status.agents.first().and_then(|agent| agent.models.first());
    model.map(|used| format!("{}\n", used.model.key())).unwrap_or_default()
}
