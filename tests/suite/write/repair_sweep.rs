//! The fault sweep over `apply --yes` with one of every kind of repair: a text, two modes, a
//! left-behind file, and a directory that goes to another place with a store in it.

use crate::support::home::{CONFIG, STORE};
use crate::support::plans::{chmod, lay, say};
use crate::support::sweep::{self, After, Subject, Verdict, sweep};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

const LEFT: &str = ".zirkabot/zirkabot.json.1.tmp";
const FROM: &str = ".zirkabot/agent/auth-profiles.json";

fn build(home: &Path) {
    let config = "# mine\n[agents.defaults]\nmodel = \"openai/gpt-5.2\"\n\n[auth.order]\nopenai = [\"openai:gone\", \"openai:me\"]\n";
    let store = "{\"version\": 1, \"profiles\": {\"openai:me\": {\"type\": \"api_key\", \"provider\": \"openai\", \"key\": \"sk-proj-CANARY-00000000000000000000000000000000000000000\"}}}\n";
    lay(&home.join(CONFIG), config.as_bytes(), 0o644);
    lay(&home.join(LEFT), b"half", 0o600);
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    std::fs::File::open(home.join(LEFT)).unwrap().set_modified(old).unwrap();
    lay(&home.join(FROM), store.as_bytes(), 0o600);
    chmod(&home.join(".zirkabot"), 0o755);
}

fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.args(["apply", "--yes", "--lock-timeout", "1s"]);
    command.env_clear().env("HOME", home).current_dir("/").stdin(Stdio::null());
    command
}

/// What is in the places that may change: mode and bytes.
type Seen = BTreeMap<&'static str, Option<(u32, Vec<u8>)>>;

fn seen(home: &Path) -> Seen {
    let one = |path: &Path| {
        let meta = std::fs::metadata(path).ok()?;
        let bytes = if meta.is_dir() { Vec::new() } else { std::fs::read(path).unwrap() };
        Some((meta.mode() & 0o7777, bytes))
    };
    [".zirkabot", CONFIG, LEFT, FROM, STORE].into_iter().map(|path| (path, one(&home.join(path)))).collect()
}

#[test]
fn apply_is_safe_at_every_write() {
    if !sweep::is_available() {
        say("SKIPPED fault sweep of apply: no usable strace on this machine");
        return;
    }
    let model = tempfile::tempdir().unwrap();
    build(model.path());
    let old = seen(model.path());
    let output = command(model.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let new = seen(model.path());
    assert!(old.iter().all(|(path, was)| new[*path] != *was), "{new:?}");
    let check = |home: &Path, after: After| {
        let now = seen(home);
        if now.iter().any(|(path, is)| *is != old[path] && *is != new[path]) {
            return Verdict::Torn;
        }
        if now[FROM].is_some() == now[STORE].is_some() {
            return Verdict::Bad("the store is there twice, or not at all".to_owned());
        }
        match after {
            After::Success if now != new => {
                Verdict::Bad("it said it succeeded, and something is old".to_owned())
            }
            _ => Verdict::Fine,
        }
    };
    let swept = sweep(&Subject { command: &command, build: &build, check: &check });
    say(&format!("fault sweep of apply: {}", swept.summary()));
    assert!(swept.faults.is_empty(), "{:#?}", swept.faults);
    assert!(swept.calls > 30, "only {} calls were found", swept.calls);
}
