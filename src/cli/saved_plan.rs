//! Reading a plan that `plan --out` saved, for `apply` and for completion.

use crate::cli::{Exit, Outcome};
use crate::report::plan_json::{self, PlanRequest};
use crate::sys::secret::Secret;
use crate::sys::{Act, Reading};
use serde_json::Value;

/// Largest saved plan that is read, in bytes.
pub const MAX_PLAN: usize = 4 << 20;

/// The plan in a file: what it was asked for, and its changes.
pub fn read(act: &dyn Act, file: &std::path::Path) -> Result<(PlanRequest, Value), Outcome> {
    let path = act.host().cwd.join(file);
    let refuse = |why: String, exit| {
        let stderr = format!("error: {}: {why}\n", file.display());
        Outcome { stdout: String::new(), stderr, exit }
    };
    let bytes = match act.read(&path, MAX_PLAN) {
        Reading::File(bytes, _) => bytes,
        Reading::Absent => return Err(refuse("no such file".to_owned(), Exit::Io)),
        Reading::Fault(fault, _) => return Err(refuse(fault.to_string(), Exit::Io)),
        Reading::TooLarge(_) => return Err(refuse("is too large to be a plan".to_owned(), Exit::Broken)),
    };
    parts(&bytes)
        .ok_or_else(|| refuse("is no plan; `zirkabot plan --out FILE` makes one".to_owned(), Exit::Broken))
}

/// Request and changes of a plan of the version that we know.
pub fn parts(bytes: &Secret<Vec<u8>>) -> Option<(PlanRequest, Value)> {
    let mut document: Value = serde_json::from_slice(bytes.expose()).ok()?;
    if document.get("schemaVersion")?.as_u64()? != u64::from(plan_json::VERSION) {
        return None;
    }
    let request = serde_json::from_value(document.get_mut("request")?.take()).ok()?;
    Some((request, document.get_mut("changes").filter(|changes| changes.is_array())?.take()))
}

/// Whether a text is a plan that was saved.
pub fn is_plan(bytes: &Secret<Vec<u8>>) -> bool {
    parts(bytes).is_some()
}
