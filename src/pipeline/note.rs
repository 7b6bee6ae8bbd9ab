//! Noting what happens many times a day, and has no place in the history.

use crate::change::apply::{self, Target};
use crate::change::plan::{self, Plan};
use crate::change::proposal::Proposal;
use crate::pipeline::{Query, Trouble, look};
use crate::sys::{Files, Look, Millis};
use crate::world::World;

/// Carries out requests that nobody is asked about and nobody takes back; why not, if so. They are made
/// anew under the lock.
pub fn note(
    act: &mut dyn Files,
    ask: &Query,
    lock_timeout: Millis,
    proposals: &dyn Fn(&World) -> Vec<Proposal>,
) -> Option<Trouble> {
    let first = look(act, ask).world;
    let target =
        Target { state_dir: first.paths.state.clone(), lock_timeout, command: act.host().command.clone() };
    let mut trouble = None;
    let make = &mut |reader: &dyn Look| {
        let world = look(reader, ask).world;
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
    let noted = apply::unjournaled::note(act, &target, make);
    noted.err().map(Trouble::Apply).or(trouble)
}
