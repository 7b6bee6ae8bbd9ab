//! Finds and reads the config file, with all that it includes.

use crate::catalog::documents::{DocKind, Format};
use crate::catalog::paths::Paths;
use crate::config::field::Distrust;
use crate::config::{ConfigFile, Desired, include, load, own, schema};
use crate::doc::{DocId, Docs, Node, State};
use crate::sys::Look;
use crate::sys::secret::Secret;
use crate::world::observe::open;
use std::path::{Path, PathBuf};

/// Reads the config. `var` is the environment for `${VAR}`.
pub(crate) fn read(
    look: &dyn Look,
    docs: &mut Docs,
    paths: &Paths,
    var: &dyn Fn(&str) -> Option<Secret>,
) -> (ConfigFile, Desired) {
    let (doc, unused) = find(look, docs, paths);
    let desired = of(look, docs, (doc, paths), var);
    (ConfigFile { doc, unused }, desired)
}

/// Our own settings for homes of other programs, which do not start with a key that they do not know; none in a home
/// of ours.
fn own_settings(look: &dyn Look, docs: &mut Docs, paths: &Paths) -> Option<DocId> {
    if paths.layout.is_own() {
        return None;
    }
    let named = look.host().var("XDG_CONFIG_HOME").filter(|text| text.starts_with('/'));
    let base = named.map_or_else(|| paths.home.join(".config"), PathBuf::from);
    let path = base.join(own::FILE);
    let known = docs.iter().find(|doc| doc.kind == DocKind::Config && doc.path.as_deref() == Some(&path));
    Some(known.map(|doc| doc.id).unwrap_or_else(|| open::open(look, docs, DocKind::Config, &path)))
}

/// Reads a config that was opened already, with the environment `var`.
pub(super) fn of(
    look: &dyn Look,
    docs: &mut Docs,
    (doc, paths): (DocId, &Paths),
    var: &dyn Fn(&str) -> Option<Secret>,
) -> Desired {
    let ours = own_settings(look, docs, paths);
    let is_relative = paths.config_is_relative;
    // Without a config of theirs, ours counts all the same.
    let empty = (ours.is_some() && docs.get(doc).state == State::Absent).then(|| Node::empty_object(doc));
    let Some(root) = docs.get(doc).root.clone().or(empty) else { return Desired::default() };
    let (mut root, mut problems) = (root, Vec::new());
    if docs.get(doc).format == Format::Json5 {
        let path = docs.get(doc).path.clone().unwrap_or_default();
        (root, problems) = include::resolve(root, &path, &mut |path| included(look, docs, path));
    }
    if let Some(own_root) = ours.and_then(|ours| docs.get(ours).root.clone()) {
        let (own_root, others) = own::only(own_root);
        problems.extend(others);
        root = include::merge(own_root, root);
    }
    let uid = look.host().uid;
    let distrust = |doc: DocId| match docs.get(doc).stat {
        _ if is_relative && ours != Some(doc) => Some(Distrust::Relative),
        Some(stat) if !stat.is_own(uid) => Some(Distrust::Owner(stat.uid)),
        _ => None,
    };
    let mut desired = load::load(root, var, &distrust);
    desired.problems.extend(problems);
    desired
}

/// Opens the file that is to hold the schema of the config, beside it.
pub(super) fn open_schema(look: &dyn Look, docs: &mut Docs, config: DocId) {
    let config = docs.get(config);
    let (file, _) = schema::file(config);
    let Some(path) = config.path.as_ref().map(|path| path.with_file_name(file)) else { return };
    open::open(look, docs, DocKind::Schema, &path);
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
fn included(look: &dyn Look, docs: &mut Docs, path: &Path) -> Result<(DocId, Node), String> {
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
