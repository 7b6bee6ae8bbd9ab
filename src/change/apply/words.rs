//! What an apply that did not come about, or was cut short, is told as.

use crate::change::apply::{ApplyFault, FoundAs, Recovered};
use crate::sys::Fault;
use crate::sys::quote::shell_word;
use std::fmt;

impl fmt::Display for Recovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` had been interrupted", self.command)?;
        for ((path, found), action) in self.files.iter().zip(&self.actions) {
            let state = match found {
                FoundAs::Old => "is as it was before",
                FoundAs::New => action.in_words(),
                FoundAs::Other => "was changed by another program since",
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
                write!(f, "another program is using the store: it holds {}", lock.display())
            }
            Self::Stale { path } => {
                write!(
                    f,
                    "{} was changed by another program in the meantime; nothing was written to it",
                    path.display()
                )
            }
            Self::Io { path, what: Fault::NotOurs(why) } => {
                let (path, word) = (path.display(), shell_word(&path.to_string_lossy()));
                write!(f, "{path} {why}; nothing was written: `{}`, and try again", why.remedy(&word))
            }
            Self::Io { path, what } => write!(f, "{}: {what}", path.display()),
            Self::Parse { path } => {
                write!(
                    f,
                    "the new text of {} could not be read back; nothing was written to it",
                    path.display()
                )
            }
        }
    }
}
