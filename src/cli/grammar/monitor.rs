//! `zirkabot monitor …`.

use crate::cli::grammar::Writing;
use crate::config::channels::{CHANNELS, Channel, Flag, Takes};
use crate::config::monitor::Remind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand, value_parser};
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
    /// By which channels.
    #[command(flatten)]
    pub named: Named,
    /// Let ntfy and webhook addresses that begin with http:// be used, though others can read along
    #[arg(long)]
    pub allow_http: bool,
    /// Longest time for one try of one channel
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::grammar::duration, default_value = "10s")]
    pub timeout: i64,
}

/// What the flags of the channels say; their table has them.
#[derive(Clone, Debug)]
pub struct Named(Vec<(&'static Flag, String)>);

impl Named {
    /// What is said of a channel.
    pub fn of(&self, channel: &'static Channel) -> impl Iterator<Item = (&'static Flag, &String)> {
        let is_its = |flag: &Flag| channel.flags.iter().any(|other| other.name == flag.name);
        self.0.iter().map(|(flag, text)| (*flag, text)).filter(move |(flag, _)| is_its(flag))
    }
}

fn flags() -> impl Iterator<Item = &'static Flag> {
    CHANNELS.iter().flat_map(|channel| channel.flags)
}

impl Args for Named {
    fn augment_args(command: Command) -> Command {
        command.args(flags().map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Named {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let texts = |flag: &'static Flag| -> Vec<String> {
            match flag.takes {
                Takes::Nothing => Vec::from_iter(matches.get_flag(flag.name).then(|| "true".to_owned())),
                Takes::File => matches
                    .get_many::<PathBuf>(flag.name)
                    .into_iter()
                    .flatten()
                    .map(|path| path.display().to_string())
                    .collect(),
                _ => matches.get_many(flag.name).into_iter().flatten().cloned().collect(),
            }
        };
        Ok(Self(flags().flat_map(|flag| texts(flag).into_iter().map(move |text| (flag, text))).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A flag as an argument.
fn arg(flag: &'static Flag) -> Arg {
    let mut arg = Arg::new(flag.name).long(flag.name).help(flag.help);
    if let Some(other) = flag.with {
        arg = arg.requires(other);
    }
    if let Some(other) = flag.instead_of {
        arg = arg.conflicts_with(other);
    }
    let several = |name| Arg::value_name(arg.clone(), name).action(ArgAction::Append);
    match flag.takes {
        Takes::Nothing => arg.action(ArgAction::SetTrue),
        Takes::Text(name) | Takes::Tail(name, _) => arg.value_name(name),
        Takes::Texts(name) => several(name),
        Takes::Arguments(name) => several(name).allow_hyphen_values(true),
        Takes::Variable => arg.value_name("VARIABLE"),
        Takes::File => arg.value_name("FILE").value_parser(value_parser!(PathBuf)),
    }
}

fn remind(text: &str) -> Result<Remind, String> {
    Remind::parse(text).ok_or_else(|| "expected `off`, or a time such as 12h or 3d".to_owned())
}
