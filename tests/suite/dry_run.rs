//! Dry runs make no mutating system call: the real program under `strace`, on every fixture.
//!
//! That a home looks the same afterwards is checked elsewhere; here it is about locks, caches and
//! files that were made and removed again.

use crate::case;
use crate::home::Home;
use std::ffi::OsStr;
use std::path::Path;
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
    "setxattrat",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "removexattrat",
    "flock",
    "fsync",
    "fdatasync",
    "sync",
    "syncfs",
    "sync_file_range",
    "copy_file_range",
    "sendfile",
    "splice",
    "mount",
    "umount2",
    "open_by_handle_at",
    "io_uring_setup",
    "io_submit",
    "socket",
    "socketpair",
    "connect",
    "execve",
    "execveat",
    "fork",
    "vfork",
    "kill",
];

/// Calls that open something; they mutate if they may write or create.
const OPENING: &[&str] = &["open", "openat", "openat2", "mq_open"];

/// Flags with which a file may be written or made.
const WRITING: &[&str] = &["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"];

/// Devices that may be opened to be written: nothing stays in them.
const DEVICES: &[&str] = &["\"/dev/null\"", "\"/dev/tty\""];

/// What a traced program did.
struct Traced {
    calls: String,
    exit: Option<i32>,
}

/// Lines of a trace that tell of a change.
fn mutations(calls: &str) -> Vec<&str> {
    calls.lines().filter(|line| mutates(line)).collect()
}

/// Whether a line such as `123 openat(AT_FDCWD, "x", O_RDONLY) = 3` tells of a change.
fn mutates(line: &str) -> bool {
    let Some((call, arguments)) = line.split_once('(') else { return false };
    let call = call.rsplit(' ').next().unwrap_or(call);
    let has = |words: &[&str]| words.iter().any(|word| arguments.contains(word));
    match call {
        _ if OPENING.contains(&call) => has(WRITING) && !has(DEVICES),
        "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" => {
            !["1,", "2,"].iter().any(|fd| arguments.starts_with(fd))
        }
        // Locks on a part of a file, and signals to its owner.
        "fcntl" => has(&["F_SETLK", "F_OFD_SETLK", "F_SETLEASE", "F_SETOWN"]),
        "mmap" => has(&["MAP_SHARED"]) && has(&["PROT_WRITE"]) && !has(&["MAP_ANONYMOUS"]),
        "clone" | "clone3" => !has(&["CLONE_THREAD"]),
        _ => MUTATING.contains(&call),
    }
}

/// Whether system calls can be traced here; says so if not.
fn can_trace() -> bool {
    let there = Command::new("strace").arg("-V").output().is_ok();
    if !there {
        println!("skipped: strace is not installed");
    }
    there
}

/// Runs a program and writes down every system call of it and of its children.
fn trace<S: AsRef<OsStr>>(program: &str, args: &[S], environment: &[(String, String)]) -> Traced {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("trace");
    // By its path: the home's own PATH is for the program that is traced.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let strace = std::env::split_paths(&path).map(|dir| dir.join("strace")).find(|file| file.is_file());
    let mut strace = Command::new(strace.unwrap());
    strace.args(["-f", "-qq", "-s", "4096", "-o"]).arg(&log).arg(program).args(args);
    let output = strace.env_clear().envs(environment.iter().cloned()).output().unwrap();
    let calls = std::fs::read_to_string(&log).unwrap_or_default();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(calls.contains("exit_group("), "the trace of {program} is not whole: {complaint}");
    // The first call starts the program itself.
    let calls = calls.split_once('\n').map_or("", |(_, rest)| rest).to_owned();
    Traced { calls, exit: output.status.code() }
}

/// The program itself in a home, with the arguments of a command line.
fn trace_ours(home: &Home, line: &str) -> Traced {
    let args: Vec<_> = line.split_whitespace().skip(1).collect();
    trace(env!("CARGO_BIN_EXE_zirkabot"), &args, &home.environment())
}

