//! The tree that every format is parsed into, and paths into it.

use crate::doc::DocId;
use crate::sys::secret::Secret;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A place: bytes `start..end` of the text of `doc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loc {
    /// The document.
    pub doc: DocId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Loc {
    /// Bytes `range` of `doc`.
    pub fn new(doc: DocId, range: std::ops::Range<usize>) -> Self {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { doc, start: narrow(range.start), end: narrow(range.end) }
    }

    /// The bytes.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value and its place: the whole token, quotes and brackets included. The place of a TOML
/// table is its header, or the key that implied it.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands.
    pub loc: Loc,
    /// What it is.
    pub value: Value,
}

/// What a node holds. Strings are secret until someone knows better.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written, and its value.
    Number(Number),
    /// A string, decoded. TOML dates and times are strings too.
    String(Secret),
    /// A list.
    Array(Vec<Node>),
    /// Members in file order; the last of equal keys counts.
    Object(Vec<Member>),
}

/// A number. `Debug` hides it: a secret typed without quotes may be one.
#[derive(Clone, Copy, PartialEq)]
pub struct Number(pub f64);

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NUMBER")
    }
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Member {
    /// The key, decoded.
    pub key: String,
    /// Where the key stands, quotes included.
    pub key_loc: Loc,
    /// The value.
    pub node: Node,
}

impl Member {
    /// The variable or setting `key`, which is set to a text.
    pub(super) fn text(key: String, key_loc: Loc, loc: Loc, text: String) -> Self {
        Self { key, key_loc, node: Node { loc, value: Value::String(Secret::new(text)) } }
    }
}

impl Node {
    /// `{}` at no place.
    pub fn empty_object(doc: DocId) -> Self {
        Self { loc: Loc::new(doc, 0..0), value: Value::Object(Vec::new()) }
    }

    /// The member `key` of an object; the last one where a key stands twice.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.member(key).map(|member| &member.node)
    }

    /// The member `key` with its key's place.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().rev().find(|member| member.key == key)
    }

    /// The members of an object; none for anything else.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of an array; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text.expose()),
            _ => None,
        }
    }

    /// The string as a secret, if it is one.
    pub fn as_secret(&self) -> Option<&Secret> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self.value {
            Value::Number(number) => Some(number.0),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The node at `path` below this one.
    pub fn locate(&self, path: &KeyPath) -> Option<&Node> {
        path.0.iter().try_fold(self, Self::step)
    }

    /// The node one step below this one.
    pub(super) fn step(&self, seg: &Seg) -> Option<&Node> {
        match seg {
            Seg::Key(key) => self.get(key),
            Seg::Index(index) => self.items().get(*index),
        }
    }

    /// Adds the paths to what stands at the `wanted` places to `found`; `path` leads to this node.
    pub(super) fn find<'n>(
        &'n self,
        wanted: &BTreeSet<Loc>,
        path: &mut Vec<PathStep<'n>>,
        found: &mut BTreeMap<Loc, KeyPath>,
    ) {
        let mut hit = |loc: Loc, path: &[PathStep<'_>]| {
            if wanted.contains(&loc) {
                found.entry(loc).or_insert_with(|| KeyPath(path.iter().map(PathStep::seg).collect()));
            }
        };
        hit(self.loc, path);
        for member in self.members() {
            path.push(PathStep::Key(&member.key));
            hit(member.key_loc, path);
            path.pop();
        }
        for member in self.members().iter().rev() {
            path.push(PathStep::Key(&member.key));
            member.node.find(wanted, path, found);
            path.pop();
        }
        for (at, item) in self.items().iter().enumerate() {
            path.push(PathStep::Index(at));
            item.find(wanted, path, found);
            path.pop();
        }
    }

    /// The kind of value, as people say it.
    pub fn kind_name(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true/false",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "a table",
        }
    }
}

/// A step that borrows its key.
pub(super) enum PathStep<'n> {
    Key(&'n str),
    Index(usize),
}

impl PathStep<'_> {
    fn seg(&self) -> Seg {
        match self {
            Self::Key(key) => Seg::Key((*key).to_owned()),
            Self::Index(index) => Seg::Index(*index),
        }
    }
}

/// One step of a [`KeyPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seg {
    /// Into an object.
    Key(String),
    /// Into an array.
    Index(usize),
}

impl Seg {
    /// The key, if it is one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Index(_) => None,
        }
    }
}

/// A path into a tree. Shown dotted, with quotes where a key needs them:
/// `auth.profiles."anthropic:claude-cli".mode`, `agents.list[0].id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPath(pub Vec<Seg>);

impl KeyPath {
    /// The path of these keys.
    pub fn of(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| Seg::Key((*key).to_owned())).collect())
    }

    /// This path and one key more.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.0.push(Seg::Key(key.to_owned()));
        path
    }

    /// This path and one index more.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Seg::Index(index));
        path
    }

    /// The last key, if the path ends in one.
    pub fn last_key(&self) -> Option<&str> {
        self.0.last()?.key()
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, seg) in self.0.iter().enumerate() {
            match seg {
                Seg::Index(index) => write!(f, "[{index}]")?,
                Seg::Key(key) => {
                    let dot = if at == 0 { "" } else { "." };
                    let bare = !key.is_empty()
                        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
                    if bare { write!(f, "{dot}{key}")? } else { write!(f, "{dot}{key:?}")? }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::doc::node::*;

    #[test]
    fn key_paths_are_shown_as_people_write_them() {
        let path = KeyPath::of(&["auth", "profiles", "anthropic:claude-cli", "mode"]);
        assert_eq!(path.to_string(), r#"auth.profiles."anthropic:claude-cli".mode"#);
        assert_eq!(KeyPath::of(&["agents", "list"]).index(0).key("id").to_string(), "agents.list[0].id");
    }
}
