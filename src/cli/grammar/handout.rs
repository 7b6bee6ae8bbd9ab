//! `zirkabot models auth print` and `zirkabot exec`.

use crate::cli::grammar::refresh::Asking;
use clap::{Args, ValueEnum};

/// How a credential is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PrintFormat {
    /// The secret alone
    #[default]
    Raw,
    /// The header by which the provider takes it
    Header,
    /// Variables, one a line, ready for a shell
    Env,
    /// One JSON document with all of these
    Json,
}

/// `zirkabot models auth print`.
#[derive(Clone, Debug, Args)]
pub struct Print {
    /// Of this provider, such as anthropic or openrouter
    #[arg(long, value_name = "PROVIDER")]
    pub provider: String,
    /// This profile and no other
    #[arg(long, value_name = "PROFILE")]
    pub profile_id: Option<String>,
    /// As this session would use it: with its pin, if it has one
    #[arg(long, value_name = "SESSION", conflicts_with = "profile_id")]
    pub session: Option<String>,
    /// As this agent would use it, instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// In which form
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: PrintFormat,
    /// Limits.
    #[command(flatten)]
    pub asking: Asking,
}

/// `zirkabot exec`.
#[derive(Clone, Debug, Args)]
pub struct Exec {
    /// With the credential of this provider; may be given several times
    #[arg(long, value_name = "PROVIDER", required = true)]
    pub provider: Vec<String>,
    /// As this agent would use it, instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Limits.
    #[command(flatten)]
    pub asking: Asking,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}
