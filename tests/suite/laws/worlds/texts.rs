//! What stays of a changed text: all that no edit names. The texts are read with other parsers
//! than the program's own, and line by line.

use super::laws::{Broken, Edited, HOME, is_renamed, law};
use super::made::{Made, Planted};
use super::memory::{Entry, Memory, Thing, led};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zirkabot::catalog::documents::Format;
use zirkabot::change::plan::{Action, Change, Plan};
use zirkabot::change::proposal::Class;
use zirkabot::doc::edit::ops::To;
use zirkabot::doc::{self, DocId, KeyPath, Node, Seg};
use zirkabot::sys::Look;

type Entries = BTreeMap<PathBuf, Entry>;

/// The bytes behind a path.
fn bytes<'e>(entries: &'e Entries, path: &Path) -> Option<&'e [u8]> {
    match &entries.get(path)?.thing {
        Thing::File(bytes) => Some(bytes),
        Thing::Link(to) => bytes(entries, &led(path, to)),
        Thing::Dir => None,
    }
}

/// Holds every changed file against what it was.
pub(crate) fn kept(old: &Entries, new: &Entries, plan: &Plan, edits: &[Edited]) -> Result<(), Broken> {
    for change in plan.changes.iter().filter(|change| matches!(change.action, Action::Update(_))) {
        let (Some(was), Some(is)) = (bytes(old, &change.path), bytes(new, &change.path)) else { continue };
        let (was, is) = (String::from_utf8_lossy(was), String::from_utf8_lossy(is));
        let edits: Vec<&Edited> = edits.iter().filter(|edit| edit.file == change.path).collect();
        values(change, &was, &is, &edits)?;
        lines(change, &was, &is, &edits)?;
        law!("kept bytes", was.starts_with('\u{feff}') == is.starts_with('\u{feff}'), "the byte-order mark");
    }
    let named = |path: &Path| plan.changes.iter().any(|change| touches(change, path, old));
    for (path, entry) in old.iter().filter(|(path, _)| !named(path)) {
        let same = new.get(path).is_some_and(|now| (&now.thing, now.mode) == (&entry.thing, entry.mode));
        law!("kept bytes", same, "{} was changed without a plan", path.display());
    }
    Ok(())
}

/// Whether a change is about what lies at `path`, or about a directory above.
fn touches(change: &Change, path: &Path, old: &Entries) -> bool {
    let is_moved = matches!(change.action, Action::Move(_)) && path.starts_with(&change.path);
    let is_link = matches!(old.get(&change.path).map(|entry| &entry.thing), Some(Thing::Link(to))
        if led(&change.path, to) == path);
    is_moved || is_link || change.path == path
}

/// A text as a tree, by a parser that is not the program's.
pub(crate) fn parse(format: Format, text: &str) -> Option<Value> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        Format::Toml => serde_json::to_value(toml::from_str::<toml::Table>(text).ok()?).ok(),
        Format::Json5 => json5::from_str(text).ok(),
        Format::Json => serde_json::from_str(text).ok(),
        _ => None,
    }
}

/// All leaves by path; keys and indexes alike as text.
fn leaves(value: &Value, path: &mut Vec<String>, out: &mut BTreeMap<Vec<String>, Value>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                path.push(key.clone());
                leaves(value, path, out);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(at.to_string());
                leaves(item, path, out);
                path.pop();
            }
        }
        leaf => _ = out.insert(path.clone(), leaf.clone()),
    }
}

/// A path as texts; up to the first list, if its items may move.
fn plain(at: &KeyPath, items_move: bool) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    for seg in &at.0 {
        match seg {
            Seg::Key(key) => path.push(key.clone()),
            Seg::Index(_) if items_move => break,
            Seg::Index(at) => path.push(at.to_string()),
        }
    }
    path
}

/// The paths that an edit may change everything below.
fn named(edit: &Edited) -> Vec<Vec<String>> {
    // The items behind one that goes move up.
    let mut path = plain(&edit.at, matches!(edit.to, Some(To::Remove)));
    if let Some(To::Move(to)) = &edit.to {
        return vec![path, plain(to, false)];
    }
    let mut paths = vec![path.clone()];
    if let Some(To::Rename(key)) = &edit.to {
        path.pop();
        path.push(key.clone());
        paths.push(path);
    }
    paths
}

/// Only values at paths that the edits name differ.
fn values(change: &Change, was: &str, is: &str, edits: &[&Edited]) -> Result<(), Broken> {
    let (Some(was), Some(is)) = (parse(change.format, was), parse(change.format, is)) else {
        let no_tree = !matches!(change.format, Format::Toml | Format::Json5 | Format::Json);
        law!("kept values", no_tree, "{} cannot be parsed", change.path.display());
        return Ok(());
    };
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    leaves(&was, &mut Vec::new(), &mut old);
    leaves(&is, &mut Vec::new(), &mut new);
    let allowed: Vec<Vec<String>> = edits.iter().flat_map(|edit| named(edit)).collect();
    for path in old.keys().chain(new.keys()).filter(|path| old.get(*path) != new.get(*path)) {
        let fine = allowed.iter().any(|named| path.starts_with(named));
        law!("kept values", fine, "{}: {path:?} is not named by {allowed:?}", change.path.display());
    }
    Ok(())
}

