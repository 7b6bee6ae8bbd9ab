//! Bad input: whatever stands in the place of a file, the real program ends soon, in little
//! memory, with a finding, and leaves the file as it is.

use crate::support::home::{CONFIG, STORE};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zirkabot::catalog::tools::Tool;

/// Most memory that the program may map, in KiB: data and stack, not the file mappings of libc.
const MEMORY: u64 = 64 << 10;

/// Files of a home that are broken in turn, and what `--check` answers when they are.
const FILES: &[(&str, u8)] = &[
    (CONFIG, 1),
    (".zirkabot/zirkabot.json", 1),
    (STORE, 1),
    // The key stands elsewhere too, so it only gives findings, as logins of other programs do.
    (".zirkabot/.env", 0),
];

/// What is put into the place of a file.
enum Bad {
    Bytes(Vec<u8>),
    Sparse(u64),
    Directory,
    Fifo,
    Unreadable,
    Dangling,
}

fn kinds() -> Vec<(&'static str, Bad)> {
    let text = |text: &str| Bad::Bytes(text.as_bytes().to_vec());
    vec![
        ("malformed", text("{\"a\": CANARY \"")),
        ("truncated", text("{\"version\": 1, \"profiles\": {\"a:b\": {\"key\": \"CANARY")),
        ("not UTF-8", Bad::Bytes(b"{\"a\": \"\xff\xfe\"}".to_vec())),
        ("NUL bytes", Bad::Bytes(vec![0; 4096])),
        ("100 MB", Bad::Sparse(100_000_000)),
        ("deep arrays", Bad::Bytes(vec![b'['; 1 << 20])),
        ("deep objects", text(&"{\"a\":".repeat(200_000))),
        ("deep inline tables", text(&format!("x = {}", "{a=".repeat(60_000)))),
        ("a long dotted key", text(&format!("a{} = 1", ".a".repeat(500_000)))),
        ("many small values", text(&format!("[{}0]", "0,".repeat(500_000)))),
        ("many lines", text(&"a = 1\n".repeat(150_000))),
        ("a line of 1 MiB", text(&format!("\"{}\"", "x".repeat((1 << 20) - 2)))),
        ("a directory", Bad::Directory),
        ("a FIFO", Bad::Fifo),
        ("unreadable", Bad::Unreadable),
        ("a dangling link", Bad::Dangling),
    ]
}

fn put(path: &Path, bad: &Bad) {
    let _ = std::fs::remove_file(path);
    match bad {
        Bad::Bytes(bytes) => std::fs::write(path, bytes).unwrap(),
        Bad::Sparse(length) => std::fs::File::create(path).unwrap().set_len(*length).unwrap(),
        Bad::Directory => std::fs::create_dir(path).unwrap(),
        Bad::Fifo => rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::RUSR).unwrap(),
        Bad::Unreadable => {
            std::fs::write(path, "x = 1\n").unwrap();
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o000)).unwrap();
        }
        Bad::Dangling => std::os::unix::fs::symlink("nowhere", path).unwrap(),
    }
}

/// A healthy home, with a key in the environment.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let file = |path: &str, text: &str| {
        let path = home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    file(".zirkabot/.env", "GROQ_API_KEY=gsk_CANARY0000000000000000000000000000000000000000000000\n");
    file(STORE, "{\"version\": 1, \"profiles\": {}}\n");
    for tool in Tool::ALL {
        std::fs::create_dir_all(home.path().join(tool.row().path()).parent().unwrap()).unwrap();
    }
    home
}

