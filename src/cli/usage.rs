//! `zirkabot models usage`: how much of limits and subscriptions is used.

use crate::cli::grammar::{Global, form};
use crate::cli::test::{About, Told};
use crate::cli::{Exit, Finished, Outcome};
use crate::report::usage::{FORMS, UsageReport, UsageStyle};
use crate::sys::Act;

/// Show how much of subscriptions and limits is used
///
/// Asks the providers in use that report it: Claude and Codex subscriptions, GitHub Copilot, OpenRouter, and providers
/// that send rate-limit headers. The requests cost nothing. `auth.usage.PROVIDER = false` in the config turns a
/// provider off. Exit 0 if a provider reported usage, 1 if a credential was refused, 2 if none reported any.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    about: About,
    /// Output format
    #[arg(long, value_name = "FORMAT", value_parser = form(FORMS), default_value = "text")]
    format: &'static UsageStyle,
    /// Print one JSON document, the same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let Told { looked, body, note, trouble } = args.about.ask(act, global, false, true)?;
    let mut outcomes = body.results.iter().map(|result| result.outcome);
    let is_refused = outcomes.any(|outcome| matches!(outcome, "refused" | "scope" | "billing"));
    let is_told = body.results.iter().any(|result| !result.windows.is_empty());
    let exit = match trouble {
        Some(exit) => exit,
        None if is_refused => Exit::Broken,
        None if is_told => Exit::Ok,
        None => Exit::Attention,
    };
    let form = FORMS.iter().find(|form| args.json && form.name == "json").unwrap_or(args.format);
    let report = UsageReport { body, now: looked.world.now, code: exit.code(), style: global.style(act) };
    Ok(Outcome::told((form.text)(report), note, exit))
}
