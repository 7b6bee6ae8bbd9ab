//! Printing a list of names, such as short names of models: as a document, plain, or for a person.

use crate::cli::grammar::Global;
use crate::cli::scope::seen;
use crate::cli::{Exit, Finished, Outcome};
use crate::policy::known::known_config;
use crate::report::json;
use crate::report::style::Style;
use crate::sys::Act;
use crate::world::World;
use serde::Serialize;

// How the names are printed.
#[derive(Debug, clap::Args)]
pub(super) struct NameList {
    /// Print one JSON document
    #[arg(long, conflicts_with = "plain")]
    json: bool,
    /// Print only the names, one per line
    #[arg(long)]
    plain: bool,
}

/// Prints them.
pub(super) fn print<T: Serialize>(
    act: &dyn Act,
    global: &Global,
    args: &NameList,
    document: impl Fn(&World) -> T,
    plain: fn(&T, Style) -> String,
    text: fn(&T, Style) -> String,
) -> Finished {
    let (looked, _) = seen(act, global, None, |world| Ok(known_config(world)?))?;
    let document = document(&looked.world);
    let stdout = match (args.json, args.plain) {
        (true, _) => json::text(&document),
        (false, true) => plain(&document, global.style(act)),
        (false, false) => text(&document, global.style(act)),
    };
    Ok(Outcome::out(stdout, Exit::Ok))
}
