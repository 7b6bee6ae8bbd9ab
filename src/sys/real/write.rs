//! Changing files. Modes hold from the first byte and whatever the umask; a failure leaves
//! nothing half made.

#![expect(clippy::disallowed_methods, reason = "this is where files are written")]

use crate::sys::real::{Real, TRIES, own, rename, retry, xattr};
use crate::sys::{Files, LOCK_DIR_MODE, LockFile, Stat};
use rustix::fs::{CWD, OFlags};
use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

/// The part of a mode with which a file is opened: nobody else may open it before it has
/// its owner, or he could go on reading after it was closed to him.
const OWNER_BITS: u32 = 0o700;

impl Files for Real {
    fn make_dir(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        match self.make_new_dir(path, mode) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            done => done,
        }
    }

    fn make_new_dir(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        let (above, name) = own::Directory::of(path)?;
        if let Some(heir) = above.heir() {
            return above.make_dir_for(heir, name, mode);
        }
        retry(|| DirBuilder::new().mode(mode & OWNER_BITS).create(path))?;
        let made = self.chmod(path, mode);
        if made.is_err() {
            let _ = self.remove_dir(path);
        }
        made
    }

    fn create(&mut self, path: &Path, mode: u32, like: Option<Stat>, bytes: &[u8]) -> io::Result<()> {
        let mut file =
            options(OFlags::NOFOLLOW).write(true).create_new(true).mode(mode & OWNER_BITS).open(path)?;
        let heir =
            if like.is_none() { own::Directory::of(path).map(|(dir, _)| dir.heir()) } else { Ok(None) };
        let given = heir.and_then(|heir| heir.map_or(Ok(()), |heir| own::give(&file, heir)));
        let written = given.and_then(|()| fill(&mut file, mode, like, bytes));
        if written.is_err() {
            let _ = self.remove(path);
        }
        written
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = own::open(path, OFlags::APPEND)?;
        // One call, so that lines of two processes cannot mix.
        if retry(|| file.write(bytes))? != bytes.len() {
            return Err(ErrorKind::WriteZero.into());
        }
        retry(|| file.sync_all())
    }

    fn carry(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        xattr::carry(from, to)
    }

    fn exchange(&mut self, a: &Path, b: &Path) -> io::Result<bool> {
        rename::exchange(a, b)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        retry(|| std::fs::rename(from, to))
    }

    fn move_new(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        rename::unless_taken(CWD, from, to)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        retry(|| std::fs::remove_file(path))
    }

    fn chmod(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        retry(|| std::fs::set_permissions(path, Permissions::from_mode(mode)))?;
        // Who may not read it cannot make it durable; the mode is right all the same.
        match options(OFlags::empty()).read(true).open(path) {
            Ok(file) => match retry(|| file.sync_all()) {
                Err(error) if !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
                    Err(error)
                }
                _ => Ok(()),
            },
            Err(_) => Ok(()),
        }
    }

    fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        let dir = File::open(dir)?;
        match retry(|| dir.sync_all()) {
            // Some network and FUSE file systems cannot do this to a directory.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            done => done,
        }
    }

    fn try_lock(&mut self, path: &Path) -> io::Result<Option<LockFile>> {
        for _ in 0..TRIES {
            let file = own::open(path, OFlags::empty())?;
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => {}
                Err(TryLockError::Error(error)) => return Err(error),
                // Somebody may have removed the file between open and lock: then we hold a lock
                // that nobody else will ever see.
                Ok(()) if is_at(&file, path) => return Ok(Some(LockFile(file))),
                Ok(()) => {}
            }
        }
        Err(io::Error::other("it comes and goes"))
    }

    fn make_lock_dir(&mut self, path: &Path) -> io::Result<()> {
        self.make_new_dir(path, LOCK_DIR_MODE)
    }

    fn remove_dir(&mut self, path: &Path) -> io::Result<()> {
        retry(|| std::fs::remove_dir(path))
    }
}

/// Owner first, then mode, then bytes: at no moment can anybody read what he should not.
fn fill(file: &mut File, mode: u32, like: Option<Stat>, bytes: &[u8]) -> io::Result<()> {
    let kept_group = like.is_none_or(|like| take_owner(file, like));
    // A group that is not the one for which the mode was meant gets nothing.
    let mode = if kept_group { mode } else { mode & !0o070 };
    retry(|| file.set_permissions(Permissions::from_mode(mode)))?;
    file.write_all(bytes)?;
    retry(|| file.sync_all())
}

/// Gives the file the owner of `like`, as far as we may; whether it has its group in the end.
fn take_owner(file: &File, like: Stat) -> bool {
    let Ok(ours) = file.metadata() else { return false };
    if (ours.uid(), ours.gid()) == (like.uid, like.gid) {
        return true;
    }
    retry(|| fchown(file, Some(like.uid), Some(like.gid))).is_ok()
        || ours.gid() == like.gid
        || retry(|| fchown(file, None, Some(like.gid))).is_ok()
}

fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(ours), Ok(there)) = (file.metadata(), std::fs::symlink_metadata(path)) else { return false };
    (ours.dev(), ours.ino()) == (there.dev(), there.ino())
}

fn options(flags: OFlags) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags((flags | OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    options
}
