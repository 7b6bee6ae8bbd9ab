//! `zirkabot config get|set|unset`: single values of the config.

use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, Writing};
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Finished, Outcome};
use crate::config::find;
use crate::intent::setting::{self, TypedValue};
use crate::pipeline::{self, Query};
use crate::policy::known::known_config;
use crate::report::setting::value;
use crate::report::style::Style;
use crate::sys::Act;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::observe::Depth;
use std::cell::Cell;

/// Print a value; secrets are shown as labels
///
/// Exit 0 if it is set, 1 if it is not.
#[derive(Debug, clap::Args)]
pub(super) struct Get {
    #[command(flatten)]
    at: At,
    /// Print it as JSON; null if it is not set
    #[arg(long)]
    json: bool,
}

/// Set a value; everything else in the file stays the same
///
/// Write text and numbers as they are, lists and tables as JSON. A change that makes the config invalid is
/// refused. A secret cannot be an argument, because others can see it: use a variable ('${NAME}'), or pipe
/// the value in and write - instead.
#[derive(Debug, clap::Args)]
pub(super) struct Set {
    #[command(flatten)]
    at: At,
    /// Value; - reads it from standard input
    #[arg(value_name = "VALUE", allow_negative_numbers = true)]
    value: String,
    #[command(flatten)]
    writing: Writing,
}

/// Remove a value
#[derive(Debug, clap::Args)]
pub(super) struct Unset {
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    writing: Writing,
}

/// Where the value stands.
#[derive(Debug, clap::Args)]
struct At {
    /// Such as `agents.defaults.model`, `agents.list[0].id`, `'auth.profiles."anthropic:manual".mode'`
    #[arg(value_name = "PATH")]
    path: String,
}

/// Prints a value.
pub(super) fn get(act: &mut dyn Act, global: &Global, args: &Get) -> Finished {
    let path = setting::path(&args.at.path)?;
    // As it stands in the file, not as the next sync would leave it.
    let world = pipeline::world(act.as_look(), &global.ask_files());
    known_config(&world).map_err(Outcome::from)?;
    let Some(shown) = value(&world, &path) else {
        setting::shape(&world, &path).map_err(setting::as_of_now)?;
        let default = find::built_in(&path).map(|value| format!("; the default is {value}"));
        let stderr = format!("error: `{path}` is not set{}\n", default.unwrap_or_default());
        let stdout = if args.json { "null\n".to_owned() } else { String::new() };
        return Err(Outcome::told(stdout, Style::PLAIN.lines(&stderr), Exit::Broken));
    };
    let mut stderr = String::new();
    if shown.has_label {
        stderr.push_str("note: secrets are shown as labels\n");
    }
    if shown.is_hidden {
        stderr.push_str("note: settings of other parts of the product may be secret, so they are hidden\n");
    }
    let stdout = if args.json { crate::report::json::text(&shown.value) } else { shown.text() };
    Ok(Outcome::told(stdout, stderr, Exit::Ok))
}

/// Sets a value.
pub(super) fn set(act: &mut dyn Act, global: &Global, args: &Set) -> Finished {
    let path = setting::path(&args.at.path)?;
    let value = match args.value.as_str() {
        "-" => TypedValue { text: piped(act)?, is_argument: false },
        text => TypedValue { text: Secret::from(text), is_argument: true },
    };
    let request = |world: &World, _: &str| setting::set(world, &path, &value);
    asked(act, global, &WriteRequest::new(&args.writing, &request))
}

/// Does it. A dry run asks no program for a secret, because nothing of what it shows depends on one.
fn asked(act: &mut dyn Act, global: &Global, request: &WriteRequest<'_>) -> Finished {
    let all = global.ask_all();
    let depth = if request.writing.dry_run { Depth::Files } else { all.depth };
    write::run_asking(act, global, &Query { depth, ..all }, request)
}

/// All that comes on standard input, without its last line break.
fn piped(act: &mut dyn Act) -> Result<Secret, Refusal> {
    if act.host().stdin_tty {
        let refusal = Refusal::usage("standard input is a terminal, which would show the value");
        return Err(refusal.help("pipe the value in, or redirect it from a file"));
    }
    let mut text = act.answer().ok_or_else(|| Refusal::usage("standard input was empty"))?;
    while let Some(line) = act.answer() {
        text.push('\n');
        text.push_str(&line);
    }
    Ok(Secret::new(text))
}

/// Takes a value out.
pub(super) fn unset(act: &mut dyn Act, global: &Global, args: &Unset) -> Finished {
    let path = setting::path(&args.at.path)?;
    let seen = Cell::new(0);
    let request = |world: &World, _: &str| setting::unset(world, &path, &seen);
    asked(act, global, &WriteRequest::new(&args.writing, &request))
}
