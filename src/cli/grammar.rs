//! The grammar of the command line: structs and help texts, nothing else. The larger families of
//! commands have a file each below.
//!
//! Help, completion and the manual page follow it by themselves. The `value_name` of an argument says
//! what it takes (`PROVIDER`, `PROFILE`, `MODEL`, …), and so what shells complete it from; the names
//! are listed in [`complete`].

mod auth;
pub mod complete;
pub mod completion;
pub mod env;
pub mod handout;
pub mod man;
mod models;
pub mod monitor;
mod onboard;
pub mod refresh;
pub mod rotation;
pub mod service;
pub mod session;
mod setting;
mod status;

pub use crate::cli::grammar::auth::{
    Add, Auth, List, Order, OrderClear, OrderGet, OrderSet, PasteToken, Remove, SetupToken, Why,
};
pub use crate::cli::grammar::models::{
    AliasAdd, AliasRemove, Aliases, Choosing, FallbackChange, FallbackClear, Fallbacks, ModelList, ModelSet,
    NameList,
};
pub use crate::cli::grammar::onboard::{KeyFrom, Keys, Onboard, Place};
pub use crate::cli::grammar::setting::{ConfigGet, ConfigSet, ConfigUnset, Setting};
pub use crate::cli::grammar::status::{Status, StatusFormat};

use clap::{Args, ColorChoice, Parser, Subcommand};

/// Keeps the model credentials of a zirkabot gateway right: what is used, what is left of it,
/// where it comes from, and what to do next.
#[derive(Debug, Parser)]
#[command(name = "zirkabot", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Use the state directory ~/.zirkabot-NAME
    #[arg(long, global = true, value_name = "NAME", value_parser = profile_name)]
    pub profile: Option<String>,
    /// Same as --profile dev
    #[arg(long, global = true, conflicts_with = "profile")]
    pub dev: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Say more
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find out what is wrong, and mend it
    ///
    /// On a terminal each repair is asked for, with its difference to look at. Elsewhere nothing is
    /// repaired without --fix; logins of other programs are stored as by `models status`.
    /// Exit 0 if nothing is left to do, 1 if errors remain, 2 if only warnings remain.
    Doctor(Doctor),
    /// Show what `apply` would change, as a difference; change nothing
    ///
    /// Exit 0 if there is nothing to do, 1 if no plan can be made, 2 if changes are pending.
    Plan(Plan),
    /// Make all repairs that `plan` shows, or exactly those of a plan that was saved
    Apply(Apply),
    /// Watch a broken home being found out, repaired and restored; nothing of yours is touched
    Demo(Demo),
    /// Credentials of the models in use; without a further word, their status
    #[command(args_conflicts_with_subcommands = true)]
    Models(Models),
    /// Set up a first credential and a model, step by step
    ///
    /// What is here already is offered first. Nothing is written before the plan was shown and agreed
    /// to. With --non-interactive nothing is asked, and flags say what is wanted.
    Onboard(Box<Onboard>),
    /// Run a program with the credentials that an agent uses, in its environment
    ///
    /// `zirkabot exec --provider anthropic -- my-script --fast`. The program takes the place of this one, so
    /// that signals and its exit code are its own. Nothing of the credential is an argument. Variables of
    /// the provider that would come before it are not handed on.
    Exec(handout::Exec),
    /// Where each variable is set, and which place counts: here, and for the gateway's service
    ///
    /// Nothing is changed. Values of settings are shown, all others are labels: equal values have equal
    /// labels.
    Env(env::Env),
    /// Tell what has changed in the credentials, and nothing if nothing has; for a timer
    ///
    /// Looks as `models status --check` does, at all agents, and exits as it does. What began, got worse
    /// or is in order again is told once, through each channel that the config (`monitor`) or the
    /// command line names, and printed. A channel that fails is tried again by the next call; exit 74
    /// if none of them took anything.
    #[command(args_conflicts_with_subcommands = true)]
    Monitor(Box<monitor::Monitor>),
    /// The gateway as a service that is always running
    #[command(subcommand)]
    Service(service::Service),
    /// Which model and which credential one chat uses
    #[command(subcommand)]
    Session(session::Session),
    /// The config file
    #[command(subcommand)]
    Config(Config),
    /// Print the script that lets a shell complete commands, profiles, providers and codes
    ///
    /// Bash: put `eval "$(zirkabot completions bash)"` into ~/.bashrc. Zsh: put
    /// `source <(zirkabot completions zsh)` into ~/.zshrc, below `compinit`. Fish: write what is printed
    /// to ~/.config/fish/completions/zirkabot.fish.
    Completions(Completions),
    /// Print the manual page
    ///
    /// To read it: `zirkabot man | man -l -`. To keep it: write what is printed to
    /// ~/.local/share/man/man1/zirkabot.1.
    Man,
    /// Explain a finding: what it is, why it matters, how to mend it
    Explain(Explain),
    /// Take back what an earlier command changed
    ///
    /// Files get their bytes, permissions and places back; files and empty directories that were
    /// made go. Without ID it is the newest change that is not undone yet, so that one `undo` after
    /// another goes back in time. An undo can be undone by its own ID. If one of the files was
    /// changed since, nothing at all is done, unless --force is given. Exit 0 if all is as it was
    /// before, 1 if there is nothing to undo or it is refused, 64 if there is no such ID.
    Undo(Undo),
    /// List what was changed, when, and whether it was undone; newest first
    ///
    /// Nothing is changed. The newest fifty changes are kept, and backups of the newest twenty.
    History(History),
}

