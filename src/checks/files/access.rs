//! Modes and owners of what zirkabot and the gateway keep, and the directory that must be there.

use crate::catalog::documents::DocKind;
use crate::catalog::keepers::Keeper;
use crate::catalog::tools::Tool;
use crate::change::advice::Advice;
use crate::change::plan::FILE_MODE;
use crate::change::proposal::Class;
use crate::checks::files::{ours, whole};
use crate::checks::finding::{CheckInput, FindingDraft, Severity, Sink};
use crate::doc::edit::ops::FileAction;
use crate::doc::{Doc, State};
use crate::policy::advice::{quoted, quoted_doc};
use crate::sys::{Fault, NotOurs, Stat};
use crate::world::{Place, World};

/// Mode of every directory that we make: what is in it may be secret.
const DIR_MODE: u32 = 0o700;

pub(super) fn missing_directory(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let (world, paths) = (case.world, &case.world.paths);
    for place in world.places.iter().filter(|place| place.path == paths.state && place.stat.is_none()) {
        let name = paths.shown(&paths.state);
        let limit = if paths.state_chosen { Severity::Warning } else { Severity::Info };
        let draft = sink
            .state(&name, format!("the state directory {name} does not exist"))
            .at_most(limit)
            .edit(format!("create {name}"), whole(place.doc, FileAction::MakeDir(DIR_MODE)), Class::Fix);
        if paths.state_chosen {
            draft.advise("correct ZIRKABOT_STATE_DIR if it is a typo");
        }
    }
}

pub(super) fn mode_too_open(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for (doc, path, stat) in ours(case).filter(|(_, _, stat)| !stat.is_dir && is_open(*stat)) {
        // An included config may be shared on purpose; only secrets make it private.
        if doc.kind == DocKind::Include || is_backup(world, doc) {
            continue;
        }
        let name = world.paths.shown(path);
        if let Some(keeper) = doc.keeper {
            read_by_all(sink, doc, &name, keeper);
            continue;
        }
        let draft = sink
            .state(&name, format!("{name} has mode {:o}: others can {}", stat.mode, others_can(stat.mode)))
            .at_most(severity(stat.mode))
            .see(doc.id, None, "too permissive");
        if doc.kind == DocKind::Own {
            // Whatever opens it sets its mode as well, so that there is nothing to plan.
            draft.advise(Advice::command(chmod(world, doc, FILE_MODE)));
        } else {
            close(world, draft, doc, FILE_MODE);
        }
    }
    for (place, stat) in places(world).filter(|(_, stat)| stat.is_dir && is_open(*stat)) {
        let (name, what, mode) = (world.paths.shown(&place.path), place.what, stat.mode);
        let message = format!("the {what} {name} has mode {mode:o}: others can {}", others_can(mode));
        close(world, sink.state(&name, message).at_most(severity(mode)), world.doc(place.doc), DIR_MODE);
    }
    backups_too_open(world, sink);
    logins_too_open(world, sink);
}

/// What is kept where nothing is edited: its mode is not ours to set. Only a store of packages is for everybody.
fn read_by_all(sink: &mut Sink<'_>, doc: &Doc, name: &str, keeper: Keeper) {
    if keeper == Keeper::Packages && doc.kind != DocKind::Config {
        sink.state(name, format!("{name} is {}, where everybody can read it", keeper.label()))
            .at_most(Severity::Warning)
            .see(doc.id, None, "too permissive")
            .advise(
                "keep the secrets where only the gateway can read them, for example with agenix or sops-nix",
            );
    }
}

/// How bad it is: a group may be meant to, but nobody means everybody to change what is believed.
fn severity(mode: u32) -> Severity {
    if mode & 0o002 == 0 { Severity::Warning } else { Severity::Error }
}

/// Whether it is the directory of backups or something in it.
fn is_backup(world: &World, doc: &Doc) -> bool {
    doc.path.as_ref().is_some_and(|path| path.starts_with(world.paths.backups()))
}

