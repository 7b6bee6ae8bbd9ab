//! `zirkabot models auth remove PROFILE`.

use crate::cli::grammar::Global;
use crate::cli::wish::{self, Asked, Question};
use crate::cli::{Outcome, grammar as cli};
use crate::intent::credential;
use crate::report::list;
use crate::sys::Act;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &cli::Remove) -> Outcome {
    let id = args.id.trim();
    let question = format!("Remove {id}?");
    let asked = Asked {
        agent: args.agent.as_deref(),
        writing: &args.writing,
        wish: &|world, agent| credential::remove(world, agent, id),
        question: Some(Question { text: &question, yes: args.yes }),
        after: &|looked, agent, style| list::list(&looked.world, &looked.status, agent, None, style),
        json: None,
    };
    wish::run(act, global, &asked)
}
