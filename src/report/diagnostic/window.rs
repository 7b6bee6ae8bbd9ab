//! The few lines around a place, masked, with runs of stars cut short and long lines clipped.

use crate::catalog::documents::{DocKind, Format};
use crate::catalog::tools::Tool;
use crate::checks::finding::Evidence;
use crate::doc::{Doc, cut, mask};
use crate::report::style::Style;
use crate::sys::visible::is_unseen;
use crate::world::World;
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::ops::Range;

/// What every hidden piece becomes, however long it is.
const STARS: &str = "******";

/// Columns that the frame takes before a line.
const FRAME: usize = 12;

/// A piece of masked source with one span in it.
#[derive(Debug)]
pub(super) struct Window {
    /// `file:line:column`, as it stands in the frame.
    name: String,
    /// Whole lines, without the last line break.
    text: String,
    /// Number of the first line, from 0.
    first: usize,
    /// What to underline, in bytes of `text`.
    span: Range<usize>,
}

impl Window {
    /// The lines around `evidence`; `None` where there is no text or no place in it.
    pub(super) fn new(world: &World, evidence: &Evidence, style: Style) -> Option<Self> {
        let doc = world.doc(evidence.doc);
        let loc = evidence.loc.filter(|_| !doc.text.expose().is_empty())?;
        let masked = masked(doc);
        let start = cut::before(masked, loc.range().start);
        let end = cut::after(masked, loc.range().end).max(start);
        let (line, column) = doc.line_col(start);
        let name =
            style.text(&named(&format!("{}:{line}:{column}", world.doc_name(evidence.doc)), style.width));

        let line_start = masked[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = masked[start..].find('\n').map_or(masked.len(), |at| start + at);
        let room = style.width.saturating_sub(FRAME).max(20);
        let squeezed =
            squeeze(&masked[line_start..line_end], &(start - line_start..end.min(line_end) - line_start));
        let (main, span) = clip(&squeezed.0, squeezed.1, room);

        let neighbour = |line: &str| clip(&squeeze(line, &(0..0)).0, 0..0, room).0;
        let before =
            masked[..line_start].strip_suffix('\n').map(|text| text.rsplit('\n').next().unwrap_or(""));
        let after = masked[line_end..].strip_prefix('\n').map(|text| text.split('\n').next().unwrap_or(""));
        // The neighbours of a line of dotenv say nothing about it, and may be anybody's.
        let alone = doc.format == Format::Dotenv;
        let (before, after) = if alone { (None, None) } else { (before, after) };
        let before = before.map(neighbour).filter(|line| !line.trim().is_empty());
        let after = after.map(neighbour).filter(|line| !line.trim().is_empty());

        let shift = before.as_ref().map_or(0, |line| line.len() + 1);
        let first = line - 1 - usize::from(before.is_some());
        let lines: Vec<String> = before.into_iter().chain([main]).chain(after).collect();
        let text = lines.join("\n");
        Some(Self { name, text, first, span: span.start + shift..span.end + shift })
    }

    /// What to underline.
    pub(super) fn span(&self) -> SourceSpan {
        (self.span.start, self.span.len()).into()
    }
}

/// A place as it fits over the frame: without the directories that are too many.
fn named(place: &str, width: usize) -> String {
    let room = width.saturating_sub(FRAME / 2);
    let fits = |name: &str| name.chars().count() + 2 <= room;
    if fits(place) {
        return place.to_owned();
    }
    let ends = place.match_indices('/').map(|(at, _)| &place[at..]);
    ends.into_iter().find(|end| fits(end)).map_or_else(|| place.to_owned(), |end| format!("…{end}"))
}

impl SourceCode for Window {
    /// The whole window: it is as small as it can be.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let lines = self.text.lines().count();
        let whole = (0, self.text.len()).into();
        let text = self.text.as_bytes();
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), text, whole, self.first, 0, lines)))
    }
}

/// The text of a document, with stars for everything that may not be shown; made once, however many findings are
/// about it.
pub(crate) fn masked(doc: &Doc) -> &str {
    let kind = doc.kind;
    let (is_plain, is_known) =
        (|path: &_| crate::config::plain::is_plain(kind, path), |word: &str| is_known(kind, word));
    doc.masked.get_or_init(|| mask::mask(doc, &is_plain, &is_known))
}

/// A line of masked text as it is shown: every run of stars of one length, no control characters.
pub(crate) fn shown_line(line: &str) -> String {
    squeeze(line, &(0..0)).0
}

