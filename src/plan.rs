//! The plan: edits put together into one change per file.
//!
//! Checks propose [`Edit`]s on findings; [`plan`] merges them per document, produces the new text
//! and refuses what is not ours to change. Pure: nothing is written here; `apply` does that.

use crate::doc::{DocId, KeyPath};
use crate::secret::Secret;
use crate::sys::{Reading, Stat};
use std::path::PathBuf;

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

/// One change of one value of one document.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Which document.
    pub doc: DocId,
    /// Where in it.
    pub at: KeyPath,
    /// To what.
    pub to: To,
}

/// What an edit makes of its place.
#[derive(Clone, Debug)]
pub enum To {
    /// This value; missing parents are made.
    Set(Draft),
    /// Nothing: key and value are taken out. Nothing happens if it is not there.
    Remove,
    /// The whole file is removed (after a backup).
    RemoveFile,
}

/// A value to be written.
#[derive(Clone, Debug)]
pub enum Draft {
    /// A string.
    String(Secret),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// A list.
    List(Vec<Draft>),
    /// A table, in this order.
    Table(Vec<(String, Draft)>),
}

/// All that would be changed, in the order in which it is to be applied.
#[derive(Debug, Default)]
pub struct Plan {
    /// One per file.
    pub changes: Vec<Change>,
}

/// The change of one file.
#[derive(Debug)]
pub struct Change {
    /// The file as the user knows it; may be a symbolic link, which is kept.
    pub path: PathBuf,
    /// What is done.
    pub action: Action,
    /// The format, by which staged bytes are parsed before they replace anything.
    pub format: crate::doc::Format,
    /// What must still be there when it is applied.
    pub premise: Premise,
    /// Permission bits of the new file, and of directories made for it (with x added).
    pub mode: u32,
    /// Who may apply it.
    pub class: Class,
    /// Why, one line an edit; no secret.
    pub reasons: Vec<String>,
}

impl Change {
    /// The bytes that the file is to have; `None` if it is to be removed.
    pub fn bytes(&self) -> Option<&Secret<Vec<u8>>> {
        match &self.action {
            Action::Create(bytes) | Action::Update(bytes) => Some(bytes),
            Action::Remove => None,
        }
    }

    /// The permission bits that the file will have in place of `existing`. A file keeps its
    /// own, unless it is to be private ([`Change::mode`] gives nothing to others) and is not.
    pub fn mode_over(&self, existing: Option<Stat>) -> u32 {
        match existing {
            Some(stat) if self.mode & 0o077 != 0 || stat.mode & 0o077 == 0 => stat.mode,
            _ => self.mode,
        }
    }
}

/// What a change does to its file.
#[derive(Debug)]
pub enum Action {
    /// New file with these bytes.
    Create(Secret<Vec<u8>>),
    /// These bytes instead.
    Update(Secret<Vec<u8>>),
    /// No file.
    Remove,
}

/// What was seen when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Premise {
    /// There was no file.
    Absent,
    /// There was a file with these bytes (SHA-256, lower-case hex) and this metadata.
    Content {
        /// SHA-256 of all bytes.
        sha256: String,
        /// Mode and owner to keep.
        stat: Stat,
    },
}

impl Premise {
    /// The premise that nothing changes after `reading`; `None` if it could not be read whole.
    pub fn of(reading: &Reading) -> Option<Self> {
        match reading {
            Reading::Absent => Some(Self::Absent),
            Reading::File(bytes, stat) => Some(Self::Content { sha256: sha256(bytes.expose()), stat: *stat }),
            Reading::Fault(..) | Reading::TooLarge(_) => None,
        }
    }
}

/// SHA-256 of `bytes` in lower-case hex: how contents are compared and journaled.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The mode of a directory that is made for a file of `mode`: whoever may read or write the
/// file may also enter.
pub fn dir_mode(mode: u32) -> u32 {
    0o700 | mode | ((mode & 0o444) >> 2) | ((mode & 0o222) >> 1)
}
