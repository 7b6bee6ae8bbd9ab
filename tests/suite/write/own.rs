//! Files of our own: what else stands in their place is left as it is, is told, and nothing waits for it.
//! And whose they are when the superuser is at work in somebody's home.

use crate::support::home::{CONFIG, Home, NOW, STORE};
use crate::support::plans::{chmod, is_root, lay, mode, say, walk};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const THESIS: &[u8] = b"Seven years of work.\n";
const STATE: &str = ".zirkabot";
const SET: &[&str] = &["config", "set", "agents.defaults.model", "anthropic/claude-sonnet-4-5"];
const PASTE: &[&str] = &["models", "auth", "paste-token", "--provider", "anthropic"];

fn home() -> Home {
    let store = r#"{"version": 1, "profiles": {"anthropic:key": {"type": "api_key",
        "provider": "anthropic", "key": "sk-ant-api03-CANARY-key-0000000000000000000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}}"#;
    let config = "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n";
    Home::with(NOW, &[(CONFIG, config), (STORE, store), ("thesis.txt", &String::from_utf8_lossy(THESIS))])
}

/// The real program, which is given some seconds: more than it ever needs.
fn program(home: &Home, args: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.args(["-s", "KILL", "60", env!("CARGO_BIN_EXE_zirkabot")]).args(args);
    command.env_clear().envs(home.environment()).env("PATH", "/usr/bin:/bin").current_dir("/");
    command.stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// Puts something that has to do with a file in a place.
type Put = fn(&Path, &Path);

/// Ways in which something else comes to stand in a place.
const WAYS: &[(&str, Put)] = &[
    ("a link", |thesis, place| symlink(thesis, place).unwrap()),
    ("a relative link", |_, place| symlink("../thesis.txt", place).unwrap()),
    ("a link to a link", |thesis, place| {
        let between = place.with_file_name("between");
        symlink(thesis, &between).unwrap();
        symlink("between", place).unwrap();
    }),
    ("another name", |thesis, place| std::fs::hard_link(thesis, place).unwrap()),
    ("a link to nothing", |_, place| symlink("../nothing/here", place).unwrap()),
    ("a link to itself", |_, place| symlink(place.file_name().unwrap(), place).unwrap()),
    ("a directory", |_, place| std::fs::create_dir(place).unwrap()),
    ("a FIFO", |_, place| {
        assert!(Command::new("mkfifo").arg(place).status().unwrap().success());
    }),
    ("a socket", |_, place| drop(std::os::unix::net::UnixListener::bind(place).unwrap())),
];

#[test]
fn what_stands_in_the_place_of_a_file_of_ours_is_left_as_it_is_and_told() {
    for file in [".lock", "journal.jsonl"] {
        for (way, put) in WAYS {
            let home = home();
            let (thesis, place) = (home.path().join("thesis.txt"), home.path().join(STATE).join(file));
            put(&thesis, &place);
            let before = home.snapshot();
            let output = program(&home, SET);
            let text = said(&output);
            assert!(!output.status.success() && output.status.code().is_some(), "{file}, {way}: {text}");
            assert!(text.contains("nothing was written. Run `"), "{file}, {way}: {text}");
            assert_eq!(std::fs::read(&thesis).unwrap(), THESIS, "{file}, {way}");
            let mut after = home.snapshot();
            // The lock comes before the journal.
            after.retain(|path, _| before.contains_key(path) || !path.ends_with("/.lock"));
            let differs = after.iter().find(|(path, entry)| {
                let was = before.get(*path);
                was.is_none_or(|was| (was.mode, &was.bytes) != (entry.mode, &entry.bytes))
            });
            assert_eq!(differs.map(|(path, _)| path), None, "{file}, {way}");
            let (_, doctor, _) = home.run("zirkabot doctor");
            assert!(doctor.contains("error[files/not-ours]"), "{file}, {way}: {doctor}");
            // What is advised makes all well.
            let remedy = doctor.split("help: `").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
            let remedy = remedy.replace("~/", &format!("{}/", home.path().display()));
            assert!(Command::new("sh").args(["-c", &remedy]).status().unwrap().success(), "{remedy}");
            let output = program(&home, SET);
            assert!(output.status.success(), "{file}, {way}: {remedy}: {}", said(&output));
            assert_eq!(std::fs::read(&thesis).unwrap(), THESIS, "{file}, {way}");
        }
    }
}

#[test]
fn a_link_in_the_place_of_a_slot_or_of_the_backups_is_not_followed() {
    for (way, put) in WAYS.iter().filter(|(way, _)| !way.contains("directory")) {
        let home = home();
        let place = home.path().join(STATE).join(".refresh-anthropic.lock");
        put(&home.path().join("thesis.txt"), &place);
        let (_, doctor, _) = home.run("zirkabot doctor");
        assert!(doctor.contains("error[files/not-ours]"), "{way}: {doctor}");
        assert!(doctor.contains(".refresh-anthropic.lock"), "{way}: {doctor}");
    }
    let home = home();
    let elsewhere = home.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, home.path().join(STATE).join("backups")).unwrap();
    let config = std::fs::read(home.path().join(CONFIG)).unwrap();
    let output = program(&home, SET);
    assert!(
        !output.status.success() && said(&output).contains("backups is a symbolic link"),
        "{}",
        said(&output)
    );
    assert_eq!(walk(&elsewhere), Vec::<PathBuf>::new());
    assert_eq!(std::fs::read(home.path().join(CONFIG)).unwrap(), config);
}

