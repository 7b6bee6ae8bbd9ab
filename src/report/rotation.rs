//! What is recorded about the use of a profile: text and JSON. No word of an error that was reported.

use crate::policy::rotation::FailureReason;
use crate::report::style::{Sign, Style};
use crate::sys::Millis;
use crate::sys::time::{date, short};
use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RotationDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// As which agent sees it.
    pub agent: String,
    /// Profile id.
    pub profile: String,
    /// Whether something was recorded: what says nothing about the credential is not.
    pub recorded: bool,
    /// `rate_limit`, `billing`, `auth`, `timeout` or `format`, if it failed.
    pub reason: Option<&'static str>,
    /// Failures in a row.
    pub error_count: u64,
    /// Until when it is not used, in milliseconds since the epoch; null if it may be used.
    #[serde(rename = "restsUntil")]
    pub cooling_until: Option<Millis>,
    /// What is used for the provider now: a profile id, a variable, or another name; null if nothing.
    pub next: Option<String>,
}

/// The same for a person.
pub(crate) fn text(
    document: &RotationDocument,
    reason: Option<FailureReason>,
    now: Millis,
    style: Style,
) -> String {
    let name = &document.profile;
    let why = reason.map_or_else(String::new, |reason| format!(": {}", reason.label()));
    let (sign, mut text) = match document.cooling_until {
        _ if !document.recorded => {
            (Sign::Rest, "this is unrelated to the credential, so nothing was recorded".to_owned())
        }
        Some(until) => {
            let left = short(until - now);
            (Sign::Soon, format!("{name} is cooling down for {left}, until {}{why}", date(until)))
        }
        None => (Sign::Good, format!("{name} can be used")),
    };
    match &document.next {
        Some(next) if next != name => text.push_str(&format!("; {next} is next")),
        None if document.cooling_until.is_some() => text.push_str("; there is no other credential"),
        _ => {}
    }
    style.signed(sign, &text)
}
