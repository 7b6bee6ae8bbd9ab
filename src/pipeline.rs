//! The way from the world to its status and findings, in one place for all verbs.
//!
//! ```text
//! observe ─► World ─► status ─► checks ─► findings ─► plan (auto) ─┬─► apply ───► look again
//!                                                                 └─► preview ─► look again
//! ```
//! A dry run differs from a real one only in its last step: it looks at how things would be.
//!
//! Invariant: here is decided what comes after what, what is told when, and that no request leaves the
//! config worse; what is right is for the rooms below. No report is formatted here.

mod ahead;
mod exchange;
pub mod monitor;
mod note;
pub(crate) mod notify;
pub mod open;
pub(crate) mod probe;
pub mod promise;
mod refresh;
mod repair;
mod request;
pub(crate) mod serving;

use crate::catalog::documents::DocKind;
use crate::change::apply::{self, ApplyFault, Target};
use crate::change::plan::Plan;
use crate::change::preview::Overlay;
use crate::change::proposal::{Class, Refusal};
use crate::checks;
use crate::checks::choice::Choice;
use crate::checks::finding::{Evidence, Finding};
use crate::doc::State;
pub use crate::pipeline::ahead::due;
pub use crate::pipeline::ahead::{Ahead, ahead, ahead_of, is_same};
pub use crate::pipeline::exchange::NotExchanged;
pub(crate) use crate::pipeline::exchange::exchanged;
pub use crate::pipeline::note::note;
pub use crate::pipeline::refresh::{Limits, Refreshed, RenewalOutcome, is_unfinished, refresh};
pub use crate::pipeline::repair::{Done, carry_out};
pub use crate::pipeline::request::{CarriedOut, Intent, PlannedRequest, carry_out_request, plan_request};
use crate::policy::status::{self, Options, Status};
use crate::policy::targets::ExportJob;
use crate::sys::{Act, Files, Look, Millis};
use crate::world::World;
use crate::world::observe::open::is_kept;
use crate::world::observe::{self as sources, Agents, Depth, exports};

/// How often a store is looked at again that is just being written.
const TORN_LOOKS: usize = 25;

/// Milliseconds between two such looks.
const TORN_PAUSE: u64 = 10;

/// Age in milliseconds up to which a broken store may be one that is just being written.
const JUST_NOW: Millis = 1_000;

/// What a command wants to know.
#[derive(Clone, Debug)]
pub struct Query {
    /// About which agents.
    pub agents: Agents,
    /// `--profile`.
    pub profile: Option<String>,
    /// How far to look.
    pub depth: Depth,
    /// Options of the status.
    pub options: Options,
    /// `--trust-cwd`: `./.env` gives keys of providers.
    pub trusts_cwd: bool,
    /// What is to be exported: the files into which it goes are looked at too.
    pub export: Option<ExportJob>,
}

/// The world with what follows from it.
#[derive(Debug)]
pub struct Looked {
    /// What was observed.
    pub world: World,
    /// What follows for each agent.
    pub status: Status,
    /// What matters, worst first.
    pub findings: Vec<Finding>,
}

/// What came of bringing things up to date.
#[derive(Debug)]
pub struct Synced {
    /// How things are now; in a dry run, how they would be.
    pub looked: Looked,
    /// What was changed, one line each; empty in a dry run.
    pub applied: Vec<String>,
    /// What a dry run would change, one line each.
    pub pending: Vec<String>,
    /// Why something could not be changed, if so.
    pub trouble: Option<Trouble>,
    /// What an interrupted run had left behind and is now in order.
    pub recovered: Option<String>,
}

/// Why something could not be changed.
#[derive(Debug)]
pub enum Trouble {
    /// Writing failed.
    Apply(ApplyFault),
    /// A file cannot be edited safely, in words.
    Blocked(String),
    /// What is to be done is not what was shown, in words.
    Stale(String),
    /// What was asked for is not to be done.
    Refused(Refusal),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Apply(fault @ (ApplyFault::LockBusy { .. } | ApplyFault::StoreBusy { .. })) => {
                write!(f, "{fault}; try again, or wait longer with --lock-timeout")
            }
            Self::Apply(fault) => write!(f, "{fault}"),
            Self::Blocked(why) | Self::Stale(why) => f.write_str(why),
            Self::Refused(refusal) => f.write_str(&refusal.why),
        }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What is, without what follows from it.
