//! What a module of Ansible answers.

use crate::checks::finding::Finding;
use crate::doc::redact;
use crate::report::error_json::ExitBody;
use crate::report::json::{self, FindingBody};
use crate::world::World;
use crate::world::label::Labels;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AnsibleResult {
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
    /// What `models status --check` would end with, and why.
    pub exit: ExitBody,
}

/// A difference that Ansible shows as it is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Prepared {
    /// Its text.
    pub prepared: String,
}

impl AnsibleResult {
    /// How things are, of which `left` is left.
    pub(crate) fn new(world: &World, left: &[Finding], msg: &str, exit: ExitBody) -> Self {
        let (msg, findings) = (Labels::new(world).scrub(msg), json::findings(world, left));
        Self { changed: false, failed: false, msg, diff: Vec::new(), findings, exit }
    }

    /// The task makes no sense.
    pub(crate) fn failed(msg: String) -> Self {
        let msg = redact::redact(msg);
        let exit = ExitBody { code: 1, reasons: Vec::new() };
        Self { changed: false, failed: true, msg, diff: Vec::new(), findings: Vec::new(), exit }
    }

    /// The same, unless not all could be done.
    #[must_use]
    pub(crate) fn unless(self, why: Option<String>) -> Self {
        match why {
            Some(why) => Self { failed: true, msg: redact::redact(why), ..self },
            None => self,
        }
    }
}
