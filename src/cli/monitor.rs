//! `zirkabot monitor …`.

use super::Writing;
use clap::{Args, Subcommand};

/// `zirkabot monitor`.
#[derive(Debug, Args)]
pub struct Monitor {
    /// What about it.
    #[command(subcommand)]
    pub command: MonitorCommand,
}

/// Having it look by itself.
#[derive(Debug, Subcommand)]
pub enum MonitorCommand {
    /// Have it look every half hour, by systemd, launchd or cron
    ///
    /// `zirkabot undo` brings back what was there. Of a crontab every other line stays as it is.
    Install(MonitorInstall),
    /// Have it look no more
    Uninstall(MonitorInstall),
}

/// By whom the monitor is started.
#[derive(Debug, Args)]
pub struct MonitorInstall {
    /// By whom it is started.
    #[command(flatten)]
    pub whose: super::service::Whose,
    /// By a line in your crontab, where there is neither systemd nor launchd
    #[arg(long, conflicts_with_all = ["manager", "json"])]
    pub cron: bool,
    /// On an Android phone: a button for the home screen, which Termux:Widget shows
    #[arg(long, conflicts_with_all = ["manager", "cron"])]
    pub termux: bool,
    /// Only write the files; start nothing
    #[arg(long)]
    pub no_start: bool,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}
