//! Where to splice in TOML.
//!
//! A table may be written in four ways: under its header, inline, implied by dotted keys, or
//! implied by the headers of its children. Rather than to know beforehand which text is allowed
//! where, [`set`] offers the likely ones in order; the caller takes the first that is right.

use crate::doc::edit::list::{Lang, Layout, ListText};
use crate::doc::edit::ops::Draft;
use crate::doc::edit::write::{toml_key, toml_pair, toml_value};
use crate::doc::edit::{Splice, after_break, indent, line_end, line_start, newline, splice};
use crate::doc::{KeyPath, Member, Node, Seg, Value};
use std::ops::Range;

/// Texts with `draft` at `at`.
pub(super) fn set(text: &str, tree: &Node, at: &KeyPath, draft: &Draft) -> Vec<String> {
    match crate::doc::edit::deepest(tree, at) {
        (node, []) if is_value(text, node) => {
            let place = node.loc.range();
            let value = scalar(&text[place.clone()], draft);
            vec![splice(text, vec![Splice::new(place, value)])]
        }
        // A table with a header, or made of pieces: all of it goes, then it is set anew.
        (_, []) => {
            let bare = remove(text, tree, at);
            crate::doc::edit::read(crate::catalog::documents::Format::Toml, &bare).map_or_else(
                Vec::new,
                |tree| match crate::doc::edit::deepest(&tree, at) {
                    (_, []) => Vec::new(),
                    _ => set(&bare, &tree, at, draft),
                },
            )
        }
        (parent, rest) => add(text, tree, parent, at, rest, draft),
    }
}

/// The text without what is at `at`: its lines, or its part of an inline table or list.
pub(super) fn remove(text: &str, tree: &Node, at: &KeyPath) -> String {
    let Some(found) = find(text, tree, at) else { return text.to_owned() };
    if let Some(place) = found.inside {
        let list = ListText::new(text, &place, Lang::Toml);
        let index = list.items.iter().position(|item| item.contains(&found.start));
        return splice(text, index.map_or_else(Vec::new, |index| list.remove(index)));
    }
    let mut lines = Vec::new();
    pieces(text, found.node, found.start, &mut lines);
    splice(text, lines.into_iter().map(Splice::delete).collect())
}

/// A value that was found by its path.
struct TomlPlace<'t> {
    node: &'t Node,
    /// Where its key begins; that of an item: the item.
    start: usize,
    /// The innermost inline table or list that holds it.
    inside: Option<Range<usize>>,
}

fn find<'t>(text: &str, tree: &'t Node, at: &KeyPath) -> Option<TomlPlace<'t>> {
    let mut found = TomlPlace { node: tree, start: 0, inside: None };
    for seg in &at.0 {
        let node = found.node;
        if is_value(text, node) {
            found.inside = Some(node.loc.range());
        }
        (found.start, found.node) = match seg {
            Seg::Key(key) => node.member(key).map(|member| (member.key_loc.range().start, &member.node))?,
            Seg::Index(index) => node.items().get(*index).map(|item| (item.loc.range().start, item))?,
        };
    }
    Some(found)
}

/// All lines that make up a value whose key is at `key`.
fn pieces(text: &str, node: &Node, key: usize, lines: &mut Vec<Range<usize>>) {
    if is_value(text, node) {
        let end = line_end(text, node.loc.range().end);
        lines.push(line_start(text, key)..after_break(text, end));
        return;
    }
    if is_header(text, node) {
        let place = node.loc.range();
        lines.push(line_start(text, place.start)..after_break(text, line_end(text, place.end)));
    }
    for member in node.members() {
        pieces(text, &member.node, member.key_loc.range().start, lines);
    }
    for item in node.items() {
        pieces(text, item, item.loc.range().start, lines);
    }
}

