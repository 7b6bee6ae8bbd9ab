//! `zirkabot session …`.

use crate::cli::grammar::Writing;
use clap::{Args, Subcommand};

/// `zirkabot session …`.
#[derive(Debug, Subcommand)]
pub enum Session {
    /// Answer a chat message about models, and do what it says
    ///
    /// TEXT is read as in a chat: `/model` says which model the session uses, `/model list` and
    /// `/models PROVIDER` what there is, `/model status` what serves each provider; `/model MODEL` or
    /// `/ALIAS` chooses a model and `/model MODEL@PROFILE` a credential with it, for this session alone;
    /// `/new` begins with the default ones. A model need not be written out. What is printed is what a
    /// chat user reads. Exit 1 if the message is refused.
    Model(SessionModel),
    /// List the sessions of an agent, with the model and the profile that each uses
    List(SessionList),
    /// Show one session, and the profile with which it would go on
    Show(SessionShow),
    /// Let a session go by the config again; its conversation stays
    Reset(SessionReset),
}

/// `zirkabot session model`.
#[derive(Debug, Args)]
pub struct SessionModel {
    /// The session: `main`, or a key as `session list` shows it
    #[arg(long = "session", value_name = "SESSION")]
    pub key: String,
    /// Of this agent instead of the default one, where the key names none
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// The message; - reads it from standard input
    #[arg(value_name = "TEXT", required = true, num_args = 1..)]
    pub text: Vec<String>,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}

/// `zirkabot session list`.
#[derive(Debug, Args)]
pub struct SessionList {
    /// Of this agent instead of the default one
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `zirkabot session show`.
#[derive(Debug, Args)]
pub struct SessionShow {
    /// The session: `main`, or a key as `session list` shows it
    #[arg(value_name = "SESSION")]
    pub key: String,
    /// Of this agent instead of the default one, where the key names none
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `zirkabot session reset`.
#[derive(Debug, Args)]
pub struct SessionReset {
    /// The session: `main`, or a key as `session list` shows it
    #[arg(value_name = "SESSION")]
    pub key: String,
    /// Of this agent instead of the default one, where the key names none
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}
