//! Changing single values of a document while every other byte stays as it is.
//!
//! An edit is a set of splices over the places in the tree: nothing is ever printed anew that
//! the edit does not name. Each format says in its own file where to splice ([`json`], [`toml`],
//! [`dotenv`]); what holds for all is here: the result is parsed again and must be the old tree
//! with just that edit made ([`model`]). A text that fails this is never returned.

mod dotenv;
mod json;
mod list;
mod model;
pub mod ops;
mod toml;
mod transfer;
mod write;

use crate::catalog::documents::Format;
pub(crate) use crate::doc::edit::model::same;
use crate::doc::edit::ops::{Draft, To};
use crate::doc::{DocId, KeyPath, Node, Seg, parse};
use std::ops::Range;

/// Why a text was not edited. Never quotes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditFault {
    /// The text cannot be parsed, so nothing in it can be found.
    NotParsable,
    /// This path holds something that has no keys, but a key below it is to be set.
    NotATable(KeyPath),
    /// What cannot be expressed, or is not supported, as a lower-case phrase.
    Unsupported(&'static str),
    /// Nothing that was tried gives the text that was asked for.
    Unfaithful,
}

impl std::fmt::Display for EditFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotParsable => f.write_str("the file cannot be parsed"),
            Self::NotATable(path) => write!(f, "`{path}` is not a table"),
            Self::Unsupported(what) => f.write_str(what),
            Self::Unfaithful => f.write_str("the file is written in a way that cannot be edited safely"),
        }
    }
}

impl std::error::Error for EditFault {}

/// Makes `edits` in `text` (without byte-order mark), in order, each on the result of those
/// before it. What is already as wanted stays byte for byte.
///
/// # Errors
/// See [`EditFault`]; there is no partial result.
pub fn edit(format: Format, text: &str, edits: &[(KeyPath, To)]) -> Result<String, EditFault> {
    let mut text = text.to_owned();
    let mut tree = read(format, &text).ok_or(EditFault::NotParsable)?;
    for (at, to) in edits {
        let wanted = model::wanted(format, &tree, at, to)?;
        if !wanted.holds(&tree) {
            (text, tree) = candidates(format, &text, &tree, at, to)?
                .into_iter()
                .find_map(|text| {
                    read(format, &text).filter(|tree| wanted.holds(tree)).map(|tree| (text, tree))
                })
                .ok_or(EditFault::Unfaithful)?;
        }
    }
    Ok(text)
}

/// Whether every comment of the text `old` is in `new` too.
pub fn keeps_comments(format: Format, old: &str, new: &str) -> bool {
    transfer::keeps_comments(format, old, new)
}

