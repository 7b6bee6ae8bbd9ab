//! Family `files`: modes, owners, and what stands where it should not.

mod legacy;

use super::{remedy, repair};
use crate::actual::Store;
use crate::doc::{Doc, DocId, KeyPath, State};
use crate::duration::HOUR;
use crate::finding::{Case, Counts, Draft, Rule, Severity, Sink};
use crate::plan::{Class, Edit, To};
use crate::sources::DocKind;
use crate::sys::{Millis, Stat};
use std::path::Path;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "files/corrupt-store",
        severity: Severity::Error,
        what: "an auth store, or a record in it, cannot be read",
        why: "The gateway takes such a store for empty and may write over it. zirkabot leaves it as it is.",
        fix: "Correct the underlined place, or restore the file from $STATE/backups.",
        check: corrupt_store,
    },
    Rule {
        code: "files/legacy-layout",
        severity: Severity::Warning,
        what: "credentials or directories of an older version",
        why: "The present version looks elsewhere. Stores are imported without loss by `zirkabot models status`.",
        fix: "Run `zirkabot models status` to import stores; move older directories to where the present version looks.",
        check: legacy::legacy_layout,
    },
    Rule {
        code: "files/missing-directory",
        severity: Severity::Warning,
        what: "the state directory is not there",
        why: "Nothing is stored there yet. If you chose the directory, the choice may be a slip.",
        fix: "Make it with mode 700, or correct ZIRKABOT_STATE_DIR.",
        check: missing_directory,
    },
    Rule {
        code: "files/mode-too-open",
        severity: Severity::Warning,
        what: "others on this machine can read or change a file with secrets",
        why: "Whoever can read the file has the credential; whoever can change it decides where requests go.",
        fix: "`zirkabot doctor --fix` takes from others what they can do; by hand: chmod 600 for files, 700 for directories.",
        check: mode_too_open,
    },
    Rule {
        code: "files/not-writable",
        severity: Severity::Warning,
        what: "a file or directory that zirkabot keeps up to date cannot be written",
        why: "Synced logins and renewed tokens are lost if they cannot be stored. The system says: EACCES, permission denied; or: read-only file system.",
        fix: "`zirkabot doctor --fix` gives the owner write permission; by hand: chmod u+w. A read-only file system has to be made writable.",
        check: not_writable,
    },
    Rule {
        code: "files/several-state-dirs",
        severity: Severity::Info,
        what: "there is another state directory beside the one in use",
        why: "Under another user, or without ZIRKABOT_STATE_DIR, the gateway uses the other one, with other credentials.",
        fix: "Make sure that gateway and shell use the same directory, and remove the one that is not needed.",
        check: several_state_dirs,
    },
    Rule {
        code: "files/stale-temp",
        severity: Severity::Warning,
        what: "a half-written file was left behind",
        why: "A writer was killed before it could put the file in place; the file may hold secrets.",
        fix: "`zirkabot doctor --fix` removes it; what it was to replace is whole.",
        check: stale_temp,
    },
    Rule {
        code: "files/wrong-owner",
        severity: Severity::Warning,
        what: "a file with credentials belongs to another user",
        why: "The gateway may be unable to read or replace it. This happens when a command was once run with sudo.",
        fix: "Give the file back with chown.",
        check: wrong_owner,
    },
];

/// Our own files that are there.
fn ours<'a>(case: &'a Case<'_>) -> impl Iterator<Item = (&'a Doc, &'a Path, Stat)> {
    let not_files = [DocKind::CwdDotenv, DocKind::Directory, DocKind::Leftover];
    let secret = move |doc: &&Doc| doc.kind.row().ours && !not_files.contains(&doc.kind);
    let there = |doc: &'a Doc| Some((doc, doc.path.as_deref()?, doc.stat?));
    case.world.docs.iter().filter(secret).filter_map(there)
}

