//! Where to splice in JSON and JSON5.

use crate::catalog::documents::Format;
use crate::doc::edit::list::{Lang, Layout, ListText};
use crate::doc::edit::ops::Draft;
use crate::doc::edit::write::{JsonStyle, can_be_bare};
use crate::doc::edit::{EditFault, Splice, begins_line, indent, line_start, newline, splice};
use crate::doc::{KeyPath, Node, Seg, Value};

/// Longest list that is written on one line where nothing else decides.
const SHORT: usize = 60;

/// Most members of one name that are taken out.
const MOST_DUPLICATES: usize = 16;

/// Texts with `draft` at `at`.
pub(super) fn set(format: Format, text: &str, tree: &Node, at: &KeyPath, draft: &Draft) -> Vec<String> {
    let style = style(format, text, tree);
    match crate::doc::edit::deepest(tree, at) {
        (node, []) => vec![replace(text, node, &style, draft)],
        (parent, [Seg::Key(key), rest @ ..]) => {
            vec![insert(text, parent, &style, Some(key), &crate::doc::edit::nest(rest, draft))]
        }
        (parent, [Seg::Index(_), rest @ ..]) => {
            vec![append(text, parent, &style, crate::doc::edit::nest(rest, draft))]
        }
    }
}

/// The text without what is at `at`.
pub(super) fn remove(format: Format, text: &str, tree: &Node, at: &KeyPath) -> Result<String, EditFault> {
    let Some((last, parents)) = at.0.split_last() else { return Ok(text.to_owned()) };
    let parents = KeyPath(parents.to_vec());
    let mut text = text.to_owned();
    let mut tree = tree.clone();
    // Each of equal keys is taken out; after the last of them another one would count.
    for _ in 0..MOST_DUPLICATES {
        let Some(parent) = tree.locate(&parents) else { return Ok(text) };
        let index = match last {
            Seg::Key(key) => parent.members().iter().rposition(|member| member.key == *key),
            Seg::Index(index) => (*index < parent.items().len()).then_some(*index),
        };
        let Some(index) = index else { return Ok(text) };
        let list = ListText::new(&text, &parent.loc.range(), Lang::Json);
        let next = splice(&text, list.remove(index));
        tree = crate::doc::edit::read(format, &next).ok_or(EditFault::Unfaithful)?;
        text = next;
        if matches!(last, Seg::Index(_)) {
            return Ok(text);
        }
    }
    Err(EditFault::Unsupported("the key occurs too often"))
}

fn replace(text: &str, node: &Node, style: &JsonStyle, draft: &Draft) -> String {
    let place = node.loc.range();
    let old = &text[place.clone()];
    let mut style = style.clone();
    if let Some(quote) = old.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        style.quote = quote;
    }
    style.bare = bare(text, node).unwrap_or(style.bare);
    let filled = !node.members().is_empty() || !node.items().is_empty();
    let inline = if filled { !old.contains('\n') } else { !on_own_line(text, place.start) };
    let value = value(&style, draft, if inline { None } else { Some(indent(text, place.start)) }, filled);
    splice(text, vec![Splice::new(place, value)])
}

/// The text with a value at `at`, where nothing is yet, whose text `raw` gives for an indentation.
pub(super) fn insert_raw(
    format: Format,
    text: &str,
    tree: &Node,
    at: &KeyPath,
    raw: &dyn Fn(&str) -> String,
) -> Option<String> {
    let style = style(format, text, tree);
    let (parent, [Seg::Key(key), rest @ ..]) = crate::doc::edit::deepest(tree, at) else { return None };
    let inner: Option<Vec<&str>> = rest.iter().map(Seg::key).collect();
    let inner = inner.filter(|_| matches!(parent.value, Value::Object(_)))?;
    let close = " }".repeat(inner.len());
    Some(place_in(text, parent, &style, Some(key), &|style, lines| {
        let open: String = inner.iter().map(|key| format!("{{ {}{}", style.key(key), style.colon)).collect();
        format!("{open}{}{close}", raw(lines.unwrap_or_default()))
    }))
}

/// The text with a new last item of `list`. A first one makes the list anew, unless a comment is in it.
fn append(text: &str, list: &Node, style: &JsonStyle, item: Draft) -> String {
    let inner = &text[list.loc.range()];
    if inner.chars().all(|c| c.is_whitespace() || matches!(c, '[' | ']')) {
        return replace(text, list, style, &Draft::List(vec![item]));
    }
    insert(text, list, style, None, &item)
}

