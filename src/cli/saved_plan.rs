//! Reading a plan that `plan --out` saved, for `apply`, and for `plan`, which replaces no other file.

use crate::cli::{Exit, Outcome};
use crate::report::plan_json::{self, PlanRequest};
use crate::sys::secret::Secret;
use crate::sys::{Look, Reading};
use serde_json::Value;
use std::path::Path;

/// Largest saved plan that is read, in bytes.
pub(super) const MAX_PLAN: usize = 4 << 20;

/// The plan in a file: what it was asked for, and its changes.
pub(super) fn read(look: &dyn Look, file: &Path) -> Result<(PlanRequest, Value), Outcome> {
    let refuse = |why: &str, exit| Outcome::err(format!("error: {}: {why}\n", file.display()), exit);
    let bytes = match look.read(&look.host().cwd.join(file), MAX_PLAN) {
        Reading::File(bytes, _) => bytes,
        Reading::Absent => return Err(refuse("no such file", Exit::Io)),
        Reading::Fault(fault, _) => return Err(refuse(&fault.to_string(), Exit::Io)),
        Reading::TooLarge(_) => return Err(refuse("is too large to be a plan", Exit::Broken)),
    };
    parts(&bytes).ok_or_else(|| refuse("is not a plan; `zirkabot plan --out FILE` creates one", Exit::Broken))
}

/// PlanRequest and changes of a plan of the version that we know.
pub(super) fn parts(bytes: &Secret<Vec<u8>>) -> Option<(PlanRequest, Value)> {
    let mut document: Value = serde_json::from_slice(bytes.expose()).ok()?;
    if document.get("schemaVersion")?.as_u64()? != u64::from(plan_json::VERSION) {
        return None;
    }
    let request = serde_json::from_value(document.get_mut("request")?.take()).ok()?;
    Some((request, document.get_mut("changes").filter(|changes| changes.is_array())?.take()))
}
