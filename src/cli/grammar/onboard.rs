//! `zirkabot onboard`. The flags for keys are made from the table of choices.

use crate::cli::grammar::Writing;
use crate::cli::grammar::span;
use crate::intent::onboard::CHOICES;
use crate::sys::secret::Secret;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueEnum};
use std::path::PathBuf;

/// `zirkabot onboard`.
#[derive(Clone, Debug, Args)]
pub struct Onboard {
    /// Ask nothing: for images and CI. Needs --auth-choice
    #[arg(long)]
    pub non_interactive: bool,
    /// Which credential to set up; `help` lists them all
    #[arg(long, value_name = "CHOICE")]
    pub auth_choice: Option<String>,
    /// Where a key is kept [default: auth-store; for openai-api-key: dotenv]
    #[arg(long, value_enum, value_name = "PLACE")]
    pub key_in: Option<Place>,
    /// The default model, as provider/model [default: one that goes with the choice, if one is needed]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// For this agent instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Of which provider the token of --auth-choice token is
    #[arg(long, value_name = "PROVIDER", default_value = "anthropic")]
    pub token_provider: String,
    /// Read the token from this file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The token itself; others on this machine can see it. Better --token-file
    #[arg(long, value_name = "TOKEN", value_parser = secret, conflicts_with = "token_file")]
    pub token: Option<Secret>,
    /// Name of the token's profile [default: PROVIDER:manual]
    #[arg(long, value_name = "PROFILE")]
    pub token_profile_id: Option<String>,
    /// When the token ends, such as 365d or 12h from now
    #[arg(long, value_name = "DURATION", value_parser = span)]
    pub token_expires_in: Option<i64>,
    /// Keys, by flag.
    #[command(flatten)]
    pub keys: Keys,
    /// Accepted, because scripts for the gateway's own set-up pass it; there is no risk to accept
    #[arg(long, hide = true)]
    pub accept_risk: bool,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}

/// Where a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Place {
    /// In the agent's auth store
    AuthStore,
    /// In .env in the state directory, which the gateway reads however it is started
    Dotenv,
}

/// Keys that were passed, by the flag of their choice.
#[derive(Clone, Debug, Default)]
pub struct Keys(pub Vec<(&'static str, KeyFrom)>);

/// Where a key is read from.
#[derive(Clone, Debug)]
pub enum KeyFrom {
    /// It stood on the command line.
    Argument(Secret),
    /// This file; `-` is standard input.
    File(PathBuf),
}

/// The flags, each once.
fn flags() -> Vec<&'static str> {
    let mut flags: Vec<&str> = CHOICES.iter().filter_map(|row| row.flag).collect();
    flags.sort_unstable();
    flags.dedup();
    flags
}

/// The name of the flag that names a file with the key of another flag.
fn file_flag(flag: &str) -> String {
    format!("{flag}-file")
}

impl Args for Keys {
    fn augment_args(mut cmd: Command) -> Command {
        for flag in flags() {
            let file = file_flag(flag);
            cmd = cmd.arg(
                Arg::new(flag)
                    .long(flag)
                    .value_name("KEY")
                    .value_parser(secret)
                    .conflicts_with(file.clone())
                    .action(ArgAction::Set)
                    .hide(true),
            );
            cmd = cmd.arg(
                Arg::new(file.clone())
                    .long(file)
                    .value_name("FILE")
                    .value_parser(clap::value_parser!(PathBuf))
                    .action(ArgAction::Set)
                    .help("Read the key from this file; `-` is standard input")
                    .help_heading("Keys, each also without `-file` and then visible to others"),
            );
        }
        cmd
    }

    fn augment_args_for_update(cmd: Command) -> Command {
        Self::augment_args(cmd)
    }
}

impl FromArgMatches for Keys {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut keys = Self::default();
        keys.update_from_arg_matches(matches)?;
        Ok(keys)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for flag in flags() {
            if let Some(key) = matches.get_one::<Secret>(flag) {
                self.0.push((flag, KeyFrom::Argument(key.clone())));
            }
            if let Some(file) = matches.get_one::<PathBuf>(&file_flag(flag)) {
                self.0.push((flag, KeyFrom::File(file.clone())));
            }
        }
        Ok(())
    }
}

fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::from(text))
}
