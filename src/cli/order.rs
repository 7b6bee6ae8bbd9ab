//! `zirkabot models auth order get|set|clear`: which profile of a provider an agent tries first.

use crate::change::proposal::Proposals;
use crate::cli::grammar::{Global, Writing};
use crate::cli::scope::seen;
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Finished, Outcome};
use crate::intent;
use crate::pipeline::Looked;
use crate::policy::known::{self, known_auth, known_files};
use crate::report::{json, order};
use crate::sys::Act;
use crate::world::World;

verbs! {
    /// Set which profile of a provider an agent uses first
    pub(super) Order {
        Get(Get) => get,
        Set(Set) => set,
        Clear(Clear) => clear,
    }
}

/// Show the agent's own order, and the order in effect with its origin
#[derive(Debug, clap::Args)]
pub(super) struct Get {
    /// Provider, such as anthropic
    #[arg(long, value_name = "PROVIDER")]
    provider: String,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Make the agent use exactly these profiles, in this order
#[derive(Debug, clap::Args)]
pub(super) struct Set {
    /// The profiles, first choice first
    #[arg(value_name = "PROFILE", required = true)]
    ids: Vec<String>,
    #[command(flatten)]
    whose: Whose,
}

/// Remove the agent's own order, so that the config's order applies again
#[derive(Debug, clap::Args)]
pub(super) struct Clear {
    #[command(flatten)]
    whose: Whose,
}

/// Whose order is changed.
#[derive(Debug, clap::Args)]
struct Whose {
    /// Provider, such as anthropic
    #[arg(long, value_name = "PROVIDER")]
    provider: String,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    #[command(flatten)]
    writing: Writing,
}

/// Shows how it is. What the next sync would store counts as stored, because it is done first.
fn get(act: &mut dyn Act, global: &Global, args: &Get) -> Finished {
    let known = |world: &World| known_files(world).and_then(|()| known_auth(world)).map_err(Outcome::from);
    let (Looked { world, .. }, agent) = seen(act, global, args.agent.as_deref(), known)?;
    let provider = known::provider(&world, &args.provider)?;
    let document = order::of(&world, &agent, &provider);
    let text = if args.json { json::text(&document) } else { order::order(&document, global.style(act)) };
    Ok(Outcome::out(text, Exit::Ok))
}

fn set(act: &mut dyn Act, global: &Global, args: &Set) -> Finished {
    change(act, global, &args.whose, &|world, agent, provider| {
        intent::order::set(world, agent, provider, &args.ids)
    })
}

fn clear(act: &mut dyn Act, global: &Global, args: &Clear) -> Finished {
    change(act, global, &args.whose, &|world, agent, provider| {
        intent::order::clear(world, agent, &known::provider(world, provider)?)
    })
}

/// Carries out a request about an agent and a provider, and shows the order.
fn change(
    act: &mut dyn Act,
    global: &Global,
    whose: &Whose,
    request: &dyn Fn(&World, &str, &str) -> Proposals,
) -> Finished {
    let request = |world: &World, agent: &str| request(world, agent, &known::meant(world, &whose.provider));
    let asked = WriteRequest {
        agent: whose.agent.as_deref(),
        after: &|looked, agent, style| {
            let provider = known::meant(&looked.world, &whose.provider);
            order::order(&order::of(&looked.world, agent, &provider), style)
        },
        ..WriteRequest::new(&whose.writing, &request)
    };
    write::run(act, global, &asked)
}
