//! `${VAR}` in config values. Resolved when read, never when written: the tree keeps the place
//! of the text as it stands in the file.

use crate::config::{Problem, ProblemKind};
use crate::doc::{KeyPath, Loc, Node, Value};
use crate::sys::secret::Secret;

/// What substitution found.
#[derive(Debug, Default)]
pub(crate) struct Substituted {
    /// Variables that are not set or empty.
    pub problems: Vec<Problem>,
    /// Which values named a variable, and the first one named.
    pub references: Vec<(Loc, String)>,
}

/// Fills in every string value of `root`. A value that names a missing variable becomes blank.
pub(crate) fn substitute(root: &mut Node, var: &dyn Fn(&str) -> Option<Secret>) -> Substituted {
    let mut found = Substituted::default();
    walk(root, &KeyPath::default(), var, &mut found);
    found
}

fn walk(node: &mut Node, path: &KeyPath, var: &dyn Fn(&str) -> Option<Secret>, found: &mut Substituted) {
    match &mut node.value {
        Value::Array(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                walk(item, &path.index(at), var, found);
            }
        }
        Value::Object(members) => {
            for member in members {
                walk(&mut member.node, &path.key(&member.key), var, found);
            }
        }
        Value::String(text) if text.expose().contains("${") => {
            let (filled, names, missing) = fill(text.expose(), var);
            if let Some(name) = names.into_iter().next() {
                found.references.push((node.loc, name));
            }
            *text = if missing.is_empty() { filled } else { Secret::from("") };
            for name in missing {
                let kind = ProblemKind::MissingVariable(name);
                found.problems.push(Problem { path: path.clone(), loc: node.loc, kind });
            }
        }
        _ => {}
    }
}

/// The text with variables filled in, all names used, and the names that are missing.
fn fill(text: &str, var: &dyn Fn(&str) -> Option<Secret>) -> (Secret, Vec<String>, Vec<String>) {
    let (mut out, mut names, mut missing) = (String::new(), Vec::new(), Vec::new());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let name = rest[at + 2..].split_once('}').map(|(name, _)| name).filter(|name| is_name(name));
        let Some(name) = name else {
            out.push_str(&rest[..at + 2]);
            rest = &rest[at + 2..];
            continue;
        };
        let end = at + 2 + name.len() + 1;
        if rest[..at].ends_with('$') {
            // `$${NAME}` stands for `${NAME}`.
            out.push_str(&rest[..at - 1]);
            out.push_str(&rest[at..end]);
        } else {
            out.push_str(&rest[..at]);
            names.push(name.to_owned());
            match var(name).filter(|value| !value.expose().is_empty()) {
                Some(value) => out.push_str(value.expose()),
                None => missing.push(name.to_owned()),
            }
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    (Secret::new(out), names, missing)
}

/// The text without its `${NAME}`s, and how many there were.
pub(crate) fn without_references(text: &str) -> (String, usize) {
    let (rest, names, _) = fill(text, &|_| None);
    (rest.expose().clone(), names.len())
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use crate::config::substitute::*;

    fn filled(text: &str) -> (String, Vec<String>) {
        let var = |name: &str| match name {
            "A" => Some(Secret::from("one")),
            "_B2" => Some(Secret::from("two ${A}")),
            "EMPTY" => Some(Secret::from("")),
            _ => None,
        };
        let (out, _, missing) = fill(text, &var);
        (out.expose().clone(), missing)
    }

    #[test]
    fn variables_are_filled_in() {
        for (text, out) in [
            ("${A}", "one"),
            ("x${A}-${A}y", "xone-oney"),
            ("${_B2}", "two ${A}"),
            ("$${A}", "${A}"),
            ("$${A}${A}", "${A}one"),
            ("$A ${lower} ${Mixed} ${1X} ${A", "$A ${lower} ${Mixed} ${1X} ${A"),
            ("${}", "${}"),
            ("", ""),
        ] {
            assert_eq!(filled(text), (out.to_owned(), Vec::new()), "{text}");
        }
    }

    #[test]
    fn unset_and_empty_variables_are_missing() {
        assert_eq!(filled("${NOPE}${EMPTY}").1, ["NOPE", "EMPTY"]);
    }
}
