//! What an edit means, on trees alone: the judge of every edited text.

use crate::catalog::documents::Format;
use crate::doc::edit::EditFault;
use crate::doc::edit::ops::{Draft, To};
use crate::doc::{DocId, KeyPath, Loc, Member, Node, Number, Seg, Value};
use crate::sys::secret::Secret;
use std::collections::BTreeMap;

/// The tree that an edited text must give.
pub(super) struct WantedTree {
    tree: Node,
    /// The same without one or more of the tables that the edit left empty: TOML cannot write a
    /// table that only its keys implied.
    pruned: Vec<Node>,
}

impl WantedTree {
    /// Whether `tree` is what was wanted.
    pub(super) fn holds(&self, tree: &Node) -> bool {
        same(tree, &self.tree) || self.pruned.iter().any(|pruned| same(tree, pruned))
    }
}

/// The old tree with one edit made.
pub(super) fn wanted(format: Format, tree: &Node, at: &KeyPath, to: &To) -> Result<WantedTree, EditFault> {
    if at.0.is_empty() {
        return Err(EditFault::Unsupported("the whole document cannot be set at once"));
    }
    let mut tree = tree.clone();
    let mut pruned = Vec::new();
    match to {
        To::Rename(key) => {
            rename(&mut tree, &at.0, key)?;
        }
        To::Set(draft) => put(&mut tree, at, 0, node(format, draft)?)?,
        To::Move(to) => {
            if let Some(value) = tree.locate(at).cloned() {
                take(&mut tree, &at.0);
                if tree.locate(to).is_some() {
                    return Err(EditFault::Unsupported("the new place is already in use"));
                }
                put(&mut tree, to, 0, value)?;
                if format == Format::Toml {
                    pruned = prune(&tree, &at.0[..at.0.len() - 1]);
                }
            }
        }
        To::Remove => {
            let removed = take(&mut tree, &at.0);
            if removed && format == Format::Toml {
                pruned = prune(&tree, &at.0[..at.0.len() - 1]);
            }
        }
    }
    Ok(WantedTree { tree, pruned })
}

/// Whether two trees hold the same values; the order of keys does not matter.
pub(crate) fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Number(one), Value::Number(other)) => one.0 == other.0 || one.0.is_nan() && other.0.is_nan(),
        (Value::String(one), Value::String(other)) => one == other,
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let (one, other) = (effective(one), effective(other));
            one.len() == other.len()
                && one.iter().zip(&other).all(|((key, one), (name, other))| key == name && same(one, other))
        }
        _ => false,
    }
}

fn effective(members: &[Member]) -> BTreeMap<&str, &Node> {
    members.iter().map(|member| (member.key.as_str(), &member.node)).collect()
}

/// A draft as a node at no place.
pub(super) fn node(format: Format, draft: &Draft) -> Result<Node, EditFault> {
    #[expect(clippy::cast_precision_loss, reason = "numbers are floats in every format")]
    let value = match draft {
        Draft::String(text) => Value::String(text.clone()),
        Draft::Null if format == Format::Toml => return Err(EditFault::Unsupported("TOML has no null")),
        Draft::List(_) | Draft::Table(_) if format == Format::Dotenv => {
            return Err(EditFault::Unsupported("a .env file cannot contain lists or tables"));
        }
        draft if format == Format::Dotenv => Value::String(Secret::new(draft.plain().unwrap_or_default())),
        Draft::Null => Value::Null,
        Draft::Float(value) => Value::Number(Number(*value)),
        Draft::Int(value) => Value::Number(Number(*value as f64)),
        Draft::Bool(value) => Value::Bool(*value),
        Draft::List(items) => {
            Value::Array(items.iter().map(|item| node(format, item)).collect::<Result<_, _>>()?)
        }
        Draft::Table(members) => Value::Object(
            members
                .iter()
                .map(|(key, draft)| Ok(member(key, node(format, draft)?)))
                .collect::<Result<_, EditFault>>()?,
        ),
    };
    Ok(Node { loc: Loc::new(DocId(0), 0..0), value })
}

