//! The journal, `$STATE/journal.jsonl` (0o600): what was done to which file, and how to undo it.
//!
//! One JSON object a line. A `begin` is durable before anything of its apply is done. Contents
//! appear as hashes only; the old bytes are in the backups. A line that cannot be read (cut
//! short by a kill or a full disk) is skipped by every reader.

pub(super) mod writer;

use crate::change::apply::{ApplyFault, ChangeOutcome};
use crate::sys::{Fault, Look, Millis, Reading};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Longest journal that is read. Ours is cut long before, so this is reached only
/// if something else writes into it.
const MAX_BYTES: usize = 16 << 20;

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "camelCase")]
pub enum Line {
    /// An apply is about to change files.
    Begin(Begin),
    /// A change is made, durably.
    #[serde(rename_all = "camelCase")]
    Done {
        /// The apply.
        id: String,
        /// Index of the change.
        n: usize,
    },
    /// A change could not be made; none after it was tried.
    #[serde(rename_all = "camelCase")]
    Failed {
        /// The apply.
        id: String,
        /// Index of the change.
        n: usize,
        /// Why, in words; no value.
        why: String,
    },
    /// An apply is over.
    #[serde(rename_all = "camelCase")]
    End {
        /// The apply.
        id: String,
        /// When.
        time: Millis,
        /// Whether a later run wrote this line for one that was cut short.
        recovered: bool,
        /// One per change.
        outcomes: Vec<Ended>,
    },
}

/// What an apply is about to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Begin {
    /// Sorts by time: later applies have greater ids, even if the clock was set back.
    pub id: String,
    /// When.
    pub time: Millis,
    /// On whose behalf, without secrets.
    pub command: String,
    /// Which process.
    pub pid: u32,
    /// The apply that it undoes, if it is an undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// In the order of execution.
    pub changes: Vec<PlannedChange>,
}

/// One change of one file, without its contents.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedChange {
    /// The file as the user knows it; a symbolic link if it differs from `target`.
    pub path: PathBuf,
    /// The file itself, links resolved.
    pub target: PathBuf,
    /// What is done to it.
    pub action: Verb,
    /// The file before; `None` if there is none.
    pub before: Option<Was>,
    /// The file after; `None` if there will be none.
    pub after: Option<WillBe>,
    /// Where the old bytes are kept; `None` if there are none.
    pub backup: Option<PathBuf>,
    /// Where the new bytes are prepared; `None` if there are none.
    pub staged: Option<PathBuf>,
    /// Where it is moved to, if it is moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PathBuf>,
    /// Directories that are made for it, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made_dirs: Vec<PathBuf>,
    /// Why, one an edit; no secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// What is done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verb {
    /// Made.
    Create,
    /// Replaced.
    Update,
    /// Given other permission bits.
    Chmod,
    /// Removed.
    Remove,
    /// Made, as a directory.
    MakeDir,
    /// Removed, as an empty directory.
    RemoveDir,
    /// Moved.
    Move,
}

impl Verb {
    /// What is true of the file when it is done: `… has its new content`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Create | Self::Update => "has its new content",
            Self::Chmod => "has its new mode",
            Self::Remove | Self::RemoveDir => "is removed",
            Self::MakeDir => "is created",
            Self::Move => "is moved",
        }
    }
}

/// A file before a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Was {
    /// SHA-256 of its bytes, lower-case hex; `None` if they do not matter.
    pub sha256: Option<String>,
    /// Permission bits, 0o7777.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

/// A file after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WillBe {
    /// SHA-256 of its bytes, lower-case hex; `None` if they do not matter.
    pub sha256: Option<String>,
    /// Permission bits, 0o7777.
    pub mode: u32,
}

/// How a change ended. The last three are what a later run found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ended {
    /// Made.
    Done,
    /// Not made.
    Failed,
    /// Not tried.
    NotReached,
    /// The file was found as it was before.
    Old,
    /// The file was found as it was to be.
    New,
    /// The file was found in a third state.
    Other,
}

impl From<&ChangeOutcome> for Ended {
    fn from(outcome: &ChangeOutcome) -> Self {
        match outcome {
            ChangeOutcome::Done => Self::Done,
            ChangeOutcome::Failed(_) => Self::Failed,
            ChangeOutcome::NotReached => Self::NotReached,
        }
    }
}

/// Where the journal is.
pub fn path_in(state_dir: &Path) -> PathBuf {
    state_dir.join("journal.jsonl")
}

/// All readable lines, oldest first; none if there is no journal.
///
/// # Errors
/// If there is one that cannot be read.
pub fn read(look: &dyn Look, state_dir: &Path) -> Result<Vec<Line>, ApplyFault> {
    Ok(bytes_of(look, &path_in(state_dir))?.split(|&byte| byte == b'\n').filter_map(parse).collect())
}

fn parse(line: &[u8]) -> Option<Line> {
    serde_json::from_slice(line).ok()
}

fn bytes_of(look: &dyn Look, path: &Path) -> Result<Vec<u8>, ApplyFault> {
    let what = match look.read_own(path, MAX_BYTES) {
        Reading::Absent => return Ok(Vec::new()),
        Reading::File(bytes, _) => return Ok(bytes.expose().clone()),
        Reading::Fault(what, _) => what,
        Reading::TooLarge(_) => Fault::Os(format!("is larger than {MAX_BYTES} bytes; move it away")),
    };
    Err(ApplyFault::Io { path: path.to_owned(), what })
}
