//! `zirkabot apply [FILE]`: carries out what `plan` shows, after asking, or a plan that was saved,
//! if it still is the plan.

use crate::change::apply::ChangeOutcome;
use crate::change::plan::Plan;
use crate::checks::choice::Choice;
use crate::cli::grammar::{Global, Scope, wait};
use crate::cli::menu::says_yes;
use crate::cli::plan::cautions;
use crate::cli::saved_plan::read;
use crate::cli::scope::{request, scope};
use crate::cli::{Exit, Finished, Outcome, exit_of};
use crate::pipeline::{self, Ahead, Done, Trouble, promise};
use crate::policy::known::known_config;
use crate::report::error_json::ErrorBody;
use crate::report::plan_json::{self, PlanRequest};
use crate::report::style::{Style, Tone};
use crate::report::{apply_json, json, plan};
use crate::sys::{Act, Look};
use crate::world::World;
use serde_json::Value;
use std::path::PathBuf;

/// Make all repairs that `plan` shows, or those of a saved plan
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Plan saved by `plan --out`; refused if anything has changed since
    #[arg(conflicts_with_all = ["force", "agent", "only"])]
    file: Option<PathBuf>,
    /// Do not ask for confirmation; required without a terminal
    #[arg(long)]
    yes: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Include repairs that remove something, or overwrite manual changes
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    scope: Scope,
    /// How long to wait for another zirkabot process that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    lock_timeout: i64,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let saved = args.file.as_ref().map(|file| read(act, file)).transpose()?;
    let request = match &saved {
        Some((request, _)) => request.clone(),
        None => request(&args.scope, args.force, global),
    };
    let wanted = Scope { agent: request.agent.clone(), only: request.only.clone() };
    let (mut ask, choice) = scope(act, global, &wanted, request.force)?;
    ask.profile = request.profile.clone().or(ask.profile);
    let looking = act.progress("looking");
    let ahead = pipeline::ahead(act.as_look(), &ask, &choice);
    drop(looking);
    if let Some(stale) = saved.and_then(|(_, saved)| is_stale(&ahead, &request, &saved)) {
        return Err(Trouble::Stale(stale).into());
    }
    let style = global.style(act);
    let preface = confirmed(act, args, &ahead, &choice, style)?;
    let again = |reader: &dyn Look| pipeline::ahead(reader, &ask, &choice);
    let mut done =
        carry_out_shown(act, &ahead.now.world, &ahead.plan, "the plan", args.lock_timeout, &|reader| {
            Ok(again(reader).plan)
        });
    let world = &ahead.now.world;
    let mut exit = done.trouble.as_ref().map_or(Exit::Ok, exit_of);
    let mut stderr = notes(&done);
    // A file that could not be read for a moment looks like one in which nothing is to be done.
    let again = (exit == Exit::Ok).then(|| again(act.as_look()));
    if let Some(left) = again.as_ref().and_then(|again| promise::left(&again.now, &again.plan)) {
        stderr.push_str(&format!("error: {left}\n"));
        exit = exit_of(&left);
        done.trouble = Some(left);
    }
    if args.json {
        return Ok(Outcome::told(json::text(&apply_json::apply(world, &done)), stderr, exit));
    }
    let mut stdout = preface + &receipt(world, &done, style);
    if let Some(again) = again {
        let left = plan::summary(&again.plan, plan::left(&again, &choice));
        stdout.push_str(&format!("After the changes: {left}.\n"));
    }
    Ok(Outcome::told(stdout, stderr, exit))
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
        .map_or_else(String::new, |file| format!(": {file} has changed, or needs a different change now"));
    let again = world.paths.command("plan --out FILE");
    Some(format!("the plan is out of date{file}; nothing was changed; create a new one with `{again}`"))
}

