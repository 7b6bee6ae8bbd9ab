//! Where in the config files a value stands, or would stand. Pure.

use crate::doc::{DocId, KeyPath, Node, Value};
use crate::plan::{Draft, Edit, To};
use crate::secret::Secret;
use crate::world::World;

/// An edit of the value at `keys` of the merged config, in the file in which it stands; else in
/// the one in which the innermost table that is to hold it stands.
pub fn edit(world: &World, keys: &[&str], to: To) -> Edit {
    let (doc, at) = place(world, keys);
    Edit { doc, at, to }
}

/// The file and the path in it.
fn place(world: &World, keys: &[&str]) -> (DocId, KeyPath) {
    let mut found = (world.config.doc, KeyPath::default(), 0);
    let mut node = world.desired.root.as_ref();
    for (depth, key) in keys.iter().enumerate() {
        node = node.and_then(|node| node.get(key));
        let Some(node) = node else { break };
        let holds = depth + 1 == keys.len() || matches!(node.value, Value::Object(_));
        if let Some((doc, at)) = own(world, node, &keys[..=depth]).filter(|_| holds) {
            found = (doc, at, depth + 1);
        }
    }
    let (doc, mut at, depth) = found;
    keys[depth..].iter().for_each(|key| at = at.key(key));
    (doc, at)
}

/// The place of a value of the merged config. What stands in the config itself has the same path
/// there; an included file begins further in.
fn own(world: &World, node: &Node, keys: &[&str]) -> Option<(DocId, KeyPath)> {
    if node.loc.doc == world.config.doc {
        return Some((node.loc.doc, KeyPath::of(keys)));
    }
    Some((node.loc.doc, world.doc(node.loc.doc).path_of(node.loc)?))
}

/// A text as a value.
pub fn text(text: &str) -> Draft {
    Draft::String(Secret::from(text))
}

/// The edits that declare a profile; none for what is declared already. Other fields of a
/// declaration stay as they are.
pub fn declare(world: &World, id: &str, provider: &str, mode: &str) -> Vec<Edit> {
    let fields = [("provider", provider), ("mode", mode)];
    let at = ["auth", "profiles", id];
    let Some(declared) = world.desired.profile(id) else {
        let fields = fields.map(|(key, value)| (key.to_owned(), text(value))).to_vec();
        return vec![edit(world, &at, To::Set(Draft::Table(fields)))];
    };
    let is_so = [declared.provider == provider, declared.mode.is_some_and(|own| own.word() == mode)];
    let wanted = fields.iter().zip(is_so).filter(|(_, is_so)| !is_so);
    let set = |(key, value): &(&str, &str)| edit(world, &[at[0], at[1], id, key], To::Set(text(value)));
    wanted.map(|(field, _)| set(field)).collect()
}
