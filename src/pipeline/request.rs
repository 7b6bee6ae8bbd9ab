//! Carrying out what a person asked for: bring things up to date, plan the request to its end, show
//! it or do it, and look again.

use crate::change::apply::ApplyFault;
use crate::change::plan::{self, Plan};
use crate::change::preview::Overlay;
use crate::change::proposal::{Class, Proposals, Refusal};
use crate::checks::finding::{Finding, Severity};
use crate::pipeline::{
    Done, Looked, Query, Trouble, carry_out, is_fresh, look, look_whole, promise, sync_due,
};
use crate::sys::{Act, Look, Millis};
use crate::world::World;
use std::collections::BTreeMap;

/// Most rounds: one edit may make way for another, as a new table for what goes into it.
const ROUNDS: usize = 4;

/// How often a refusal is doubted while stores are being written.
const WHOLE_LOOKS: usize = 5;

/// How often it is begun anew if files that decide something have changed.
const TRIES: usize = 3;

/// What is asked for, given how things are.
pub type Intent<'a> = dyn Fn(&World) -> Proposals + 'a;

/// A request, planned.
#[derive(Debug)]
pub struct PlannedRequest {
    /// How things are.
    pub now: Looked,
    /// What would be changed.
    pub plan: Plan,
    /// How things would be after that; `None` if nothing would be changed.
    pub then: Option<Looked>,
}

impl PlannedRequest {
    /// How things are in the end.
    pub fn last(&self) -> &Looked {
        self.then.as_ref().unwrap_or(&self.now)
    }
}

/// A request, carried out.
#[derive(Debug)]
pub struct CarriedOut {
    /// How things are now.
    pub looked: Looked,
    /// What came of it.
    pub done: Done,
    /// What was brought up to date before, one line each.
    pub synced: Vec<String>,
}

/// What the request would change, on top of what is due. Nothing is written. What would leave the config
/// worse than it is is refused.
///
/// # Errors
/// [`Trouble::Refused`] or [`Trouble::Blocked`].
pub fn plan_request(reader: &dyn Look, ask: &Query, request: &Intent<'_>) -> Result<PlannedRequest, Trouble> {
    let now = look(reader, ask);
    if let Some(database) = &now.world.paths.database {
        let (program, database) = (now.world.paths.layout.program, database.clone());
        return Err(Trouble::Apply(ApplyFault::NotOurHome { program, database }));
    }
    let (due, _) = crate::pipeline::ahead::due(&now, &crate::checks::choice::Choice::AUTO);
    let mut planned = PlannedRequest { now, plan: due, then: None };
    if !planned.plan.changes.is_empty() {
        planned.then = Some(look(&Overlay::new(reader, &planned.plan), ask));
    }
    for round in 0..ROUNDS {
        let looked = planned.last();
        let proposals = match request(&looked.world) {
            Ok(proposals) => proposals,
            // It is as it should be: what was to go is not there any more.
            Err(_) if round > 0 => break,
            Err(refusal) => return Err(Trouble::Refused(refusal)),
        };
        let (next, blocked) = plan::plan(&looked.world.docs, &proposals);
        if let Some(blocked) = blocked.first() {
            let name = looked.world.doc_name(blocked.doc);
            return Err(Trouble::Blocked(format!("{name}: {}", blocked.why)));
        }
        if next.changes.is_empty() {
            // Broken is not empty.
            if round == 0
                && let Some(trouble) = promise::unknown(&looked.world, &proposals)
            {
                return Err(trouble);
            }
            break;
        }
        planned.plan = planned.plan.then(next);
        planned.then = Some(look(&Overlay::new(reader, &planned.plan), ask));
    }
    match planned.then.as_ref().and_then(|then| worse(&planned.now, then)) {
        Some(refusal) => Err(Trouble::Refused(refusal)),
        None => Ok(planned),
    }
}

