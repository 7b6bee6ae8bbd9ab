//! `zirkabot onboard`: a first credential and a model. With `--non-interactive` from flags, files
//! and variables, in [`flags`]; else step by step, in [`wizard`].

mod finish;
mod flags;
mod keys;
mod wizard;

use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, Writing, duration};
use crate::cli::onboard::keys::{Keys, secret};
use crate::cli::{Exit, Finished, Outcome};
use crate::intent::onboard::{CHOICES, CredentialMethod};
use crate::pipeline::Looked;
use crate::report::human;
use crate::report::style::Style;
use crate::sys::Act;
use crate::sys::secret::Secret;
use std::path::PathBuf;

/// Set up a first credential and a model, step by step
///
/// Offers existing credentials first. Writes nothing before you confirm the plan. With --non-interactive it
/// asks nothing and uses the flags.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Ask nothing: for images and CI. Needs --auth-choice
    #[arg(long)]
    non_interactive: bool,
    /// Which credential to set up; `help` lists them all
    #[arg(long, value_name = "CHOICE")]
    auth_choice: Option<String>,
    /// Where to store a key [default: auth-store; for openai-api-key: dotenv]
    #[arg(long, value_enum, value_name = "PLACE")]
    key_in: Option<KeyPlace>,
    /// Default model, as provider/model [default: one for the choice, if needed]
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Provider of the token, with --auth-choice token
    #[arg(long, value_name = "PROVIDER", default_value = "anthropic")]
    token_provider: String,
    /// Read the token from this file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The token itself, visible to other users; prefer --token-file
    #[arg(long, value_name = "TOKEN", value_parser = secret, conflicts_with = "token_file")]
    token: Option<Secret>,
    /// Name of the token's profile [default: PROVIDER:manual]
    #[arg(long, value_name = "PROFILE")]
    token_profile_id: Option<String>,
    /// When the token expires, such as 365d or 12h from now
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    token_expires_in: Option<i64>,
    #[command(flatten)]
    keys: Keys,
    /// Accepted for scripts of the gateway's own setup; has no effect
    #[arg(long, hide = true)]
    accept_risk: bool,
    #[command(flatten)]
    writing: Writing,
}

/// Where a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum KeyPlace {
    /// In the agent's auth store
    AuthStore,
    /// In .env in the state directory, which the gateway always reads
    Dotenv,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    if args.auth_choice.as_deref() == Some("help") {
        return Ok(Outcome::out(choices(), Exit::Ok));
    }
    if args.non_interactive {
        return flags::run(act, global, args);
    }
    let host = act.host();
    if !host.stdin_tty || !host.stdout_tty || args.writing.json {
        let why = Refusal::usage("this needs a terminal to ask questions");
        let help = "use `zirkabot onboard --non-interactive --auth-choice CHOICE`";
        return Err(why.help(help).into());
    }
    wizard::run(act, global, args)
}

/// What doctor would say now.
fn findings(looked: &Looked, _: &str, style: Style) -> String {
    let Looked { world, status, findings } = looked;
    human::headlines(world, status, findings, style) + &human::findings_text(world, findings, style, false)
}

/// All values of `--auth-choice`.
fn choices() -> String {
    let rows = CHOICES.iter().map(|row| {
        let what = match row.way {
            CredentialMethod::Key | CredentialMethod::DotenvKey => format!("{}: an API key", row.label),
            CredentialMethod::Elsewhere(how) => format!("not here: {how}"),
            CredentialMethod::NotOurs(why) => format!("nothing to do: {why}"),
            CredentialMethod::Skip => "do not set up a credential".to_owned(),
            CredentialMethod::Token
            | CredentialMethod::SetupToken
            | CredentialMethod::SignIn
            | CredentialMethod::Login(_) => row.label.to_owned(),
        };
        format!("{:<24}{what}\n", row.word)
    });
    rows.collect()
}
