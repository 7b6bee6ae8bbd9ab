//! Start-up of `models status --check` against a floor, a program that only reads the same files;
//! and of `doctor --dry-run` and `models auth print` against `models status --check`.
//!
//! All are whole processes, run in turn; medians and their ratio are printed. Nothing here
//! fails: a machine may be busy. The floor is this file run again with `--floor`, so it must not
//! use the library.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures and prints")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up is to fail")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use zirkabot::catalog::tools::Tool;

const WARM_UP: usize = 20;
const RUNS: usize = 300;
/// The same with `--quick`: whether it runs, and about how long.
const QUICK: usize = 20;

/// The golden home: config, `.env`, store, a Claude Code login that is already stored. Ends in 2099.
const FILES: &[(&str, &str)] = &[
    (
        ".zirkabot/zirkabot.toml",
        r#"# my bot
[agents.defaults.model]
primary = "anthropic/claude-opus-4-5"
fallbacks = ["openai/gpt-5.2"]

[agents.defaults.models]
"anthropic/claude-opus-4-5" = { alias = "opus" }
"openai/gpt-5.2" = { alias = "gpt" }

[auth.profiles]
"anthropic:claude-cli" = { provider = "anthropic", mode = "oauth" }
"anthropic:default" = { provider = "anthropic", mode = "api_key" }

[auth.order]
anthropic = ["anthropic:claude-cli", "anthropic:default"]

[gateway]
mode = "local"
port = 18789
"#,
    ),
    (
        ".zirkabot/.env",
        "# keys\nOPENAI_API_KEY=sk-proj-CANARY-00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\n",
    ),
    (
        ".zirkabot/agents/main/agent/auth-profiles.json",
        r#"{
  "version": 1,
  "profiles": {
    "anthropic:claude-cli": {
      "type": "oauth",
      "provider": "anthropic",
      "access": "sk-ant-oat01-CANARY-access00000000000000000000000000000000000000000000000000000000000000000000000000000000AA",
      "refresh": "sk-ant-ort01-CANARY-refresh0000000000000000000000000000000000000000000000000000000000000000000000000000000AA",
      "expires": 4070908800000
    },
    "anthropic:default": { "type": "api_key", "provider": "anthropic", "key": "sk-ant-api03-CANARY-00000000000000000000000000000000000000000000000000000000000000000000000000000000000000AA" },
    "openai:default": { "type": "api_key", "provider": "openai", "key": "sk-proj-CANARY-11111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111" }
  }
}
"#,
    ),
    (
        ".claude/.credentials.json",
        r#"{"claudeAiOauth":{"accessToken":"sk-ant-oat01-CANARY-access00000000000000000000000000000000000000000000000000000000000000000000000000000000AA","refreshToken":"sk-ant-ort01-CANARY-refresh0000000000000000000000000000000000000000000000000000000000000000000000000000000AA","expiresAt":4070908800000,"subscriptionType":"max"}}
"#,
    ),
];

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).is_some_and(|arg| arg == "--floor") {
        return floor(&args[2..]);
    }
    let home = tempfile::tempdir().unwrap();
    for (path, text) in FILES {
        let path = home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        private(&path);
    }
    private_dirs(home.path());
    let traced = traced_files(home.path());
    let how = if traced.is_some() { "traced" } else { "listed" };
    let read = traced.unwrap_or_else(|| listed_files(home.path()));
    let program = Path::new(env!("CARGO_BIN_EXE_zirkabot"));
    let ours = || command(program, home.path(), &["models", "status", "--check"]);
    let doctor = || command(program, home.path(), &["doctor", "--dry-run"]);
    let print = || command(program, home.path(), &["models", "auth", "print", "--provider", "anthropic"]);
    let this = std::env::current_exe().unwrap();
    let floor = || {
        let mut command = command(&this, home.path(), &["--floor"]);
        command.args(&read);
        command
    };
    for ours in &mut [ours(), doctor(), print()] {
        assert_eq!(ours.status().unwrap().code(), Some(0), "the golden home is not golden");
    }
    let (mut a, mut b, mut c, mut d) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let runs = if std::env::args().any(|arg| arg == "--quick") { QUICK } else { RUNS };
    for run in 0..WARM_UP + runs {
        let times = (time(ours()), time(floor()), time(doctor()), time(print()));
        if run >= WARM_UP {
            a.push(times.0);
            b.push(times.1);
            c.push(times.2);
            d.push(times.3);
        }
    }
    let (status, least, full, printed) = (median(&mut a), median(&mut b), median(&mut c), median(&mut d));
    println!("start-up, {runs} runs each, in turn: median (minimum)");
    println!("  models status --check  {:>7.3} ms ({:.3})", millis(status), millis(a[0]));
    println!("  floor                  {:>7.3} ms ({:.3})", millis(least), millis(b[0]));
    println!("  doctor --dry-run       {:>7.3} ms ({:.3})", millis(full), millis(c[0]));
    println!("  models auth print      {:>7.3} ms ({:.3})", millis(printed), millis(d[0]));
    println!("  the floor opens the same files, {} as {how}: {}", read.len(), names(&read, home.path()));
    told("status to floor", status, least);
    told("doctor to status", full, status);
    told("print to status", printed, status);
}

