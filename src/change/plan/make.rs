//! Which repairs are wanted, and what change of a file they add up to.

use crate::catalog::documents::{DocKind, Format, NEW_STORE};
use crate::catalog::tools::{LoginEnd, Tool};
use crate::change::plan::{Action, Change, ChangeReason, FileMode, Lock, Plan, Precondition};
use crate::change::proposal::{Class, Proposal};
use crate::doc::edit::ops::{Draft, Edit, FileAction, To};
use crate::doc::{Doc, DocId, Docs, KeyPath, Seg, State, edit};
use crate::sys::Stat;
use crate::sys::digest::sha256;
use crate::sys::secret::Secret;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Edits that could not be turned into a change, with the reason in words.
#[derive(Clone, Debug)]
pub struct Blocked {
    /// The document.
    pub doc: DocId,
    /// Why; nothing of its text.
    pub why: String,
}

/// Puts proposals together: one change per file, in the order in which they are made; and what is
/// blocked. Directories and moves come first, then stores, removals last.
pub fn plan<'a>(docs: &Docs, proposals: impl IntoIterator<Item = &'a Proposal>) -> (Plan, Vec<Blocked>) {
    let mut per_doc: BTreeMap<DocId, DocEdits<'_>> = BTreeMap::new();
    // Agents that share a directory have a document each of one file.
    let mut doc_at: BTreeMap<&Path, DocId> = BTreeMap::new();
    for Proposal { code, what, edits, class } in proposals {
        let reason = ChangeReason { code: *code, what: what.clone() };
        for edit in edits {
            let path = docs.get(edit.doc).path.as_deref();
            let doc = path.map_or(edit.doc, |path| *doc_at.entry(path).or_insert(edit.doc));
            let wanted = per_doc.entry(doc).or_default();
            wanted.class = wanted.class.max(Some(*class));
            wanted.edits.push(edit);
            if !wanted.reasons.contains(&reason) {
                wanted.reasons.push(reason.clone());
            }
        }
    }
    let (mut plan, mut blocked) = (Plan::default(), Vec::new());
    for (id, wanted) in per_doc {
        match change(docs.get(id), wanted) {
            Ok(change) => plan.changes.extend(change),
            Err(why) => blocked.push(Blocked { doc: id, why }),
        }
    }
    plan.sort();
    let postponed = plan.postpone();
    // A file may only go when what replaces it is in place.
    if !blocked.is_empty() || postponed {
        plan.changes.retain(|change| !matches!(change.action, Action::Remove));
    }
    (plan, blocked)
}

impl Plan {
    /// Leaves what lies in a place into which, or out of which, something is moved to the next
    /// plan, which sees it there. Whether there was any.
    fn postpone(&mut self) -> bool {
        let mut places: Vec<(PathBuf, PathBuf)> = Vec::new();
        for change in &self.changes {
            if let Action::Move(to) = &change.action {
                places.push((change.path.clone(), to.clone()));
            }
        }
        let before = self.changes.len();
        self.changes.retain(|change| {
            matches!(change.action, Action::Move(_) | Action::MakeDir)
                || !places
                    .iter()
                    .any(|(from, to)| change.path.starts_with(from) || change.path.starts_with(to))
        });
        self.changes.len() < before
    }

    /// Puts the changes into the order in which they are made.
    pub(super) fn sort(&mut self) {
        self.changes.sort_by_key(|change| match change.action {
            Action::Move(_) | Action::MakeDir | Action::Chmod => 0,
            // What fails elsewhere does not keep a login from being stored.
            Action::Create(_) | Action::Update(_)
                if change.path.ends_with(crate::catalog::paths::STORE_FILE) =>
            {
                1
            }
            Action::Create(_) | Action::Update(_) => 2,
            // A file may only go when what replaces it is in place.
            Action::Remove | Action::RemoveDir => 3,
        });
    }
}

/// What is wanted of one document.
#[derive(Debug, Default)]
struct DocEdits<'a> {
    edits: Vec<&'a Edit>,
    class: Option<Class>,
    reasons: Vec<ChangeReason>,
}

