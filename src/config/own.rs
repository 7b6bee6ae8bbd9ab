//! Which keys of a config are of our own: in the config of another program whose home it is, each of them keeps that
//! program from starting.

use crate::config::field::Shape;
use crate::config::shape::CONFIG;
use crate::config::{Desired, Problem, ProblemKind};
use crate::doc::{KeyPath, Loc, Node, Seg, Value};

/// The keys of our own that stand in a config, and where.
pub(crate) fn keys(root: &Node) -> Vec<(KeyPath, Loc)> {
    let mut found = Vec::new();
    walk(root, &CONFIG, &KeyPath::default(), &mut found);
    found
}

/// Where our own settings for the homes of others are, below the directory for settings.
pub(crate) const FILE: &str = "zirkabot/config.toml";

/// Whether a path leads to a key of our own, or into one.
pub(crate) fn is_own(path: &KeyPath) -> bool {
    let mut shape = &CONFIG;
    for seg in &path.0 {
        shape = match (seg, shape) {
            (Seg::Key(key), Shape::Table(fields, _)) => match fields.iter().find(|field| field.key == key) {
                Some(field) if field.own => return true,
                Some(field) => &field.shape,
                None => return false,
            },
            (Seg::Key(_), Shape::Map(value)) => value,
            (Seg::Index(_), Shape::List(item)) => item,
            _ => return false,
        };
    }
    false
}

/// The keys of our own of a tree, and that the others do not count there.
pub(crate) fn only(mut root: Node) -> (Node, Vec<Problem>) {
    let mut problems = Vec::new();
    retain(&mut root, &CONFIG, &KeyPath::default(), &mut problems);
    (root, problems)
}

fn retain(node: &mut Node, shape: &'static Shape, path: &KeyPath, problems: &mut Vec<Problem>) {
    let Value::Object(members) = &mut node.value else { return };
    members.retain_mut(|member| {
        let path = path.key(&member.key);
        let below = match shape {
            Shape::Table(fields, _) => match fields.iter().find(|field| field.key == member.key) {
                Some(field) if field.own => return true,
                Some(field) => Some(&field.shape),
                None => None,
            },
            Shape::Map(value) => Some(*value),
            _ => None,
        };
        match below.filter(|_| matches!(member.node.value, Value::Object(_))) {
            Some(below) => retain(&mut member.node, below, &path, problems),
            None => problems.push(Problem {
                path: path.clone(),
                loc: member.key_loc,
                kind: ProblemKind::UnknownKey(None),
            }),
        }
        !member.node.members().is_empty()
    });
}

/// Whether the agents are named as openclaw names them since it keeps credentials in databases.
pub(crate) fn has_entries(desired: &Desired) -> bool {
    let at = KeyPath::of(&["agents", "entries"]);
    desired.root.as_ref().is_some_and(|root| root.locate(&at).is_some())
}

/// Keeps of the problems in a config whose program has gone on without us those that say something about credentials:
/// what we do not know may well be known there.
pub(crate) fn forgive(problems: &mut Vec<Problem>) {
    problems.retain(|problem| {
        let path = problem.path.to_string();
        let is_about = ["auth.", "agents.", "models."].iter().any(|table| path.starts_with(table));
        // A secret may stand elsewhere, and be named by a table.
        let is_reference = path.starts_with("models.") && path.ends_with(".apiKey");
        is_about && !is_reference && !matches!(problem.kind, ProblemKind::UnknownKey(_))
    });
}

fn walk(node: &Node, shape: &'static Shape, path: &KeyPath, found: &mut Vec<(KeyPath, Loc)>) {
    match (&node.value, shape) {
        (Value::Array(items), Shape::List(item)) => {
            items.iter().enumerate().for_each(|(at, node)| walk(node, item, &path.index(at), found));
        }
        (Value::Object(members), Shape::Map(value)) => {
            members.iter().for_each(|own| walk(&own.node, value, &path.key(&own.key), found));
        }
        (Value::Object(members), Shape::Table(fields, _)) => {
            for member in members {
                let Some(field) = fields.iter().find(|field| field.key == member.key) else { continue };
                let path = path.key(&member.key);
                match field.own {
                    true => found.push((path, member.key_loc)),
                    false => walk(&member.node, &field.shape, &path, found),
                }
            }
        }
        _ => {}
    }
}
