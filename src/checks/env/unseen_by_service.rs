//! What is used here and not seen by the gateway's service.

use crate::catalog::documents::DocKind;
use crate::catalog::providers::{self, PROVIDERS};
use crate::change::advice::Advice;
use crate::change::proposal::Class;
use crate::checks::finding::{CheckInput, Severity, Sink};
use crate::config::CredentialSource;
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::policy::resolve::others::ambient_ways;
use crate::policy::resolve::{Candidate, Route, Verdict};
use crate::policy::status::ProviderStatus;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::env::{Binding, Env, Fate};
use crate::world::observe::service::Service;
use crate::world::observe::survey::ambient_file;
use std::collections::BTreeSet;

pub(super) fn unseen_by_service(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    // Where the service may get more than can be seen from here, nothing can be said.
    let Some(service) = case.world.service.as_ref().filter(|service| !service.opaque) else { return };
    let mut told = BTreeSet::new();
    for (_, provider) in case.providers().filter(|(_, provider)| provider.relevant) {
        let Some(chosen) = provider.resolution.chosen() else { continue };
        for name in variables(case.world, chosen) {
            if service.env.is_set(&name) || !told.insert(name.clone()) {
                continue;
            }
            if let Some(here) = winner(&case.world.env, &name) {
                state(case.world, service, provider, &here, &name, sink);
            }
        }
    }
}

fn state(
    world: &World,
    service: &Service,
    provider: &ProviderStatus,
    here: &Binding<'_>,
    name: &str,
    sink: &mut Sink<'_>,
) {
    let place = match world.doc(here.doc).path {
        Some(_) => world.doc_name(here.doc),
        None => format!("the {}", world.doc_name(here.doc)),
    };
    let id = &provider.provider;
    let served = serves(world, service, provider);
    let (limit, rest) = match served {
        true => (Severity::Warning, format!(" and uses something else for {id}")),
        false => (Severity::Error, format!(" and has nothing for {id}")),
    };
    let message = format!("{name} is set in {place}, but {} does not see it{rest}", service.name);
    let blank = winner(&service.env, name);
    let draft = sink.state(name, message).at_most(limit).see(here.doc, here.loc, "seen here only").see(
        blank.as_ref().map_or(service.doc, |blank| blank.doc),
        blank.as_ref().and_then(|blank| blank.loc),
        if blank.is_some() { "empty for the service" } else { "the service" },
    );
    let credential = service.credentials.iter().find(|credential| credential.name == name);
    let draft = match credential {
        Some(credential) => draft.see(
            credential.loc.doc,
            Some(credential.loc),
            "handed on as a file, which the gateway does not read",
        ),
        None => draft,
    };
    let dotenv = world.doc_name(service.dotenv);
    match blank.filter(|blank| comes_first(world, service, blank)) {
        // What is set, even to nothing, keeps a `.env` file from setting it.
        Some(blank) => {
            let held = service.env.bindings(name).iter().any(|binding| binding.doc == service.dotenv);
            let put = if held { String::new() } else { format!("put {name} into {dotenv}, ") };
            draft.advise(empty_out(world, name, &blank, &format!(", {put}then restart the service")))
        }
        None if !world.doc(service.dotenv).kind.row().ours => {
            draft.advise(format!("put {name} into {dotenv}, then restart the service"))
        }
        None => {
            let value = Secret::from(here.value.expose().trim());
            let to = To::Set(Draft::String(value));
            let edit = Edit::value(service.dotenv, KeyPath::of(&[name]), to);
            draft.edit(format!("put {name} into {dotenv}"), vec![edit], Class::Fix)
        }
    };
}

fn winner<'e>(env: &'e Env, name: &str) -> Option<Binding<'e>> {
    env.bindings(name).into_iter().find(|binding| binding.fate == Fate::Wins)
}

/// The variables that a candidate rests on.
fn variables(world: &World, candidate: &Candidate) -> Vec<String> {
    match candidate.route {
        Route::Env => vec![candidate.name.clone()],
        Route::Profile => match crate::world::from(world, &candidate.name) {
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

/// Whether the service has anything for the provider: a stored profile, another variable, the
/// surroundings, or a key in the config.
fn serves(world: &World, service: &Service, provider: &ProviderStatus) -> bool {
    let id = provider.provider.as_str();
    let stored = provider.resolution.by(Route::Profile).any(|profile| {
        matches!(profile.verdict, Verdict::Chosen | Verdict::Later)
            && variables(world, profile).iter().all(|name| service.env.is_set(name))
    });
    let variable = providers::vars(id).iter().any(|var| service.env.is_set(var.name));
    let own = service.desired.provider(id);
    let key = own.and_then(|own| own.api_key.as_ref()).is_some_and(|(key, _)| !key.is_blank());
    let ambient = ambient_ways(&service.desired, id).iter().any(|way| {
        let vars = way.vars.iter().all(|group| group.iter().any(|name| service.env.is_set(name)));
        let file = way.file.map(|(var, place)| ambient_file(&service.paths, &service.env, var, place));
        vars && file.is_none_or(|file| world.present.contains(&file))
    });
    stored || variable || key || ambient
}

/// Whether an empty value stands before `$STATE/.env`.
fn comes_first(world: &World, service: &Service, blank: &Binding<'_>) -> bool {
    let before = [
        DocKind::Unit,
        DocKind::UnitEnv,
        DocKind::Plist,
        DocKind::Manager,
        DocKind::ServiceDotenv,
        DocKind::CwdDotenv,
    ];
    blank.doc != service.dotenv && before.contains(&world.doc(blank.doc).kind)
}

/// How an empty variable is taken away, and what comes then.
fn empty_out(world: &World, name: &str, blank: &Binding<'_>, rest: &str) -> Advice {
    match world.doc(blank.doc).kind {
        DocKind::Manager => {
            Advice::say("run ").run(format!("systemctl --user unset-environment {name}")).then(rest)
        }
        _ => format!("take the empty {name} out of {}{rest}", world.doc_name(blank.doc)).into(),
    }
}
