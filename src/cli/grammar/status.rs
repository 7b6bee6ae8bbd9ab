//! `zirkabot models status`.

use crate::cli::grammar::duration;
use crate::cli::grammar::wait;
use clap::Args;

/// How the status is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum StatusFormat {
    /// For people
    #[default]
    Human,
    /// One JSON document
    Json,
    /// Metrics for the textfile collector of Prometheus' node exporter
    Prometheus,
    /// A monitoring plugin's answer; ends with 0, 1, 2 or 3 as these do
    Nagios,
}

/// `zirkabot models status`.
#[derive(Clone, Debug, Args)]
pub struct Status {
    /// Change nothing; exit 0 if all is fine, 1 if something is expired or missing, 2 if expiring
    #[arg(long)]
    pub check: bool,
    /// Print one JSON document
    #[arg(long, alias = "status-json", conflicts_with = "plain")]
    pub json: bool,
    /// Print the default model only
    #[arg(long, alias = "status-plain")]
    pub plain: bool,
    /// How to print it; prometheus and nagios change nothing, as --check
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", conflicts_with_all = ["json", "plain"])]
    pub format: StatusFormat,
    /// Write what prometheus reads into this file, at once, instead of printing it
    #[arg(long, value_name = "FILE", requires = "format")]
    pub output: Option<std::path::PathBuf>,
    /// Of this agent instead of the default one
    #[arg(long, value_name = "ID", conflicts_with = "all_agents")]
    pub agent: Option<String>,
    /// Of all agents
    #[arg(long)]
    pub all_agents: bool,
    /// Of this provider only
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,
    /// Call a credential expiring that ends within this time, such as 12h or 3d [default: 24h]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub warn_within: Option<i64>,
    /// Do not count logins that renew themselves as expired or expiring
    #[arg(long)]
    pub allow_refreshable: bool,
    /// How long to wait for another zirkabot that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub lock_timeout: i64,
}
