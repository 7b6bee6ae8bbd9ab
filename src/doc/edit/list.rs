//! What stands between brackets and commas: objects and arrays of JSON, inline tables and
//! arrays of TOML. Taking an item out, adding one at the end.

use crate::doc::cut;
use crate::doc::edit::{
    Splice, after_break, begins_line, is_blank, line_end, line_start, newline, skip_blanks,
};
use crate::doc::toml::string_end;
use std::ops::Range;

/// Whose strings and comments these are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lang {
    /// JSON and JSON5.
    Json,
    /// TOML.
    Toml,
}

/// The items of a bracket.
pub(super) struct ListText<'a> {
    text: &'a str,
    lang: Lang,
    /// What is between the brackets.
    inner: Range<usize>,
    /// From first to last token of each item.
    pub(super) items: Vec<Range<usize>>,
    commas: Vec<usize>,
}

/// How a new item is placed.
pub(super) enum Layout {
    /// On its own line, behind these blanks.
    Lines(String),
    /// On the line of the others.
    Inline,
}

impl<'a> ListText<'a> {
    /// Finds the items of the list at `place`, brackets included.
    pub(super) fn new(text: &'a str, place: &Range<usize>, lang: Lang) -> Self {
        let inner = place.start + 1..place.end.saturating_sub(1).max(place.start + 1);
        let mut list = Self { text, lang, inner: inner.clone(), items: Vec::new(), commas: Vec::new() };
        let (mut depth, mut item): (usize, Option<Range<usize>>) = (0, None);
        let mut at = inner.start;
        while let Some(c) = text[at..inner.end].chars().next() {
            let (start, comment) = (at, comment_end(text, at, lang));
            if let Some(end) = comment {
                at = end.min(inner.end);
                continue;
            }
            at += c.len_utf8();
            match c {
                c if c.is_whitespace() || c == '\u{feff}' => continue,
                ',' if depth == 0 => {
                    list.items.extend(item.take());
                    list.commas.push(start);
                    continue;
                }
                '"' | '\'' => at = quoted_end(text, start, lang).clamp(at, inner.end),
                '{' | '[' => depth += 1,
                '}' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            let first = item.map_or(start, |item| item.start);
            item = Some(first..at);
        }
        list.items.extend(item);
        list
    }

    /// Takes out item `index` with one comma, and its line if nothing else stands there.
    pub(super) fn remove(&self, index: usize) -> Vec<Splice> {
        let Some(item) = self.items.get(index) else { return Vec::new() };
        if self.items.len() == 1 && self.only_blanks_around(item) {
            return vec![Splice::delete(self.inner.clone())];
        }
        let comma_after = self.commas.get(index).copied();
        let end = comma_after.map_or(item.end, |comma| comma + 1);
        // A comment between an item and its comma stays.
        let mut splices = match comma_after {
            Some(comma) if !self.text[item.end..comma].chars().all(is_blank) => {
                vec![Splice::delete(item.clone()), Splice::delete(comma..end)]
            }
            _ => vec![Splice::delete(self.with_line(item.start..end))],
        };
        if comma_after.is_none()
            && let Some(comma) = index.checked_sub(1).and_then(|before| self.commas.get(before).copied())
        {
            let gap_is_blank = self.text[comma + 1..item.start].chars().all(is_blank);
            splices.push(Splice::delete(comma..if gap_is_blank { item.start } else { comma + 1 }));
        }
        splices
    }

    /// Widens a place to its whole line, or else to the blanks that follow it.
    fn with_line(&self, place: Range<usize>) -> Range<usize> {
        let end = skip_blanks(self.text, place.end);
        let alone =
            begins_line(self.text, place.start) && end == line_end(self.text, end) && end < self.inner.end;
        if alone {
            return line_start(self.text, place.start)..after_break(self.text, end);
        }
        let closes = end >= self.inner.end;
        place.start..if closes { place.end } else { end }
    }

    fn only_blanks_around(&self, item: &Range<usize>) -> bool {
        let around = [&self.text[self.inner.start..item.start], &self.text[item.end..self.inner.end]];
        around.iter().all(|part| part.chars().all(|c| c.is_whitespace() || c == ','))
    }

    /// How an item would be added: as the last one is written; in an empty list as `fallback`.
    pub(super) fn layout(&self, fallback: Layout) -> Layout {
        match self.items.last() {
            Some(last) if begins_line(self.text, last.start) => {
                Layout::Lines(self.text[line_start(self.text, last.start)..last.start].to_owned())
            }
            Some(_) => Layout::Inline,
            None => fallback,
        }
    }

    /// Whether the list has no items but holds line breaks.
    pub(super) fn is_open(&self) -> bool {
        self.items.is_empty() && self.text[self.inner.clone()].contains('\n')
    }

    /// Adds `item` at the end. `gap` goes between items on one line.
    pub(super) fn append(&self, layout: &Layout, item: &str, gap: &str) -> Vec<Splice> {
        let Some(last) = self.items.last() else { return self.fill(layout, item, gap) };
        let trailing = self.commas.get(self.items.len() - 1).copied();
        let end = trailing.map_or(last.end, |comma| comma + 1);
        let comma = if trailing.is_some() { "," } else { "" };
        let first = Splice::new(last.end..last.end, if trailing.is_some() { "" } else { "," });
        let (at, lead) = match layout {
            Layout::Lines(indent) => (self.line_rest(end), format!("{}{indent}", newline(self.text))),
            Layout::Inline => (end, gap.to_owned()),
        };
        vec![first, Splice::new(at..at, format!("{lead}{item}{comma}"))]
    }

    /// Puts the first item into an empty list, behind the comments that may be there.
    fn fill(&self, layout: &Layout, item: &str, gap: &str) -> Vec<Splice> {
        let inner = &self.text[self.inner.clone()];
        let kept = inner.trim_end();
        let around = match layout {
            Layout::Inline => format!("{gap}{item}{gap}"),
            Layout::Lines(indent) => {
                let newline = newline(self.text);
                let outer = crate::doc::edit::indent(self.text, self.inner.start);
                let tail = inner[kept.len()..].rfind('\n').map(|at| &inner[kept.len() + at + 1..]);
                format!("{newline}{indent}{item}{newline}{}", tail.unwrap_or(outer))
            }
        };
        vec![Splice::new(self.inner.start + kept.len()..self.inner.end, around)]
    }

    /// One past the comments that follow on the line of `at`.
    fn line_rest(&self, at: usize) -> usize {
        let mut end = at;
        loop {
            let next = skip_blanks(self.text, end);
            match comment_end(self.text, next, self.lang) {
                Some(after) if next < self.inner.end && !self.text[next..after].contains('\n') => end = after,
                _ => return end,
            }
        }
    }
}

/// All comments of a text.
pub(super) fn comments(text: &str, lang: Lang) -> Vec<&str> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(c) = text[at..].chars().next() {
        at = match comment_end(text, at, lang) {
            Some(end) => {
                found.push(text[at..end].trim_end());
                end
            }
            None if matches!(c, '"' | '\'') => cut::after(text, quoted_end(text, at, lang).max(at + 1)),
            None => at + c.len_utf8(),
        };
    }
    found
}

/// One past the comment at `at`, if one begins there; a line comment ends before its line break.
fn comment_end(text: &str, at: usize, lang: Lang) -> Option<usize> {
    let rest = &text[at..];
    match lang {
        Lang::Toml => rest.starts_with('#').then(|| line_end(text, at)),
        Lang::Json if rest.starts_with("//") => Some(line_end(text, at)),
        Lang::Json if rest.starts_with("/*") => {
            Some(rest[2..].find("*/").map_or(text.len(), |length| at + length + 4))
        }
        Lang::Json => None,
    }
}

fn quoted_end(text: &str, start: usize, lang: Lang) -> usize {
    let bytes = text.as_bytes();
    if lang == Lang::Toml {
        return string_end(bytes, start);
    }
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'\\' => 2,
            byte if *byte == bytes[start] => return at + 1,
            _ => 1,
        };
    }
    bytes.len()
}
