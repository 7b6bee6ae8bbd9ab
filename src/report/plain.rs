//! `--plain`: the resolved default model, one line an agent, and nothing else.

use crate::policy::models::Used;
use crate::policy::status::Status;
use crate::report::style::Style;
use crate::world::label::Labels;

/// `provider/model` and a line break, for each agent.
pub(crate) fn status(status: &Status) -> String {
    let models = status.agents.iter().filter_map(|agent| agent.models.first());
    let name = |used: &Used| Style::PLAIN.text(&Labels::default().name(&used.model.key()));
    models.map(|used| format!("{}\n", name(used))).collect()
}
