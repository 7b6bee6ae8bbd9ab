//! Looking at files: bounded, and never waiting for anybody.

#![expect(clippy::disallowed_methods, reason = "this is where files are read")]

use crate::sys::digest::fingerprint;
use crate::sys::real::contents::bytes_of;
use crate::sys::real::files::{self, kind_of, odd_kind, to_stat};
use crate::sys::real::{Real, console, host, own, probe, retry, xattr};
use crate::sys::secret::Secret;
use crate::sys::{Fault, Host, Look, Millis, Probe, Probed, Reading, Stat, http};
use std::borrow::Cow;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use zeroize::Zeroizing;

/// Most symbolic links that are followed by hand, as in the kernel.
const MAX_LINKS: usize = 40;

/// How many programs are asked at once.
const AT_ONCE: usize = 16;

/// How long what a program printed holds, in milliseconds.
const SECRET_HOLDS: Millis = 5 * 60_000;

/// How long it holds that a program failed.
const FAULT_HOLDS: Millis = 20_000;

/// The variable that tells a program which secrets are being asked for: if it asks us in turn, we do not ask it.
const ASKING: &str = "ZIRKABOT_ASKING";

/// What stands for a question in [`ASKING`].
fn mark_of(probe: &Probe) -> String {
    let words = [std::slice::from_ref(&probe.program), &probe.args[..]].concat();
    fingerprint(&Secret::from(words.join("\0").as_str()))
}

/// Asks programs, several at once; `asking` is what [`ASKING`] says to them, if it says something else than to us.
fn run_all(host: &Host, probes: &[Probe], asking: &(dyn Fn(&Probe) -> Option<String> + Sync)) -> Vec<Probed> {
    let patience = host.patience.unwrap_or(Millis::MAX);
    let run = |probe: &Probe| {
        let mut env = Cow::Borrowed(&host.env);
        if let Some(asking) = asking(probe) {
            env.to_mut().insert(ASKING.to_owned(), Secret::from(asking.as_str()));
        }
        probe::run(&Probe { limit: probe.limit.min(patience), ..probe.clone() }, &env)
    };
    let some = |some: &[Probe]| -> Vec<Probed> {
        std::thread::scope(|scope| {
            let asked: Vec<_> = some.iter().map(|probe| scope.spawn(move || run(probe))).collect();
            let died = |_| Probed::NotStarted("its thread died".to_owned());
            asked.into_iter().map(|asked| asked.join().unwrap_or_else(died)).collect()
        })
    };
    probes.chunks(AT_ONCE).flat_map(some).collect()
}

impl Look for Real {
    fn host(&self) -> &Host {
        &self.host
    }

    fn read(&self, path: &Path, limit: usize) -> Reading {
        file(path, limit)
    }

    fn read_own(&self, path: &Path, limit: usize) -> Reading {
        own::read(path, limit)
    }

    fn stat(&self, path: &Path) -> Option<Stat> {
        std::fs::metadata(path).ok().as_ref().map(to_stat)
    }

    fn has_acl(&self, path: &Path) -> bool {
        xattr::has_acl(path)
    }

    fn is_fixed(&self, path: &Path) -> bool {
        files::is_fixed(path)
    }

    fn list(&self, dir: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        resolve(path, &mut 0)
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

    fn probe_all(&self, probes: &[Probe]) -> Vec<Probed> {
        run_all(&self.host, probes, &|_| None)
    }

    fn print_secrets(&self, probes: &[Probe]) -> Vec<Probed> {
        if self.host.patience == Some(0) {
            let not = || Probed::NotStarted("nobody waits for it".to_owned());
            return probes.iter().map(|_| not()).collect();
        }
        let now = host::clock();
        let holds = |at: Millis, answer: &Probed| {
            let is_good = matches!(answer, Probed::Done(Some(0), _));
            (at..at + if is_good { SECRET_HOLDS } else { FAULT_HOLDS }).contains(&now)
        };
        let mut known = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (at, answer)| holds(*at, answer));
        let asking = self.host.var(ASKING).unwrap_or_default();
        let (again, new): (Vec<Probe>, Vec<Probe>) = probes
            .iter()
            .filter(|probe| !known.contains_key(probe))
            .cloned()
            .partition(|probe| asking.split(',').any(|mark| mark == mark_of(probe)));
        for probe in again {
            known.insert(probe, (now, Probed::NotStarted("it asks zirkabot, which asks it".to_owned())));
        }
        let with_mark = |probe: &Probe| Some(format!("{asking},{}", mark_of(probe)));
        for (probe, answer) in new.iter().zip(run_all(&self.host, &new, &with_mark)) {
            known.insert(probe.clone(), (now, answer));
        }
        let died = || Probed::NotStarted("its thread died".to_owned());
        probes.iter().map(|probe| known.get(probe).map_or_else(died, |(_, answer)| answer.clone())).collect()
    }