/// All backups together: there may be many, and one command closes them all.
fn backups_too_open(world: &World, sink: &mut Sink<'_>) {
    let kept = world.kept.iter().map(|doc| world.doc(*doc)).filter(|doc| is_backup(world, doc));
    let modes: Vec<u32> =
        kept.filter_map(|doc| doc.stat).filter(|stat| is_open(*stat)).map(|stat| stat.mode).collect();
    if modes.is_empty() {
        return;
    }
    let dir = world.paths.backups();
    let (name, mode) = (world.paths.shown(&dir), modes.iter().fold(0, |all, mode| all | mode));
    let message = match modes.len() {
        1 => {
            format!("1 backup file or directory in {name} is too permissive: others can {}", others_can(mode))
        }
        n => format!(
            "{n} backup files and directories in {name} are too permissive: others can {}",
            others_can(mode).replace("it", "them")
        ),
    };
    sink.state(&name, message)
        .at_most(severity(mode))
        .advise(Advice::command(format!("chmod -R go= {}", quoted(world, &dir))));
}

/// Logins of other programs: whose file it is should set its mode, so it is only told.
fn logins_too_open(world: &World, sink: &mut Sink<'_>) {
    let kept = |doc: &&Doc| doc.keeper == Some(Keeper::Mount);
    // A secret that a mount hands out is as its owner wants it.
    let is_secret =
        |doc: &Doc| doc.kind == DocKind::SecretFile && doc.stat.is_some_and(|stat| stat.uid == world.uid);
    let is_login = |doc: &&Doc| Tool::of_doc(doc.kind).is_some() || is_secret(doc);
    for doc in world.docs.iter().filter(|doc| is_login(doc) && !kept(doc)) {
        let (Some(path), Some(stat)) = (&doc.path, doc.stat.filter(|stat| !stat.is_dir && is_open(*stat)))
        else {
            continue;
        };
        let (name, whose, mode) = (world.paths.shown(path), doc.kind.row().label, stat.mode);
        let others = others_can(mode);
        let what =
            if is_secret(doc) { "which holds a secret".to_owned() } else { format!("the login of {whose}") };
        sink.state(&name, format!("{name}, {what}, has mode {mode:o}: others can {others}"))
            .at_most(severity(mode))
            .see(doc.id, None, "too permissive")
            .advise(Advice::command(chmod(world, doc, FILE_MODE)));
    }
}

pub(super) fn not_ours(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let (world, paths) = (case.world, &case.world.paths);
    for (place, _) in places(world).filter(|(place, stat)| place.path == paths.state && !stat.is_dir) {
        let (name, quoted) = (paths.shown(&paths.state), quoted_doc(world, place.doc));
        sink.state(&name, format!("{name} is a file, where zirkabot keeps its state directory"))
            .see(place.doc, None, "a file")
            .advise(Advice::command(format!("mv {quoted} {quoted}.old")));
    }
    for doc in world.kept.iter().map(|doc| world.doc(*doc)) {
        // Of another owner is told below, like of all files.
        let State::Unreadable(Fault::NotOurs(why)) = doc.state else { continue };
        if !matches!(why, NotOurs::Owner { .. }) {
            let name = world.doc_name(doc.id);
            sink.state(&name, format!("{name} {why}"))
                .see(doc.id, None, "another owner")
                .advise(Advice::command(why.remedy(&quoted_doc(world, doc.id))));
        }
    }
}

/// Directories that are there.
fn places(world: &World) -> impl Iterator<Item = (&Place, Stat)> {
    world.places.iter().filter_map(|place| Some((place, place.stat?)))
}

fn is_open(stat: Stat) -> bool {
    stat.mode & 0o077 != 0
}

fn others_can(mode: u32) -> &'static str {
    match (mode & 0o055 != 0, mode & 0o022 != 0) {
        (_, true) => "change it",
        (true, false) => "read it",
        (false, false) => "reach it",
    }
}

/// A repair of the mode; where we may not make it, what its owner does.
fn close(world: &World, draft: FindingDraft<'_>, doc: &Doc, mode: u32) {
    if is_own(world, doc) && world.config_is_known() {
        set_mode(world, draft, doc, mode);
    } else {
        draft.advise(Advice::command(chmod(world, doc, mode)).then(", as its owner"));
    }
}

fn chmod(world: &World, doc: &Doc, mode: u32) -> String {
    format!("chmod {mode:o} {}", quoted_doc(world, doc.id))
}

fn set_mode<'d>(world: &World, draft: FindingDraft<'d>, doc: &Doc, mode: u32) -> FindingDraft<'d> {
    let what = format!("set the mode of {} to {mode:o}", world.doc_name(doc.id));
    draft.edit(what, whole(doc.id, FileAction::Mode(mode)), Class::Fix)
}

/// Whether the user that runs this may change the mode of a file or directory.
fn is_own(world: &World, doc: &Doc) -> bool {
    doc.stat.is_some_and(|stat| world.uid == 0 || stat.uid == world.uid)
}