impl DocEdits<'_> {
    /// What the last edit of a kind says.
    fn last<T>(&self, pick: fn(&FileAction) -> Option<T>) -> Option<T> {
        self.edits.iter().rev().filter_map(|edit| edit.as_file()).find_map(pick)
    }

    /// Edits of values, in an order in which none moves what a later one means: items of lists
    /// go last, and from the back. What lies below a place that another edit has taken away or
    /// made anew is left to the next plan.
    fn values(&self) -> Vec<(KeyPath, To)> {
        let is_item = |(at, to): &(&KeyPath, &To)| {
            matches!(to, To::Remove) && matches!(at.0.last(), Some(Seg::Index(_)))
        };
        let values = || self.edits.iter().filter_map(|edit| edit.as_value());
        let items: BTreeSet<&KeyPath> = values().filter(is_item).map(|(at, _)| at).collect();
        let others = values().filter(|value| !is_item(value)).map(|(at, to)| (at.clone(), to.clone()));
        let items = items.into_iter().rev().map(|at| (at.clone(), To::Remove));
        let (mut kept, mut taken, mut made) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for (at, to) in others.chain(items) {
            let below =
                |places: &BTreeSet<KeyPath>, end: usize| places.contains(&KeyPath(at.0[..end].to_vec()));
            if (1..=at.0.len()).any(|end| below(&taken, end) || end < at.0.len() && below(&made, end)) {
                continue;
            }
            match to {
                To::Set(Draft::Table(_) | Draft::List(_)) => made.insert(at.clone()),
                To::Remove | To::Rename(_) | To::Move(_) => taken.insert(at.clone()),
                _ => false,
            };
            kept.push((at, to));
        }
        kept
    }
}

fn change(doc: &Doc, wanted: DocEdits<'_>) -> Result<Option<Change>, String> {
    let (ours, renewed) = (doc.kind.row().ours, renews(doc, &wanted));
    let path = doc.path.clone().filter(|_| ours || renewed).ok_or("zirkabot does not change this file")?;
    let Some((action, precondition, mut mode)) = outcome(doc, &wanted)? else { return Ok(None) };
    if let Some(keeper) = doc.keeper {
        return Err(format!("it is {}; {}", keeper.label(), keeper.instead()));
    }
    if let (true, Some(stat)) = (renewed, doc.stat) {
        mode = FileMode::Exact(stat.mode);
    }
    let lock = if doc.kind == DocKind::Sessions { Lock::File } else { Lock::of_name(&path) };
    Ok(Some(Change {
        path,
        lock,
        action,
        format: doc.format,
        precondition,
        mode,
        class: wanted.class.unwrap_or(Class::Force),
        reasons: wanted.reasons,
    }))
}

/// The one exception to leaving the files of other programs alone: the fields of a login that was
/// renewed, and nothing else, in a file that is there.
fn renews(doc: &Doc, wanted: &DocEdits<'_>) -> bool {
    let tool = Tool::of_doc(doc.kind);
    let is_field =
        |tool, edit: &Edit| matches!(edit.as_value(), Some((at, To::Set(_))) if is_field(tool, at));
    doc.state == State::Parsed
        && tool.is_some_and(|tool| wanted.edits.iter().all(|edit| is_field(tool, edit)))
}

type ChangeParts = (Action, Precondition, FileMode);

fn outcome(doc: &Doc, wanted: &DocEdits<'_>) -> Result<Option<ChangeParts>, String> {
    let move_to = |to: &FileAction| if let FileAction::MoveTo(path) = to { Some(path.clone()) } else { None };
    let make_dir = |to: &FileAction| if let FileAction::MakeDir(mode) = to { Some(*mode) } else { None };
    let remove = |to: &FileAction| matches!(to, FileAction::Remove).then_some(());
    let chmod = |to: &FileAction| if let FileAction::Mode(mode) = to { Some(*mode) } else { None };
    let write = |to: &FileAction| if let FileAction::Write(text) = to { Some(text.clone()) } else { None };
    let (to, dir, gone, mode) =
        (wanted.last(move_to), wanted.last(make_dir), wanted.last(remove), wanted.last(chmod));
    match (doc.stat, to, dir, gone) {
        (Some(stat), Some(to), ..) => Ok(Some(place(Action::Move(to), stat, stat.mode))),
        (None, _, Some(mode), _) => Ok(Some((Action::MakeDir, Precondition::Absent, FileMode::Exact(mode)))),
        (Some(stat), _, _, Some(())) if stat.is_dir => {
            Ok(Some((Action::RemoveDir, Precondition::Place(stat), FileMode::Private)))
        }
        (Some(stat), _, _, Some(())) => Ok(Some((Action::Remove, seen(doc, stat), FileMode::Private))),
        (None, None, None, Some(())) => Ok(None),
        _ => match wanted.last(write) {
            Some(whole) => whole_text(doc, &whole, mode),
            None => edited_text(doc, &wanted.values(), mode),
        },
    }
}

/// A file that is to have this text and no other.
fn whole_text(doc: &Doc, text: &Secret, mode: Option<u32>) -> Result<Option<ChangeParts>, String> {
    let bytes = Secret::new(text.expose().clone().into_bytes());
    let new_mode = mode.map_or(FileMode::Private, FileMode::Exact);
    match (&doc.state, doc.stat) {
        (State::Absent, _) => Ok(Some((Action::Create(bytes), Precondition::Absent, new_mode))),
        (State::Parsed | State::Unparsable(_), Some(stat)) if *bytes.expose() != *doc.bytes() => {
            let precondition = Precondition::Content { sha256: sha256(&doc.bytes()), stat };
            Ok(Some((Action::Update(bytes), precondition, new_mode)))
        }
        (State::Parsed | State::Unparsable(_), _) => edited_text(doc, &[], mode),
        (state, _) => Err(state.in_words()),
    }
}

