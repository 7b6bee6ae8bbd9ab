//! A made home: what lies where, the environment, the clock, and what is asked. Laid down in
//! memory or on the disk.

use super::dice::Dice;
use super::memory::{Memory, Thing};
use super::{around, config, store};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use zirkabot::change::proposal::Class;
use zirkabot::checks::choice::Choice;
use zirkabot::pipeline::Query;
use zirkabot::policy::status::Options;
use zirkabot::sys::secret::Secret;
use zirkabot::sys::{Host, Millis};
use zirkabot::world::observe::Agents;
use zirkabot::world::observe::survey::Depth;

pub(crate) const STATE: &str = ".zirkabot";
pub(crate) const HOUR: Millis = 3_600_000;

/// A file.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) mtime: Millis,
}

/// Something that nobody knows, and that must stay.
pub(crate) struct Planted {
    pub(crate) file: String,
    pub(crate) path: Vec<String>,
    pub(crate) value: Value,
}

/// A home with a question.
pub(crate) struct Made {
    pub(crate) files: Vec<File>,
    /// Directories with another mode than 700; made if missing.
    pub(crate) dirs: Vec<(String, u32)>,
    /// Links, and what they say.
    pub(crate) links: Vec<(String, String)>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) now: Millis,
    pub(crate) planted: Vec<Planted>,
    pub(crate) notes: usize,
    pub(crate) ask: Query,
    pub(crate) choice: Choice,
    /// Draws for edits of its files.
    pub(crate) more: Vec<u32>,
}

/// Ids of the agents that there may be.
pub(crate) const AGENTS: &[&str] = &["main", "ops", "work"];

/// Profile ids with their providers, normalised.
pub(crate) const PROFILES: &[(&str, &str)] = &[
    ("anthropic:default", "anthropic"),
    ("anthropic:claude-cli", "anthropic"),
    ("groq:me", "groq"),
    ("openai:default", "openai"),
    ("openai-codex:codex-cli", "openai-codex"),
    ("qwen-portal:qwen-cli", "qwen-portal"),
    ("google-gemini-cli:gemini-cli", "google-gemini-cli"),
    ("anthropic:work", "anthropic"),
    ("groq:b", "groq"),
    ("openai-codex:default", "openai-codex"),
    ("zai:x", "zai"),
    ("my-own:k", "my-own"),
];

/// What can be asked for by name.
const ONLY: &[&str] = &[
    "config",
    "credential",
    "expiry",
    "files",
    "order",
    "sync",
    "precedence",
    "env",
    "files/stale-temp",
    "credential/not-declared",
    "order/hides-stored",
];

impl Made {
    /// The home that these dice make, for a class of repairs.
    pub(crate) fn of(dice: &mut Dice, class: Class) -> Self {
        let now = dice.pick(&[1_795_348_800_000, 1_795_348_800_123, 1_700_000_000_000, 1_900_000_000_000]);
        let only = if dice.chance(25) { dice.some(ONLY, 25) } else { Vec::new() };
        let agents = match dice.below(4) {
            0 => Agents::Default,
            1 => Agents::One(dice.pick(AGENTS).to_owned()),
            _ => Agents::All,
        };
        let options = Options {
            provider: None,
            warn_within: dice.chance(10).then_some(48 * HOUR),
            allow_refreshable: dice.chance(20),
        };
        let mut made = Self {
            files: Vec::new(),
            dirs: Vec::new(),
            links: Vec::new(),
            env: BTreeMap::new(),
            now,
            planted: Vec::new(),
            notes: 0,
            ask: Query {
                agents,
                profile: None,
                options,
                depth: Depth::Status,
                trusts_cwd: false,
                export: None,
            },
            more: Vec::new(),
            choice: Choice { class, only: only.into_iter().map(str::to_owned).collect() },
        };
        // A host asks no shell that it does not have.
        made.env.insert("SHELL".to_owned(), "/nowhere/shell".to_owned());
        config::make(dice, &mut made);
        store::make(dice, &mut made);
        around::make(dice, &mut made);
        made.modes(dice);
        made.more = (0..60).map(|_| dice.raw()).collect();
        made
    }

    fn modes(&mut self, dice: &mut Dice) {
        for file in self.files.iter_mut().filter(|file| file.path.starts_with(STATE)) {
            file.mode =
                dice.pick(&[0o600, 0o600, 0o600, 0o600, 0o600, 0o600, 0o600, 0o600, 0o644, 0o640, 0o400]);
        }
        let dirs =
            [STATE, ".zirkabot/agents/main/agent", ".zirkabot/agents/ops/agent", ".zirkabot/credentials"];
        for dir in dirs {
            let inside = format!("{dir}/");
            if self.files.iter().any(|file| file.path.starts_with(&inside)) && dice.chance(8) {
                self.dirs.push((dir.to_owned(), 0o755));
            }
        }
    }

