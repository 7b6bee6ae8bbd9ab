//! Renaming that depends on what has the new name. Not every system and not every file system can do it in
//! one call; what is done there instead is said here.

use crate::sys::real::retry;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{AtFlags, CWD, renameat, statat};
use rustix::io::Errno;
use std::io;
use std::path::Path;

/// How the two names have to be.
#[derive(Clone, Copy, Debug)]
enum When {
    NewIsFree,
    BothAreThere,
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename(dir: BorrowedFd<'_>, from: &Path, to: &Path, when: When) -> rustix::io::Result<()> {
    use rustix::fs::{RenameFlags, renameat_with};
    let flags = match when {
        When::NewIsFree => RenameFlags::NOREPLACE,
        When::BothAreThere => RenameFlags::EXCHANGE,
    };
    renameat_with(dir, from, dir, to, flags)
}

/// No such call here.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename(_: BorrowedFd<'_>, _: &Path, _: &Path, _: When) -> rustix::io::Result<()> {
    Err(Errno::INVAL)
}

/// Gives what is in a directory another name, unless something has it. Where that is unknown, the look
/// before has to do.
pub(super) fn unless_taken(dir: impl AsFd, from: &Path, to: &Path) -> io::Result<()> {
    let dir = dir.as_fd();
    match retry(|| Ok(rename(dir, from, to, When::NewIsFree)?)) {
        Err(error) if is_unknown(&error) => match statat(dir, to, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(Errno::NOENT) => retry(|| Ok(renameat(dir, from, dir, to)?)),
            Err(error) => Err(error.into()),
        },
        done => done,
    }
}

/// Lets two things change their names; `false` where that is unknown.
pub(super) fn exchange(a: &Path, b: &Path) -> io::Result<bool> {
    match retry(|| Ok(rename(CWD, a, b, When::BothAreThere)?)) {
        Err(error) if is_unknown(&error) => Ok(false),
        done => done.map(|()| true),
    }
}

/// Whether the file system, or the kernel, does not know what it was asked for.
fn is_unknown(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}
