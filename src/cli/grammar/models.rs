//! `zirkabot models list|set|set-image|aliases|fallbacks|image-fallbacks`.

use crate::cli::grammar::Writing;
use clap::{Args, Subcommand};

/// Which models there are, and which are used.
#[derive(Debug, Subcommand)]
pub enum Choosing {
    /// List the models that are configured, with what is known of each
    ///
    /// Nobody is asked over the network: what is known are the built-in models, and those that
    /// models.providers of the config lists.
    List(ModelList),
    /// Set the model that agents use
    ///
    /// MODEL is provider/model or a short name. What is tried next stays. Where agents.defaults.models
    /// lists the models that are allowed, it is added there; an empty list stays empty, because its
    /// first entry would forbid all other models.
    Set(ModelSet),
    /// Set the model that agents use for pictures
    SetImage(ModelSet),
    /// Short names of models
    #[command(subcommand)]
    Aliases(Aliases),
    /// Models that are tried when the first one fails
    #[command(subcommand)]
    Fallbacks(Fallbacks),
    /// The same for pictures
    #[command(subcommand)]
    ImageFallbacks(Fallbacks),
}

/// `zirkabot models list`.
#[derive(Debug, Args)]
pub struct ModelList {
    /// Also all models that are known but not configured
    #[arg(long)]
    pub all: bool,
    /// Only those that run on this machine or in its network
    #[arg(long)]
    pub local: bool,
    /// Of this provider only
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,
    /// As this agent instead of the default one uses them
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Print one JSON document
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    /// Print the names only, one a line
    #[arg(long)]
    pub plain: bool,
}

/// `zirkabot models set` and `set-image`.
#[derive(Debug, Args)]
pub struct ModelSet {
    /// Such as anthropic/claude-opus-4-5, or a short name
    #[arg(value_name = "MODEL")]
    pub model: String,
    /// Of this agent alone, instead of all that have none of their own
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}

/// `zirkabot models aliases …`.
#[derive(Debug, Subcommand)]
pub enum Aliases {
    /// List the short names
    List(NameList),
    /// Give a model a short name
    ///
    /// Short names stand in agents.defaults.models, which also says which models are allowed. Where
    /// that is empty, the models in use are put there too, so that none of them becomes forbidden.
    Add(AliasAdd),
    /// Take a short name away
    Remove(AliasRemove),
}

/// `zirkabot models aliases list`, `fallbacks list`, `image-fallbacks list`.
#[derive(Debug, Args)]
pub struct NameList {
    /// Print one JSON document
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    /// Print one a line and nothing else
    #[arg(long)]
    pub plain: bool,
}

/// `zirkabot models aliases add`.
#[derive(Debug, Args)]
pub struct AliasAdd {
    /// The short name: letters, digits, and _ . : -
    #[arg(value_name = "ALIAS")]
    pub alias: String,
    /// The model, such as anthropic/claude-opus-4-5
    #[arg(value_name = "MODEL")]
    pub model: String,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}

/// `zirkabot models aliases remove`.
#[derive(Debug, Args)]
pub struct AliasRemove {
    /// The short name
    #[arg(value_name = "ALIAS")]
    pub alias: String,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}

/// `zirkabot models fallbacks …` and `image-fallbacks …`.
#[derive(Debug, Subcommand)]
pub enum Fallbacks {
    /// List them, in the order in which they are tried
    List(NameList),
    /// Add a model to the end, unless it is there
    Add(FallbackChange),
    /// Take a model out
    Remove(FallbackChange),
    /// Take all out
    Clear(FallbackClear),
}

/// `zirkabot models fallbacks add` and `remove`.
#[derive(Debug, Args)]
pub struct FallbackChange {
    /// Such as anthropic/claude-opus-4-5, or a short name
    #[arg(value_name = "MODEL")]
    pub model: String,
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}

/// `zirkabot models fallbacks clear`.
#[derive(Debug, Args)]
pub struct FallbackClear {
    /// How to write.
    #[command(flatten)]
    pub writing: Writing,
}
