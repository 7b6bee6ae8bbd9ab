//! Noting what happens many times a day, and has no place in the history.

use crate::change::apply::{self, Target};
use crate::change::plan::{self, Plan};
use crate::change::proposal::Proposal;
use crate::pipeline::{Query, Trouble, promise, world, world_whole};
use crate::sys::{Files, Look, Millis};
use crate::world::World;

/// Carries out requests that nobody is asked about and nobody takes back; why not, if so. They are made
/// anew under the lock. That nothing comes of them is a failure too where it is not known whether
/// there is something to be done.
pub fn note(
    act: &mut dyn Files,
    ask: &Query,
    lock_timeout: Millis,
    proposals: &dyn Fn(&World) -> Vec<Proposal>,
) -> Option<Trouble> {
    let unknown = std::cell::RefCell::new(None);
    let trouble = note_any(act, ask, lock_timeout, &|world| {
        let proposals = proposals(world);
        *unknown.borrow_mut() = promise::unknown(world, &proposals);
        proposals
    });
    trouble.or(unknown.into_inner())
}

/// As [`note`], for who looks himself whether it is done.
pub(super) fn note_any(
    act: &mut dyn Files,
    ask: &Query,
    lock_timeout: Millis,
    proposals: &dyn Fn(&World) -> Vec<Proposal>,
) -> Option<Trouble> {
    let first = world_whole(act, ask);
    let (expected, _) = plan::plan(&first.docs, &proposals(&first));
    let target =
        Target { state_dir: first.paths.state.clone(), lock_timeout, command: act.host().command.clone() };
    let mut trouble = None;
    let make = &mut |reader: &dyn Look| {
        let world = world(reader, ask);
        let proposals = proposals(&world);
        let (plan, blocked) = plan::plan(&world.docs, &proposals);
        match blocked.first() {
            Some(blocked) => {
                let name = world.doc_name(blocked.doc);
                trouble = Some(Trouble::Blocked(format!("{name}: {}", blocked.why)));
                Plan::default()
            }
            None => plan,
        }
    };
    let noted = apply::unjournaled::note(act, &target, &expected, make);
    noted.err().map(Trouble::Apply).or(trouble)
}
