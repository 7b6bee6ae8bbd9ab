//! What a run would lead to: the plan of all repairs that are wanted, and those that these make
//! possible, until nothing is left to be done. Nothing is written.

use crate::change::plan::{Change, Plan};
use crate::change::preview::Overlay;
use crate::checks::choice::Choice;
use crate::pipeline::{Looked, Query, look};
use crate::sys::Look;

/// Most rounds: one repair may make way for another, as a moved store for its profiles.
const ROUNDS: usize = 8;

/// A plan, with how things are and how they would be.
#[derive(Debug)]
pub struct Ahead {
    /// How things are.
    pub now: Looked,
    /// What would be changed.
    pub plan: Plan,
    /// How things would be after that; `None` if nothing would be changed.
    pub then: Option<Looked>,
    /// What is wanted but cannot be done safely, one sentence each.
    pub blocked: Vec<String>,
}

impl Ahead {
    /// How things are in the end.
    pub fn last(&self) -> &Looked {
        self.then.as_ref().unwrap_or(&self.now)
    }
}

/// Plans all that `choice` wants.
pub fn ahead(reader: &dyn Look, ask: &Query, choice: &Choice) -> Ahead {
    ahead_of(reader, ask, look(reader, ask), choice)
}

/// As [`ahead`], from a look that was taken already.
pub fn ahead_of(reader: &dyn Look, ask: &Query, now: Looked, choice: &Choice) -> Ahead {
    let (mut plan, mut blocked) = due(&now, choice);
    let mut then = None;
    if !plan.changes.is_empty() {
        for _ in 1..ROUNDS {
            let looked = look(&Overlay::new(reader, &plan), ask);
            let (next, refused) = due(&looked, choice);
            then = Some(looked);
            blocked.extend(refused.into_iter().filter(|why| !blocked.contains(why)).collect::<Vec<_>>());
            if next.changes.is_empty() {
                break;
            }
            plan = plan.then(next);
        }
    }
    Ahead { now, plan, then, blocked }
}

/// What is wanted of what was seen. Without the config it is not known what is meant, so nothing is.
pub fn due(looked: &Looked, choice: &Choice) -> (Plan, Vec<String>) {
    if !looked.world.config_is_known() {
        return (Plan::default(), Vec::new());
    }
    let (plan, blocked) = crate::checks::choice::plan(&looked.world, &looked.findings, choice);
    let blocked =
        blocked.into_iter().map(|blocked| format!("{}: {}", looked.world.doc_name(blocked.doc), blocked.why));
    (plan, blocked.collect())
}

/// Whether two plans do the same to the same files, found in the same state.
pub fn is_same(one: &Plan, other: &Plan) -> bool {
    let alike = |(one, other): (&Change, &Change)| {
        one.path == other.path
            && one.precondition.is_same(&other.precondition)
            && one.mode == other.mode
            && one.action == other.action
    };
    one.changes.len() == other.changes.len() && one.changes.iter().zip(&other.changes).all(alike)
}