/// Texts with `draft` at what is missing below `parent`.
fn add(text: &str, tree: &Node, parent: &Node, at: &KeyPath, rest: &[Seg], draft: &Draft) -> Vec<String> {
    let [Seg::Key(key), inner @ ..] = rest else { return append(text, parent, at, rest, draft) };
    let nested = crate::doc::edit::nest(inner, draft);
    if is_value(text, parent) {
        let list = ListText::new(text, &parent.loc.range(), Lang::Toml);
        let layout = list.layout(Layout::Inline);
        return vec![splice(text, list.append(&layout, &toml_pair(key, &nested), " "))];
    }
    let line = toml_pair(key, &nested);
    let in_body = body_line(text, tree, parent, &line);
    let beside = dotted_line(text, parent, &line);
    let path = &at.0[..at.0.len() - rest.len()];
    let at_end = match nested {
        Draft::Table(members) => {
            let path: Vec<_> = path.iter().chain([&rest[0]]).collect();
            section(text, &path, &members)
        }
        nested => section(text, &path.iter().collect::<Vec<_>>(), &[(key.clone(), nested)]),
    };
    // A value goes where its table is; a table gets its own header.
    let own_header = !inner.is_empty() || matches!(draft, Draft::Table(_));
    let order = if own_header { [at_end, in_body, beside] } else { [in_body, beside, at_end] };
    order.into_iter().flatten().collect()
}

