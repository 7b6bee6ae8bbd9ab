//! `zirkabot models auth refresh`: renews logins. How is decided in `refresh` and `pipeline::refresh`.

use crate::catalog::paths::MAIN_AGENT;
use crate::catalog::providers;
use crate::catalog::tools::Tool;
use crate::checks::choice::Choice;
use crate::cli::grammar::{Global, wait};
use crate::cli::{Exit, Finished, Outcome, exit_of, scope};
use crate::doc::redact;
use crate::pipeline::{self, Limits, Looked, Query, Refreshed, RenewalOutcome};
use crate::policy::known::{known_auth, known_files};
use crate::policy::{advice, refresh, sync};
use crate::report::json;
use crate::report::refresh::{RefreshBody, RefreshDocument, body};
use crate::sys::{Act, Look};
use crate::world::World;
use crate::world::label::Labels;

/// The finding that says that a login is over.
const EXPIRED: &str = "expiry/expired";

/// Renew logins with their refresh tokens
///
/// Renews one profile, whether it is due or not, or all that have expired or expire within 5 minutes. The
/// login of another program is read there first and written back there, unless auth.refreshBorrowed is
/// "never". Exit 1 if one cannot be used.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Profile [default: all logins of the agent that expire within 5 minutes]
    #[arg(value_name = "PROFILE")]
    login: Option<String>,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    #[command(flatten)]
    asking: Asking,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// How long asking a server may take.
#[derive(Debug, clap::Args)]
pub(super) struct Asking {
    /// Timeout of one request to a provider
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "30s")]
    timeout: i64,
    /// How long to wait for another zirkabot process that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub(super) lock_timeout: i64,
}

impl Asking {
    /// The limits of a renewal.
    pub(super) fn limits(&self) -> Limits {
        Limits::new(self.lock_timeout, self.timeout)
    }
}

/// The login of a profile, as an agent sees it.
pub(super) struct Login {
    pub(super) agent: String,
    pub(super) profile: String,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let agent = scope::agent(act, global, args.agent.as_deref())?;
    let ask = global.ask_all();
    known_auth(&pipeline::world(act.as_look(), &ask)).map_err(Outcome::from)?;
    let profiles = match &args.login {
        Some(profile) => vec![profile.clone()],
        None => {
            let world = pipeline::sync_due(act, &ask, args.asking.lock_timeout).looked.world;
            known_files(&world).map_err(Outcome::from)?;
            due(act.as_look(), &world, &agent)
        }
    };
    let style = global.style(act);
    let (mut bodies, mut stdout, mut stderr) = (Vec::new(), String::new(), String::new());
    let mut exit = Exit::Ok;
    for profile in profiles {
        let is_asked_for = args.login.is_some();
        let done = pipeline::refresh(act, &ask, (&agent, &profile), is_asked_for, args.asking.limits());
        let (body, labels) = (said(&done, &agent, &profile), Labels::new(&done.looked.world));
        if !body.is_good() {
            exit = Exit::Broken;
        }
        if let Some(trouble) = &done.trouble {
            let why = redact::redact(trouble.to_string());
            stderr.push_str(&format!("error: it could not be stored: {why}\n"));
            exit = exit_of(trouble);
        }
        stdout.push_str(&labels.scrub(&body.text(done.looked.world.now, style)));
        bodies.push(body);
    }
    if args.json {
        let document = RefreshDocument { schema_version: 1, agent, profiles: bodies };
        return Ok(Outcome::told(json::text(&document), stderr, exit));
    }
    if bodies.is_empty() {
        stdout.push_str("No login needs renewal.\n");
    }
    Ok(Outcome::told(stdout, stderr, exit))
}

