//! `zirkabot models auth print`: the credential that an agent uses, on standard output.

use crate::catalog::kind::Kind;
use crate::cli::grammar::{Global, form};
use crate::cli::handout::{ExportQuery, Meant, no_variable};
use crate::cli::refresh::Asking;
use crate::cli::{Exit, Finished, Outcome, scope, session};
use crate::policy::known;
use crate::policy::session::{Source, stick_in};
use crate::report::handout as report;
use crate::sys::Act;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Print the credential that an agent uses, for other programs
///
/// Prints only the secret on standard output: for an `apiKeyHelper`, a credential helper, or `$(...)` in a
/// shell. With -v, standard error shows which one it is. Exit 1 if there is none.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Provider, such as anthropic or openrouter
    #[arg(long, value_name = "PROVIDER")]
    provider: String,
    /// Only this profile
    #[arg(long, value_name = "PROFILE")]
    profile_id: Option<String>,
    /// Only a credential of this kind, such as api_key for an apiKeyHelper that sends no token
    #[arg(long, value_name = "KIND", value_parser = kind())]
    kind: Option<Kind>,
    /// Use the session's pinned profile, if it has one
    #[arg(long, value_name = "SESSION", conflicts_with = "profile_id")]
    session: Option<String>,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", value_parser = form(report::FORMS), default_value = "raw")]
    format: &'static report::ExportForm,
    #[command(flatten)]
    asking: Asking,
}

fn kind() -> impl TypedValueParser<Value = Kind> {
    let words = [Kind::ApiKey, Kind::Token, Kind::OAuth].map(Kind::as_str);
    PossibleValuesParser::new(words).try_map(|word| Kind::parse(&word).ok_or("no kind"))
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let (agent, world) = scope::agent_seen(act, global, args.agent.as_deref())?;
    let (agent, meant, seen) = match &args.session {
        Some(key) => {
            let (agent, meant) = of_session(act, global, args, key)?;
            (agent, meant, None)
        }
        None => (agent, Meant { only: args.profile_id.clone(), first: None }, Some(world)),
    };
    // A program that takes a variable exchanges what is in it by itself.
    let exchanges = !report::is_for_variables(args.format);
    let mut query =
        ExportQuery::new(global, agent, &args.asking).exchanging(exchanges).of_kind(args.kind).seen(seen);
    let (world, handout) = query.one(act, &args.provider, &meant)?;
    let text = (args.format.text)(&handout, &query.agent);
    let stdout = text.ok_or_else(|| no_variable(&handout.provider))?;
    let why = if global.verbose { report::why(&world, &query.agent, &handout) } else { String::new() };
    Ok(Outcome::told(stdout, query.notes + &why, Exit::Ok))
}

/// The agent of a session, and what it is pinned to.
fn of_session(act: &dyn Act, global: &Global, args: &Args, key: &str) -> Result<(String, Meant), Outcome> {
    let found = session::found(act, global, key, args.agent.as_deref())?;
    let provider = known::meant(&found.world, &args.provider);
    let Some(entry) = found.entry() else { return Ok((found.agent, Meant::default())) };
    let meant = match stick_in(&found.world, &found.agent, &provider, &entry, false).pin {
        // What a user chose is not changed behind their back.
        Some(pin) if pin.source() == Source::User => Meant { only: Some(pin.profile), first: None },
        Some(pin) => Meant { only: None, first: Some(pin.profile) },
        None => Meant::default(),
    };
    Ok((found.agent, meant))
}