/// A whole new document, two spaces a level, with a final newline.
pub fn render(format: Format, draft: &Draft) -> String {
    match (format, draft) {
        (Format::Json | Format::Json5, _) => write::json_document(draft),
        (_, Draft::Table(members)) => {
            let sets: Vec<_> =
                members.iter().map(|(key, draft)| (KeyPath::of(&[key]), To::Set(draft.clone()))).collect();
            edit(format, "", &sets).unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn read(format: Format, text: &str) -> Option<Node> {
    parse(format, DocId(0), text).ok()
}

/// New texts to try, best first.
fn candidates(
    format: Format,
    text: &str,
    tree: &Node,
    at: &KeyPath,
    to: &To,
) -> Result<Vec<String>, EditFault> {
    match (format, to) {
        (Format::Unit | Format::UnitEnv | Format::Plist | Format::Keyed, _) => {
            Err(EditFault::Unsupported("zirkabot does not edit this file"))
        }
        (Format::None, _) => Err(EditFault::Unsupported("there is no file to edit")),
        (Format::Dotenv, To::Rename(key)) => dotenv::rename(text, at, key),
        (_, To::Move(to)) => transfer::transfer(format, text, tree, at, to),
        (_, To::Rename(key)) => Ok(rename(format, text, tree, at, key)),
        (Format::Toml, To::Set(draft)) => Ok(toml::set(text, tree, at, draft)),
        (Format::Toml, _) => Ok(vec![toml::remove(text, tree, at)]),
        (Format::Json | Format::Json5, To::Set(draft)) => Ok(json::set(format, text, tree, at, draft)),
        (Format::Json | Format::Json5, _) => json::remove(format, text, tree, at).map(|text| vec![text]),
        (Format::Dotenv, To::Set(draft)) => dotenv::set(text, at, draft),
        (Format::Dotenv, _) => Ok(vec![dotenv::remove(text, at)]),
    }
}

/// Texts with another key in the place of each that leads to the value at `at`.
fn rename(format: Format, text: &str, tree: &Node, at: &KeyPath, key: &str) -> Vec<String> {
    let Some((Seg::Key(old), parents)) = at.0.split_last() else { return Vec::new() };
    let members = tree.locate(&KeyPath(parents.to_vec())).map(Node::members).unwrap_or_default();
    let places = members.iter().filter(|member| member.key == *old).map(|member| member.key_loc.range());
    let with = |place: Range<usize>| {
        let quote = text[place.clone()].chars().next().filter(|c| matches!(c, '"' | '\''));
        Splice::new(place, write::key(format, key, quote))
    };
    let mut texts = vec![splice(text, places.map(with).collect())];
    // A table that is made of pieces has its key in each of them: it is set anew.
    if let Some(node) = tree.locate(at) {
        let new = KeyPath(parents.to_vec()).key(key);
        let edits = [(at.clone(), To::Remove), (new, To::Set(Draft::of(node)))];
        texts.extend(edit(format, text, &edits));
    }
    texts
}

/// Other bytes in the place of some.
struct Splice {
    place: Range<usize>,
    with: String,
}

impl Splice {
    fn new(place: Range<usize>, with: impl Into<String>) -> Self {
        Self { place, with: with.into() }
    }

    fn delete(place: Range<usize>) -> Self {
        Self::new(place, "")
    }
}

/// Makes splices that do not overlap; those at one place in their order.
fn splice(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| splice.place.start);
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for Splice { place, with } in splices {
        // Overlapping deletions are one deletion.
        let start = place.start.max(from);
        out.push_str(&text[from..start]);
        out.push_str(&with);
        from = place.end.max(start);
    }
    out.push_str(&text[from..]);
    out
}

/// The line break that a text uses.
fn newline(text: &str) -> &'static str {
    let first = text.find('\n');
    if first.is_some_and(|at| text[..at].ends_with('\r')) { "\r\n" } else { "\n" }
}

/// First byte of the line of `at`.
fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |before| before + 1)
}

/// End of the line of `at`, before its line break.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(['\n', '\r']).map_or(text.len(), |length| at + length)
}

/// One past the line break at `at`, if there is one.
fn after_break(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    at + if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\n', '\r'])) }
}

/// The blanks with which the line of `at` begins.
fn indent(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..at];
    &line[..line.len() - line.trim_start_matches(is_blank).len()]
}

/// Whether only blanks stand before `at` on its line.
fn begins_line(text: &str, at: usize) -> bool {
    text[line_start(text, at)..at].chars().all(is_blank)
}

/// One past the blanks from `at` on.
fn skip_blanks(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches(is_blank).len()
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// Appends a line to the end of a text, which keeps or lacks its final line break as before.
fn append_line(text: &str, line: &str) -> String {
    let newline = newline(text);
    if text.is_empty() || text.ends_with('\n') {
        format!("{text}{line}{newline}")
    } else {
        format!("{text}{newline}{line}")
    }
}

/// The deepest node on the way to `at` that is there, and the rest of the way.
fn deepest<'t, 'p>(tree: &'t Node, at: &'p KeyPath) -> (&'t Node, &'p [Seg]) {
    let mut node = tree;
    for (depth, seg) in at.0.iter().enumerate() {
        match node.step(seg) {
            Some(next) => node = next,
            None => return (node, &at.0[depth..]),
        }
    }
    (node, &[])
}

/// `draft` inside the tables of `path`.
fn nest(path: &[Seg], draft: &Draft) -> Draft {
    path.iter().rev().fold(draft.clone(), |draft, seg| match seg {
        Seg::Key(key) => Draft::Table(vec![(key.clone(), draft)]),
        Seg::Index(_) => draft,
    })
}