/// The profiles that `agent` sees whose logins are due, or were renewed and not stored everywhere.
fn due(look: &dyn Look, world: &World, agent: &str) -> Vec<String> {
    let own = world.store(agent).into_iter().chain(world.store(MAIN_AGENT));
    let mut due: Vec<String> = Vec::new();
    for stored in own.flat_map(|store| &store.profiles) {
        let is_seen =
            world.view(agent, &stored.provider).is_some_and(|view| view.profile(&stored.id).is_some());
        let is_due = stored.credential().is_some_and(|credential| {
            refresh::is_due(credential, world.now)
                || pipeline::is_unfinished(look, world, &credential.provider)
        });
        let can = || refresh::subject(world, agent, &stored.id).is_ok();
        if is_seen && is_due && !due.contains(&stored.id) && can() {
            due.push(stored.id.clone());
        }
    }
    // What is over at its source is not stored before it is renewed.
    for profile in Tool::ALL.into_iter().flat_map(|tool| sync::profiles(world, tool)) {
        let lapsed = refresh::subject(world, agent, &profile)
            .is_ok_and(|subject| subject.store.is_none() && refresh::is_due(subject.credential, world.now));
        if lapsed && !due.contains(&profile) {
            due.push(profile);
        }
    }
    due
}

/// Logins that are over and are spoken of, which can be renewed.
pub(super) fn expired(looked: &Looked, choice: &Choice) -> Vec<Login> {
    let mut expired = Vec::new();
    for finding in looked.findings.iter().filter(|finding| finding.rule.code == EXPIRED) {
        let Some(agent) = &finding.agent else { continue };
        let can = refresh::command(&looked.world, agent, &finding.subject).is_some();
        let profiles =
            looked.status.agents.iter().filter(|of| of.agent == *agent).flat_map(|of| &of.providers);
        let mut profiles = profiles.flat_map(|provider| &provider.profiles);
        let is_worth_it = !choice.only.is_empty()
            || profiles.any(|profile| profile.id() == finding.subject && profile.relevant);
        if can && is_worth_it && choice.is_about(finding) {
            expired.push(Login { agent: agent.clone(), profile: finding.subject.clone() });
        }
    }
    expired
}

/// Renews these; what was done, and what was not, one line each.
pub(super) fn renew(
    act: &mut dyn Act,
    ask: &Query,
    which: &[Login],
    limits: Limits,
) -> (Vec<String>, Vec<String>) {
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for Login { agent, profile } in which {
        let came = pipeline::refresh(act, ask, (agent, profile), false, limits);
        match came.outcome {
            RenewalOutcome::Renewed | RenewalOutcome::Recovered => {
                done.push(format!("renew the login of {profile}"));
            }
            RenewalOutcome::Elsewhere | RenewalOutcome::Fresh => {}
            RenewalOutcome::Refused(why) => left.push(format!("{profile} needs a new login: {why}")),
            RenewalOutcome::Failed(why) => left.push(format!("{profile} was not renewed: {why}")),
            RenewalOutcome::Not(refusal) => left.push(refusal.why),
        }
        let trouble = came.trouble.map(|trouble| redact::redact(trouble.to_string()));
        left.extend(trouble.map(|why| format!("{profile} could not be stored: {why}")));
    }
    (done, left)
}

/// What came of one.
fn said(done: &Refreshed, agent: &str, profile: &str) -> RefreshBody {
    let world = &done.looked.world;
    let ends =
        refresh::subject(world, agent, profile).ok().and_then(|subject| subject.credential.expires.at());
    let ends = done.tokens.as_ref().map(|tokens| tokens.expires).or(ends);
    let provider = providers::normalise(profile.split(':').next().unwrap_or_default());
    let login = advice::renew(world, agent, profile, &provider);
    match &done.trouble {
        // It is renewed, and cannot be used by anybody yet.
        Some(trouble) if !matches!(done.outcome, RenewalOutcome::Refused(_)) => {
            let why = redact::redact(trouble.to_string());
            let why = format!("the server's answer was kept, but could not be stored: {why}");
            body(profile, &RenewalOutcome::Failed(why), ends, &login)
        }
        _ => body(profile, &done.outcome, ends, &login),
    }
}
