//! `zirkabot models usage`: how much of limits and subscriptions is used.

use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, form, wait};
use crate::cli::test::note;
use crate::cli::{Exit, Finished, Outcome, scope};
use crate::pipeline;
use crate::policy::known::known_files;
use crate::policy::probe::targets::ProbeRequest;
use crate::report::probe;
use crate::report::usage::{FORMS, UsageReport, UsageStyle};
use crate::sys::Act;

/// Show how much of subscriptions and limits is used
///
/// Asks the providers in use that report it: Claude and Codex subscriptions, GitHub Copilot, OpenRouter, and providers
/// that send rate-limit headers. The requests cost nothing. `auth.usage.PROVIDER = false` in the config turns a
/// provider off. Exit 0 if a provider reported usage, 1 if a credential was refused, 2 if none reported any.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The profile or variable; default: all credentials of the providers in use
    #[arg(value_name = "PROFILE")]
    id: Option<String>,
    /// For this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Longest time for one request
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "8s")]
    timeout: i64,
    /// How long to wait for another zirkabot that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    lock_timeout: i64,
    /// Output format
    #[arg(long, value_name = "FORMAT", value_parser = form(FORMS), default_value = "text")]
    format: &'static UsageStyle,
    /// One JSON document, the same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let ask = global.ask_one(args.agent.as_deref());
    let looked = pipeline::preview(act.as_look(), &ask).looked;
    known_files(&looked.world).map_err(Outcome::from)?;
    scope::known_agent(&looked.world, &ask.agents)?;
    let wanted = ProbeRequest { only: args.id.as_deref(), full: false, usage: true, limit: args.timeout };
    let (looked, probed) = pipeline::probe::probe(act, looked, &ask.options, wanted, args.lock_timeout);
    if let (Some(id), true) = (&args.id, probed.results.is_empty()) {
        return Err(Refusal::state(format!("there is no credential called `{id}`")).into());
    }
    let body = probe::body(&looked.world, &probed, wanted, None);
    let is_refused =
        body.results.iter().any(|result| matches!(result.outcome, "refused" | "scope" | "billing"));
    let exit = match body.results.iter().any(|result| !result.windows.is_empty()) {
        _ if is_refused => Exit::Broken,
        true => Exit::Ok,
        false => Exit::Attention,
    };
    let form = FORMS.iter().find(|form| args.json && form.name == "json").unwrap_or(args.format);
    let report = UsageReport { body, now: looked.world.now, code: exit.code(), style: global.style(act) };
    Ok(Outcome::told((form.text)(report), note(&probed), exit))
}
