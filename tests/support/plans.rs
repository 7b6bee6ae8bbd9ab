//! Homes, hosts and plans by hand, for tests of the writer. No test here sees the real home.

use crate::support::home::{NOW, STORE};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use zirkabot::catalog::documents::Format;
use zirkabot::change::apply::journal::{self, Begin, Line};
use zirkabot::change::apply::{self, ApplyFault, Receipt, Target};
use zirkabot::change::plan::{Action, Change, ChangeReason, FileMode, Plan, Precondition};
use zirkabot::change::proposal::Class;
use zirkabot::sys::real::Real;
use zirkabot::sys::secret::Secret;
use zirkabot::sys::{Act, Host, Look, Millis, Reading};

/// Names the part that a re-executed test binary plays.
pub(crate) const ROLE: &str = "ZK_TEST_ROLE";

/// The home that it plays it in.
pub(crate) const HOME: &str = "ZK_TEST_HOME";

pub(crate) const OLD: &[u8] = br#"{"key": "sk-CANARY-old"}"#;
pub(crate) const NEW: &[u8] = br#"{"key": "sk-CANARY-new"}"#;
pub(crate) const FOREIGN: &[u8] = br#"{"key": "sk-CANARY-foreign"}"#;

/// A home that is gone after the test.
pub(crate) struct Home {
    _dir: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

pub(crate) fn home() -> Home {
    at(tempfile::tempdir().unwrap())
}

/// The same, in memory where that can be had: quicker for tests with very many homes.
pub(crate) fn quick_home() -> Home {
    at(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap())
}

fn at(dir: tempfile::TempDir) -> Home {
    let root = std::fs::canonicalize(dir.path()).unwrap();
    Home { _dir: dir, root }
}

impl Home {
    /// A home with one file in it.
    pub(crate) fn with(path: &str, bytes: &[u8], mode: u32) -> (Self, PathBuf) {
        let home = home();
        let path = home.root.join(path);
        lay(&path, bytes, mode);
        (home, path)
    }

    pub(crate) fn journal(&self) -> Vec<Line> {
        journal::read(&real(&self.root), &state(&self.root)).unwrap()
    }

    pub(crate) fn begins(&self) -> Vec<Begin> {
        let begin = |line| if let Line::Begin(begin) = line { Some(begin) } else { None };
        self.journal().into_iter().filter_map(begin).collect()
    }

    /// Sets one file, with nobody in between.
    pub(crate) fn set(&self, path: &Path, bytes: &[u8]) -> Receipt {
        put(&mut real(&self.root), &self.root, path, bytes).unwrap()
    }
}

pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[track_caller]
pub(crate) fn failed(receipt: &Receipt) -> &ApplyFault {
    receipt.failure().unwrap_or_else(|| panic!("all went well: {receipt:?}"))
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

pub(crate) fn host(home: &Path) -> Host {
    Host {
        offline: true,
        env: BTreeMap::new(),
        cwd: home.to_owned(),
        home: home.to_owned(),
        now: NOW,
        uid: rustix::process::geteuid().as_raw(),
        pid: std::process::id(),
        patience: None,
        program: PathBuf::from("/usr/local/bin/zirkabot"),
        root: "/nonexistent".into(),
        macos: false,
        keychain: None,
        command: "zirkabot doctor --fix".into(),
        stdin_tty: false,
        stdout_tty: false,
        stderr_tty: false,
        columns: None,
    }
}

pub(crate) fn real(home: &Path) -> Real {
    Real::new(host(home))
}

pub(crate) fn state(home: &Path) -> PathBuf {
    home.join(".zirkabot")
}

pub(crate) fn store(home: &Path) -> PathBuf {
    home.join(STORE)
}

pub(crate) fn target(home: &Path, lock_timeout: Millis) -> Target {
    Target { state_dir: state(home), lock_timeout, command: "zirkabot doctor --fix".into() }
}

/// A plan that makes `path` what `bytes` says, if it is not; private, and JSON.
pub(crate) fn setting(look: &dyn Look, path: &Path, bytes: Option<&[u8]>) -> Plan {
    Plan { changes: change(look, path, bytes, 0o600).into_iter().collect() }
}

/// The change that makes `path` what `bytes` says; `None` if it is.
pub(crate) fn change(look: &dyn Look, path: &Path, bytes: Option<&[u8]>, mode: u32) -> Option<Change> {
    let reading = look.read(path, 1 << 20);
    let precondition = Precondition::of(&reading).unwrap();
    let action = match (bytes, &reading) {
        (Some(new), Reading::File(old, _)) if old.expose() == new => return None,
        (Some(new), Reading::File(..)) => Action::Update(Secret::new(new.to_vec())),
        (Some(new), _) => Action::Create(Secret::new(new.to_vec())),
        (None, Reading::Absent) => return None,
        (None, _) => Action::Remove,
    };
    let reasons = vec![ChangeReason { code: None, what: "because the test says so".to_owned() }];
    Some(Change {
        path: path.to_owned(),
        lock: zirkabot::change::plan::Lock::of_name(path),
        action,
        format: Format::Json,
        precondition,
        mode: if mode == 0o600 { FileMode::Private } else { FileMode::Exact(mode) },
        class: Class::Auto,
        reasons,
    })
}

/// Applies the setting of one file, with a real wait of ten seconds at most.
pub(crate) fn put(act: &mut dyn Act, home: &Path, path: &Path, bytes: &[u8]) -> Result<Receipt, ApplyFault> {
    apply::apply(act, &target(home, 10_000), &mut |look| setting(look, path, Some(bytes)))
}

/// The same, by one who does not wait to plan it again.
pub(crate) fn put_once(
    act: &mut dyn Act,
    home: &Path,
    path: &Path,
    bytes: &[u8],
) -> Result<Receipt, ApplyFault> {
    apply::apply(act, &target(home, 0), &mut |look| setting(look, path, Some(bytes)))
}

/// Puts a file there as another program would, with its directories.
pub(crate) fn lay(path: &Path, bytes: &[u8], mode: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
    chmod(path, mode);
}

pub(crate) fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).unwrap().mode() & 0o7777
}

/// Everything below `dir`, sorted.
pub(crate) fn walk(dir: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(dir)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter()
        .filter_map(|entry| Some(entry.ok()?.into_path()))
        .collect()
}

/// What no run may leave behind: staged files, and lock directories.
pub(crate) fn leftovers(home: &Path) -> Vec<PathBuf> {
    let mut left = walk(home);
    left.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".zirkabot-tmp") || (name.ends_with(".json.lock"))
    });
    left
}

/// This test binary again, as `test` with a role to play in `home`.
pub(crate) fn child(test: &str, role: &str, home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env_clear().env(ROLE, role).env(HOME, home);
    command
}

/// The role of a re-executed test binary; `None` in the ordinary run.
pub(crate) fn role() -> Option<(String, PathBuf)> {
    Some((std::env::var(ROLE).ok()?, PathBuf::from(std::env::var_os(HOME)?)))
}

/// Says something past the capture of the test harness.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
