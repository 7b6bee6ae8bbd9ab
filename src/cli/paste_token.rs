//! `zirkabot models auth paste-token`: a key or token of any provider, from a hidden prompt, from
//! standard input or from a file.

use crate::catalog::paths;
use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, Writing, duration};
use crate::cli::menu::{self, hidden};
use crate::cli::test::{self, Offered};
use crate::cli::write::{self, WriteRequest, noted};
use crate::cli::{Exit, Finished, Outcome, scope};
use crate::doc::redact::{HIDDEN, is_secret_like};
use crate::intent::manual::{self, ManualCredential};
use crate::intent::paste::{self, LARGEST};
use crate::pipeline;
use crate::policy::known::known_config;
use crate::report::list;
use crate::report::style::Style;
use crate::sys::secret::Secret;
use crate::sys::{Act, Fault, Hidden, Reading};
use crate::world::World;

/// Store an API key or token for any provider, and use it
///
/// Asks for it with hidden input, or reads it from standard input or a file. It is never an argument, which
/// every program on the machine could see. Line breaks, quotation marks and similar text around it are
/// removed. `zirkabot undo` undoes it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Provider, such as anthropic or openrouter
    #[arg(long, value_name = "PROVIDER")]
    provider: String,
    /// Profile name [default: PROVIDER:manual]
    #[arg(long, value_name = "PROFILE")]
    profile_id: Option<String>,
    /// It expires after this time, such as 1y, 365d, 12h or 1d12h; a bare number means days
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expires_in: Option<i64>,
    /// Read it from this file; `-` for standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<String>,
    /// Store it even if it does not look like a key or token for this provider
    #[arg(long)]
    force: bool,
    /// Store it for this agent only, instead of for all agents without their own
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    #[command(flatten)]
    writing: Writing,
    /// What must not be an argument, so that it can be said.
    #[arg(long, hide = true, num_args = 0..=1, allow_hyphen_values = true, aliases = ["key", "api-key"])]
    token: Option<Option<String>>,
    /// The same without a name.
    #[arg(hide = true)]
    stray: Vec<String>,
}

/// A secret, and what is to be known of where it came from.
type Given = (Secret<Vec<u8>>, Option<String>);

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    if args.token.is_some() || !args.stray.is_empty() {
        return Err(argument().into());
    }
    // Whatever can be refused is refused before anybody pastes a secret.
    let world = pipeline::world(act.as_look(), &global.ask_all());
    known_config(&world)?;
    let whose = scope::agent(act, global, args.agent.as_deref())?;
    let (provider, note) = manual::provider(&world, &args.provider)?;
    let id = manual::id(&world, &provider, args.profile_id.as_deref())?;
    let (command, style) = (|rest: &str| world.paths.command(rest), global.style(act));
    let (pasted, kept) = loop {
        let (bytes, kept) = given(act, args.token_file.as_deref(), &provider)?;
        let pasted = paste::of_text(&provider, paste::text_of(&bytes)?, &command, args.force)?;
        let offered = match is_typed(act, args) {
            true => test::offered(act, style, &world, (&provider, pasted.kind, &pasted.secret)),
            false => Offered::Keep,
        };
        match offered {
            Offered::Keep => break (pasted, kept),
            Offered::Again => {}
            Offered::Gone => return Err(Outcome::err("Nothing was changed.\n".to_owned(), Exit::Broken)),
        }
    };
    let pasted = &pasted;
    let (agent, lasts) = (args.agent.as_deref(), args.expires_in);
    let credential = ManualCredential { agent, provider: &provider, id: &id, pasted, lasts };
    let notes = note.into_iter().chain(manual::notes(&world, &whose, &credential)).chain(kept);
    put(act, global, &credential, &args.writing, &notes.collect::<Vec<_>>())
}

/// Whether a person types it who can be asked something.
fn is_typed(act: &dyn Act, args: &Args) -> bool {
    let (host, is_file) = (act.host(), args.token_file.as_deref().is_some_and(|file| file != "-"));
    host.stdin_tty && host.stdout_tty && !is_file && !args.writing.json && !args.writing.dry_run
}

/// A secret as an argument is refused, and not repeated.
fn argument() -> Refusal {
    let why = "a secret on the command line is visible to every program on this machine, and stays in the shell's history";
    let help = "omit it to be asked for it, pipe it in, or use --token-file. If other people use this machine, revoke it and create a new one";
    Refusal::usage(why).help(help)
}

/// Stores a credential, and says what is true afterwards.
pub(super) fn put(
    act: &mut dyn Act,
    global: &Global,
    given: &ManualCredential<'_>,
    writing: &Writing,
    notes: &[String],
) -> Finished {
    let request = |world: &World, agent: &str| manual::store(world, agent, given);
    let asked = WriteRequest {
        agent: given.agent,
        after: &|looked, agent, style| {
            let table = list::list(&looked.world, &looked.status, agent, Some(given.provider), style);
            table + &list::behind(&looked.world, agent, given, style)
        },
        ..WriteRequest::new(writing, &request)
    };
    Ok(noted(write::run(act, global, &asked)?, notes))
}

/// What was given.
fn given(act: &mut dyn Act, file: Option<&str>, provider: &str) -> Result<Given, Outcome> {
    match file {
        Some(file) if file != "-" => read(act, file),
        _ if act.host().stdin_tty => match hidden(act, &prompt(provider)) {
            Hidden::Said(bytes) => Ok((bytes, None)),
            Hidden::TooLong => Err(paste::too_long().into()),
            Hidden::Cancelled | Hidden::Gone => Err(Outcome::cancelled()),
            Hidden::Shown => Err(Refusal::state(menu::SHOWN).help(menu::INSTEAD).into()),
        },
        _ => match act.input(LARGEST) {
            Ok(Some(bytes)) => Ok((bytes, None)),
            Ok(None) => Err(paste::too_long().into()),
            Err(error) => Err(unread("standard input", &Fault::of(&error).to_string())),
        },
    }
}

/// How it is asked for.
pub(super) fn prompt(provider: &str) -> String {
    format!("API key or token for {provider} (input is hidden): ")
}

/// Reads a file, and says that it still holds the secret.
fn read(act: &dyn Act, file: &str) -> Result<Given, Outcome> {
    let host = act.host();
    let name = if is_secret_like(file) { HIDDEN } else { file };
    match act.read(&paths::expand(file, &host.home, &host.cwd), LARGEST) {
        Reading::File(bytes, _) => {
            Ok((bytes, Some(format!("{name} still contains it; remove it if nothing else needs it"))))
        }
        Reading::TooLarge(_) => Err(paste::too_long().into()),
        Reading::Absent if is_secret_like(file) => Err(argument().into()),
        Reading::Absent => Err(unread(name, "no such file")),
        Reading::Fault(fault, _) => Err(unread(name, &fault.to_string())),
    }
}

/// Something could not be read.
fn unread(name: &str, why: &str) -> Outcome {
    Outcome::err(Style::PLAIN.text(&format!("error: {name}: {why}")) + "\n", Exit::Io)
}
