//! Our own files, which nobody else has any business with: locks, the journal, slots, ledgers. They
//! are opened in one way, relative to their directory: no link is followed, and what is not a regular
//! file with one name that belongs to whom it should is a [`NotOurs`], and is left as it is.
//!
//! Also whom a thing that is made belongs to: the superuser at work in somebody's directory makes all
//! for him whose directory it is, before it gets its name.

use crate::sys::real::contents::bytes_of;
use crate::sys::real::files::{odd_kind, to_stat};
use crate::sys::real::{TRIES, rename, retry};
use crate::sys::{Fault, NotOurs, Reading};
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, Stat, fchmod, fchown, fstat, mkdirat, openat, statat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::{Gid, Uid, geteuid};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// Mode of all of them.
const MODE: Mode = Mode::from_bits_truncate(0o600);

/// How a directory is opened of which only the entries are named: it need not be readable.
#[cfg(any(target_os = "linux", target_os = "android"))]
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// What nobody has to wait for: a FIFO without a writer, a terminal that would become ours.
const AT_ONCE: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// A directory, open, and whom what is made in it belongs to.
pub(super) struct Directory {
    fd: OwnedFd,
    found: Stat,
}

impl Directory {
    /// The directory that `path` stands in, and its name there. Links above the name are followed.
    pub(super) fn of(path: &Path) -> io::Result<(Self, &OsStr)> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let fd = retry(|| Ok(openat(CWD, dir, DIRECTORY, Mode::empty())?))?;
        let found = fstat(&fd)?;
        Ok((Self { fd, found }, name))
    }

    /// To whom what is made here has to be given, as it would not be his by itself.
    pub(super) fn heir(&self) -> Option<(Uid, Gid)> {
        let whose = (Uid::from_raw(self.found.st_uid), Gid::from_raw(self.found.st_gid));
        (geteuid().is_root() && !whose.0.is_root()).then_some(whose)
    }

    /// Whom our own files here belong to.
    fn owner(&self) -> u32 {
        let runs = geteuid();
        if runs.is_root() { self.found.st_uid } else { runs.as_raw() }
    }

    /// What stands here under this name, a link as a link.
    fn look(&self, name: &OsStr) -> rustix::io::Result<Stat> {
        statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    fn judge(&self, found: &Stat) -> Result<(), NotOurs> {
        let kind = FileType::from_raw_mode(found.st_mode);
        if kind == FileType::Symlink {
            return Err(NotOurs::Link);
        }
        if let Some(kind) = odd_kind(kind) {
            return Err(NotOurs::Kind(kind));
        }
        if found.st_nlink > 1 {
            return Err(NotOurs::Names);
        }
        let (uid, of) = (found.st_uid, self.owner());
        if uid == of { Ok(()) } else { Err(NotOurs::Owner { uid, of }) }
    }

    /// Makes a new file of ours. It has its owner and mode before anybody finds it.
    fn make(&self, name: &OsStr, flags: OFlags) -> io::Result<File> {
        let Some(whose) = self.heir() else { return self.create(name, flags) };
        let staged = staged(name);
        let _ = unlinkat(&self.fd, &staged, AtFlags::empty());
        let file = self.create(&staged, flags)?;
        let made = give(&file, whose).and_then(|()| self.put_in_place(&staged, name));
        if let Err(error) = made {
            let _ = unlinkat(&self.fd, &staged, AtFlags::empty());
            return Err(error);
        }
        Ok(file)
    }

    fn create(&self, name: &OsStr, flags: OFlags) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | AT_ONCE | flags;
        let file = File::from(retry(|| Ok(openat(&self.fd, name, flags, MODE)?))?);
        retry(|| Ok(fchmod(&file, MODE)?))?;
        Ok(file)
    }

    /// Gives what was made under another name its own, unless something has it.
    fn put_in_place(&self, staged: &OsStr, name: &OsStr) -> io::Result<()> {
        rename::unless_taken(&self.fd, Path::new(staged), Path::new(name))
    }

    /// Makes a directory for its heir; it has its owner and mode before it has its name.
    pub(super) fn make_dir_for(&self, whose: (Uid, Gid), name: &OsStr, mode: u32) -> io::Result<()> {
        let staged = staged(name);
        let _ = unlinkat(&self.fd, &staged, AtFlags::REMOVEDIR);
        retry(|| Ok(mkdirat(&self.fd, &staged, Mode::RWXU)?))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | AT_ONCE;
        let made = retry(|| Ok(openat(&self.fd, &staged, flags, Mode::empty())?))
            .and_then(|dir| {
                give(&dir, whose)?;
                retry(|| Ok(fchmod(&dir, Mode::from_raw_mode(mode as rustix::fs::RawMode))?))
            })
            .and_then(|()| self.put_in_place(&staged, name));
        if made.is_err() {
            let _ = unlinkat(&self.fd, &staged, AtFlags::REMOVEDIR);
        }
        made
    }
}