fn member(key: &str, node: Node) -> Member {
    Member { key: key.to_owned(), key_loc: node.loc, node }
}

/// Sets the value at `path`, of which `depth` steps led to `tree`.
fn put(tree: &mut Node, path: &KeyPath, depth: usize, value: Node) -> Result<(), EditFault> {
    let Some(seg) = path.0.get(depth) else {
        *tree = value;
        return Ok(());
    };
    match (&mut tree.value, seg) {
        (Value::Object(members), Seg::Key(key)) => {
            let at = members.iter().rposition(|member| member.key == *key).unwrap_or_else(|| {
                members.push(member(key, Node::empty_object(DocId(0))));
                members.len() - 1
            });
            put(&mut members[at].node, path, depth + 1, value)
        }
        (Value::Array(items), Seg::Index(index)) => {
            // The place behind the last item is where a new one goes.
            if *index == items.len() {
                items.push(Node::empty_object(DocId(0)));
            }
            match items.get_mut(*index) {
                Some(item) => put(item, path, depth + 1, value),
                None => Err(EditFault::Unsupported("a list item that does not exist cannot be set")),
            }
        }
        (_, Seg::Key(_)) => Err(EditFault::NotATable(KeyPath(path.0[..depth].to_vec()))),
        (_, Seg::Index(_)) => Err(EditFault::Unsupported("only a list has items to set")),
    }
}

/// Takes out the value at `path`; whether it was there.
fn take(tree: &mut Node, path: &[Seg]) -> bool {
    let Some((seg, rest)) = path.split_first() else { return false };
    match (&mut tree.value, seg) {
        (Value::Object(members), Seg::Key(key)) if rest.is_empty() => {
            let before = members.len();
            members.retain(|member| member.key != *key);
            members.len() < before
        }
        (Value::Object(members), Seg::Key(key)) => members
            .iter_mut()
            .rev()
            .find(|member| member.key == *key)
            .is_some_and(|member| take(&mut member.node, rest)),
        (Value::Array(items), Seg::Index(index)) if *index < items.len() => {
            if rest.is_empty() {
                items.remove(*index);
                true
            } else {
                take(&mut items[*index], rest)
            }
        }
        _ => false,
    }
}

/// Gives the member at `path` another key; nothing happens if it is not there.
fn rename(tree: &mut Node, path: &[Seg], key: &str) -> Result<(), EditFault> {
    let Some((Seg::Key(old), parents)) = path.split_last() else {
        return Err(EditFault::Unsupported("only a key can be renamed"));
    };
    let mut node = tree;
    for seg in parents {
        let next = match (&mut node.value, seg) {
            (Value::Object(members), Seg::Key(key)) => {
                members.iter_mut().rev().find(|member| member.key == *key).map(|member| &mut member.node)
            }
            (Value::Array(items), Seg::Index(index)) => items.get_mut(*index),
            _ => None,
        };
        let Some(next) = next else { return Ok(()) };
        node = next;
    }
    let Value::Object(members) = &mut node.value else { return Ok(()) };
    if members.iter().any(|member| member.key == *old) && members.iter().any(|member| member.key == key) {
        return Err(EditFault::Unsupported("there already is a key with the new name"));
    }
    members.iter_mut().filter(|member| member.key == *old).for_each(|member| key.clone_into(&mut member.key));
    Ok(())
}

/// The tree without the empty table at the end of `path`; also without the one around it, if
/// that is then empty; and so on.
fn prune(tree: &Node, path: &[Seg]) -> Vec<Node> {
    let mut found: Vec<Node> = Vec::new();
    for end in (1..=path.len()).rev() {
        let mut tree = found.last().unwrap_or(tree).clone();
        let empty = tree.locate(&KeyPath(path[..end].to_vec())).is_some_and(|node| match &node.value {
            Value::Object(members) => members.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        });
        if !empty {
            break;
        }
        take(&mut tree, &path[..end]);
        found.push(tree);
    }
    found
}
