//! Documents: the texts we looked at, parsed into one kind of tree.
//!
//! Whatever the format (TOML, JSON5, strict JSON, dotenv, or the process environment), a
//! document becomes a tree of [`Node`]s in which every value knows its place. All later stages
//! work on that tree, so that they hold for each format alike. `world::observe` decides *which*
//! files are looked at; here is only how a text is read ([`parse`]) and edited ([`edit`]).
//!
//! Invariant: nothing here touches the disk, no fault quotes the text, and no document that is there is
//! printed anew. Which values may be shown is told by those who ask.

pub(crate) mod cut;
mod dotenv;
pub mod edit;
mod json;
mod keyed;
pub(crate) mod ledger;
pub mod mask;
mod node;
mod path;
mod plist;
pub mod redact;
pub mod sqlite;
pub(crate) mod stamp;
mod toml;
pub mod unit;

use crate::catalog::documents::Format;
use crate::catalog::keepers::Keeper;
pub use crate::doc::node::{KeyPath, Loc, Member, Node, Number, Seg, Value};
pub use crate::doc::path::PathFault;
use crate::sys::secret::Secret;
use crate::sys::{Fault, Stat};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Deepest nesting of a text that is parsed: what walks or drops a tree does so by recursion.
pub const MAX_DEPTH: usize = 80;

/// Index of a document in [`Docs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocId(pub u32);

/// A text we looked at.
#[derive(Debug)]
pub struct Doc {
    /// Its index in [`Docs`].
    pub id: DocId,
    /// What kind of file it is; says whose it is and what in it may be shown.
    pub kind: crate::catalog::documents::DocKind,
    /// Where it is, if it is a file.
    pub path: Option<PathBuf>,
    /// How it is written.
    pub format: Format,
    /// What was found there.
    pub state: State,
    /// The text without its byte-order mark; empty unless it could be read as UTF-8.
    /// Spans count in bytes of this text.
    pub text: Secret,
    /// Whether the file began with a byte-order mark.
    pub bom: bool,
    /// The file's metadata, if there is a file.
    pub stat: Option<Stat>,
    /// Who keeps the file, if nothing is edited where it lies.
    pub keeper: Option<Keeper>,
    /// The parsed tree, if [`State::Parsed`].
    pub root: Option<Node>,
    /// Whether only the top of the tree was kept; see [`Docs::drop_text`].
    pub thin: bool,
    /// Where its lines begin, once somebody has asked.
    pub lines: Lines,
    /// Its text as it may be shown, once somebody has asked; see [`mask`].
    pub masked: std::sync::OnceLock<String>,
}

/// Where the lines of a text begin, in bytes.
#[derive(Debug, Default)]
pub struct Lines(std::sync::OnceLock<Vec<usize>>);

impl Lines {
    /// The line of a byte, from 0, and where that line begins.
    fn of(&self, text: &str, byte: usize) -> (usize, usize) {
        let starts = self.0.get_or_init(|| {
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
        });
        let line = starts.partition_point(|start| *start <= byte).saturating_sub(1);
        (line, starts.get(line).copied().unwrap_or_default())
    }
}

/// What was found in the place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing there.
    Absent,
    /// There, but it cannot be read.
    Unreadable(Fault),
    /// Not UTF-8, from this byte on.
    NotUtf8(usize),
    /// Over the limits of its kind ([`crate::catalog::documents::DocKind::limits`]).
    TooLarge,
    /// Cannot be parsed; the first is the one to show.
    Unparsable(Vec<SyntaxFault>),
    /// There is a tree.
    Parsed,
}

