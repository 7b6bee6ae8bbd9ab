//! Where a key of an older version stands, in its file and in the config as a whole.

use crate::change::proposal::{Class, Proposal};
use crate::config::field::{Field, Shape};
use crate::config::shape::CONFIG;
use crate::config::{Desired, Problem, ProblemKind, validate};
use crate::doc::edit::ops::{Edit, To};
use crate::doc::{Doc, DocId, Docs, KeyPath, Node, edit, parse};

/// The file that holds a key of an older version, and the config that it is a part of.
pub(super) struct Site<'a> {
    pub(super) docs: &'a Docs,
    /// The whole config, includes merged.
    pub(super) root: &'a Node,
    /// The file.
    doc: &'a Doc,
    /// Where in the config the file's own top stands.
    base: KeyPath,
    /// The key, from the top of the config.
    pub(super) at: KeyPath,
}

impl<'a> Site<'a> {
    pub(super) fn of(desired: &'a Desired, docs: &'a Docs, problem: &Problem) -> Option<Self> {
        let (doc, at) = (docs.get(problem.loc.doc), problem.path.clone());
        let own = doc.path_of(problem.loc)?;
        let base = KeyPath(at.0.strip_suffix(own.0.as_slice())?.to_vec());
        Some(Self { docs, root: desired.root.as_ref()?, doc, base, at })
    }

    /// What the config holds at `path`.
    pub(super) fn get(&self, path: &KeyPath) -> Option<&'a Node> {
        self.root.locate(path)
    }

    /// Whether a value of the config stands in this file.
    pub(super) fn is_here(&self, node: &Node) -> bool {
        node.loc.doc == self.doc.id
    }

    /// The file.
    pub(super) fn id(&self) -> DocId {
        self.doc.id
    }

    /// An edit of this file, if what stands at `path` of the config can stand in it.
    pub(super) fn edit(&self, path: &KeyPath, to: To) -> Option<Edit> {
        Some(Edit::value(self.doc.id, self.own(path)?, to))
    }

    /// A move within this file.
    pub(super) fn moved(&self, from: &KeyPath, to: &KeyPath) -> Option<Edit> {
        self.edit(from, To::Move(self.own(to)?))
    }

    /// The path in the file to what is at `path` of the config.
    pub(super) fn own(&self, path: &KeyPath) -> Option<KeyPath> {
        Some(KeyPath(path.0.strip_prefix(self.base.0.as_slice())?.to_vec()))
    }

    /// The value as it is written in this file, variables not filled in.
    pub(super) fn written(&self, path: &KeyPath) -> Option<&'a Node> {
        self.doc.locate(&self.own(path)?)
    }

    /// The whole value goes to `to`; if that is taken, the old one goes only if both are equal.
    pub(super) fn whole(&self, to: &KeyPath) -> Option<Proposal> {
        match (self.get(&self.at), self.get(to)) {
            (Some(_), None) => {
                let edits = vec![self.moved(&self.at, to)?];
                Some(Proposal::new(format!("move it to `{to}`"), edits))
            }
            (Some(old), Some(new)) if edit::same(old, new) => {
                let edits = vec![self.edit(&self.at, To::Remove)?];
                let what = format!("remove it, because `{to}` is the same");
                Some(Proposal { class: Class::Force, ..Proposal::new(what, edits) })
            }
            _ => None,
        }
    }

    /// Whether the edits can be made without losing a comment, and leave nothing wrong that was
    /// not wrong before.
    pub(super) fn is_safe(&self, edits: &[Edit]) -> bool {
        let own = Edit::values(edits);
        let old = self.doc.text.expose();
        let Ok(new) = edit::edit(self.doc.format, old, &own) else { return false };
        let wrong = |text: &str| {
            let tree = parse(self.doc.format, self.doc.id, text).ok()?;
            Some(if self.base.0.is_empty() { faults(&tree) } else { 0 })
        };
        let fewer = wrong(&new).zip(wrong(old)).is_some_and(|(new, old)| new <= old);
        fewer && edit::keeps_comments(self.doc.format, old, &new)
    }
}

/// How much is wrong with a tree beside keys of older versions.
fn faults(tree: &Node) -> usize {
    let problems = validate::validate(tree, &CONFIG);
    problems.iter().filter(|problem| !matches!(problem.kind, ProblemKind::LegacyKey(_))).count()
}

/// The fields that the table at `path` may have.
fn fields(path: &[&str]) -> &'static [Field] {
    let mut shape: &'static Shape = &CONFIG;
    for key in path {
        let Shape::Table(fields, _) = shape else { return &[] };
        let Some(field) = fields.iter().find(|field| field.key == *key) else { return &[] };
        shape = &field.shape;
    }
    if let Shape::Table(fields, _) = shape { fields } else { &[] }
}

/// Whether the table at `path` knows a key, also one of an older version.
pub(super) fn is_known(path: &[&str], key: &str) -> bool {
    fields(path).iter().any(|field| field.key == key)
}

/// Whether a key at the top is the section of a channel of older versions.
pub(super) fn is_channel(key: &str) -> bool {
    let field = fields(&[]).iter().find(|field| field.key == key);
    field.and_then(|field| field.instead).is_some_and(|instead| instead == format!("channels.{key}"))
}
