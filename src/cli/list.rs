//! `zirkabot models auth list`: the profiles that an agent can use.

use crate::cli::grammar::Global;
use crate::cli::scope::seen;
use crate::cli::{Exit, Finished, Outcome};
use crate::pipeline::Looked;
use crate::policy::known::{self, known_files};
use crate::report::{json, list};
use crate::sys::Act;
use crate::world::World;

/// List the profiles of an agent, and when they expire
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only this provider
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Runs the command. It changes nothing: what the next sync would store is shown as stored.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let known = |world: &World| known_files(world).map_err(Outcome::from);
    let (Looked { world, status, .. }, agent) = seen(act, global, args.agent.as_deref(), known)?;
    let provider = args.provider.as_deref().map(|given| known::provider(&world, given)).transpose()?;
    let stdout = if args.json {
        json::text(&list::list_json(&world, &status, &agent, provider.as_deref()))
    } else {
        list::list(&world, &status, &agent, provider.as_deref(), global.style(act))
    };
    Ok(Outcome::out(stdout, Exit::Ok))
}
