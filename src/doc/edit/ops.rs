//! The edits of a document as values: which place, and what is made of it. [`crate::doc::edit`]
//! makes them.

use crate::doc::{DocId, KeyPath, Node, Value};
use crate::sys::secret::Secret;
use std::path::PathBuf;

/// One change of one document: of a value in it, or of the file itself.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Which document.
    pub doc: DocId,
    /// What is done.
    pub op: EditOp,
}

/// What an edit does.
#[derive(Clone, Debug)]
pub enum EditOp {
    /// Makes this of the value at this place.
    Value(KeyPath, To),
    /// Does this with the whole file.
    File(FileAction),
}

impl Edit {
    /// An edit of the value at `at`.
    pub fn value(doc: DocId, at: KeyPath, to: To) -> Self {
        Self { doc, op: EditOp::Value(at, to) }
    }

    /// An edit of the file itself.
    pub fn file(doc: DocId, action: FileAction) -> Self {
        Self { doc, op: EditOp::File(action) }
    }

    /// Place and new value, if it is the edit of a value.
    pub fn as_value(&self) -> Option<(&KeyPath, &To)> {
        match &self.op {
            EditOp::Value(at, to) => Some((at, to)),
            EditOp::File(_) => None,
        }
    }

    /// Places and new values of all edits that are edits of values.
    pub fn values(edits: &[Self]) -> Vec<(KeyPath, To)> {
        edits.iter().filter_map(Self::as_value).map(|(at, to)| (at.clone(), to.clone())).collect()
    }

    /// What is done with the file, if it is an edit of the file.
    pub fn as_file(&self) -> Option<&FileAction> {
        match &self.op {
            EditOp::Value(..) => None,
            EditOp::File(action) => Some(action),
        }
    }
}

/// What an edit makes of a value.
#[derive(Clone, Debug)]
pub enum To {
    /// This value; missing parents are made.
    Set(Draft),
    /// Nothing: key and value are taken out. Nothing happens if it is not there.
    Remove,
    /// The same value under this key; its text and its place stay.
    Rename(String),
    /// Nothing: the value goes to this path of the document, where nothing may be, with its text
    /// and its comments.
    Move(KeyPath),
}

/// What is done with a whole file or directory.
#[derive(Clone, Debug)]
pub enum FileAction {
    /// It has this text; for files that are ours alone.
    Write(Secret),
    /// It is removed (after a backup).
    Remove,
    /// It gets exactly these permission bits.
    Mode(u32),
    /// It is made, as a directory, with these permission bits.
    MakeDir(u32),
    /// It goes there, where nothing may be.
    MoveTo(PathBuf),
}

/// A value to be written.
#[derive(Clone, Debug)]
pub enum Draft {
    /// A string.
    String(Secret),
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A list.
    List(Vec<Draft>),
    /// A table, in this order.
    Table(Vec<(String, Draft)>),
}

impl To {
    /// This text.
    pub fn text(text: &str) -> Self {
        Self::Set(Draft::text(text))
    }
}

impl Draft {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::String(text.into())
    }

    /// A number or truth value, as every format writes it.
    pub(super) fn plain(&self) -> Option<String> {
        match self {
            Self::Int(value) => Some(value.to_string()),
            Self::Float(value) => Some(value.to_string()),
            Self::Bool(value) => Some(value.to_string()),
            Self::String(_) | Self::Null | Self::List(_) | Self::Table(_) => None,
        }
    }

    /// A copy of a value that was read.
    pub fn of(node: &Node) -> Self {
        match &node.value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Float(number.0),
            Value::String(text) => Self::String(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Object(members) => Self::Table(
                members.iter().map(|member| (member.key.clone(), Self::of(&member.node))).collect(),
            ),
        }
    }
}
