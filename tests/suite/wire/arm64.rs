//! The main job on the other processor: the program that `release/cross link aarch64-unknown-linux-musl` makes, run by
//! QEMU. It says and writes what the program of this machine says and writes in the same home.

use crate::support::home::{Home, STORE};
use crate::support::tools::tool;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The program; `None` where it is not there, or older than what it was made from.
fn linked() -> Option<PathBuf> {
    const LINK: &str = "release/cross link aarch64-unknown-linux-musl";
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = root.join("target/cross/target/aarch64-unknown-linux-musl/debug/zirkabot");
    let made = |path: &Path| path.metadata().and_then(|about| about.modified());
    let Ok(linked) = made(&program) else {
        println!("there is no program for arm64 ({LINK} makes it): skipped");
        return None;
    };
    let sources = walkdir::WalkDir::new(root.join("src")).into_iter().map(|entry| entry.unwrap().into_path());
    let newest: SystemTime =
        sources.chain([root.join("Cargo.lock")]).map(|path| made(&path).unwrap()).max()?;
    if newest > linked {
        println!("the program for arm64 is older than its source ({LINK} makes it again): skipped");
    }
    (newest <= linked).then_some(program)
}

/// What a command line comes to: exit code and all that is said, without what no two runs have in common.
fn said(mut command: Command, home: &Home, line: &str) -> (Option<i32>, String) {
    command.args(line.split(' ')).env_clear().envs(home.environment());
    command.env("PATH", "/usr/bin:/bin").current_dir(home.path());
    let output = command.output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), without_times(&text.replace(&home.path().display().to_string(), "[HOME]")))
}

/// The text in one line, without ids of changes and the minute in which one was made: the two runs are not at once.
fn without_times(text: &str) -> String {
    let is_time = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        word.starts_with("20") && word.contains('T') && digits > 16 || word.contains(':') && digits == 4
    };
    let words = text.split([' ', '\n']).map(|word| if is_time(word) { "[TIME]" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// The files of a home, with their modes; without the journal and backups, which have ids in them.
fn files(home: &Home) -> BTreeMap<String, (u32, String)> {
    let own = |path: &str| {
        !path.contains("/backups") && !path.ends_with("/journal.jsonl") && !path.ends_with("/.lock")
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let all = home.snapshot().into_iter().filter(|(path, _)| own(path));
    all.map(|(path, entry)| (path, (entry.mode, text(&entry.bytes)))).collect()
}

#[test]
fn the_main_job_is_done_on_arm64_as_it_is_here() {
    let (Some(program), Some(_)) = (linked(), tool("qemu-aarch64-static")) else { return };
    let (here, there) = (Home::named("doctor/repairs"), Home::named("doctor/repairs"));
    let mut seen = Vec::new();
    for home in [&here, &there] {
        let key = format!("sk-or-v1-{}", "0123456789abcdef".repeat(4));
        std::fs::write(home.path().join("token"), key).unwrap();
    }
    for (line, expected) in [
        ("--version", 0),
        ("models status --check", 1),
        ("doctor --fix", 0),
        ("models status --check", 0),
        ("models auth paste-token --provider openrouter --token-file token", 0),
        ("undo", 0),
        ("config set auth.warnWithin 3d", 0),
        ("doctor --fix", 0),
        ("models list --all --json", 0),
    ] {
        let mut emulated = tool("qemu-aarch64-static").unwrap();
        emulated.arg(&program);
        let got = said(emulated, &there, line);
        let wanted = said(Command::new(env!("CARGO_BIN_EXE_zirkabot")), &here, line);
        assert_eq!(got, wanted, "{line}");
        assert_eq!(got.0, Some(expected), "{line}: {}", got.1);
        assert_eq!(files(&there), files(&here), "{line}");
        seen.push(files(&there));
    }
    // It has done something: repaired, stored, and undone that to the byte.
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[1], seen[2]);
    assert_ne!(seen[3][STORE], seen[4][STORE]);
    assert_eq!(seen[3], seen[5]);
}