/// No request may leave the config worse than it was: with more that is wrong of one kind, or with
/// what the next look would change again at once.
fn worse(now: &Looked, then: &Looked) -> Option<Refusal> {
    let of_config = |finding: &&Finding| finding.is_of("config");
    let wrong = |finding: &&Finding| of_config(finding) && finding.severity > Severity::Info;
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    now.findings.iter().filter(wrong).for_each(|finding| *count.entry(finding.rule.code).or_default() += 1);
    for finding in then.findings.iter().filter(wrong) {
        match count.get_mut(finding.rule.code).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => return Some(refusal(now, then, finding.rule.code)),
        }
    }
    let again = |finding: &&Finding| of_config(finding) && finding.repair_up_to(Class::Auto).is_some();
    let undone = then.findings.iter().find(again)?;
    let why = format!("the next command would change it again: {}", undone.message);
    Some(Refusal::state(why).code(undone.rule.code))
}

/// Why it is refused: what of this code is new.
fn refusal(now: &Looked, then: &Looked, code: &'static str) -> Refusal {
    let of_code = |finding: &&Finding| finding.rule.code == code;
    let is_new =
        |finding: &&Finding| now.findings.iter().filter(of_code).all(|old| old.message != finding.message);
    let new = then.findings.iter().filter(of_code).find(is_new);
    let what = new.map_or_else(|| code.to_owned(), |finding| finding.message.clone());
    let refusal = Refusal::state(format!("that would make the config invalid: {what}")).code(code);
    // A place in a file that is not written yet is no help.
    let advice = match code {
        "config/schema" => Some("set the complete table at once, as JSON".into()),
        "config/missing-variable" => new.and_then(|finding| finding.advice.clone()),
        _ => None,
    };
    match advice {
        Some(advice) => refusal.help(advice),
        None => refusal,
    }
}

/// [`plan_request`], and again if it is refused while somebody is writing a store: what was refused because
/// of a torn file is asked again when it is whole.
fn plan_whole(act: &mut dyn Act, ask: &Query, request: &Intent<'_>) -> Result<PlannedRequest, Trouble> {
    for _ in 0..WHOLE_LOOKS {
        let planned = plan_request(act.as_look(), ask, request);
        if planned.is_ok() {
            return planned;
        }
        let world = look_whole(act, ask).world;
        if !is_fresh(act, &world) {
            return planned;
        }
    }
    plan_request(act.as_look(), ask, request)
}

/// Brings things up to date, carries out the request, and looks again. What is due has an entry of
/// its own in the history, so that taking back the request takes back nothing else.
///
/// # Errors
/// [`Trouble::Refused`] or [`Trouble::Blocked`]: nothing was changed for the request.
pub fn carry_out_request(
    act: &mut dyn Act,
    ask: &Query,
    lock_timeout: Millis,
    request: &Intent<'_>,
) -> Result<CarriedOut, Trouble> {
    for _ in 1..TRIES {
        match try_request(act, ask, lock_timeout, request) {
            Err(Trouble::Stale(_)) => {}
            done => return done,
        }
    }
    try_request(act, ask, lock_timeout, request)
}

fn try_request(
    act: &mut dyn Act,
    ask: &Query,
    lock_timeout: Millis,
    request: &Intent<'_>,
) -> Result<CarriedOut, Trouble> {
    // Refused before anything at all is written.
    let planned = plan_whole(act, ask, request)?;
    let state = planned.now.world.paths.state.clone();
    let settled = sync_due(act, ask, lock_timeout);
    // What is due has been done; if that is all, there is nothing to lock for.
    let again = plan_whole(act, ask, request)?;
    let promised = again.plan;
    // Two looks see the same, but for what was done between them: of a file that one of them missed, it is not known.
    if let Some(trouble) = promise::broken(&again.now.world, &planned.plan, &promised) {
        return Err(trouble);
    }
    if promised.changes.is_empty() {
        let done = Done { recovered: settled.recovered, trouble: settled.trouble, ..Done::default() };
        return Ok(CarriedOut { looked: settled.looked, done, synced: settled.applied });
    }
    let mut done = carry_out(act, &state, lock_timeout, &promised, &mut |reader| {
        let planned = plan_request(reader, ask, request)?;
        match promise::broken(&planned.now.world, &promised, &planned.plan) {
            Some(trouble) => Err(trouble),
            None => Ok(planned.plan),
        }
    });
    let is_refused = |trouble: &mut Trouble| !matches!(trouble, Trouble::Apply(_));
    if let Some(refused) = done.trouble.take_if(is_refused) {
        return Err(refused);
    }
    done.recovered = settled.recovered.or(done.recovered);
    Ok(CarriedOut { looked: look(act.as_look(), ask), done, synced: settled.applied })
}