#[test]
fn a_state_directory_that_is_a_link_of_the_users_own_is_followed() {
    let home = home();
    std::fs::rename(home.path().join(STATE), home.path().join("disk")).unwrap();
    symlink("disk", home.path().join(STATE)).unwrap();
    let output = program(&home, SET);
    assert!(output.status.success(), "{}", said(&output));
    assert!(home.path().join("disk/journal.jsonl").exists());
}

#[test]
fn files_of_ours_are_private_again_once_they_are_used() {
    let home = home();
    assert!(program(&home, SET).status.success());
    for file in [".lock", "journal.jsonl"] {
        chmod(&home.path().join(STATE).join(file), 0o666);
    }
    assert!(program(&home, &["config", "unset", "agents.defaults.model"]).status.success());
    for file in [".lock", "journal.jsonl"] {
        assert_eq!(mode(&home.path().join(STATE).join(file)), 0o600, "{file}");
    }
}

#[test]
fn a_link_that_leads_below_itself_has_an_end() {
    let home = home();
    let config = home.path().join(CONFIG);
    std::fs::remove_file(&config).unwrap();
    symlink("zirkabot.toml/it", &config).unwrap();
    let output = program(&home, SET);
    assert!(!output.status.success() && output.status.code().is_some(), "{}", said(&output));
}

// ── the superuser in somebody's home ──

/// Nobody, and his group.
const NOBODY: u32 = 65_534;

