//! `zirkabot monitor test`, and whom the monitor tells.

use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, duration};
use crate::cli::{Exit, Finished, Outcome};
use crate::config::channels::{ALLOW_HTTP, CHANNELS, Channel, Flag, FlagValue, Settings};
use crate::config::monitor as config;
use crate::doc::redact;
use crate::pipeline;
use crate::pipeline::notify::Delivery;
use crate::report::monitor as report;
use crate::sys::Act;
use crate::world::World;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, value_parser};
use std::path::PathBuf;

/// Send a test message to every channel
///
/// Nothing is recorded. Exit 0 if all could be sent, 74 if one failed.
#[derive(Debug, clap::Args)]
pub(super) struct Test {
    #[command(flatten)]
    channels: Channels,
}

/// Whom to tell, besides what the config says under `monitor`. Tokens come from variables and files.
#[derive(Debug, clap::Args)]
pub(super) struct Channels {
    #[command(flatten)]
    named: Named,
    /// Allow ntfy and webhook addresses with http://, although others can read the messages
    #[arg(long)]
    allow_http: bool,
    /// Timeout of one attempt for one channel
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10s")]
    pub(super) timeout: i64,
}

/// What the flags of the channels say; their table has them.
#[derive(Clone, Debug)]
struct Named(Vec<(&'static Flag, String)>);

impl Named {
    /// What is said of a channel.
    fn of(&self, channel: &'static Channel) -> impl Iterator<Item = (&'static Flag, &String)> {
        let is_its = |flag: &Flag| channel.flags.iter().any(|other| other.name == flag.name);
        self.0.iter().map(|(flag, text)| (*flag, text)).filter(move |(flag, _)| is_its(flag))
    }
}

fn flags() -> impl Iterator<Item = &'static Flag> {
    CHANNELS.iter().flat_map(|channel| channel.flags)
}

impl clap::Args for Named {
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
                FlagValue::Nothing => Vec::from_iter(matches.get_flag(flag.name).then(|| "true".to_owned())),
                FlagValue::File => matches
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
        FlagValue::Nothing => arg.action(ArgAction::SetTrue),
        FlagValue::Text(name) | FlagValue::Tail(name, _) => arg.value_name(name),
        FlagValue::Texts(name) => several(name),
        FlagValue::Arguments(name) => several(name).allow_hyphen_values(true),
        FlagValue::Variable => arg.value_name("VARIABLE"),
        FlagValue::File => arg.value_name("FILE").value_parser(value_parser!(PathBuf)),
    }
}

/// Runs the command.
pub(super) fn test(act: &mut dyn Act, global: &Global, args: &Test) -> Finished {
    let world = pipeline::world(act.as_look(), &global.ask_one(None));
    let settings = settings(&world, &args.channels)?;
    let message = report::test_message(&act.machine_name(), world.now);
    let (mut stdout, mut stderr) = (String::new(), String::new());
    for settings in &settings.channels {
        let name = settings.channel.name();
        let told = Delivery { settings, message: &message, limit: args.channels.timeout }.send(act);
        match told.map_err(redact::redact) {
            Ok(()) => stdout.push_str(&format!("the test message was sent to {name}\n")),
            Err(why) => stderr.push_str(&format!("error: sending to {name} failed: {why}\n")),
        }
    }
    if stdout.is_empty() && stderr.is_empty() {
        let why = "no channel is configured: add one, such as --ntfy TOPIC, or set one under `monitor` in the config";
        return Err(Refusal::state(why).into());
    }
    let exit = if stderr.is_empty() { Exit::Ok } else { Exit::Io };
    Ok(Outcome::told(stdout, stderr, exit))
}

/// The channels: those of the config, and in the place of each what the command line says.
pub(super) fn settings(world: &World, args: &Channels) -> Result<config::Monitor, Outcome> {
    let value = |flag: &Flag, text: &String| match flag.takes {
        FlagValue::Variable => world.env.named(text).filter(|value| !value.is_blank()).cloned(),
        _ => Some(text.as_str().into()),
    };
    let monitor = &world.desired.monitor;
    let mut channels = Vec::new();
    for channel in CHANNELS {
        let mut given = Vec::new();
        for (flag, text) in args.named.of(channel) {
            let unset = || Outcome::from(Refusal::state(format!("the variable {text} is not set")));
            given.push((flag, value(flag, text).ok_or_else(unset)?));
        }
        let said = (!given.is_empty()).then(|| {
            let mut settings = Settings::given(channel, given);
            settings.complete(world.desired.root.as_ref());
            settings
        });
        channels.extend(said.or_else(|| monitor.channel(channel.name()).cloned()));
    }
    if args.allow_http {
        channels.iter_mut().for_each(|settings| settings.switch_on(ALLOW_HTTP));
    }
    Ok(config::Monitor { channels, ..monitor.clone() })
}
