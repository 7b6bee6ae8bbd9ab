//! Family `files`: modes, owners, and what stands where it should not.

mod access;
mod legacy;
mod store;

use crate::catalog::documents::DocKind;
use crate::change::advice::{Advice, Command};
use crate::change::proposal::Class;
pub(crate) use crate::checks::files::access::readable;
use crate::checks::finding::{CheckInput, Rule, Severity, Sink};
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
        why: "The gateway takes such a store for empty and may write over it. zirkabot leaves it as it is.",
        fix: "Correct the underlined place, or restore the file from $STATE/backups.",
        check: store::corrupt,
    },
    Rule {
        code: "files/legacy-layout",
        severity: Severity::Warning,
        what: "credentials or directories of an older version",
        why: "The present version looks elsewhere. Stores are imported without loss by `zirkabot models status`.",
        fix: "Run `zirkabot models status` to import stores, and `zirkabot doctor --fix` to move an older directory to where the present version looks.",
        check: legacy::layout,
    },
    Rule {
        code: "files/missing-directory",
        severity: Severity::Warning,
        what: "the state directory is not there",
        why: "Nothing is stored there yet. If you chose the directory, the choice may be a slip.",
        fix: "Make it with mode 700 (`zirkabot doctor --fix` does), or correct ZIRKABOT_STATE_DIR.",
        check: access::missing_directory,
    },
    Rule {
        code: "files/mode-too-open",
        severity: Severity::Error,
        what: "others on this machine can read or change a file with secrets",
        why: "Whoever can read the file has the credential; whoever can change it decides where requests go.",
        fix: "Set files to mode 600 and directories to 700: `zirkabot doctor --fix` does, or chmod.",
        check: access::mode_too_open,
    },
    Rule {
        code: "files/not-ours",
        severity: Severity::Error,
        what: "something else stands in the place of a file that zirkabot keeps for itself",
        why: "A link, a second name of another file or a FIFO in the place of a lock or the journal: what zirkabot writes there would go into that file. So no command that changes anything does so.",
        fix: "Run the command that is named: it makes room, and takes nothing away but that name.",
        check: access::not_ours,
    },
    Rule {
        code: "files/not-writable",
        severity: Severity::Warning,
        what: "a file or directory that zirkabot keeps up to date cannot be written",
        why: "Synced logins and renewed tokens are lost if they cannot be stored. The system says: EACCES, permission denied; or: read-only file system. What lies in a store of packages or comes from a mount is edited where it is made, so that this is only a note.",
        fix: "Give the owner write permission (`zirkabot doctor --fix`, or chmod u+w), or make the file system writable; change what is mounted where it comes from.",
        check: access::not_writable,
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
        fix: "Remove it; what it was to replace is whole.",
        check: stale_temp,
    },
    Rule {
        code: "files/wrong-owner",
        severity: Severity::Warning,
        what: "a file with credentials belongs to another user",
        why: "The gateway may be unable to read or replace it. This happens when a command was once run with sudo.",
        fix: "Give the file back with chown.",
        check: access::wrong_owner,
    },
];

/// The one edit of a file or directory as a whole.
fn whole(doc: DocId, to: FileAction) -> Vec<Edit> {
    vec![Edit::file(doc, to)]
}

/// Our own files that are there.
fn ours<'a>(case: &'a CheckInput<'_>) -> impl Iterator<Item = (&'a Doc, &'a Path, Stat)> {
    let services = [DocKind::Unit, DocKind::Plist, DocKind::Script];
    let not_files = [DocKind::CwdDotenv, DocKind::Directory, DocKind::Leftover];
    let not_files = [&services[..], &not_files[..]].concat();
    let secret = move |doc: &&Doc| doc.kind.row().ours && !not_files.contains(&doc.kind);
    let there = |doc: &'a Doc| Some((doc, doc.path.as_deref()?, doc.stat?));
    case.world.docs.iter().filter(secret).filter_map(there)
}

fn several_state_dirs(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let paths = &case.world.paths;
    for other in &case.world.other_states {
        let both = format!("{} {}", quoted(case.world, &paths.state), quoted(case.world, other));
        let (other, used) = (paths.shown(other), paths.shown(&paths.state));
        sink.state(&other, format!("{other} is a state directory too, but {used} is in use")).advise(
            Advice::say("compare them with ")
                .run(Command::look(format!("ls -lA {both}")))
                .then(", and move away the one that is not needed"),
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
            sink.state(&name, format!("{name} was left behind {age} ago by a writer that was killed")).edit(
                format!("remove {name}"),
                whole(*doc, FileAction::Remove),
                Class::Fix,
            );
        }
    }
}
