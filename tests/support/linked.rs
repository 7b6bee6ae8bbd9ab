//! Programs that `release/cross link` makes for other systems and processors, what runs them here, and what such a one
//! and the program of this machine say and write for the same command line, to be held against each other.

use crate::support::home::Home;
use crate::support::tools::tool;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// Another system or processor.
pub(crate) struct Other {
    /// What people call it.
    pub(crate) name: &'static str,
    /// What Rust calls it.
    pub(crate) target: &'static str,
    /// The file that is the program there.
    pub(crate) file: &'static str,
    /// What runs a program of it here.
    pub(crate) runner: &'static str,
}

impl Other {
    /// What runs its program, and the program; `None` where one of them is not there, or where the program is older than
    /// what it was made from.
    pub(crate) fn program(&self) -> Option<(Command, PathBuf)> {
        let program = self.linked()?;
        Some((tool(self.runner)?, program))
    }

    fn linked(&self) -> Option<PathBuf> {
        let Self { name, target, file, .. } = self;
        let link = format!("release/cross link {target}");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let program = root.join(format!("target/cross/target/{target}/debug/{file}"));
        let made = |path: &Path| path.metadata().and_then(|about| about.modified());
        let Ok(linked) = made(&program) else {
            println!("there is no program for {name} ({link} makes it): skipped");
            return None;
        };
        let sources = walkdir::WalkDir::new(root.join("src")).into_iter();
        let sources = sources.map(|entry| entry.unwrap().into_path()).chain([root.join("Cargo.lock")]);
        let newest: SystemTime = sources.map(|path| made(&path).unwrap()).max()?;
        if newest > linked {
            println!("the program for {name} is older than its source ({link} makes it again): skipped");
        }
        (newest <= linked).then_some(program)
    }
}

/// What a command line comes to in a home: exit code and all that is said, without what no two runs have in common. Of
/// the environment here it has nothing but what the command brings with it.
pub(crate) fn said(mut command: Command, home: &Home, line: &str) -> (Option<i32>, String) {
    let brought: Vec<_> =
        command.get_envs().map(|(name, value)| (name.into(), value.map(Into::into))).collect();
    let brought: Vec<(std::ffi::OsString, std::ffi::OsString)> =
        brought.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    command.args(line.split(' ')).env_clear().envs(home.environment()).env("PATH", "/usr/bin:/bin");
    let output = command.envs(brought).current_dir(home.path()).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), without_times(&text.replace(&home.path().display().to_string(), "[HOME]")))
}

/// The text in one line, without ids of changes, which may be short, and the minute in which one was made: the two runs
/// are not at once.
fn without_times(text: &str) -> String {
    let is_time = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        word.starts_with("20") && word.contains('-') && digits >= 8
            || word.contains(':') && digits == 4
            || digits > 1 && digits == word.len()
    };
    let words = text.split([' ', '\n']).map(|word| if is_time(word) { "[TIME]" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// The files of a home, with their modes; without the journal and backups, which have ids in them.
pub(crate) fn files(home: &Home) -> BTreeMap<String, (u32, String)> {
    let own = |path: &str| {
        !path.contains("/backups") && !path.ends_with("/journal.jsonl") && !path.ends_with("/.lock")
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let all = home.snapshot().into_iter().filter(|(path, _)| own(path));
    all.map(|(path, entry)| (path, (entry.mode, text(&entry.bytes)))).collect()
}
