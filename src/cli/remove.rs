//! `zirkabot models auth remove PROFILE`.

use crate::cli::grammar::Global;
use crate::cli::write::{self, Question, WriteRequest};
use crate::cli::{Outcome, grammar as cli};
use crate::intent::credential;
use crate::report::list;
use crate::sys::Act;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &cli::Remove) -> Outcome {
    let id = args.id.trim();
    let question = format!("Remove {id}?");
    let asked = WriteRequest {
        agent: args.agent.as_deref(),
        writing: &args.writing,
        request: &|world, agent| credential::remove(world, agent, id),
        question: Some(Question { text: &question, yes: args.yes }),
        after: &|looked, agent, style| list::list(&looked.world, &looked.status, agent, None, style),
        json: None,
    };
    write::run(act, global, &asked)
}
