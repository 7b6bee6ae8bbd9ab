//! `zirkabot models auth …`.

use crate::cli::grammar::Writing;
use clap::{Args, Subcommand};

/// `zirkabot models auth …`.
#[derive(Debug, Subcommand)]
pub enum Auth {
    /// List every credential that could serve a provider, in order, and why it won or lost
    Why(Why),
    /// List the profiles that an agent can use, and what is left of each
    List(List),
    /// Print the credential that an agent uses, for another program
    ///
    /// The secret itself is all that is on standard output: for an `apiKeyHelper`, a credential helper, or
    /// `$(...)` in a shell. With -v standard error says which one it is. Exit 1 if there is none.
    Print(crate::cli::grammar::handout::Print),
    /// Record what came of using a profile, so that one that failed rests
    ///
    /// For whoever uses credentials: after each request, `--ok`, or why it failed. What says nothing about
    /// the credential is not recorded. Nothing of the words of an error is kept or shown.
    Report(crate::cli::grammar::rotation::Report),
    /// Let profiles be used again that rest after failures
    #[command(subcommand)]
    Cooldown(crate::cli::grammar::rotation::Cooldown),
    /// Renew logins with their refresh tokens
    ///
    /// Of one profile, whether it is due or not; or of all that are over or end within 5 minutes. A login
    /// that is borrowed from another program is looked for there first, and what is renewed is
    /// written back to it, unless auth.refreshBorrowed says "never". Exit 1 if one cannot be used.
    Refresh(crate::cli::grammar::refresh::Refresh),
    /// Run `claude setup-token` here, and store what it gives
    ///
    /// Needs a terminal: Claude Code asks for a login in a browser. What it stores itself is taken
    /// over; a token that it only prints is stored, so that nobody has to copy it.
    SetupToken(SetupToken),
    /// Store an API key or token of any provider, and have it used
    ///
    /// It is asked for without being shown, or read from standard input or a file; never given as
    /// an argument, which every program on the machine could see. Line breaks, quotation marks and
    /// what else a page, a shell or a terminal puts around it do no harm. `zirkabot undo` takes it
    /// back.
    PasteToken(PasteToken),
    /// Be asked for a credential step by step, and store it
    ///
    /// Needs a terminal; elsewhere `paste-token` does the same.
    Add(Add),
    /// Take a profile out of an agent's auth store, and out of the config if nobody else has it
    ///
    /// Asks first; `zirkabot undo` brings it back.
    Remove(Remove),
    /// Which profile of a provider an agent tries first
    #[command(subcommand)]
    Order(Order),
}

/// `zirkabot models auth why`.
#[derive(Debug, Args)]
pub struct Why {
    /// The provider, such as anthropic
    pub provider: String,
    /// For this agent instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `zirkabot models auth list`.
#[derive(Debug, Args)]
pub struct List {
    /// Of this provider only
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,
    /// Of this agent instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `zirkabot models auth setup-token`.
#[derive(Debug, Args)]
pub struct SetupToken {
    /// Of this provider; only anthropic has setup-tokens
    #[arg(long, value_name = "PROVIDER", default_value = "anthropic")]
    pub provider: String,
    /// For this agent instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Start without asking
    #[arg(long)]
    pub yes: bool,
    /// How long to wait for another zirkabot that is writing
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::grammar::wait, default_value = "10s")]
    pub lock_timeout: i64,
}

/// `zirkabot models auth paste-token`.
#[derive(Debug, Args)]
pub struct PasteToken {
    /// Of this provider, such as anthropic or openrouter
    #[arg(long, value_name = "PROVIDER")]
    pub provider: String,
    /// Under this name [default: PROVIDER:manual]
    #[arg(long, value_name = "PROFILE")]
    pub profile_id: Option<String>,
    /// It ends after this time, such as 365d, 12h or 1d12h; a bare number counts days
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::grammar::duration)]
    pub expires_in: Option<i64>,
    /// Read it from this file; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<String>,
    /// For this agent itself, instead of for all that have none of this provider of their own
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
    /// What must not be an argument, so that it can be said.
    #[arg(long, hide = true, num_args = 0..=1, allow_hyphen_values = true, aliases = ["key", "api-key"])]
    pub token: Option<Option<String>>,
    /// The same without a name.
    #[arg(hide = true)]
    pub stray: Vec<String>,
}

/// `zirkabot models auth add`.
#[derive(Debug, Args)]
pub struct Add {
    /// Of this provider, such as anthropic or openrouter
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,
    /// For this agent itself, instead of for all that have none of this provider of their own
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Change nothing, only show what would be changed, as a difference
    #[arg(long)]
    pub dry_run: bool,
    /// How long to wait for another zirkabot that is writing
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::grammar::wait, default_value = "10s")]
    pub lock_timeout: i64,
}

/// `zirkabot models auth remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// The profile, such as anthropic:manual
    #[arg(value_name = "PROFILE")]
    pub id: String,
    /// Of this agent instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Do not ask; needed where nobody can be asked
    #[arg(long)]
    pub yes: bool,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}

/// `zirkabot models auth order …`.
#[derive(Debug, Subcommand)]
pub enum Order {
    /// Show the agent's own order, and the one in effect with where it comes from
    Get(OrderGet),
    /// Let the agent use exactly these profiles, in this order
    Set(OrderSet),
    /// Take away the agent's own order; the config's, or none, is in effect again
    Clear(OrderClear),
}

/// `zirkabot models auth order get`.
#[derive(Debug, Args)]
pub struct OrderGet {
    /// Of this provider
    #[arg(long, value_name = "PROVIDER")]
    pub provider: String,
    /// Of this agent instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `zirkabot models auth order set`.
#[derive(Debug, Args)]
pub struct OrderSet {
    /// The profiles, first choice first
    #[arg(value_name = "PROFILE", required = true)]
    pub ids: Vec<String>,
    /// Of this provider
    #[arg(long, value_name = "PROVIDER")]
    pub provider: String,
    /// For this agent instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}

/// `zirkabot models auth order clear`.
#[derive(Debug, Args)]
pub struct OrderClear {
    /// Of this provider
    #[arg(long, value_name = "PROVIDER")]
    pub provider: String,
    /// For this agent instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}
