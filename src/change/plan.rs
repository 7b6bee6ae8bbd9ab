//! The plan: edits put together into one change per file.
//!
//! Checks propose edits on findings; [`plan`] picks those that are wanted, merges them per
//! document, produces the new text and refuses what is not ours to change ([`make`]). What one
//! plan leaves to be done by a next one is put together in [`compose`]. Pure: nothing is written
//! here; `apply` does that.

mod compose;
pub(crate) mod make;

pub use crate::change::plan::make::{Blocked, plan};
use crate::change::proposal::Class;
use crate::sys::digest::sha256;
use crate::sys::secret::Secret;
use crate::sys::{Look, Reading, Stat};
use std::path::{Path, PathBuf};

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
    /// Which lock of the gateway is held while it is made.
    pub lock: Lock,
    /// The format, by which staged bytes are parsed before they replace anything.
    pub format: crate::catalog::documents::Format,
    /// What must still be there when it is applied.
    pub precondition: Precondition,
    /// Permission bits afterwards.
    pub mode: FileMode,
    /// Who may apply it.
    pub class: Class,
    /// Why, one an edit.
    pub reasons: Vec<ChangeReason>,
}

/// How the gateway locks a file while it writes it, and so do we: `NAME.lock` beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Not at all.
    None,
    /// By making a directory.
    Dir,
    /// By making a file that must not be there yet.
    File,
}

impl Lock {
    /// The lock of a file of which nothing but the name is known.
    pub fn of_name(path: &Path) -> Self {
        match path.file_name().and_then(|name| name.to_str()) {
            Some(crate::catalog::paths::STORE_FILE) => Self::Dir,
            Some(crate::catalog::paths::SESSIONS_FILE) => Self::File,
            _ => Self::None,
        }
    }
}

/// Why a file is changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeReason {
    /// Code of the finding that is mended, if it is one.
    pub code: Option<&'static str>,
    /// What is done; no secret.
    pub what: String,
}

/// Permission bits of a file after its change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileMode {
    /// A new file gets [`FILE_MODE`]; one that is there keeps its own, unless that gives
    /// something to others.
    Private,
    /// Exactly these.
    Exact(u32),
    /// Exactly these, and this owner and group as far as we may give it away.
    Was {
        /// The permission bits.
        mode: u32,
        /// The owner.
        uid: u32,
        /// The group.
        gid: u32,
    },
}

impl Change {
    /// The file itself, links resolved. What is moved, or made or removed as a directory, is the
    /// name, even if it is a link.
    pub fn target(&self, look: &dyn Look) -> PathBuf {
        match self.action {
            Action::Create(_) | Action::Update(_) | Action::Chmod | Action::Remove => {
                look.resolve(&self.path)
            }
            Action::MakeDir | Action::RemoveDir | Action::Move(_) => direct(look, &self.path),
        }
    }

    /// The bytes that the file is to have; `None` if the change is not about bytes.
    pub fn bytes(&self) -> Option<&Secret<Vec<u8>>> {
        match &self.action {
            Action::Create(bytes) | Action::Update(bytes) => Some(bytes),
            Action::Chmod | Action::Remove | Action::MakeDir | Action::RemoveDir | Action::Move(_) => None,
        }
    }

    /// The permission bits afterwards, of what has `existing` before.
    pub fn mode_over(&self, existing: Option<Stat>) -> u32 {
        match (self.mode, existing) {
            (FileMode::Exact(mode) | FileMode::Was { mode, .. }, _) => mode,
            (FileMode::Private, Some(stat)) if stat.mode & 0o077 == 0 => stat.mode,
            (FileMode::Private, _) => FILE_MODE,
        }
    }

    /// The permission bits of directories that are made for it.
    pub fn dir_mode(&self) -> u32 {
        dir_mode(self.mode_over(None))
    }
}

/// What a change does to its file.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// New file with these bytes.
    Create(Secret<Vec<u8>>),
    /// These bytes instead.
    Update(Secret<Vec<u8>>),
    /// The same, with other permission bits; also of a directory.
    Chmod,
    /// No file.
    Remove,
    /// A new directory.
    MakeDir,
    /// No directory any more; it must be empty.
    RemoveDir,
    /// The same file or directory in this place, where nothing may be.
    Move(PathBuf),
}

/// What was seen when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// There was no file.
    Absent,
    /// There was a file with these bytes (SHA-256, lower-case hex) and this metadata.
    Content {
        /// SHA-256 of all bytes.
        sha256: String,
        /// Mode and owner to keep.
        stat: Stat,
    },
    /// There was a file or directory with this metadata; what is in it does not matter.
    Place(Stat),
}

impl Precondition {
    /// Whether both saw the same. When a file was written matters only where its bytes are unknown.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Content { sha256: one, stat }, Self::Content { sha256: other, stat: their }) => {
                one == other && stat.mode == their.mode
            }
            (Self::Place(one), Self::Place(other)) => (one.ino, one.mode) == (other.ino, other.mode),
            (Self::Absent, Self::Absent) => true,
            _ => false,
        }
    }

    /// The metadata of what was there.
    pub fn stat(&self) -> Option<Stat> {
        match self {
            Self::Absent => None,
            Self::Content { stat, .. } | Self::Place(stat) => Some(*stat),
        }
    }

    /// The precondition that nothing changes after `reading`; `None` if it could not be read whole.
    pub fn of(reading: &Reading) -> Option<Self> {
        match reading {
            Reading::Absent => Some(Self::Absent),
            Reading::File(bytes, stat) => Some(Self::Content { sha256: sha256(bytes.expose()), stat: *stat }),
            Reading::Fault(..) | Reading::TooLarge(_) => None,
        }
    }
}

/// The path with all links above it resolved, but not itself.
pub fn direct(look: &dyn Look, path: &Path) -> PathBuf {
    look.resolve(path.parent().unwrap_or(Path::new("/"))).join(path.file_name().unwrap_or_default())
}

/// The mode of a directory that is made for a file of `mode`: whoever may read or write the
/// file may also enter.
pub fn dir_mode(mode: u32) -> u32 {
    0o700 | mode | ((mode & 0o444) >> 2) | ((mode & 0o222) >> 1)
}

/// Mode of every file that we make, octal: it may hold a secret.
pub const FILE_MODE: u32 = 0o600;
