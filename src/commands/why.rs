//! `zirkabot models auth why PROVIDER`: every candidate in order, and why it won or lost.

use super::{Exit, Outcome, status::unknown_agent};
use crate::cli::{self, Global};
use crate::finding::Finding;
use crate::nearest;
use crate::pipeline::{self, Ask, Looked};
use crate::providers::{self, PROVIDERS};
use crate::report::label::Labels;
use crate::report::style::{Stream, Style};
use crate::report::{diagnostic, json, why};
use crate::resolve;
use crate::sources::{Agents, Depth};
use crate::status::Options;
use crate::sys::Act;
use crate::world::World;

/// Runs the command. It changes nothing: what the next sync would store is shown as stored.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &cli::Why) -> Outcome {
    let provider = providers::normalise(&args.provider);
    let ask = Ask {
        agents: args.agent.clone().map_or(Agents::Default, Agents::One),
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options::default(),
    };
    let settled = pipeline::foresee(act.as_look(), &ask);
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
fn cautions(world: &World, findings: &[Finding]) -> String {
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

/// Whether anything knows the provider: our table, the config, or a store.
pub(super) fn known_provider(world: &World, provider: &str) -> Result<(), String> {
    let stored = world.stores.iter().flat_map(|store| &store.profiles).map(|stored| stored.provider.as_str());
    let declared = world.desired.profiles.iter().map(|profile| profile.provider.as_str());
    let own = world.desired.providers.iter().map(|own| own.id.as_str());
    let models = world.scope.iter().flat_map(|agent| crate::models::in_use(&world.desired, agent));
    let models: Vec<String> = models.map(|used| used.model.provider).collect();
    let known = PROVIDERS.iter().map(|row| row.id).chain(stored).chain(declared).chain(own);
    let known: Vec<&str> = known.chain(models.iter().map(String::as_str)).collect();
    if known.contains(&provider) || providers::is_cli_backend(provider) {
        return Ok(());
    }
    let near = nearest::nearest(provider, known.into_iter());
    let hint = near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
    Err(format!("no provider `{provider}` is known{hint}"))
}