fn give_all(home: &Path) {
    chown(home, Some(NOBODY), Some(NOBODY)).unwrap();
    for path in walk(home) {
        std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

fn not_nobodys(home: &Path) -> Vec<PathBuf> {
    let foreign = |path: &PathBuf| {
        let found = std::fs::symlink_metadata(path).unwrap();
        (found.uid(), found.gid()) != (NOBODY, NOBODY)
    };
    walk(home).into_iter().filter(foreign).collect()
}

/// The program as nobody, from a place where he may start it.
fn as_nobody(home: &Home, args: &[&str]) -> Output {
    let bin = home.path().join("bin-of-nobody");
    if !bin.exists() {
        // By a program: what another test starts meanwhile could hold a file that we write, and then it cannot be run.
        let owner = NOBODY.to_string();
        let mut install = Command::new("install");
        install.args(["-m", "755", "-o", &owner, "-g", &owner, env!("CARGO_BIN_EXE_zirkabot")]);
        assert!(install.arg(&bin).status().unwrap().success());
    }
    let mut command = Command::new("setpriv");
    let ids = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()];
    command.args(ids).arg(bin).args(args).env_clear().envs(home.environment());
    command.env("PATH", "/usr/bin:/bin").current_dir("/").stdin(Stdio::null()).output().unwrap()
}

#[test]
fn what_the_superuser_makes_in_a_home_belongs_to_whose_home_it_is() {
    if !is_root() {
        say("SKIPPED what_the_superuser_makes_in_a_home_belongs_to_whose_home_it_is: needs root");
        return;
    }
    let homes = [home(), Home::with(NOW, &[("thesis.txt", "")])];
    for home in homes {
        give_all(&home.path());
        let output = program(&home, SET);
        assert!(output.status.success(), "{}", said(&output));
        assert!(home.path().join(STATE).join("journal.jsonl").exists());
        assert_eq!(not_nobodys(&home.path()), Vec::<PathBuf>::new());
        let command = ["models", "auth", "order", "set", "--provider", "anthropic", "anthropic:key"];
        let _ = program(&home, &command);
        let _ = program(&home, PASTE);
        assert_eq!(not_nobodys(&home.path()), Vec::<PathBuf>::new());
        assert!(walk(&home.path()).iter().all(|path| !path.ends_with(".zirkabot-tmp")));
        let output =
            as_nobody(&home, &["config", "set", "agents.defaults.model", "anthropic/claude-opus-4-5"]);
        assert!(output.status.success(), "{}", said(&output));
        let output = as_nobody(&home, &["undo"]);
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(not_nobodys(&home.path()), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_file_of_ours_that_belongs_to_another_is_told_with_the_command_that_mends_it() {
    if !is_root() {
        say("SKIPPED a_file_of_ours_that_belongs_to_another: needs root");
        return;
    }
    let home = home();
    give_all(&home.path());
    let lock = home.path().join(STATE).join(".lock");
    lay(&lock, b"", 0o600);
    let output = as_nobody(&home, SET);
    let text = said(&output);
    assert!(!output.status.success() && text.contains("belongs to user 0"), "{text}");
    assert!(text.contains(&format!("sudo chown {NOBODY} {}", lock.display())), "{text}");
    let output = as_nobody(&home, &["doctor"]);
    let text = said(&output);
    assert!(text.contains("files/wrong-owner") && text.contains(".lock"), "{text}");
}

// ── files that a command line names ──

#[test]
fn what_a_killed_writer_of_an_output_left_is_removed_by_the_next_one() {
    let home = home();
    let out = home.path().join("out");
    std::fs::create_dir(&out).unwrap();
    // No process has such a number; this test has its own.
    let dead = out.join(".metrics.prom.4294967295.zirkabot-tmp");
    let at_work = out.join(".metrics.prom.1.zirkabot-tmp");
    let foreign = out.join(".other.prom.4294967295.zirkabot-tmp");
    for left in [&dead, &at_work, &foreign] {
        lay(left, b"half", 0o600);
    }
    let (code, said, err) = home.run(
        "zirkabot models status --format prometheus --output ~/out/metrics.prom"
            .replace('~', &home.path().display().to_string())
            .as_str(),
    );
    assert_eq!(code, 0, "{said} {err}");
    assert!(out.join("metrics.prom").exists() && at_work.exists() && foreign.exists());
    assert!(!dead.exists());
}

/// He whose home it is could lead root anywhere by a link.
#[test]
fn the_superuser_follows_no_link_out_of_a_home_that_is_somebody_elses() {
    if !is_root() {
        say("SKIPPED the_superuser_follows_no_link_out_of_a_home: needs root");
        return;
    }
    let roots = tempfile::tempdir().unwrap();
    for (link, leads_to) in
        [(".zirkabot/agents/main/agent", "dir"), (STORE, "dir/auth-profiles.json"), (".zirkabot", "dir")]
    {
        let home = home();
        let dir = roots.path().join("dir");
        lay(&dir.join("auth-profiles.json"), b"{\"version\": 1, \"profiles\": {}}", 0o644);
        std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).unwrap();
        let link = home.path().join(link);
        std::fs::remove_dir_all(&link).or_else(|_| std::fs::remove_file(&link)).unwrap();
        std::os::unix::fs::symlink(roots.path().join(leads_to), &link).unwrap();
        give_all(&home.path());
        let look = || {
            let of = |path: &PathBuf| {
                let meta = std::fs::metadata(path).unwrap();
                (
                    path.clone(),
                    meta.permissions().mode(),
                    meta.is_file().then(|| std::fs::read(path).unwrap()),
                )
            };
            let mut paths = walk(roots.path());
            paths.push(dir.clone());
            paths.iter().map(of).collect::<Vec<_>>()
        };
        let before = look();
        for args in [SET, PASTE, &["doctor", "--fix"][..]] {
            let output = program(&home, args);
            assert_eq!(look(), before, "{args:?} through {}: {}", link.display(), said(&output));
        }
    }
}
