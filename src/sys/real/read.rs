//! Looking at files: bounded, and never waiting for anybody.

#![expect(clippy::disallowed_methods, reason = "this is where files are read")]

use crate::sys::real::{Real, probe};
use crate::sys::secret::Secret;
use crate::sys::{Fault, Host, Look, Millis, Probe, Probed, Reading, Stat};
use rustix::fs::OFlags;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Most symbolic links that are followed by hand, as in the kernel.
const MAX_LINKS: usize = 40;

impl Look for Real {
    fn host(&self) -> &Host {
        &self.host
    }

    fn read(&self, path: &Path, limit: usize) -> Reading {
        file(path, limit)
    }

    fn stat(&self, path: &Path) -> Option<Stat> {
        std::fs::metadata(path).ok().as_ref().map(to_stat)
    }

    fn list(&self, dir: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        resolve(path)
    }

    fn probe(&self, probe: &Probe) -> Probed {
        let known = self.answers.borrow().get(probe).cloned();
        known.unwrap_or_else(|| {
            let limit = self.host.patience.map_or(probe.limit, |patience| probe.limit.min(patience));
            let answer = probe::run(&Probe { limit, ..probe.clone() }, &self.host.env);
            self.answers.borrow_mut().insert(probe.clone(), answer.clone());
            answer
        })
    }
}

fn file(path: &Path, limit: usize) -> Reading {
    let file = match open(path) {
        Ok(file) => file,
        Err(error) => return not_opened(path, &error),
    };
    match bytes_of(&file, limit) {
        Ok(reading) => reading,
        Err(error) => Reading::Fault(Fault::of(&error), file.metadata().ok().map(|found| to_stat(&found))),
    }
}

/// Opens without waiting: a FIFO without a writer would block for ever otherwise.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

fn not_opened(path: &Path, error: &io::Error) -> Reading {
    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
        return Reading::Absent;
    }
    // A socket cannot be opened at all; say so rather than "no such device or address".
    let found = std::fs::metadata(path).ok();
    let odd = found.as_ref().and_then(|found| odd_kind(found.file_type()));
    Reading::Fault(odd.map_or_else(|| Fault::of(error), Fault::NotAFile), found.as_ref().map(to_stat))
}

fn bytes_of(file: &File, limit: usize) -> io::Result<Reading> {
    let found = file.metadata()?;
    let stat = to_stat(&found);
    if let Some(kind) = odd_kind(found.file_type()) {
        return Ok(Reading::Fault(Fault::NotAFile(kind), Some(stat)));
    }
    let size = usize::try_from(found.len()).unwrap_or(usize::MAX);
    if size > limit {
        return Ok(Reading::TooLarge(stat));
    }
    // Room for all of it from the start: a growing vector leaves copies of secrets behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(size.saturating_add(1)));
    // The size may lie (the file grows, or is in /proc), so the limit holds here again.
    file.take(u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Ok(Reading::TooLarge(stat));
    }
    Ok(Reading::File(Secret::new(std::mem::take(&mut *bytes)), stat))
}

/// All of standard input; `None` if it is more than `limit` bytes.
pub(super) fn stdin(limit: usize) -> io::Result<Option<Secret<Vec<u8>>>> {
    let most = limit.saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    // Past the library's own buffer, which would keep a copy.
    let mut chunk = Zeroizing::new([0_u8; 8192]);
    while bytes.len() < most {
        match rustix::io::read(io::stdin(), &mut chunk[..]) {
            Ok(0) => return Ok(Some(Secret::new(std::mem::take(&mut *bytes)))),
            Ok(count) => {
                let room = most - bytes.len();
                bytes.extend_from_slice(&chunk[..count.min(room)]);
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

fn odd_kind(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a directory")
    } else if kind.is_fifo() {
        Some("a FIFO")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

fn to_stat(found: &Metadata) -> Stat {
    let mtime: Millis = found.mtime().saturating_mul(1000).saturating_add(found.mtime_nsec() / 1_000_000);
    Stat {
        is_dir: found.is_dir(),
        mode: found.mode() & 0o7777,
        uid: found.uid(),
        gid: found.gid(),
        ino: found.ino(),
        mtime,
    }
}

/// All links resolved, those that lead to nothing as well: a new file then comes into being
/// where the link points, and the link stays. Of what is not there, all that is above it.
fn resolve(path: &Path) -> PathBuf {
    let mut at = path.to_owned();
    for _ in 0..MAX_LINKS {
        if let Ok(whole) = std::fs::canonicalize(&at) {
            return whole;
        }
        let Ok(to) = std::fs::read_link(&at) else {
            return match (at.parent(), at.file_name()) {
                (Some(above), Some(name)) if !above.as_os_str().is_empty() => resolve(above).join(name),
                _ => at,
            };
        };
        at = at.parent().unwrap_or(Path::new("/")).join(to);
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "makes what is looked at")]
    use crate::sys::real::read::*;

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[cfg(not(target_vendor = "apple"))] // `rustix` has no mknodat there
    #[test]
    fn what_is_not_a_file_is_named_and_does_not_block() {
        let dir = directory();
        let fifo = dir.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let socket = dir.path().join("socket");
        let _held = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, kind) in [
            (dir.path(), "a directory"),
            (&fifo, "a FIFO"),
            (&socket, "a socket"),
            (Path::new("/dev/null"), "a device"),
        ] {
            assert!(matches!(file(path, 9), Reading::Fault(Fault::NotAFile(what), Some(_)) if what == kind));
        }
    }

    #[test]
    fn the_limit_is_exact_and_holds_where_the_size_lies() {
        let dir = directory();
        let path = dir.path().join("f");
        std::fs::write(&path, b"12345").unwrap();
        assert!(matches!(file(&path, 5), Reading::File(bytes, _) if bytes.expose() == b"12345"));
        assert!(matches!(file(&path, 4), Reading::TooLarge(_)));
        if cfg!(target_os = "linux") {
            assert!(matches!(file(Path::new("/proc/self/status"), 10), Reading::TooLarge(_)));
        }
    }

    #[test]
    fn nothing_there_is_absent_and_a_loop_is_a_fault() {
        let dir = directory();
        let path = dir.path().join("f");
        std::fs::write(&path, b"").unwrap();
        assert!(matches!(file(&dir.path().join("none"), 9), Reading::Absent));
        assert!(matches!(file(&path.join("below"), 9), Reading::Absent));
        let ring = dir.path().join("ring");
        std::os::unix::fs::symlink(&ring, &ring).unwrap();
        assert!(
            matches!(file(&ring, 9), Reading::Fault(Fault::Os(what), None) if what.contains("symbolic links"))
        );
        assert_eq!(resolve(&ring), ring);
    }

    #[test]
    fn a_dangling_link_resolves_to_where_it_points() {
        let dir = directory();
        let real = std::fs::canonicalize(dir.path()).unwrap();
        std::os::unix::fs::symlink("target", real.join("link")).unwrap();
        assert_eq!(resolve(&real.join("link")), real.join("target"));
        assert_eq!(resolve(&real.join("none")), real.join("none"));
        std::os::unix::fs::symlink(".", real.join("here")).unwrap();
        assert_eq!(resolve(&real.join("here/not/there")), real.join("not/there"));
        std::fs::write(real.join("target"), b"").unwrap();
        assert_eq!(resolve(&real.join("link")), real.join("target"));
        assert_eq!(Real::new(crate::report::sample::host()).list(&real), ["here", "link", "target"]);
    }
}
