//! `zirkabot undo`: take back what an earlier command changed.

use crate::change::apply::undo::{self, NotUndone, Refused, UndoRequest, Undone};
use crate::change::apply::{ApplyFault, Target};
use crate::cli::grammar::Global;
use crate::cli::history::world;
use crate::cli::{Exit, Outcome, grammar as cli};
use crate::report::json;
use crate::report::style::{Stream, Style};
use crate::report::undo as report;
use crate::sys::Act;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &cli::Undo) -> Outcome {
    let world = world(act.as_look(), global);
    let to = Target {
        state_dir: world.paths.state.clone(),
        lock_timeout: args.lock_timeout,
        command: act.host().command.clone(),
    };
    let undone = undo::undo(act, &to, &UndoRequest { id: args.id.clone(), force: args.force });
    let exit = exit(&undone);
    if let Some(why @ (Refused::Unknown(_) | Refused::Ambiguous(_))) = refused(&undone) {
        return Outcome::usage(&format!("{why}; `{}` lists them", world.paths.command("history")));
    }
    let style = Style::decide(global.color, act.host(), Stream::Out);
    let stdout = match &undone {
        _ if args.json => json::text(&report::document(&world, &undone)),
        Ok(undone) => report::undone(&world, undone, style),
        Err(_) => String::new(),
    };
    Outcome { stdout, stderr: report::notes(&world, &undone), exit }
}

fn refused(undone: &Result<Undone, Box<NotUndone>>) -> Option<&Refused> {
    undone.as_ref().err().map(|refused| &refused.why)
}

fn exit(undone: &Result<Undone, Box<NotUndone>>) -> Exit {
    let fault = match (undone, refused(undone)) {
        (Ok(undone), _) => undone.receipt.failure(),
        (_, Some(Refused::Apply(fault))) => Some(fault),
        (_, Some(Refused::Unknown(_) | Refused::Ambiguous(_))) => return Exit::Usage,
        _ => return Exit::Broken,
    };
    match fault {
        None => Exit::Ok,
        Some(ApplyFault::LockBusy { .. } | ApplyFault::StoreBusy { .. }) => Exit::Busy,
        Some(_) => Exit::Io,
    }
}
