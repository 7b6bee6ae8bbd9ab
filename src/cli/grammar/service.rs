//! `zirkabot service …`.

use crate::cli::grammar::Writing;
use clap::{Args, Subcommand, ValueEnum};

/// The gateway as a service of this user.
#[derive(Debug, Subcommand)]
pub enum Service {
    /// Whether it is installed and runs, and what it lacks
    ///
    /// Exit 0 if it runs, 1 if it does not or is not installed, 2 if that cannot be told here.
    Status(ServiceStatus),
    /// Show what `install` would write, as a difference, and which commands it would run
    Plan(ServicePlan),
    /// Have the gateway run as a service, now and after every start of the machine
    ///
    /// The definition gets no credential: the service reads them from the state directory's `.env`,
    /// the config and the auth stores. A definition that was written or changed by hand is left as
    /// it is, unless --force is given. `zirkabot undo` brings back what was there.
    Install(ServiceInstall),
    /// Stop the service, and remove its definition
    Uninstall(ServiceUninstall),
}

/// Who runs services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ManagerName {
    /// The user's systemd
    Systemd,
    /// launchd of macOS
    Launchd,
}

/// `zirkabot service status`.
#[derive(Debug, Args)]
pub struct ServiceStatus {
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Whose service it is, and what may be overwritten.
#[derive(Clone, Copy, Debug, Args)]
pub struct Whose {
    /// Who is to run it [default: the one of this system]
    #[arg(long, value_enum, value_name = "MANAGER")]
    pub manager: Option<ManagerName>,
    /// Also replace or remove what was written or changed by hand
    #[arg(long)]
    pub force: bool,
}

/// `zirkabot service plan`.
#[derive(Debug, Args)]
pub struct ServicePlan {
    /// Whose service it is.
    #[command(flatten)]
    pub whose: Whose,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `zirkabot service install`.
#[derive(Debug, Args)]
pub struct ServiceInstall {
    /// Whose service it is.
    #[command(flatten)]
    pub whose: Whose,
    /// Only write the definition; start nothing
    #[arg(long)]
    pub no_start: bool,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}

/// `zirkabot service uninstall`.
#[derive(Debug, Args)]
pub struct ServiceUninstall {
    /// Whose service it is.
    #[command(flatten)]
    pub whose: Whose,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}
