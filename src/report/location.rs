//! Where a finding can be seen, as other programs want to be told: a path and a region.
//!
//! Only what stands in files has a spot. How a spot is written is the business of each form.

use crate::checks::finding::{Evidence, Finding};
use crate::doc::{Doc, cut};
use crate::sys::visible::visible;
use crate::world::World;
use crate::world::label::Labels;
use std::path::Path;

/// A place in a file.
#[derive(Clone, Debug)]
pub(crate) struct Location<'f> {
    /// The path, from the root if the file is below it. No secret.
    pub path: String,
    /// Whether the file is below the root.
    pub below: bool,
    /// The text that it is about; none if it is the file as a whole.
    pub region: Option<Region>,
    /// What shows it.
    pub evidence: &'f Evidence,
}

/// A stretch of text. Lines and columns are counted from 1, columns in UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    /// Where it begins.
    pub start: Point,
    /// The place behind its last character.
    pub end: Point,
}

/// A place between two characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// The spots of a finding, the main one first.
pub(crate) fn of<'f>(world: &World, finding: &'f Finding, labels: &Labels, root: &Path) -> Vec<Location<'f>> {
    let spot = |evidence: &'f Evidence| {
        let doc = world.doc(evidence.doc);
        let (path, below) = path(doc.path.as_ref()?, labels, root);
        Some(Location { path, below, region: region(doc, evidence), evidence })
    };
    finding.evidence.iter().filter_map(spot).collect()
}

/// A path without secrets, and whether it is one from `root`. All files are below `/`, so that
/// is no root worth naming.
pub(crate) fn path(path: &Path, labels: &Labels, root: &Path) -> (String, bool) {
    let inside = path.strip_prefix(root).ok().filter(|_| root.parent().is_some());
    (visible(&labels.scrub(&inside.unwrap_or(path).to_string_lossy())), inside.is_some())
}

fn region(doc: &Doc, evidence: &Evidence) -> Option<Region> {
    let (loc, text) = (evidence.loc?, doc.text.expose());
    if text.is_empty() {
        return None;
    }
    let start = cut::before(text, loc.start as usize);
    let end = cut::before(text, loc.end as usize).max(start);
    Some(Region { start: point(text, start), end: point(text, end) })
}

fn point(text: &str, byte: usize) -> Point {
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[line_start..].encode_utf16().count() + 1;
    Point { line: before.matches('\n').count() + 1, column }
}

#[cfg(test)]
mod tests {
    use crate::report::location::*;
    use crate::report::sample::{self, API, EXPIRED, STORE};
    use crate::sys::time::DAY;

    #[test]
    fn columns_count_in_utf_16_and_never_leave_the_text() {
        let text = "aé\r\n𝄞𝄞b\n";
        let at = |byte| {
            let Point { line, column } = point(text, cut::before(text, byte));
            (line, column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (1, 3));
        assert_eq!(at(5), (2, 1));
        assert_eq!(at(11), (2, 3));
        assert_eq!(at(13), (2, 5));
        assert_eq!(at(999), (3, 1));
    }

    #[test]
    fn paths_are_relative_below_the_root_only() {
        let world = sample::world(&[], &[]);
        let labels = Labels::new(&world);
        let of = |file: &str, root: &str| path(Path::new(file), &labels, Path::new(root));
        assert_eq!(of("/srv/work/.env", "/srv/work"), (".env".to_owned(), true));
        assert_eq!(of("/srv/workshop/.env", "/srv/work"), ("/srv/workshop/.env".to_owned(), false));
        assert_eq!(of("/srv/.env", "/"), ("/srv/.env".to_owned(), false));
        assert_eq!(of(&format!("/srv/{API}/x"), "/srv"), ("‹hidden›/x".to_owned(), true));
    }

    #[test]
    fn what_stands_in_no_file_has_no_spot() {
        let world = sample::world(&[], &[(STORE, &sample::token_store(-DAY))]);
        let mut finding = sample::finding(&EXPIRED, "x", "y", "z");
        let environment = world.docs.iter().find(|doc| doc.path.is_none()).unwrap().id;
        finding.evidence.push(Evidence { doc: environment, loc: None, label: String::new() });
        finding.evidence.push(sample::expiry_of(&world, "over"));
        let spots = of(&world, &finding, &Labels::new(&world), Path::new("/home/u"));
        assert_eq!(spots.len(), 1);
        assert_eq!(spots[0].path, STORE.strip_prefix("/home/u/").unwrap());
        let region = spots[0].region.unwrap();
        assert_eq!((region.start.line, region.start.column), (8, 18));
        assert_eq!((region.end.line, region.end.column), (8, 31));
    }
}
