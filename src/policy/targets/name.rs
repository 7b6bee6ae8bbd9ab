//! Names as other programs take them, and texts as YAML has them.

use crate::sys::digest::sha256;
use crate::sys::visible::is_unseen;

/// Longest label of Kubernetes, and of a part of a name.
const LONGEST: usize = 63;

/// How much of a checksum makes a name unlike all others.
const SUM: usize = 10;

/// A text between double quotes, as YAML reads it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() || is_unseen(c) => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    format!("\"{out}\"")
}

/// A text as a value of a label: as it is, if it can be one, else with a part of its checksum, so that no two texts
/// have the same.
pub(crate) fn label(text: &str) -> String {
    if is_label(text) { text.to_owned() } else { marked(text, text) }
}

/// The same in lower case and without dots, as a part of the name of a thing, or of a file.
pub(crate) fn part(text: &str) -> String {
    let is_small = !text.chars().any(|c| c.is_ascii_uppercase() || c == '.' || c == '_');
    if is_label(text) && is_small {
        return text.to_owned();
    }
    small(&marked(text, text))
}

fn small(text: &str) -> String {
    text.to_ascii_lowercase().replace(['.', '_'], "-")
}

/// What a profile is called as a label beside that of its provider: `default` for `anthropic:default`. What does not
/// begin with the provider is marked, so that it is no other's name.
pub(crate) fn label_beside(provider: &str, name: &str) -> String {
    match rest(provider, name) {
        Some(rest) if is_label(rest) => rest.to_owned(),
        rest => marked(rest.unwrap_or(name), name),
    }
}

/// The same as a part of a name.
pub(crate) fn part_beside(provider: &str, name: &str) -> String {
    match rest(provider, name) {
        Some(rest) if part(rest) == rest => rest.to_owned(),
        rest => small(&marked(rest.unwrap_or(name), name)),
    }
}

fn rest<'n>(provider: &str, name: &'n str) -> Option<&'n str> {
    name.strip_prefix(provider)?.strip_prefix(':')
}

/// Whether it is a value of a label of Kubernetes.
fn is_label(text: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    text.len() <= LONGEST
        && ends(text.chars().next())
        && ends(text.chars().next_back())
        && text.chars().all(inside)
}

/// Whether Kubernetes has a namespace of this name.
pub(crate) fn is_namespace(text: &str) -> bool {
    is_label(text) && part(text) == text
}

/// A name that says what it is of, and ends with a part of the checksum of the whole.
fn marked(text: &str, whole: &str) -> String {
    let fine = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '.' { c } else { '-' };
    let said: String = text.chars().map(fine).take(LONGEST - SUM - 1).collect();
    let said = said.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let sum: String = sha256(whole.as_bytes()).chars().take(SUM).collect();
    if said.is_empty() { format!("x-{sum}") } else { format!("{said}-{sum}") }
}

#[cfg(test)]
mod tests {
    use crate::policy::targets::name::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_short_and_fit_and_no_two_are_one() {
        let long = "x".repeat(90);
        let ids =
            ["default", "a@b.c", "a-b.c", "A", "a", "Work_1", "work-1", "é", "", "..", &long, "a:b", "-a"];
        for shape in [label, part] {
            let names: BTreeSet<String> = ids.iter().map(|id| shape(id)).collect();
            assert_eq!(names.len(), ids.len(), "{names:?}");
            assert!(names.iter().all(|name| is_label(name)), "{names:?}");
        }
        assert!(ids.iter().all(|id| is_namespace(&part(id))));
        assert_eq!(label("Work_1"), "Work_1");
        for beside in [label_beside, part_beside] {
            assert_eq!(beside("anthropic", "anthropic:work"), "work");
            let odd = [
                "work",
                "anthropic:a@b.c",
                "anthropic:a-b.c",
                "other:work",
                "anthropic:",
                "ANTHROPIC_API_KEY",
            ];
            let names: BTreeSet<String> = odd.iter().map(|name| beside("anthropic", name)).collect();
            assert!(names.len() == odd.len() && !names.contains("work"), "{names:?}");
            assert!(names.iter().all(|name| is_label(name)), "{names:?}");
        }
        assert_eq!(label_beside("anthropic", "anthropic:a-b.c"), "a-b.c");
        assert!(!is_namespace("a.b") && !is_namespace("A") && !is_namespace("") && is_namespace("ai-gw"));
    }

    #[test]
    fn what_is_quoted_is_one_line() {
        assert_eq!(quoted("a\"\\: #\n\u{202e}é"), "\"a\\\"\\\\: #\\U0000000a\\U0000202eé\"");
    }
}
