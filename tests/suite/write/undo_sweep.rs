//! The fault sweep over `undo`, of an apply with all kinds of change; so the undo has all kinds
//! too. At whatever call it is killed or refused, each file is as it was in some step of the way,
//! and the same command brings it to its end.

use crate::support::home::{NOW, STORE};
use crate::support::hooked::Hooked;
use crate::support::plans::{chmod, lay, say, store, target};
use crate::support::random::tree;
use crate::support::sweep::{self, After, Subject, Verdict, sweep};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zirkabot::catalog::documents::Format;
use zirkabot::change::apply;
use zirkabot::change::plan::{Action, Change, FileMode, Plan, Precondition};
use zirkabot::change::preview::Overlay;
use zirkabot::change::proposal::Class;
use zirkabot::sys::secret::Secret;
use zirkabot::sys::{Look, Reading};

/// The id of the apply that is undone, without the process id.
const ID: &str = "20261122T120000.000Z";

fn lay_down(home: &Path) {
    lay(&store(home), br#"{"old": "CANARY"}"#, 0o600);
    lay(&home.join("moved/inside.json"), b"{}", 0o600);
    lay(&home.join("open.json"), b"{}", 0o644);
    lay(&home.join("gone.json"), br#"{"gone": "CANARY"}"#, 0o600);
    std::fs::create_dir(home.join("empty")).unwrap();
    for dir in [".zirkabot", ".zirkabot/agents", "moved", "empty"] {
        chmod(&home.join(dir), 0o700);
    }
}

/// One change of each kind, and one in what was moved.
fn plan(look: &dyn Look, home: &Path) -> Plan {
    let bytes = |text: &str| Secret::new(text.as_bytes().to_vec());
    let private = FileMode::Exact(0o600);
    let changes = [
        ("moved", Action::Move(home.join("away/moved")), FileMode::Exact(0o700)),
        ("away/moved/inside.json", Action::Update(bytes(r#"{"new": 1}"#)), private),
        ("made", Action::MakeDir, FileMode::Exact(0o700)),
        ("open.json", Action::Chmod, private),
        (STORE, Action::Update(bytes(r#"{"new": "CANARY"}"#)), private),
        ("new/dir/new.json", Action::Create(bytes("[]")), private),
        ("gone.json", Action::Remove, private),
        ("empty", Action::RemoveDir, FileMode::Exact(0o700)),
    ];
    let mut plan = Plan::default();
    for (path, action, mode) in changes {
        let path = home.join(path);
        let look = Overlay::new(look, &plan);
        let precondition = match (look.read(&path, 1 << 20), look.stat(&path)) {
            (reading @ Reading::File(..), _) => Precondition::of(&reading).unwrap(),
            (_, Some(stat)) => Precondition::Place(stat),
            (_, None) => Precondition::Absent,
        };
        let (lock, format, class) = (zirkabot::change::plan::Lock::of_name(&path), Format::Json, Class::Fix);
        plan.changes.push(Change {
            path,
            action,
            lock,
            format,
            precondition,
            mode,
            class,
            reasons: Vec::new(),
        });
    }
    plan
}

fn apply_to(home: &Path, changes: usize) {
    let mut act = Hooked::new(home, NOW, |_, _| Ok(()));
    let receipt = apply::apply(&mut act, &target(home, 10_000), &mut |look| {
        let mut plan = plan(look, home);
        plan.changes.truncate(changes);
        plan
    });
    assert_eq!(receipt.unwrap().failure(), None);
}

fn build(home: &Path) {
    lay_down(home);
    apply_to(home, usize::MAX);
}

fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.args(["undo", ID, "--lock-timeout", "1s"]);
    command.env_clear().env("HOME", home).current_dir("/").stdin(Stdio::null());
    command
}

/// The tree of a home, by paths that are the same in all homes.
fn contents(home: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let entries = tree(home).into_iter();
    entries.map(|(path, entry)| (path.strip_prefix(home).unwrap().to_owned(), entry)).collect()
}

/// The tree before, and all that a path may be on the way.
type Stages = (BTreeMap<PathBuf, (u32, Vec<u8>)>, Vec<BTreeMap<PathBuf, (u32, Vec<u8>)>>);

fn stages() -> Stages {
    let made: Vec<_> = (0..=8)
        .map(|changes| {
            let dir = tempfile::tempdir().unwrap();
            let home = std::fs::canonicalize(dir.path()).unwrap();
            lay_down(&home);
            apply_to(&home, changes);
            contents(&home)
        })
        .collect();
    (made[0].clone(), made)
}

fn is_staged(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "zirkabot-tmp")
}

#[test]
fn undo_is_safe_at_every_write() {
    if !sweep::is_available() {
        say("SKIPPED fault sweep of undo: no usable strace on this machine");
        return;
    }
    let (before, stages) = stages();
    let check = |home: &Path, after: After| {
        let mut now = contents(home);
        // A lock directory that could not be removed is on record for the next run.
        now.retain(|path, _| path.extension().is_none_or(|end| end != "lock"));
        let paths: BTreeSet<_> = stages.iter().flat_map(BTreeMap::keys).chain(now.keys()).collect();
        for path in paths.into_iter().filter(|path| !is_staged(path)) {
            if stages.iter().all(|stage| stage.get(path) != now.get(path)) {
                return Verdict::Torn;
            }
        }
        match after {
            After::Success if now != before => Verdict::Bad("it said that all was undone".to_owned()),
            _ => Verdict::Fine,
        }
    };
    let swept = sweep(&Subject { command: &command, build: &build, check: &check });
    say(&format!("fault sweep of undo: {}", swept.summary()));
    assert!(swept.faults.is_empty(), "{:#?}", swept.faults);
    assert!(swept.calls > 80, "only {} calls were found", swept.calls);
}
