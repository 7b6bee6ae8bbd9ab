//! What a value of the config may look like: the vocabulary in which `shape` is written.

use crate::catalog::tools::Tool;
use crate::doc::{Node, Value};
use crate::sys::time as duration;
use std::sync::LazyLock;

/// What a value may look like.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Belongs to another part of the product.
    Foreign,
    /// `true` or `false`.
    Bool,
    /// Text that may be shown.
    Text,
    /// Text that is a secret.
    Secret,
    /// A whole number of at least this.
    Whole(i64),
    /// A number above zero.
    Positive,
    /// A duration: `24h`, `1d12h`, `90m`; a bare number counts days.
    Duration,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A credential source: the word of a tool, `store`, `env:NAME`.
    CredentialSource,
    /// A list.
    List(&'static Shape),
    /// A table with any keys.
    Map(&'static Shape),
    /// A table with these keys; other keys have the second shape, or are unknown.
    Table(&'static [Field], Option<&'static Shape>),
    /// Any of these.
    Either(&'static [Shape]),
}

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// Its value.
    pub shape: Shape,
    /// One line for editors and documentation.
    pub(super) doc: &'static str,
    /// Whether the table is wrong without it.
    pub required: bool,
    /// For a key of older versions: what to write instead.
    pub instead: Option<&'static str>,
}

impl Field {
    /// One line for editors and documentation.
    pub fn about(&self) -> &'static str {
        static SOURCE: LazyLock<String> = LazyLock::new(|| {
            format!("Where the credential comes from: {}, env:NAME or store.", Tool::words(", "))
        });
        if matches!(self.shape, Shape::CredentialSource) { &SOURCE } else { self.doc }
    }
}

/// A key that may be there.
pub(crate) const fn key(key: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { key, shape, doc, required: false, instead: None }
}

/// A key without which the table is wrong.
pub(crate) const fn required(key: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { key, shape, doc, required: true, instead: None }
}

/// A key of another part of the product.
pub(crate) const fn foreign(key: &'static str) -> Field {
    Field {
        key,
        shape: Shape::Foreign,
        doc: "Belongs to another part of the product.",
        required: false,
        instead: None,
    }
}

/// A key of older versions, and what is written instead.
pub(crate) const fn legacy(key: &'static str, instead: &'static str) -> Field {
    Field {
        key,
        shape: Shape::Foreign,
        doc: "Key of an older version.",
        required: false,
        instead: Some(instead),
    }
}

/// The milliseconds of a duration in the config; a bare number counts days.
pub(crate) fn span(node: &Node) -> Option<i64> {
    match &node.value {
        Value::String(text) => duration::parse(text.expose()),
        Value::Number(days) => duration::parse(&format!("{}", days.0)),
        _ => None,
    }
}
