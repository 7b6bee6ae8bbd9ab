//! The flags for keys, which are made from the table of choices.

use crate::intent::onboard::CHOICES;
use crate::sys::secret::Secret;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use std::path::PathBuf;

/// Keys that were passed, by the flag of their choice.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(pub(super) Vec<(&'static str, KeyFrom)>);

/// Where a key is read from.
#[derive(Clone, Debug)]
pub(super) enum KeyFrom {
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

impl clap::Args for Keys {
    fn augment_args(mut cmd: Command) -> Command {
        for flag in flags() {
            let file = file_flag(flag);
            let argument = Arg::new(flag).long(flag).value_name("KEY").value_parser(secret);
            let argument = argument.conflicts_with(file.clone()).action(ArgAction::Set).hide(true);
            let from_file = Arg::new(file.clone()).long(file).value_name("FILE").action(ArgAction::Set);
            let from_file = from_file
                .value_parser(clap::value_parser!(PathBuf))
                .help("Read the key from this file; `-` is standard input")
                .help_heading("Keys (each also without `-file`, but then visible to other users)");
            cmd = cmd.arg(argument).arg(from_file);
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

/// Takes any text.
pub(super) fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::from(text))
}
