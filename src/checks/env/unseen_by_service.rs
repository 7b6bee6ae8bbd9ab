//! What is used here and not seen by the gateway's service.

use crate::catalog::documents::DocKind;
use crate::change::advice::Advice;
use crate::change::proposal::Class;
use crate::checks::finding::{CheckImpact, CheckInput, FindingDraft, Severity, Sink};
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::policy::status::ProviderStatus;
use crate::policy::views;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::env::{Binding, Env, Fate};
use crate::world::observe::service::Service;
use std::collections::BTreeSet;
use std::path::PathBuf;

pub(super) fn unseen_by_service(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some(service) = case.world.bot_service() else { return };
    let mut told = BTreeSet::new();
    for (_, provider) in case.providers().filter(|(_, provider)| provider.relevant) {
        for name in views::unseen(case.world, provider) {
            if !told.insert(name.clone()) {
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
    let served = provider.is_usable();
    let (limit, rest) = match served {
        true => (Severity::Warning, format!(" and uses something else for {id}")),
        false => (Severity::Error, format!(" and has nothing for {id}")),
    };
    let message = format!("{name} is set in {place}, but {} does not see it{rest}", service.name);
    let blank = winner(&service.env, name);
    let counts = if served { CheckImpact::No } else { CheckImpact::Broken };
    let draft = sink
        .state(name, message)
        .at_most(limit)
        .counts(counts)
        .see(here.doc, here.loc, "seen here only")
        .see(
            blank.as_ref().map_or(service.doc, |blank| blank.doc),
            blank.as_ref().and_then(|blank| blank.loc),
            if blank.is_some() { "empty for the service" } else { "the service" },
        );
    let credential = service.credentials.iter().find(|credential| credential.name == name);
    let not_read = service.why_not_read();
    let draft = match credential {
        Some(credential) => {
            draft.see(credential.loc.doc, Some(credential.loc), format!("passed as a file, {not_read}"))
        }
        None => draft,
    };
    let blank = blank.filter(|blank| comes_first(world, service, blank));
    mend(draft, (world, service), here, name, blank);
}

/// How the service comes to see a variable: by hand where something stands in the way, else by a repair.
fn mend(
    draft: FindingDraft<'_>,
    (world, service): (&World, &Service),
    here: &Binding<'_>,
    name: &str,
    blank: Option<Binding<'_>>,
) {
    let dotenv = world.doc_name(service.dotenv);
    let handed_by = service.handed_by.as_ref().filter(|_| world.doc(here.doc).path.is_none());
    match blank {
        // What is set, even to nothing, keeps a `.env` file from setting it.
        Some(blank) => {
            let held = service.env.bindings(name).iter().any(|binding| binding.doc == service.dotenv);
            let put = if held { String::new() } else { format!("add {name} to {dotenv}, ") };
            draft.advise(empty_out(world, name, &blank, &format!(", {put}then restart the service")))
        }
        // What a program for secrets hands over is not for the disk.
        None if handed_by.is_some() => {
            let program = handed_by.map(String::as_str).unwrap_or_default();
            draft.advise(format!("start {} through `{program}` too, like this shell", service.name))
        }
        None if !world.doc(service.dotenv).kind.row().ours => {
            draft.advise(format!("add {name} to {dotenv}, then restart the service"))
        }
        None => {
            let (name, value) = named_file(world, service, here, name)
                .unwrap_or_else(|| (name.to_owned(), Secret::from(here.value.expose().trim())));
            let to = To::Set(Draft::String(value));
            let edit = Edit::value(service.dotenv, KeyPath::of(&[&name]), to);
            draft.edit(format!("add {name} to {dotenv}"), vec![edit], Class::Fix)
        }
    };
}

/// The variable that names the file with the secret, and the file, where the service can have it from there too: it
/// runs as the same user. So there is no second copy of the secret.
fn named_file(world: &World, service: &Service, here: &Binding<'_>, name: &str) -> Option<(String, Secret)> {
    let file = format!("{name}_FILE");
    let path = PathBuf::from(world.env.setting(&file)?.trim());
    let doc = world.doc(here.doc);
    let is_it = doc.kind == DocKind::SecretFile && doc.path.as_ref() == Some(&path);
    // What only this process has open.
    let is_passing = ["/dev/fd", "/proc"].iter().any(|dir| path.starts_with(dir));
    let counts = service.env.bindings(&file).iter().all(|binding| binding.doc == service.dotenv);
    let path = path.to_str().filter(|_| is_it && counts && !is_passing)?;
    Some((file, Secret::from(path)))
}

fn winner<'e>(env: &'e Env, name: &str) -> Option<Binding<'e>> {
    env.bindings(name).into_iter().find(|binding| binding.fate == Fate::Wins)
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
        _ => format!("remove the empty {name} from {}{rest}", world.doc_name(blank.doc)).into(),
    }
}