/// Texts with `draft` in a new last item of a list: in its brackets, or under a header of its own.
fn append(text: &str, list: &Node, at: &KeyPath, rest: &[Seg], draft: &Draft) -> Vec<String> {
    let [Seg::Index(_), inner @ ..] = rest else { return Vec::new() };
    let item = crate::doc::edit::nest(inner, draft);
    if is_value(text, list) {
        let brackets = ListText::new(text, &list.loc.range(), Lang::Toml);
        let layout = brackets.layout(Layout::Inline);
        let gap = if brackets.items.is_empty() { "" } else { " " };
        return vec![splice(text, brackets.append(&layout, &toml_value(&item), gap))];
    }
    let path: Vec<&Seg> = at.0[..at.0.len() - rest.len()].iter().collect();
    match item {
        Draft::Table(members) => item_section(text, &path, &members).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The text with a new `[[path]]` at its end.
fn item_section(text: &str, path: &[&Seg], members: &[(String, Draft)]) -> Option<String> {
    let header = format!("[[{}]]", header_keys(path)?.join("."));
    let lines = members.iter().map(|(key, value)| toml_pair(key, value));
    Some(at_end(text, &std::iter::once(header).chain(lines).collect::<Vec<_>>()))
}

/// The text with `line` at the end of the table's own body: behind its last `key = value`.
fn body_line(text: &str, tree: &Node, table: &Node, line: &str) -> Option<String> {
    let root = std::ptr::eq(table, tree);
    if !root && !is_header(text, table) {
        return None;
    }
    let start = if root { 0 } else { table.loc.range().end };
    let mut starts = Vec::new();
    headers(text, tree, &mut starts);
    let end = starts.into_iter().filter(|at| *at >= start).min().unwrap_or(text.len());
    let mut last = None;
    last_value(text, table, &(start..end), &mut last);
    match last {
        Some(at) => Some(after_line(text, at, line)),
        None if !root => Some(after_line(text, start, line)),
        None if end == text.len() => Some(crate::doc::edit::append_line(text, line)),
        None => Some(before_headers(text, end, line)),
    }
}

/// The text with `line` below the line of `at`, indented like it.
fn after_line(text: &str, at: usize, line: &str) -> String {
    let end = line_end(text, at);
    let lead = indent(text, at);
    splice(text, vec![Splice::new(end..end, format!("{}{lead}{line}", newline(text)))])
}

/// The text with `line` above the first header, but below a comment that heads the file.
fn before_headers(text: &str, end: usize, line: &str) -> String {
    let newline = newline(text);
    let gap = format!("{newline}{newline}");
    let at = text[..end].find(&gap).map_or(0, |at| at + gap.len());
    splice(text, vec![Splice::new(at..at, format!("{line}{gap}"))])
}

/// The text with `line` below a sibling written with a dotted key, and with the same path.
fn dotted_line(text: &str, table: &Node, line: &str) -> Option<String> {
    let ends = |member| last_dotted(text, member).map(|end| (member, end));
    let (member, end) = table.members().iter().rev().find_map(ends)?;
    let key = member.key_loc.range().start;
    let path = &text[line_start(text, key)..key];
    let end = line_end(text, end);
    Some(splice(text, vec![Splice::new(end..end, format!("{}{path}{line}", newline(text)))]))
}

/// Where the last value of a member ends that is not under a header.
fn last_dotted(text: &str, member: &Member) -> Option<usize> {
    if is_value(text, &member.node) {
        return Some(member.node.loc.range().end);
    }
    let below = || member.node.members().iter().filter_map(|member| last_dotted(text, member)).max();
    if is_header(text, &member.node) { None } else { below() }
}

/// The text with a new `[path]` at its end.
fn section(text: &str, path: &[&Seg], members: &[(String, Draft)]) -> Option<String> {
    let mut lines = Vec::new();
    section_lines(&header_keys(path)?, members, &mut lines);
    Some(at_end(text, &lines))
}

/// The keys of a header, in which the last item of a list has the list's name.
fn header_keys(path: &[&Seg]) -> Option<Vec<String>> {
    let keys: Vec<_> = path.iter().filter_map(|seg| seg.key()).map(toml_key).collect();
    (!keys.is_empty()).then_some(keys)
}

/// The text with these lines below a blank one at its end.
fn at_end(text: &str, lines: &[String]) -> String {
    let newline = newline(text);
    let gap = match text.chars().next() {
        None => "",
        Some(_) if text.ends_with('\n') => newline,
        Some(_) => &format!("{newline}{newline}"),
    };
    let end = if text.is_empty() || text.ends_with('\n') { newline } else { "" };
    format!("{text}{gap}{}{end}", lines.join(newline))
}

/// A header with its values, then its tables with theirs.
fn section_lines(keys: &[String], members: &[(String, Draft)], lines: &mut Vec<String>) {
    let table = |value: &Draft| matches!(value, Draft::Table(inner) if !inner.is_empty());
    let values: Vec<_> = members.iter().filter(|(_, value)| !table(value)).collect();
    if !values.is_empty() || members.is_empty() {
        lines.push(format!("[{}]", keys.join(".")));
        lines.extend(values.iter().map(|(key, value)| toml_pair(key, value)));
    }
    for (key, value) in members {
        if let Draft::Table(inner) = value
            && table(value)
        {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            let path = [keys, &[toml_key(key)]].concat();
            section_lines(&path, inner, lines);
        }
    }
}

/// A new value in the place of `old`; a literal string stays one where it can.
fn scalar(old: &str, draft: &Draft) -> String {
    match draft {
        Draft::String(text) if old.starts_with('\'') => {
            let text = text.expose();
            let literal = !text.contains(|c: char| c == '\'' || (c.is_control() && c != '\t'));
            if literal { format!("'{text}'") } else { toml_value(draft) }
        }
        _ => toml_value(draft),
    }
}

/// Whether the node is written as a value: not as a header, nor implied by keys or headers.
fn is_value(text: &str, node: &Node) -> bool {
    let raw = &text[node.loc.range()];
    match &node.value {
        Value::Object(_) => raw.starts_with('{'),
        Value::Array(items) => !items.first().is_some_and(|item| is_header(text, item)),
        _ => true,
    }
}

fn is_header(text: &str, node: &Node) -> bool {
    matches!(node.value, Value::Object(_)) && text[node.loc.range()].starts_with('[')
}

/// Where the lines of all headers begin.
fn headers(text: &str, node: &Node, starts: &mut Vec<usize>) {
    if is_header(text, node) {
        starts.push(line_start(text, node.loc.range().start));
    }
    if !is_value(text, node) {
        node.members().iter().for_each(|member| headers(text, &member.node, starts));
        node.items().iter().for_each(|item| headers(text, item, starts));
    }
}

/// The end of the last value of `node` inside `body`.
fn last_value(text: &str, node: &Node, body: &Range<usize>, last: &mut Option<usize>) {
    let place = node.loc.range();
    if is_value(text, node) && body.contains(&place.start) {
        *last = (*last).max(Some(place.end));
        return;
    }
    for member in node.members() {
        last_value(text, &member.node, body, last);
    }
}