fn corrupt_store(case: &Case<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for store in &world.stores {
        let doc = world.doc(store.doc);
        let name = world.doc_name(store.doc);
        let in_scope = world.scope.contains(&store.agent);
        let counts = if in_scope { Counts::Broken } else { Counts::No };
        match &doc.state {
            State::Absent => {}
            State::Parsed => {
                if !is_store(doc) {
                    sink.state(&name, format!("{name} has no table `profiles`"))
                        .agent(&store.agent)
                        .see(doc.id, doc.root.as_ref().map(|root| root.loc), "no `profiles`")
                        .tell(restore(case, &name))
                        .counts(counts);
                }
                broken_records(store, sink);
            }
            state => {
                let loc = match state {
                    State::Unparsable(faults) => {
                        faults.first().map(|fault| crate::doc::Loc::new(doc.id, fault.span.clone()))
                    }
                    _ => None,
                };
                sink.state(&name, format!("{name} {}", state.in_words()))
                    .agent(&store.agent)
                    .see(doc.id, loc, "here")
                    .tell(restore(case, &name))
                    .counts(counts);
            }
        }
    }
}

/// Whether a document is a store that can be read, or a store that is not there yet.
pub(super) fn is_store(doc: &Doc) -> bool {
    let profiles = doc.root.as_ref().and_then(|root| root.get("profiles")).map(|node| &node.value);
    doc.state == State::Absent || matches!(profiles, Some(crate::doc::Value::Object(_)))
}

fn restore(case: &Case<'_>, name: &str) -> String {
    let backups = case.world.paths.shown(&case.world.paths.state.join("backups"));
    format!("correct {name} by hand, or restore it from a backup; what zirkabot changed is kept in {backups}")
}

/// Records that hold no credential that we know: kept, and said.
fn broken_records(store: &Store, sink: &mut Sink<'_>) {
    use crate::actual::Held;
    for stored in &store.profiles {
        let (what, loc) = match stored.held {
            Held::UnknownType(loc) => ("a type of credential that is not known", loc),
            Held::Broken(loc) => ("no readable record", loc),
            Held::Credential(_) => continue,
        };
        sink.state(&stored.id, format!("profile {} has {what}; it is kept but not used", stored.id))
            .at_most(Severity::Warning)
            .agent(&store.agent)
            .see(store.doc, Some(loc), "kept as it is")
            .tell("correct the record, or remove it");
    }
}

fn missing_directory(case: &Case<'_>, sink: &mut Sink<'_>) {
    let (world, paths) = (case.world, &case.world.paths);
    let state = world.places.iter().find(|place| place.path == paths.state);
    if state.is_some_and(|place| place.stat.is_none()) {
        let name = paths.shown(&paths.state);
        let limit = if paths.state_chosen { Severity::Warning } else { Severity::Info };
        sink.state(&name, format!("the state directory {name} is not there"))
            .at_most(limit)
            .tell(format!("`mkdir -m 700 -p {}`", remedy::quoted(&name)));
    }
}

fn mode_too_open(case: &Case<'_>, sink: &mut Sink<'_>) {
    let paths = &case.world.paths;
    for (doc, path, stat) in ours(case).filter(|(_, _, stat)| !stat.is_dir && stat.mode & 0o077 != 0) {
        // An included config may be shared on purpose; only secrets make it private.
        if doc.kind == DocKind::Include {
            continue;
        }
        let name = paths.shown(path);
        let draft = sink
            .state(&name, format!("{name} has mode {:o}: others can {}", stat.mode, others_can(stat.mode)))
            .see(doc.id, None, "too open");
        close(case, (doc.id, stat), &name, draft);
    }
    for place in &case.world.places {
        let Some(stat) = place.stat.filter(|stat| stat.is_dir && stat.mode & 0o077 != 0) else { continue };
        let name = paths.shown(&place.path);
        let (what, can) = (place.what, others_can(stat.mode));
        let draft =
            sink.state(&name, format!("the {what} {name} has mode {:o}: others can {can}", stat.mode));
        close(case, (place.doc, stat), &name, draft);
    }
}

/// Takes from others what is theirs of a file's mode.
fn close(case: &Case<'_>, (doc, stat): (DocId, Stat), name: &str, draft: Draft<'_>) {
    let mode = stat.mode & 0o700;
    if repair::may_chmod(case.world, stat) {
        draft.edit(format!("set the mode of {name} to {mode:o}"), repair::mode(doc, mode), Class::Fix);
    } else {
        draft.tell(format!("`chmod {mode:o} {}`, as its owner", remedy::quoted(name)));
    }
}

