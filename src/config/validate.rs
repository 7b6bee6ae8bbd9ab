//! Holds a config tree against its shape and lists *all* that is wrong with it.

use crate::catalog::nearest::hint;
use crate::catalog::tools::Tool;
use crate::config::CLAUDE_HELPER;
use crate::config::field::{Distrust, Field, Names, Shape, span, span_with_unit};
use crate::doc::{KeyPath, Loc, Node, Value};

/// One thing that is wrong with the config.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The key, from the top of the config.
    pub path: KeyPath,
    /// Where it stands.
    pub loc: Loc,
    /// What it is.
    pub kind: ProblemKind,
}

/// What is wrong; the evidence is in the fields, text is made when it is shown.
#[derive(Clone, Debug)]
pub enum ProblemKind {
    /// No such key here; the nearest one, if any is near.
    UnknownKey(Option<&'static str>),
    /// A key of an older version, and what to write instead.
    LegacyKey(&'static str),
    /// Another kind of value is expected.
    Expected(String, &'static str),
    /// No name of a model can be like this: what it is, and the one that is plainly meant.
    Model(&'static str, Option<String>),
    /// A key that must be there is not.
    MissingKey(&'static str),
    /// No such provider, normalised; the one that is probably meant.
    UnknownProvider {
        /// As it is named.
        named: String,
        /// The one that is probably meant.
        meant: String,
    },
    /// `${NAME}` names a variable that is not set or empty.
    MissingVariable(String),
    /// An `$include` that cannot be followed, in words.
    Include(String),
    /// A key that names something which its file may not name, and so has no effect.
    Untrusted(Names, Distrust),
}

impl Problem {
    /// What is wrong, in the user's words; a lower-case phrase without a full stop. No secret.
    pub fn message(&self) -> String {
        let path = self.shown();
        match &self.kind {
            ProblemKind::UnknownKey(_) => format!("`{path}` is not a known key and has no effect"),
            ProblemKind::LegacyKey(_) => format!("`{path}` is from an older version and has no effect"),
            ProblemKind::Expected(wanted, _) => format!("`{path}` must be {wanted}"),
            ProblemKind::Model("empty" | "half of one", meant) => {
                format!(
                    "`{path}` must be a model, written as provider/model with both{}",
                    hint(meant.as_ref())
                )
            }
            ProblemKind::Model(what, meant) => {
                format!("`{path}` is {what}, which is not a model{}", hint(meant.as_ref()))
            }
            ProblemKind::MissingKey(key) if self.path.0.is_empty() => format!("the key `{key}` is missing"),
            ProblemKind::MissingKey(key) => format!("`{path}` lacks the key `{key}`"),
            ProblemKind::UnknownProvider { named, meant } => {
                format!("`{path}` names an unknown provider: `{named}`{}", hint(Some(meant)))
            }
            ProblemKind::MissingVariable(name) => {
                format!("`{path}` needs the variable {name}, which is unset or empty")
            }
            ProblemKind::Include(why) => format!("an included file cannot be used: {why}"),
            ProblemKind::Untrusted(names, Distrust::Relative) => {
                format!(
                    "`{path}` has no effect: a config with a relative path may not set this ({})",
                    names.word()
                )
            }
            ProblemKind::Untrusted(names, Distrust::Owner(uid)) => {
                format!(
                    "`{path}` has no effect: a config of another user ({uid}) may not set this ({})",
                    names.word()
                )
            }
        }
    }

    /// The path of the key: a secret may have ended up in the place of one.
    pub fn shown(&self) -> String {
        let mut path = self.path.clone();
        if path.last_key().is_some_and(crate::doc::redact::is_secret_like) {
            path.0.pop();
            let dot = if path.0.is_empty() { "" } else { "." };
            return format!("{path}{dot}{}", crate::doc::redact::HIDDEN);
        }
        path.to_string()
    }
}

/// Where it is said which credentials are meant.
const AUTH: &str = "auth";

/// Keys of it that say no such thing: where they are wrong, what holds without them holds.
const OTHERWISE: [&str; 6] =
    ["allowRefreshable", "cooldowns", "login", "restTolerance", "usage", "warnWithin"];

/// Keys that decide it, of which a slip may have been meant.
const DECIDING: [&str; 8] =
    [AUTH, "profiles", "order", "refresh", "refreshBorrowed", "provider", "from", "keepOut"];

/// Keys by which people mean another file, where there is no such key.
const INCLUDING: [&str; 3] = ["$include", "include", "includes"];

impl Problem {
    /// Whether it is not known by it which credentials are meant: something in `auth` is wrong, or probably
    /// stands under another name, or a file is not there that may say it.
    pub(crate) fn hides_auth(&self) -> bool {
        let keys = || self.path.0.iter().filter_map(crate::doc::Seg::key);
        let is_in_auth =
            keys().next() == Some(AUTH) && !keys().nth(1).is_some_and(|key| OTHERWISE.contains(&key));
        match &self.kind {
            ProblemKind::UnknownKey(nearest) => {
                let is_top = self.path.0.len() == 1;
                // What was to be read from another file may say it.
                let includes = keys().next_back().is_some_and(|key| INCLUDING.contains(&key));
                if includes && (is_top || is_in_auth) {
                    return true;
                }
                nearest.is_some_and(|key| DECIDING.contains(&key) && (is_in_auth || is_top && key == AUTH))
            }
            ProblemKind::Model(..) => false,
            ProblemKind::LegacyKey(_) | ProblemKind::Untrusted(..) => is_in_auth,
            ProblemKind::UnknownProvider { .. } => is_in_auth,
            // Of a file that would be merged at the top nobody knows what it says.
            ProblemKind::Include(_) => is_in_auth || self.path.0.len() == 1,
            ProblemKind::Expected(..) | ProblemKind::MissingKey(_) | ProblemKind::MissingVariable(_) => {
                is_in_auth || self.path.0.is_empty()
            }
        }
    }
}

/// All problems of `node` against `shape`, in file order.
pub(crate) fn validate(node: &Node, shape: &'static Shape) -> Vec<Problem> {
    let mut problems = Vec::new();
    check(node, shape, &KeyPath::default(), &mut problems);
    problems
}

fn check(node: &Node, shape: &'static Shape, path: &KeyPath, out: &mut Vec<Problem>) {
    match shape {
        Shape::List(item) if matches!(node.value, Value::Array(_)) => {
            for (at, node) in node.items().iter().enumerate() {
                check(node, item, &path.index(at), out);
            }
        }
        Shape::CommandLine if matches!(node.value, Value::Array(_)) => {
            for (at, node) in node.items().iter().enumerate() {
                check(node, &Shape::Text, &path.index(at), out);
            }
        }
        Shape::Map(value) if matches!(node.value, Value::Object(_)) => {
            for member in node.members() {
                check(&member.node, value, &path.key(&member.key), out);
            }
        }
        Shape::Table(fields, rest) if matches!(node.value, Value::Object(_)) => {
            check_table(node, fields, *rest, path, out);
        }
        Shape::Either(shapes) => match shapes.iter().find(|shape| same_kind(node, shape)) {
            Some(shape) => check(node, shape, path, out),
            None => out.push(expected(node, shape, path)),
        },
        _ if !fits(node, shape) => out.push(expected(node, shape, path)),
        _ => {}
    }
}

fn check_table(
    node: &Node,
    fields: &'static [Field],
    rest: Option<&'static Shape>,
    path: &KeyPath,
    out: &mut Vec<Problem>,
) {
    for member in node.members() {
        let path = path.key(&member.key);
        let problem = |kind| Problem { path: path.clone(), loc: member.key_loc, kind };
        match (fields.iter().find(|field| field.key == member.key), rest) {
            (Some(Field { instead: Some(instead), .. }), _) => {
                out.push(problem(ProblemKind::LegacyKey(instead)));
            }
            (Some(field), _) => check(&member.node, &field.shape, &path, out),
            (None, Some(rest)) => check(&member.node, rest, &path, out),
            (None, None) => out.push(problem(ProblemKind::UnknownKey(nearest(&member.key, fields)))),
        }
    }
    for field in fields.iter().filter(|field| field.required && node.get(field.key).is_none()) {
        out.push(Problem { path: path.clone(), loc: node.loc, kind: ProblemKind::MissingKey(field.key) });
    }
}

fn expected(node: &Node, shape: &'static Shape, path: &KeyPath) -> Problem {
    Problem {
        path: path.clone(),
        loc: node.loc,
        kind: ProblemKind::Expected(describe(shape), node.kind_name()),
    }
}

/// Whether the value is of the shape's kind, so that its inside may be judged.
fn same_kind(node: &Node, shape: &Shape) -> bool {
    match shape {
        Shape::List(_) | Shape::CommandLine => matches!(node.value, Value::Array(_)),
        Shape::Map(_) | Shape::Table(..) => matches!(node.value, Value::Object(_)),
        _ => fits(node, shape),
    }
}

fn fits(node: &Node, shape: &Shape) -> bool {
    match shape {
        Shape::Foreign => true,
        Shape::Bool => node.as_bool().is_some(),
        Shape::Text | Shape::Secret | Shape::Hidden => node.as_str().is_some(),
        Shape::Whole(least) => {
            node.as_f64().is_some_and(|number| number.fract() == 0.0 && number >= *least as f64)
        }
        Shape::Positive => node.as_f64().is_some_and(|number| number > 0.0),
        Shape::Duration => span(node).is_some(),
        Shape::Span => span_with_unit(node).is_some(),
        Shape::OneOf(words) => node.as_str().is_some_and(|text| words.contains(&text)),
        Shape::CredentialSource => {
            node.as_str().is_some_and(|text| crate::config::CredentialSource::parse(text).is_some())
        }
        Shape::Either(shapes) => shapes.iter().any(|shape| same_kind(node, shape)),
        Shape::List(_) | Shape::CommandLine | Shape::Map(_) | Shape::Table(..) => false,
    }
}

/// What a shape wants, in words.
fn describe(shape: &Shape) -> String {
    match shape {
        Shape::Foreign => "anything".to_owned(),
        Shape::Bool => "true or false".to_owned(),
        Shape::Text | Shape::Secret | Shape::Hidden => "a string".to_owned(),
        Shape::Whole(least) => format!("a whole number of at least {least}"),
        Shape::Positive => "a number above 0".to_owned(),
        Shape::Duration => "a duration such as \"24h\"".to_owned(),
        Shape::Span => "a duration with its unit, such as \"15m\", or 0".to_owned(),
        Shape::OneOf(words) => format!("one of {}", words.join(", ")),
        Shape::CredentialSource => {
            format!("one of {}, {CLAUDE_HELPER}, store, env:NAME, file:PATH, exec:PROGRAM", Tool::words(", "))
        }
        Shape::List(_) | Shape::CommandLine => "a list".to_owned(),
        Shape::Map(_) | Shape::Table(..) => "a table".to_owned(),
        Shape::Either(shapes) => shapes.iter().map(describe).collect::<Vec<_>>().join(" or "),
    }
}

/// The known key that `key` is probably a slip of.
pub(super) fn nearest(key: &str, fields: &'static [Field]) -> Option<&'static str> {
    let candidates = fields.iter().filter(|field| field.instead.is_none()).map(|field| field.key);
    crate::catalog::nearest::nearest(key, candidates)
}
