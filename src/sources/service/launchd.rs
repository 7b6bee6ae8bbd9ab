//! The gateway's definition for launchd.

use super::{Definition, Here};
use crate::doc::Docs;
use crate::sys::Look;

/// Looks for the property list.
pub(super) fn find(_look: &dyn Look, _docs: &mut Docs, _here: &Here<'_>) -> Option<Definition> {
    None
}

/// How a property list says that `key` is true.
pub fn yes(key: &str) -> String {
    format!("<key>{key}</key><true/>")
}
