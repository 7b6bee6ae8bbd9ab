//! `zirkabot monitor …`.

use crate::cli::grammar::Writing;
use crate::config::monitor::Remind;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `zirkabot monitor`.
#[derive(Debug, Args)]
pub struct Monitor {
    /// What about it.
    #[command(subcommand)]
    pub command: Option<MonitorCommand>,
    /// Without a further word: one round.
    #[command(flatten)]
    pub round: MonitorRound,
}

/// `zirkabot monitor …`.
#[derive(Debug, Subcommand)]
pub enum MonitorCommand {
    /// Send a test message through every channel, to see which of them arrive
    ///
    /// Nothing is remembered of it. Exit 0 if all took it, 74 if one did not.
    Test(MonitorTest),
    /// Have it look every half hour, by systemd, launchd or cron
    ///
    /// `zirkabot undo` brings back what was there. Of a crontab every other line stays as it is.
    Install(MonitorInstall),
    /// Have it look no more
    Uninstall(MonitorInstall),
}

/// One round of `zirkabot monitor`.
#[derive(Debug, Args)]
pub struct MonitorRound {
    /// Only of this agent
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Call a credential expiring that ends within this time, such as 12h or 3d [default: 24h]
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::grammar::duration)]
    pub warn_within: Option<i64>,
    /// Do not count logins that renew themselves as expired or expiring
    #[arg(long)]
    pub allow_refreshable: bool,
    /// Tell again after this time what has not changed, or `off` [default: 24h]
    #[arg(long, value_name = "DURATION", value_parser = remind)]
    pub remind: Option<Remind>,
    /// Whom to tell.
    #[command(flatten)]
    pub channels: Channels,
    /// Only say what would be told; tell nobody, remember nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// How long to wait for another round that is still telling
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::grammar::wait, default_value = "30s")]
    pub lock_timeout: i64,
}

/// `zirkabot monitor test`.
#[derive(Debug, Args)]
pub struct MonitorTest {
    /// Whom to tell.
    #[command(flatten)]
    pub channels: Channels,
}

/// By whom the monitor is started.
#[derive(Debug, Args)]
pub struct MonitorInstall {
    /// By whom it is started.
    #[command(flatten)]
    pub whose: crate::cli::grammar::service::Whose,
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

/// Whom to tell, besides what the config says under `monitor`. Tokens come from variables and files.
#[derive(Clone, Debug, Args)]
pub struct Channels {
    /// Publish to this ntfy topic; with an address, on that server
    #[arg(long, value_name = "TOPIC|URL")]
    pub ntfy: Option<String>,
    /// The variable that holds ntfy's access token
    #[arg(long, value_name = "VARIABLE", requires = "ntfy", conflicts_with = "ntfy_token_file")]
    pub ntfy_token_env: Option<String>,
    /// The file that holds ntfy's access token
    #[arg(long, value_name = "FILE", requires = "ntfy")]
    pub ntfy_token_file: Option<PathBuf>,
    /// Post JSON to this address
    #[arg(long, value_name = "URL", conflicts_with = "webhook_env")]
    pub webhook: Option<String>,
    /// The variable that holds the address to post JSON to
    #[arg(long, value_name = "VARIABLE")]
    pub webhook_env: Option<String>,
    /// Mail to this address through sendmail; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    pub mail: Vec<String>,
    /// Show it on the desktop
    #[arg(long)]
    pub desktop: bool,
    /// Show it through termux-notification
    #[arg(long)]
    pub termux: bool,
    /// Run this program with the message as JSON on its standard input
    #[arg(long, value_name = "PROGRAM")]
    pub hook: Option<String>,
    /// An argument for the program; may be given several times
    #[arg(long, value_name = "VALUE", requires = "hook", allow_hyphen_values = true)]
    pub hook_arg: Vec<String>,
    /// Let ntfy and webhook addresses that begin with http:// be used, though others can read along
    #[arg(long)]
    pub allow_http: bool,
    /// Longest time for one try of one channel
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::grammar::duration, default_value = "10s")]
    pub timeout: i64,
}

fn remind(text: &str) -> Result<Remind, String> {
    Remind::parse(text).ok_or_else(|| "expected `off`, or a time such as 12h or 3d".to_owned())
}