pub(super) fn not_writable(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    let kept = |doc: &Doc| matches!(doc.kind, DocKind::Store | DocKind::StateDotenv | DocKind::Config);
    for (doc, path, stat) in ours(case).filter(|(doc, ..)| kept(doc)) {
        let name = world.paths.shown(path);
        if let Some(keeper) = doc.keeper {
            not_edited(case, sink, doc, &name, keeper);
            continue;
        }
        if stat.may_write(world.uid) {
            continue;
        }
        let draft =
            sink.state(&name, format!("{name} is not writable by this user")).see(doc.id, None, "read-only");
        unlock(world, draft, doc, stat.mode | FILE_MODE);
    }
    for (place, stat) in places(world).filter(|(place, _)| place.what != crate::world::OLDER_AGENT) {
        if !stat.may_write(world.uid) {
            let name = world.paths.shown(&place.path);
            let message = format!("the {} {name} is not writable by this user", place.what);
            unlock(world, sink.state(&name, message), world.doc(place.doc), stat.mode | DIR_MODE);
        }
    }
}

/// What is kept where nothing is edited is not meant to be written, but for logins that are renewed.
fn not_edited(case: &CheckInput<'_>, sink: &mut Sink<'_>, doc: &Doc, name: &str, keeper: Keeper) {
    let stores = case.world.stores.iter().filter(|store| store.doc == doc.id);
    let mut held = stores.flat_map(|store| &store.profiles).filter_map(|stored| stored.credential());
    let loses = held.any(|held| held.refresh.is_some());
    let note = if loses { ", so renewed logins cannot be stored" } else { "" };
    sink.state(name, format!("{name} is {}{note}", keeper.label()))
        .at_most(if loses { Severity::Warning } else { Severity::Info })
        .see(doc.id, None, "not writable here")
        .advise(if loses { "keep logins in a writable store; keys can stay" } else { keeper.instead() });
}

/// A repair that gives the owner write permission; for what is somebody else's, a way to get it.
fn unlock(world: &World, draft: FindingDraft<'_>, doc: &Doc, mode: u32) {
    // Where the lock cannot be made, nothing can be repaired by us.
    let locks = doc.path.as_deref() == Some(world.paths.state.as_path());
    match (is_own(world, doc), locks || !world.config_is_known()) {
        (true, false) => set_mode(world, draft, doc, mode),
        (true, true) => draft.advise(Advice::command(chmod(world, doc, mode))),
        (false, _) => draft.advise(take_over(world, doc)),
    };
}

/// How to come to own what is somebody else's: all of it, if the state directory is.
fn take_over(world: &World, doc: &Doc) -> Advice {
    let state = &world.paths.state;
    let inside = doc.path.as_ref().is_some_and(|path| path.starts_with(state));
    let foreign = places(world).any(|(place, stat)| place.path == *state && stat.uid != world.uid);
    if inside && foreign {
        as_its_owner(&format!("-R $USER {}", quoted(world, state)))
    } else {
        as_its_owner(&format!("$USER {}", quoted_doc(world, doc.id)))
    }
}

fn as_its_owner(what: &str) -> Advice {
    Advice::say("run as its owner, or ").run(format!("sudo chown {what}"))
}

/// The repair, or the way, that makes one of our own files readable that its mode keeps shut.
pub(crate) fn readable<'d>(world: &World, draft: FindingDraft<'d>, doc: &Doc) -> FindingDraft<'d> {
    match doc.stat.filter(|_| doc.state == State::Unreadable(Fault::Denied)) {
        Some(stat) if is_own(world, doc) && stat.mode & 0o400 == 0 => {
            let mode = stat.mode | FILE_MODE;
            if world.config_is_known() {
                return set_mode(world, draft, doc, mode);
            }
            draft.advise(Advice::command(chmod(world, doc, mode)))
        }
        _ => draft.advise(take_over(world, doc)),
    }
}

