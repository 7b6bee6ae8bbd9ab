//! Homes: temporary directories made from fixtures, snapshots of them, and the program run in
//! one with a given clock and environment.

use crate::support::case::{self, Case, Header};
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use zirkabot::sys::Host;
use zirkabot::sys::real::Real;
use zirkabot::sys::secret::Secret;

/// The clock of most tests: 2026-11-22 12:00 UTC.
pub(crate) const NOW: i64 = 1_795_348_800_000;
/// The config, in a home.
pub(crate) const CONFIG: &str = ".zirkabot/zirkabot.toml";
/// The auth store of the default agent, in a home.
pub(crate) const STORE: &str = ".zirkabot/agents/main/agent/auth-profiles.json";
/// The session store of the default agent, in a home.
pub(crate) const SESSIONS: &str = ".zirkabot/agents/main/sessions/sessions.json";

/// A temporary home.
pub(crate) struct Home {
    dir: tempfile::TempDir,
    env: Vec<(String, String)>,
    cwd: PathBuf,
    now: i64,
    uid: u32,
    keychain: Option<String>,
    patience: Option<i64>,
    /// Where the directories of the system begin.
    root: PathBuf,
    offline: bool,
    /// Columns of the terminal that standard output and error are, if they are one.
    columns: Option<usize>,
}

/// A directory for a home, in memory where that can be had: thousands of files are made durable.
fn new_dir() -> tempfile::TempDir {
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix("zirkabot-home-");
    builder.tempdir_in("/dev/shm").or_else(|_| builder.tempdir()).unwrap()
}

/// What is at a path: kind and mode, modification time in nanoseconds, bytes or link target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) mode: u32,
    pub(crate) mtime: i128,
    pub(crate) bytes: Vec<u8>,
}

impl Entry {
    /// Whether it is a directory.
    pub(crate) fn is_dir(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }
}

/// All that is below a home, by relative path.
pub(crate) type Snapshot = BTreeMap<String, Entry>;

impl Home {
    /// The home of a case.
    pub(crate) fn of(case: &Case) -> Self {
        let dir = new_dir();
        let root = dir.path().canonicalize().unwrap();
        let Header { now, cwd, uid, env, keychain, patience, .. } = &case.header;
        let now = time(now);
        fill(&root, case, now);
        let keychain = keychain.as_ref().map(|path| root.join(path).display().to_string());
        let home = root.display().to_string();
        let env = env.iter().map(|(name, value)| (name.clone(), value.replace("[HOME]", &home)));
        let env = env.chain([("HOME".to_owned(), home.clone())]).collect();
        let uid = uid.unwrap_or_else(|| root.metadata().unwrap().uid());
        let cwd = match cwd.as_deref() {
            Some("~") => root,
            Some(cwd) => root.join(cwd.strip_prefix("~/").expect("cwd is in the home")),
            None => PathBuf::from("/"),
        };
        let system = dir.path().canonicalize().unwrap().join("system");
        Self {
            dir,
            env,
            cwd,
            now,
            uid,
            keychain,
            patience: *patience,
            root: system,
            offline: true,
            columns: None,
        }
    }

    /// The home of the case of this name.
    pub(crate) fn named(name: &str) -> Self {
        Self::of(&case::named(name))
    }

    /// A home with these files, at this time.
    pub(crate) fn with(now: i64, files: &[(&str, &str)]) -> Self {
        let dir = new_dir();
        let root = dir.path().canonicalize().unwrap();
        for (path, text) in files {
            put(&root.join(path), text.as_bytes());
        }
        let env = vec![("HOME".to_owned(), root.display().to_string())];
        let uid = root.metadata().unwrap().uid();
        let system = root.join("system");
        Self {
            dir,
            env,
            cwd: PathBuf::from("/"),
            now,
            uid,
            keychain: None,
            patience: None,
            root: system,
            offline: true,
            columns: None,
        }
    }

    /// Its path.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// The machine as the program sees it from here.
    pub(crate) fn machine(&self) -> Real {
        self.machine_of("zirkabot doctor")
    }

    /// The machine as the program sees it from here, when it is called so.
    fn machine_of(&self, line: &str) -> Real {
        let plain = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let command: Vec<_> = line.split_whitespace().filter(plain).collect();
        let env = self.env.iter().map(|(name, value)| (name.clone(), Secret::from(value.as_str())));
        Real::new(Host {
            env: env.collect(),
            cwd: self.cwd.clone(),
            home: self.path(),
            now: self.now,
            uid: self.uid,
            pid: std::process::id(),
            patience: self.patience,
            offline: self.offline,
            program: PathBuf::from("/usr/local/bin/zirkabot"),
            root: self.root.clone(),
            macos: false,
            keychain: self.keychain.clone(),
            command: command.join(" ").into(),
            stdin_tty: false,
            stdout_tty: self.columns.is_some(),
            stderr_tty: self.columns.is_some(),
            columns: self.columns,
        })
    }

    /// Standard output and error are a terminal of so many columns.
    pub(crate) fn on_a_terminal(&mut self, columns: usize) {
        self.columns = Some(columns);
    }

    /// Looks at the real system besides the home.
    pub(crate) fn on_this_system(&mut self) {
        self.root = PathBuf::from("/");
    }

    /// Has commands run in it.
    pub(crate) fn in_itself(&mut self) {
        self.cwd = self.path();
    }

