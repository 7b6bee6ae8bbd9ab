//! What must hold for any text whatever: plain functions that panic if it does not.
//!
//! Used by the property tests beside this file and by the fuzz targets in `tests/fuzz/`.
#![allow(dead_code, reason = "each fuzz target calls only some")]

use zirkabot::catalog::documents::{DocKind, Format};
use zirkabot::doc::edit::ops::{Draft, To};
use zirkabot::doc::edit::{EditFault, edit};
use zirkabot::doc::mask::mask;
use zirkabot::doc::{Doc, DocId, KeyPath, Lines, Node, Seg, State, Value, parse};
use zirkabot::sys::secret::Secret;

/// Strings that are awkward to quote in one format or another.
const VALUES: &[&str] = &["x", "", "it's", "a\"b", "a\nb\\n", "é # c", " ${x}` ", "\u{1}\u{7f}\u{2028}\t\r"];

/// How many places of one text are edited.
const PLACES: usize = 3;

/// Everything that holds for a text of this format.
pub(crate) fn all(format: Format, text: &str) {
    parses_with_places(format, text);
    masks(format, text);
    edits(format, text);
}

/// Parsing ends without a panic; all places lie in the text, children in file order.
pub(crate) fn parses_with_places(format: Format, text: &str) {
    match parse(format, DocId(0), text) {
        Ok(root) => places(&root, text),
        Err(faults) => {
            assert!(!faults.is_empty());
            for fault in faults {
                assert!(text.get(fault.span.clone()).is_some(), "a fault outside the text");
            }
        }
    }
}

fn places(node: &Node, text: &str) {
    assert!(text.get(node.loc.range()).is_some(), "a value outside the text");
    for member in node.members() {
        assert!(text.get(member.key_loc.range()).is_some(), "a key outside the text");
        places(&member.node, text);
    }
    assert!(node.members().is_sorted_by_key(|member| member.key_loc.start), "keys out of order");
    for item in node.items() {
        places(item, text);
    }
}

/// The mask has the text's length and line breaks, and shows no word but keys and literals.
pub(crate) fn masks(format: Format, text: &str) {
    let doc = doc(format, text);
    let mask = mask(&doc, &|_| false, &|_| false);
    assert_eq!(mask.len(), text.len());
    for (shown, was) in mask.bytes().zip(text.bytes()) {
        assert!(shown == was || shown == b'*', "the mask changed a byte");
        assert_eq!(matches!(shown, b'\n' | b'\r'), matches!(was, b'\n' | b'\r'), "a line break was lost");
    }
    let mut keys = vec!["true", "false", "null", "export"];
    if format == Format::Plist {
        keys.extend(["plist", "dict", "array", "key", "string", "integer"]);
    }
    if let Some(root) = &doc.root {
        collect_keys(root, &mut keys);
        hidden(root, &mask);
    }
    for word in mask.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        assert!(keys.iter().any(|key| key.contains(word)), "the mask shows more than keys");
    }
}

fn collect_keys<'t>(node: &'t Node, keys: &mut Vec<&'t str>) {
    for member in node.members() {
        keys.push(&member.key);
        collect_keys(&member.node, keys);
    }
    node.items().iter().for_each(|item| collect_keys(item, keys));
}

/// Strings and numbers are stars but for their quotes.
fn hidden(node: &Node, mask: &str) {
    if matches!(node.value, Value::String(_) | Value::Number(_)) {
        let shown = &mask[node.loc.range()];
        let inner = shown.trim_matches(|c| matches!(c, '"' | '\'' | '`'));
        assert!(inner.chars().all(|c| matches!(c, '*' | '\n' | '\r')), "the mask shows part of a value");
    }
    node.members().iter().for_each(|member| hidden(&member.node, mask));
    node.items().iter().for_each(|item| hidden(item, mask));
}

/// A mask of `text` holds no trace of `canary`, which stands where nothing may be shown.
pub(crate) fn hides(format: Format, text: &str, canary: &str) {
    let mask = mask(&doc(format, text), &|_| false, &|word| matches!(word, "a" | "b" | "A" | "B"));
    for length in 6..=canary.len() {
        for start in 0..=canary.len() - length {
            if let Some(part) = canary.get(start..start + length) {
                assert!(!mask.contains(part), "the mask shows {length} bytes of a canary");
            }
        }
    }
}

/// Some edits at some places of the text do what they should and nothing else.
pub(crate) fn edits(format: Format, text: &str) {
    let Ok(tree) = parse(format, DocId(0), text) else { return };
    let (mut leaves, mut tables) = (Vec::new(), Vec::new());
    walk(&tree, &mut KeyPath::default(), &mut leaves, &mut tables);
    for (turn, leaf) in leaves.iter().take(PLACES).chain(leaves.last()).enumerate() {
        for value in VALUES.iter().skip(turn).step_by(2) {
            replaces(format, text, &tree, leaf, value);
        }
        removes(format, text, &tree, leaf);
    }
    for table in tables.iter().take(PLACES).chain(tables.last()) {
        removes(format, text, &tree, table);
        adds(format, text, &tree, &table.key("zk-new"), "v");
        if format != Format::Dotenv {
            adds(format, text, &tree, &table.key("zk:1").key("new"), "v w");
        }
    }
}

