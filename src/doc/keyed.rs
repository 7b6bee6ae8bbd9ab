//! The lines of files that `zirkabot export` writes: `key: value` as in YAML, and `NAME=value`. Only so far as it
//! takes to show such a file without its secrets: a flat list of its keys and values, with their places.
//!
//! A text that is not as we wrote it has no tree, so that nothing of it is shown.

use crate::doc::stamp::is_untouched;
use crate::doc::{DocId, Loc, Member, Node, Value};

/// Parses a text; never fails.
pub(super) fn parse(id: DocId, text: &str) -> Node {
    let mut members = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n').filter(|_| is_untouched(text)) {
        members.extend(member(id, at, line.trim_end_matches('\n')));
        at += line.len();
    }
    Node { loc: Loc::new(id, 0..text.len()), value: Value::Object(members) }
}

/// The key of the line that begins at `start`, and its value, if it has one.
fn member(id: DocId, start: usize, line: &str) -> Option<Member> {
    let body = line.trim_start_matches([' ', '-']);
    let start = start + (line.len() - body.len());
    if body.starts_with('#') {
        return None;
    }
    let ends = [body.find(": ").map(|at| (at, 2)), body.find('=').map(|at| (at, 1))];
    let at = ends.into_iter().flatten().min().or_else(|| Some((body.strip_suffix(':')?.len(), 1)));
    let (key, gap) = at.map(|(at, gap)| (&body[..at], gap))?;
    let value = &body[key.len() + gap..];
    let from = start + key.len() + gap;
    let name = key.trim_matches('"').to_owned();
    let text = value.trim_matches(['"', '\'']).to_owned();
    let place = Loc::new(id, from..from + value.len());
    Some(Member::text(name, Loc::new(id, start..start + key.len()), place, text))
}

#[cfg(test)]
mod tests {
    use crate::doc::keyed::*;
    use crate::doc::stamp::stamped;

    #[test]
    fn keys_and_values_have_their_places_and_of_other_texts_nothing_is_known() {
        let text = "resources:\n- \"@type\": a.b/c\n  name: \"x: y=z\"\nKEY=v:w\n---\n# a: b\n";
        let text = stamped(text, 0, |stamp| format!("# {stamp}"));
        let root = parse(DocId(0), &text);
        let of = |loc: Loc| &text[loc.range()];
        let found: Vec<_> = root.members().iter().map(|one| (of(one.key_loc), of(one.node.loc))).collect();
        let expected = [("resources", ""), ("\"@type\"", "a.b/c"), ("name", "\"x: y=z\""), ("KEY", "v:w")];
        assert_eq!(found, expected);
        assert!(parse(DocId(0), &format!("{text}\n")).members().is_empty());
    }
}
