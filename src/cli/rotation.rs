//! `zirkabot models auth report` and `cooldown clear`: what use did to a profile. What that means is
//! decided in `rotation`.

use crate::cli::exit_of;
use crate::cli::grammar::Global;
use crate::cli::grammar::rotation::{Clear, Cooldown, Report};
use crate::cli::write;
use crate::cli::{Exit, Outcome};
use crate::doc::redact;
use crate::pipeline::{self, Trouble};
use crate::policy::resolve;
use crate::policy::rotation::reason::ReasonHint;
use crate::policy::rotation::{self, CallOutcome, FailureReason};
use crate::report::json;
use crate::report::rotation as report;
use crate::report::style::{Stream, Style};
use crate::sys::Act;
use crate::world::label::Labels;

/// What both have in common.
struct Asked<'a> {
    id: &'a str,
    agent: Option<&'a str>,
    lock_timeout: i64,
    json: bool,
}

/// Records what came of using a profile.
pub(super) fn report(act: &mut dyn Act, global: &Global, args: &Report) -> Outcome {
    let of_status = args.status.and_then(FailureReason::of_status).map(CallOutcome::Failed);
    let of_words = || match args.error.as_deref().map(ReasonHint::of) {
        Some(ReasonHint::Because(reason)) => Some(CallOutcome::Failed(reason)),
        _ => None,
    };
    // Whatever the status says: with another credential it would be the same.
    let is_vain = args.error.as_deref().map(ReasonHint::of) == Some(ReasonHint::NoFailover);
    let came =
        if args.ok { Some(CallOutcome::Well) } else { of_status.or_else(of_words).filter(|_| !is_vain) };
    let asked = Asked {
        id: &args.id,
        agent: args.agent.as_deref(),
        lock_timeout: args.lock_timeout,
        json: args.json,
    };
    run(act, global, &asked, came)
}

/// Lets a profile be used again.
pub(super) fn cooldown(act: &mut dyn Act, global: &Global, command: &Cooldown) -> Outcome {
    let Cooldown::Clear(Clear { id, agent, lock_timeout, json }) = command;
    let asked = Asked { id, agent: agent.as_deref(), lock_timeout: *lock_timeout, json: *json };
    run(act, global, &asked, Some(CallOutcome::Cleared))
}

fn run(act: &mut dyn Act, global: &Global, asked: &Asked<'_>, came: Option<CallOutcome>) -> Outcome {
    let agent = match write::agent(act.as_look(), global, asked.agent) {
        Ok(agent) => agent,
        Err(refused) => return refused,
    };
    let ask = write::ask(global);
    let first = pipeline::look(act.as_look(), &ask).world;
    if let Err(refusal) = rotation::recorded(&first, &agent, asked.id) {
        return write::refused_in(&Trouble::Refused(refusal), asked.json);
    }
    if let Some(came) = came {
        let trouble = pipeline::note(act, &ask, asked.lock_timeout, &|world| {
            rotation::record(world, &agent, asked.id, came).unwrap_or_default()
        });
        if let Some(trouble) = trouble {
            let stderr =
                format!("error: it could not be recorded: {}\n", redact::redact(trouble.to_string()));
            return Outcome { stdout: String::new(), stderr, exit: exit_of(&trouble) };
        }
    }
    let world = pipeline::look(act.as_look(), &ask).world;
    let (_, stats, provider) = match rotation::recorded(&world, &agent, asked.id) {
        Ok(recorded) => recorded,
        Err(refusal) => return write::refused_in(&Trouble::Refused(refusal), asked.json),
    };
    let labels = Labels::new(&world);
    let next = resolve::resolve(&world, &agent, &provider).chosen().map(|next| labels.name(&next.name));
    let reason = match came {
        Some(CallOutcome::Failed(reason)) => Some(reason),
        _ => None,
    };
    let id = labels.name(asked.id);
    let document = report::document((&agent, &id), (came.is_some(), reason), (&stats, world.now), next);
    let stdout = if asked.json {
        json::text(&document)
    } else {
        report::text(&document, reason, world.now, Style::decide(global.color, act.host(), Stream::Out))
    };
    Outcome { stdout, stderr: String::new(), exit: Exit::Ok }
}
