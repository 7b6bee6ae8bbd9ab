//! `zirkabot doctor`: store what is due, say what is wrong, offer what can be repaired, look again.

mod dialogue;

use crate::checks::choice::Choice;
use crate::checks::finding::{Finding, Severity};
use crate::cli::grammar::{Global, Scope, form, wait};
use crate::cli::scope::{request, scope};
use crate::cli::test::{Probe, probed};
use crate::cli::{Exit, Finished, Outcome, exit_of, refresh};
use crate::pipeline::{self, Ahead, Done, Limits, Looked, Query, Synced, Trouble, promise};
use crate::report::human::{self, Changes};
use crate::report::style::Style;
use crate::report::{self, FindingsForm, TextForm, doctor_json, json, plan, plan_json, probe, words};
use crate::sys::Act;
use std::collections::BTreeSet;

/// Longest time for one request, in milliseconds.
const REQUEST: i64 = 30_000;

/// Find problems and fix them
///
/// On a terminal it asks about each repair and can show its diff. Without a terminal nothing is repaired
/// without --fix; logins of other programs are stored as by `models status`. Exit 0 if nothing is left to
/// do, 1 if errors remain, 2 if only warnings remain.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Make all safe repairs without asking
    #[arg(long, alias = "repair")]
    fix: bool,
    /// Same as --fix
    #[arg(long)]
    yes: bool,
    /// With --fix: also make repairs that remove something, or overwrite manual changes
    #[arg(long)]
    force: bool,
    /// Show what would be done without doing it
    #[arg(long, conflicts_with_all = ["yes"])]
    dry_run: bool,
    /// Do not ask questions, and skip repairs that need an answer
    #[arg(long)]
    non_interactive: bool,
    /// Test credentials with their providers; `full` sends a request to a model, which costs a few tokens
    #[arg(long, value_name = "HOW", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "free", conflicts_with = "dry_run")]
    probe: Option<Probe>,
    /// Print one JSON document
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", value_parser = form(report::FINDINGS), default_value = "human")]
    format: &'static FindingsForm,
    #[command(flatten)]
    scope: Scope,
    /// How long to wait for another zirkabot process that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    lock_timeout: i64,
}

/// A visit: what was found, what was done, how things are now.
struct Visit {
    /// What was done and is due, and how things are now; in a dry run, how they would be after that.
    synced: Synced,
    /// What is left of what was asked about.
    left: Vec<Finding>,
    /// What was there at first and is gone now.
    fixed: Vec<Finding>,
    /// What would be changed, in a dry run that is to repair.
    ahead: Option<Ahead>,
    /// What was not done, one line each.
    undone: Vec<String>,
    said: Said,
    /// Whether a person quit before all was asked.
    quits: bool,
}

/// What a person was told before the end.
enum Said {
    /// Nothing.
    Nothing,
    /// How things were before repairs.
    Before,
    /// All there is; these words remain.
    All(String),
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let fix = args.fix || args.yes;
    if args.force && !fix {
        let why = "--force needs --fix: it allows repairs that remove or overwrite something";
        return Err(Outcome::usage(why));
    }
    let (ask, choice) = scope(act, global, &args.scope, args.force)?;
    let form = if args.json { &TextForm::Json } else { &args.format.text };
    let is_human = matches!(form, TextForm::Human);
    let asks = is_human && !args.non_interactive && act.host().stdin_tty && act.host().stdout_tty;
    let style = global.style(act);
    let (probes, note) = match args.probe {
        Some(_) => {
            let looked = pipeline::preview(act.as_look(), &ask).looked;
            let (looked, probes, note) = probed(act, looked, &ask, args.probe, args.lock_timeout);
            (probes.map(|body| (probe::section(&body, looked.world.now, style), body)), note)
        }
        None => (None, String::new()),
    };
    let visit = if args.dry_run {
        rehearse(act, &ask, &choice, fix)
    } else if fix {
        repair(act, &ask, &choice, args.lock_timeout)
    } else if asks {
        let page = Page { style, verbose: global.verbose };
        dialogue::talk(act, &ask, &choice, args.lock_timeout, page)
    } else {
        let _looking = act.progress("looking");
        Visit::new(pipeline::sync_due(act, &ask, args.lock_timeout), &choice, &[])
    };
    let exit = exit(&visit);
    let world = &visit.synced.looked.world;
    let stdout = match form {
        TextForm::Human => {
            let probes = probes.map_or_else(String::new, |(text, _)| text);
            text(&visit, &choice, style, global.verbose) + &probes
        }
        TextForm::Json => {
            let request = request(&args.scope, args.force, global);
            let plan = visit.ahead.as_ref();
            let plan = plan.map(|own| plan_json::plan(&own.now.world, &own.plan, request, &own.blocked));
            json::text(
                &doctor_json::doctor(&visit.synced, &visit.left, &visit.fixed, plan, exit.code())
                    .with_probes(probes.map(|(_, body)| body)),
            )
        }
        TextForm::Own(text) => text(world, &visit.left, &act.host().cwd),
    };
    Ok(Outcome::told(stdout, notes(&visit) + &note, exit))
}

/// How a visit is told to a person.
#[derive(Clone, Copy)]
struct Page {
    style: Style,
    verbose: bool,
}

/// Changes nothing.
fn rehearse(act: &dyn Act, ask: &Query, choice: &Choice, fix: bool) -> Visit {
    let _looking = act.progress("looking");
    let visit = Visit::new(pipeline::preview(act.as_look(), ask), choice, &[]);
    Visit { ahead: fix.then(|| pipeline::ahead(act.as_look(), ask, choice)), ..visit }
}

