//! `apply --json`: what became of each file.

use crate::change::apply::ChangeOutcome;
use crate::pipeline::Done;
use crate::report::error_json::ErrorBody;
use crate::world::World;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApplyDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// Name in the history; null if nothing was begun.
    pub id: Option<String>,
    /// One per file, in order.
    pub entries: Vec<EntryBody>,
    /// What was done, one line each.
    pub applied: Vec<String>,
    /// What an interrupted run had left behind and is now in order.
    pub recovered: Option<String>,
    /// Why not all of it could be done.
    pub error: Option<ErrorBody>,
}

/// What became of a file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct EntryBody {
    /// The file.
    pub path: String,
    /// `done`, `failed` or `not-reached`.
    pub outcome: &'static str,
    /// Why it failed.
    pub why: Option<String>,
}

/// The result as a document.
pub(crate) fn apply(world: &World, done: &Done) -> ApplyDocument {
    let labels = Labels::new(world);
    let entry = |entry: &crate::change::apply::Entry| {
        let (outcome, why) = match &entry.outcome {
            ChangeOutcome::Done => ("done", None),
            ChangeOutcome::Failed(why) => ("failed", Some(why.to_string())),
            ChangeOutcome::NotReached => ("not-reached", None),
        };
        EntryBody { path: entry.path.display().to_string(), outcome, why }
    };
    ApplyDocument {
        schema_version: 1,
        id: done.id.clone(),
        entries: done.entries.iter().map(entry).collect(),
        applied: done.applied.iter().map(|text| labels.scrub(text)).collect(),
        recovered: done.recovered.clone(),
        error: done.trouble.as_ref().map(|why| ErrorBody::from(why).map(|text| labels.scrub(&text))),
    }
}
