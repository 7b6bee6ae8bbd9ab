//! `zirkabot plan`: what `apply` would change, as a difference. Writes nothing but the file that
//! `--out` names.

use crate::change::proposal::Class;
use crate::checks::choice::Choice;
use crate::checks::finding::Finding;
use crate::cli::file;
use crate::cli::grammar::Global;
use crate::cli::scope::scope;
use crate::cli::{Exit, Outcome, grammar as cli};
use crate::pipeline::{self, Ahead};
use crate::report::human;
use crate::report::json;
use crate::report::plan::left;
use crate::report::plan::summary;
use crate::report::plan::{Left, plan as text};
use crate::report::plan_json;
use crate::report::style::{Stream, Style};
use crate::sys::{Act, Reading};
use std::path::Path;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &cli::Plan) -> Outcome {
    let class = if args.force { Class::Force } else { Class::Fix };
    let (ask, choice) = match scope(act, global, &args.scope, class) {
        Ok(scope) => scope,
        Err(refused) => return refused,
    };
    let looking = act.progress("looking");
    let ahead = pipeline::ahead(act.as_look(), &ask, &choice);
    drop(looking);
    let request = crate::cli::scope::request(&args.scope, args.force, global);
    let document = plan_json::plan(&ahead.now.world, &ahead.plan, request, &ahead.blocked);
    if let Some(path) = &args.out {
        if !may_be_replaced(act, path) {
            let stderr =
                format!("error: {} is there and is no saved plan; it was left as it is\n", path.display());
            return Outcome { stdout: String::new(), stderr, exit: Exit::Io };
        }
        if let Err(error) =
            file::put(act, path, crate::change::plan::FILE_MODE, json::text(&document).as_bytes())
        {
            let stderr = format!("error: {}: {}\n", path.display(), crate::sys::Fault::of(&error));
            return Outcome { stdout: String::new(), stderr, exit: Exit::Io };
        }
    }
    let style = Style::decide(global.color, act.host(), Stream::Out);
    let stdout = if args.json { json::text(&document) } else { shown(&ahead, &choice, style) };
    Outcome { stdout, stderr: cautions(&ahead), exit: exit(&ahead) }
}

fn exit(ahead: &Ahead) -> Exit {
    if !ahead.now.world.config_is_known() || !ahead.blocked.is_empty() {
        return Exit::Broken;
    }
    if ahead.plan.changes.is_empty() { Exit::Ok } else { Exit::Attention }
}

/// The plan and how much it is, for a person.
pub(super) fn shown(ahead: &Ahead, choice: &Choice, style: Style) -> String {
    let worlds = [&ahead.now.world, &ahead.last().world];
    let text = text(worlds, &ahead.plan, style);
    let gap = if text.is_empty() { "" } else { "\n" };
    format!("{text}{gap}{}\n", summary(&ahead.plan, left_of(ahead, choice)))
}

/// What is left to people when the plan is carried out.
pub(super) fn left_of(ahead: &Ahead, choice: &Choice) -> Left {
    let is_left = |finding: &&Finding| choice.is_about(finding) && !choice.takes(finding);
    left(ahead.last().findings.iter().filter(is_left))
}

/// Why no plan can be made, or not all of one.
pub(super) fn cautions(ahead: &Ahead) -> String {
    let world = &ahead.now.world;
    let mut text: String = ahead.blocked.iter().map(|why| format!("error: {why}\n")).collect();
    if !world.config_is_known() {
        let unread: Vec<Finding> = ahead
            .now
            .findings
            .iter()
            .filter(|finding| ["config/syntax", "config/unreadable"].contains(&finding.rule.code))
            .cloned()
            .collect();
        text.push_str("error: no plan can be made while it is not known what is meant\n");
        text.push_str(&human::findings_text(world, &unread, Style::PLAIN, false));
    }
    text
}

/// Whether there is nothing yet, or an earlier plan.
fn may_be_replaced(act: &dyn Act, path: &Path) -> bool {
    match act.read(&act.host().cwd.join(path), crate::cli::saved_plan::MAX_PLAN) {
        Reading::Absent => true,
        Reading::File(bytes, _) => crate::cli::saved_plan::is_plan(&bytes),
        Reading::Fault(..) | Reading::TooLarge(_) => false,
    }
}
