//! Any value of the config, by its path: set it, or take it out. Pure.
//!
//! What is given is read by the shape and held against it before anything is planned; that the
//! config as a whole is not worse afterwards is seen to where all proposals are planned.

use crate::catalog::nearest;
use crate::change::advice::Command;
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::config::field::Shape;
use crate::config::find::{self, ShapeAt};
use crate::config::parse_value::{self, ValueFault};
use crate::config::{Problem, ProblemKind};
use crate::doc::edit::ops::{Draft, To};
use crate::doc::redact::is_secret_like;
use crate::doc::{KeyPath, Node, Seg, Value};
use crate::intent::config;
use crate::policy::known::known_config;
use crate::sys::secret::Secret;
use crate::world::World;
use std::cell::Cell;

/// A value as a person gave it.
#[derive(Debug)]
pub(crate) struct TypedValue {
    /// The text.
    pub text: Secret,
    /// Whether it was an argument, which other programs and the shell's history see.
    pub is_argument: bool,
}

/// Sets the value at `path`.
///
/// # Errors
/// If nothing may stand there, or not this, or it is a secret that was typed as an argument.
pub(crate) fn set(world: &World, path: &KeyPath, given: &TypedValue) -> Proposals {
    let shape = shape(world, path)?;
    let value = parse_value::read(shape, &given.text).map_err(|fault| unfit(path, &fault))?;
    if given.is_argument
        && let Some(below) = parse_value::clear_secret(&value, shape)
    {
        return Err(in_clear(path, &below));
    }
    known_config(world)?;
    let (path, value) = within(world, path, value)?;
    one_file(world, &path)?;
    let edit = config::edit_at(world, &path, To::Set(Draft::of(&value)));
    let name = world.doc_name(edit.doc);
    let what = match shown(&value, shape).filter(|_| given.is_argument) {
        Some(value) => format!("set `{path}` to {value} in {name}"),
        None => format!("set `{path}` in {name}"),
    };
    Ok(vec![Proposal::new(what, vec![edit])])
}

/// Takes out the value at `path`; nothing if there is none. `seen` is for this request alone: how
/// long the list was of which an item goes, so that asked for again it does not take the next one.
///
/// # Errors
/// If nothing stands there and nothing may.
pub(crate) fn unset(world: &World, path: &KeyPath, seen: &Cell<usize>) -> Proposals {
    known_config(world)?;
    if path.0.iter().any(is_secret_key) {
        return Err(Refusal::usage("the path looks like it contains a secret"));
    }
    let root = world.desired.root.as_ref();
    if root.and_then(|root| root.locate(path)).is_none() {
        return shape(world, path).map(|_| Vec::new()).map_err(as_of_now);
    }
    if let Some((Seg::Index(_), list)) = path.0.split_last() {
        let list = root.and_then(|root| root.locate(&KeyPath(list.to_vec())));
        let length = list.map_or(0, |list| list.items().len());
        if length < seen.get() {
            return Ok(Vec::new());
        }
        seen.set(length);
    }
    let edit = config::edit_at(world, path, To::Remove);
    let what = format!("remove `{path}` from {}", world.doc_name(edit.doc));
    Ok(vec![Proposal::new(what, vec![edit])])
}

/// The shape of what may stand at `path`.
///
/// # Errors
/// If nothing may, with what was probably meant.
pub(crate) fn shape(world: &World, path: &KeyPath) -> Result<&'static Shape, Refusal> {
    if path.0.iter().any(is_secret_key) {
        return Err(Refusal::usage("the path looks like it contains a secret"));
    }
    if let Some(problem) = find::problem(path) {
        let schema = world.paths.command("config schema");
        let refusal = Refusal::state(said(path, &problem));
        return Err(refusal.help(Command::look(schema).then(" lists all keys")));
    }
    match find::at(path) {
        ShapeAt::Shape(shape) => Ok(shape),
        ShapeAt::NoWay(steps, what) => {
            let upto = KeyPath(path.0[..steps].to_vec());
            let help = match what {
                "a list" => format!("use one of its items: `{}`", upto.index(0)),
                _ => format!("set `{upto}` itself"),
            };
            Err(Refusal::usage(format!("`{upto}` is {what}, so `{path}` cannot exist")).help(help))
        }
        _ => Ok(&Shape::Foreign),
    }
}

/// A refusal of what was to be there already: an older or newer config may have it.
pub(crate) fn as_of_now(refusal: Refusal) -> Refusal {
    Refusal { usage: false, ..refusal }
}

fn is_secret_key(seg: &Seg) -> bool {
    matches!(seg, Seg::Key(key) if is_secret_like(key))
}

