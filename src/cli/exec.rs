//! `zirkabot exec`: becomes another program, with the credentials that an agent uses in its environment.

use crate::cli::grammar::Global;
use crate::cli::handout::{ExportQuery, Meant, no_variable};
use crate::cli::refresh::Asking;
use crate::cli::{Exit, Finished, Outcome, scope};
use crate::doc::redact;
use crate::report::handout as report;
use crate::sys::{Act, Fault, Replacement};
use std::io::ErrorKind;

/// Run a program with an agent's credentials in its environment
///
/// The program replaces this process, so signals and the exit code are its own. The credential is never an
/// argument. Variables of the provider that would override it are removed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Pass the credential of this provider; can be repeated
    #[arg(long, value_name = "PROVIDER", required = true)]
    provider: Vec<String>,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    #[command(flatten)]
    asking: Asking,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let (agent, world) = scope::agent_seen(act, global, args.agent.as_deref())?;
    let (program, rest) = args.command.split_first().ok_or_else(|| Outcome::usage("no command was given"))?;
    let mut query = ExportQuery::new(global, agent, &args.asking).seen(Some(world));
    query.notes = super::of_cwd(act.as_look(), global);
    let mut replacement =
        Replacement { program: program.clone(), args: rest.to_vec(), set: Vec::new(), unset: Vec::new() };
    for provider in &args.provider {
        let (world, handout) = query.one(act, provider, &Meant::default())?;
        let (set, unset) = handout.variables();
        if set.is_empty() {
            return Err(no_variable(&handout.provider));
        }
        if global.verbose {
            query.notes.push_str(&report::why(&world, &query.agent, &handout));
        }
        let secret = &handout.credential.secret;
        replacement.set.extend(set.iter().map(|name| ((*name).to_owned(), secret.clone())));
        replacement.unset.extend(unset.iter().map(|name| (*name).to_owned()));
    }
    act.complain(&query.notes);
    let error = act.replace(&replacement);
    let program = redact::redact(program.clone());
    let stderr = format!("error: {program} cannot be started: {}\n", Fault::of(&error));
    Err(Outcome::err(
        stderr,
        if error.kind() == ErrorKind::NotFound { Exit::NotFound } else { Exit::NotStarted },
    ))
}