/// In a text as people write them, no place is out of reach of an edit.
pub(crate) fn no_edit_is_refused(format: Format, text: &str) {
    let Ok(tree) = parse(format, DocId(0), text) else { return };
    let (mut leaves, mut tables) = (Vec::new(), Vec::new());
    walk(&tree, &mut KeyPath::default(), &mut leaves, &mut tables);
    let made =
        |one: (KeyPath, To)| assert!(edit(format, text, std::slice::from_ref(&one)).is_ok(), "{one:?}");
    for leaf in leaves {
        made(set(&leaf, "v"));
        made((leaf, To::Remove));
    }
    for table in tables {
        made(set(&table.key("zk"), "v"));
        made(set(&table.key("zk").key("new"), "v"));
        if !table.0.is_empty() {
            made((table, To::Remove));
        }
    }
}

/// Setting a scalar changes its own bytes only, and is read back.
pub(crate) fn replaces(format: Format, text: &str, tree: &Node, at: &KeyPath, value: &str) {
    let place = tree.locate(at).expect("it is there").loc.range();
    match edit(format, text, &[set(at, value)]) {
        Ok(after) => {
            assert_eq!(read(format, &after, at).as_deref(), Some(value), "read back");
            assert!(after.starts_with(&text[..place.start]), "bytes before the value changed");
            assert!(after.ends_with(&text[place.end..]), "bytes behind the value changed");
            same_again(format, &after, &set(at, value));
        }
        Err(EditFault::Unsupported(_) | EditFault::Unfaithful) if format == Format::Dotenv => {}
        Err(fault) => panic!("a scalar was not replaced: {fault}"),
    }
}

/// Setting what is missing keeps all that is there, and is read back.
pub(crate) fn adds(format: Format, text: &str, tree: &Node, at: &KeyPath, value: &str) {
    if at.0.len() > 70 || tree.locate(at).is_some() {
        return;
    }
    match edit(format, text, &[set(at, value)]) {
        Ok(after) => {
            assert_eq!(read(format, &after, at).as_deref(), Some(value), "read back");
            assert!(is_within(text, &after), "something else was lost");
            same_again(format, &after, &set(at, value));
        }
        Err(EditFault::Unfaithful) if matches!(format, Format::Toml | Format::Dotenv) => {}
        Err(EditFault::NotATable(_)) => {}
        Err(fault) => panic!("a key was not added: {fault}"),
    }
}

/// Removing takes the value out and adds nothing.
pub(crate) fn removes(format: Format, text: &str, tree: &Node, at: &KeyPath) {
    if at.0.is_empty() {
        return;
    }
    match edit(format, text, &[(at.clone(), To::Remove)]) {
        Ok(after) => {
            let after_tree = parse(format, DocId(0), &after).expect("it was checked");
            // Behind a removed item others move up.
            if matches!(at.0.last(), Some(Seg::Key(_))) {
                assert!(after_tree.locate(at).is_none(), "still there");
            }
            // In a `.env` file, other lines may come to be read as what does not count anyway.
            assert!(format == Format::Dotenv || count(&after_tree) < count(tree), "nothing was removed");
            assert!(is_within(&after, text), "removing added something");
        }
        Err(EditFault::Unfaithful) if matches!(format, Format::Toml | Format::Dotenv) => {}
        Err(EditFault::Unsupported("the key occurs too often")) => {}
        Err(fault) => panic!("a value was not removed: {fault}"),
    }
}

fn same_again(format: Format, text: &str, one: &(KeyPath, To)) {
    let again = edit(format, text, std::slice::from_ref(one));
    assert_eq!(again.as_deref(), Ok(text), "the same edit again changes something");
}

fn set(at: &KeyPath, value: &str) -> (KeyPath, To) {
    (at.clone(), To::Set(Draft::String(Secret::from(value))))
}

fn read(format: Format, text: &str, at: &KeyPath) -> Option<String> {
    parse(format, DocId(0), text).ok()?.locate(at)?.as_str().map(str::to_owned)
}

/// The effective scalars and tables; of equal keys the last one counts.
fn walk(node: &Node, path: &mut KeyPath, leaves: &mut Vec<KeyPath>, tables: &mut Vec<KeyPath>) {
    match &node.value {
        Value::Object(members) => {
            tables.push(path.clone());
            for member in members {
                let last =
                    node.get(&member.key).is_some_and(|last| std::ptr::eq(last, &raw const member.node));
                if last {
                    path.0.push(Seg::Key(member.key.clone()));
                    walk(&member.node, path, leaves, tables);
                    path.0.pop();
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.0.push(Seg::Index(index));
                walk(item, path, leaves, tables);
                path.0.pop();
            }
        }
        _ if path.0.is_empty() => {}
        _ => leaves.push(path.clone()),
    }
}

fn count(node: &Node) -> usize {
    1 + node.members().iter().map(|member| count(&member.node)).sum::<usize>()
        + node.items().iter().map(count).sum::<usize>()
}

/// Whether all that is no white space in `small` stands in `large`, in order.
fn is_within(small: &str, large: &str) -> bool {
    let mut rest = large.chars();
    small.chars().filter(|c| !c.is_whitespace()).all(|c| rest.any(|other| other == c))
}

fn doc(format: Format, text: &str) -> Doc {
    let parsed = parse(format, DocId(0), text);
    Doc {
        id: DocId(0),
        kind: DocKind::Config,
        path: None,
        format,
        state: match &parsed {
            Ok(_) => State::Parsed,
            Err(faults) => State::Unparsable(faults.clone()),
        },
        text: Secret::from(text),
        bom: false,
        stat: None,
        keeper: None,
        root: parsed.ok(),
        lines: Lines::default(),
        masked: Default::default(),
        thin: false,
    }
}