/// What looks at the service too, and may ask its manager.
const DEEP: &[&str] = &[
    "zirkabot plan --force",
    "zirkabot doctor --dry-run --fix",
    "zirkabot service plan --force",
    "zirkabot env",
];

const DRY: &[&str] = &[
    "zirkabot models status --check",
    "zirkabot models status --check --json --all-agents",
    "zirkabot models auth why anthropic",
    "zirkabot models auth list",
    "zirkabot models auth order get --provider anthropic --json",
    "zirkabot models auth order clear --provider anthropic --dry-run",
    "zirkabot models auth paste-token --provider anthropic --dry-run",
    "zirkabot models list --all",
    "zirkabot models aliases list",
    "zirkabot models set openai/gpt-5.2 --dry-run",
    "zirkabot models fallbacks add zai/glm-4.7 --dry-run --json",
    "zirkabot monitor --dry-run --ntfy FAKE-topic --webhook http://127.0.0.1:1/ --desktop --hook /bin/true",
    "zirkabot session list --json",
    "zirkabot session model --session main /model status",
    "zirkabot session model --session main /model default@anthropic:default --dry-run",
    "zirkabot config validate",
    "zirkabot config get agents",
    "zirkabot config set gateway.port 18790 --dry-run",
    "zirkabot history --json",
    "zirkabot completions bash",
    "zirkabot man",
];

