//! Verbs: one file each, from arguments through the pipeline to a report.
//!
//! Invariant: a verb decides nothing about credentials and formats nothing by itself. The exit codes of
//! the whole program are [`Exit`] and nowhere else. No room imports this one.

mod add;
mod ansible;
mod apply;
mod completions;
mod config;
mod demo;
mod doctor;
mod env;
mod explain;
mod file;
pub mod grammar;
mod handout;
mod history;
mod install;
mod list;
mod menu;
mod models;
mod monitor;
mod monitor_install;
mod onboard;
mod order;
mod paste_token;
mod plan;
mod refresh;
mod remove;
mod rotation;
pub mod saved_plan;
mod scope;
mod service;
mod session;
mod setting;
mod setup_token;
mod status;
mod undo;
mod why;
mod write;

use crate::change::apply::ApplyFault;
use crate::cli::grammar::{Auth, Cli, Command, Global, ModelsCommand};
use crate::doc::redact;
use crate::pipeline::Trouble;
use crate::report::style::Style;
use crate::sys::Act;
use clap::Parser;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All fine, or done.
    Ok,
    /// Something relevant is expired or missing; or the command failed.
    Broken,
    /// Nothing is broken, but something is left to do.
    Attention,
    /// A monitoring plugin's WARNING.
    Warning,
    /// A monitoring plugin's CRITICAL.
    Critical,
    /// A monitoring plugin's UNKNOWN.
    Unknown,
    /// The command line is wrong.
    Usage,
    /// A fault of the program itself.
    Internal,
    /// Input or output failed outside the check itself.
    Io,
    /// Another process holds the lock.
    Busy,
    /// The program that was to be run cannot be started.
    NotStarted,
    /// The program that was to be run is not there.
    NotFound,
}

/// One row of the table in the README: code, meaning.
pub const EXITS: &[(Exit, &str)] = &[
    (Exit::Ok, "all is fine, or the command is done"),
    (
        Exit::Broken,
        "something relevant is expired or missing, the config or a store cannot be read or is invalid; `doctor`: errors remain; `plan`: none can be made; or the command failed",
    ),
    (
        Exit::Attention,
        "`--check`: nothing is expired or missing, something relevant is expiring; `doctor`: only warnings remain; `plan`: changes are pending",
    ),
    (
        Exit::Unknown,
        "only with `--format nagios`, by the rules of monitoring plugins: the config cannot be read; there 0 is OK, 1 WARNING (expiring), 2 CRITICAL (expired or missing)",
    ),
    (Exit::Usage, "the command line is wrong"),
    (Exit::Internal, "a fault of zirkabot itself"),
    (Exit::Io, "reading or writing failed outside the check itself"),
    (Exit::Busy, "another zirkabot or the gateway holds the lock"),
    (Exit::NotStarted, "only with `exec`: the program cannot be started"),
    (Exit::NotFound, "only with `exec`: there is no such program"),
];

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Broken | Self::Warning => 1,
            Self::Attention | Self::Critical => 2,
            Self::Unknown => 3,
            Self::Usage => 64,
            Self::Internal => 70,
            Self::Io => 74,
            Self::Busy => 75,
            Self::NotStarted => 126,
            Self::NotFound => 127,
        }
    }
}

/// What a command leaves behind for the terminal.
#[derive(Debug)]
pub struct Outcome {
    /// For standard output.
    pub stdout: String,
    /// For standard error.
    pub stderr: String,
    /// How the program ends.
    pub exit: Exit,
}

impl Outcome {
    /// Data, or a report, on standard output.
    fn out(stdout: String, exit: Exit) -> Self {
        Self { stdout, stderr: String::new(), exit }
    }

    /// A wrong command line.
    fn usage(message: &str) -> Self {
        let message = Style::PLAIN.text(&redact::redact(message.to_owned()));
        let stderr = format!("error: {message}\n\nFor more information, try '--help'.\n");
        Self { stdout: String::new(), stderr, exit: Exit::Usage }
    }
}

