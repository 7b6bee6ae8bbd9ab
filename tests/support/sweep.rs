//! Kills and errors at every write of a program, injected by `strace`: first a clean run is
//! traced, then it is run once for each of its writing system calls under the home and each
//! fault, and looked at afterwards. Knows nothing about what the program is.

use crate::support::plans::leftovers;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Calls that change something. `?`: some do not exist on some machines.
const CALLS: &[&str] = &[
    "?open",
    "openat",
    "?creat",
    "write",
    "pwrite64",
    "writev",
    "ftruncate",
    "fallocate",
    "fsync",
    "fdatasync",
    "?rename",
    "?renameat",
    "renameat2",
    "?link",
    "linkat",
    "?symlink",
    "symlinkat",
    "?unlink",
    "unlinkat",
    "?mkdir",
    "mkdirat",
    "?rmdir",
    "?chmod",
    "fchmod",
    "fchmodat",
    "?chown",
    "fchown",
    "fchownat",
    "?lchown",
    "flock",
    "utimensat",
    "copy_file_range",
];

/// What is injected, once; with `:+` into all later calls of that name as well.
const FAULTS: &[&str] = &["signal=KILL", "error=EACCES", "error=EINTR", "error=ENOSPC:+"];

/// Errors that say as much as each other to a program: of these a call gets one, the next call the next.
const TURNS: &[&str] =
    &["error=EIO", "error=ENOSPC", "error=EDQUOT", "error=EROFS", "error=EMFILE", "error=ENOMEM"];

/// Processes at a time.
const WORKERS: usize = 2;

/// How often a fault is tried again that did not strike what it was meant for.
const RECOUNTS: usize = 5;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Killed in the middle: each file is as before or as it was to be.
    Kill,
    /// It said that it failed: the same, and nothing of its own lies about.
    Failure,
    /// It said that it succeeded, with a fault injected or in the run after it: all is new.
    Success,
}

/// What a look at the home said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Fine,
    /// A file is neither old nor new.
    Torn,
    /// Anything else that must not be.
    Bad(String),
}

/// The result of a sweep.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    /// Writing calls of the clean run.
    pub(crate) calls: usize,
    /// Runs with a fault that really happened.
    pub(crate) injections: usize,
    /// Of these, with a torn file afterwards.
    pub(crate) torn: usize,
    /// All that went wrong, torn files as well.
    pub(crate) faults: Vec<String>,
}

impl Swept {
    /// What was counted, on one line.
    pub(crate) fn summary(&self) -> String {
        format!(
            "{} writing calls, {} injections, {} torn, {} other faults",
            self.calls,
            self.injections,
            self.torn,
            self.faults.len() - self.torn
        )
    }
}

/// The program under test: a command for a home (only the variables that it sets are passed
/// on), what the home is before, and a look at it afterwards.
pub(crate) struct Subject<'a> {
    pub(crate) command: &'a (dyn Fn(&Path) -> Command + Sync),
    pub(crate) build: &'a (dyn Fn(&Path) + Sync),
    pub(crate) check: &'a (dyn Fn(&Path, After) -> Verdict + Sync),
}

/// Whether there is a `strace` that may trace.
pub(crate) fn is_available() -> bool {
    let mut probe = Command::new("strace");
    probe.args(["-o", "/dev/null", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// One call of the clean run that is worth a fault: its name, and the how-manieth of that name
/// it is in its thread.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) nth: usize,
    /// The whole line of the trace.
    pub(crate) line: String,
}

/// Runs `subject` once for each of its writing calls and each fault.
pub(crate) fn sweep(subject: &Subject) -> Swept {
    let calls = trace(subject);
    let faults = |at: usize| FAULTS.iter().chain([&TURNS[at % TURNS.len()]]);
    let jobs: Vec<_> = (0..calls.len()).flat_map(|at| faults(at).map(move |fault| (at, *fault))).collect();
    let next = AtomicUsize::new(0);
    let swept = Mutex::new(Swept { calls: calls.len(), ..Swept::default() });
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((at, fault)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut call = calls[*at].clone();
                    let (mut fired, mut verdicts) = inject(subject, &call, fault);
                    // How many calls come before it may depend on what else runs on the machine; what is
                    // done in the home does not.
                    for _ in 0..RECOUNTS {
                        if fired || verdicts.iter().any(|verdict| *verdict != Verdict::Fine) {
                            break;
                        }
                        call = trace(subject)[*at].clone();
                        (fired, verdicts) = inject(subject, &call, fault);
                    }
                    if !fired {
                        verdicts.push(Verdict::Bad("it did not happen".to_owned()));
                    }
                    let mut swept = swept.lock().unwrap();
                    swept.injections += usize::from(fired);
                    swept.torn += usize::from(verdicts.contains(&Verdict::Torn));
                    let bad = verdicts.iter().filter(|verdict| **verdict != Verdict::Fine);
                    swept
                        .faults
                        .extend(bad.map(|verdict| format!("{verdict:?} after {fault} at {}", call.line)));
                }
            });
        }
    });
    swept.into_inner().unwrap()
}

