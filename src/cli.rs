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
mod adopt;
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
mod export;
mod fallbacks;
mod file;
mod gateway;
mod handout;
mod history;
mod hosts;
mod install;
mod list;
mod login;
mod logout;
mod man;
mod menu;
mod models;
mod monitor;
mod monitor_install;
mod names;
mod onboard;
mod order;
mod outcome;
mod paste_token;
mod plan;
mod print;
mod refresh;
mod remove;
mod rotation;
mod saved_plan;
mod scope;
mod secrets;
mod service;
mod session;
mod setting;
mod setup_token;
mod status;
mod test;
mod undo;
mod usage;
mod watch;
mod why;
mod write;

use crate::change::apply::ApplyFault;
use crate::cli::grammar::Global;
use crate::cli::grammar::typed::{self, Typed};
pub(crate) use crate::cli::outcome::Finished;
pub use crate::cli::outcome::Outcome;
use crate::pipeline::Trouble;
use crate::report::cwd;
use crate::report::style::Style;
use crate::sys::{Act, Look};
use clap::{CommandFactory, FromArgMatches, Parser};

/// Keeps the model credentials of an AI gateway in order: which one is used, where it comes from, when it
/// expires, and what to do next.
#[derive(Debug, Parser)]
#[command(name = grammar::NAME, version, subcommand_required = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Typed<Command>,
}

verbs! {
    /// The verbs.
    Command {
        // Short ways to verbs of `models` and `models auth`: help shows them, the manual page and lists of commands do not.
        #[command(hide = true)]
        Status(Box<status::Status>) => status::run,
        #[command(hide = true)]
        Check(Box<status::Status>) => status::check,
        #[command(subcommand, hide = true)]
        Auth(Box<Typed<auth::Auth>>) => auth::Auth::run,
        #[command(hide = true)]
        Login(Box<login::Args>) => login::run,
        #[command(hide = true)]
        Logout(Box<logout::Args>) => logout::run,
        Doctor(doctor::Args) => doctor::run,
        Plan(plan::Args) => plan::run,
        Apply(apply::Args) => apply::run,
        Demo(demo::Args) => demo::run,
        Models(Box<models::Args>) => models::run,
        #[command(alias = "setup")]
        Onboard(Box<onboard::Args>) => onboard::run,
        Adopt(adopt::Args) => adopt::run,
        Exec(exec::Args) => exec::run,
        Export(Box<export::Args>) => export::run,
        #[command(subcommand)]
        Secrets(secrets::Secrets) => secrets::Secrets::run,
        Env(env::Args) => env::run,
        Gateway(gateway::Args) => gateway::run,
        Monitor(Box<monitor::Args>) => monitor::run,
        #[command(subcommand)]
        Service(Typed<service::Service>) => service::Service::run,
        #[command(subcommand)]
        Session(Typed<session::Session>) => session::Session::run,
        #[command(subcommand)]
        Config(Typed<config::Config>) => config::Config::run,
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
    /// The command line is wrong: no machine could accept it.
    Usage,
    /// A fault of the program itself.
    Internal,
    /// Input or output failed outside the check itself.
    Io,
    /// Another process holds the lock.
    Busy,
    /// The gateway cannot serve by this config.
    NeverGood,
    /// The program that was to be run cannot be started.
    NotStarted,
    /// The program that was to be run is not there.
    NotFound,
    /// A person quit.
    Cancelled,
}

/// One row of the table in the documentation: code, meaning.
pub const EXITS: &[(Exit, &str)] = &[
    (Exit::Ok, "everything is OK, or the command succeeded"),
    (
        Exit::Broken,
        "something relevant is expired or missing, the config or a store is unreadable or invalid; `doctor`: errors remain; `plan`: no plan is possible; or the command failed",
    ),
    (
        Exit::Attention,
        "`--check`: nothing is expired or missing, something relevant is expiring; `doctor`: only warnings remain; `plan`: changes are pending",
    ),
    (
        Exit::Unknown,
        "only with `--format nagios`, by the rules of monitoring plugins: the config cannot be read; there 0 is OK, 1 WARNING (expiring), 2 CRITICAL (expired or missing)",
    ),
    (
        Exit::Usage,
        "the command line is wrong; a request that fails because of the state here, such as an unknown profile, exits with 1",
    ),
    (Exit::Internal, "internal error in zirkabot"),
    (Exit::Io, "input or output failed outside the check itself"),
    (Exit::Busy, "another zirkabot or the gateway holds the lock"),
    (Exit::NeverGood, "only with `gateway`: it cannot serve safely with this config"),
    (Exit::NotStarted, "only with `exec`: the program cannot be started"),
    (Exit::NotFound, "only with `exec`: the program was not found"),
    (Exit::Cancelled, "you quit, with q, Ctrl-C or the end of the input; nothing more was done"),
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
            Self::NeverGood => 78,
            Self::NotStarted => 126,
            Self::NotFound => 127,
            Self::Cancelled => 130,
        }
    }
}

