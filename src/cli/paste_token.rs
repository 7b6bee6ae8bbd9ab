//! `zirkabot models auth paste-token`: a key or token of any provider, from a hidden prompt, from
//! standard input or from a file.

use crate::catalog::paths;
use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, PasteToken, Writing};
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Outcome};
use crate::doc::redact::HIDDEN;
use crate::doc::redact::is_secret_like;
use crate::intent::manual::{self, ManualCredential};
use crate::intent::paste::{self, LARGEST};
use crate::pipeline::{self, Trouble};
use crate::report::list;
use crate::report::style::Style;
use crate::sys::secret::Secret;
use crate::sys::{Act, Fault, Hidden, Reading};

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &PasteToken) -> Outcome {
    paste(act, global, args).unwrap_or_else(|refused| refused)
}

fn paste(act: &mut dyn Act, global: &Global, args: &PasteToken) -> Result<Outcome, Outcome> {
    let refuse = |refusal| write::refused(&Trouble::Refused(refusal));
    if args.token.is_some() || !args.stray.is_empty() {
        return Err(refuse(argument()));
    }
    // Whatever can be refused is refused before anybody pastes a secret.
    let world = pipeline::look(act.as_look(), &write::ask(global)).world;
    crate::policy::known::known_config(&world).map_err(refuse)?;
    let whose = write::agent(act.as_look(), global, args.agent.as_deref())?;
    let (provider, note) = manual::provider(&world, &args.provider).map_err(refuse)?;
    let id = manual::id(&world, &provider, args.profile_id.as_deref()).map_err(refuse)?;
    let (bytes, kept) = bytes(act, args.token_file.as_deref(), &provider)?;
    let command = |rest: &str| world.paths.command(rest);
    let pasted = paste::read_bytes(&provider, &bytes, &command).map_err(refuse)?;
    let agent = args.agent.as_deref();
    let given =
        ManualCredential { agent, provider: &provider, id: &id, pasted: &pasted, lasts: args.expires_in };
    let notes = note.into_iter().chain(manual::notes(&world, &whose, &given)).chain(kept);
    Ok(put(act, global, &given, &args.writing, &notes.collect::<Vec<_>>()))
}

/// A secret as an argument is refused, and not repeated.
fn argument() -> Refusal {
    let why = "a secret on the command line can be seen by every program on this machine, and stays in the \
               history of the shell";
    let help = "leave it out, and you are asked for it; or pipe it in, or name its file with --token-file. If \
                others use this machine, revoke it and take a new one";
    Refusal::usage(why).help(help)
}

/// Stores what was given, and says what is true afterwards.
pub(super) fn put(
    act: &mut dyn Act,
    global: &Global,
    given: &ManualCredential<'_>,
    writing: &Writing,
    notes: &[String],
) -> Outcome {
    let asked = WriteRequest {
        agent: given.agent,
        writing,
        request: &|world, agent| manual::store(world, agent, given),
        question: None,
        after: &|looked, agent, style| {
            let table = list::list(&looked.world, &looked.status, agent, Some(given.provider), style);
            table
                + &list::behind(
                    &looked.world,
                    (agent, given.agent.is_some()),
                    given.provider,
                    given.id,
                    style,
                )
        },
        json: None,
    };
    let mut outcome = write::run(act, global, &asked);
    if outcome.exit == Exit::Ok {
        let note = |text: &String| format!("note: {}\n", Style::PLAIN.wrap(text, 6, 6));
        outcome.stderr.extend(notes.iter().map(note));
    }
    outcome
}

/// What was given, and what is to be known of where it came from.
fn bytes(
    act: &mut dyn Act,
    file: Option<&str>,
    provider: &str,
) -> Result<(Secret<Vec<u8>>, Option<String>), Outcome> {
    let too_long = || write::refused(&Trouble::Refused(paste::too_long()));
    match file {
        Some(file) if file != "-" => read(act, file, too_long),
        _ if act.host().stdin_tty => Ok((ask(act, provider)?, None)),
        _ => match act.input(LARGEST) {
            Ok(Some(bytes)) => Ok((bytes, None)),
            Ok(None) => Err(too_long()),
            Err(error) => Err(unread("standard input", &Fault::of(&error).to_string())),
        },
    }
}

/// Asks for it without showing it.
fn ask(act: &mut dyn Act, provider: &str) -> Result<Secret<Vec<u8>>, Outcome> {
    match act.hidden(&prompt(provider)) {
        Hidden::Said(bytes) => Ok(bytes),
        Hidden::TooLong => Err(write::refused(&Trouble::Refused(paste::too_long()))),
        Hidden::Cancelled | Hidden::Gone => Err(nothing(Exit::Broken)),
    }
}

/// How it is asked for.
pub(super) fn prompt(provider: &str) -> String {
    format!("API key or token of {provider} (nothing of it is shown): ")
}

/// How it ends when it was broken off.
pub(super) fn nothing(exit: Exit) -> Outcome {
    Outcome { stdout: String::new(), stderr: "Nothing was changed.\n".to_owned(), exit }
}

/// Reads a file, and says that it still holds the secret.
fn read(
    act: &mut dyn Act,
    file: &str,
    too_long: impl Fn() -> Outcome,
) -> Result<(Secret<Vec<u8>>, Option<String>), Outcome> {
    let host = act.host();
    let path = paths::expand(file, &host.home, &host.cwd);
    let name = if is_secret_like(file) { HIDDEN } else { file };
    match act.read(&path, LARGEST) {
        Reading::File(bytes, _) => {
            let note = format!("{name} still holds it; remove it if nothing else needs it");
            Ok((bytes, Some(note)))
        }
        Reading::TooLarge(_) => Err(too_long()),
        Reading::Absent if is_secret_like(file) => Err(write::refused(&Trouble::Refused(argument()))),
        Reading::Absent => Err(unread(name, "no such file")),
        Reading::Fault(fault, _) => Err(unread(name, &fault.to_string())),
    }
}

/// Something could not be read.
fn unread(name: &str, why: &str) -> Outcome {
    let stderr = Style::PLAIN.text(&format!("error: {name}: {why}\n"));
    Outcome { stdout: String::new(), stderr, exit: Exit::Io }
}