pub fn world(look: &dyn Look, ask: &Query) -> World {
    let mut world = sources::observe(look, &ask.agents, ask.profile.as_deref(), ask.depth, ask.trusts_cwd);
    if let Some(job) = &ask.export {
        let place = job.place(&world);
        exports::observe(look, &mut world, &place);
    }
    world
}

/// Looks, without changing anything.
pub fn look(look: &dyn Look, ask: &Query) -> Looked {
    judged(world(look, ask), ask)
}

fn judged(world: World, ask: &Query) -> Looked {
    let status = status::of(&world, &ask.options);
    let findings = checks::check(&world, &status);
    Looked { world, status, findings }
}

/// Looks, and again for a moment if somebody is in the middle of writing a store.
fn look_whole(act: &mut dyn Files, ask: &Query) -> Looked {
    judged(world_whole(act, ask), ask)
}

/// The same without what follows from it.
fn world_whole(act: &mut dyn Files, ask: &Query) -> World {
    let mut seen = world(act, ask);
    for _ in 0..TORN_LOOKS {
        if !is_being_written(act.clock(), &seen) {
            break;
        }
        act.pause(TORN_PAUSE);
        seen = world(act, ask);
    }
    seen
}

/// How things are for who is given something, if nothing has to be done first.
pub(crate) fn settled(reader: &dyn Look, ask: &Query, world: World) -> Option<Looked> {
    let looked = judged(world, ask);
    let is_whole = |doc: &crate::doc::Doc| matches!(doc.state, State::Parsed | State::Absent);
    let is_settled = looked.world.docs.iter().all(is_whole)
        && due(&looked, &Choice::AUTO).0.changes.is_empty()
        && !apply::is_unfinished(reader, &looked.world.paths.state);
    is_settled.then_some(looked)
}

/// Whether a store is broken because somebody is writing it, as far as can be seen.
fn is_being_written(now: Millis, world: &World) -> bool {
    let is_torn = |doc: &crate::doc::Doc| matches!(doc.state, State::Unparsable(_)) && is_new(now, doc);
    world.docs.iter().any(is_torn)
}

/// Whether a store was written just now, so that it may have been seen torn a moment ago.
fn is_fresh(act: &dyn Files, world: &World) -> bool {
    world.docs.iter().any(|doc| is_new(act.clock(), doc))
}

fn is_new(now: Millis, doc: &crate::doc::Doc) -> bool {
    let age = doc.stat.map(|stat| now.saturating_sub(stat.mtime));
    matches!(doc.kind, DocKind::Store | DocKind::Sessions) && age.is_some_and(|age| age < JUST_NOW)
}

/// Looks at how things would be if what is due were done. Makes no mutating system call.
pub fn preview(reader: &dyn Look, ask: &Query) -> Synced {
    let first = look(reader, ask);
    let (mut plan, blocked) = due(&first, &Choice::AUTO);
    let pending = reasons(&plan);
    // What could not be written would not be so.
    plan.changes.retain(|change| may_write(reader, &change.path));
    let trouble = blocked.into_iter().next().map(Trouble::Blocked);
    let looked = if plan.changes.is_empty() { first } else { overlaid(reader, ask, &first, &plan) };
    Synced { looked, applied: Vec::new(), pending, trouble, recovered: None }
}

/// Does what is due, and looks again.
///
/// That nothing came of it although it is still due is no success: a read may have failed under the lock.
pub fn sync_due(act: &mut dyn Act, ask: &Query, lock_timeout: Millis) -> Synced {
    let (synced, was_due) = sync_once(act, ask, lock_timeout);
    if !was_due || !came_to_nothing(&synced) {
        return synced;
    }
    let (again, was_due) = sync_once(act, ask, lock_timeout);
    if !was_due || !came_to_nothing(&again) {
        return again;
    }
    let pending = reasons(&due(&again.looked, &Choice::AUTO).0);
    let why = "pending changes were not made, because a file could not be read; try again".to_owned();
    Synced { pending, trouble: Some(Trouble::Stale(why)), ..again }
}

