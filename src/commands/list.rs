//! `zirkabot models auth list`: the profiles that an agent can use.

use super::status::unknown_agent;
use super::{Exit, Outcome, wish};
use crate::cli::{self, Global};
use crate::pipeline::{self, Ask, Looked, Trouble};
use crate::report::style::{Stream, Style};
use crate::report::{json, list};
use crate::sources::{Agents, Depth};
use crate::status::Options;
use crate::sys::Act;
use crate::{intent, providers};

/// Runs the command. It changes nothing: what the next sync would store is shown as stored.
pub(super) fn run(act: &dyn Act, global: &Global, args: &cli::List) -> Outcome {
    let provider = args.provider.as_deref().map(providers::normalise);
    let ask = Ask {
        agents: args.agent.clone().map_or(Agents::Default, Agents::One),
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options::default(),
    };
    let Looked { world, status, .. } = pipeline::foresee(act.as_look(), &ask).looked;
    if let Err(refusal) = intent::known_files(&world) {
        return wish::refused_in(&Trouble::Refused(refusal), args.json);
    }
    if let Some(refused) = unknown_agent(&world, &ask.agents) {
        return refused;
    }
    let Some(agent) = world.scope.first() else { return Outcome::usage("there is no agent") };
    let stdout = if args.json {
        json::text(&list::list_json(&world, &status, agent, provider.as_deref()))
    } else {
        let style = Style::decide(global.color, act.host(), Stream::Out);
        list::list(&world, &status, agent, provider.as_deref(), style)
    };
    Outcome::out(stdout, Exit::Ok)
}
