//! `zirkabot models auth why PROVIDER`: every candidate in order, and why it won or lost.

use crate::catalog::providers;
use crate::checks::finding::Finding;
use crate::cli::grammar::Global;
use crate::cli::scope::unknown_agent;
use crate::cli::{Exit, Outcome, grammar as cli};
use crate::pipeline::{self, Ask, Looked};
use crate::policy::known::known_provider;
use crate::policy::resolve;
use crate::policy::status::Options;
use crate::report::diagnostic;
use crate::report::json;
use crate::report::style::{Stream, Style};
use crate::report::why;
use crate::sys::Act;
use crate::world::World;
use crate::world::label::Labels;
use crate::world::observe::{Agents, Depth};

/// Runs the command. It changes nothing: what the next sync would store is shown as stored.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &cli::Why) -> Outcome {
    let provider = providers::normalise(&args.provider);
    let ask = Ask {
        agents: args.agent.clone().map_or(Agents::Default, Agents::One),
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options::default(),
    };
    let settled = pipeline::preview(act.as_look(), &ask);
    let Looked { world, findings, .. } = settled.looked;
    if let Some(refused) = unknown_agent(&world, &ask.agents) {
        return refused;
    }
    if let Err(message) = known_provider(&world, &provider) {
        return Outcome::usage(&message);
    }
    let Some(agent) = world.scope.first() else { return Outcome::usage("there is no agent") };
    let resolution = resolve::resolve(&world, agent, &provider);
    let exit = if resolution.chosen().is_some() { Exit::Ok } else { Exit::Broken };
    let stdout = if args.json {
        json::text(&why::why_json(&world, &resolution, agent))
    } else {
        why::why(&world, &resolution, agent, Style::decide(global.color, act.host(), Stream::Out))
    };
    let stderr = cautions(&world, &findings) + &due(&world, &settled.pending);
    Outcome { stdout, stderr, exit }
}

/// What stands in the way of knowing: a config or store that cannot be read.
pub(super) fn cautions(world: &World, findings: &[Finding]) -> String {
    let unread = ["config/syntax", "config/unreadable", "files/corrupt-store", "sync/source-unreadable"];
    let labels = Labels::new(world);
    let lines = findings.iter().filter(|finding| unread.contains(&finding.rule.code));
    lines.map(|finding| diagnostic::line(world, finding, &labels) + "\n").collect()
}

/// What is shown as stored although it is only due.
fn due(world: &World, pending: &[String]) -> String {
    let command = world.paths.command("models status");
    pending.iter().map(|line| format!("note: {line} is due; `{command}` does it\n")).collect()
}
