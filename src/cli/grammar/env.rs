//! `zirkabot env`.

use clap::{Args, ValueEnum};

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum View {
    /// This process
    Here,
    /// The gateway's service
    Service,
    /// Both, side by side
    Both,
}

/// `zirkabot env`.
#[derive(Clone, Debug, Args)]
pub struct Env {
    /// Only these variables; else all known ones that are set
    #[arg(value_name = "VARIABLE")]
    pub names: Vec<String>,
    /// Who looks [default: both, if there is a service]
    #[arg(long, value_enum, value_name = "VIEW")]
    pub view: Option<View>,
    /// Only the variables of this provider
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,
    /// Also known variables that are set nowhere
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}
