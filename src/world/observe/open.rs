//! Opens one document: read, decode, parse. What goes wrong becomes the document's state.

use crate::catalog::documents::{DocKind, Format};
use crate::catalog::keepers::Keeper;
use crate::doc::{self, Doc, DocId, Docs, State};
use crate::sys::secret::Secret;
use crate::sys::{Fault, Look, Reading, Stat};
use crate::world::actual::LoginState;
use std::path::{Path, PathBuf};

/// Reads the file `path` as a document of `kind` and adds it to `docs`.
pub fn open(look: &dyn Look, docs: &mut Docs, kind: DocKind, path: &Path) -> DocId {
    let format = if kind == DocKind::Config { config_format(path) } else { kind.row().format };
    open_as(look, docs, (kind, format), path)
}

/// Reads a file into which something is exported, in this format. What is a link is not followed.
pub(super) fn exported(look: &dyn Look, docs: &mut Docs, format: Format, path: &Path) -> DocId {
    if !is_link(look, path) {
        return open_as(look, docs, (DocKind::Export, format), path);
    }
    let id = docs.next_id();
    let state = State::Unreadable(Fault::NotAFile("a symbolic link"));
    let stat = look.stat(path);
    docs.push(Doc { path: Some(path.to_owned()), stat, state, ..bare(id, DocKind::Export, format) })
}

fn open_as(look: &dyn Look, docs: &mut Docs, (kind, format): (DocKind, Format), path: &Path) -> DocId {
    let id = docs.next_id();
    let mut doc = bare(id, kind, format);
    doc.path = Some(path.to_owned());
    match look.read(path, kind.limits().0) {
        // Somebody means a config to be here: its disk is not there, or its target was moved.
        Reading::Absent if kind == DocKind::Config && is_link(look, path) => {
            doc.state = State::Unreadable(Fault::Os("it is a link to a file that is not there".to_owned()));
        }
        Reading::Absent => {}
        Reading::Fault(fault, stat) => {
            doc.stat = stat;
            doc.state = State::Unreadable(fault);
        }
        Reading::TooLarge(stat) => {
            doc.stat = Some(stat);
            doc.state = State::TooLarge;
        }
        Reading::File(bytes, stat) => {
            doc.stat = Some(stat);
            decode(&mut doc, &bytes);
        }
    }
    doc.keeper = keeper(look, &doc);
    docs.push(doc)
}

/// Who keeps a file, if nothing is edited where it lies. Asked where its mode or owner is not what it would be
/// if it were the user's own; that costs the more common ones nothing.
fn keeper(look: &dyn Look, doc: &Doc) -> Option<Keeper> {
    let (path, stat, uid) = (doc.path.as_deref()?, doc.stat?, look.host().uid);
    let is_plain = stat.mode & 0o077 == 0 && stat.mode & 0o200 != 0 && stat.uid == uid;
    let target = Some(path).filter(|_| !is_plain && !stat.is_dir).map(|path| look.resolve(path))?;
    if look.is_fixed(&target) {
        return Keeper::of(&target).or(Some(Keeper::Mount));
    }
    // Whoever may write it keeps it.
    Keeper::of(&target).filter(|_| stat.mode & 0o022 == 0)
}

/// Whether a file lies where nothing is edited.
pub(crate) fn is_kept(look: &dyn Look, target: &Path) -> bool {
    Keeper::of(target).is_some() || look.is_fixed(target)
}

/// Whether a path is a link; given that there is nothing at its end, to what is not there.
pub(super) fn is_link(look: &dyn Look, path: &Path) -> bool {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else { return false };
    look.resolve(path) != look.resolve(dir).join(name)
}

/// The document of `kind` that these bytes are; for tests of a single source.
pub fn of_bytes(kind: DocKind, bytes: Vec<u8>) -> Doc {
    let mut doc = bare(DocId(0), kind, kind.row().format);
    decode(&mut doc, &Secret::new(bytes));
    doc
}