/// Shows the plan and has it confirmed; what is to be said before the result.
fn confirmed(
    act: &mut dyn Act,
    args: &Args,
    ahead: &Ahead,
    choice: &Choice,
    style: Style,
) -> Result<String, Outcome> {
    let shown = if args.json { String::new() } else { plan::ahead_and_left(ahead, choice, style) };
    let mut stderr = cautions(ahead);
    if ahead.plan.changes.is_empty() {
        let is_known = ahead.now.world.config_is_known();
        let unknown = promise::unknown(&ahead.now.world, &[]).filter(|_| is_known);
        stderr.extend(unknown.iter().map(|why| format!("error: {why}\n")));
        let known = is_known && ahead.blocked.is_empty() && unknown.is_none();
        let exit = if known { Exit::Ok } else { Exit::Broken };
        let why = known_config(&ahead.now.world).err().map(Trouble::from).or(unknown);
        let why = why.or_else(|| ahead.blocked.first().cloned().map(Trouble::Blocked));
        let error = why.map(|why| Box::new(ErrorBody::from(&why)));
        let nothing = || json::text(&apply_json::apply(&ahead.now.world, &Done::default()));
        let stdout = match (args.json, exit) {
            (true, Exit::Ok) => nothing(),
            (true, _) => String::new(),
            (false, _) => shown,
        };
        return Err(Outcome { error, ..Outcome::told(stdout, stderr, exit) });
    }
    if args.yes {
        return Ok(shown);
    }
    let host = act.host();
    if args.json || !host.stdin_tty || !host.stdout_tty {
        let why =
            "this needs a terminal to confirm; nothing was changed; use --yes to apply without confirmation";
        let stderr = format!("{stderr}error: {why}\n");
        return Err(Outcome::told(shown, stderr, Exit::Usage));
    }
    if says_yes(act, &format!("{shown}\nApply? [y]es, [n]o: ")) {
        return Ok(String::new());
    }
    Err(Outcome::unchanged())
}

/// Carries out a plan that was shown as `it`, if it still is what is `planned`.
pub(super) fn carry_out_shown(
    act: &mut dyn Act,
    world: &World,
    shown: &Plan,
    it: &str,
    lock_timeout: i64,
    planned: &dyn Fn(&dyn Look) -> Result<Plan, Trouble>,
) -> Done {
    pipeline::carry_out(act, &world.paths.state, lock_timeout, shown, &mut |reader| {
        let again = planned(reader)?;
        if pipeline::is_same(&again, shown) {
            return Ok(again);
        }
        Err(Trouble::Stale(format!("something has changed since {it} was shown; nothing was written")))
    })
}

/// What became of each file, and how to take it back.
pub(super) fn receipt(world: &World, done: &Done, style: Style) -> String {
    let mut out = String::from("\n");
    for entry in &done.entries {
        let name = world.paths.shown(&entry.path);
        let (sign, tone, text) = match &entry.outcome {
            ChangeOutcome::Done => ("✓", Tone::Good, name),
            ChangeOutcome::Failed(why) => ("✗", Tone::Bad, format!("{name}: {why}")),
            ChangeOutcome::NotReached => ("·", Tone::Quiet, format!("{name}: not reached")),
        };
        out.push_str(&format!("{} {}\n", style.paint(tone, sign), style.text(&text)));
    }
    let is_done = done.entries.iter().any(|entry| entry.outcome == ChangeOutcome::Done);
    if let Some(id) = done.id.as_ref().filter(|_| is_done) {
        let undo = world.paths.command(&format!("undo {id}"));
        out.push_str(&format!("Undo: {}\n", style.paint(Tone::Act, &undo)));
    }
    out
}

/// What is not part of the result itself.
pub(super) fn notes(done: &Done) -> String {
    let recovered = done.recovered.as_ref().map(|text| format!("note: {text}\n")).unwrap_or_default();
    let trouble = done.trouble.as_ref().map(|why| format!("error: {why}\n")).unwrap_or_default();
    recovered + &trouble
}
