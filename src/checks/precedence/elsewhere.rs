//! A credential that is used in the place of the one that the config has for another host.

use crate::catalog::hosts;
use crate::change::advice::Advice;
use crate::checks::finding::{CheckInput, Sink};
use crate::config::CredentialSource;
use crate::policy::resolve::{Candidate, Route};
use crate::sys::quote::shell_word;
use crate::world::World;

pub(super) fn sent_elsewhere(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for (agent, provider) in case.providers() {
        let id = provider.provider.as_str();
        let Some(own) = world.desired.provider(id) else { continue };
        let Some(host) = own.base_url.as_deref().and_then(|url| hosts::foreign(id, url)) else { continue };
        let Some((key, loc)) = own.api_key.as_ref().filter(|(key, _)| !key.is_blank()) else { continue };
        let is_sent = |chosen: &&Candidate| {
            let differs = chosen.credential.as_ref().is_some_and(|held| held.secret != *key);
            matches!(chosen.route, Route::Profile | Route::Env) && differs
        };
        let Some(chosen) = provider.resolution.chosen().filter(is_sent) else { continue };
        sink.state(
            &chosen.name,
            format!("{} comes before models.providers.{id}.apiKey, so it is sent to {host}", chosen.name),
        )
        .agent(&agent.agent)
        .see(loc.doc, Some(*loc), "the key for this host is not used")
        .see(chosen.origin.doc, chosen.origin.loc, format!("sent to {host}"))
        .advise(instead(world, &agent.agent, id, chosen));
    }
}

/// How the key for the host comes first.
fn instead(world: &World, agent: &str, provider: &str, chosen: &Candidate) -> Advice {
    let (id, name) = (shell_word(&chosen.name), shell_word(provider));
    let is_borrowed = matches!(crate::world::from(world, &chosen.name), CredentialSource::Tool(_));
    match chosen.route {
        Route::Profile if !is_borrowed => {
            let remove =
                world.paths.command(&format!("models auth remove {id} --agent {}", shell_word(agent)));
            format!(
                "if it is not for that host, list the right profiles in auth.order, or remove it: `{remove}`"
            )
            .into()
        }
        Route::Profile => {
            let own = shell_word(&format!("{provider}:proxy"));
            let paste = format!("models auth paste-token --provider {name} --profile-id {own} --force");
            let order = world.paths.command(&format!("models auth order set --provider {name} {own}"));
            Advice::say("store the key for that host as a profile: ")
                .run(world.paths.command(&paste))
                .then(format!(", then `{order}`"))
        }
        _ => format!(
            "remove {} from {}, or use another variable for that host",
            chosen.name,
            world.doc_name(chosen.origin.doc)
        )
        .into(),
    }
}
