//! Finds and reads the config file, with all that it includes.

use crate::catalog::documents::{DocKind, Format};
use crate::catalog::paths::Paths;
use crate::config::field::Distrust;
use crate::config::{ConfigFile, Desired, include, load};
use crate::doc::{DocId, Docs, State};
use crate::sys::Look;
use crate::sys::secret::Secret;
use crate::world::observe::open;
use std::path::Path;

/// Reads the config. `var` is the environment for `${VAR}`.
pub(crate) fn read(
    look: &dyn Look,
    docs: &mut Docs,
    paths: &Paths,
    var: &dyn Fn(&str) -> Option<Secret>,
) -> (ConfigFile, Desired) {
    let (doc, unused) = find(look, docs, paths);
    let desired = of(look, docs, (doc, paths.config_is_relative), var);
    (ConfigFile { doc, unused }, desired)
}

/// Reads a config that was opened already, with the environment `var`; and whether it is named relatively.
pub(super) fn of(
    look: &dyn Look,
    docs: &mut Docs,
    (doc, is_relative): (DocId, bool),
    var: &dyn Fn(&str) -> Option<Secret>,
) -> Desired {
    let Some(root) = docs.get(doc).root.clone() else { return Desired::default() };
    let (mut root, mut problems) = (root, Vec::new());
    if docs.get(doc).format == Format::Json5 {
        let path = docs.get(doc).path.clone().unwrap_or_default();
        (root, problems) = include::resolve(root, &path, &mut |path| included(look, docs, path));
    }
    let uid = look.host().uid;
    let distrust = |doc: DocId| match docs.get(doc).stat {
        _ if is_relative => Some(Distrust::Relative),
        Some(stat) if !stat.is_own(uid) => Some(Distrust::Owner(stat.uid)),
        _ => None,
    };
    let mut desired = load::load(root, var, &distrust);
    desired.problems.extend(problems);
    desired
}

/// The first config that is there; absent, the first place where one would be.
fn find(look: &dyn Look, docs: &mut Docs, paths: &Paths) -> (DocId, Option<std::path::PathBuf>) {
    let present: Vec<_> = paths.configs.iter().filter(|path| look.stat(path).is_some()).collect();
    let dangling = || paths.configs.iter().find(|path| open::is_link(look, path));
    let chosen = present.first().copied().or_else(dangling).unwrap_or(&paths.configs[0]);
    let unused = present.get(1).map(|path| (*path).clone());
    (open::open(look, docs, DocKind::Config, chosen), unused)
}

/// Opens an included file, once however often it is included.
fn included(look: &dyn Look, docs: &mut Docs, path: &Path) -> Result<(DocId, crate::doc::Node), String> {
    let known = docs.iter().find(|doc| doc.kind == DocKind::Include && doc.path.as_deref() == Some(path));
    let id = match known {
        Some(doc) => doc.id,
        None => open::open(look, docs, DocKind::Include, path),
    };
    let doc = docs.get(id);
    match (&doc.root, &doc.state) {
        (Some(root), _) => Ok((id, root.clone())),
        (None, State::Absent) => Err(format!("{} does not exist", path.display())),
        (None, state) => Err(format!("{} {}", path.display(), state.in_words())),
    }
}