fn insert(text: &str, parent: &Node, style: &JsonStyle, key: Option<&str>, draft: &Draft) -> String {
    place_in(text, parent, style, key, &|style, lines| value(style, draft, lines, false))
}

/// The text with a new member of `parent`, or without a key with a new last item; `value` gives its
/// value for a style and, where lines may be used, an indentation.
fn place_in(
    text: &str,
    parent: &Node,
    style: &JsonStyle,
    key: Option<&str>,
    value: &dyn Fn(&JsonStyle, Option<&str>) -> String,
) -> String {
    let place = parent.loc.range();
    let list = ListText::new(text, &place, Lang::Json);
    let opens_lines = list.is_open() || place.start == 0 || on_own_line(text, place.start);
    let fallback = if opens_lines {
        Layout::Lines(format!("{}{}", indent(text, place.start), style.unit))
    } else {
        Layout::Inline
    };
    let layout = list.layout(fallback);
    let style = beside(text, parent, style);
    let lines = match &layout {
        Layout::Lines(indent) => Some(indent.as_str()),
        Layout::Inline => None,
    };
    let key = key.map(|key| format!("{}{}", style.key(key), style.colon)).unwrap_or_default();
    // In a value, keys are written as in those beside it.
    let within = parent.members().iter().rev().find_map(|member| bare(text, &member.node));
    let inner = JsonStyle { bare: within.unwrap_or(style.bare), ..style.clone() };
    let member = format!("{key}{}", value(&inner, lines));
    splice(text, list.append(&layout, &member, style.gap()))
}

/// A value; where lines may be used, a short list of JSON5 still goes on one.
fn value(style: &JsonStyle, draft: &Draft, indent: Option<&str>, keep_lines: bool) -> String {
    let flat = matches!(draft, Draft::List(items)
        if !items.iter().any(|item| matches!(item, Draft::List(_) | Draft::Table(_))));
    if style.five && flat && !keep_lines {
        let line = style.value(draft, None);
        if line.len() <= SHORT {
            return line;
        }
    }
    style.value(draft, indent)
}

/// Whether the member whose value begins at `at` began its line.
fn on_own_line(text: &str, at: usize) -> bool {
    let before = text[line_start(text, at)..at].trim_start();
    begins_line(text, at) || !before.contains(['{', '[', ','])
}

/// How the document is written: by its first member and its first string.
fn style(format: Format, text: &str, tree: &Node) -> JsonStyle {
    let five = format == Format::Json5;
    let mut style = JsonStyle { five, newline: newline(text), ..JsonStyle::standard() };
    if let Some(first) = tree.members().first() {
        let at = first.key_loc.range().start;
        if begins_line(text, at) && !indent(text, at).is_empty() {
            style.unit = indent(text, at).to_owned();
        }
        style.bare = bare_anywhere(text, tree).unwrap_or(style.bare);
        style = beside(text, tree, &style);
    }
    if let Some(string) = first_string(tree) {
        style.quote = if text[string.loc.range()].starts_with('\'') { '\'' } else { '"' };
    }
    style
}

/// The style with the keys and colons of `parent`'s last member.
fn beside(text: &str, parent: &Node, style: &JsonStyle) -> JsonStyle {
    let mut style = style.clone();
    let Some(last) = parent.members().last() else { return style };
    style.bare = bare(text, parent).unwrap_or(style.bare);
    let colon = text.get(last.key_loc.range().end..last.node.loc.range().start).unwrap_or(": ");
    if colon.chars().all(|c| matches!(c, ':' | ' ')) {
        style.colon = colon.to_owned();
    }
    style
}

/// Whether the keys of a table have no quotes, by the last one that needs none.
fn bare(text: &str, table: &Node) -> Option<bool> {
    let member = table.members().iter().rev().find(|member| can_be_bare(&member.key))?;
    Some(!text[member.key_loc.range()].starts_with(['"', '\'']))
}

/// The same by the first table that tells.
fn bare_anywhere(text: &str, node: &Node) -> Option<bool> {
    let below = || node.members().iter().find_map(|member| bare_anywhere(text, &member.node));
    bare(text, node).or_else(below)
}

fn first_string(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::String(_) => Some(node),
        Value::Object(members) => members.iter().find_map(|member| first_string(&member.node)),
        Value::Array(items) => items.iter().find_map(first_string),
        _ => None,
    }
}
