//! The edits of a document as values: which place, and what is made of it. [`crate::doc::edit`]
//! makes them.

use crate::doc::{DocId, KeyPath, Node, Value};
use crate::sys::secret::Secret;
use std::path::PathBuf;

/// One change of one value of one document.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Which document.
    pub doc: DocId,
    /// Where in it.
    pub at: KeyPath,
    /// To what.
    pub to: To,
}

/// What an edit makes of its place.
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
    /// The whole file has this text; for files that are ours alone.
    Text(Secret),
    /// The whole file is removed (after a backup).
    RemoveFile,
    /// The file or directory gets exactly these permission bits.
    Mode(u32),
    /// The directory is made, with these permission bits.
    MakeDir(u32),
    /// The file or directory goes there, where nothing may be.
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

impl Draft {
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