fn place(action: Action, stat: Stat, mode: u32) -> ChangeParts {
    (action, Precondition::Place(stat), FileMode::Exact(mode))
}

/// What was seen of a file that is there.
fn seen(doc: &Doc, stat: Stat) -> Precondition {
    match doc.state {
        State::Parsed if doc.format != Format::None => {
            Precondition::Content { sha256: sha256(&doc.bytes()), stat }
        }
        _ => Precondition::Place(stat),
    }
}

/// What becomes of a file by edits of its values, and of its mode.
fn edited_text(doc: &Doc, edits: &[(KeyPath, To)], mode: Option<u32>) -> Result<Option<ChangeParts>, String> {
    let new_mode = mode.map_or(FileMode::Private, FileMode::Exact);
    match (&doc.state, doc.stat) {
        (_, Some(stat)) if edits.is_empty() => {
            let mode = mode.filter(|mode| *mode != stat.mode);
            Ok(mode.map(|mode| place(Action::Chmod, stat, mode)))
        }
        (State::Absent, _) => {
            let bytes = edited(doc, &skeleton(doc)?, edits)?;
            Ok(Some((Action::Create(bytes), Precondition::Absent, new_mode)))
        }
        (State::Parsed, Some(stat)) => {
            let bytes = edited(doc, doc.text.expose(), edits)?;
            if *bytes.expose() != *doc.bytes() {
                return Ok(Some((Action::Update(bytes), seen(doc, stat), new_mode)));
            }
            edited_text(doc, &[], mode)
        }
        (state, _) => Err(state.in_words()),
    }
}

fn edited(doc: &Doc, old: &str, edits: &[(KeyPath, To)]) -> Result<Secret<Vec<u8>>, String> {
    let new = edit::edit(doc.format, old, edits).map_err(|fault| fault.to_string())?;
    Ok(Secret::new(doc.with_bom(&new)))
}

/// What a file that is not there begins as.
fn skeleton(doc: &Doc) -> Result<String, String> {
    match (doc.kind, doc.format) {
        (DocKind::Store, _) => Ok(NEW_STORE.to_owned()),
        (DocKind::Sessions, _) => Ok("{}\n".to_owned()),
        (DocKind::StateDotenv, _) => Ok(String::new()),
        (DocKind::Config, Format::Toml) => Ok(crate::catalog::documents::TEMPLATE.to_owned()),
        (DocKind::Config, _) => Ok("{}\n".to_owned()),
        _ => Err("it does not exist".to_owned()),
    }
}

/// Whether a path is one of the fields of a login in another program's file.
pub(crate) fn is_field(tool: Tool, path: &KeyPath) -> bool {
    let fields = tool.row().fields;
    let (LoginEnd::At(end) | LoginEnd::Since(end)) = fields.end;
    let all = [fields.access, fields.refresh, fields.refresh_until, end];
    all.into_iter().filter(|field| !field.is_empty()).any(|field| KeyPath::of(field) == *path)
}

#[cfg(test)]
mod tests {
    use crate::change::plan::make::*;

    fn kept(edits: &[(&str, To)]) -> Vec<String> {
        let path = |text: &str| {
            let step = |part: &str| part.parse().map_or_else(|_| Seg::Key(part.to_owned()), Seg::Index);
            KeyPath(text.split('.').map(step).collect())
        };
        let edit = |(at, to): &(&str, To)| Edit::value(DocId(0), path(at), to.clone());
        let edits: Vec<Edit> = edits.iter().map(edit).collect();
        let wanted = DocEdits { edits: edits.iter().collect(), ..DocEdits::default() };
        wanted.values().into_iter().map(|(at, _)| at.to_string()).collect()
    }

    #[test]
    fn items_go_last_and_what_another_edit_took_away_waits() {
        let set = || To::Set(Draft::Bool(true));
        let table = || To::Set(Draft::Table(Vec::new()));
        assert_eq!(kept(&[("l.0", To::Remove), ("l.2", To::Remove), ("a", set())]), ["a", "l[2]", "l[0]"]);
        assert_eq!(kept(&[("l.0", To::Remove), ("l.0", To::Remove)]), ["l[0]"]);
        assert_eq!(kept(&[("l", To::Remove), ("l.0", To::Remove), ("l.x", set())]), ["l"]);
        assert_eq!(kept(&[("a", To::Rename("b".to_owned())), ("a", set()), ("b.c", set())]), ["a", "b.c"]);
        assert_eq!(kept(&[("a", table()), ("a.b", set()), ("a", table())]), ["a", "a"]);
        assert_eq!(kept(&[("a.b", set()), ("a", To::Remove)]), ["a.b", "a"]);
    }
}
