//! `zirkabot models auth report` and `zirkabot models auth cooldown`.

use crate::cli::grammar::wait;
use clap::{ArgGroup, Args, Subcommand};

/// `zirkabot models auth report`.
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("came").required(true).multiple(true).args(["status", "error", "ok"])))]
pub struct Report {
    /// The profile that was used
    #[arg(value_name = "PROFILE")]
    pub id: String,
    /// The status code of the answer
    #[arg(long, value_name = "NUMBER", conflicts_with = "ok", value_parser = clap::value_parser!(u16).range(100..600))]
    pub status: Option<u16>,
    /// The words or the code of the error; nothing of them is kept
    #[arg(long, value_name = "TEXT", conflicts_with = "ok")]
    pub error: Option<String>,
    /// It worked
    #[arg(long)]
    pub ok: bool,
    /// As this agent sees it, instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// How long to wait for another zirkabot that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub lock_timeout: i64,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// `zirkabot models auth cooldown`.
#[derive(Clone, Debug, Subcommand)]
pub enum Cooldown {
    /// Let a profile be used again that rests after failures
    ///
    /// What it is disabled for, such as a bill that is not paid, stays.
    Clear(Clear),
}

/// `zirkabot models auth cooldown clear`.
#[derive(Clone, Debug, Args)]
pub struct Clear {
    /// The profile
    #[arg(value_name = "PROFILE")]
    pub id: String,
    /// As this agent sees it, instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// How long to wait for another zirkabot that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub lock_timeout: i64,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}
