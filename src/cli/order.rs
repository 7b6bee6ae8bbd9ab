//! `zirkabot models auth order get|set|clear`: which profile of a provider an agent tries first.

use crate::catalog::providers;
use crate::cli::grammar::{Global, Order, OrderClear, OrderGet, OrderSet};
use crate::cli::scope::unknown_agent;
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Outcome};
use crate::intent;
use crate::pipeline::{self, Ask, Looked};
use crate::policy::known::known_provider;
use crate::policy::status::Options;
use crate::report::json;
use crate::report::order;
use crate::report::style::{Stream, Style};
use crate::sys::Act;
use crate::world::observe::{Agents, Depth};

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Order) -> Outcome {
    match args {
        Order::Get(args) => get(act, global, args),
        Order::Set(args) => set(act, global, args),
        Order::Clear(args) => clear(act, global, args),
    }
}

/// Shows how it is. What the next sync would store counts as stored, because it is done first.
fn get(act: &dyn Act, global: &Global, args: &OrderGet) -> Outcome {
    let provider = providers::normalise(&args.provider);
    let ask = Ask {
        agents: args.agent.clone().map_or(Agents::Default, Agents::One),
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options::default(),
    };
    let Looked { world, .. } = pipeline::preview(act.as_look(), &ask).looked;
    if let Err(refusal) = crate::policy::known::known_files(&world) {
        return write::refused_in(&pipeline::Trouble::Refused(refusal), args.json);
    }
    if let Some(refused) = unknown_agent(&world, &ask.agents) {
        return refused;
    }
    if let Err(message) = known_provider(&world, &provider) {
        return Outcome::usage(&message);
    }
    let Some(agent) = world.scope.first() else { return Outcome::usage("there is no agent") };
    let style = Style::decide(global.color, act.host(), Stream::Out);
    let document = order::of(&world, agent, &provider);
    Outcome::out(if args.json { json::text(&document) } else { order::order(&document, style) }, Exit::Ok)
}

fn set(act: &mut dyn Act, global: &Global, args: &OrderSet) -> Outcome {
    let provider = providers::normalise(&args.provider);
    let asked = WriteRequest {
        agent: args.agent.as_deref(),
        writing: &args.writing,
        request: &|world, agent| intent::order::set(world, agent, &provider, &args.ids),
        question: None,
        after: &|looked, agent, style| order::order(&order::of(&looked.world, agent, &provider), style),
        json: None,
    };
    write::run(act, global, &asked)
}

fn clear(act: &mut dyn Act, global: &Global, args: &OrderClear) -> Outcome {
    let provider = providers::normalise(&args.provider);
    let asked = WriteRequest {
        agent: args.agent.as_deref(),
        writing: &args.writing,
        request: &|world, agent| {
            known_provider(world, &provider).map_err(crate::change::proposal::Refusal::usage)?;
            intent::order::clear(world, agent, &provider)
        },
        question: None,
        after: &|looked, agent, style| order::order(&order::of(&looked.world, agent, &provider), style),
        json: None,
    };
    write::run(act, global, &asked)
}
