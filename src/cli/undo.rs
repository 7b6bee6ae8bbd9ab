//! `zirkabot undo`: take back what an earlier command changed.

use crate::change::advice::Command;
use crate::change::apply::undo::{self, NotUndone, Refused, UndoRequest, Undone};
use crate::change::apply::{ApplyFault, Target};
use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, wait};
use crate::cli::history::world;
use crate::cli::{Exit, Finished, Outcome};
use crate::report::{json, undo as report};
use crate::sys::Act;

/// Undo what an earlier command changed
///
/// Restores the content, permissions and places of files, and removes files and empty directories that were
/// created. Without ID it undoes the newest change that is not undone yet, so repeated `undo` goes back in
/// time. An undo can be undone by its own ID. If one of the files has changed since, nothing is done
/// without --force. Exit 0 if it was undone, 1 if there is nothing to undo, no such ID, or it was refused.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// ID of a change from `zirkabot history`, its beginning, or the number at its end
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Also restore files that have changed since; their current state is kept in a backup
    #[arg(long)]
    force: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// How long to wait for another zirkabot process that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    lock_timeout: i64,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let world = world(act, global);
    let to = Target {
        state_dir: world.paths.state.clone(),
        lock_timeout: args.lock_timeout,
        command: act.host().command.clone(),
    };
    let undone = undo::undo(act, &to, &UndoRequest { id: args.id.clone(), force: args.force });
    if let Some(why @ (Refused::Unknown(_) | Refused::Ambiguous(_))) = refused(&undone) {
        let list = Command::look(world.paths.command("history")).then(" lists them");
        return Err(Refusal::state(why.to_string()).help(list).into());
    }
    let stdout = match &undone {
        Ok(done) if args.json => json::text(&report::document(&world, done)),
        Ok(undone) => report::undone(&world, undone, global.style(act)),
        Err(_) => String::new(),
    };
    let error = report::error(&world, &undone).map(Box::new);
    Ok(Outcome { error, ..Outcome::told(stdout, report::notes(&world, &undone), exit(&undone)) })
}

fn refused(undone: &Result<Undone, Box<NotUndone>>) -> Option<&Refused> {
    undone.as_ref().err().map(|refused| &refused.why)
}

fn exit(undone: &Result<Undone, Box<NotUndone>>) -> Exit {
    let fault = match (undone, refused(undone)) {
        (Ok(undone), _) => undone.receipt.failure(),
        (_, Some(Refused::Apply(fault))) => Some(fault),
        _ => return Exit::Broken,
    };
    let is_partial = undone.as_ref().is_ok_and(|undone| !undone.undo.kept.is_empty());
    match fault {
        None if is_partial => Exit::Broken,
        None => Exit::Ok,
        Some(ApplyFault::LockBusy { .. } | ApplyFault::StoreBusy { .. }) => Exit::Busy,
        Some(_) => Exit::Io,
    }
}
