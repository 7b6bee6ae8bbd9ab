//! Variables under a name that the gateway does not read.

use crate::catalog::called::var_for;
use crate::catalog::kind::Kind;
use crate::catalog::providers::{PROVIDERS, Provider, find};
use crate::change::advice::{Advice, Command};
use crate::change::proposal::Class;
use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::doc::edit::ops::{Edit, To};
use crate::policy::advice::quoted;
use crate::policy::form::{self, Slot};
use crate::world::env::{Binding, Fate};

pub(super) fn other_name(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for row in PROVIDERS {
        let rescuing = rescuing(case, row.id);
        for misnamed in all(case, row) {
            let rescues = rescuing == Some(misnamed.name);
            told(case, sink, row, &misnamed, rescues);
        }
    }
}

/// A variable under a name that the gateway does not read.
struct Misnamed<'w> {
    name: &'static str,
    /// The one that it reads.
    read: &'static str,
    set: Binding<'w>,
}

/// Those of a provider that are set.
fn all<'w>(case: &CheckInput<'w>, row: &'static Provider) -> impl Iterator<Item = Misnamed<'w>> {
    let world = case.world;
    row.near.iter().filter_map(move |name| {
        let won = |binding: &Binding<'_>| binding.fate == Fate::Wins && !binding.value.is_blank();
        let set = world.env.bindings(name).into_iter().find(won)?;
        let read = var_for(row, set.value.expose())?;
        Some(Misnamed { name, read, set })
    })
}

/// The variable that would make an agent talk that has nothing of this provider, if it had the other name.
pub(in crate::checks) fn rescuing(case: &CheckInput<'_>, provider: &str) -> Option<&'static str> {
    let row = find(provider)?;
    let lacks = case
        .providers()
        .any(|(agent, of)| of.provider == row.id && of.lacks() && agent.needed_by(row.id).next().is_some());
    if !lacks {
        return None;
    }
    let is_good = |misnamed: &Misnamed<'_>| {
        let secret = misnamed.set.value.expose().trim();
        let kind = row.vars.iter().find(|var| var.name == misnamed.read).map_or(Kind::ApiKey, |var| var.kind);
        let flaw = form::judge(secret, Slot::of(case.world, row.id, kind));
        case.world.env.get(misnamed.read).is_none() && !flaw.is_some_and(|flaw| flaw.is_fatal())
    };
    all(case, row).find(is_good).map(|misnamed| misnamed.name)
}

fn told(case: &CheckInput<'_>, sink: &mut Sink<'_>, row: &Provider, misnamed: &Misnamed<'_>, rescues: bool) {
    let (world, Misnamed { name, read, set }) = (case.world, misnamed);
    let draft = sink
        .state(*name, format!("{name} is set, but the gateway reads {read} for {}", row.id))
        .at_most(if rescues { Severity::Error } else { Severity::Info })
        .counts(if rescues { CheckImpact::Broken } else { CheckImpact::No })
        .see(set.doc, set.loc, format!("the gateway reads {read}"));
    let doc = world.doc(set.doc);
    let at = set.loc.and_then(|loc| doc.path_of(loc)).filter(|_| doc.kind.row().ours);
    match at {
        _ if world.env.get(read).is_some() => {
            draft.advise(format!("{read} is set too; keep {name} if another program needs it"))
        }
        Some(at) if rescues => {
            let edit = Edit::value(set.doc, at, To::Rename((*read).to_owned()));
            draft.edit(format!("rename it to {read} in {}", world.doc_name(set.doc)), vec![edit], Class::Fix)
        }
        _ if doc.path.is_none() => {
            let state = quoted(world, &world.paths.state);
            let put = format!(
                "(umask 077; mkdir -p {state}; printf '\\n{read}=%s\\n' \"${name}\" >> {state}/.env)"
            );
            draft.advise(Advice::say("put its value where the gateway reads it: ").run(Command::from(put)))
        }
        _ => draft.advise(format!("set {read} instead, if the gateway should use it")),
    };
}
