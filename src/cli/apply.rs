//! `zirkabot apply [FILE]`: carries out what `plan` shows, after asking, or a plan that was saved,
//! if it still is the plan.

use crate::change::apply::ChangeOutcome as Ended;
use crate::change::proposal::Class;
use crate::checks::choice::Choice;
use crate::cli::exit_of;
use crate::cli::grammar::{Global, Scope};
use crate::cli::plan;
use crate::cli::saved_plan::read;
use crate::cli::scope::scope;
use crate::cli::{Exit, Outcome, grammar as cli};
use crate::pipeline::{self, Ahead, Ask, Done, Trouble};
use crate::report::apply_json;
use crate::report::json;
use crate::report::plan_json::{self, PlanRequest};
use crate::report::style::{Stream, Style, Tone};
use crate::sys::Act;
use crate::world::World;
use serde_json::Value;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &cli::Apply) -> Outcome {
    let saved = match args.file.as_ref().map(|file| read(act, file)).transpose() {
        Ok(saved) => saved,
        Err(refused) => return refused,
    };
    let request = saved.as_ref().map_or_else(
        || crate::cli::scope::request(&args.scope, args.force, global),
        |(request, _)| request.clone(),
    );
    let class = if request.force { Class::Force } else { Class::Fix };
    let wanted = Scope { agent: request.agent.clone(), only: request.only.clone() };
    let (mut ask, choice) = match scope(act, global, &wanted, class) {
        Ok(scope) => scope,
        Err(refused) => return refused,
    };
    ask.profile = request.profile.clone().or(ask.profile);
    let looking = act.progress("looking");
    let ahead = pipeline::ahead(act.as_look(), &ask, &choice);
    drop(looking);
    if let Some(stale) = saved.and_then(|(_, saved)| is_stale(&ahead, &request, &saved)) {
        return Outcome { stdout: String::new(), stderr: format!("error: {stale}\n"), exit: Exit::Broken };
    }
    let style = Style::decide(global.color, act.host(), Stream::Out);
    match confirmed(act, args, &ahead, &choice, style) {
        Ok(preface) => perform(act, args, &(ask, choice), &ahead, (preface, style)),
        Err(outcome) => outcome,
    }
}

/// Why a saved plan is not the plan any more: the first file whose change is another one.
fn is_stale(ahead: &Ahead, request: &PlanRequest, saved: &Value) -> Option<String> {
    let world = &ahead.now.world;
    let now = plan_json::plan(world, &ahead.plan, request.clone(), &[]);
    let now = serde_json::to_value(&now.changes).unwrap_or_default();
    if now == *saved {
        return None;
    }
    let empty = Vec::new();
    let (now, saved) = (now.as_array().unwrap_or(&empty), saved.as_array().unwrap_or(&empty));
    let other = saved.iter().find(|change| !now.contains(change));
    let other = other.or_else(|| now.iter().find(|change| !saved.contains(change)));
    let file = other.and_then(|change| change["path"].as_str()).map(|path| world.paths.shown(path.as_ref()));
    let file = file
        .map_or_else(String::new, |file| format!(": {file} is not as it was, or needs something else now"));
    let again = world.paths.command("plan --out FILE");
    Some(format!("the plan is out of date{file}; nothing was changed; make a new one with `{again}`"))
}

/// Shows the plan and has it confirmed; what is to be said before the result.
fn confirmed(
    act: &mut dyn Act,
    args: &cli::Apply,
    ahead: &Ahead,
    choice: &Choice,
    style: Style,
) -> Result<String, Outcome> {
    let shown = if args.json { String::new() } else { plan::shown(ahead, choice, style) };
    let cautions = plan::cautions(ahead);
    if ahead.plan.changes.is_empty() {
        let known = ahead.now.world.config_is_known() && ahead.blocked.is_empty();
        let exit = if known { Exit::Ok } else { Exit::Broken };
        let stdout = if args.json {
            json::text(&apply_json::apply(&ahead.now.world, &Done::default()))
        } else {
            shown
        };
        return Err(Outcome { stdout, stderr: cautions, exit });
    }
    if args.yes {
        return Ok(shown);
    }
    let host = act.host();
    if args.json || !host.stdin_tty || !host.stdout_tty {
        let stderr = format!(
            "{cautions}error: nobody can be asked here, so nothing was changed; --yes applies it without asking\n"
        );
        return Err(Outcome { stdout: shown, stderr, exit: Exit::Usage });
    }
    act.say(&format!("{shown}\nApply? [y]es, [n]o: "));
    match act.answer().as_deref().map(str::trim) {
        Some("y" | "Y" | "yes") => Ok(String::new()),
        _ => Err(Outcome::out("Nothing was changed.\n".to_owned(), Exit::Ok)),
    }
}

/// Carries out exactly the plan that was shown, and looks again.
fn perform(
    act: &mut dyn Act,
    args: &cli::Apply,
    (ask, choice): &(Ask, Choice),
    ahead: &Ahead,
    (preface, style): (String, Style),
) -> Outcome {
    let state = ahead.now.world.paths.state.clone();
    let done = pipeline::carry_out(act, &state, args.lock_timeout, &mut |reader| {
        let again = pipeline::ahead(reader, ask, choice);
        if pipeline::is_same(&again.plan, &ahead.plan) {
            return Ok(again.plan);
        }
        Err(Trouble::Stale("something has changed since the plan was shown; nothing was written".to_owned()))
    });
    let world = &ahead.now.world;
    let exit = done.trouble.as_ref().map_or(Exit::Ok, exit_of);
    let stderr = notes(&done);
    if args.json {
        return Outcome { stdout: json::text(&apply_json::apply(world, &done)), stderr, exit };
    }
    let mut stdout = preface;
    stdout.push_str(&receipt(world, &done, style));
    if exit == Exit::Ok {
        let again = pipeline::ahead(act.as_look(), ask, choice);
        let left = plan::left_of(&again, choice);
        stdout.push_str(&format!("Looked again: {}.\n", crate::report::plan::summary(&again.plan, left)));
    }
    Outcome { stdout, stderr, exit }
}

/// What became of each file, and how to take it back.
pub(super) fn receipt(world: &World, done: &Done, style: Style) -> String {
    let mut out = String::from("\n");
    for entry in &done.entries {
        let name = world.paths.shown(&entry.path);
        let (sign, tone, text) = match &entry.outcome {
            Ended::Done => ("✓", Tone::Good, name),
            Ended::Failed(why) => ("✗", Tone::Bad, format!("{name}: {why}")),
            Ended::NotReached => ("·", Tone::Quiet, format!("{name}: not reached")),
        };
        out.push_str(&format!("{} {}\n", style.paint(tone, sign), style.text(&text)));
    }
    if let Some(id) =
        done.id.as_ref().filter(|_| done.entries.iter().any(|entry| entry.outcome == Ended::Done))
    {
        let undo = world.paths.command(&format!("undo {id}"));
        out.push_str(&format!("To take it back: {}\n", style.paint(Tone::Act, &undo)));
    }
    out
}

/// What is not part of the result itself.
pub(super) fn notes(done: &Done) -> String {
    let recovered = done.recovered.as_ref().map(|text| format!("note: {text}\n")).unwrap_or_default();
    let trouble = done.trouble.as_ref().map(|why| format!("error: {why}\n")).unwrap_or_default();
    recovered + &trouble
}
