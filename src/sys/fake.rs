//! A machine in memory, for tests: files by path, no programs.

use crate::sys::secret::Secret;
use crate::sys::{Host, Look, Probe, Probed, Reading, Stat};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files, the host, and nothing else.
#[derive(Debug)]
pub(crate) struct Fake {
    pub(crate) host: Host,
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
    /// Where nobody writes, because of how it is mounted.
    pub(crate) fixed: Vec<PathBuf>,
}

impl Fake {
    /// A machine with these files.
    pub(crate) fn new(host: Host, files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| (PathBuf::from(path), text.as_bytes().to_vec());
        Self { host, files: files.iter().map(file).collect(), fixed: Vec::new() }
    }

    fn stat_of(&self, is_dir: bool) -> Stat {
        let mode = if is_dir { 0o700 } else { 0o600 };
        Stat { is_dir, mode, uid: self.host.uid, gid: self.host.uid, ino: 1, mtime: self.host.now }
    }
}

impl Look for Fake {
    fn host(&self) -> &Host {
        &self.host
    }

    fn read(&self, path: &Path, limit: usize) -> Reading {
        match self.files.get(path) {
            None => Reading::Absent,
            Some(bytes) if bytes.len() > limit => Reading::TooLarge(self.stat_of(false)),
            Some(bytes) => Reading::File(Secret::new(bytes.clone()), self.stat_of(false)),
        }
    }

    fn stat(&self, path: &Path) -> Option<Stat> {
        let is_dir = self.files.keys().any(|file| file != path && file.starts_with(path));
        (is_dir || self.files.contains_key(path)).then(|| self.stat_of(is_dir))
    }

    fn is_fixed(&self, path: &Path) -> bool {
        self.fixed.iter().any(|fixed| path.starts_with(fixed))
    }

    fn list(&self, dir: &Path) -> Vec<String> {
        let names = self.files.keys().filter_map(|file| file.strip_prefix(dir).ok()?.iter().next());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.dedup();
        names
    }

    fn resolve(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }

    fn probe(&self, probe: &Probe) -> Probed {
        Probed::NotStarted(format!("{} does not exist", probe.program))
    }
}
