//! `zirkabot models auth list`: the profiles that an agent can use.

use crate::catalog::providers;
use crate::cli::grammar::Global;
use crate::cli::scope::unknown_agent;
use crate::cli::write;
use crate::cli::{Exit, Outcome, grammar as cli};
use crate::pipeline::{self, Ask, Looked, Trouble};
use crate::policy::status::Options;
use crate::report::json;
use crate::report::list;
use crate::report::style::{Stream, Style};
use crate::sys::Act;
use crate::world::observe::{Agents, Depth};

/// Runs the command. It changes nothing: what the next sync would store is shown as stored.
pub(super) fn run(act: &dyn Act, global: &Global, args: &cli::List) -> Outcome {
    let provider = args.provider.as_deref().map(providers::normalise);
    let ask = Ask {
        agents: args.agent.clone().map_or(Agents::Default, Agents::One),
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options::default(),
    };
    let Looked { world, status, .. } = pipeline::preview(act.as_look(), &ask).looked;
    if let Err(refusal) = crate::policy::known::known_files(&world) {
        return write::refused_in(&Trouble::Refused(refusal), args.json);
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
