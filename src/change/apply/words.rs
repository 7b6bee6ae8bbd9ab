//! What an apply that did not come about, or was cut short, is told as.

use crate::change::apply::{ApplyFault, FoundAs, Recovered};
use crate::sys::Fault;
use crate::sys::quote::shell_word;
use std::fmt;

impl fmt::Display for Recovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` was interrupted", self.command)?;
        for ((path, found), action) in self.files.iter().zip(&self.actions) {
            let state = match found {
                FoundAs::Old => "is as it was before",
                FoundAs::New => action.in_words(),
                FoundAs::Other => "has been changed by another program since",
            };
            write!(f, "; {} {state}", path.display())?;
        }
        Ok(())
    }
}

impl fmt::Display for ApplyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LockBusy { holder: Some(holder) } => {
                write!(f, "another run is still changing files: pid {}, `{}`", holder.pid, holder.command)
            }
            Self::LockBusy { holder: None } => f.write_str("another run is still changing files"),
            Self::StoreBusy { lock } => {
                write!(f, "another program is using the store: it has {}", lock.display())
            }
            Self::Stale { path } => {
                write!(
                    f,
                    "another program changed {} in the meantime; nothing was written to it",
                    path.display()
                )
            }
            Self::Io { path, what: Fault::NotOurs(why) } => {
                let (path, word) = (path.display(), shell_word(&path.to_string_lossy()));
                write!(f, "{path} {why}; nothing was written. Run `{}`, then try again", why.remedy(&word))
            }
            Self::Io { path, what } => write!(f, "{}: {what}", path.display()),
            Self::NotOurHome { program, database } => {
                write!(
                    f,
                    "this is the home of {program}, which keeps its credentials in {}; zirkabot only reads it. \
                     Use {program} itself to change them",
                    database.display()
                )
            }
            Self::Parse { path } => {
                write!(f, "the new text of {} would be unreadable; nothing was written to it", path.display())
            }
        }
    }
}