/// Opens one of our own files to read and write it, and makes it if it is not there. Whatever mode it
/// has, it has 0600 afterwards.
pub(super) fn open(path: &Path, flags: OFlags) -> io::Result<File> {
    let (dir, name) = Directory::of(path)?;
    for _ in 0..TRIES {
        match dir.look(name) {
            Ok(found) => dir.judge(&found).map_err(io::Error::other)?,
            Err(Errno::NOENT) => match dir.make(name, flags) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => return made,
            },
            Err(error) => return Err(error.into()),
        }
        let opened = retry(|| Ok(openat(&dir.fd, name, OFlags::RDWR | AT_ONCE | flags, Mode::empty())?));
        let file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => File::from(opened?),
        };
        let found = fstat(&file)?;
        if found.st_nlink == 0 {
            continue;
        }
        // What was looked at by its name may have been another.
        dir.judge(&found).map_err(io::Error::other)?;
        if Mode::from_raw_mode(found.st_mode) != MODE {
            retry(|| Ok(fchmod(&file, MODE)?))?;
        }
        return Ok(file);
    }
    Err(io::Error::other("it comes and goes"))
}

/// Reads one of our own files; what is not ours is a [`Fault::NotOurs`].
pub(super) fn read(path: &Path, limit: usize) -> Reading {
    let (dir, name) = match Directory::of(path) {
        Ok(found) => found,
        Err(error) => return fault_of(&error),
    };
    let found = match dir.look(name) {
        Ok(found) => found,
        Err(error) => return fault_of(&error.into()),
    };
    let stat = crate::sys::Stat {
        is_dir: FileType::from_raw_mode(found.st_mode).is_dir(),
        // As wide as the system has it.
        mode: u32::try_from(u64::from(Mode::from_raw_mode(found.st_mode).bits())).unwrap_or_default(),
        uid: found.st_uid,
        gid: found.st_gid,
        ino: found.st_ino,
        mtime: 0,
    };
    if let Err(why) = dir.judge(&found) {
        // Of what is somebody else's thing altogether nothing is to be changed, not even the mode.
        let stat = Some(stat).filter(|stat| stat.is_dir || matches!(why, NotOurs::Owner { .. }));
        return Reading::Fault(Fault::NotOurs(why), stat);
    }
    let opened = retry(|| Ok(openat(&dir.fd, name, OFlags::RDONLY | AT_ONCE, Mode::empty())?));
    let file = match opened {
        Ok(file) => File::from(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Reading::Absent,
        Err(error) => return Reading::Fault(Fault::of(&error), Some(stat)),
    };
    match fstat(&file).map(|found| dir.judge(&found)) {
        Ok(Err(why)) => return Reading::Fault(Fault::NotOurs(why), None),
        Err(error) => return Reading::Fault(Fault::of(&error.into()), None),
        Ok(Ok(())) => {}
    }
    bytes_of(&file, limit).unwrap_or_else(|error| {
        Reading::Fault(Fault::of(&error), file.metadata().ok().map(|found| to_stat(&found)))
    })
}

fn fault_of(error: &io::Error) -> Reading {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Reading::Absent,
        _ => Reading::Fault(Fault::of(error), None),
    }
}

/// Gives an open file or directory away.
pub(super) fn give(file: impl AsFd, (uid, gid): (Uid, Gid)) -> io::Result<()> {
    retry(|| Ok(fchown(&file, Some(uid), Some(gid))?))
}

/// What a thing is called until it has its name.
fn staged(name: &OsStr) -> std::ffi::OsString {
    let mut staged = std::ffi::OsString::from(".");
    staged.push(name);
    staged.push(format!(".{}.zirkabot-tmp", std::process::id()));
    staged
}
