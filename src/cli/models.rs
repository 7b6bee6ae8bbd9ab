//! `zirkabot models …`: the table of its verbs, and `list`, `set`, `set-image`: which models there are, and
//! which are used.

use crate::cli::auth::Auth;
use crate::cli::grammar::typed::Typed;
use crate::cli::grammar::{Global, Writing};
use crate::cli::scope::seen;
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Finished, Outcome, aliases, fallbacks, status, usage};
use crate::intent::models as intent;
use crate::pipeline::Looked;
use crate::policy::known::{self, known_config};
use crate::policy::models::reference::ModelSlot;
use crate::report::{json, models};
use crate::sys::Act;
use crate::world::World;

/// Show and change models and their credentials; without a subcommand, their status
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Typed<Models>>,
    #[command(flatten)]
    status: status::Status,
}

impl Args {
    /// Whether a credential is what was asked for.
    pub(super) fn prints_credential(&self) -> bool {
        let Some(Models::Auth(verb)) = self.verb.as_deref() else { return false };
        matches!(**verb, Auth::Print(_))
    }
}

verbs! {
    /// What about them.
    pub(super) Models {
        Status(status::Status) => status::run,
        #[command(subcommand)]
        Auth(Typed<Auth>) => Auth::run,
        List(List) => list,
        Usage(usage::Args) => usage::run,
        /// Set the default model
        ///
        /// MODEL is provider/model or a short name. Fallbacks stay the same. If agents.defaults.models
        /// lists allowed models, the model is added there; an empty list stays empty, because its first
        /// entry would forbid all other models.
        Set(Set) => |act, global, args| set(act, global, ModelSlot::Model, args),
        /// Set the model for images
        SetImage(Set) => |act, global, args| set(act, global, ModelSlot::Image, args),
        #[command(subcommand)]
        Aliases(Typed<aliases::Aliases>) => aliases::Aliases::run,
        /// Manage models that are tried when the default one fails
        #[command(subcommand)]
        Fallbacks(Typed<fallbacks::Fallbacks>) =>
            |act, global, args| fallbacks::run(act, global, ModelSlot::Model, args),
        /// Manage fallback models for images
        #[command(subcommand)]
        ImageFallbacks(Typed<fallbacks::Fallbacks>) =>
            |act, global, args| fallbacks::run(act, global, ModelSlot::Image, args),
    }
}

/// List the configured models
///
/// Makes no network requests: lists built-in models and those in models.providers of the config.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Include models that are known but not configured
    #[arg(long)]
    all: bool,
    /// Only models on this machine or in its network
    #[arg(long)]
    local: bool,
    /// Only this provider
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Print one JSON document
    #[arg(long, conflicts_with = "plain")]
    json: bool,
    /// Print only the names, one per line
    #[arg(long)]
    plain: bool,
}

// What `set` and `set-image` take.
#[derive(Debug, clap::Args)]
pub(super) struct Set {
    /// Such as anthropic/claude-opus-4-5, or a short name
    #[arg(value_name = "MODEL")]
    model: String,
    /// Set it for this agent only, instead of for all agents without their own
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    #[command(flatten)]
    writing: Writing,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    match &args.verb {
        Some(verb) => Models::run(act, global, verb),
        None => status::run(act, global, &args.status),
    }
}

fn list(act: &mut dyn Act, global: &Global, args: &List) -> Finished {
    let known = |world: &World| Ok(known_config(world)?);
    let (Looked { world, .. }, agent) = seen(act, global, args.agent.as_deref(), known)?;
    let provider = args.provider.as_deref().map(|given| known::provider(&world, given)).transpose()?;
    let filter = models::Filter { all: args.all, local: args.local, provider };
    let document = models::models(&world, &agent, &filter);
    let stdout = match (args.json, args.plain) {
        (true, _) => json::text(&document),
        (false, true) => models::models_plain(&document, global.style(act)),
        (false, false) => models::models_text(&document, global.style(act)),
    };
    Ok(Outcome::out(stdout, Exit::Ok))
}

fn set(act: &mut dyn Act, global: &Global, slot: ModelSlot, args: &Set) -> Finished {
    let only = args.agent.is_some();
    let request = |world: &World, agent: &str| intent::set(world, only.then_some(agent), slot, &args.model);
    let asked = WriteRequest {
        agent: args.agent.as_deref(),
        notes: &|world, agent| intent::cautions(world, agent, only, slot, &args.model),
        after: &|looked, agent, style| models::in_use(&looked.world, agent, style),
        ..WriteRequest::new(&args.writing, &request)
    };
    write::run(act, global, &asked)
}
