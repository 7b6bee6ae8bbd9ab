//! `.env` in a working directory, ours or the service's: whether it is read at all, and what of it. Who may
//! make files in a directory may not thereby say what is used by all who work in it.

use crate::catalog::documents::DocKind;
use crate::catalog::providers;
use crate::doc::{DocId, Docs, Node};
use crate::sys::{Look, Stat};
use crate::world::observe::open;
use std::path::Path;

/// `./.env`, as it was found.
#[derive(Debug)]
pub struct CwdDotenv {
    /// It; only a place if it was refused.
    pub doc: DocId,
    /// Why it is not read, if so.
    pub refused: Option<Distrust>,
    /// Names that it sets and that are not taken from it.
    pub ignored: Vec<String>,
}

/// Why a file is not read because of where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It belongs to this user, who is neither ours nor root.
    Owner(u32),
    /// Others may write it.
    Writable,
    /// Others may replace it: its directory belongs to somebody else, or they may write it.
    Directory,
    /// It is a link in a directory in which others may make links.
    Link,
}

/// Looks at the `.env` of `dir`. One that is refused is not read.
pub(super) fn read(look: &dyn Look, docs: &mut Docs, kind: DocKind, dir: &Path) -> CwdDotenv {
    let path = dir.join(".env");
    let mut refused = look.stat(&path).and_then(|stat| distrust(look, dir, stat));
    let doc = match refused {
        Some(_) => open::place(look, docs, kind, &path),
        None => open::open(look, docs, kind, &path),
    };
    // What was read may be another file than what was looked at before.
    if let (None, Some(stat)) = (refused, docs.get(doc).stat) {
        refused = distrust(look, dir, stat);
    }
    let members = docs.get(doc).root.as_ref().map(Node::members).unwrap_or_default();
    let names = members.iter().map(|member| member.key.clone());
    let ignored = names.filter(|name| !providers::is_var(name)).collect();
    CwdDotenv { doc, refused, ignored }
}

/// Whether the `.env` of a directory may be read, if there is one.
pub(super) fn is_believed(look: &dyn Look, dir: &Path) -> bool {
    look.stat(&dir.join(".env")).is_none_or(|stat| distrust(look, dir, stat).is_none())
}

/// Why a `.env` in `dir` with this metadata is not to be read, if so. A directory of this name is nothing to
/// read anyway.
fn distrust(look: &dyn Look, dir: &Path, stat: Stat) -> Option<Distrust> {
    if stat.is_dir {
        return None;
    }
    let target = look.resolve(&dir.join(".env"));
    let is_link = target != look.resolve(dir).join(".env");
    let beside = target.parent().filter(|_| is_link).and_then(|dir| look.stat(dir));
    let dirs = look.stat(dir).map(|stat| (stat, is_link)).into_iter().chain(beside.map(|stat| (stat, false)));
    judged(look.host().uid, stat, dirs)
}

/// The same, by metadata alone: of the file, and of each directory through which it is found, with whether a
/// link stands there.
fn judged(uid: u32, file: Stat, dirs: impl Iterator<Item = (Stat, bool)>) -> Option<Distrust> {
    if !file.is_own(uid) {
        return Some(Distrust::Owner(file.uid));
    }
    if file.mode & OTHERS_WRITE != 0 {
        return Some(Distrust::Writable);
    }
    for (dir, has_link) in dirs {
        let is_shared = dir.mode & OTHERS_WRITE != 0;
        if !dir.is_own(uid) || is_shared && dir.mode & STICKY == 0 {
            return Some(Distrust::Directory);
        }
        if is_shared && has_link {
            return Some(Distrust::Link);
        }
    }
    None
}

/// Mode bits by which others than the owner write.
const OTHERS_WRITE: u32 = 0o022;

/// Mode bit by which others do not replace what is not theirs.
const STICKY: u32 = 0o1000;

#[cfg(test)]
mod tests {
    use crate::world::observe::cwd::*;

    #[test]
    fn only_what_nobody_else_can_have_written_is_read() {
        let stat = |uid, mode| Stat { is_dir: false, mode, uid, gid: 0, ino: 1, mtime: 0 };
        let judge = |file: (u32, u32), dir: (u32, u32), is_link| {
            judged(1000, stat(file.0, file.1), std::iter::once((stat(dir.0, dir.1), is_link)))
        };
        for (file, dir, is_link, expected) in [
            ((1000, 0o600), (1000, 0o755), false, None),
            ((1000, 0o644), (1000, 0o755), true, None),
            ((0, 0o644), (0, 0o755), false, None),
            ((1000, 0o600), (0, 0o1777), false, None),
            ((1000, 0o600), (0, 0o1777), true, Some(Distrust::Link)),
            ((1001, 0o644), (0, 0o1777), false, Some(Distrust::Owner(1001))),
            ((1001, 0o600), (1000, 0o700), true, Some(Distrust::Owner(1001))),
            ((1000, 0o660), (1000, 0o700), false, Some(Distrust::Writable)),
            ((1000, 0o602), (1000, 0o700), false, Some(Distrust::Writable)),
            ((1000, 0o600), (1000, 0o777), false, Some(Distrust::Directory)),
            ((1000, 0o600), (1000, 0o775), false, Some(Distrust::Directory)),
            ((0, 0o644), (1001, 0o755), false, Some(Distrust::Directory)),
        ] {
            assert_eq!(judge(file, dir, is_link), expected, "{file:?} {dir:?} {is_link}");
        }
    }
}
