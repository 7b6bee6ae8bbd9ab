//! How time grows with the number of agents: `models status --check --all-agents --json` and
//! `doctor --dry-run --json` over 1 to 1,000 agents of 20 profiles each, whole processes.
//!
//! Printed is the time per profile over what a home with a single profile costs: start-up, with
//! every stage touched once. It should be flat.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures and prints")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up is to fail")]

use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROFILES: usize = 20;
const AGENTS: &[usize] = &[1, 10, 100, 300, 1000];
const ROUNDS: usize = 40;
const VISIT: Duration = Duration::from_millis(15);
const BUDGET: Duration = Duration::from_secs(20);
/// The same with `--quick`: whether it runs, and about how long.
const QUICK: Duration = Duration::from_secs(3);

const COMMANDS: [&[&str]; 2] =
    [&["models", "status", "--check", "--all-agents", "--json"], &["doctor", "--dry-run", "--json"]];

fn main() {
    let sizes = [(1, 1)].into_iter().chain(AGENTS.iter().map(|agents| (*agents, PROFILES)));
    let homes: Vec<_> = sizes.map(|(agents, profiles)| home(agents, profiles)).collect();
    COMMANDS.iter().for_each(|command| scale(&homes, command));
}

fn scale(homes: &[tempfile::TempDir], command: &[&str]) {
    let (fastest, rounds) = measure(homes, command);
    let base = fastest[0];
    println!(
        "scaling of {}, {PROFILES} profiles an agent, best of {rounds} rounds; {:.3} ms for one profile",
        command.join(" "),
        millis(base)
    );
    let mut per_profile = Vec::new();
    for (agents, time) in AGENTS.iter().zip(&fastest[1..]) {
        let each = time.saturating_sub(base).as_secs_f64() * 1e6 / (agents * PROFILES - 1) as f64;
        println!("  {agents:>5} agents  {:>9.3} ms  {each:>7.2} µs a profile", millis(*time));
        per_profile.push(each);
    }
    per_profile.retain(|each| *each > 0.0);
    let spread = spread(&per_profile);
    let held = if spread <= 25.0 { "yes" } else { "NO" };
    println!("  spread of the time per profile: {spread:.0} %, wanted: within 25 %: {held}");
}

/// How much slower the slowest is than the fastest, in percent.
fn spread(times: &[f64]) -> f64 {
    let (least, most) = times.iter().fold((f64::MAX, 0.0_f64), |(a, b), each| (a.min(*each), b.max(*each)));
    (most / least - 1.0) * 100.0
}

/// The fastest run in each home: what the work takes when nothing disturbs it. All homes take
/// part in every round, so that a busy minute does not fall on one of them.
fn measure(homes: &[tempfile::TempDir], command: &[&str]) -> (Vec<Duration>, usize) {
    let mut fastest: Vec<_> = homes.iter().map(|home| run(home.path(), command)).collect();
    let start = Instant::now();
    let budget = if std::env::args().any(|arg| arg == "--quick") { QUICK } else { BUDGET };
    for round in 1..=ROUNDS {
        for (home, best) in homes.iter().zip(&mut fastest) {
            // The first runs after a large home find cold caches.
            let visit = Instant::now();
            while visit.elapsed() < VISIT {
                *best = run(home.path(), command).min(*best);
            }
        }
        if start.elapsed() > budget {
            return (fastest, round);
        }
    }
    (fastest, ROUNDS)
}

/// A home with that many agents of that many profiles, all listed in the config.
fn home(agents: usize, profiles: usize) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let mut config = String::from("[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n");
    for agent in 0..agents {
        write!(config, "\n[[agents.list]]\nid = \"agent-{agent}\"\n").unwrap();
        let dir = home.path().join(format!(".zirkabot/agents/agent-{agent}/agent"));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("auth-profiles.json"), store(agent, profiles)).unwrap();
    }
    std::fs::create_dir_all(home.path().join(".zirkabot")).unwrap();
    std::fs::write(home.path().join(".zirkabot/zirkabot.toml"), config).unwrap();
    private(&home.path().join(".zirkabot"));
    home
}

/// As the program itself makes them: for nobody else.
fn private(path: &Path) {
    let mode = if path.is_dir() { 0o700 } else { 0o600 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    for entry in std::fs::read_dir(path).into_iter().flatten() {
        private(&entry.unwrap().path());
    }
}

fn store(agent: usize, profiles: usize) -> String {
    let profile = |n: usize| {
        let secret = format!("CANARY-{agent:012}-{n:073}AA");
        format!(
            "    \"anthropic:p{n}\": {{\n      \"type\": \"oauth\",\n      \"provider\": \"anthropic\",\n      \
             \"access\": \"sk-ant-oat01-{secret}\",\n      \"refresh\": \"sk-ant-ort01-{secret}\",\n      \
             \"expires\": 4070908800000\n    }}"
        )
    };
    let profiles: Vec<String> = (0..profiles).map(profile).collect();
    format!("{{\n  \"version\": 1,\n  \"profiles\": {{\n{}\n  }}\n}}\n", profiles.join(",\n"))
}

fn run(home: &Path, args: &[&str]) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.args(args);
    command.env_clear().env("HOME", home).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    command.status().unwrap();
    start.elapsed()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
