//! Homes: temporary directories made from fixtures, snapshots of them, and the program run in
//! one with a given clock and environment.

use crate::case::Case;
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use zirkabot::secret::Secret;
use zirkabot::sys::{Host, real::Real};

/// A temporary home.
pub(crate) struct Home {
    dir: tempfile::TempDir,
    env: Vec<(String, String)>,
    cwd: PathBuf,
    now: i64,
    uid: u32,
}

/// What is at a path: kind and mode, modification time in nanoseconds, bytes or link target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) mode: u32,
    pub(crate) mtime: i128,
    pub(crate) bytes: Vec<u8>,
}

/// All that is below a home, by relative path.
pub(crate) type Snapshot = BTreeMap<String, Entry>;

impl Home {
    /// The home of a case.
    pub(crate) fn of(case: &Case) -> Self {
        let dir = tempfile::Builder::new().prefix("zirkabot-home-").tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let now = case.text("now").map_or(0, time);
        for file in &case.files {
            put(&root.join(&file.path), &file.bytes());
        }
        for (path, target) in case.pairs("links") {
            make_dir(root.join(&path).parent().unwrap());
            std::os::unix::fs::symlink(target, root.join(path)).unwrap();
        }
        for (path, mode) in case.pairs("dirs") {
            make_dir(&root.join(&path));
            chmod(&root.join(path), &mode);
        }
        for file in &case.files {
            set_mtime(&root.join(&file.path), now);
        }
        for (path, at) in case.pairs("mtimes") {
            set_mtime(&root.join(path), time(&at));
        }
        for (path, mode) in case.pairs("modes") {
            chmod(&root.join(path), &mode);
        }
        let home = root.display().to_string();
        let env = case.pairs("env").into_iter().map(|(name, value)| (name, value.replace("[HOME]", &home)));
        let env = env.chain([("HOME".to_owned(), home.clone())]).collect();
        let uid = case.table.get("uid").and_then(toml::Value::as_integer);
        let uid = uid.map_or_else(|| root.metadata().unwrap().uid(), |uid| u32::try_from(uid).unwrap());
        let cwd = if case.text("cwd") == Some("~") { root } else { PathBuf::from("/") };
        Self { dir, env, cwd, now, uid }
    }

    /// A home with these files, at this time.
    pub(crate) fn with(now: i64, files: &[(&str, &str)]) -> Self {
        let dir = tempfile::Builder::new().prefix("zirkabot-home-").tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for (path, text) in files {
            put(&root.join(path), text.as_bytes());
        }
        let env = vec![("HOME".to_owned(), root.display().to_string())];
        let uid = root.metadata().unwrap().uid();
        Self { dir, env, cwd: PathBuf::from("/"), now, uid }
    }

    /// Its path.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// The machine as the program sees it from here.
    pub(crate) fn machine(&self) -> Real {
        let env = self.env.iter().map(|(name, value)| (name.clone(), Secret::from(value.as_str())));
        Real::new(Host {
            env: env.collect(),
            cwd: self.cwd.clone(),
            home: self.path(),
            now: self.now,
            uid: self.uid,
            pid: std::process::id(),
            keychain: None,
            command: "zirkabot models status".to_owned(),
            stdout_tty: false,
            stderr_tty: false,
            columns: None,
        })
    }

    /// The environment, for the real program.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        self.env.clone()
    }

    /// Runs a command line in it: exit code, standard output, standard error, with what differs
    /// from run to run replaced.
    pub(crate) fn run(&self, line: &str) -> (u8, String, String) {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let outcome = zirkabot::run(&mut self.machine(), &args);
        let shown = |text: &str| {
            let home = self.path().display().to_string();
            text.replace(&home, "[HOME]").replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
        };
        (outcome.exit.code(), shown(&outcome.stdout), shown(&outcome.stderr))
    }

    /// All that is in it.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let root = self.path();
        let entries = walkdir::WalkDir::new(&root).min_depth(1).into_iter().map(Result::unwrap);
        let entry = |entry: walkdir::DirEntry| {
            let meta = entry.metadata().unwrap();
            let bytes = if meta.is_symlink() {
                std::fs::read_link(entry.path()).unwrap().into_os_string().into_encoded_bytes()
            } else if meta.is_file() {
                std::fs::read(entry.path()).unwrap()
            } else {
                Vec::new()
            };
            let mtime = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
            let path = entry.path().strip_prefix(&root).unwrap().display().to_string();
            (path, Entry { mode: meta.mode(), mtime, bytes })
        };
        entries.map(entry).collect()
    }
}

fn put(path: &Path, bytes: &[u8]) {
    make_dir(path.parent().unwrap());
    std::fs::write(path, bytes).unwrap();
    chmod(path, "600");
}

fn make_dir(path: &Path) {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).unwrap();
}

fn chmod(path: &Path, mode: &str) {
    let mode = u32::from_str_radix(mode, 8).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn set_mtime(path: &Path, at: i64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at).unwrap());
    std::fs::File::open(path).unwrap().set_modified(time).unwrap();
}