#[test]
fn a_shell_that_asks_for_candidates_changes_nothing() {
    if !can_trace() {
        return;
    }
    let mut failures = Vec::new();
    for case in case::all() {
        let mut home = Home::of(&case);
        home.set("ZIRKABOT_COMPLETE", "bash");
        for line in ["zirkabot -- zirkabot models auth remove a", "zirkabot -- zirkabot undo 2"] {
            let Traced { calls, exit } = trace_ours(&home, line);
            failures.extend(mutations(&calls).iter().map(|call| format!("{}: `{line}`: {call}", case.name)));
            // Nothing is started either: neither a login shell nor what reads a Keychain.
            let started = calls.lines().filter(|call| call.contains("execve(")).count();
            if exit != Some(0) || started > 1 {
                failures.push(format!("{}: `{line}` exits {exit:?} and starts {started}", case.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn dry_runs_change_nothing() {
    if !can_trace() {
        return;
    }
    let mut failures = Vec::new();
    let mut traced = 0;
    for case in case::all() {
        // The login shell is a program of the user's own; it is not ours to promise for.
        if case.name.starts_with("env/shell-import") {
            continue;
        }
        // Nor are the programs that a home brings along.
        let brings = case.files.iter().any(|file| file.path.starts_with("bin/"));
        let home = Home::of(&case);
        for line in DRY.iter().chain(DEEP.iter().filter(|_| !brings)) {
            let Traced { calls, exit } = trace_ours(&home, line);
            traced += 1;
            failures.extend(mutations(&calls).iter().map(|call| format!("{}: `{line}`: {call}", case.name)));
            if exit.is_none_or(|exit| exit >= 64) {
                failures.push(format!("{}: `{line}` exits {exit:?}", case.name));
            }
        }
    }
    println!("{traced} dry runs traced, {} mutating calls", failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A login that is at home with Claude Code, with an hour left or over.
fn borrower(ends: i64, config: &str) -> Home {
    let login = format!(
        r#"{{"claudeAiOauth":{{"accessToken":"sk-ant-oat01-CANARY","refreshToken":"sk-ant-ort01-CANARY","expiresAt":{ends}}}}}"#
    );
    Home::with(0, &[(".claude/.credentials.json", &login), (".zirkabot/zirkabot.toml", config)])
}

#[test]
fn who_has_a_fresh_login_asks_nobody_and_nor_does_who_must_not() {
    if !can_trace() {
        return;
    }
    for (home, exit) in [
        (borrower(4_070_908_800_000, ""), 0),
        (borrower(1_000_000_000_000, "[auth]\nrefreshBorrowed = \"never\"\n"), 1),
    ] {
        let Traced { calls, exit: ended } =
            trace_ours(&home, "zirkabot models auth print --provider anthropic");
        assert_eq!(ended, Some(exit));
        assert!(!calls.contains("AF_INET"), "somebody was asked");
        let foreign: Vec<_> =
            mutations(&calls).into_iter().filter(|line| line.contains("/.claude")).collect();
        assert_eq!(foreign, Vec::<&str>::new());
    }
}

#[test]
fn a_secret_that_is_only_tried_changes_nothing() {
    if !can_trace() {
        return;
    }
    let cases = case::all();
    let home = Home::of(cases.iter().find(|case| case.name == "auth/paste").unwrap());
    let file = home.path().join("token.txt").display().to_string();
    let line = format!("zirkabot models auth paste-token --provider anthropic --dry-run --token-file {file}");
    let Traced { calls, exit } = trace_ours(&home, &line);
    assert_eq!(exit, Some(0));
    assert_eq!(mutations(&calls), Vec::<&str>::new());
}

/// Negative controls: without them, a checker that sees nothing would be content.
#[test]
fn writers_are_caught() {
    if !can_trace() {
        return;
    }
    for (script, call) in [
        ("echo x >file", "openat"),
        (": >>file", "openat"),
        ("mkdir dir", "mkdir"),
        ("touch file", "openat"),
        ("touch -d @0 old", "utimensat"),
        ("chmod 600 old", "fchmodat"),
        ("mv old new", "rename"),
        ("ln -s old new", "symlink"),
        ("ln old new", "link"),
        ("rm old", "unlink"),
        ("mkfifo fifo", "mknod"),
        ("truncate -s 0 old", "openat"),
        ("flock old true", "flock"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("old"), "x").unwrap();
        let script = format!("cd '{}'; {script}", dir.path().display());
        let environment = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
        let Traced { calls, .. } = trace("/bin/sh", &["-c", &script], &environment);
        let caught = mutations(&calls);
        assert!(caught.iter().any(|line| line.contains(call)), "{script}: {caught:#?}");
    }
}

#[test]
fn the_program_itself_is_caught_when_it_writes() {
    if !can_trace() {
        return;
    }
    let case = case::all().into_iter().find(|case| case.name == "sync/first-login").unwrap();
    let home = Home::of(&case);
    let Traced { calls, .. } = trace_ours(&home, "zirkabot models status");
    let caught = mutations(&calls).join("\n");
    let store = Path::new(".zirkabot/agents/main/agent/auth-profiles.json");
    assert!(home.path().join(store).is_file(), "nothing was stored");
    for call in ["mkdir", "O_CREAT", "fsync(", "rename", "flock("] {
        assert!(caught.contains(call), "{call} is not in {caught}");
    }
}

#[test]
fn lines_of_a_trace_are_told_apart() {
    for line in [
        r#"1 openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3"#,
        r#"1 openat(AT_FDCWD, "/dev/null", O_RDWR|O_CLOEXEC) = 3"#,
        r#"1 write(1, "write(5, O_CREAT) ", 18) = 18"#,
        r#"1 write(2, "x", 1) = 1"#,
        "1 mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f",
        "1 fcntl(3, F_SETFD, FD_CLOEXEC) = 0",
        "1 --- SIGCHLD {si_signo=SIGCHLD} ---",
        "1 +++ exited with 0 +++",
    ] {
        assert!(!mutates(line), "{line}");
    }
    for line in [
        r#"1 write(3, "x", 1) = 1"#,
        r#"1 pwrite64(12, "1, 2,", 5, 0) = 5"#,
        r#"1 openat(AT_FDCWD, "/tmp", O_RDWR|O_TMPFILE, 0600 <unfinished ...>"#,
        "1 fcntl(3, F_SETLK, {l_type=F_WRLCK}) = 0",
        "1 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0) = 0x7f",
        "1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 2",
    ] {
        assert!(mutates(line), "{line}");
    }
}