/// Runs the real program as a user to whom permissions apply, with two seconds of processor time
/// and bounded memory; past them it is killed or fails.
fn run(home: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new("/bin/sh");
    // `ulimit -v` bounds the address space; what the loader and libc map comes on top.
    let limit = format!("ulimit -t 2 && ulimit -v {} && exec \"$0\" \"$@\"", MEMORY + (16 << 10));
    command.arg("-c").arg(limit).arg(env!("CARGO_BIN_EXE_zirkabot")).args(args);
    command.env_clear().env("HOME", home).env("ANTHROPIC_API_KEY", "sk-ant-api03-CANARY-0000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    if rustix::process::geteuid().is_root() {
        own(home);
        command.uid(65534).gid(65534);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

/// Gives the home to the user that the program runs as, links and what they lead to left alone.
fn own(home: &Path) {
    for entry in walkdir::WalkDir::new(home).into_iter().filter_map(Result::ok) {
        std::os::unix::fs::lchown(entry.path(), Some(65534), Some(65534)).unwrap();
    }
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_zirkabot"));
    assert!(binary.is_file());
}

#[test]
fn whatever_stands_in_the_place_of_a_file_is_told_and_left() {
    let mut failures = Vec::new();
    let files = FILES.iter().map(|(file, code)| (PathBuf::from(file), *code));
    for (file, code) in files.chain(Tool::ALL.map(|tool| (tool.row().path(), 0))) {
        for (what, bad) in kinds() {
            let home = home();
            let path = home.path().join(&file);
            put(&path, &bad);
            let before = std::fs::symlink_metadata(&path).unwrap();
            for args in [&["models", "status", "--check"][..], &["models", "status"]] {
                let (exit, text) = run(home.path(), args);
                let name = format!("{} is {what}, `{}`", file.display(), args.join(" "));
                let is_config = file.file_stem().is_some_and(|stem| stem == "zirkabot");
                // Of a config it says that there is to be one; anything else that is not there is none.
                let dangling = matches!(bad, Bad::Dangling) && !is_config;
                let expected = if args.len() == 3 && !dangling { i32::from(code) } else { 0 };
                // A healthy text may stand in a `.env` file by accident.
                if exit != Some(expected) {
                    failures.push(format!("{name}: exit {exit:?} instead of {expected}: {text}"));
                }
                if text.contains("CANARY") || text.contains("panicked") || text.contains("internal fault") {
                    failures.push(format!("{name}: {text}"));
                }
                let after = std::fs::symlink_metadata(&path).unwrap();
                if (after.len(), after.modified().unwrap()) != (before.len(), before.modified().unwrap()) {
                    failures.push(format!("{name}: was changed"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_schema_replaces_by_force_what_it_says_and_nothing_else() {
    let mut offered = 0;
    // Where a link leads to nothing, nothing is replaced.
    for (what, bad) in kinds().into_iter().filter(|(_, bad)| !matches!(bad, Bad::Dangling)) {
        let home = home();
        let path = home.path().join(".zirkabot/zirkabot.schema.json");
        put(&path, &bad);
        let before = std::fs::symlink_metadata(&path).unwrap();
        let line = ["config", "schema", "--install", "--force"];
        let (first, text) = run(home.path(), &line[..3]);
        let (forced, told) = run(home.path(), &line);
        let offers = text.contains("--force");
        assert_eq!(first, Some(1), "{what}: {text}");
        assert_eq!(forced, Some(i32::from(!offers)), "{what}: {text}{told}");
        assert!(!text.contains("CANARY"), "{what}: {text}");
        if !offers {
            let after = std::fs::symlink_metadata(&path).unwrap();
            assert_eq!(after.modified().unwrap(), before.modified().unwrap(), "{what}");
        }
        offered += usize::from(offers);
    }
    assert!((3..kinds().len() - 3).contains(&offered), "{offered}");
}

#[test]
fn a_slip_in_a_flag_exits_64() {
    let home = home();
    for args in [
        &["models", "status", "--chekc"][..],
        &["modles"],
        &["models", "status", "--warn-within", "soon"],
        &["explain", "no/such-code"],
    ] {
        assert_eq!(run(home.path(), args).0, Some(64), "{args:?}");
    }
}

#[test]
fn a_reader_that_stops_early_is_no_fault() {
    let home = home();
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg("\"$0\" explain --list | head -1; exit ${PIPESTATUS:-0}");
    command
        .arg(env!("CARGO_BIN_EXE_zirkabot"))
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", "/usr/bin:/bin");
    let output = command.output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
