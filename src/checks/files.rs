//! Family `files`: modes, owners, and what stands where it should not.

mod access;
mod legacy;
mod store;

use crate::catalog::documents::{Content, DocKind};
use crate::change::advice::{Advice, Command};
use crate::change::proposal::Class;
pub(crate) use crate::checks::files::access::readable;
use crate::checks::finding::{CheckImpact, CheckInput, Rule, Severity, Sink};
use crate::doc::edit::ops::{Edit, FileAction};
use crate::doc::{Doc, DocId};
use crate::policy::advice::quoted;
use crate::sys::time::HOUR;
use crate::sys::{Millis, Stat};
use std::path::Path;

pub(crate) static RULES: &[Rule] = &[
    Rule {
        code: "files/corrupt-store",
        severity: Severity::Error,
        what: "an auth store, or a record in it, cannot be read",
        why: "The gateway treats such a store as empty and may overwrite it. zirkabot does not touch it.",
        fix: "Correct the underlined text, or restore the file from $STATE/backups.",
        check: store::corrupt,
    },
    Rule {
        code: "files/foreign-store",
        severity: Severity::Warning,
        what: "an auth store in JSON lies beside the database that is used instead",
        why: "openclaw keeps its credentials in SQLite. It refuses to work while an `auth-profiles.json` from before lies beside its database, and ignores what is in it.",
        fix: "Run `openclaw doctor --fix`, which takes the file over.",
        check: foreign_store,
    },
    Rule {
        code: "files/legacy-layout",
        severity: Severity::Warning,
        what: "credentials or directories from an older version",
        why: "This version does not look there. `zirkabot models status` imports stores without loss.",
        fix: "Run `zirkabot models status` to import stores, and `zirkabot doctor --fix` to move an older directory to its new place.",
        check: legacy::layout,
    },
    Rule {
        code: "files/missing-directory",
        severity: Severity::Warning,
        what: "the state directory does not exist",
        why: "Nothing is stored yet. If you chose the directory, its name may be a typo.",
        fix: "Create it with mode 700 (`zirkabot doctor --fix` does), or correct ZIRKABOT_STATE_DIR.",
        check: access::missing_directory,
    },
    Rule {
        code: "files/mode-too-open",
        severity: Severity::Error,
        what: "other users can read or change a file with secrets",
        why: "Anyone who can read the file has the credential; anyone who can change it decides where requests go.",
        fix: "Set files to mode 600 and directories to mode 700: `zirkabot doctor --fix` does.",
        check: access::mode_too_open,
    },
    Rule {
        code: "files/not-ours",
        severity: Severity::Error,
        what: "one of zirkabot's own files was replaced by something else",
        why: "The lock or the journal is a link, a hard link or a FIFO, so zirkabot would write to some other file. Until this is fixed, zirkabot does not change anything.",
        fix: "Run the suggested command: it moves the replacement out of the way and deletes no data.",
        check: access::not_ours,
    },
    Rule {
        code: "files/not-writable",
        severity: Severity::Warning,
        what: "a file or directory that zirkabot updates is not writable",
        why: "Synced logins and renewed tokens are lost if they cannot be stored. The system says: EACCES, permission denied; or: read-only file system. It is only a note for files in a package store or on a mount, which are edited at their source.",
        fix: "Give the owner write permission (`zirkabot doctor --fix`, or chmod u+w), or make the file system writable. Change mounted files at their source.",
        check: access::not_writable,
    },
    Rule {
        code: "files/several-state-dirs",
        severity: Severity::Info,
        what: "there is another state directory besides the one in use",
        why: "As another user, or without ZIRKABOT_STATE_DIR, the gateway uses the other one, with other credentials.",
        fix: "Make sure that gateway and shell use the same directory, and remove the other one.",
        check: several_state_dirs,
    },
    Rule {
        code: "files/stale-temp",
        severity: Severity::Warning,
        what: "an incomplete file was left behind",
        why: "A process was killed while it was writing; the file may contain secrets.",
        fix: "Remove it; the original file is intact.",
        check: stale_temp,
    },
    Rule {
        code: "files/which-home",
        severity: Severity::Error,
        what: "there are homes of several programs, and none of zirkabot",
        why: "Each has its own credentials. Which of them the bot uses cannot be told from outside.",
        fix: "Name the one that is meant: `zirkabot --home ~/.openclaw doctor`, or set ZIRKABOT_STATE_DIR.",
        check: which_home,
    },
    Rule {
        code: "files/wrong-owner",
        severity: Severity::Warning,
        what: "a file with credentials belongs to another user",
        why: "The gateway may be unable to read or replace it. This happens when a command was run with sudo.",
        fix: "Change the owner back with chown.",
        check: access::wrong_owner,
    },
];

/// The one edit of a file or directory as a whole.
fn whole(doc: DocId, to: FileAction) -> Vec<Edit> {
    vec![Edit::file(doc, to)]
}

/// Our own files that are there and may hold secrets.
fn ours<'a>(case: &'a CheckInput<'_>) -> impl Iterator<Item = (&'a Doc, &'a Path, Stat)> {
    let not_files = [DocKind::CwdDotenv, DocKind::Directory, DocKind::Leftover];
    let secret = move |doc: &&Doc| {
        let row = doc.kind.row();
        row.ours && row.content == Content::Secret && !not_files.contains(&row.kind)
    };
    let there = |doc: &'a Doc| Some((doc, doc.path.as_deref()?, doc.stat?));
    case.world.docs.iter().filter(secret).filter_map(there)
}

fn which_home(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let paths = &case.world.paths;
    let Some(first) = paths.unclear.first() else { return };
    let homes: Vec<String> = paths.unclear.iter().map(|home| paths.shown(home)).collect();
    let what = format!("which home is meant is unknown: {} are there", homes.join(", "));
    let doctor = format!("--home {} doctor", quoted(case.world, first));
    sink.state(paths.shown(&paths.state), what)
        .advise(Advice::command(paths.command(&doctor)))
        .counts(CheckImpact::Broken);
}

/// What lies beside a database and does not count.
fn foreign_store(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for stranded in &world.stranded {
        let name = world.paths.shown(stranded);
        sink.state(&name, format!("{name} lies beside the database that is used instead"))
            .advise(Advice::command(format!("{} doctor --fix", world.paths.layout.program)));
    }
}

fn several_state_dirs(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let paths = &case.world.paths;
    for other in &case.world.other_states {
        let both = format!("{} {}", quoted(case.world, &paths.state), quoted(case.world, other));
        let (other, used) = (paths.shown(other), paths.shown(&paths.state));
        sink.state(&other, format!("{other} is also a state directory, but {used} is in use")).advise(
            Advice::say("compare them with ")
                .run(Command::look(format!("ls -lA {both}")))
                .then(", and move the one you do not need away"),
        );
    }
}

/// A staged file younger than this may belong to a writer at work: ten minutes.
const AT_WORK: Millis = HOUR / 6;

fn stale_temp(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for doc in &world.leftovers {
        let age = world.doc(*doc).stat.map_or(0, |stat| world.now.saturating_sub(stat.mtime));
        if age > AT_WORK {
            let (name, age) = (world.doc_name(*doc), crate::sys::time::short(age));
            sink.state(&name, format!("{name} was left behind {age} ago by a killed process")).edit(
                format!("remove {name}"),
                whole(*doc, FileAction::Remove),
                Class::Fix,
            );
        }
    }
}
