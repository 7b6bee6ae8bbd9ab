//! `zirkabot models auth report` and `cooldown clear`: what use did to a profile. What that means is
//! decided in `rotation`.

use crate::cli::grammar::{Global, wait};
use crate::cli::{Exit, Finished, Outcome, exit_of, scope};
use crate::doc::redact;
use crate::pipeline;
use crate::policy::resolve;
use crate::policy::rotation::reason::ReasonHint;
use crate::policy::rotation::{self, CallOutcome, FailureReason};
use crate::report::{json, rotation as report};
use crate::sys::Act;
use crate::world::label::Labels;
use clap::ArgGroup;

/// Record the result of using a profile, so that a failed one cools down
///
/// For programs that use credentials: after each request, report `--ok`, a status of 200 to 299, or why it
/// failed. Results unrelated to the credential are not recorded. The text of an error is never stored or
/// shown.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("came").required(true).multiple(true).args(["status", "error", "ok"])))]
pub(super) struct Report {
    /// The profile that was used
    #[arg(value_name = "PROFILE")]
    id: String,
    /// HTTP status of the response
    #[arg(long, value_name = "NUMBER", conflicts_with = "ok", value_parser = clap::value_parser!(u16).range(100..600))]
    status: Option<u16>,
    /// Text or code of the error; it is not stored
    #[arg(long, value_name = "TEXT", conflicts_with = "ok")]
    error: Option<String>,
    /// The request succeeded
    #[arg(long)]
    ok: bool,
    #[command(flatten)]
    recording: Recording,
}

verbs! {
    /// Manage cooldowns of profiles
    pub(super) Cooldown {
        Clear(Clear) => clear,
    }
}

/// End the cooldown of a profile
///
/// Ends both kinds of cooldown: after failures, and the longer one after a billing failure.
#[derive(Debug, clap::Args)]
pub(super) struct Clear {
    /// The profile
    #[arg(value_name = "PROFILE")]
    id: String,
    #[command(flatten)]
    recording: Recording,
}

/// How it is recorded.
#[derive(Debug, clap::Args)]
struct Recording {
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// How long to wait for another zirkabot process that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    lock_timeout: i64,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Records what came of using a profile.
pub(super) fn report(act: &mut dyn Act, global: &Global, args: &Report) -> Finished {
    // An error may come after a status that was well.
    let is_well = args.error.is_none() && args.status.is_some_and(|status| (200..300).contains(&status));
    let of_status = args.status.and_then(FailureReason::of_status).map(CallOutcome::Failed);
    let of_words = || match args.error.as_deref().map(ReasonHint::of) {
        Some(ReasonHint::Because(reason)) => Some(CallOutcome::Failed(reason)),
        _ => None,
    };
    // Whatever the status says: with another credential it would be the same.
    let is_vain = args.error.as_deref().map(ReasonHint::of) == Some(ReasonHint::NoFailover);
    let came = if args.ok || is_well {
        Some(CallOutcome::Well)
    } else {
        of_status.or_else(of_words).filter(|_| !is_vain)
    };
    record(act, global, &args.id, &args.recording, came)
}

/// Lets a profile be used again.
fn clear(act: &mut dyn Act, global: &Global, args: &Clear) -> Finished {
    record(act, global, &args.id, &args.recording, Some(CallOutcome::Cleared))
}

fn record(
    act: &mut dyn Act,
    global: &Global,
    id: &str,
    recording: &Recording,
    came: Option<CallOutcome>,
) -> Finished {
    let agent = scope::agent(act, global, recording.agent.as_deref())?;
    let ask = global.ask_one(Some(&agent));
    let first = pipeline::world(act.as_look(), &ask);
    rotation::recorded(&first, &agent, id).map_err(Outcome::from)?;
    if let Some(came) = came {
        let trouble = pipeline::note(act, &ask, recording.lock_timeout, &|world| {
            rotation::record(world, &agent, id, came).unwrap_or_default()
        });
        if let Some(trouble) = trouble {
            let why = redact::redact(trouble.to_string());
            return Err(Outcome::err(format!("error: it could not be recorded: {why}\n"), exit_of(&trouble)));
        }
    }
    let world = pipeline::world(act.as_look(), &ask);
    let (store, provider) = rotation::recorded(&world, &agent, id).map_err(Outcome::from)?;
    let labels = Labels::new(&world);
    let next = resolve::resolve(&world, &agent, provider).chosen().map(|next| labels.name(&next.name));
    let reason = match came {
        Some(CallOutcome::Failed(reason)) => Some(reason),
        _ => None,
    };
    let usage = store.usage(id);
    let until = usage.unusable_until(world.now);
    let document = report::RotationDocument {
        schema_version: 1,
        agent,
        profile: labels.name(id),
        recorded: came.is_some(),
        reason: reason.map(FailureReason::as_str),
        error_count: usage.errors,
        cooling_until: (until > 0).then_some(until),
        next,
    };
    let stdout = if recording.json {
        json::text(&document)
    } else {
        report::text(&document, reason, world.now, global.style(act))
    };
    Ok(Outcome::out(stdout, Exit::Ok))
}