/// Runs `subject` once for each of its writing calls and each of these signals, which is sent to it at
/// that call; then once more.
pub(crate) fn signal_sweep(subject: &Subject, signals: &[&str]) -> Swept {
    let calls = trace(subject);
    let mut swept = Swept { calls: calls.len(), ..Swept::default() };
    for (call, signal) in calls.iter().flat_map(|call| signals.iter().map(move |signal| (call, signal))) {
        let home = new_home(subject);
        let out = home.dir.path().join("trace");
        let rule = format!("inject={}:signal={signal}:when={}", call.name, call.nth);
        let _ = strace(subject, &home.root, &out, Some(&rule)).status().unwrap();
        let fired = String::from_utf8_lossy(&std::fs::read(out).unwrap()).contains(&format!("SIG{signal}"));
        swept.injections += usize::from(fired);
        let mut verdicts = vec![(subject.check)(&home.root, After::Kill)];
        verdicts.extend(run_again(subject, &home.root));
        let bad = verdicts.iter().filter(|verdict| **verdict != Verdict::Fine);
        swept.faults.extend(bad.map(|verdict| format!("{verdict:?} after {signal} at {}", call.line)));
    }
    swept
}

/// The writing calls of a clean run that have to do with the home.
pub(crate) fn trace(subject: &Subject) -> Vec<Call> {
    let home = new_home(subject);
    let out = home.dir.path().join("trace");
    let status = strace(subject, &home.root, &out, None).status().unwrap();
    assert!(status.success(), "the clean run failed");
    assert_eq!((subject.check)(&home.root, After::Success), Verdict::Fine, "after the clean run");
    let text = String::from_utf8_lossy(&std::fs::read(out).unwrap()).into_owned();
    let mut counts = BTreeMap::new();
    text.lines().filter_map(|line| call_of(line, &home.root.display().to_string(), &mut counts)).collect()
}

fn call_of(line: &str, home: &str, counts: &mut BTreeMap<(String, String), usize>) -> Option<Call> {
    let (thread, rest) = line.split_once(' ')?;
    let (name, args) = rest.trim_start().split_once('(')?;
    let nth = counts.entry((thread.to_owned(), name.to_owned())).or_default();
    *nth += 1;
    let reads_only = name.starts_with("open") && args.contains("O_RDONLY") && !args.contains("O_CREAT");
    (args.contains(home) && !reads_only).then(|| Call {
        name: name.to_owned(),
        nth: *nth,
        line: rest.to_owned(),
    })
}

/// One run with a fault, and an ordinary one after it. Whether the fault happened, and what
/// the home looked like after each.
fn inject(subject: &Subject, call: &Call, fault: &str) -> (bool, Vec<Verdict>) {
    let home = new_home(subject);
    let out = home.dir.path().join("trace");
    let (fault, on) = fault.strip_suffix(":+").map_or((fault, ""), |fault| (fault, "+"));
    let rule = format!("inject={}:{fault}:when={}{on}", call.name, call.nth);
    let status = strace(subject, &home.root, &out, Some(&rule)).status().unwrap();
    let trace = String::from_utf8_lossy(&std::fs::read(out).unwrap()).into_owned();
    let killed = fault.starts_with("signal");
    let mark = if killed { "?" } else { "(INJECTED)" };
    // It must have struck the home, and not some other thread's call of that name.
    let at_home = |line: &str| line.contains(&call.name) && line.contains(&*home.root.to_string_lossy());
    let fired = trace.lines().any(|line| line.ends_with(mark) && at_home(line));
    let after = match (killed, status.success()) {
        (true, _) => After::Kill,
        (false, false) => After::Failure,
        (false, true) => After::Success,
    };
    let mut verdicts = vec![(subject.check)(&home.root, after)];
    if after == After::Failure && fault.ends_with("EINTR") {
        verdicts.push(Verdict::Bad("a mere interruption was taken for a failure".to_owned()));
    }
    if !killed {
        verdicts.extend(
            leftovers(&home.root)
                .iter()
                .filter(|left| left.extension().is_some_and(|end| end == "zirkabot-tmp"))
                .map(|path| left_behind(path)),
        );
    }
    verdicts.extend(run_again(subject, &home.root));
    (fired, verdicts)
}

fn run_again(subject: &Subject, home: &Path) -> Vec<Verdict> {
    let output = (subject.command)(home).stdin(Stdio::null()).output().unwrap();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        return vec![Verdict::Bad(format!("the next run failed: {said}"))];
    }
    let mut verdicts = vec![(subject.check)(home, After::Success)];
    verdicts.extend(leftovers(home).iter().map(|path| left_behind(path)));
    verdicts
}

fn left_behind(path: &Path) -> Verdict {
    Verdict::Bad(format!("left behind: {}", path.display()))
}

struct Home {
    dir: tempfile::TempDir,
    root: std::path::PathBuf,
}

fn new_home(subject: &Subject) -> Home {
    // In memory where that can be had: what is refused is refused at the call, whatever the disk,
    // and thousands of homes are made durable.
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let root = std::fs::canonicalize(dir.path()).unwrap().join("home");
    std::fs::create_dir(&root).unwrap();
    (subject.build)(&root);
    Home { dir, root }
}

fn strace(subject: &Subject, home: &Path, out: &Path, rule: Option<&str>) -> Command {
    let inner = (subject.command)(home);
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-qq", "-s", "0", "-o"]).arg(out);
    command.arg("-e").arg(format!("trace={}", CALLS.join(",")));
    if let Some(rule) = rule {
        command.arg("-e").arg(rule);
    }
    // Quicker, but a signal at the entry of a call is not delivered with it.
    if rule.is_some_and(|rule| !rule.contains("signal")) {
        command.arg("--seccomp-bpf");
    }
    command.arg(inner.get_program()).args(inner.get_args()).env_clear();
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // Not in the home: then every relative call would seem to be about it.
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
