//! `zirkabot models auth refresh`.

use crate::cli::grammar::wait;
use clap::Args;

/// How long asking a server may take.
#[derive(Clone, Debug, Args)]
pub struct Asking {
    /// How long one request to a provider may take
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "30s")]
    pub timeout: i64,
    /// How long to wait for another zirkabot that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub lock_timeout: i64,
}

/// `zirkabot models auth refresh`.
#[derive(Clone, Debug, Args)]
pub struct Refresh {
    /// The profile; without one, all logins of the agent that are over or end within 5 minutes
    #[arg(value_name = "PROFILE")]
    pub login: Option<String>,
    /// As this agent sees it, instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Limits.
    #[command(flatten)]
    pub asking: Asking,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}
