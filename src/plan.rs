//! The plan: edits put together into one change per file.
//!
//! Checks propose [`Edit`]s on findings; [`plan`] merges them per document, produces the new text
//! and refuses what is not ours to change. Pure: nothing is written here; `apply` does that.

use crate::doc::{Doc, DocId, KeyPath, Node, State, Value, edit};
use crate::finding::{Finding, Fix};
use crate::secret::Secret;
use crate::sources::DocKind;
use crate::sys::{Reading, Stat};
use crate::world::World;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Who may apply a change; product classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Lossless and implied: applied by every command that loads auth state and is no dry run.
    Auto,
    /// Safe, but the user's to decide.
    Fix,
    /// May overwrite something made by hand.
    Force,
}

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
    /// The whole file is removed (after a backup).
    RemoveFile,
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

/// All that would be changed, in the order in which it is to be applied.
#[derive(Debug, Default)]
pub struct Plan {
    /// One per file.
    pub changes: Vec<Change>,
}

/// The change of one file.
#[derive(Debug)]
pub struct Change {
    /// The file as the user knows it; may be a symbolic link, which is kept.
    pub path: PathBuf,
    /// What is done.
    pub action: Action,
    /// The format, by which staged bytes are parsed before they replace anything.
    pub format: crate::doc::Format,
    /// What must still be there when it is applied.
    pub premise: Premise,
    /// Permission bits of the new file, and of directories made for it (with x added).
    pub mode: u32,
    /// Who may apply it.
    pub class: Class,
    /// Why, one line an edit; no secret.
    pub reasons: Vec<String>,
}

impl Change {
    /// The bytes that the file is to have; `None` if it is to be removed.
    pub fn bytes(&self) -> Option<&Secret<Vec<u8>>> {
        match &self.action {
            Action::Create(bytes) | Action::Update(bytes) => Some(bytes),
            Action::Remove => None,
        }
    }

    /// The permission bits that the file will have in place of `existing`. A file keeps its
    /// own, unless it is to be private ([`Change::mode`] gives nothing to others) and is not.
    pub fn mode_over(&self, existing: Option<Stat>) -> u32 {
        match existing {
            Some(stat) if self.mode & 0o077 != 0 || stat.mode & 0o077 == 0 => stat.mode,
            _ => self.mode,
        }
    }
}

/// What a change does to its file.
#[derive(Debug)]
pub enum Action {
    /// New file with these bytes.
    Create(Secret<Vec<u8>>),
    /// These bytes instead.
    Update(Secret<Vec<u8>>),
    /// No file.
    Remove,
}

/// What was seen when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Premise {
    /// There was no file.
    Absent,
    /// There was a file with these bytes (SHA-256, lower-case hex) and this metadata.
    Content {
        /// SHA-256 of all bytes.
        sha256: String,
        /// Mode and owner to keep.
        stat: Stat,
    },
}

impl Premise {
    /// The premise that nothing changes after `reading`; `None` if it could not be read whole.
    pub fn of(reading: &Reading) -> Option<Self> {
        match reading {
            Reading::Absent => Some(Self::Absent),
            Reading::File(bytes, stat) => Some(Self::Content { sha256: sha256(bytes.expose()), stat: *stat }),
            Reading::Fault(..) | Reading::TooLarge(_) => None,
        }
    }
}

/// SHA-256 of `bytes` in lower-case hex: how contents are compared and journaled.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The mode of a directory that is made for a file of `mode`: whoever may read or write the
/// file may also enter.
pub fn dir_mode(mode: u32) -> u32 {
    0o700 | mode | ((mode & 0o444) >> 2) | ((mode & 0o222) >> 1)
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

/// Mode of every file that we make, octal: it may hold a secret.
pub const FILE_MODE: u32 = 0o600;

/// What a new auth store begins as.
const NEW_STORE: &str = "{\n  \"version\": 1,\n  \"profiles\": {}\n}\n";

/// Edits that could not be turned into a change, with the reason in words.
#[derive(Debug)]
pub struct Blocked {
    /// The document.
    pub doc: DocId,
    /// Why; nothing of its text.
    pub why: String,
}

/// Puts the edits of all findings up to `class` together: one change per file, files in the
/// order in which they were looked at, removals last.
pub fn plan(world: &World, findings: &[Finding], class: Class) -> (Plan, Vec<Blocked>) {
    let mut per_doc: BTreeMap<DocId, Wanted<'_>> = BTreeMap::new();
    for finding in findings {
        let Fix::Edit { what, edits, class: needs } = &finding.fix else { continue };
        if *needs > class {
            continue;
        }
        for edit in edits {
            let wanted = per_doc.entry(edit.doc).or_default();
            wanted.class = wanted.class.max(Some(*needs));
            wanted.edits.push(edit);
            if !wanted.reasons.contains(what) {
                wanted.reasons.push(what.clone());
            }
        }
    }
    let (mut plan, mut blocked) = (Plan::default(), Vec::new());
    for (id, wanted) in per_doc {
        match change(world.doc(id), wanted) {
            Ok(change) => plan.changes.extend(change),
            Err(why) => blocked.push(Blocked { doc: id, why }),
        }
    }
    // A file may only go when what replaces it is in place.
    // Stores come first: what fails elsewhere does not keep a login from being stored.
    plan.changes.sort_by_key(|change| {
        (matches!(change.action, Action::Remove), !change.path.ends_with(crate::paths::STORE_FILE))
    });
    if !blocked.is_empty() {
        plan.changes.retain(|change| !matches!(change.action, Action::Remove));
    }
    (plan, blocked)
}

/// What is wanted of one document.
#[derive(Debug, Default)]
struct Wanted<'a> {
    edits: Vec<&'a Edit>,
    class: Option<Class>,
    reasons: Vec<String>,
}

fn change(doc: &Doc, wanted: Wanted<'_>) -> Result<Option<Change>, String> {
    let path = doc.path.clone().filter(|_| doc.kind.row().ours).ok_or("it is not ours to change")?;
    let premise = match (&doc.state, doc.stat) {
        (State::Absent, _) => Premise::Absent,
        (State::Parsed, Some(stat)) => Premise::Content { sha256: sha256(&doc.bytes()), stat },
        (state, _) => return Err(state.in_words()),
    };
    let action = if wanted.edits.iter().any(|edit| matches!(edit.to, To::RemoveFile)) {
        Action::Remove
    } else {
        let old = if premise == Premise::Absent { skeleton(doc)? } else { doc.text.expose().clone() };
        let edits: Vec<_> = wanted.edits.iter().map(|edit| (edit.at.clone(), edit.to.clone())).collect();
        let new = edit::edit(doc.format, &old, &edits).map_err(|fault| fault.to_string())?;
        if new == old && premise != Premise::Absent {
            return Ok(None);
        }
        let bytes = Secret::new(doc.with_bom(&new));
        if premise == Premise::Absent { Action::Create(bytes) } else { Action::Update(bytes) }
    };
    Ok(Some(Change {
        path,
        action,
        format: doc.format,
        premise,
        mode: FILE_MODE,
        class: wanted.class.unwrap_or(Class::Force),
        reasons: wanted.reasons,
    }))
}

/// What a file that is not there begins as.
fn skeleton(doc: &Doc) -> Result<String, String> {
    match doc.kind {
        DocKind::Store => Ok(NEW_STORE.to_owned()),
        DocKind::StateDotenv => Ok(String::new()),
        _ => Err("it does not exist".to_owned()),
    }
}
