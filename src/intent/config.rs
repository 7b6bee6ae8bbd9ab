//! Where in the config files a value stands, or would stand. Pure.

use crate::catalog::documents::Format;
use crate::config::own;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{DocId, KeyPath, Node, Seg, Value};
use crate::world::World;

/// An edit of the value at `keys` of the merged config, in the file in which it stands; else in
/// the one in which the innermost table that is to hold it stands.
pub(crate) fn edit(world: &World, keys: &[&str], to: To) -> Edit {
    edit_at(world, &KeyPath::of(keys), to)
}

/// As [`edit`], for a path that may lead through lists.
pub(crate) fn edit_at(world: &World, path: &KeyPath, to: To) -> Edit {
    let (doc, at) = place(world, path);
    Edit::value(doc, at, to)
}

/// The file and the path in it.
pub(crate) fn place(world: &World, path: &KeyPath) -> (DocId, KeyPath) {
    let mut node = world.desired.root.as_ref();
    // What another program's config must not have is in a file of ours.
    let is_there = || node.is_some_and(|root| root.locate(path).is_some());
    if !world.paths.layout.is_own()
        && own::is_own(path)
        && !is_there()
        && let Some(ours) = world.own_settings()
    {
        return (ours, path.clone());
    }
    let mut found = (world.config.doc, KeyPath::default(), 0);
    for depth in 1..=path.0.len() {
        node = node.and_then(|node| node.locate(&KeyPath(vec![path.0[depth - 1].clone()])));
        let Some(node) = node else { break };
        let holds = depth == path.0.len() || matches!(node.value, Value::Object(_) | Value::Array(_));
        let upto = KeyPath(path.0[..depth].to_vec());
        if let Some((doc, at)) = own(world, node, &upto).filter(|_| holds) {
            found = (doc, at, depth);
        }
    }
    let (doc, mut at, depth) = found;
    for (n, seg) in path.0[depth..].iter().enumerate() {
        at.0.push(match seg {
            // What is behind the last item of a list that several files make up is behind the last
            // one of this file.
            Seg::Index(_) if n == 0 => Seg::Index(items(world, doc, &at)),
            seg => seg.clone(),
        });
    }
    (doc, at)
}

/// The place of a value of the merged config. What stands in the config itself has the same path
/// there, unless lists were joined; an included file begins further in.
fn own(world: &World, node: &Node, path: &KeyPath) -> Option<(DocId, KeyPath)> {
    let doc = world.doc(node.loc.doc);
    let joined = doc.format == Format::Json5 && path.0.iter().any(|seg| matches!(seg, Seg::Index(_)));
    if doc.id == world.config.doc && !joined {
        return Some((doc.id, path.clone()));
    }
    Some((doc.id, doc.path_of(node.loc)?))
}

/// How many items a list has in its own file.
fn items(world: &World, doc: DocId, at: &KeyPath) -> usize {
    world.doc(doc).locate(at).map_or(0, |list| list.items().len())
}

/// The files that make up the value at `path`, by name; none if nothing is there.
pub(crate) fn files(world: &World, path: &KeyPath) -> Vec<String> {
    fn docs(node: &Node, found: &mut Vec<DocId>) {
        let below = node.members().iter().map(|member| &member.node).chain(node.items());
        below.for_each(|node| docs(node, found));
        if !found.contains(&node.loc.doc) {
            found.push(node.loc.doc);
        }
    }
    let mut found = Vec::new();
    if let Some(node) = world.desired.root.as_ref().and_then(|root| root.locate(path)) {
        docs(node, &mut found);
    }
    found.into_iter().map(|doc| world.doc_name(doc)).collect()
}

/// The value at `path` as it is written, `${VARIABLE}`s and all.
pub(crate) fn written(world: &World, path: &KeyPath) -> Option<Node> {
    let node = world.desired.root.as_ref()?.locate(path)?;
    let (doc, at) = own(world, node, path)?;
    world.doc(doc).tree()?.locate(&at).cloned()
}

/// The edits that declare a profile; none for what is declared already. Other fields of a
/// declaration stay as they are.
pub(crate) fn declare(world: &World, id: &str, provider: &str, mode: &str) -> Vec<Edit> {
    let fields = [("provider", provider), ("mode", mode)];
    let at = ["auth", "profiles", id];
    let Some(declared) = world.desired.profile(id) else {
        let fields = fields.map(|(key, value)| (key.to_owned(), Draft::text(value))).to_vec();
        return vec![edit(world, &at, To::Set(Draft::Table(fields)))];
    };
    let is_so = [declared.provider == provider, declared.mode.is_some_and(|own| own.as_str() == mode)];
    let wanted = fields.iter().zip(is_so).filter(|(_, is_so)| !is_so);
    let set = |(key, value): &(&str, &str)| edit(world, &[at[0], at[1], id, key], To::text(value));
    wanted.map(|(field, _)| set(field)).collect()
}
