//! `zirkabot models auth logout PROFILE`: takes a login out here, and revokes it at its provider (RFC 7009).

use crate::catalog::kind::Kind;
use crate::catalog::tools::Tool;
use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, Writing, wait};
use crate::cli::write::{self, Question, WriteRequest};
use crate::cli::{Exit, Finished, scope};
use crate::config::CredentialSource;
use crate::doc::redact;
use crate::intent::credential;
use crate::pipeline;
use crate::policy::login::place::{self, LoginPlace};
use crate::policy::refresh::request::post;
use crate::report::list;
use crate::sys::secret::Secret;
use crate::sys::{Act, send};
use crate::world::actual::Credential;
use crate::world::{self, World};

/// Remove a login from an agent's auth store, and revoke it at the provider if possible
///
/// Asks first. `zirkabot undo` restores it here, but does not undo the revocation.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The profile, such as openai-codex:default
    #[arg(value_name = "PROFILE")]
    login: String,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Do not ask for confirmation; required without a terminal
    #[arg(long)]
    yes: bool,
    /// Timeout of the request to the provider
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "30s")]
    timeout: i64,
    #[command(flatten)]
    writing: Writing,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let id = args.login.trim();
    let agent = scope::agent(act.as_look(), global, args.agent.as_deref())?;
    let world = pipeline::world(act.as_look(), &global.ask_all());
    let stored = world.store(&agent).and_then(|store| store.profile(id)?.credential()).cloned();
    if let Some(key) = stored.as_ref().filter(|stored| stored.kind == Kind::ApiKey) {
        let remove =
            world.paths.command(&format!("models auth remove {}", crate::sys::quote::shell_word(id)));
        let why = format!("{id} is an {}, not a login", key.kind.label());
        return Err(Refusal::usage(why).help(format!("`{remove}` removes it")).into());
    }
    let request = |world: &_, agent: &_| credential::remove(world, agent, id);
    let question = format!("Log {id} out?");
    let asked = WriteRequest {
        agent: args.agent.as_deref(),
        question: Some(Question { text: &question, yes: args.yes }),
        after: &|looked, agent, style| list::list(&looked.world, &looked.status, agent, None, style),
        ..WriteRequest::new(&args.writing, &request)
    };
    let outcome = write::run(act, global, &asked)?;
    if outcome.exit != Exit::Ok || args.writing.dry_run {
        return Ok(outcome);
    }
    let Some(stored) = stored else { return Ok(outcome) };
    let note = match (shared(&world, &agent, id, &stored), place::place(&world, &stored.provider)) {
        (Some(who), _) => unrevoked(&stored.provider, &format!("{who} still uses it")),
        (None, Ok(place)) => revoke(act, &place, &stored, args.timeout),
        (None, Err(_)) => unrevoked(&stored.provider, "it does not support revocation"),
    };
    Ok(write::noted(outcome, &[redact::redact(note)]))
}

/// Who else has this login, if somebody has: to revoke it would end it there, too.
fn shared(world: &World, agent: &str, id: &str, stored: &Credential) -> Option<String> {
    let is_it = |other: &Credential| {
        let same = stored.refresh.is_some() && other.refresh == stored.refresh;
        other.provider == stored.provider && (same || other.secret == stored.secret)
    };
    let source = match world::from(world, id) {
        CredentialSource::Tool(tool) => Some(tool),
        _ => None,
    };
    let has_it = |tool: &Tool| world::login(world, *tool).is_some_and(is_it);
    if let Some(tool) = source.or_else(|| Tool::ALL.into_iter().find(has_it)) {
        return Some(tool.row().name.to_owned());
    }
    let all = world.stores.iter().flat_map(|store| store.profiles.iter().map(move |own| (&store.agent, own)));
    let mut others = all.filter(|(owner, own)| *owner != agent || own.id != id);
    let (owner, own) = others.find(|(_, own)| own.credential().is_some_and(is_it))?;
    Some(format!("{} of agent {owner}", own.id))
}

/// Revokes a login; what came of it. Whoever revokes its refresh token ends all of it.
fn revoke(act: &mut dyn Act, place: &LoginPlace, stored: &Credential, limit: i64) -> String {
    let provider = &place.provider;
    let Some((url, json)) = &place.revoke else {
        return unrevoked(provider, "it does not support revocation");
    };
    let (token, hint) = match &stored.refresh {
        Some(token) => (token, "refresh_token"),
        None => (&stored.secret, "access_token"),
    };
    let mut fields = vec![
        ("token", token.clone()),
        ("token_type_hint", Secret::from(hint)),
        ("client_id", Secret::from(place.client.0.as_str())),
    ];
    fields.extend(place.client.1.clone().map(|secret| ("client_secret", secret)));
    let _progress = act.progress("revoking a login");
    match send::send(act, &post(url.clone(), &fields, *json, limit)) {
        Ok(answer) if answer.status < 300 => format!("{provider} has revoked the login"),
        Ok(answer) => unrevoked(provider, &format!("it answered {}", answer.status)),
        Err(why) => unrevoked(provider, &why.to_string()),
    }
}

fn unrevoked(provider: &str, why: &str) -> String {
    format!("{provider} did not revoke the login: {why}. You can revoke it in the settings of the account")
}
