//! What this process sees and the bot does not: where a service is the bot, its own environment decides.

use crate::catalog::providers::PROVIDERS;
use crate::config::CredentialSource;
use crate::policy::form::is_useless;
use crate::policy::resolve::{Candidate, Route};
use crate::policy::status::ProviderStatus;
use crate::world::env::{Binding, Fate};
use crate::world::{World, from};

/// The variables that a candidate rests on.
pub(crate) fn variables(world: &World, candidate: &Candidate) -> Vec<String> {
    match candidate.route {
        Route::Env => vec![candidate.name.clone()],
        Route::Profile => match from(world, &candidate.name) {
            CredentialSource::Env(name) => vec![name],
            _ => Vec::new(),
        },
        Route::Config => {
            let loc = candidate.origin.loc;
            loc.and_then(|loc| world.desired.reference(loc)).map(str::to_owned).into_iter().collect()
        }
        Route::Ambient => {
            let ways = PROVIDERS.iter().flat_map(|row| row.ambient);
            let way = ways.into_iter().find(|way| way.label == candidate.name);
            let groups = way.into_iter().flat_map(|way| way.vars.iter().copied().flatten().copied());
            let file = way.and_then(|way| way.file).map(|(var, _)| var);
            groups.chain(file).filter(|name| world.env.is_set(name)).map(str::to_owned).collect()
        }
    }
}

/// The useful value that this process has of a variable of which the bot has one without use: where it stands.
pub(crate) fn better_here<'w>(world: &'w World, name: &str, provider: &str) -> Option<Binding<'w>> {
    let service = world.bot_service()?;
    let useless = service.env.get(name).is_some_and(|value| is_useless(world, (provider, name), value));
    let here = world.env.bindings(name).into_iter().find(|binding| binding.fate == Fate::Wins)?;
    (useless && !here.value.is_blank() && !is_useless(world, (provider, name), here.value)).then_some(here)
}

/// The variables by which this process would use a provider, and which the bot does not see. None where it cannot
/// be told what the bot sees, or where their values are of no use to it.
pub(crate) fn unseen(world: &World, provider: &ProviderStatus) -> Vec<String> {
    let Some(service) = world.bot_service().filter(|service| !service.opaque) else { return Vec::new() };
    let here = provider.here.as_ref().and_then(|here| here.usable());
    let Some(here) = here else { return Vec::new() };
    variables(world, here).into_iter().filter(|name| !service.env.is_set(name)).collect()
}
