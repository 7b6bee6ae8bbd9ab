//! What came of renewing logins: text and JSON. No secret.

use crate::change::advice::Advice;
use crate::change::proposal::Refusal;
use crate::pipeline::RenewalOutcome;
use crate::report::error_json::FixBody;
use crate::report::style::{Sign, Style};
use crate::sys::Millis;
use crate::sys::time::{date, short};
use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefreshDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// Whose profiles.
    pub agent: String,
    /// One for each login that was looked at.
    pub profiles: Vec<RefreshBody>,
}

/// One login.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefreshBody {
    /// Profile id.
    pub profile: String,
    /// `renewed`, `recovered` (an earlier renewal that was cut short), `elsewhere` (another program or
    /// process had done it), `fresh`, `refused` (a person has to log in), `failed`, or `impossible`.
    pub outcome: &'static str,
    /// When it ends now, in milliseconds since the epoch.
    pub expires_at: Option<Millis>,
    /// Why not, in words.
    pub why: Option<String>,
    /// What to do about it.
    pub fix: FixBody,
}

/// One login for the document and for people.
pub(crate) fn body(
    profile: &str,
    outcome: &RenewalOutcome,
    ends: Option<Millis>,
    login: &Advice,
) -> RefreshBody {
    let (word, why, advice) = match outcome {
        RenewalOutcome::Fresh => ("fresh", None, None),
        RenewalOutcome::Elsewhere => ("elsewhere", None, None),
        RenewalOutcome::Renewed => ("renewed", None, None),
        RenewalOutcome::Recovered => ("recovered", None, None),
        RenewalOutcome::Refused(why) => ("refused", Some(why.clone()), Some(login)),
        RenewalOutcome::Failed(why) => ("failed", Some(why.clone()), None),
        RenewalOutcome::Not(Refusal { why, help, .. }) => ("impossible", Some(why.clone()), help.as_deref()),
    };
    let fix = FixBody::told(advice);
    RefreshBody { profile: profile.to_owned(), outcome: word, expires_at: ends, why, fix }
}

impl RefreshBody {
    /// Whether it can be used.
    pub(crate) fn is_good(&self) -> bool {
        self.why.is_none()
    }

    /// A line for people, and a second one with what to do.
    pub(crate) fn text(&self, now: Millis, style: Style) -> String {
        let until = self.expires_at.map_or_else(String::new, |at| {
            let left = if at > now { format!("{} left, ", short(at - now)) } else { String::new() };
            format!(": {left}expires {}", date(at))
        });
        let name = &self.profile;
        let (sign, text) = match (self.outcome, &self.why) {
            ("renewed", _) => (Sign::Good, format!("{name} was renewed{until}")),
            ("recovered", _) => (Sign::Good, format!("{name} was already renewed, and is now stored{until}")),
            ("elsewhere", _) => (Sign::Good, format!("{name} was already renewed elsewhere{until}")),
            ("refused", Some(why)) => (Sign::Bad, format!("{name} needs a new login: {why}")),
            ("failed", Some(why)) => (Sign::Bad, format!("{name} was not renewed: {why}")),
            (_, Some(why)) => (Sign::Bad, why.clone()),
            _ => (Sign::Rest, format!("{name} is not due{until}")),
        };
        let help = self.fix.text.iter().map(|help| format!("  help: {}\n", style.wrap(help, 8, 8)));
        std::iter::once(style.signed(sign, &text)).chain(help).collect()
    }
}
