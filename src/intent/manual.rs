//! A credential that a person gives by hand: of which provider, for which agent, under which name
//! and until when. What is done with it then is [`credential`]'s business. Pure.

use crate::catalog::kind::Kind;
use crate::catalog::tools::Tool;
use crate::catalog::{nearest, providers};
use crate::change::advice::Advice;
use crate::change::proposal::{Proposals, Refusal};
use crate::intent::credential;
use crate::intent::paste::Pasted;
use crate::policy::form;
use crate::policy::known::{default_id, known_providers, meant, named_provider, served};
use crate::sys::Millis;
use crate::world::World;
use crate::world::actual::Credential;

/// The normalised provider that a person named, and what is to be known of it, if anything: it may
/// be one that nothing knows yet.
///
/// # Errors
/// If it is no name, probably a slip, or a program with a login of its own.
pub(crate) fn provider(world: &World, given: &str) -> Result<(String, Option<String>), Refusal> {
    let provider = meant(world, given);
    named_provider(&provider)?;
    let known = known_providers(world);
    if known.contains(&provider) && !world.desired.is_cli_backend(&provider) {
        let is_called = providers::normalise(given) != provider;
        let note = is_called.then(|| format!("`{}` is called {provider} here", given.trim()));
        return Ok((provider, note));
    }
    if world.desired.is_cli_backend(&provider) {
        let why = format!("{provider} runs another program, which has its own login");
        let status = world.paths.command("models status");
        let help = Advice::say("log in there").then(format!("; `{status}` shows what is used"));
        return Err(Refusal::state(why).help(help));
    }
    let near = nearest::slip(&provider, known.iter().map(String::as_str));
    if near.is_some() {
        let why = format!("unknown provider `{provider}`{}", nearest::hint(near));
        let own = format!("to add your own provider, configure models.providers.{provider}");
        return Err(Refusal::state(why).help(own));
    }
    let near = nearest::did_you_mean(&provider, &known);
    let others = served(&provider).map(|served| format!("; {served}"));
    let note = format!("nothing uses a provider `{provider}` yet{}", others.unwrap_or(near));
    Ok((provider, Some(note)))
}

/// The profile id that a person named, else the one for credentials given by hand.
///
/// # Errors
/// If it is one that such a credential cannot have.
pub(crate) fn id(world: &World, provider: &str, given: Option<&str>) -> Result<String, Refusal> {
    let id = given.map_or_else(|| default_id(provider), |id| id.trim().to_owned());
    crate::policy::known::free_id(world, provider, &id)?;
    Ok(id)
}

/// A credential that is to be stored.
#[derive(Debug)]
pub(crate) struct ManualCredential<'a> {
    /// The agent, if one was named.
    pub agent: Option<&'a str>,
    /// Its normalised provider.
    pub provider: &'a str,
    /// The profile.
    pub id: &'a str,
    /// What was pasted.
    pub pasted: &'a Pasted,
    /// How long it lasts from now on, in milliseconds, if that is known.
    pub lasts: Option<Millis>,
}

impl ManualCredential<'_> {
    /// Whose store it goes into, if it is meant for `agent`.
    fn home(&self, world: &World, agent: &str) -> String {
        self.agent.map_or_else(|| world.home_of(agent, self.provider), |_| agent.to_owned())
    }

    /// The same secret under the same name, if it is stored there already.
    fn stored<'w>(&self, world: &'w World, home: &str) -> Option<&'w Credential> {
        let stored = world.store(home)?.profile(self.id)?.credential()?;
        (stored.kind == self.pasted.kind && stored.secret == self.pasted.secret).then_some(stored)
    }
}

/// Stores a credential given by hand for `agent`, or where `agent` sees it.
///
/// # Errors
/// As those of [`credential::store`].
pub(crate) fn store(world: &World, agent: &str, given: &ManualCredential<'_>) -> Proposals {
    let home = given.home(world, agent);
    let end = given.lasts.map(|lasts| world.now.saturating_add(lasts));
    let secret = given.pasted.secret.clone();
    let mut new = credential::made(world, given.provider, given.pasted.kind, secret, end);
    // The same token ends when it did.
    let stored = given.stored(world, &home).filter(|old| end.is_none() && old.expires.at().is_some());
    if let Some(old) = stored {
        new.expires = old.expires;
        new.terms = old.terms.clone();
    }
    credential::store(world, &home, given.id, &new)
}

/// What a person may want to know of how it is stored, beside what is done.
pub(crate) fn notes(world: &World, agent: &str, given: &ManualCredential<'_>) -> Vec<String> {
    let mut notes = given.pasted.notes.clone();
    let ends = given.stored(world, &given.home(world, agent)).is_some_and(|old| old.expires.at().is_some());
    let of_tool = Tool::of_provider(given.provider).is_some();
    match (given.pasted.kind, given.lasts) {
        (Kind::ApiKey, Some(_)) => {
            notes.push("--expires-in has no effect, because API keys do not expire".to_owned());
        }
        (Kind::Token, None) if form::is_setup_token(&given.pasted.secret) && !ends => {
            notes.push(
                "a setup-token expires after a year, so that is assumed; use --expires-in to change it"
                    .to_owned(),
            );
        }
        (Kind::Token, None) if of_tool && !ends => {
            notes.push("use --expires-in, such as 365d, to be warned before it expires".to_owned());
        }
        _ => {}
    }
    notes
}
