//! `zirkabot config get|set|unset`.

use crate::cli::grammar::Writing;
use clap::{Args, Subcommand};

/// Single values of the config.
#[derive(Debug, Subcommand)]
pub enum Setting {
    /// Print a value; a secret is shown as a label
    ///
    /// Exit 0 if it is set, 1 if it is not.
    Get(ConfigGet),
    /// Set a value, in the file in which it stands; every other byte stays as it is
    ///
    /// Text is given as it is, numbers as numbers, lists and tables as JSON. What would leave the
    /// config wrong is refused. A secret cannot be given as an argument, because others see it: name
    /// a variable ('${NAME}'), or pipe the value in and write - in its place.
    Set(ConfigSet),
    /// Take a value out, in the file in which it stands
    Unset(ConfigUnset),
}

/// `zirkabot config get`.
#[derive(Debug, Args)]
pub struct ConfigGet {
    /// Such as `agents.defaults.model`, `agents.list[0].id`, `'auth.profiles."anthropic:manual".mode'`
    #[arg(value_name = "PATH")]
    pub path: String,
    /// Print it as JSON; null if it is not set
    #[arg(long)]
    pub json: bool,
}

/// `zirkabot config set`.
#[derive(Debug, Args)]
pub struct ConfigSet {
    /// Such as `agents.defaults.model`, `agents.list[0].id`, `'auth.profiles."anthropic:manual".mode'`
    #[arg(value_name = "PATH")]
    pub path: String,
    /// The value; - reads it from standard input
    #[arg(value_name = "VALUE", allow_negative_numbers = true)]
    pub value: String,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}

/// `zirkabot config unset`.
#[derive(Debug, Args)]
pub struct ConfigUnset {
    /// Such as `agents.defaults.model`, `agents.list[0].id`, `'auth.profiles."anthropic:manual".mode'`
    #[arg(value_name = "PATH")]
    pub path: String,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}