/// Makes all repairs that are wanted, and what is due, at once; looks again.
fn repair(act: &mut dyn Act, ask: &Query, choice: &Choice, lock_timeout: i64) -> Visit {
    let _looking = act.progress("looking");
    let first = pipeline::look(act.as_look(), ask);
    let expired = refresh::expired(&first, choice);
    let (renewed, undone) = refresh::renew(act, ask, &expired, limits(lock_timeout));
    let mut synced = mend(act, ask, choice, lock_timeout);
    synced.applied.splice(0..0, renewed);
    Visit { undone, ..Visit::new(synced, choice, &first.findings) }
}

/// The repairs that are edits.
fn mend(act: &mut dyn Act, ask: &Query, choice: &Choice, lock_timeout: i64) -> Synced {
    let first = pipeline::look(act.as_look(), ask);
    let wanted = |finding: &Finding| choice.takes(finding);
    if !first.world.config_is_known() || !first.findings.iter().any(wanted) {
        let synced = pipeline::sync_due(act, ask, lock_timeout);
        let left = promise::left(&synced.looked, &pipeline::due(&synced.looked, choice).0);
        return Synced { trouble: synced.trouble.or(left), ..synced };
    }
    let mut blocked = Vec::new();
    let state = first.world.paths.state.clone();
    let expected = pipeline::ahead_of(act.as_look(), ask, first, choice).plan;
    let done = pipeline::carry_out(act, &state, lock_timeout, &expected, &mut |reader| {
        let ahead = pipeline::ahead(reader, ask, choice);
        blocked = ahead.blocked;
        Ok(ahead.plan)
    });
    let trouble = done.trouble.or(blocked.into_iter().next().map(Trouble::Blocked));
    let looked = pipeline::look(act.as_look(), ask);
    let trouble = trouble.or_else(|| promise::left(&looked, &pipeline::due(&looked, choice).0));
    Synced { looked, applied: done.applied, pending: Vec::new(), trouble, recovered: done.recovered }
}

/// How long renewing a login may take.
fn limits(lock: i64) -> Limits {
    Limits::new(lock, REQUEST)
}

/// With what came of repairs after it.
fn extend(synced: &mut Synced, done: Done) {
    synced.applied.extend(done.applied);
    synced.recovered = synced.recovered.take().or(done.recovered);
    synced.trouble = synced.trouble.take().or(done.trouble);
}

impl Visit {
    /// What is left, and what of the findings before is gone.
    fn new(synced: Synced, choice: &Choice, before: &[Finding]) -> Self {
        let now = &synced.looked.findings;
        let left = now.iter().filter(|finding| choice.is_about(finding)).cloned().collect();
        let keys: BTreeSet<_> = now.iter().map(Finding::key).collect();
        let is_gone =
            |finding: &&Finding| finding.severity > Severity::Info && !keys.contains(&finding.key());
        let fixed = before.iter().filter(is_gone).cloned().collect();
        Self { synced, left, fixed, ahead: None, undone: Vec::new(), said: Said::Nothing, quits: false }
    }
}

fn exit(visit: &Visit) -> Exit {
    if let Some(trouble) = &visit.synced.trouble {
        return exit_of(trouble);
    }
    if visit.quits {
        return Exit::Cancelled;
    }
    match visit.left.iter().map(|finding| finding.severity).max() {
        Some(Severity::Error) => Exit::Broken,
        Some(Severity::Warning) => Exit::Attention,
        Some(Severity::Info) | None => Exit::Ok,
    }
}

/// How things are, what was done, and what is due.
fn opening(synced: &Synced, style: Style) -> String {
    let Synced { looked: Looked { world, status, findings }, applied, pending, trouble, .. } = synced;
    let changes = Changes { done: applied, due: pending, trouble: trouble.as_ref() };
    human::headlines(world, status, findings, style) + &human::changes_text(world, status, changes, style)
}

/// The visit for a person: the headline, what was done, what is left, what to do next.
fn text(visit: &Visit, choice: &Choice, style: Style, verbose: bool) -> String {
    if let Said::All(last) = &visit.said {
        return last.clone();
    }
    let world = &visit.synced.looked.world;
    let mut out = opening(&visit.synced, style);
    if !visit.synced.applied.is_empty() {
        out.push_str(&format!("\n{}\n", verdict(visit)));
    }
    if let Some(ahead) = visit.ahead.as_ref().filter(|ahead| !ahead.plan.changes.is_empty()) {
        out.push_str(&format!("\nWould change:\n\n{}", plan::ahead(ahead, choice, style)));
    }
    if matches!(visit.said, Said::Before) {
        let left = human::reminder(world, &visit.left, style);
        let gap = if left.is_empty() { "" } else { "\n" };
        return out + gap + &left;
    }
    out + &human::findings_text(world, &visit.left, style, verbose)
}

/// What is true after a second look.
fn verdict(visit: &Visit) -> String {
    let left = visit.left.iter().filter(|finding| finding.severity > Severity::Info).count();
    let gone = match visit.fixed.len() {
        0 => String::new(),
        count => format!("{} fixed, ", words::count(count, "finding")),
    };
    match left {
        0 => format!("After the repairs: {gone}nothing left to do."),
        count => format!("After the repairs: {gone}{count} left."),
    }
}

/// What is not part of the report itself.
fn notes(visit: &Visit) -> String {
    let notes = visit.synced.recovered.iter().chain(&visit.undone);
    let trouble = visit.synced.trouble.iter().map(|why| format!("error: some repairs failed: {why}\n"));
    notes.map(|line| format!("note: {line}\n")).chain(trouble).collect()
}