impl State {
    /// What is wrong, as the end of a sentence about the file; nothing of its text.
    pub fn in_words(&self) -> String {
        match self {
            Self::Absent => "does not exist".to_owned(),
            Self::Unreadable(fault @ (Fault::NotAFile(_) | Fault::NotOurs(_))) => fault.to_string(),
            Self::Unreadable(fault) => format!("cannot be read: {fault}"),
            Self::NotUtf8(byte) => format!("is not UTF-8 text (byte {byte})"),
            Self::TooLarge => "is too large to be a configuration or store (limit 1 MiB)".to_owned(),
            Self::Unparsable(faults) => {
                format!("cannot be parsed: {}", faults.first().map_or("syntax error", |fault| fault.what))
            }
            Self::Parsed => "is fine".to_owned(),
        }
    }
}

/// One syntax error. `what` never quotes the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxFault {
    /// Bytes of [`Doc::text`] to underline; may be empty.
    pub span: std::ops::Range<usize>,
    /// What is wrong, in lower case, without any piece of the text.
    pub what: &'static str,
}

impl SyntaxFault {
    /// The fault `what` at `span`, which is cut to whole characters of `text`.
    pub(crate) fn at(text: &str, span: std::ops::Range<usize>, what: &'static str) -> Self {
        let start = cut::before(text, span.start);
        let end = cut::after(text, span.end).max(start);
        Self { span: start..end, what }
    }
}

/// Parses `text` (without byte-order mark) as `format`. The tree's places carry `id`.
///
/// # Errors
/// All syntax faults found, at least one, in order of place. For dotenv and systemd there are none: what is
/// not an assignment is left out of the tree; see [`dotenv_garbage`].
pub fn parse(format: Format, id: DocId, text: &str) -> Result<Node, Vec<SyntaxFault>> {
    match format {
        Format::Toml => toml::parse(id, text),
        Format::Json5 => json::parse_json5(id, text),
        Format::Json => json::parse_strict(id, text),
        Format::Dotenv => Ok(dotenv::parse(id, text)),
        Format::Unit => Ok(unit::parse(id, text)),
        Format::UnitEnv => Ok(unit::env_file::parse(id, text)),
        Format::Plist => plist::parse(id, text),
        Format::Keyed => Ok(keyed::parse(id, text)),
        Format::None => Ok(Node::empty_object(id)),
    }
}

/// Parses bytes that are no text: a property list of macOS in its binary form.
///
/// # Errors
/// None if it is no such list, or a damaged one.
pub fn parse_binary(format: Format, id: DocId, bytes: &[u8]) -> Option<Node> {
    let fits = format == Format::Plist && plist::binary::is_binary(bytes);
    if fits { plist::binary::parse(id, bytes) } else { None }
}

/// The lines of a dotenv text that set nothing, as byte ranges without the line break.
pub fn dotenv_garbage(text: &str) -> Vec<std::ops::Range<usize>> {
    dotenv::garbage(text)
}

/// All documents of one run.
#[derive(Debug, Default)]
pub struct Docs(Vec<Doc>);

impl Docs {
    /// The id that the next document will get.
    pub fn next_id(&self) -> DocId {
        DocId(u32::try_from(self.0.len()).unwrap_or(u32::MAX))
    }

    /// Adds a document whose id is [`Docs::next_id`].
    pub fn push(&mut self, doc: Doc) -> DocId {
        debug_assert_eq!(doc.id, self.next_id());
        let id = doc.id;
        self.0.push(doc);
        id
    }

    /// The document of `id`.
    ///
    /// # Panics
    /// If `id` is of another run.
    pub fn get(&self, id: DocId) -> &Doc {
        &self.0[id.0 as usize]
    }

    /// Gives a document that is no file the text that another program printed.
    pub fn set_parsed(&mut self, id: DocId, text: Secret, root: Option<Node>, state: State) {
        let doc = &mut self.0[id.0 as usize];
        (doc.text, doc.root, doc.state) = (text, root, state);
    }

