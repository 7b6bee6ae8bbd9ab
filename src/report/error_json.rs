//! How a command ends, in every document: why it failed, and the exit code with what makes it so.
//!
//! Where a command that was asked for a document could not do its work, [`ErrorDocument`] is the whole
//! document; where it could do a part of it, the same `error` stands in its own.

use crate::change::advice::Advice;
use crate::change::apply::ApplyFault;
use crate::change::proposal::Refusal;
use crate::doc::redact::redact;
use crate::pipeline::Trouble;
use schemars::JsonSchema;
use serde::Serialize;

/// A command line that no machine could accept.
pub(crate) const USAGE: &str = "usage";
/// It was not done, because of how things are here.
pub(crate) const REFUSED: &str = "refused";
/// Something else was changed first.
const STALE: &str = "stale";
/// Another process holds the lock.
const BUSY: &str = "busy";
/// Reading or writing failed.
pub(crate) const IO: &str = "input-output";

/// The whole document of a command that could not do its work.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// How the command ends.
    pub exit: ExitBody,
    /// Why.
    pub error: ErrorBody,
}

/// The exit code, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExitBody {
    /// The exit code.
    pub code: u8,
    /// The findings that make it so; none where `error` says why.
    pub reasons: Vec<Reason>,
}

/// A finding that makes the exit code what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    /// The finding's code.
    pub code: &'static str,
    /// What it is about.
    pub subject: String,
    /// The agent that it is about.
    pub agent: Option<String>,
    /// What is wrong.
    pub message: String,
    /// `broken` or `expiring`; `no` if it counts for `doctor` only.
    pub counts: &'static str,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ErrorBody {
    /// Code of a finding, of which `zirkabot explain CODE` says more; else `usage`, `refused`, `stale`,
    /// `busy` or `input-output`.
    pub code: &'static str,
    /// Why, in words.
    pub message: String,
    /// What to do about it.
    pub fix: FixBody,
}

/// How something is mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FixBody {
    /// `none`, `tell` (by a person), `auto`, `fix` or `force` (by us).
    pub kind: &'static str,
    /// What to do, or what is done.
    pub text: Option<String>,
    /// The command to run, ready for a shell; null if there is none.
    pub command: Option<String>,
}

impl FixBody {
    /// What a person does about it, if that is known. What looks like a credential in it is redacted.
    pub(crate) fn told(advice: Option<&Advice>) -> Self {
        let kind = if advice.is_some() { "tell" } else { "none" };
        let text = advice.map(|advice| redact(advice.to_string()));
        let command = advice.and_then(Advice::alone).map(|command| redact(command.to_owned()));
        Self { kind, text, command }
    }

    /// The same with each of its texts changed.
    #[must_use]
    pub(crate) fn map(self, change: impl Fn(String) -> String) -> Self {
        Self { text: self.text.map(&change), command: self.command.map(&change), ..self }
    }
}

impl ErrorBody {
    /// Why, and what to do. What looks like a credential in it is redacted.
    pub(crate) fn new(code: &'static str, message: impl Into<String>, help: Option<&Advice>) -> Self {
        Self { code, message: redact(message.into()), fix: FixBody::told(help) }
    }

    /// Why writing failed.
    pub(crate) fn of_fault(fault: &ApplyFault, message: impl Into<String>) -> Self {
        let code = match fault {
            ApplyFault::LockBusy { .. } | ApplyFault::StoreBusy { .. } => BUSY,
            ApplyFault::Stale { .. } => STALE,
            ApplyFault::NotOurHome { .. } => "files/foreign-store",
            ApplyFault::Io { .. } | ApplyFault::Parse { .. } => IO,
        };
        Self::new(code, message, None)
    }

    /// A fault of reading or writing, if that is what an exit code of a command without words means.
    pub(crate) fn of_exit(exit: u8, message: impl Into<String>) -> Self {
        let code = match exit {
            64 => USAGE,
            74 => IO,
            75 => BUSY,
            _ => REFUSED,
        };
        Self::new(code, message, None)
    }

    /// The same with each of its texts changed.
    #[must_use]
    pub(crate) fn map(self, change: impl Fn(String) -> String) -> Self {
        Self { message: change(self.message), fix: self.fix.map(&change), ..self }
    }
}

impl From<&Trouble> for ErrorBody {
    fn from(trouble: &Trouble) -> Self {
        let message = trouble.to_string();
        match trouble {
            Trouble::Refused(Refusal { code, help, usage, .. }) => {
                let other = if *usage { USAGE } else { REFUSED };
                Self::new(code.unwrap_or(other), message, help.as_deref())
            }
            Trouble::Apply(fault) => Self::of_fault(fault, message),
            Trouble::Stale(_) => Self::new(STALE, message, None),
            Trouble::Blocked(_) => Self::new(REFUSED, message, None),
        }
    }
}

/// The document of a command that could not do its work. `exit` is the code with which it ends.
pub(crate) fn document(exit: u8, error: ErrorBody) -> ErrorDocument {
    ErrorDocument { schema_version: 1, exit: ExitBody { code: exit, reasons: Vec::new() }, error }
}

#[cfg(test)]
mod tests {
    use crate::change::advice::Command;
    use crate::report::error_json::*;
    use serde_json::json;

    #[test]
    fn why_something_is_not_done_has_a_code_and_a_command() {
        let usage = Refusal::usage("no");
        let refused = Refusal::state("no").code("config/syntax").help(Command::look("zirkabot doctor"));
        let io = ApplyFault::Parse { path: "/x".into() };
        for (trouble, code, kind, command) in [
            (Trouble::Refused(usage), "usage", "none", json!(null)),
            (Trouble::Refused(refused), "config/syntax", "tell", json!("zirkabot doctor")),
            (Trouble::Refused(Refusal::state("no")), "refused", "none", json!(null)),
            (Trouble::Stale("no".to_owned()), "stale", "none", json!(null)),
            (Trouble::Blocked("no".to_owned()), "refused", "none", json!(null)),
            (Trouble::Apply(ApplyFault::LockBusy { holder: None }), "busy", "none", json!(null)),
            (Trouble::Apply(io), "input-output", "none", json!(null)),
        ] {
            let body = serde_json::to_value(document(1, ErrorBody::from(&trouble))).unwrap();
            assert_eq!(body["exit"], json!({ "code": 1, "reasons": [] }));
            let error = &body["error"];
            let of = |key: &str| error["fix"][key].clone();
            assert_eq!((&error["code"], of("kind"), of("command")), (&json!(code), json!(kind), command));
            assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()));
        }
    }
}
