//! `zirkabot doctor`: store what is due, say what is wrong, offer what can be repaired, look again.

mod dialogue;

use crate::change::proposal::Class;
use crate::checks::choice::Choice;
use crate::checks::finding::{Finding, Severity};
use crate::cli::exit_of;
use crate::cli::grammar::{Format, Global};
use crate::cli::plan;
use crate::cli::refresh;
use crate::cli::scope::scope;
use crate::cli::{Exit, Outcome, grammar as cli};
use crate::pipeline::{self, Ahead, Ask, Done, Limits, Looked, Synced, Trouble};
use crate::report::doctor_json::{self, Happened};
use crate::report::github;
use crate::report::human::{self, Changes};
use crate::report::json;
use crate::report::junit;
use crate::report::plan_json::{self, PlanRequest};
use crate::report::sarif;
use crate::report::style::{Stream, Style};
use crate::report::words;
use crate::sys::Act;
use std::collections::BTreeSet;

/// A visit: what was found, what was done, how things are now.
struct Visit {
    /// How things are now; in a dry run, how they would be after what is due.
    looked: Looked,
    /// What is left of what was asked about.
    left: Vec<Finding>,
    /// What was there at first and is gone now.
    fixed: Vec<Finding>,
    applied: Vec<String>,
    pending: Vec<String>,
    /// What would be changed, in a dry run that is to repair.
    ahead: Option<Ahead>,
    trouble: Option<Trouble>,
    recovered: Option<String>,
    /// What was not done, one line each.
    undone: Vec<String>,
    said: Said,
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
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &cli::Doctor) -> Outcome {
    let fix = args.fix || args.yes;
    if args.force && !fix {
        return Outcome::usage(
            "--force goes with --fix: it allows repairs that remove or overwrite something",
        );
    }
    let class = if args.force { Class::Force } else { Class::Fix };
    let (ask, choice) = match scope(act, global, &args.scope, class) {
        Ok(scope) => scope,
        Err(refused) => return refused,
    };
    let format = if args.json { Format::Json } else { args.format };
    let style = Style::decide(global.color, act.host(), Stream::Out);
    let asks =
        format == Format::Human && !args.non_interactive && act.host().stdin_tty && act.host().stdout_tty;
    let visit = if args.dry_run {
        rehearse(act, &ask, &choice, fix)
    } else if fix {
        repair(act, &ask, &choice, args.lock_timeout)
    } else if asks {
        dialogue::talk(act, &(ask, choice.clone()), args.lock_timeout, (style, global.verbose))
    } else {
        examine(act, &ask, &choice, args.lock_timeout)
    };
    let exit = exit(&visit);
    let stdout = match format {
        Format::Human => text(&visit, &choice, style, global.verbose),
        Format::Json => {
            let request = crate::cli::scope::request(&args.scope, args.force, global);
            let document =
                doctor_json::doctor(&visit.looked, &visit.left, visit.happened(request), exit.code());
            json::text(&document)
        }
        Format::Github => github::findings(&visit.looked.world, &visit.left, &act.host().cwd),
        Format::Sarif => sarif::findings(&visit.looked.world, &visit.left, &act.host().cwd),
        Format::Junit => junit::findings(&visit.looked.world, &visit.left),
    };
    Outcome { stdout, stderr: notes(&visit), exit }
}

/// What is left, and what became of the rest.
fn visit(looked: Looked, choice: &Choice, upkeep: Upkeep, before: &[Finding]) -> Visit {
    let left: Vec<Finding> =
        looked.findings.iter().filter(|finding| choice.is_about(finding)).cloned().collect();
    let keys: BTreeSet<_> = looked.findings.iter().map(Finding::key).collect();
    let is_gone = |finding: &&Finding| finding.severity > Severity::Info && !keys.contains(&finding.key());
    let fixed = before.iter().filter(is_gone).cloned().collect();
    let Upkeep { applied, pending, trouble, recovered, undone } = upkeep;
    let (ahead, said) = (None, Said::Nothing);
    Visit { looked, left, fixed, applied, pending, ahead, trouble, recovered, undone, said }
}

/// What came of bringing things up to date, without the look.
#[derive(Default)]
struct Upkeep {
    applied: Vec<String>,
    pending: Vec<String>,
    trouble: Option<Trouble>,
    recovered: Option<String>,
    undone: Vec<String>,
}

fn split(settled: Synced) -> (Looked, Upkeep) {
    let Synced { looked, applied, pending, trouble, recovered } = settled;
    (looked, Upkeep { applied, pending, trouble, recovered, undone: Vec::new() })
}

/// Changes nothing.
fn rehearse(act: &dyn Act, ask: &Ask, choice: &Choice, fix: bool) -> Visit {
    let _looking = act.progress("looking");
    let (looked, settled) = split(pipeline::preview(act.as_look(), ask));
    let mut visit = visit(looked, choice, settled, &[]);
    if fix {
        visit.ahead = Some(pipeline::ahead(act.as_look(), ask, choice));
    }
    visit
}