    /// Lets go of what lies below the top of a tree whose values have been read: a fleet has
    /// thousands of stores, and the text is enough to show one of them.
    pub fn drop_text(&mut self, id: DocId) {
        let doc = &mut self.0[id.0 as usize];
        let Some(Node { value: Value::Object(members), .. }) = &mut doc.root else { return };
        for member in members {
            match &mut member.node.value {
                Value::Object(below) => *below = Vec::new(),
                Value::Array(below) => *below = Vec::new(),
                _ => {}
            }
        }
        doc.thin = true;
    }

    /// Lets go of the text of a document whose values have been read, and which was made from what is in a file: its
    /// lines are not lines of the file.
    pub fn forget_text(&mut self, id: DocId) {
        self.0[id.0 as usize].text = Secret::from("");
    }

    /// All, in the order in which they were looked at.
    pub fn iter(&self) -> std::slice::Iter<'_, Doc> {
        self.0.iter()
    }
}

impl Doc {
    /// The line of a byte of the text, from 1.
    pub fn line(&self, byte: usize) -> usize {
        self.lines.of(self.text.expose(), byte).0 + 1
    }

    /// Line and column, both from 1, of a byte of the text; columns count characters.
    pub fn line_col(&self, byte: usize) -> (usize, usize) {
        let text = self.text.expose();
        let byte = cut::before(text, byte);
        let (line, start) = self.lines.of(text, byte);
        (line + 1, text[start..byte].chars().count() + 1)
    }

    /// The node at `path`, if there is a tree and it has one.
    pub fn locate(&self, path: &KeyPath) -> Option<&Node> {
        self.root.as_ref()?.locate(path)
    }

    /// The whole tree, parsed again where only its top was kept.
    pub fn tree(&self) -> Option<Cow<'_, Node>> {
        if self.thin {
            return parse(self.format, self.id, self.text.expose()).ok().map(Cow::Owned);
        }
        self.root.as_ref().map(Cow::Borrowed)
    }

    /// The path to the value that stands exactly at `loc`, or whose key does.
    pub fn path_of(&self, loc: Loc) -> Option<KeyPath> {
        self.paths_of(&BTreeSet::from([loc])).remove(&loc)
    }

    /// The paths to the values that stand exactly at these places, or whose keys do, by one walk.
    pub fn paths_of(&self, wanted: &BTreeSet<Loc>) -> BTreeMap<Loc, KeyPath> {
        let mut found = BTreeMap::new();
        if let Some(tree) = self.tree() {
            tree.find(wanted, &mut Vec::new(), &mut found);
        }
        found
    }

    /// Whether comments stand inside the value at `at`.
    pub fn has_comments(&self, at: &KeyPath) -> bool {
        let loc = self.tree().and_then(|tree| tree.locate(at).map(|node| node.loc));
        let text = loc.and_then(|loc| self.text.expose().get(loc.range()));
        text.is_some_and(|text| !edit::keeps_comments(self.format, text, ""))
    }

    /// All bytes of the file, byte-order mark included.
    pub fn bytes(&self) -> zeroize::Zeroizing<Vec<u8>> {
        zeroize::Zeroizing::new(self.with_bom(self.text.expose()))
    }

    /// `text` as the file's bytes: with a byte-order mark if the file has one.
    pub fn with_bom(&self, text: &str) -> Vec<u8> {
        let bom = if self.bom { "\u{feff}" } else { "" };
        [bom.as_bytes(), text.as_bytes()].concat()
    }

    /// The same document with other bytes.
    pub fn with_bytes(&self, bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let root = parse(self.format, self.id, text).ok();
        let state = if root.is_some() { State::Parsed } else { State::NotUtf8(0) };
        let (path, text) = (self.path.clone(), Secret::from(text));
        Self {
            id: self.id,
            kind: self.kind,
            path,
            format: self.format,
            state,
            text,
            bom: self.bom,
            stat: self.stat,
            keeper: self.keeper,
            root,
            thin: false,
            lines: Lines::default(),
            masked: Default::default(),
        }
    }

    /// Whether the file is there, readable or not.
    pub fn exists(&self) -> bool {
        self.state != State::Absent
    }
}