    /// Adds a file, unless there is one.
    pub(crate) fn file(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        if self.files.iter().all(|file| file.path != path) {
            let (path, bytes) = (path.to_owned(), bytes.into());
            self.files.push(File { path, bytes, mode: 0o600, mtime: self.now - 24 * HOUR });
        }
    }

    /// Something unknown in a table of a file, sometimes.
    pub(crate) fn plant(
        &mut self,
        dice: &mut Dice,
        (file, path): (&str, &[&str]),
        table: &mut Map<String, Value>,
        percent: usize,
    ) {
        if !dice.chance(percent) {
            return;
        }
        let value = match dice.below(3) {
            0 => json!("CANARY-planted-0123456789"),
            1 => json!({ "deep": ["CANARY-planted-list", 7, true], "n": 1 }),
            _ => json!(12),
        };
        let key = dice.pick(&["zkFuture", "zk-future", "x.y z"]);
        table.insert(key.to_owned(), value.clone());
        let path = path.iter().chain([&key]).map(|key| (*key).to_owned()).collect();
        self.planted.push(Planted { file: file.to_owned(), path, value });
    }

    /// The machine as the program sees it.
    pub(crate) fn host(&self, home: &Path, uid: u32) -> Host {
        let env = self.env.iter().map(|(name, value)| (name.clone(), Secret::from(value.as_str())));
        Host {
            offline: true,
            env: env.collect(),
            cwd: home.join("project"),
            home: home.to_owned(),
            now: self.now,
            uid,
            pid: 4242,
            command: "zirkabot doctor --fix".into(),
            patience: None,
            program: PathBuf::from("/usr/local/bin/zirkabot"),
            root: "/nonexistent".into(),
            macos: false,
            keychain: None,
            stdin_tty: false,
            stdout_tty: false,
            stderr_tty: false,
            columns: None,
        }
    }

    /// The home in memory.
    pub(crate) fn memory(&self, home: &Path, uid: u32) -> Memory {
        let mut memory = Memory::new(self.host(home, uid));
        for file in &self.files {
            let path = home.join(&file.path);
            memory.lay_dirs(&path);
            memory.put(&path, Thing::File(file.bytes.clone()), file.mode, file.mtime);
        }
        for (path, to) in &self.links {
            memory.lay_dirs(&home.join(path));
            memory.put(&home.join(path), Thing::Link(to.into()), 0o777, self.now);
        }
        for (path, mode) in &self.dirs {
            memory.lay_dirs(&home.join(path).join("."));
            memory.put(&home.join(path), Thing::Dir, *mode, self.now);
        }
        memory
    }

    /// The home on the disk, laid down in this or the other order.
    pub(crate) fn lay(&self, home: &Path, backwards: bool) {
        let mut files: Vec<&File> = self.files.iter().collect();
        if backwards {
            files.reverse();
        }
        for file in files {
            let path = home.join(&file.path);
            make_dirs(path.parent().unwrap());
            std::fs::write(&path, &file.bytes).unwrap();
            crate::support::plans::chmod(&path, file.mode);
            let time = std::time::SystemTime::UNIX_EPOCH
                + std::time::Duration::from_millis(u64::try_from(file.mtime).unwrap());
            std::fs::File::open(&path).unwrap().set_modified(time).unwrap();
        }
        for (path, to) in &self.links {
            make_dirs(home.join(path).parent().unwrap());
            std::os::unix::fs::symlink(to, home.join(path)).unwrap();
        }
        for (path, mode) in &self.dirs {
            make_dirs(&home.join(path));
            crate::support::plans::chmod(&home.join(path), *mode);
        }
    }
}

fn make_dirs(dir: &Path) {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).unwrap();
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "now {}, ask {:?}, choice {:?}", self.now, self.ask, self.choice)?;
        for (name, value) in &self.env {
            writeln!(f, "env {name}={value}")?;
        }
        for (path, mode) in &self.dirs {
            writeln!(f, "dir {path} {mode:o}")?;
        }
        for (path, to) in &self.links {
            writeln!(f, "link {path} -> {to}")?;
        }
        for file in &self.files {
            let text = String::from_utf8_lossy(&file.bytes);
            let shown: String = text.chars().map(|c| if c == '\r' { '␍' } else { c }).collect();
            writeln!(f, "-- {} ({:o}, {} ms old) --\n{shown}", file.path, file.mode, self.now - file.mtime)?;
        }
        Ok(())
    }
}
