//! What a module of Ansible answers.

use crate::checks::finding::Finding;
use crate::report::json::{self, FindingBody};
use crate::world::World;
use crate::world::label::Labels;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub struct AnsibleResult {
    /// Whether anything was changed; in check mode, whether it would be.
    pub changed: bool,
    /// Whether the task has failed.
    pub failed: bool,
    /// What was done, in a sentence.
    pub msg: String,
    /// The differences, where they are asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<Prepared>,
    /// What is left.
    pub findings: Vec<FindingBody>,
    /// What `models status --check` would end with.
    pub check: u8,
}

/// A difference that Ansible shows as it is.
#[derive(Clone, Debug, Serialize)]
pub struct Prepared {
    /// Its text.
    pub prepared: String,
}

impl AnsibleResult {
    /// The task makes no sense.
    pub fn failed(msg: String) -> Self {
        let msg = crate::doc::redact::redact(msg);
        Self { changed: false, failed: true, msg, diff: Vec::new(), findings: Vec::new(), check: 1 }
    }
}

/// The answer about this world, of which `left` is left.
pub fn result(
    world: &World,
    left: &[Finding],
    (changed, failed): (bool, bool),
    (msg, diff): (String, Option<String>),
    check: u8,
) -> AnsibleResult {
    AnsibleResult {
        changed,
        failed,
        msg: Labels::new(world).scrub(&msg),
        diff: diff.into_iter().map(|prepared| Prepared { prepared }).collect(),
        findings: json::findings(world, left),
        check,
    }
}