/// Adds a document of a file whose text was made from what is in it.
pub(super) fn made(
    docs: &mut Docs,
    kind: DocKind,
    (path, stat): (PathBuf, Option<Stat>),
    text: Vec<u8>,
) -> DocId {
    let mut doc = Doc { path: Some(path), stat, ..bare(docs.next_id(), kind, kind.row().format) };
    decode(&mut doc, &Secret::new(text));
    docs.push(doc)
}

/// Adds a document of a file of which only a state is known.
pub(super) fn in_state(
    docs: &mut Docs,
    kind: DocKind,
    (path, stat): (PathBuf, Option<Stat>),
    state: State,
) -> DocId {
    docs.push(Doc { path: Some(path), stat, state, ..bare(docs.next_id(), kind, kind.row().format) })
}

/// Adds a document that is no file: its tree is empty.
pub fn virtual_doc(docs: &mut Docs, kind: DocKind) -> DocId {
    let id = docs.next_id();
    docs.push(Doc { state: State::Parsed, ..bare(id, kind, Format::None) })
}

/// Adds a place of which only the metadata is looked at.
pub fn place(look: &dyn Look, docs: &mut Docs, kind: DocKind, path: &Path) -> DocId {
    let (id, stat) = (docs.next_id(), look.stat(path));
    let state = if stat.is_some() { State::Parsed } else { State::Absent };
    docs.push(Doc { path: Some(path.to_owned()), stat, state, ..bare(id, kind, Format::None) })
}

/// Adds a file that only we keep, if something stands in its place; its text is not read.
pub fn own(look: &dyn Look, docs: &mut Docs, path: &Path) -> Option<DocId> {
    let (stat, state) = match look.read_own(path, 0) {
        Reading::Absent => return None,
        Reading::Fault(fault, stat) => (stat, State::Unreadable(fault)),
        Reading::TooLarge(stat) | Reading::File(_, stat) => (Some(stat), State::Parsed),
    };
    let id = docs.next_id();
    let doc = Doc { path: Some(path.to_owned()), stat, state, ..bare(id, DocKind::Own, Format::None) };
    Some(docs.push(doc))
}

fn bare(id: DocId, kind: DocKind, format: Format) -> Doc {
    Doc {
        id,
        kind,
        path: None,
        format,
        state: State::Absent,
        text: Secret::from(""),
        bom: false,
        stat: None,
        keeper: None,
        root: None,
        thin: false,
        lines: Default::default(),
        masked: Default::default(),
    }
}

/// TOML unless the name says JSON.
fn config_format(path: &Path) -> Format {
    match path.extension().and_then(|ext| ext.to_str()) {
        Some("json" | "json5" | "jsonc") => Format::Json5,
        _ => Format::Toml,
    }
}

fn decode(doc: &mut Doc, bytes: &Secret<Vec<u8>>) {
    if let Some(root) = doc::parse_binary(doc.format, doc.id, bytes.expose()) {
        (doc.root, doc.state) = (Some(root), State::Parsed);
        return;
    }
    let text = match std::str::from_utf8(bytes.expose()) {
        Ok(text) => text,
        Err(error) => {
            doc.state = State::NotUtf8(error.valid_up_to());
            return;
        }
    };
    let stripped = text.strip_prefix('\u{feff}');
    doc.bom = stripped.is_some();
    doc.text = Secret::from(stripped.unwrap_or(text));
    let text = doc.text.expose();
    if text.bytes().filter(|b| matches!(b, b',' | b'=' | b':' | b'\n')).count() > doc.kind.limits().1 {
        doc.state = State::TooLarge;
        return;
    }
    match doc::parse(doc.format, doc.id, text) {
        Ok(root) => {
            doc.root = Some(root);
            doc.state = State::Parsed;
        }
        Err(faults) => doc.state = State::Unparsable(faults),
    }
}

/// What a document of another program holds, once it could be read.
pub fn found(docs: &Docs, id: DocId, login: impl Fn(&Doc) -> LoginState) -> LoginState {
    let doc = docs.get(id);
    match doc.state {
        crate::doc::State::Parsed => login(doc),
        crate::doc::State::Absent => LoginState::Absent,
        ref state => LoginState::Unreadable(state.in_words()),
    }
}
