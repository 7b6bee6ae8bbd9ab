//! What is known of a file or directory without what is in it.

use crate::sys::Millis;

/// Metadata of a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Permission bits, 0o7777.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Inode number.
    pub ino: u64,
    /// Last change of the contents.
    pub mtime: Millis,
}

impl Stat {
    /// Whether it belongs to `uid` or to the superuser, so that nobody else has decided what it says.
    pub fn is_own(&self, uid: u32) -> bool {
        self.uid == uid || self.uid == 0
    }

    /// Whether this is its mode; where there are no modes, nothing says that it is not.
    pub fn is_of_mode(&self, mode: u32) -> bool {
        self.mode == mode || cfg!(windows)
    }

    /// Whether it is a program, as far as the mode tells; where there are no modes, any file may be one.
    pub fn may_run(&self) -> bool {
        !self.is_dir && (self.mode & 0o111 != 0 || cfg!(windows))
    }

    /// Whether `uid` may write it, as far as mode and owner tell. The superuser may.
    pub fn may_write(&self, uid: u32) -> bool {
        uid == 0 || if self.uid == uid { self.mode & 0o200 != 0 } else { self.mode & 0o022 != 0 }
    }
}