/// Stores what is due, and looks.
fn examine(act: &mut dyn Act, ask: &Ask, choice: &Choice, lock_timeout: i64) -> Visit {
    let _looking = act.progress("looking");
    let (looked, settled) = split(pipeline::sync_due(act, ask, lock_timeout));
    visit(looked, choice, settled, &[])
}

/// Makes all repairs that are wanted, and what is due, at once; looks again.
fn repair(act: &mut dyn Act, ask: &Ask, choice: &Choice, lock_timeout: i64) -> Visit {
    let _looking = act.progress("looking");
    let first = pipeline::look(act.as_look(), ask);
    let expired = refresh::expired(&first, choice);
    let (renewed, undone) = refresh::renew(act, ask, &expired, limits(lock_timeout));
    let mut visit = mend(act, ask, choice, lock_timeout, &first.findings);
    visit.applied.splice(0..0, renewed);
    visit.undone.extend(undone);
    visit
}

/// The repairs that are edits.
fn mend(act: &mut dyn Act, ask: &Ask, choice: &Choice, lock_timeout: i64, before: &[Finding]) -> Visit {
    let first = pipeline::look(act.as_look(), ask);
    let wanted = |finding: &Finding| choice.takes(finding);
    if !first.world.config_is_known() || !first.findings.iter().any(wanted) {
        let (looked, settled) = split(pipeline::sync_due(act, ask, lock_timeout));
        return visit(looked, choice, settled, before);
    }
    let mut blocked = Vec::new();
    let done = pipeline::carry_out(act, &first.world.paths.state, lock_timeout, &mut |reader| {
        let ahead = pipeline::ahead(reader, ask, choice);
        blocked = ahead.blocked;
        Ok(ahead.plan)
    });
    let upkeep = Upkeep::default().and(done, blocked);
    visit(pipeline::look(act.as_look(), ask), choice, upkeep, before)
}

/// How long renewing a login may take.
fn limits(lock: i64) -> Limits {
    Limits { lock, request: REQUEST }
}

/// Longest time for one request, in milliseconds.
const REQUEST: i64 = 30_000;

impl Upkeep {
    /// With what came of repairs after it.
    fn and(mut self, done: Done, blocked: Vec<String>) -> Self {
        self.applied.extend(done.applied);
        self.recovered = self.recovered.or(done.recovered);
        let blocked = blocked.into_iter().next().map(Trouble::Blocked);
        self.trouble = self.trouble.or(done.trouble).or(blocked);
        self
    }
}

impl Visit {
    fn happened(&self, request: PlanRequest) -> Happened<'_> {
        let plan = self
            .ahead
            .as_ref()
            .map(|ahead| plan_json::plan(&ahead.now.world, &ahead.plan, request, &ahead.blocked));
        Happened {
            applied: &self.applied,
            pending: &self.pending,
            plan,
            fixed: &self.fixed,
            recovered: self.recovered.as_deref(),
            trouble: self.trouble.as_ref().map(ToString::to_string),
        }
    }
}

fn exit(visit: &Visit) -> Exit {
    if let Some(trouble) = &visit.trouble {
        return exit_of(trouble);
    }
    match visit.left.iter().map(|finding| finding.severity).max() {
        Some(Severity::Error) => Exit::Broken,
        Some(Severity::Warning) => Exit::Attention,
        Some(Severity::Info) | None => Exit::Ok,
    }
}

/// The visit for a person: the headline, what was done, what is left, what to do next.
fn text(visit: &Visit, choice: &Choice, style: Style, verbose: bool) -> String {
    if let Said::All(last) = &visit.said {
        return last.clone();
    }
    let Looked { world, status, .. } = &visit.looked;
    let mut out = human::headlines(world, status, style);
    let trouble = visit.trouble.as_ref().map(ToString::to_string);
    let changes = Changes { done: &visit.applied, due: &visit.pending, trouble: trouble.as_deref() };
    out.push_str(&human::changes_text(world, status, changes, style));
    if !visit.applied.is_empty() {
        out.push_str(&format!("\n{}\n", verdict(visit)));
    }
    if let Some(ahead) = visit.ahead.as_ref().filter(|ahead| !ahead.plan.changes.is_empty()) {
        out.push_str(&format!("\nWould be changed:\n\n{}", plan::shown(ahead, choice, style)));
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
        count => format!("{} gone, ", words::count(count, "finding")),
    };
    match left {
        0 => format!("Looked again: {gone}nothing is left to do."),
        count => format!("Looked again: {gone}{count} left."),
    }
}

/// What is not part of the report itself.
fn notes(visit: &Visit) -> String {
    let recovered = visit.recovered.as_ref().map(|text| format!("note: {text}\n")).unwrap_or_default();
    let trouble = visit.trouble.as_ref().map(|why| format!("error: not all could be done: {why}\n"));
    let undone: String = visit.undone.iter().map(|line| format!("note: {line}\n")).collect();
    recovered + &undone + &trouble.unwrap_or_default()
}