fn others_can(mode: u32) -> &'static str {
    match (mode & 0o055 != 0, mode & 0o022 != 0) {
        (_, true) => "change it",
        (true, false) => "read it",
        (false, false) => "reach it",
    }
}

fn not_writable(case: &Case<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for (doc, path, stat) in ours(case).filter(|(_, _, stat)| !stat.may_write(world.uid)) {
        if matches!(doc.kind, DocKind::Store | DocKind::StateDotenv | DocKind::Config) {
            let name = world.paths.shown(path);
            let draft = sink
                .state(&name, format!("{name} cannot be written by the user that runs this"))
                .see(doc.id, None, "read only");
            open_up(case, (doc.id, stat, 0o600), &name, draft);
        }
    }
    for place in &world.places {
        let Some(stat) = place.stat.filter(|stat| !stat.may_write(world.uid)) else { continue };
        let name = world.paths.shown(&place.path);
        let what = format!("the {} {name} cannot be written by the user that runs this", place.what);
        let draft = sink.state(&name, what);
        if place.path == world.paths.state {
            // Where the lock cannot be made, nothing can be repaired.
            draft.tell(format!("`chmod u+rwx {}`, as its owner", remedy::quoted(&name)));
        } else {
            open_up(case, (place.doc, stat, 0o700), &name, draft);
        }
    }
}

/// Gives a file's owner what he lacks of its mode, if he is the one who lacks it.
fn open_up(case: &Case<'_>, (doc, stat, bits): (DocId, Stat, u32), name: &str, draft: Draft<'_>) {
    let mode = stat.mode | bits;
    if repair::may_chmod(case.world, stat) {
        draft.edit(format!("set the mode of {name} to {mode:o}"), repair::mode(doc, mode), Class::Fix);
    } else {
        draft.tell(format!("`chmod u+w {}`, as its owner", remedy::quoted(name)));
    }
}

fn several_state_dirs(case: &Case<'_>, sink: &mut Sink<'_>) {
    let paths = &case.world.paths;
    for other in &case.world.other_states {
        let (other, used) = (paths.shown(other), paths.shown(&paths.state));
        sink.state(&other, format!("{other} is a state directory too, but {used} is in use"))
            .tell("make sure that the gateway uses the same one");
    }
}

/// A staged file younger than this may belong to a writer at work: ten minutes.
const AT_WORK: Millis = HOUR / 6;

fn stale_temp(case: &Case<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for doc in &world.leftovers {
        let age = world.doc(*doc).stat.map_or(0, |stat| world.now.saturating_sub(stat.mtime));
        if age > AT_WORK {
            let (name, age) = (world.doc_name(*doc), crate::duration::short(age));
            let edit = Edit { doc: *doc, at: KeyPath::default(), to: To::RemoveFile };
            sink.state(&name, format!("{name} was left behind {age} ago by a writer that was killed")).edit(
                format!("remove {name}"),
                vec![edit],
                Class::Fix,
            );
        }
    }
}

fn wrong_owner(case: &Case<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    // Whoever runs this, the files should belong to whom the state directory belongs to.
    let state = world.places.iter().find(|place| place.path == world.paths.state);
    let Some(owner) = state.and_then(|place| place.stat).map(|stat| stat.uid) else { return };
    let whom = if owner == world.uid { "$USER".to_owned() } else { owner.to_string() };
    for (doc, path, stat) in ours(case).filter(|(_, _, stat)| stat.uid != owner) {
        let name = world.paths.shown(path);
        sink.state(
            &name,
            format!("{name} belongs to user {}, the state directory to user {owner}", stat.uid),
        )
        .see(doc.id, None, "another owner")
        .tell(format!("`sudo chown {whom} {}`", remedy::quoted(&name)));
    }
    if owner != world.uid && world.uid != 0 {
        let name = world.paths.shown(&world.paths.state);
        sink.state(&name, format!("the state directory {name} belongs to user {owner}, not to you"))
            .tell(format!("run as its owner, or `sudo chown -R $USER {}`", remedy::quoted(&name)));
    }
}