    fn forget_secrets(&self) {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn ask(&self, request: &http::Request) -> Result<http::Response, http::Unanswered> {
        self.ask_here(request)
    }
}

fn file(path: &Path, limit: usize) -> Reading {
    let file = match files::open(path) {
        Ok(file) => file,
        Err(error) => return not_opened(path, &error),
    };
    match bytes_of(&file, limit) {
        Ok(reading) => reading,
        Err(error) => Reading::Fault(Fault::of(&error), file.metadata().ok().map(|found| to_stat(&found))),
    }
}

fn not_opened(path: &Path, error: &io::Error) -> Reading {
    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
        return Reading::Absent;
    }
    // A socket cannot be opened at all; say so rather than "no such device or address".
    let found = std::fs::metadata(path).ok();
    let odd = found.as_ref().and_then(|found| odd_kind(kind_of(found)));
    Reading::Fault(odd.map_or_else(|| Fault::of(error), Fault::NotAFile), found.as_ref().map(to_stat))
}

/// All of standard input; `None` if it is more than `limit` bytes.
pub(super) fn stdin(limit: usize) -> io::Result<Option<Secret<Vec<u8>>>> {
    let most = limit.saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    // Past the library's own buffer, which would keep a copy.
    let mut chunk = Zeroizing::new([0_u8; 8192]);
    while bytes.len() < most {
        match retry(|| console::read(&mut chunk[..]))? {
            0 => return Ok(Some(Secret::new(std::mem::take(&mut *bytes)))),
            count => {
                let room = most - bytes.len();
                bytes.extend_from_slice(&chunk[..count.min(room)]);
            }
        }
    }
    Ok(None)
}

/// All links resolved, those that lead to nothing as well: a new file then comes into being
/// where the link points, and the link stays. Of what is not there, all that is above it. So many
/// links were `followed` so far.
fn resolve(path: &Path, followed: &mut usize) -> PathBuf {
    let mut at = path.to_owned();
    while *followed < MAX_LINKS {
        if let Ok(whole) = files::resolved(&at) {
            return whole;
        }
        let Ok(to) = std::fs::read_link(&at) else {
            return match (at.parent(), at.file_name()) {
                (Some(above), Some(name)) if !above.as_os_str().is_empty() => {
                    resolve(above, followed).join(name)
                }
                _ => at,
            };
        };
        at = at.parent().unwrap_or(Path::new("/")).join(to);
        *followed += 1;
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
        assert_eq!(resolve(&ring, &mut 0), ring);
        // A link that leads to something below itself.
        let below = dir.path().join("below");
        std::os::unix::fs::symlink("below/it", &below).unwrap();
        assert!(resolve(&below.join("x"), &mut 0).ends_with("x"));
    }

    #[test]
    fn a_dangling_link_resolves_to_where_it_points() {
        let dir = directory();
        let real = std::fs::canonicalize(dir.path()).unwrap();
        std::os::unix::fs::symlink("target", real.join("link")).unwrap();
        assert_eq!(resolve(&real.join("link"), &mut 0), real.join("target"));
        assert_eq!(resolve(&real.join("none"), &mut 0), real.join("none"));
        std::os::unix::fs::symlink(".", real.join("here")).unwrap();
        assert_eq!(resolve(&real.join("here/not/there"), &mut 0), real.join("not/there"));
        std::fs::write(real.join("target"), b"").unwrap();
        assert_eq!(resolve(&real.join("link"), &mut 0), real.join("target"));
        assert_eq!(Real::new(crate::report::sample::host()).list(&real), ["here", "link", "target"]);
    }
}
