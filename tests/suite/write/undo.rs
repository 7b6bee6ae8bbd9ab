//! Undo as it is asked for: which apply it takes, what it refuses, and what a journal that was
//! tampered with cannot make it do.

use crate::support::home::{self, CONFIG, NOW};
use crate::support::plans::{
    FOREIGN, Home, NEW, OLD, bytes, change, chmod, home, host, is_root, lay, mode, put_once, real, say,
    state, target,
};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use zirkabot::change::apply::undo::{self, Refused, UndoRequest, Undone};
use zirkabot::change::apply::{self, ApplyFault, journal};
use zirkabot::change::plan::Plan;
use zirkabot::sys::real::Real;

fn undo(home: &Home, id: Option<&str>) -> Result<Undone, Refused> {
    asked(home, id, false)
}

fn asked(home: &Home, id: Option<&str>, force: bool) -> Result<Undone, Refused> {
    let proposal = UndoRequest { id: id.map(str::to_owned), force };
    undo::undo(&mut real(&home.root), &target(&home.root, 10_000), &proposal).map_err(|refused| refused.why)
}

#[track_caller]
fn undone(home: &Home, id: Option<&str>) {
    let undone = undo(home, id).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(undone.receipt.failure(), None);
}

#[track_caller]
fn refused(home: &Home, force: bool) -> String {
    let refused = asked(home, None, force).map(|undone| format!("{undone:?}"));
    refused.unwrap_err().to_string()
}

/// The command line as it is typed.
fn run(home: &Home, args: &[&str]) -> zirkabot::Outcome {
    let args: Vec<String> = ["zirkabot"].iter().chain(args).map(|&arg| arg.to_owned()).collect();
    zirkabot::run(&mut Real::new(host(&home.root)), &args)
}

#[test]
fn one_undo_after_another_goes_back_in_time() {
    let (home, path) = Home::with("file.json", b"0", 0o600);
    let ids: Vec<_> = (1..=3).map(|n| home.set(&path, n.to_string().as_bytes()).id.unwrap()).collect();
    for n in (0..3).rev() {
        undone(&home, None);
        assert_eq!(bytes(&path), n.to_string().as_bytes());
    }
    assert_eq!(undo(&home, None).unwrap_err(), Refused::Nothing);
    // The newest undo is undone by its id: then the first change stands again, and can go again.
    let newest = home.begins().pop().unwrap();
    assert_eq!(newest.undoes.as_ref(), Some(&ids[0]));
    undone(&home, Some(&newest.id));
    assert_eq!(bytes(&path), b"1");
    undone(&home, None);
    assert_eq!(bytes(&path), b"0");
}

#[test]
fn the_beginning_of_an_id_is_enough_if_it_is_the_only_one() {
    let (home, path) = Home::with("file.json", OLD, 0o600);
    let id = home.set(&path, NEW).id.unwrap();
    home.set(&home.root.join("other.json"), NEW);
    assert_eq!(undo(&home, Some("2")).unwrap_err(), Refused::Ambiguous("2".to_owned()));
    for unknown in ["x", "", "20270101"] {
        assert_eq!(undo(&home, Some(unknown)).unwrap_err(), Refused::Unknown(unknown.to_owned()));
    }
    undone(&home, Some(&id));
    assert_eq!(bytes(&path), OLD);
}

