//! `zirkabot plan`: what `apply` would change, as a difference. Writes nothing but the file that
//! `--out` names.

use crate::change::plan::FILE_MODE;
use crate::checks::finding::Finding;
use crate::cli::grammar::{Global, Scope};
use crate::cli::saved_plan::{MAX_PLAN, parts};
use crate::cli::scope::{request, scope};
use crate::cli::{Exit, Finished, Outcome, file};
use crate::pipeline::{self, Ahead};
use crate::policy::known::known_config;
use crate::report::error_json::ErrorBody;
use crate::report::style::Style;
use crate::report::{human, json, plan, plan_json};
use crate::sys::{Act, Reading};
use std::path::{Path, PathBuf};

/// Show what `apply` would change, as a diff
///
/// Exit 0 if there is nothing to do, 1 if no plan can be made, 2 if changes are pending.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also save the plan for `apply`; it contains hashes but no secrets
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Include repairs that remove something, or overwrite manual changes
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    scope: Scope,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let (ask, choice) = scope(act, global, &args.scope, args.force)?;
    let looking = act.progress("looking");
    let ahead = pipeline::ahead(act.as_look(), &ask, &choice);
    drop(looking);
    let request = request(&args.scope, args.force, global);
    let left: Vec<Finding> = plan::needing(&ahead, &choice).cloned().collect();
    let left = json::findings(&ahead.last().world, &left);
    let document = plan_json::plan(&ahead.now.world, &ahead.plan, request, &ahead.blocked);
    let document = plan_json::PlanDocument { left, ..document };
    if let Some(path) = &args.out {
        if !may_be_replaced(act, path) {
            let why =
                format!("error: {} exists and is not a saved plan; it was not overwritten\n", path.display());
            return Err(Outcome::err(why, Exit::Io));
        }
        let written = file::put(act, path, FILE_MODE, json::text(&document).as_bytes());
        written.map_err(|error| Outcome::io(path, &error))?;
    }
    // A plan of what is not known is none: a document says why instead.
    let error = known_config(&ahead.now.world).err().map(|why| Box::new(ErrorBody::from(&why.into())));
    let stdout = match (args.json, &error) {
        (true, Some(_)) => String::new(),
        (true, None) => json::text(&document),
        (false, _) => plan::ahead_and_left(&ahead, &choice, global.style(act)),
    };
    Ok(Outcome { error, ..Outcome::told(stdout, cautions(&ahead), exit(&ahead)) })
}

fn exit(ahead: &Ahead) -> Exit {
    if !ahead.now.world.config_is_known() || !ahead.blocked.is_empty() {
        return Exit::Broken;
    }
    if ahead.plan.changes.is_empty() { Exit::Ok } else { Exit::Attention }
}

/// Why no plan can be made, or not all of one.
pub(super) fn cautions(ahead: &Ahead) -> String {
    let world = &ahead.now.world;
    let mut text: String = ahead.blocked.iter().map(|why| format!("error: {why}\n")).collect();
    if !world.config_is_known() {
        let is_unread =
            |finding: &&Finding| ["config/syntax", "config/unreadable"].contains(&finding.rule.code);
        let unread: Vec<Finding> = ahead.now.findings.iter().filter(is_unread).cloned().collect();
        text.push_str("error: no plan can be made while the config is unclear\n");
        text.push_str(&human::findings_text(world, &unread, Style::PLAIN, false));
    }
    text
}

/// Whether there is nothing yet, or an earlier plan.
fn may_be_replaced(act: &dyn Act, path: &Path) -> bool {
    match act.read(&act.host().cwd.join(path), MAX_PLAN) {
        Reading::Absent => true,
        Reading::File(bytes, _) => parts(&bytes).is_some(),
        Reading::Fault(..) | Reading::TooLarge(_) => false,
    }
}
