//! Extended attributes of files, among them access control lists: what a file has beside mode and owner,
//! and would lose when another takes its place.

#![expect(clippy::disallowed_methods, reason = "this is where files are touched")]

use crate::sys::real::retry;
use rustix::fs::{OFlags, XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr, getxattr};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The access control list of a file.
const ACL: &str = "system.posix_acl_access";

/// Most bytes of the names, and of a value: what Linux allows.
const MOST: usize = 64 << 10;

pub(super) fn has_acl(path: &Path) -> bool {
    // A list that does not fit is one all the same.
    matches!(getxattr(path, ACL, &mut [0_u8; 8][..]), Ok(1..) | Err(Errno::RANGE))
}

pub(super) fn carry(from: &Path, to: &Path) -> io::Result<()> {
    let names = listed(from)?;
    let inherited = listed(to)?.iter().any(|name| name == ACL) && names.iter().all(|name| name != ACL);
    if names.is_empty() && !inherited {
        return Ok(());
    }
    let (from, to) = (open(from)?, open(to)?);
    if inherited {
        retry(|| Ok(fremovexattr(&to, ACL)?)).map_err(|error| lost(ACL, &error))?;
    }
    for name in &names {
        let kept = carry_one(&from, &to, name);
        // The system labels files by itself; where it lets nobody else do so, its own label is right.
        let refused = |error: &io::Error| {
            matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported)
        };
        match kept {
            Err(error) if name.starts_with("security.") && refused(&error) => {}
            kept => kept.map_err(|error| lost(name, &error))?,
        }
    }
    retry(|| to.sync_all())
}

fn carry_one(from: &File, to: &File, name: &str) -> io::Result<()> {
    let value = value_of(from, name)?;
    // Entries of a list are about the group that the file has.
    if name == ACL && from.metadata()?.gid() != to.metadata()?.gid() {
        return Err(io::Error::other("the group of the file cannot be preserved"));
    }
    if value_of(to, name).is_ok_and(|there| there == value) {
        return Ok(());
    }
    retry(|| Ok(fsetxattr(to, name, &value, XattrFlags::empty())?))
}

fn value_of(file: &File, name: &str) -> io::Result<Vec<u8>> {
    let mut value = vec![0_u8; MOST];
    let length = retry(|| Ok(fgetxattr(file, name, &mut value[..])?))?;
    value.truncate(length);
    Ok(value)
}

/// The names of the attributes of a file; none where there are no attributes at all.
fn listed(path: &Path) -> io::Result<Vec<String>> {
    let mut names = vec![0_u8; MOST];
    let file = open(path)?;
    let length = match retry(|| Ok(flistxattr(&file, &mut names[..])?)) {
        Err(error) if error.raw_os_error() == Some(Errno::NOTSUP.raw_os_error()) => 0,
        listed => listed?,
    };
    let names = names[..length].split(|&byte| byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
}

fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

fn lost(name: &str, error: &io::Error) -> io::Error {
    let what =
        if name == ACL { "access control list".to_owned() } else { format!("extended attribute {name}") };
    io::Error::other(format!("its {what} cannot be preserved ({error}), so it was not changed"))
}
