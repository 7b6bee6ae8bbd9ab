//! Stores that cannot be read, whole or in part. What they hold is for family `credential`.

use crate::change::advice::{Advice, Command};
use crate::checks::files::access::readable;
use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::doc::State;
use crate::policy::advice::quoted;
use crate::sys::Fault;
use crate::world::actual::{Held, Misnamed, Store, is_store};

pub(crate) fn corrupt(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for store in &world.stores {
        let doc = world.doc(store.doc);
        let name = world.doc_name(store.doc);
        let in_scope = world.scope.contains(&store.agent);
        let counts = if in_scope { CheckImpact::Broken } else { CheckImpact::No };
        match &doc.state {
            State::Absent => {}
            State::Parsed => {
                if !is_store(doc) {
                    sink.state(&name, format!("{name} has no table `profiles`"))
                        .agent(&store.agent)
                        .see(doc.id, doc.root.as_ref().map(|root| root.loc), "no `profiles`")
                        .advise(restore(case, &name))
                        .counts(counts);
                }
                broken_records(store, sink);
            }
            state => {
                let loc = match state {
                    State::Unparsable(faults) => {
                        faults.first().map(|fault| crate::doc::Loc::new(doc.id, fault.span.clone()))
                    }
                    _ => None,
                };
                let draft = sink
                    .state(&name, format!("{name} {}", state.in_words()))
                    .agent(&store.agent)
                    .see(doc.id, loc, "here")
                    .counts(counts);
                match state {
                    State::Unreadable(Fault::Denied) => readable(world, draft, doc),
                    _ => draft.advise(restore(case, &name)),
                };
            }
        }
    }
}

fn restore(case: &CheckInput<'_>, name: &str) -> Advice {
    if case.world.paths.database.is_some() {
        return Advice::command(format!("{} doctor", case.world.paths.layout.program));
    }
    let backups = quoted(case.world, &case.world.paths.backups());
    Advice::say(format!("correct {name} by hand, or restore it from a copy: "))
        .run(Command::look(format!("ls -t {backups}")))
        .then(" lists zirkabot's backups")
}

/// Records that hold no credential that we know: kept, and said.
fn broken_records(store: &Store, sink: &mut Sink<'_>) {
    for stored in &store.profiles {
        let (what, loc) = match stored.held {
            Held::UnknownType(loc) => ("an unknown type of credential", loc),
            Held::Broken(loc) => ("no readable record", loc),
            Held::Credential(_) => continue,
        };
        // `credential/misnamed-field` says what it is, and mends it.
        let mends = |field: &Misnamed| match stored.held {
            Held::UnknownType(_) => field.reads == "type",
            _ => field.is_vital(),
        };
        if stored.misnamed.iter().any(mends) {
            continue;
        }
        sink.state(&stored.id, format!("profile {} has {what}; it is kept but not used", stored.id))
            .at_most(Severity::Warning)
            .agent(&store.agent)
            .see(store.doc, Some(loc), "kept as it is")
            .advise("correct or remove the record");
    }
}
