//! What is remembered between two runs: `$STATE/monitor.json`. It names what is not in order and what
//! was told of it; it holds no secret and no message. Pure.

use crate::pipeline::monitor::{ProblemKey, ProblemState};
use crate::sys::Millis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The version that is written, and the only one that is understood.
pub const VERSION: u32 = 1;

/// What is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorRecord {
    /// [`VERSION`].
    pub version: u32,
    /// What is not in order, or was not and is still to be told so.
    #[serde(default)]
    pub items: Vec<Item>,
    /// What somebody else put there.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One thing that is not in order, or was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The agent, if it is about one.
    #[serde(default)]
    pub agent: Option<String>,
    /// What it is about.
    pub subject: String,
    /// How it was seen last.
    pub state: ProblemState,
    /// Since when.
    pub since: Millis,
    /// What was told last, by channel.
    #[serde(default)]
    pub told: BTreeMap<String, Told>,
    /// What somebody else put there.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a channel took last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// How it was.
    pub state: ProblemState,
    /// When.
    pub at: Millis,
    /// What somebody else put there.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Default for MonitorRecord {
    fn default() -> Self {
        Self { version: VERSION, items: Vec::new(), rest: Map::new() }
    }
}

impl Item {
    /// Something of which nobody has been told.
    pub fn new(key: &ProblemKey, state: ProblemState, since: Millis) -> Self {
        let ProblemKey { agent, subject } = key.clone();
        Self { agent, subject, state, since, told: BTreeMap::new(), rest: Map::new() }
    }

    /// What it is about.
    pub fn key(&self) -> ProblemKey {
        ProblemKey { agent: self.agent.clone(), subject: self.subject.clone() }
    }
}

impl Told {
    /// Told just now.
    pub fn new(state: ProblemState, at: Millis) -> Self {
        Self { state, at, rest: Map::new() }
    }
}

impl MonitorRecord {
    /// Reads the file.
    ///
    /// # Errors
    /// In words, if it is none that this version understands.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(bytes).map_err(|_| "is not JSON".to_owned())?;
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(format!("has the unknown version {version}")),
            None => return Err("has no version".to_owned()),
        }
        serde_json::from_value(value).map_err(|_| "has unexpected content".to_owned())
    }

    /// The file.
    pub fn text(&self) -> String {
        // Only maps with keys that are no texts could fail, and there are none.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Forgets what is in order again: once all who were told of it know, or if it is so since before
    /// `long_ago`. A channel that is not in use now may be so at the next run.
    pub fn tidy(&mut self, long_ago: Millis) {
        self.items.retain(|item| {
            let somebody_waits = item.told.values().any(|told| told.state != ProblemState::Ok);
            item.state != ProblemState::Ok || (item.since > long_ago && somebody_waits)
        });
    }
}
