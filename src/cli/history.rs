//! `zirkabot history`: what was changed, when, and whether it was undone.

use crate::change::apply::history;
use crate::cli::grammar::Global;
use crate::cli::{Exit, Outcome, grammar as cli};
use crate::pipeline::{self, Ask};
use crate::policy::status::Options;
use crate::report::history as report;
use crate::report::json;
use crate::report::style::{Stream, Style};
use crate::sys::Look;
use crate::world::World;
use crate::world::observe::{Agents, Depth};

/// Runs the command.
pub(super) fn run(look: &dyn Look, global: &Global, args: &cli::History) -> Outcome {
    let world = world(look, global);
    let style = Style::decide(global.color, look.host(), Stream::Out);
    match history::read(look, &world.paths.state) {
        Ok(past) if args.json => Outcome::out(json::text(&report::document(&world, &past)), Exit::Ok),
        Ok(past) => Outcome::out(report::history(&world, &past, style), Exit::Ok),
        Err(fault) => {
            let document = report::document(&world, &[]);
            let stdout = if args.json { json::text(&document) } else { String::new() };
            let fault = crate::world::label::Labels::new(&world).scrub(&fault.to_string());
            Outcome { stdout, stderr: format!("error: {}\n", Style::PLAIN.text(&fault)), exit: Exit::Io }
        }
    }
}

/// Where things are, and which secrets must not be shown.
pub(super) fn world(look: &dyn Look, global: &Global) -> World {
    let profile = global.profile().map(str::to_owned);
    let ask = Ask { agents: Agents::Default, profile, options: Options::default(), depth: Depth::Status };
    pipeline::look(look, &ask).world
}
