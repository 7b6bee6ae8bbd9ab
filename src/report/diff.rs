//! A change of a text as a unified diff, fit to be shown: secrets are labels, so that it is seen
//! which one goes where, and everything else that may not be shown is stars. `${NAME}` stays.
//!
//! Lines are compared as they are, and shown as they are masked.

use crate::doc::{Doc, Node, Value};
use crate::report::diagnostic::window;
use crate::report::style::{Style, Tone};
use crate::world::label::Labels;
use imara_diff::{Algorithm, Diff, InternedInput};
use std::ops::Range;

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
    let hunks = hunks(&old.raw(), &new.raw());
    let named = |there: bool| if there { name } else { "/dev/null" };
    let mut out = String::new();
    for group in grouped(&hunks) {
        if out.is_empty() {
            for (sign, sheet) in [("---", &old), ("+++", &new)] {
                out.push_str(&painted(style, Tone::Strong, &format!("{sign} {}", named(sheet.there))));
            }
        }
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        // What stands in front of a change is the same in both.
        let lead = CONTEXT.min(first.0.start).min(first.1.start);
        let trail = CONTEXT.min(old.raw().len() - last.0.end);
        let span =
            |from: usize, to: usize| format!("{},{}", if to > from { from + 1 } else { from }, to - from);
        let old_span = span(first.0.start - lead, last.0.end + trail);
        let new_span = span(first.1.start - lead, last.1.end + trail);
        out.push_str(&painted(style, Tone::Quiet, &format!("@@ -{old_span} +{new_span} @@")));
        let mut at = first.0.start - lead;
        let mut lines = |sign: char, tone: Tone, side: &DiffSide<'_>, range: Range<usize>| {
            for line in range {
                out.push_str(&painted(style, tone, &format!("{sign}{}", side.line(line))));
            }
        };
        for (before, after) in group {
            lines(' ', Tone::Plain, &old, at..before.start);
            lines('-', Tone::Bad, &old, before.clone());
            lines('+', Tone::Good, &new, after.clone());
            at = before.end;
        }
        lines(' ', Tone::Plain, &old, at..last.0.end + trail);
    }
    out
}

/// Lines that differ: of the old text, and of the new one.
type Hunk = (Range<usize>, Range<usize>);

fn hunks(old: &[&str], new: &[&str]) -> Vec<Hunk> {
    let mut input = InternedInput::default();
    input.update_before(old.iter().copied());
    input.update_after(new.iter().copied());
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    Diff::compute(Algorithm::Myers, &input)
        .hunks()
        .map(|hunk| (range(hunk.before), range(hunk.after)))
        .collect()
}

/// Those that are shown as one, because their context meets.
fn grouped(hunks: &[Hunk]) -> impl Iterator<Item = &[Hunk]> {
    hunks.chunk_by(|one, next| one.0.end + 2 * CONTEXT >= next.0.start)
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

    fn line(&self, index: usize) -> &str {
        self.shown.get(index).map_or("", String::as_str)
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
    let mut out = window::masked(doc).to_owned();
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
