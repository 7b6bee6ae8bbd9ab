//! What a value of the config may look like: the vocabulary in which `shape` is written.

use crate::catalog::tools::Tool;
use crate::config::CLAUDE_HELPER;
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
    /// Text that is not shown, because a secret may be in it; in clear it is nobody's fault.
    Hidden,
    /// A list of a program, which may be shown, and its arguments, which are [`Shape::Hidden`].
    CommandLine,
    /// A whole number of at least this.
    Whole(i64),
    /// A number above zero.
    Positive,
    /// A duration: `24h`, `1d12h`, `90m`; a bare number counts days.
    Duration,
    /// A duration that says its unit, such as `15m`; 0 is none.
    Span,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A credential source: the word of a tool, `claude-helper`, `store`, `env:NAME`, `file:PATH`, `exec:PROGRAM`.
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

impl Shape {
    /// Whether a value of this shape may be shown.
    pub(crate) fn is_shown(&self) -> bool {
        !matches!(self, Self::Secret | Self::Hidden)
    }
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
    /// What it names, if that is nothing for a config which somebody else may have written.
    pub names: Option<Names>,
    /// Whether only we know it, and not those whose configs we read.
    pub own: bool,
}

/// What a key names that decides where credentials go, what is run, or what is believed. Such a key has no
/// effect in a file that is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Where something is sent.
    Endpoint,
    /// What is run.
    Program,
    /// Where files are.
    Directory,
    /// Who else is trusted.
    Trust,
    /// Variables by the keys of the table; those of providers are not meant.
    Variables,
    /// Where a credential comes from, if that is a file or a program.
    Source,
}

/// Why a file is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It is found from the working directory.
    Relative,
    /// It belongs to this user, who is neither ours nor root.
    Owner(u32),
}

impl Names {
    /// What it is, as the end of "it may name no …".
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Endpoint => "address to which something is sent",
            Self::Program => "program",
            Self::Directory => "directory or file",
            Self::Trust => "directory that is trusted",
            Self::Variables => "variable but keys of providers",
            Self::Source => "file or program with a credential",
        }
    }
}

impl Field {
    /// The key, which names such a thing.
    pub(crate) const fn names(self, names: Names) -> Self {
        Self { names: Some(names), ..self }
    }

    /// The key, which only we know.
    pub(crate) const fn own(self) -> Self {
        Self { own: true, ..self }
    }

    /// One line for editors and documentation.
    pub fn about(&self) -> &'static str {
        static SOURCE: LazyLock<String> = LazyLock::new(|| {
            format!(
                "Where the credential comes from: {}, {CLAUDE_HELPER}, env:NAME, file:PATH, exec:PROGRAM ARGUMENTS or store.",
                Tool::words(", ")
            )
        });
        if matches!(self.shape, Shape::CredentialSource) { &SOURCE } else { self.doc }
    }
}

/// A key that may be there.
pub(crate) const fn key(key: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { key, shape, doc, required: false, instead: None, names: None, own: false }
}

/// A key without which the table is wrong.
pub(crate) const fn required(key: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { key, shape, doc, required: true, instead: None, names: None, own: false }
}

/// A key of another part of the product.
pub(crate) const fn foreign(key: &'static str) -> Field {
    Field {
        key,
        shape: Shape::Foreign,
        doc: "Belongs to another part of the product.",
        required: false,
        instead: None,
        names: None,
        own: false,
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
        names: None,
        own: false,
    }
}

/// The milliseconds of a [`Shape::Span`].
pub(crate) fn span_with_unit(node: &Node) -> Option<i64> {
    match &node.value {
        Value::String(text) => duration::parse_with_unit(text.expose()),
        Value::Number(none) => (none.0 == 0.0).then_some(0),
        _ => None,
    }
}

/// The milliseconds of a [`Shape::Duration`]; a bare number counts days.
pub(crate) fn span(node: &Node) -> Option<i64> {
    match &node.value {
        Value::String(text) => duration::parse(text.expose()),
        Value::Number(days) => duration::parse(&format!("{}", days.0)),
        _ => None,
    }
}
