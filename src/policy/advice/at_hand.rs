//! What is at hand where what is used is of no use: the value or the name behind it, and how that comes to be used.
//! Pure.

use crate::catalog::documents::DocKind;
use crate::change::advice::Advice;
use crate::config::CredentialSource;
use crate::policy::form::{Sort, is_useless};
use crate::policy::resolve::{Candidate, Resolution, Route, Verdict};
use crate::sys::quote::shell_word;
use crate::world::env::Fate;
use crate::world::{World, from};

/// How what is used and is of no use gives way to what stands behind it and can be used, if anything does.
pub(crate) fn give_way(world: &World, resolution: &Resolution, candidate: &Candidate) -> Option<Advice> {
    let (name, origin) = (&candidate.name, &candidate.origin);
    if candidate.verdict != Verdict::Chosen || candidate.fatal().is_none() {
        return None;
    }
    let next = next_value(world, &resolution.provider, candidate).or_else(|| next_name(world, resolution))?;
    let or = match candidate.flaw.as_ref().is_some_and(|flaw| flaw.sort == Sort::Reference) {
        true => "; or start zirkabot and the gateway with the program that resolves the reference",
        false => "",
    };
    let place = world.doc(origin.doc);
    Some(match candidate.route {
        Route::Env if place.kind == DocKind::ProcessEnv => Advice::command(format!("unset {name}"))
            .then(format!(", and remove it where your shell sets it, so that {next} is used{or}")),
        Route::Env => {
            let place = world.at(origin.doc, origin.loc);
            Advice::say(format!("remove {name} from {place}, so that {next} is used{or}")).at_hand()
        }
        Route::Profile if from(world, name) == CredentialSource::Store => {
            let holder = world.stores.iter().find(|store| store.doc == origin.doc)?;
            let of = match holder.agent == world.desired.default_agent() {
                true => String::new(),
                false => format!(" --agent {}", shell_word(&holder.agent)),
            };
            let remove = world.paths.command(&format!("models auth remove {}{of}", shell_word(name)));
            // It asks before it removes something, so it is no command for a program.
            Advice::say(format!("remove it with `{remove}`, so that {next} is used")).at_hand()
        }
        _ => return None,
    })
}

/// The value that a variable would have without the one that counts, if it is of use: where it stands.
fn next_value(world: &World, provider: &str, candidate: &Candidate) -> Option<String> {
    let bindings = world.bot().env.bindings(&candidate.name);
    let counts = bindings.iter().position(|binding| binding.fate == Fate::Wins)?;
    let (before, rest) = (&bindings[counts], &bindings[counts + 1..]);
    // In a file the last line counts, then the one above it.
    let above = rest.iter().filter(|next| next.doc == before.doc);
    let above = above.max_by_key(|next| next.loc.map(|loc| loc.start));
    let next = above.or_else(|| rest.iter().find(|next| matches!(next.fate, Fate::Shadowed(_))))?;
    let is_good = !next.value.is_blank() && !is_useless(world, (provider, &candidate.name), next.value);
    is_good.then(|| format!("the credential of {}", world.at(next.doc, next.loc)))
}

/// What would be used after what is, if it is of use.
fn next_name(world: &World, resolution: &Resolution) -> Option<String> {
    let waits = |next: &&Candidate| next.verdict == Verdict::Later && next.fatal().is_none();
    let next = resolution.candidates.iter().find(waits)?;
    match next.route {
        Route::Ambient => Some(next.name.clone()),
        _ => Some(format!("{} ({})", next.name, world.at(next.origin.doc, next.origin.loc))),
    }
}