    /// Has this program for the Keychain.
    pub(crate) fn keychain(&mut self, program: &Path) {
        self.keychain = Some(program.display().to_string());
    }

    /// Other machines may be asked: a proxy on this one gets it.
    pub(crate) fn online(&mut self) {
        self.offline = false;
    }

    /// The clock.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    /// Moves the clock.
    pub(crate) fn at(&mut self, now: i64) {
        self.now = now;
    }

    /// Sets a variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// Takes a variable away.
    pub(crate) fn unset(&mut self, name: &str) {
        self.env.retain(|(known, _)| known != name);
    }

    /// The environment, for the real program, wherever the machine is.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let mut env = self.env.clone();
        if !env.iter().any(|(name, _)| name == "TZ") {
            env.push(("TZ".to_owned(), "UTC".to_owned()));
        }
        env
    }

    /// Runs a command line in it: exit code, standard output, standard error, with what differs
    /// from run to run replaced.
    pub(crate) fn run(&self, line: &str) -> (u8, String, String) {
        self.run_on(line, |machine| machine)
    }

    /// The same on a machine on which pauses take no time.
    pub(crate) fn hurried(&self, line: &str) -> (u8, String, String) {
        self.run_on(line, Real::hurried)
    }

    /// The machine on which this command line is run, and its words.
    pub(crate) fn called(&self, line: &str) -> (Real, Vec<String>) {
        let (command, input) = line.split_once(" < ").unwrap_or((line, ""));
        let args = words(command).into_iter().map(|word| self.with_ids(word)).collect();
        let input = match input.strip_prefix("~/") {
            Some(path) => std::fs::read(self.path().join(path)).unwrap_or_default(),
            None => Vec::new(),
        };
        (self.machine_of(command).with_input(input), args)
    }

    fn run_on(&self, line: &str, on: fn(Real) -> Real) -> (u8, String, String) {
        let (machine, args) = self.called(line);
        let mut machine = on(machine);
        // As in `main.rs`, so that one fault does not hide what the other homes would tell.
        let outcome =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| zirkabot::run(&mut machine, &args)));
        let Ok(outcome) = outcome else { return (70, String::new(), format!("`{line}` panicked\n")) };
        let applies = self.applies();
        let shown = |text: &str| {
            let home = self.path().display().to_string();
            let text = text.replace(&home, "[HOME]").replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
            without_ids(text, &applies)
        };
        (outcome.exit.code(), shown(&outcome.stdout), shown(&outcome.stderr))
    }

    /// What the journal holds: id and time of each apply, oldest first.
    fn applies(&self) -> Vec<(String, i64)> {
        let entries = walkdir::WalkDir::new(self.path()).min_depth(2).sort_by_file_name().into_iter();
        let is_journal =
            |entry: &walkdir::DirEntry| entry.file_name() == "journal.jsonl" && entry.file_type().is_file();
        let journals = entries.filter_map(Result::ok).filter(is_journal);
        let texts = journals.filter_map(|entry| std::fs::read(entry.path()).ok());
        let text: String = texts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let begins = lines.filter(|line| line["entry"] == "begin");
        begins.filter_map(|line| Some((line["id"].as_str()?.to_owned(), line["time"].as_i64()?))).collect()
    }

    /// A word of a command line with the id for which `[ID 1]` stands.
    fn with_ids(&self, word: String) -> String {
        if !word.contains("[ID ") {
            return word;
        }
        let ids = self.applies().into_iter().zip(1..);
        ids.fold(word, |word, ((id, _), n)| word.replace(&format!("[ID {n}]"), &id))
    }

    /// All that is in it, but for what programs in `bin/` put there, as which stand-ins pass for others.
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
        entries.map(entry).filter(|(path, _)| path != "bin" && !path.starts_with("bin/")).collect()
    }
}

/// A text with `[ID 1]` for the id of the first of these applies, and `[TIME]` for when it was.
fn without_ids(text: String, applies: &[(String, i64)]) -> String {
    // The number at the end of an id, which is that of this process.
    let number = format!(" {}  ", std::process::id());
    applies.iter().zip(1..).fold(text, |text, ((id, time), n)| {
        text.replace(id, &format!("[ID {n}]"))
            .replace(&number, &format!(" [ID {n}]  "))
            .replace(&zirkabot::sys::time::date(*time), "[TIME]")
            .replace(&format!("\"time\": {time}"), "\"time\": 0")
    })
}

/// Lays down files, links, directories; then what making them would change: times and modes.
fn fill(root: &Path, case: &Case, now: i64) {
    let Header { links, dirs, mtimes, modes, .. } = &case.header;
    for file in &case.files {
        put(&root.join(&file.path), &file.bytes().unwrap());
    }
    for (path, target) in links {
        make_dir(root.join(path).parent().unwrap());
        std::os::unix::fs::symlink(target, root.join(path)).unwrap();
    }
    for (path, mode) in dirs {
        make_dir(&root.join(path));
        chmod(&root.join(path), mode);
    }
    for file in &case.files {
        set_mtime(&root.join(&file.path), now);
    }
    for (path, at) in mtimes {
        set_mtime(&root.join(path), time(at));
    }
    for (path, mode) in modes {
        chmod(&root.join(path), mode);
    }
}

/// The words of a command line; `'…'` holds one together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (n, part) in line.split('\'').enumerate() {
        if n % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Milliseconds of a time such as `2026-11-22T12:00:00Z`.
fn time(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
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
