//! `zirkabot history`: what was changed, when, and whether it was undone.

use crate::change::apply::history;
use crate::cli::grammar::Global;
use crate::cli::{Exit, Finished, Outcome};
use crate::pipeline;
use crate::report::style::Style;
use crate::report::{history as report, json};
use crate::sys::{Act, Look};
use crate::world::World;
use crate::world::label::Labels;

/// List changes and whether they were undone, newest first
///
/// Keeps the newest fifty changes, and backups of the newest twenty.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let world = world(act, global);
    let document = |past: &[_]| json::text(&report::document(&world, past));
    match history::read(act.as_look(), &world.paths.state) {
        Ok(past) if args.json => Ok(Outcome::out(document(&past), Exit::Ok)),
        Ok(past) => Ok(Outcome::out(report::history(&world, &past, global.style(act)), Exit::Ok)),
        Err(fault) => {
            let fault = Style::PLAIN.text(&Labels::new(&world).scrub(&fault.to_string()));
            Err(Outcome::err(format!("error: {fault}\n"), Exit::Io))
        }
    }
}

/// Where things are, and which secrets must not be shown.
pub(super) fn world(look: &dyn Look, global: &Global) -> World {
    pipeline::world(look, &global.ask_files())
}