pub(super) fn wrong_owner(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    // Whoever runs this, the files should belong to whom the state directory belongs to.
    let state = world.places.iter().find(|place| place.path == world.paths.state);
    let Some(owner) = state.and_then(|place| place.stat).map(|stat| stat.uid) else { return };
    let whom = if owner == world.uid { "$USER".to_owned() } else { owner.to_string() };
    let strange = |doc: &Doc, stat: Stat| doc.keeper.is_none() && stat.uid != owner;
    for (doc, path, stat) in ours(case).filter(|(doc, _, stat)| strange(doc, *stat)) {
        let name = world.paths.shown(path);
        sink.state(
            &name,
            format!("{name} belongs to user {}, the state directory to user {owner}", stat.uid),
        )
        .see(doc.id, None, "another owner")
        .advise(Advice::command(format!("sudo chown {whom} {}", quoted(world, path))));
    }
    if owner != world.uid && world.uid != 0 {
        let (state, name) = (&world.paths.state, world.paths.shown(&world.paths.state));
        sink.state(&name, format!("the state directory {name} belongs to user {owner}, not to you"))
            .advise(as_its_owner(&format!("-R $USER {}", quoted(world, state))));
    }
}

#[cfg(test)]
mod tests {
    use crate::change::plan::{Action, Change, FileMode, Plan, Precondition};
    use crate::change::preview::Overlay;
    use crate::checks::files::access::*;
    use crate::report::sample;
    use crate::sys::fake::Fake;
    use crate::world::observe::{Agents, Depth, observe};
    use std::path::PathBuf;

    /// The world in which these places have these modes.
    fn world(uid: u32, modes: &[(&str, u32)], fixed: &[&str]) -> World {
        let chmod = |(path, mode): &(&str, u32)| Change {
            path: PathBuf::from(path),
            action: Action::Chmod,
            lock: crate::change::plan::Lock::None,
            format: crate::catalog::documents::Format::None,
            precondition: Precondition::Absent,
            mode: FileMode::Exact(*mode),
            class: Class::Fix,
            reasons: Vec::new(),
        };
        let plan = Plan { changes: modes.iter().map(chmod).collect() };
        let files = [("/home/u/.zirkabot/.env", "A=b\n"), (sample::STORE, "{}")];
        let fixed = fixed.iter().map(PathBuf::from).collect();
        let fake = Fake { fixed, ..Fake::new(sample::host(), &files) };
        World { uid, ..observe(&Overlay::new(&fake, &plan), &Agents::Default, None, Depth::Status, false) }
    }

    /// What is offered, by code and subject.
    fn offered(world: &World) -> Vec<String> {
        let findings = crate::checks::check(world, &sample::status(world));
        let of_files = findings.iter().filter(|finding| finding.is_of("files/not-writable"));
        let told = of_files.map(|finding| match (&finding.repair, &finding.advice) {
            (Some(repair), None) => {
                format!("{} {:?}", finding.subject, repair.edits[0].as_file().unwrap())
            }
            (_, advice) => {
                format!("{} {}", finding.subject, advice.as_ref().map(Advice::to_string).unwrap_or_default())
            }
        });
        told.collect()
    }

    #[test]
    fn what_is_our_own_is_made_writable_and_keeps_its_other_bits() {
        let modes = [("/home/u/.zirkabot/.env", 0o440), ("/home/u/.zirkabot", 0o500)];
        let expected = ["~/.zirkabot `chmod 700 ~/.zirkabot`", "~/.zirkabot/.env Mode(416)"];
        assert_eq!(offered(&world(1000, &modes, &[])), expected);
        let own = "run as its owner, or `sudo chown -R $USER ~/.zirkabot`";
        assert_eq!(offered(&world(1, &modes, &[]))[0], format!("~/.zirkabot {own}"));
        assert_eq!(offered(&world(0, &modes, &[])), Vec::<String>::new());
    }

    #[test]
    fn what_is_mounted_so_that_nobody_writes_is_a_note() {
        let (env, fixed) = ("/home/u/.zirkabot/.env", &["/home/u/.zirkabot/.env"][..]);
        let told = |world: &World| {
            let findings = crate::checks::check(world, &sample::status(world));
            let of_files =
                findings.iter().filter(|finding| finding.is_of("files") && finding.subject.ends_with(".env"));
            of_files
                .map(|finding| format!("{} {}", finding.severity.as_str(), finding.rule.code))
                .collect::<Vec<_>>()
        };
        for uid in [0, 1000] {
            assert_eq!(told(&world(uid, &[(env, 0o444)], fixed)), ["info files/not-writable"]);
            assert_eq!(told(&world(uid, &[(env, 0o600)], fixed)), [""; 0]);
            assert!(
                told(&world(uid, &[(env, 0o644)], &[])).contains(&"warning files/mode-too-open".to_owned())
            );
        }
    }
}