/// A line with every run of stars cut to the same length and without control characters, and
/// where `span` is then.
fn squeeze(line: &str, span: &Range<usize>) -> (String, Range<usize>) {
    let mut out = String::new();
    let (mut start, mut end) = (None, None);
    let mut in_run = false;
    for (at, c) in line.char_indices() {
        let star = c == '*';
        // A span that begins within a run begins with the run.
        if start.is_none() && at >= span.start {
            start = Some(if star && in_run { out.len() - STARS.len() } else { out.len() });
        }
        if end.is_none() && at >= span.end {
            end = Some(out.len());
        }
        match c {
            '*' if in_run => {}
            '*' => out.push_str(STARS),
            '\t' => out.push_str("  "),
            '\r' => {}
            c if is_unseen(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
        in_run = star;
    }
    let start = start.unwrap_or(out.len());
    let end = end.unwrap_or(out.len()).max(start);
    (out, start..end)
}

/// A line of at most `room` characters that shows the beginning of `span`.
fn clip(line: &str, span: Range<usize>, room: usize) -> (String, Range<usize>) {
    const MORE: &str = "...";
    let places: Vec<usize> = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
    let count = places.len() - 1;
    if count <= room {
        return (line.to_owned(), span);
    }
    let index = |byte: usize| places.partition_point(|place| *place < byte);
    let (from, to) = (index(span.start), index(span.end));
    // As much before the span as leaves room for it, a third of the room at least.
    let before = room.saturating_sub(to - from + 2 * MORE.len()).max(room / 3);
    let first = from.saturating_sub(before);
    let last = (first + room - 2 * MORE.len()).min(count);
    let (head, tail) = (if first > 0 { MORE } else { "" }, if last < count { MORE } else { "" });
    let text = format!("{head}{}{tail}", &line[places[first]..places[last]]);
    let moved = |at: usize| head.len() + places[at.clamp(first, last)] - places[first];
    (text, moved(from)..moved(to))
}

/// Words of service definitions.
const SERVICES: &[&str] =
    &["Unit", "Service", "Install", "Environment", "EnvironmentFile", "ExecStart", "dict", "key", "string"];

/// Whether a word is one of the format itself, not the user's: what may be shown of a file that
/// could not be parsed, and of keys.
fn is_known(kind: DocKind, word: &str) -> bool {
    const STORES: &[&str] = &[
        "profiles",
        "key",
        "token",
        "access",
        "refresh",
        "accountId",
        "projectId",
        "clientId",
        "order",
        "lastGood",
        "usageStats",
        "failureCounts",
        "disabledReason",
        "true",
        "false",
        "null",
    ];
    let row = kind.row().plain.contains(&word);
    match kind {
        DocKind::Config | DocKind::Include => in_shape(&crate::config::shape::CONFIG, word),
        DocKind::Store | DocKind::LegacyAuth | DocKind::LegacyOauth => row || STORES.contains(&word),
        DocKind::Crontab
        | DocKind::Process
        | DocKind::ProcessEnv
        | DocKind::CwdDotenv
        | DocKind::StateDotenv
        | DocKind::ServiceDotenv
        | DocKind::UnitEnv
        | DocKind::LoginShell
        | DocKind::Manager => {
            word == "export"
                || crate::catalog::providers::PROVIDERS.iter().any(|p| p.vars.iter().any(|v| v.name == word))
        }
        DocKind::Unit | DocKind::Plist => row || SERVICES.contains(&word),
        _ => row || Tool::of_doc(kind).is_some() && Tool::is_key(word),
    }
}

/// Whether a shape has a key or word of this name anywhere.
fn in_shape(shape: &crate::config::field::Shape, word: &str) -> bool {
    use crate::config::field::Shape;
    match shape {
        Shape::OneOf(words) => words.contains(&word),
        Shape::List(shape) | Shape::Map(shape) => in_shape(shape, word),
        Shape::Either(shapes) => shapes.iter().any(|shape| in_shape(shape, word)),
        Shape::Table(fields, rest) => {
            fields.iter().any(|field| field.key == word || in_shape(&field.shape, word))
                || rest.is_some_and(|rest| in_shape(rest, word))
        }
        _ => matches!(word, "true" | "false"),
    }
}

#[cfg(test)]
mod tests {
    use crate::report::diagnostic::window::*;

    #[test]
    fn runs_of_stars_have_one_length() {
        let line = "  \"token\": \"**\", \"key\": \"*********************\"\u{7}";
        let (text, span) = squeeze(line, &(24..47));
        assert_eq!(text, "  \"token\": \"******\", \"key\": \"******\"\\u{7}");
        assert_eq!(&text[span], "\"******\"");
        assert_eq!(squeeze("****", &(2..3)), ("******".to_owned(), 0..6));
        assert_eq!(squeeze("ab", &(2..2)), ("ab".to_owned(), 2..2));
    }

    #[test]
    fn long_lines_are_clipped_around_the_span() {
        let line = format!("{}SPAN{}", "é".repeat(1000), "x".repeat(1000));
        let (text, span) = clip(&line, 2000..2004, 40);
        assert_eq!(&text[span], "SPAN");
        assert!(
            text.chars().count() <= 40 && text.starts_with("...é") && text.ends_with("SPAN..."),
            "{text}"
        );
        let (text, span) = clip(&line, 0..3004, 40);
        assert_eq!(span, 0..text.len() - 3);
        assert_eq!(clip("short", 0..5, 40), ("short".to_owned(), 0..5));
    }
}