/// Runs the program with its arguments, the program's name first.
pub fn run(act: &mut dyn Act, args: &[String]) -> Outcome {
    if let Some(outcome) = completions::answer(act, args) {
        // Of names that hold what nobody sees, or a secret, none is offered.
        return outcome;
    }
    if let Some(outcome) = ansible::answer(act, args) {
        return outcome.fit(args, (false, Style::PLAIN), false);
    }
    let args = &*grammar::front::with_verb(args);
    match parsed(args) {
        Ok(cli) => {
            // A program that takes our place leaves nobody to tell it afterwards.
            let is_told = matches!(*cli.command, Command::Exec(_));
            let notes = if is_told { String::new() } else { of_cwd(act.as_look(), &cli.global) };
            let (Ok(mut outcome) | Err(mut outcome)) = Command::run(act, &cli.global, &cli.command);
            outcome.stderr.insert_str(0, &notes);
            let streams = cli.global.streams(act, &outcome.stderr);
            outcome.fit(args, streams, cli.command.prints_credential())
        }
        Err(error) => {
            let (flag, host) = (grammar::front::color(args), act.host());
            let streams = (Style::decide(flag, host).color, Style::of_errors(flag, host));
            Outcome::unparsed(&error, args, streams.0).fit(args, streams, false)
        }
    }
}

/// The command line by the grammar, which is left behind: taking it apart takes as long as making it.
fn parsed(args: &[String]) -> Result<Cli, clap::Error> {
    typed::of_line(args, false, || {
        let mut grammar = Cli::command();
        let parsed = grammar.try_get_matches_from_mut(args).and_then(|mut matches| {
            let cli = Cli::from_arg_matches_mut(&mut matches);
            grammar::leave(matches);
            cli.map_err(|error| error.format(&mut grammar))
        });
        grammar::leave(grammar);
        parsed
    })
}

impl Command {
    /// Whether a credential is what was asked for, and so goes out as it is.
    fn prints_credential(&self) -> bool {
        match self {
            Self::Models(args) => args.prints_credential(),
            Self::Auth(verb) => matches!(***verb, auth::Auth::Print(_)),
            Self::Gateway(args) => args.prints_credential(),
            Self::Secrets(_) => true,
            _ => false,
        }
    }
}

/// With -v: what became of `./.env`, if there is one.
fn of_cwd(look: &dyn Look, global: &Global) -> String {
    if !global.verbose || look.stat(&look.host().cwd.join(".env")).is_none() {
        return String::new();
    }
    cwd::notes(&crate::pipeline::world(look, &global.ask_one(None)))
}

/// How a command ends that could not change what it wanted to.
fn exit_of(trouble: &Trouble) -> Exit {
    match trouble {
        Trouble::Apply(ApplyFault::LockBusy { .. } | ApplyFault::StoreBusy { .. }) => Exit::Busy,
        Trouble::Apply(ApplyFault::Stale { .. } | ApplyFault::NotOurHome { .. })
        | Trouble::Blocked(_)
        | Trouble::Stale(_) => Exit::Broken,
        Trouble::Refused(refusal) if refusal.usage => Exit::Usage,
        Trouble::Refused(_) => Exit::Broken,
        Trouble::Apply(_) => Exit::Io,
    }
}
