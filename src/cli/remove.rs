//! `zirkabot models auth remove PROFILE`.

use crate::cli::Finished;
use crate::cli::grammar::{Global, Writing};
use crate::cli::write::{self, Question, WriteRequest};
use crate::intent::credential;
use crate::report::list;
use crate::sys::Act;

/// Remove a profile from an agent's auth store, and from the config if no other agent has it
///
/// Asks first; `zirkabot undo` restores it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The profile, such as anthropic:manual
    #[arg(value_name = "PROFILE")]
    id: String,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Do not ask for confirmation; required without a terminal
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    writing: Writing,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let id = args.id.trim();
    let request = |world: &_, agent: &_| credential::remove(world, agent, id);
    let question = format!("Remove {id}?");
    let asked = WriteRequest {
        agent: args.agent.as_deref(),
        question: Some(Question { text: &question, yes: args.yes }),
        after: &|looked, agent, style| list::list(&looked.world, &looked.status, agent, None, style),
        ..WriteRequest::new(&args.writing, &request)
    };
    write::run(act, global, &asked)
}
