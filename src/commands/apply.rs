//! `zirkabot apply [FILE]`: carries out what `plan` shows, after asking, or a plan that was saved,
//! if it still is the plan.

use super::{Exit, Outcome, exit_of, plan, scope::scope};
use crate::apply::Outcome as Ended;
use crate::cli::{self, Global, Scope};
use crate::pipeline::{self, Ahead, Ask, Done, Trouble};
use crate::plan::{Choice, Class};
use crate::report::plan_json::{self, Request};
use crate::report::style::{Stream, Style, Tone};
use crate::report::{apply_json, json};
use crate::secret::Secret;
use crate::sys::{Act, Reading};
use crate::world::World;
use serde_json::Value;

/// Largest saved plan that is read, in bytes.
pub(super) const MAX_PLAN: usize = 4 << 20;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &cli::Apply) -> Outcome {
    let saved = match args.file.as_ref().map(|file| read(act, file)).transpose() {
        Ok(saved) => saved,
        Err(refused) => return refused,
    };
    let request = saved.as_ref().map_or_else(
        || Request::of(&args.scope, args.force, global.profile()),
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

/// The plan in a file: what it was asked for, and its changes.
fn read(act: &dyn Act, file: &std::path::Path) -> Result<(Request, Value), Outcome> {
    let path = act.host().cwd.join(file);
    let refuse = |why: String, exit| {
        let stderr = format!("error: {}: {why}\n", file.display());
        Outcome { stdout: String::new(), stderr, exit }
    };
    let bytes = match act.read(&path, MAX_PLAN) {
        Reading::File(bytes, _) => bytes,
        Reading::Absent => return Err(refuse("no such file".to_owned(), Exit::Io)),
        Reading::Fault(fault, _) => return Err(refuse(fault.to_string(), Exit::Io)),
        Reading::TooLarge(_) => return Err(refuse("is too large to be a plan".to_owned(), Exit::Broken)),
    };
    parts(&bytes)
        .ok_or_else(|| refuse("is no plan; `zirkabot plan --out FILE` makes one".to_owned(), Exit::Broken))
}

/// Request and changes of a plan of the version that we know.
fn parts(bytes: &Secret<Vec<u8>>) -> Option<(Request, Value)> {
    let mut document: Value = serde_json::from_slice(bytes.expose()).ok()?;
    if document.get("schemaVersion")?.as_u64()? != u64::from(plan_json::VERSION) {
        return None;
    }
    let request = serde_json::from_value(document.get_mut("request")?.take()).ok()?;
    Some((request, document.get_mut("changes").filter(|changes| changes.is_array())?.take()))
}

/// Whether a text is a plan that was saved.
pub(super) fn is_plan(bytes: &Secret<Vec<u8>>) -> bool {
    parts(bytes).is_some()
}

/// Why a saved plan is not the plan any more: the first file whose change is another one.
fn is_stale(ahead: &Ahead, request: &Request, saved: &Value) -> Option<String> {
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
