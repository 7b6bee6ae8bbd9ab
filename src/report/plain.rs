//! `--plain`: the resolved default model, one line an agent, and nothing else.

use crate::status::Status;

/// `provider/model` and a line break, for each agent.
pub fn status(status: &Status) -> String {
    let models = status.agents.iter().filter_map(|agent| agent.models.first());
    models.map(|used| format!("{}\n", used.model.key())).collect()
}
