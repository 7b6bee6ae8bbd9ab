//! What somebody proposes to change, with the reason, and the refusal where nothing is changed.
//!
//! Checks and intents make proposals; [`crate::change::plan`] puts them together. No credential is
//! known here: edits carry what is to be written.

use crate::change::advice::Advice;
use crate::doc::edit::ops::Edit;
use crate::doc::redact::redact;
use crate::sys::visible::visible;

/// Who may apply a change; product classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Lossless and implied: applied by every command that loads auth state and is no dry run.
    Auto,
    /// Safe, but the user's to decide.
    Fix,
    /// May overwrite something made by hand.
    Force,
}

impl Class {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Fix => "fix",
            Self::Force => "force",
        }
    }
}

/// A sentence with names in it that somebody chose: on one line, without what looks like a credential.
fn told(text: String) -> String {
    visible(&redact(text))
}

/// Edits with their reason: what a check proposes to mend a finding, or what a person asked for.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Code of the finding that it mends, if it mends one.
    pub code: Option<&'static str>,
    /// What the edits do; the end of a sentence that begins with "this will". No secret.
    pub what: String,
    /// The edits.
    pub edits: Vec<Edit>,
    /// Who may apply them.
    pub class: Class,
}

impl Proposal {
    /// What a person asked for. What looks like a credential in its sentence is redacted, as it
    /// stands in the history.
    pub fn new(what: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { code: None, what: told(what.into()), edits, class: Class::Fix }
    }

    /// What mends a finding of this code.
    pub fn mending(code: &'static str, what: impl Into<String>, edits: Vec<Edit>, class: Class) -> Self {
        Self { code: Some(code), class, ..Self::new(what, edits) }
    }
}

/// Why something that was asked for is not done; nothing has been changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Code of the finding that says more, if there is one.
    pub code: Option<&'static str>,
    /// Why: a lower-case phrase without a full stop. No secret.
    pub why: String,
    /// What to do instead. No secret.
    pub help: Option<Box<Advice>>,
    /// Whether the command line is wrong, rather than the state of things.
    pub usage: bool,
}

impl Refusal {
    /// The state of things does not allow it.
    pub fn state(why: impl Into<String>) -> Self {
        Self { code: None, why: told(why.into()), help: None, usage: false }
    }

    /// What was asked for makes no sense.
    pub fn usage(why: impl Into<String>) -> Self {
        Self { usage: true, ..Self::state(why) }
    }

    /// What to do instead.
    #[must_use]
    pub fn help(self, help: impl Into<Advice>) -> Self {
        Self { help: Some(Box::new(help.into().map(told))), ..self }
    }

    /// The finding that says more.
    #[must_use]
    pub fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }
}

/// What is to be done, or why not.
pub type Proposals = Result<Vec<Proposal>, Refusal>;