/// Every line that no edit is about stands in the new text, in order; and every comment.
fn lines(change: &Change, was: &str, is: &str, edits: &[&Edited]) -> Result<(), Broken> {
    let text = was.strip_prefix('\u{feff}').unwrap_or(was);
    let Ok(tree) = doc::parse(change.format, DocId(0), text) else { return Ok(()) };
    let (mut free, mut drops) = (vec![false; text.split('\n').count() + 1], false);
    for edit in edits {
        let mut places = self::places(&tree, edit);
        if let Some(To::Move(to)) = &edit.to {
            let there = Edited { file: edit.file.clone(), at: to.clone(), to: None };
            places.extend(self::places(&tree, &there));
        }
        let line = |at: usize| text[..at.min(text.len())].matches('\n').count();
        // What goes, and what is replaced whole, takes its comments along.
        drops |= matches!(edit.to, Some(To::Remove)) || places.len() > 1;
        drops |= edit.at.0.iter().any(|seg| matches!(seg, Seg::Index(_)));
        for (start, end) in places {
            free[line(start)..=line(end)].fill(true);
        }
    }
    let is = is.strip_prefix('\u{feff}').unwrap_or(is);
    let mut rest = is.split('\n');
    // A comma comes and goes with what stands behind it.
    let bare = |line: &str| line.trim_end_matches('\r').replace(',', "");
    for (line, _) in text.split('\n').zip(&free).filter(|(line, free)| !**free && !line.trim().is_empty()) {
        let stands = rest.any(|other| bare(other) == bare(line));
        law!(
            "kept lines",
            stands,
            "{}: {line:?} is gone from\n{is}\nwhich was\n{was}",
            change.path.display()
        );
    }
    for note in was.split("note-").skip(1).filter_map(|note| note.split('-').next()) {
        let stands = drops || is.contains(&format!("note-{note}-"));
        law!("kept comments", stands, "{}: comment {note} is gone from\n{is}", change.path.display());
    }
    Ok(())
}

/// The places of all that is in a value; the pieces of a table may stand far apart.
fn inside(node: &Node, out: &mut Vec<(usize, usize)>) {
    for member in node.members() {
        out.push((member.key_loc.start as usize, member.node.loc.end.max(member.key_loc.end) as usize));
        inside(&member.node, out);
    }
    for item in node.items() {
        out.push((item.loc.start as usize, item.loc.end as usize));
        inside(item, out);
    }
}

/// The bytes in whose lines an edit may change something.
fn places(tree: &Node, edit: &Edited) -> Vec<(usize, usize)> {
    let (mut node, mut parent) = (tree, tree);
    let (mut start, mut end) = (0, 0);
    for (depth, seg) in edit.at.0.iter().enumerate() {
        parent = node;
        let siblings = node.members();
        let at = match seg {
            Seg::Key(key) => siblings.iter().rposition(|member| member.key == *key),
            Seg::Index(_) => None,
        };
        match (seg, at) {
            (Seg::Key(_), Some(at)) => {
                let member = &siblings[at];
                (start, end) = (member.key_loc.start as usize, member.node.loc.end as usize);
                if matches!(edit.to, Some(To::Remove)) && at > 0 {
                    // A comma before it may go with it.
                    start = start.min(siblings[at - 1].node.loc.end as usize);
                }
                node = &member.node;
            }
            (Seg::Index(index), _) if *index < node.items().len() => {
                // After one has gone, a later plan counts anew.
                if matches!(edit.to, Some(To::Remove)) && depth + 1 == edit.at.0.len() {
                    let mut places = vec![(node.loc.start as usize, node.loc.end as usize)];
                    inside(node, &mut places);
                    return places;
                }
                node = &node.items()[*index];
                (start, end) = (node.loc.start as usize, node.loc.end as usize);
            }
            _ => {
                // Added: behind the last member, or in an empty table.
                let last = siblings.last().map(|member| member.node.loc.end as usize);
                let last = last.unwrap_or(node.loc.start as usize);
                return vec![(last, last)];
            }
        }
    }
    let mut places = vec![(start, end.max(start))];
    inside(node, &mut places);
    if matches!(edit.to, Some(To::Remove)) {
        // Brackets around nothing are closed up.
        places.extend([parent.loc.start, parent.loc.end].map(|at| (at as usize, at as usize)));
    }
    if let [Seg::Key(key)] = &edit.at.0[..] {
        // A variable may stand in a file more than once.
        let same = tree.members().iter().filter(|member| member.key == *key);
        places.extend(same.map(|member| (member.key_loc.start as usize, member.node.loc.end as usize)));
    }
    places
}

/// What the generator planted is still there, with its value; how many.
pub(crate) fn planted(made: &Made, memory: &Memory, plan: &Plan, words: &str) -> Result<usize, Broken> {
    if plan.changes.iter().any(|change| change.class == Class::Force) {
        return Ok(0);
    }
    let (mut there, home) = (0, Path::new(HOME));
    let stays = |planted: &&Planted| !planted.path.iter().any(|key| is_renamed(words, key));
    for planted in made.planted.iter().filter(stays) {
        let format = if planted.file.ends_with("toml") { Format::Toml } else { Format::Json5 };
        let held = |text: &[u8]| {
            let tree = parse(format, &String::from_utf8_lossy(text))?;
            planted.path.iter().try_fold(&tree, |node, key| node.get(key)).cloned()
        };
        let was = made.files.iter().find(|file| file.path == planted.file);
        if was.and_then(|file| held(&file.bytes)).as_ref() != Some(&planted.value) {
            continue;
        }
        let mut path = home.join(&planted.file);
        for change in &plan.changes {
            if let (Action::Move(to), Ok(rest)) = (&change.action, path.strip_prefix(&change.path)) {
                path = if rest.as_os_str().is_empty() { to.clone() } else { to.join(rest) };
            }
        }
        let is = bytes(&memory.entries, &memory.resolve(&path)).and_then(held);
        law!(
            "planted",
            is.as_ref() == Some(&planted.value),
            "{}: {:?} is {is:?}",
            planted.file,
            planted.path
        );
        there += 1;
    }
    Ok(there)
}
