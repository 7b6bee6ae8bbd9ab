//! Moving a value to another path with the text in which it is written, comments and all.
//!
//! Best is a longer key in its old place; else the text is carried over. What would lose a
//! comment, or the way in which a number is written, is not offered.

use crate::catalog::documents::Format;
use crate::doc::edit::list::{Lang, comments};
use crate::doc::edit::ops::{Draft, To};
use crate::doc::edit::{EditFault, Splice, edit, indent, json, splice, write};
use crate::doc::toml::string_end;
use crate::doc::{KeyPath, Node, Seg, Value};
use std::ops::Range;

/// Texts with the value of `at` at `to`, best first.
pub(super) fn transfer(
    format: Format,
    text: &str,
    tree: &Node,
    at: &KeyPath,
    to: &KeyPath,
) -> Result<Vec<String>, EditFault> {
    let Some(lang) = lang(format) else { return Err(EditFault::Unsupported("it has no tables")) };
    let mut texts = Vec::new();
    texts.extend(in_place(format, text, tree, at, to));
    if lang == Lang::Json {
        texts.extend(carried(format, text, tree, at, to)?);
    } else {
        texts.extend(written_anew(text, tree, at, to));
    }
    texts.retain(|new| keeps_comments(format, text, new));
    Ok(texts)
}

fn lang(format: Format) -> Option<Lang> {
    match format {
        Format::Toml => Some(Lang::Toml),
        Format::Json | Format::Json5 => Some(Lang::Json),
        Format::Dotenv | Format::Unit | Format::UnitEnv | Format::Plist | Format::Keyed | Format::None => {
            None
        }
    }
}

/// Whether the same comments are in both texts.
pub(super) fn keeps_comments(format: Format, old: &str, new: &str) -> bool {
    let Some(lang) = lang(format) else { return old == new };
    let sorted = |text| {
        let mut comments = comments(text, lang);
        comments.sort_unstable();
        comments
    };
    sorted(old) == sorted(new)
}

/// The text with a longer key in the old place, if the way there begins alike.
fn in_place(format: Format, text: &str, tree: &Node, at: &KeyPath, to: &KeyPath) -> Option<String> {
    let (Seg::Key(old), parents) = at.0.split_last()? else { return None };
    let rest = to.0.strip_prefix(parents)?;
    let keys: Option<Vec<&str>> = rest.iter().map(Seg::key).collect();
    let keys = keys.filter(|keys| !keys.is_empty())?;
    let member = tree.locate(&KeyPath(parents.to_vec()))?.member(old)?;
    let place = member.key_loc.range();
    let quote = text[place.clone()].chars().next().filter(|c| matches!(c, '"' | '\''));
    let key = |key: &&str| write::key(format, key, quote);
    if format != Format::Toml {
        let value = member.node.loc.range();
        let open: String = keys[1..].iter().map(|inner| format!("{{ {}: ", key(inner))).collect();
        let splices = vec![
            Splice::new(place, key(&keys[0])),
            Splice::new(value.start..value.start, open),
            Splice::new(value.end..value.end, " }".repeat(keys.len() - 1)),
        ];
        return Some(splice(text, splices));
    }
    let depth = parents.iter().filter(|seg| seg.key().is_some()).count();
    let mut places = Vec::new();
    header_keys(text, &member.node, depth, &mut places);
    if !places.contains(&place) {
        places.push(place);
    }
    let dotted = keys.iter().map(key).collect::<Vec<_>>().join(".");
    Some(splice(text, places.into_iter().map(|place| Splice::new(place, dotted.clone())).collect()))
}

/// Where the key at `depth` stands in all headers of a table of TOML.
fn header_keys(text: &str, node: &Node, depth: usize, places: &mut Vec<Range<usize>>) {
    let header = node.loc.range();
    if matches!(node.value, Value::Object(_)) && text[header.clone()].starts_with('[') {
        places.extend(header_key(text, header, depth));
    }
    node.members().iter().for_each(|member| header_keys(text, &member.node, depth, places));
    node.items().iter().for_each(|item| header_keys(text, item, depth, places));
}

/// Where the key at `depth` stands in a header such as `[a."b".c]`.
fn header_key(text: &str, header: Range<usize>, depth: usize) -> Option<Range<usize>> {
    let opens = |c: char| matches!(c, '[' | ' ' | '\t');
    let mut at = header.end - text[header.clone()].trim_start_matches(opens).len();
    for passed in 0..=depth {
        let end = match text[at..header.end].chars().next()? {
            '"' | '\'' => string_end(text.as_bytes(), at),
            _ => at + text[at..header.end].find(['.', ']', ' ', '\t'])?,
        };
        if passed == depth {
            return Some(at..end);
        }
        let follows = |c: char| matches!(c, '.' | ' ' | '\t');
        at = header.end - text.get(end..header.end)?.trim_start_matches(follows).len();
    }
    None
}

/// The text with the value's own text in the new place, indented anew, or else as it was.
fn carried(
    format: Format,
    text: &str,
    tree: &Node,
    at: &KeyPath,
    to: &KeyPath,
) -> Result<Vec<String>, EditFault> {
    let Some(node) = tree.locate(at) else { return Ok(Vec::new()) };
    let place = node.loc.range();
    let (raw, lead) = (text[place.clone()].to_owned(), indent(text, place.start).to_owned());
    let rest = json::remove(format, text, tree, at)?;
    let Some(tree) = crate::doc::edit::read(format, &rest) else { return Ok(Vec::new()) };
    let shifted = json::insert_raw(format, &rest, &tree, to, &|indent| {
        raw.replace(&format!("\n{lead}"), &format!("\n{indent}"))
    });
    let kept = json::insert_raw(format, &rest, &tree, to, &|_| raw.clone());
    Ok(shifted.into_iter().chain(kept).collect())
}

/// The text with the value taken out and set anew, if nothing in it could come out otherwise.
fn written_anew(text: &str, tree: &Node, at: &KeyPath, to: &KeyPath) -> Option<String> {
    let node = tree.locate(at).filter(|node| is_plain(text, node))?;
    let edits = [(at.clone(), To::Remove), (to.clone(), To::Set(Draft::of(node)))];
    edit(Format::Toml, text, &edits).ok()
}

/// Whether what is written in TOML would be written in the same way from its value alone.
fn is_plain(text: &str, node: &Node) -> bool {
    let raw = &text[node.loc.range()];
    match &node.value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => raw == number.0.to_string(),
        // A date has no quotes.
        Value::String(_) => raw.starts_with(['"', '\'']),
        Value::Array(items) => items.iter().all(|item| is_plain(text, item)),
        Value::Object(members) => members.iter().all(|member| is_plain(text, &member.node)),
    }
}
