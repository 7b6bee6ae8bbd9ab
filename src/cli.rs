//! Verbs: one file each, from arguments through the pipeline to a report.
//!
//! Invariant: a verb decides nothing about credentials and formats nothing by itself. The exit codes of
//! the whole program are [`Exit`] and nowhere else. No room imports this one.
//!
//! To add a verb: a file here with its arguments, `Args`, whose comment is its help, and the function that
//! runs it; its `mod` line; and a row in [`Command`], or in the table of its family. Help, completion, the
//! manual page and what the history keeps of a command line follow from that.

#[macro_use]
pub mod grammar;

mod add;
mod aliases;
mod ansible;
mod apply;
mod auth;
mod channels;
mod completions;
mod config;
mod demo;
mod doctor;
mod env;
mod exec;
mod explain;
mod fallbacks;
mod file;
mod handout;
mod history;
mod install;
mod list;
mod man;
mod menu;
mod models;
mod monitor;
mod monitor_install;
mod names;
mod onboard;
mod order;
mod paste_token;
mod plan;
mod print;
mod refresh;
mod remove;
mod rotation;
mod saved_plan;
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
use crate::change::proposal::Refusal;
use crate::cli::grammar::Global;
use crate::doc::redact;
use crate::pipeline::Trouble;
use crate::report::style::Style;
use crate::report::{apply_json, json};
use crate::sys::{Act, Fault};
use clap::Parser;
use std::path::Path;

/// Keeps the model credentials of a zirkabot gateway right: what is used, what is left of it,
/// where it comes from, and what to do next.
#[derive(Debug, Parser)]
#[command(name = "zirkabot", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

verbs! {
    /// The verbs.
    Command {
        Doctor(doctor::Args) => doctor::run,
        Plan(plan::Args) => plan::run,
        Apply(apply::Args) => apply::run,
        Demo(demo::Args) => demo::run,
        Models(models::Args) => models::run,
        Onboard(Box<onboard::Args>) => onboard::run,
        Exec(exec::Args) => exec::run,
        Env(env::Args) => env::run,
        Monitor(Box<monitor::Args>) => monitor::run,
        #[command(subcommand)]
        Service(service::Service) => service::Service::run,
        #[command(subcommand)]
        Session(session::Session) => session::Session::run,
        #[command(subcommand)]
        Config(config::Config) => config::Config::run,
        Completions(completions::Args) => completions::run,
        Man(man::Args) => man::run,
        Explain(explain::Args) => explain::run,
        Undo(undo::Args) => undo::run,
        History(history::Args) => history::run,
    }
}

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

/// How a command ends; an error if it ends before it could do its work.
pub(crate) type Finished = Result<Outcome, Outcome>;

impl Outcome {
    /// Data, or a report, on standard output.
    fn out(stdout: String, exit: Exit) -> Self {
        Self { stdout, stderr: String::new(), exit }
    }

    /// Words on standard error only.
    fn err(stderr: String, exit: Exit) -> Self {
        Self { stdout: String::new(), stderr, exit }
    }

    /// A person does not want to go on, or nothing is to be done.
    fn unchanged() -> Self {
        Self::out("Nothing was changed.\n".to_owned(), Exit::Ok)
    }

    /// A wrong command line.
    fn usage(message: impl Into<String>) -> Self {
        let message = Style::PLAIN.text(&redact::redact(message.into()));
        Self::err(format!("error: {message}\n\nFor more information, try '--help'.\n"), Exit::Usage)
    }

    /// A file that could not be read or written.
    fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::err(format!("error: {}: {}\n", path.display(), Fault::of(error)), Exit::Io)
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        refused(&refusal.into())
    }
}

impl From<Trouble> for Outcome {
    fn from(trouble: Trouble) -> Self {
        refused(&trouble)
    }
}

/// Runs the program with its arguments, the program's name first.
pub fn run(act: &mut dyn Act, args: &[String]) -> Outcome {
    let foreign = completions::answer(act, args).or_else(|| ansible::answer(act, args));
    foreign.unwrap_or_else(|| match Cli::try_parse_from(args) {
        Ok(cli) => {
            let (Ok(outcome) | Err(outcome)) = Command::run(act, &cli.global, &cli.command);
            outcome
        }
        Err(error) => unparsed(&error, args),
    })
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

/// Why nothing was done, and what to do instead.
fn refused(trouble: &Trouble) -> Outcome {
    let style = Style::PLAIN;
    let (code, help) = match trouble {
        Trouble::Refused(refusal) => (refusal.code, refusal.help.as_ref()),
        _ => (None, None),
    };
    let code = code.map(|code| format!("[{code}]")).unwrap_or_default();
    let text = redact::redact(trouble.to_string());
    let mut stderr = format!("error{code}: {}\n", style.wrap(&text, 7 + code.len(), 4));
    if let Some(help) = help {
        stderr.push_str(&format!("  help: {}\n", style.wrap(&redact::redact(help.to_string()), 8, 8)));
    }
    Outcome::err(stderr, exit_of(trouble))
}

/// [`refused`], with a document where one is asked for, unless the command line is wrong.
fn refused_in<T: Into<Trouble>>(json: bool) -> impl Fn(T) -> Outcome {
    move |trouble| {
        let trouble = trouble.into();
        let mut outcome = refused(&trouble);
        if json && outcome.exit != Exit::Usage {
            outcome.stdout = json::text(&apply_json::refused(redact::redact(trouble.to_string())));
        }
        outcome
    }
}

/// Help, version, or a usage error. A secret that was typed as an argument is not repeated.
fn unparsed(error: &clap::Error, args: &[String]) -> Outcome {
    let mut text = error.render().to_string();
    for arg in args.iter().flat_map(|arg| arg.split('=')) {
        if redact::is_secret_like(arg) {
            text = text.replace(arg, redact::HIDDEN);
        }
    }
    if error.use_stderr() { Outcome::err(text, Exit::Usage) } else { Outcome::out(text, Exit::Ok) }
}
