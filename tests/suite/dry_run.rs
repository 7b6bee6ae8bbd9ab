//! Dry runs make no mutating system call: the real program under `strace`, on every fixture.

use crate::case;
use crate::home::Home;
use std::process::Command;

/// Calls that change something, whatever their arguments.
const MUTATING: &[&str] = &[
    "creat",
    "mkdir",
    "mkdirat",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "truncate",
    "ftruncate",
    "utime",
    "utimes",
    "futimesat",
    "utimensat",
    "fallocate",
    "mknod",
    "mknodat",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "flock",
    "fsync",
    "fdatasync",
    "sync",
    "syncfs",
    "copy_file_range",
    "sendfile",
    "mount",
    "socket",
    "connect",
    "execve",
];

/// Calls that open something; they mutate if they may write or create.
const OPENING: &[&str] = &["open", "openat", "openat2"];

/// Lines of a trace that tell of a change.
fn mutations(trace: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in trace.lines() {
        let call = line.split_once('(').map_or("", |(call, _)| call.rsplit(' ').next().unwrap_or(call));
        let opens = OPENING.contains(&call)
            && ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"]
                .iter()
                .any(|flag| line.contains(flag))
            && !line.contains("\"/dev/null\"");
        let writes = ["write", "writev", "pwrite64", "pwritev"].contains(&call)
            && !["(1,", "(2,"].iter().any(|fd| line.contains(fd));
        if MUTATING.contains(&call) || opens || writes {
            found.push(line.to_owned());
        }
    }
    found
}

/// The trace of a command; `None` where there is no `strace`.
fn trace(mut command: Command, log: &std::path::Path) -> Option<String> {
    let program = command.get_program().to_owned();
    let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    command = {
        let mut traced = Command::new("strace");
        traced.arg("-f").arg("-qq").arg("-o").arg(log).arg(program).args(args);
        for (name, value) in command.get_envs() {
            traced.env(name, value.unwrap_or_default());
        }
        traced
    };
    let output = command.env_remove("RUST_BACKTRACE").output().ok()?;
    drop(output);
    let text = std::fs::read_to_string(log).unwrap();
    // The first call starts the program itself.
    Some(text.lines().skip(1).collect::<Vec<_>>().join("\n"))
}

#[test]
fn dry_runs_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("trace");
    let mut failures = Vec::new();
    let mut traced = 0;
    for case in case::all() {
        // The login shell is a program of the user's own; it is not ours to promise for.
        if case.name.starts_with("env/shell-import") {
            continue;
        }
        let home = Home::of(&case);
        for args in
            [&["models", "status", "--check"][..], &["models", "status", "--check", "--json", "--all-agents"]]
        {
            let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
            command.args(args).env_clear().envs(home.environment());
            let Some(trace) = trace(command, &log) else {
                println!("skipped: strace is not installed");
                return;
            };
            traced += 1;
            assert!(trace.contains("openat("), "{}: the trace is empty", case.name);
            failures.extend(mutations(&trace).into_iter().map(|line| format!("{}: {line}", case.name)));
        }
    }
    println!("{traced} dry runs traced, {} mutating calls", failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_writer_is_caught() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg("echo x >\"$FILE\"").env_clear().env("FILE", dir.path().join("file"));
    let Some(trace) = trace(command, &dir.path().join("trace")) else {
        println!("skipped: strace is not installed");
        return;
    };
    assert!(!mutations(&trace).is_empty(), "{trace}");
}
