//! `zirkabot man`: the manual page.

use crate::cli::grammar::{Global, man};
use crate::cli::{EXITS, Exit, Finished, Outcome};
use crate::sys::Act;

/// Print the manual page
///
/// To read it: `zirkabot man | man -l -`. To install it, write the output to
/// ~/.local/share/man/man1/zirkabot.1.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs the command.
pub(super) fn run(_: &mut dyn Act, _: &Global, _: &Args) -> Finished {
    let exits = EXITS.iter().map(|(exit, what)| (exit.code(), *what));
    Ok(Outcome::out(man::page(exits), Exit::Ok))
}
