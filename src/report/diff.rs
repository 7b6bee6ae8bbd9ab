//! A change of a text as a unified diff, fit to be shown: secrets are labels, so that it is seen
//! which one goes where, and everything else that may not be shown is stars. `${NAME}` stays.
//!
//! Lines are compared as they are, and shown as they are masked.

use crate::doc::{Doc, Node, Value};
use crate::report::diagnostic::window;
use crate::report::style::{Style, Tone};
use crate::world::label::Labels;
use similar::{ChangeTag, TextDiff};

/// Lines of context around a change.
const CONTEXT: usize = 2;

/// The difference between two documents, `None` being no file; empty if there is none.
pub(crate) fn unified(
    name: &str,
    old: Option<&Doc>,
    new: Option<&Doc>,
    labels: &Labels,
    style: Style,
) -> String {
    let (old, new) = (DiffSide::new(old, labels), DiffSide::new(new, labels));
    let (old_raw, new_raw): (Vec<&str>, Vec<&str>) = (old.raw(), new.raw());
    let diff = TextDiff::from_slices(&old_raw, &new_raw);
    let named = |there: bool| if there { name } else { "/dev/null" };
    let mut out = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        if out.is_empty() {
            for (sign, sheet) in [("---", &old), ("+++", &new)] {
                out.push_str(&painted(style, Tone::Strong, &format!("{sign} {}", named(sheet.there))));
            }
        }
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let span =
            |from: usize, to: usize| format!("{},{}", if to > from { from + 1 } else { from }, to - from);
        let old_span = span(first.old_range().start, last.old_range().end);
        let new_span = span(first.new_range().start, last.new_range().end);
        out.push_str(&painted(style, Tone::Quiet, &format!("@@ -{old_span} +{new_span} @@")));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, tone, line) = match change.tag() {
                ChangeTag::Equal => (' ', Tone::Plain, old.line(change.old_index())),
                ChangeTag::Delete => ('-', Tone::Bad, old.line(change.old_index())),
                ChangeTag::Insert => ('+', Tone::Good, new.line(change.new_index())),
            };
            out.push_str(&painted(style, tone, &format!("{sign}{line}")));
        }
    }
    out
}

fn painted(style: Style, tone: Tone, line: &str) -> String {
    format!("{}\n", style.paint(tone, line))
}

/// A text and how its lines are shown.
struct DiffSide<'a> {
    there: bool,
    text: &'a str,
    shown: Vec<String>,
}

impl<'a> DiffSide<'a> {
    fn new(doc: Option<&'a Doc>, labels: &Labels) -> Self {
        let Some(doc) = doc else { return Self { there: false, text: "", shown: Vec::new() } };
        let shown = labelled(doc, labels);
        let shown = shown.split('\n').map(window::shown_line).collect();
        Self { there: doc.exists(), text: doc.text.expose(), shown }
    }

    /// The lines, without their ends; a final line end begins no line.
    fn raw(&self) -> Vec<&'a str> {
        let mut lines: Vec<&str> = self.text.split('\n').collect();
        if lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        lines
    }

    fn line(&self, index: Option<usize>) -> &str {
        index.and_then(|index| self.shown.get(index)).map_or("", String::as_str)
    }
}

/// The masked text with labels in the place of secrets that are known.
fn labelled(doc: &Doc, labels: &Labels) -> String {
    let again;
    let root = if doc.thin {
        again = crate::doc::parse(doc.format, doc.id, doc.text.expose()).ok();
        again.as_ref()
    } else {
        doc.root.as_ref()
    };
    let mut out = window::masked(doc);
    let mut strings = Vec::new();
    if let Some(root) = root {
        collect(root, &mut strings);
    }
    strings.sort_by_key(|node| std::cmp::Reverse(node.loc.range().start));
    for node in strings {
        let Some(secret) = node.as_secret() else { continue };
        let (place, text) = (node.loc.range(), secret.expose());
        let raw = &doc.text.expose()[place.clone()];
        if raw.contains('\n') || !out[place.clone()].contains('*') {
            continue;
        }
        let inside = if is_reference(text) {
            text.clone()
        } else if labels.knows(secret) {
            labels.of(secret)
        } else {
            continue;
        };
        let quote =
            raw.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')).map_or(String::new(), String::from);
        out.replace_range(place, &format!("{quote}{inside}{quote}"));
    }
    out
}

fn collect<'t>(node: &'t Node, strings: &mut Vec<&'t Node>) {
    match &node.value {
        Value::String(_) => strings.push(node),
        Value::Object(members) => members.iter().for_each(|member| collect(&member.node, strings)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, strings)),
        _ => {}
    }
}

/// Whether a value is nothing but the name of a variable: `${NAME}`.
fn is_reference(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let fine = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.is_some_and(|name| {
        (1..=64).contains(&name.len())
            && name.chars().all(fine)
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && !crate::doc::redact::is_secret_like(name)
    })
}