fn told(what: &str, one: Duration, other: Duration) {
    let ratio = one.as_secs_f64() / other.as_secs_f64();
    let held = if ratio <= 2.0 { "yes" } else { "NO" };
    println!("  {what:<22} {ratio:>7.2}    wanted: at most 2.00: {held}");
}

fn names(files: &[String], home: &Path) -> String {
    let home = format!("{}/", home.display());
    files.iter().map(|file| file.replace(&home, "~/")).collect::<Vec<_>>().join(" ")
}

/// Opens and reads every file, as the program under test must.
fn floor(files: &[String]) {
    let bytes: usize =
        files.iter().filter_map(|file| std::fs::read(file).ok()).map(|bytes| bytes.len()).sum();
    std::hint::black_box(bytes);
}

/// The files of the home that the program opens, or tries to, in its order; `None` where system
/// calls cannot be traced.
fn traced_files(home: &Path) -> Option<Vec<String>> {
    let log = tempfile::NamedTempFile::new().ok()?;
    let mut strace =
        command(Path::new("strace"), home, &["-f", "-qq", "-s", "4096", "-e", "trace=open,openat", "-o"]);
    // What is not listed in the environment is not found; `strace` itself has to be.
    strace.env("PATH", "/usr/local/bin:/usr/bin:/bin").arg(log.path());
    strace.arg(env!("CARGO_BIN_EXE_zirkabot")).args(["models", "status", "--check"]).status().ok()?;
    let calls = std::fs::read_to_string(log.path()).ok()?;
    let mut files = Vec::new();
    for call in calls.lines().filter(|call| !call.contains("O_DIRECTORY")) {
        let Some(path) = call.split('"').nth(1) else { continue };
        if Path::new(path).starts_with(home) && !files.iter().any(|file| file == path) {
            files.push(path.to_owned());
        }
    }
    (!files.is_empty()).then_some(files)
}

/// The same from memory: the files that are there, and those that are looked for in vain.
fn listed_files(home: &Path) -> Vec<String> {
    let there = || FILES.iter().map(|(path, _)| home.join(path));
    let tools = Tool::ALL.into_iter().map(|tool| home.join(tool.row().path()));
    let absent = tools.filter(|path| there().all(|known| known != *path));
    let all = there().chain([home.join(".zirkabot/zirkabot.json")]).chain(absent);
    all.map(|path| path.display().to_string()).collect()
}

fn command(program: &Path, home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).env_clear().env("HOME", home).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn time(mut command: Command) -> Duration {
    let start = Instant::now();
    command.status().unwrap();
    start.elapsed()
}

/// Sorts, and gives the middle.
fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn private_dirs(home: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let dirs: Vec<PathBuf> = walkdir::WalkDir::new(home)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_dir())
        .map(walkdir::DirEntry::into_path)
        .collect();
    for dir in dirs {
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
}