/// `zirkabot doctor`.
#[derive(Clone, Debug, Args)]
pub struct Doctor {
    /// Make all repairs that are safe, without asking
    #[arg(long, alias = "repair")]
    pub fix: bool,
    /// Ask nothing; same as --fix
    #[arg(long)]
    pub yes: bool,
    /// With --fix: also repairs that remove something, or overwrite what was made by hand
    #[arg(long)]
    pub force: bool,
    /// Change nothing, only say what would be done
    #[arg(long, conflicts_with_all = ["yes"])]
    pub dry_run: bool,
    /// Ask nothing, and repair nothing that would be asked about
    #[arg(long)]
    pub non_interactive: bool,
    /// Print one JSON document
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// What it is about.
    #[command(flatten)]
    pub scope: Scope,
    /// How long to wait for another zirkabot that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub lock_timeout: i64,
}

/// What a repair is about.
#[derive(Clone, Debug, Args)]
pub struct Scope {
    /// Only this agent and the main one, instead of all
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Only findings of this code or family; may be given several times
    #[arg(long, value_name = "CODE|FAMILY")]
    pub only: Vec<String>,
}

/// Options of every command that writes what it was asked for.
#[derive(Clone, Debug, Args)]
pub struct Writing {
    /// Change nothing, only show what would be changed, as a difference
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// How long to wait for another zirkabot that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub lock_timeout: i64,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Human,
    /// One JSON document
    Json,
    /// Workflow commands, which GitHub Actions shows beside the lines of a file
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for CI servers
    Junit,
}

/// `zirkabot plan`.
#[derive(Clone, Debug, Args)]
pub struct Plan {
    /// Also save the plan, for `apply`; it holds hashes and no secrets
    #[arg(long, value_name = "FILE")]
    pub out: Option<std::path::PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// Also repairs that remove something, or overwrite what was made by hand
    #[arg(long)]
    pub force: bool,
    /// What it is about.
    #[command(flatten)]
    pub scope: Scope,
}

/// `zirkabot apply`.
#[derive(Clone, Debug, Args)]
pub struct Apply {
    /// A plan saved by `plan --out`; refused if anything has changed since
    #[arg(conflicts_with_all = ["force", "agent", "only"])]
    pub file: Option<std::path::PathBuf>,
    /// Do not ask; needed where nobody can be asked
    #[arg(long)]
    pub yes: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// Also repairs that remove something, or overwrite what was made by hand
    #[arg(long)]
    pub force: bool,
    /// What it is about.
    #[command(flatten)]
    pub scope: Scope,
    /// How long to wait for another zirkabot that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub lock_timeout: i64,
}

/// `zirkabot demo`.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Leave the home there afterwards, to try things out
    #[arg(long)]
    pub keep: bool,
}

/// `zirkabot models`.
#[derive(Debug, Args)]
pub struct Models {
    /// What about them.
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
    /// Without a further word: their status.
    #[command(flatten)]
    pub status: Status,
}

/// `zirkabot models …`.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// What is used, what is left of it, from where, and what to do next
    ///
    /// Logins of other programs that are newer than the auth store are stored first; with --check
    /// nothing is changed. Without --check the exit code says only whether the command could do
    /// its work, not how things are.
    Status(Status),
    /// The credentials themselves
    #[command(subcommand)]
    Auth(Auth),
    /// The models themselves.
    #[command(flatten)]
    Choosing(Choosing),
}

/// `zirkabot config …`.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Print where the config is
    Path,
    /// List all that is wrong with the config
    Validate(Validate),
    /// Print the JSON Schema of the config
    Schema,
    /// Single values.
    #[command(flatten)]
    Setting(Setting),
}

/// `zirkabot config validate`.
#[derive(Debug, Args)]
pub struct Validate {
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `zirkabot completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: complete::Shell,
}

/// `zirkabot explain`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct Explain {
    /// A code such as expiry/expired, a family such as expiry, or an error message
    #[arg(value_name = "CODE|MESSAGE", required_unless_present = "list", num_args = 1..)]
    pub what: Vec<String>,
    /// List all codes
    #[arg(long, conflicts_with = "what")]
    pub list: bool,
}

/// `zirkabot undo`.
#[derive(Debug, Args)]
pub struct Undo {
    /// The ID of a change as `zirkabot history` lists it, or its beginning
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Restore files that were changed since, too; how they are now is kept in a backup
    #[arg(long)]
    pub force: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// How long to wait for another zirkabot that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub lock_timeout: i64,
}

/// `zirkabot history`.
#[derive(Debug, Args)]
pub struct History {
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// A time from now; a number alone counts days.
fn span(text: &str) -> Result<i64, String> {
    duration(text)
}

fn duration(text: &str) -> Result<i64, String> {
    crate::sys::time::parse(text).ok_or_else(|| "expected a time such as 90m, 12h, 3d or 1d12h".to_owned())
}

/// A time to wait, which may be none.
fn wait(text: &str) -> Result<i64, String> {
    if text.trim_end_matches(['s', 'm', 'h']) == "0" { Ok(0) } else { duration(text) }
}

fn profile_name(text: &str) -> Result<String, String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !text.is_empty() && text.len() <= 64 && text.chars().all(fine) {
        return Ok(text.to_owned());
    }
    Err("only letters, digits, _ and - are allowed".to_owned())
}