#[test]
fn the_command_says_by_its_exit_code_what_became_of_it() {
    let (home, path) = Home::with("file.json", OLD, 0o600);
    assert_eq!(run(&home, &["undo"]).exit.code(), 1);
    let outcome = run(
        &home,
        &[
            "undo",
            "sk-ant-api03-CANARY-as-idAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ],
    );
    assert_eq!(outcome.exit.code(), 1);
    assert!(outcome.stderr.contains("zirkabot history") && !outcome.stderr.contains("CANARY"));
    assert!(!state(&home.root).exists(), "a refused undo makes nothing");
    home.set(&path, NEW);
    lay(&path, FOREIGN, 0o600);
    let outcome = run(&home, &["undo"]);
    assert_eq!(outcome.exit.code(), 1);
    assert!(outcome.stderr.contains("file.json has changed since") && outcome.stderr.contains("--force"));
    let mut held = None;
    apply::apply(&mut real(&home.root), &target(&home.root, 10_000), &mut |_| {
        held = Some(run(&home, &["undo", "--force", "--lock-timeout", "0s"]));
        Plan::default()
    })
    .unwrap();
    assert_eq!(held.unwrap().exit.code(), 75);
    assert_eq!(run(&home, &["undo", "--force"]).exit.code(), 0);
    assert_eq!(bytes(&path), OLD);
}

#[test]
fn what_was_changed_since_is_restored_only_by_force_and_kept() {
    let (home, path) = Home::with("file.json", OLD, 0o640);
    home.set(&path, NEW);
    lay(&path, FOREIGN, 0o600);
    let journal = bytes(&journal::path_in(&state(&home.root)));
    assert!(refused(&home, false).contains("has changed since"));
    assert_eq!((bytes(&path), bytes(&journal::path_in(&state(&home.root)))), (FOREIGN.to_vec(), journal));
    assert_eq!(asked(&home, None, true).unwrap().receipt.failure(), None);
    assert_eq!((bytes(&path), mode(&path)), (OLD.to_vec(), 0o640));
    let kept = home.begins().pop().unwrap().changes[0].backup.clone().unwrap();
    assert_eq!(bytes(&kept), FOREIGN);
}

#[test]
fn a_mode_that_was_changed_since_is_not_opened_up_again() {
    let (home, path) = Home::with("file.json", OLD, 0o644);
    home.set(&path, NEW);
    chmod(&path, 0o400);
    asked(&home, None, false).unwrap();
    assert_eq!((bytes(&path), mode(&path)), (OLD.to_vec(), 0o400));
}

#[test]
fn a_missing_or_damaged_backup_is_refused_by_force_too() {
    let (home, path) = Home::with("file.json", OLD, 0o600);
    home.set(&path, NEW);
    let backup = home.begins()[0].changes[0].backup.clone().unwrap();
    lay(&backup, FOREIGN, 0o600);
    assert!(refused(&home, true).contains("missing or damaged"));
    lay(&backup, OLD, 0o666);
    assert!(refused(&home, true).contains("missing or damaged"));
    std::fs::remove_file(&backup).unwrap();
    assert!(refused(&home, true).contains("missing or damaged"));
    symlink(home.root.join("elsewhere"), &backup).unwrap();
    lay(&home.root.join("elsewhere"), OLD, 0o600);
    assert!(refused(&home, true).contains("missing or damaged"));
    assert_eq!(bytes(&path), NEW);
}

#[test]
fn links_stay_and_owners_come_back() {
    let (home, path) = Home::with("elsewhere/file.json", OLD, 0o640);
    let link = home.root.join("link.json");
    symlink("elsewhere/file.json", &link).unwrap();
    let owner = if is_root() { (12_345, 54_321) } else { (0, 0) };
    if is_root() {
        std::os::unix::fs::chown(&path, Some(owner.0), Some(owner.1)).unwrap();
    } else {
        say("links_stay_and_owners_come_back: only root can give files away, so owners are not tested");
    }
    for new in [Some(NEW), None] {
        apply::apply(&mut real(&home.root), &target(&home.root, 10_000), &mut |look| Plan {
            changes: change(look, &link, new, 0o600).into_iter().collect(),
        })
        .unwrap();
        undone(&home, None);
        assert_eq!(std::fs::read_link(&link).unwrap(), Path::new("elsewhere/file.json"));
        assert_eq!((bytes(&path), mode(&path)), (OLD.to_vec(), 0o640));
        let found = std::fs::metadata(&path).unwrap();
        assert!(!is_root() || (found.uid(), found.gid()) == owner);
    }
}

#[test]
fn an_apply_that_came_to_nothing_is_passed_over() {
    let (home, path) = Home::with("file.json", OLD, 0o600);
    home.set(&path, NEW);
    let other = home.root.join("other.json");
    lay(&other, OLD, 0o600);
    let mut act = crate::support::hooked::Hooked::new(&home.root, NOW, |verb, _| {
        if verb == "create" { std::fs::write(&other, FOREIGN) } else { Ok(()) }
    });
    assert!(matches!(
        put_once(&mut act, &home.root, &other, NEW).unwrap().failure(),
        Some(ApplyFault::Stale { .. })
    ));
    drop(act);
    undone(&home, None);
    assert_eq!((bytes(&path), bytes(&other)), (OLD.to_vec(), FOREIGN.to_vec()));
}

#[test]
fn an_interrupted_run_is_brought_to_its_end_first_and_told() {
    let home = home();
    let store = crate::support::plans::store(&home.root);
    lay(&store, OLD, 0o600);
    let mut child = crate::support::plans::child("write::path::child_writer", "die at rename", &home.root);
    assert!(!child.output().unwrap().status.success());
    let outcome = run(&home, &["undo"]);
    assert_eq!((outcome.exit.code(), bytes(&store)), (1, OLD.to_vec()), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("was interrupted"), "{}", outcome.stderr);
    assert_eq!(crate::support::plans::leftovers(&home.root), Vec::<PathBuf>::new());
    assert!(run(&home, &["history"]).stdout.contains("interrupted; found 1 as before"));
}

// ── a journal that somebody else wrote ──

/// What somebody makes of the journal's text.
type Edit<'a> = dyn Fn(&Home, String) -> String + 'a;

/// The journal of one change of `file.json`, edited.
fn tampered(edit: &Edit<'_>) -> (Home, String) {
    let (home, path) = Home::with("file.json", OLD, 0o600);
    home.set(&path, NEW);
    let journal = journal::path_in(&state(&home.root));
    let text = String::from_utf8(bytes(&journal)).unwrap();
    let edited = edit(&home, text.clone());
    assert_ne!(edited, text, "nothing was edited");
    lay(&journal, edited.as_bytes(), 0o600);
    let refused = refused(&home, true);
    assert_eq!(bytes(&path), NEW, "{refused}");
    (home, refused)
}

#[test]
fn a_journal_cannot_make_undo_leave_its_places() {
    let shown = |path: PathBuf| path.display().to_string();
    let id = |text: &str| text.split("\"id\":\"").nth(1).unwrap()[..24].to_owned();
    let backups = |home: &Home| shown(state(&home.root).join("backups"));
    let cases: [&Edit<'_>; 6] = [
        // A backup elsewhere, or of another apply.
        &|home, text| {
            text.replace(&format!("{}/{}", backups(home), id(&text)), &shown(home.root.join("evil")))
        },
        &|home, text| text.replace(&backups(home), &format!("{}/..", backups(home))),
        &|_, text| text.replace(&format!("\"id\":\"{}", id(&text)), "\"id\":\"../../evil-1"),
        // The writer's own files, by their names or by steps back.
        &|home, text| {
            text.replace(&shown(home.root.join("file.json")), &shown(journal::path_in(&state(&home.root))))
        },
        &|home, text| {
            text.replace(
                &shown(home.root.join("file.json")),
                &format!("{}/x/../file.json", home.root.display()),
            )
        },
        // A directory that the change cannot have needed.
        &|home, text| {
            text.replace(
                "\"staged\":",
                &format!("\"madeDirs\":[\"{}/victim\"],\"staged\":", home.root.display()),
            )
        },
    ];
    for (n, case) in cases.into_iter().enumerate() {
        let (_home, refused) = tampered(&|home, text| {
            lay(&home.root.join("evil/0-file.json"), OLD, 0o600);
            std::fs::create_dir(home.root.join("victim")).unwrap();
            case(home, text)
        });
        let is_told = ["cannot be trusted", "missing or damaged"].iter().any(|why| refused.contains(why));
        assert!(is_told, "case {n}: {refused}");
        assert!(_home.root.join("victim").is_dir());
    }
}

#[test]
fn a_journal_that_others_may_write_is_not_followed() {
    let (home, path) = Home::with("file.json", OLD, 0o600);
    home.set(&path, NEW);
    let journal = journal::path_in(&state(&home.root));
    chmod(&journal, 0o620);
    assert!(refused(&home, true).contains("other users can write"));
    chmod(&journal, 0o644);
    undone(&home, None);
    assert_eq!(bytes(&path), OLD);
}

#[test]
fn bits_that_lend_rights_are_not_given_back() {
    let (home, path) = Home::with("file.json", OLD, 0o600);
    home.set(&path, NEW);
    let journal = journal::path_in(&state(&home.root));
    let text = String::from_utf8(bytes(&journal)).unwrap();
    // 0o6755
    lay(&journal, text.replacen("\"mode\":384", "\"mode\":3565", 1).as_bytes(), 0o600);
    undone(&home, None);
    assert_eq!((bytes(&path), mode(&path)), (OLD.to_vec(), 0o755));
}

/// An order that is set, then what a bot and others do to the store, then `undo`.
#[test]
fn undo_takes_back_values_and_leaves_what_others_did_since() {
    use crate::support::home::{Home, STORE};
    let set = "zirkabot models auth order set --provider anthropic anthropic:backup anthropic:manual";
    let edit = |home: &Home, of: &dyn Fn(&mut serde_json::Value)| {
        let path = home.path().join(STORE);
        let mut store: serde_json::Value = serde_json::from_slice(&bytes(&path)).unwrap();
        of(&mut store);
        lay(&path, serde_json::to_string_pretty(&store).unwrap().as_bytes(), 0o600);
    };
    let store = |home: &Home| -> serde_json::Value {
        serde_json::from_slice(&bytes(&home.path().join(STORE))).unwrap()
    };
    let home = Home::named("auth/order");
    let before = store(&home);
    assert_eq!(home.run(set).0, 0);
    edit(&home, &|store| {
        store["usageStats"]["anthropic:backup"]["lastUsed"] = 7.into();
        store["profiles"]["groq:new"] =
            serde_json::json!({ "type": "api_key", "provider": "groq", "key": "gsk_CANARY" });
    });
    let (exit, stdout, stderr) = home.run("zirkabot undo");
    assert_eq!(exit, 0, "{stdout}{stderr}");
    let now = store(&home);
    assert_eq!(now.get("order"), before.get("order"), "{now}");
    assert_eq!(now["usageStats"]["anthropic:backup"]["lastUsed"], 7);
    assert_eq!(now["profiles"]["groq:new"]["key"], "gsk_CANARY");
    // And that is taken back as well.
    assert_eq!(home.run("zirkabot undo").0, 1, "there is nothing left that is no undo");
    // What somebody else made of the same value stays, and that is said.
    let home = Home::named("auth/order");
    assert_eq!(home.run(set).0, 0);
    edit(&home, &|store| store["order"]["anthropic"] = serde_json::json!(["anthropic:manual"]));
    let (exit, _, stderr) = home.run("zirkabot undo");
    assert_eq!(exit, 1);
    assert!(stderr.contains("has changed since"), "{stderr}");
    assert_eq!(store(&home)["order"]["anthropic"], serde_json::json!(["anthropic:manual"]));
}

#[test]
fn the_number_at_the_end_of_an_id_is_enough_if_no_other_has_it() {
    let home = crate::support::home::Home::named("status/empty-home");
    let zirkabot = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        let output = command.args(args).env_clear().envs(home.environment()).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    zirkabot(&["models", "set", "openai/gpt-5.2"]);
    zirkabot(&["models", "set", "anthropic/claude-opus-4-5"]);
    let history = zirkabot(&["history"]);
    let numbers: Vec<&str> =
        history.lines().filter_map(|line| line.strip_prefix("✓ ")?.split(' ').next()).collect();
    assert!(numbers.len() == 2 && numbers.iter().all(|number| number.len() < 9), "{history}");
    zirkabot(&["undo", numbers[0]]);
    assert_eq!(zirkabot(&["config", "get", "agents.defaults.model"]).trim(), "openai/gpt-5.2");
}

#[test]
fn the_name_of_a_long_command_is_told_on_two_lines() {
    let key = format!("sk-or-v1-{}", "0123456789abcdef".repeat(4));
    let home = home::Home::with(NOW, &[(CONFIG, ""), ("a-file-with-the-key-of-a-provider", &key)]);
    let file = home.path().join("a-file-with-the-key-of-a-provider");
    let paste = format!(
        "zirkabot models auth paste-token --provider openrouter --profile-id openrouter:a-second-one --token-file {}",
        file.display()
    );
    let (exit, stdout, stderr) = home.run(&paste);
    assert_eq!(exit, 0, "{stdout}{stderr}");
    let (exit, stdout, stderr) = home.run("zirkabot undo");
    assert_eq!(exit, 0, "{stdout}{stderr}");
    let title: Vec<_> = stdout.lines().take_while(|line| !line.starts_with("  ✓")).collect();
    assert!(title.len() > 1 && title[0].starts_with("Undone: "), "{stdout}");
    assert!(!stdout.contains("\\u{a}"), "{stdout}");
}
