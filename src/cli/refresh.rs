//! `zirkabot models auth refresh`: renews logins. How is decided in `refresh` and `pipeline::refresh`.

use crate::catalog::tools::Tool;
use crate::checks::choice::Choice;
use crate::checks::finding::Severity;
use crate::cli::exit_of;
use crate::cli::grammar::Global;
use crate::cli::grammar::refresh::{Asking, Refresh};
use crate::cli::write;
use crate::cli::{Exit, Outcome};
use crate::doc::redact;
use crate::pipeline::{self, Ask, Limits, Looked, Refreshed, Trouble};
use crate::policy::advice;
use crate::policy::known::known_files;
use crate::policy::refresh;
use crate::policy::sync;
use crate::report::json;
use crate::report::refresh::body;
use crate::report::refresh::{RefreshBody, RefreshDocument};
use crate::report::style::{Stream, Style};
use crate::sys::{Act, Look};
use crate::world::World;
use crate::world::label::Labels;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Refresh) -> Outcome {
    let agent = match write::agent(act.as_look(), global, args.agent.as_deref()) {
        Ok(agent) => agent,
        Err(refused) => return refused,
    };
    let ask = write::ask(global);
    let profiles = match &args.login {
        Some(profile) => vec![profile.clone()],
        None => {
            let world = pipeline::sync_due(act, &ask, args.asking.lock_timeout).looked.world;
            if let Err(refusal) = known_files(&world) {
                return write::refused_in(&Trouble::Refused(refusal), args.json);
            }
            due(act.as_look(), &world, &agent)
        }
    };
    let style = Style::decide(global.color, act.host(), Stream::Out);
    let (mut bodies, mut stdout, mut stderr) = (Vec::new(), String::new(), String::new());
    let mut exit = Exit::Ok;
    for profile in profiles {
        let who = (agent.as_str(), profile.as_str());
        let done = pipeline::refresh(act, &ask, who, args.login.is_some(), limits(&args.asking));
        let (body, labels) = (said(&done, who), Labels::new(&done.looked.world));
        if !body.is_good() {
            exit = Exit::Broken;
        }
        if let Some(trouble) = &done.trouble {
            stderr.push_str(&format!(
                "error: it could not be stored: {}\n",
                redact::redact(trouble.to_string())
            ));
            exit = exit_of(trouble);
        }
        stdout.push_str(&labels.scrub(&body.text(done.looked.world.now, style)));
        bodies.push(body);
    }
    if args.json {
        let document = RefreshDocument { schema_version: 1, agent, profiles: bodies };
        return Outcome { stdout: json::text(&document), stderr, exit };
    }
    if bodies.is_empty() {
        stdout.push_str("No login is due.\n");
    }
    Outcome { stdout, stderr, exit }
}

/// The limits of a command line.
pub(super) fn limits(asking: &Asking) -> Limits {
    Limits { lock: asking.lock_timeout, request: asking.timeout }
}

/// The profiles that `agent` sees whose logins are due, or were renewed and not stored everywhere.
fn due(look: &dyn Look, world: &World, agent: &str) -> Vec<String> {
    let own = world.store(agent).into_iter().chain(world.store(crate::catalog::paths::MAIN_AGENT));
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

/// Logins that are over and are spoken of, by agent, which can be renewed.
pub(super) fn expired(looked: &Looked, choice: &Choice) -> Vec<(String, String)> {
    let mut expired = Vec::new();
    for finding in looked.findings.iter().filter(|finding| finding.rule.code == EXPIRED) {
        let Some(agent) = &finding.agent else { continue };
        let can = crate::policy::refresh::command(&looked.world, agent, &finding.subject).is_some();
        let is_worth_it = finding.severity > Severity::Info || !choice.only.is_empty();
        if can && is_worth_it && choice.is_about(finding) {
            expired.push((agent.clone(), finding.subject.clone()));
        }
    }
    expired
}

/// The finding that says that a login is over.
const EXPIRED: &str = "expiry/expired";

/// Renews these; what was done, and what was not, one line each.
pub(super) fn renew(
    act: &mut dyn Act,
    ask: &Ask,
    which: &[(String, String)],
    limits: Limits,
) -> (Vec<String>, Vec<String>) {
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for (agent, profile) in which {
        let came = pipeline::refresh(act, ask, (agent, profile), false, limits);
        match came.outcome {
            pipeline::RenewalOutcome::Renewed | pipeline::RenewalOutcome::Recovered => {
                done.push(format!("renew the login of {profile}"));
            }
            pipeline::RenewalOutcome::Elsewhere | pipeline::RenewalOutcome::Fresh => {}
            pipeline::RenewalOutcome::Refused(why) => {
                left.push(format!("{profile} needs a new login: {why}"))
            }
            pipeline::RenewalOutcome::Failed(why) => left.push(format!("{profile} was not renewed: {why}")),
            pipeline::RenewalOutcome::Not(refusal) => left.push(refusal.why),
        }
        left.extend(came.trouble.map(|trouble| {
            format!("{profile} could not be stored: {}", redact::redact(trouble.to_string()))
        }));
    }
    (done, left)
}

/// What came of one.
fn said(done: &Refreshed, (agent, profile): (&str, &str)) -> RefreshBody {
    let world = &done.looked.world;
    let ends =
        refresh::subject(world, agent, profile).ok().and_then(|subject| subject.credential.expires.at());
    let ends = done.tokens.as_ref().map(|tokens| tokens.expires).or(ends);
    let provider = crate::catalog::providers::normalise(profile.split(':').next().unwrap_or_default());
    let login = advice::renew(world, agent, profile, &provider);
    body(profile, &done.outcome, ends, &login)
}