/// Whether nothing was changed, and nothing is wrong, but something is due all the same.
fn came_to_nothing(synced: &Synced) -> bool {
    let is_quiet = synced.applied.is_empty() && synced.trouble.is_none();
    is_quiet && !due(&synced.looked, &Choice::AUTO).0.changes.is_empty()
}

/// Does what is due, once; and whether anything was.
fn sync_once(act: &mut dyn Act, ask: &Query, lock_timeout: Millis) -> (Synced, bool) {
    let first = look_whole(act, ask);
    let (plan, blocked) = due(&first, &Choice::AUTO);
    let trouble = blocked.into_iter().next().map(Trouble::Blocked);
    let unchanged =
        |looked| Synced { looked, applied: Vec::new(), pending: Vec::new(), trouble, recovered: None };
    let target = Target {
        state_dir: first.world.paths.state.clone(),
        lock_timeout,
        command: act.host().command.clone(),
    };
    if plan.changes.is_empty() {
        if !apply::is_unfinished(act.as_look(), &target.state_dir) {
            return (unchanged(first), false);
        }
        // A fault here hinders nothing: whoever writes next tries again, and waits for the lock.
        let recovered = apply::finish(act, &target).ok().flatten().map(|recovered| recovered.to_string());
        return (Synced { recovered, ..unchanged(look(act.as_look(), ask)) }, false);
    }
    let mut applied = Vec::new();
    let done = apply::apply_holding(act, &target, &plan, &mut |reader| {
        let (plan, _) = due(&look(reader, ask), &Choice::AUTO);
        applied = reasons(&plan);
        plan
    });
    let synced = match done {
        Ok(receipt) => match receipt.failure() {
            None => {
                let recovered = receipt.recovered.map(|recovered| recovered.to_string());
                Synced { applied, recovered, ..unchanged(look(act.as_look(), ask)) }
            }
            Some(fault) => failed(act.as_look(), ask, fault.clone()),
        },
        Err(fault) => failed(act.as_look(), ask, fault),
    };
    (synced, true)
}

/// Whether the directory in which a file is replaced may be written, as far as mode and owner
/// tell; the nearest one that is there counts.
fn may_write(reader: &dyn Look, path: &std::path::Path) -> bool {
    let target = reader.resolve(path);
    if is_kept(reader, &target) {
        return false;
    }
    let dirs = target.ancestors().skip(1).find_map(|dir| reader.stat(dir));
    dirs.is_some_and(|stat| stat.may_write(reader.host().uid))
}

/// What is due could not be done: how things are, and why they stay so.
fn failed(reader: &dyn Look, ask: &Query, fault: ApplyFault) -> Synced {
    let looked = look(reader, ask);
    let pending = reasons(&due(&looked, &Choice::AUTO).0);
    Synced { looked, applied: Vec::new(), pending, trouble: Some(Trouble::Apply(fault)), recovered: None }
}

fn reasons(plan: &Plan) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for reason in plan.changes.iter().flat_map(|change| &change.reasons) {
        if !lines.contains(&reason.what) {
            lines.push(reason.what.clone());
        }
    }
    lines
}

/// How things would be, with the findings that say what is due kept.
fn overlaid(reader: &dyn Look, ask: &Query, first: &Looked, plan: &Plan) -> Looked {
    let mut second = look(&Overlay::new(reader, plan), ask);
    let due = first.findings.iter().filter(|finding| finding.repair_up_to(Class::Auto).is_some());
    let kept: Vec<_> = due.map(|finding| moved(finding, &first.world, &second.world)).collect();
    second.findings.extend(kept);
    second
}

/// The finding with its places in the other world's documents.
fn moved(finding: &Finding, from: &World, to: &World) -> Finding {
    let place = |evidence: &Evidence| {
        let old = from.doc(evidence.doc);
        let new = to.docs.iter().find(|doc| doc.kind == old.kind && doc.path == old.path)?;
        // In a changed text the bytes stand elsewhere.
        let loc = evidence.loc.filter(|_| new.text == old.text);
        let loc = loc.map(|loc| crate::doc::Loc { doc: new.id, ..loc });
        Some(Evidence { doc: new.id, loc, label: evidence.label.clone() })
    };
    Finding { evidence: finding.evidence.iter().filter_map(place).collect(), ..finding.clone() }
}