/// Runs the program with its arguments, the program's name first.
pub fn run(act: &mut dyn Act, args: &[String]) -> Outcome {
    if let Some(answer) = completions::answer(act, args) {
        return answer;
    }
    if let Some(answer) = ansible::answer(act, args) {
        return answer;
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return refused(&error, args),
    };
    let global = &cli.global;
    match &cli.command {
        Command::Doctor(args) => doctor::run(act, global, args),
        Command::Demo(args) => demo::run(act, global, args),
        Command::Plan(args) => plan::run(act, global, args),
        Command::Apply(args) => apply::run(act, global, args),
        Command::Models(models) => match &models.command {
            None => status::run(act, global, &models.status),
            Some(ModelsCommand::Status(args)) => status::run(act, global, args),
            Some(ModelsCommand::Auth(auth)) => crate::cli::auth(act, global, auth),
            Some(ModelsCommand::Choosing(args)) => models::run(act, global, args),
        },
        Command::Onboard(args) => onboard::run(act, global, args),
        Command::Exec(args) => handout::exec(act, global, args),
        Command::Env(args) => env::run(act, global, args),
        Command::Monitor(args) => monitor::run(act, global, args),
        Command::Service(args) => service::run(act, global, args),
        Command::Session(args) => session::run(act, global, args),
        Command::Config(args) => config::run(act, global, args),
        Command::Completions(args) => completions::run(args.shell),
        Command::Man => completions::man(),
        Command::Explain(args) => explain::run(act.as_look(), global, args),
        Command::Undo(args) => undo::run(act, global, args),
        Command::History(args) => history::run(act.as_look(), global, args),
    }
}

/// Runs a verb about credentials.
fn auth(act: &mut dyn Act, global: &Global, auth: &Auth) -> Outcome {
    match auth {
        Auth::Why(args) => why::run(act, global, args),
        Auth::Print(args) => handout::print(act, global, args),
        Auth::Report(args) => rotation::report(act, global, args),
        Auth::Cooldown(command) => rotation::cooldown(act, global, command),
        Auth::Refresh(args) => refresh::run(act, global, args),
        Auth::List(args) => list::run(act, global, args),
        Auth::SetupToken(args) => setup_token::run(act, global, args),
        Auth::PasteToken(args) => paste_token::run(act, global, args),
        Auth::Add(args) => add::run(act, global, args),
        Auth::Remove(args) => remove::run(act, global, args),
        Auth::Order(args) => order::run(act, global, args),
    }
}

/// How a command ends that could not change what it wanted to.
fn exit_of(trouble: &Trouble) -> Exit {
    match trouble {
        Trouble::Apply(ApplyFault::LockBusy { .. } | ApplyFault::StoreBusy { .. }) => Exit::Busy,
        Trouble::Apply(ApplyFault::Stale { .. }) | Trouble::Blocked(_) | Trouble::Stale(_) => Exit::Broken,
        Trouble::Refused(refusal) if refusal.usage => Exit::Usage,
        Trouble::Refused(_) => Exit::Broken,
        Trouble::Apply(_) => Exit::Io,
    }
}

/// Help, version, or a usage error. A secret that was typed as an argument is not repeated.
fn refused(error: &clap::Error, args: &[String]) -> Outcome {
    let mut text = error.render().to_string();
    for arg in args.iter().flat_map(|arg| arg.split('=')) {
        if redact::is_secret_like(arg) {
            text = text.replace(arg, redact::HIDDEN);
        }
    }
    if error.use_stderr() {
        return Outcome { stdout: String::new(), stderr: text, exit: Exit::Usage };
    }
    Outcome::out(text, Exit::Ok)
}

impl Global {
    /// The profile asked for.
    fn profile(&self) -> Option<&str> {
        if self.dev { Some("dev") } else { self.profile.as_deref() }
    }
}