/// What is wrong with a path, with what was probably meant.
fn said(path: &KeyPath, problem: &Problem) -> String {
    let message = problem.message();
    match problem.kind {
        ProblemKind::UnknownKey(Some(near)) => {
            let mut meant = problem.path.clone();
            meant.0.pop();
            meant = meant.key(near);
            meant.0.extend(path.0[meant.0.len()..].iter().cloned());
            message + &nearest::hint(Some(meant))
        }
        ProblemKind::LegacyKey(instead) => format!("{message}; it is `{instead}` now"),
        _ => message,
    }
}

/// What is wrong with a value.
fn unfit(path: &KeyPath, fault: &ValueFault) -> Refusal {
    match fault {
        ValueFault::Json(why) => Refusal::usage(format!("the value of `{path}` is not JSON: {why}")),
        ValueFault::Unfit(problems) => {
            let Some(problem) = problems.first() else { return Refusal::usage("it does not fit") };
            let inside = [path.0.clone(), problem.path.0.clone()].concat();
            let problem = Problem { path: KeyPath(inside), ..problem.clone() };
            let said = said(&problem.path, &problem);
            let refusal = match &problem.kind {
                // Which keys there are is a matter of the version, here as in a path.
                ProblemKind::UnknownKey(_) | ProblemKind::LegacyKey(_) => Refusal::state(said),
                _ => Refusal::usage(said),
            };
            match &problem.kind {
                ProblemKind::Expected(wanted, _) if wanted.contains("a list") => {
                    refusal.help("a list is written as JSON: '[\"one\", \"another\"]'")
                }
                ProblemKind::Expected(wanted, _) if wanted.contains("a table") => {
                    refusal.help("a table is written as JSON: '{\"key\": \"value\"}'")
                }
                _ => refusal,
            }
        }
    }
}

/// A secret was typed where others can see it.
fn in_clear(path: &KeyPath, below: &KeyPath) -> Refusal {
    let at = KeyPath([path.0.clone(), below.0.clone()].concat());
    Refusal::usage(format!(
        "`{at}` would be a secret in plain text, and arguments are kept in the shell's history"
    ))
    .help("use a variable instead: '${VARIABLE}'; or write `-` as the value to read it from standard input")
}

/// The place for a value whose way is there: what stands on it must be able to hold the rest. The
/// first item of a list that is not there is the list.
fn within(world: &World, path: &KeyPath, value: Node) -> Result<(KeyPath, Node), Refusal> {
    let mut node = world.desired.root.as_ref();
    for (depth, seg) in path.0.iter().enumerate() {
        let upto = KeyPath(path.0[..depth].to_vec());
        match (node.map(|node| &node.value), seg) {
            (Some(Value::Object(_)), Seg::Key(_)) | (None, Seg::Key(_)) => {}
            (None, Seg::Index(0)) if depth + 1 == path.0.len() => {
                let loc = value.loc;
                return Ok((upto, Node { loc, value: Value::Array(vec![value]) }));
            }
            (Some(Value::Array(items)), Seg::Index(index))
                if *index < items.len() || *index == items.len() && depth + 1 == path.0.len() => {}
            (Some(Value::Array(_)) | None, Seg::Index(_)) => {
                let count = node.map_or(0, |node| node.items().len());
                let why = format!("`{upto}` has {count} item{}", if count == 1 { "" } else { "s" });
                let next = format!("a new one is `{}`", upto.index(count));
                return Err(Refusal::state(why).help(next));
            }
            (Some(_), _) => {
                let kind = node.map_or("something else", Node::kind_name);
                return Err(Refusal::state(format!("`{upto}` is {kind}, so `{path}` cannot exist"))
                    .help(format!("set `{upto}` itself")));
            }
        }
        node = node.and_then(|node| node.locate(&KeyPath(vec![seg.clone()])));
    }
    Ok((path.clone(), value))
}

/// Refuses to set what several files make up: the others would still have their part in it.
fn one_file(world: &World, path: &KeyPath) -> Result<(), Refusal> {
    let files = config::files(world, path);
    if files.len() < 2 {
        return Ok(());
    }
    let why = format!("`{path}` is merged from {}", nearest::listed(&files));
    Err(Refusal::state(why).help("set its parts, or edit the files"))
}

/// A value as a sentence may show it, which stands in the history.
fn shown(value: &Node, shape: &Shape) -> Option<String> {
    match &value.value {
        Value::Bool(value) => Some(value.to_string()),
        _ if matches!(shape, Shape::Foreign) || !shape.is_shown() => None,
        Value::Number(number) => Some(number.0.to_string()),
        _ => value.as_str().filter(|text| !is_secret_like(text)).map(|text| format!("{text:?}")),
    }
}

/// A path as people type it.
///
/// # Errors
/// If it is none.
pub(crate) fn path(text: &str) -> Result<KeyPath, Refusal> {
    text.parse().map_err(|fault| {
        let example = "agents.defaults.model, agents.list[0].id, auth.profiles.\"anthropic:manual\".mode";
        Refusal::usage(format!("that is not the path of a key: {fault}"))
            .help(format!("paths look like {example}"))
    })
}
