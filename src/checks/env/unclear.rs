//! What cannot be told of the gateway's service from here.

use crate::change::advice::Advice;
use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::policy::advice;
use crate::policy::resolve::{Candidate, Route};
use crate::policy::status::ProviderStatus;
use crate::world::observe::service::{Manager, systemd};

/// States it where it matters: a provider in use has no stored profile that comes first.
pub(super) fn unclear(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some(service) = case.world.bot_service().filter(|service| service.opaque) else { return };
    let in_use = || case.providers().map(|(_, provider)| provider).filter(|provider| provider.relevant);
    let is_stored = |chosen: &Candidate| chosen.route == Route::Profile;
    let rests_on_it = |provider: &ProviderStatus| {
        !provider.needs_none && !provider.resolution.chosen().is_some_and(is_stored)
    };
    let Some(provider) = in_use().find(|provider| rests_on_it(provider)) else { return };
    // Where nothing else serves, it is not known whether the bot can talk.
    let is_needed = in_use().any(|provider| provider.hidden);
    let why = match &service.through {
        Some(through) => format!("it is started through `{}`, which may set more", through.name),
        None => "part of its definition cannot be read".to_owned(),
    };
    let label = if service.through.is_some() { "may set more" } else { "cannot be read completely" };
    let place = match (&service.through, service.manager) {
        (Some(_), Manager::User | Manager::System) => {
            systemd::place_of(&case.world.docs, &service.parts, "Service", "ExecStart")
        }
        (Some(_), Manager::Launchd) => {
            let root = case.world.doc(service.doc).root.as_ref();
            root.and_then(|root| root.get("ProgramArguments")).map(|node| node.loc)
        }
        _ => None,
    };
    let doctor = case.world.paths.command("doctor");
    let runs = service.run.as_ref().is_some_and(|run| run.active);
    let start = match service.manager {
        _ if runs => String::new(),
        Manager::User => format!("systemctl --user start {}", service.name),
        Manager::System => format!("sudo systemctl start {}", service.name),
        // There the variables of a process cannot be read.
        Manager::Launchd | Manager::Cron | Manager::Process => String::new(),
    };
    let while_it_runs = format!("; while the gateway is running, `{doctor}` reads its variables");
    let how = match start.is_empty() {
        true => Advice::say("or store the key, because stored credentials come before variables: ")
            .run(advice::paste_token(case.world, &provider.provider)),
        false => Advice::command(start).then(while_it_runs),
    };
    sink.state(&service.name, format!("the variables of {} cannot be determined: {why}", service.name))
        .at_most(if is_needed { Severity::Warning } else { Severity::Info })
        .counts(if is_needed { CheckImpact::Expiring } else { CheckImpact::No })
        .see(place.map_or(service.doc, |loc| loc.doc), place, label)
        .advise(how);
}
