//! Values of the config that have the wrong form, and those of them of which it is plain what is meant.

use crate::catalog::nearest::{folded, is_folded};
use crate::catalog::tools::Tool;
use crate::change::proposal::Proposal;
use crate::checks::config::models::rewritten;
use crate::checks::config::problems;
use crate::checks::finding::{CheckImpact, CheckInput, Sink};
use crate::config::field::Shape;
use crate::config::find::{self, ShapeAt};
use crate::config::{CredentialSource, Problem, ProblemKind, parse_value};
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{Node, Value};
use crate::policy::meant::parts;
use crate::policy::orders::edit_at;
use crate::world::World;

pub(super) fn schema(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    wrong_source(case, sink);
    let world = case.world;
    for problem in problems(case) {
        let label = match &problem.kind {
            ProblemKind::Expected(_, found) => format!("this is {found}"),
            ProblemKind::Model(what, _) => format!("this is {what}"),
            ProblemKind::MissingKey(_) if problem.path.0.is_empty() => "here".to_owned(),
            ProblemKind::MissingKey(key) => format!("`{key}` is missing"),
            _ => continue,
        };
        let correct = format!("correct {}", world.at(problem.loc.doc, Some(problem.loc)));
        // Of what decides nothing about credentials, the rest goes on.
        let holds = find::built_in(&problem.path).filter(|_| is_about_time(problem));
        let holds = holds.map_or_else(String::new, |value| format!("; until then {value} applies"));
        let draft = sink
            .state(problem.path.to_string(), problem.message())
            .see(problem.loc.doc, Some(problem.loc), label)
            .counts(CheckImpact::Broken);
        let repair = mended(world, problem).map(|(what, edit)| Proposal::new(what, vec![edit]));
        draft.repair_or_advise(repair, || (correct + &holds).into());
    }
}

/// Whether it is about how long something lasts.
fn is_about_time(problem: &Problem) -> bool {
    let shape = find::at(&problem.path);
    matches!(shape, ShapeAt::Shape(Shape::Duration | Shape::Span))
}

/// What is plainly meant by a value that does not come out of a variable, and the edit that writes it.
fn mended(world: &World, problem: &Problem) -> Option<(String, Edit)> {
    if let ProblemKind::Model(_, meant) = &problem.kind {
        let meant = meant.as_ref()?;
        return Some((format!("write {meant} at `{}`", problem.path), rewritten(world, problem, meant)?));
    }
    let (ProblemKind::Expected(..), ShapeAt::Shape(shape)) = (&problem.kind, find::at(&problem.path)) else {
        return None;
    };
    let node = world.desired.root.as_ref()?.locate(&problem.path)?;
    if world.desired.reference(problem.loc).is_some() || node.loc != problem.loc {
        return None;
    }
    let (as_what, draft) = fitting(shape, node)?;
    let edit = edit_at(world, problem.loc, To::Set(draft))?;
    Some((format!("write `{}` as {as_what}", problem.path), edit))
}

/// A value that fits a shape, and plainly says the same as one that is text.
fn fitting(shape: &'static Shape, node: &Node) -> Option<(String, Draft)> {
    let text = node.as_secret()?;
    match shape {
        Shape::OneOf(words) => {
            let meant = folded(text.expose());
            let word = words.iter().find(|word| is_folded(word, &meant))?;
            Some((format!("\"{word}\""), Draft::text(word)))
        }
        Shape::List(Shape::Text) => {
            let words: Vec<Draft> = parts(text.expose()).map(Draft::text).collect();
            (!words.is_empty()).then(|| ("a list".to_owned(), Draft::List(words)))
        }
        Shape::Bool | Shape::Whole(_) | Shape::Positive => {
            let read = parse_value::read(shape, text).ok()?;
            Some(match read.value {
                Value::Number(number) if number.0.fract() == 0.0 && number.0.abs() < 1e15 => {
                    ("a number".to_owned(), Draft::Int(number.0 as i64))
                }
                _ => (read.kind_name().to_owned(), Draft::of(&read)),
            })
        }
        _ => None,
    }
}

fn wrong_source(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for profile in &case.world.desired.profiles {
        let tool = match profile.from {
            CredentialSource::Tool(tool) => tool,
            CredentialSource::ClaudeHelper => Tool::ClaudeCode,
            _ => continue,
        };
        if tool.row().provider != profile.provider {
            let (id, row) = (&profile.id, tool.row());
            sink.state(
                id,
                format!(
                    "{id} belongs to {}, but {} has a login for {}",
                    profile.provider, row.name, row.provider
                ),
            )
            .see(profile.loc.doc, Some(profile.loc), format!("not a profile of {}", row.provider))
            .advise(format!("correct {}", case.world.at(profile.loc.doc, Some(profile.loc))))
            .counts(CheckImpact::Broken);
        }
    }
}
