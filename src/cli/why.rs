//! `zirkabot models auth why PROVIDER`: every candidate in order, and why it won or lost.

use crate::catalog::providers;
use crate::checks::finding::Finding;
use crate::cli::grammar::Global;
use crate::cli::scope::only_agent;
use crate::cli::{Exit, Finished, Outcome};
use crate::pipeline::{self, Looked};
use crate::policy::known::known_provider;
use crate::policy::resolve;
use crate::report::{diagnostic, json, why};
use crate::sys::Act;
use crate::world::World;
use crate::world::label::Labels;

/// List every credential that could serve a provider, in order, and why it won or lost
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The provider, such as anthropic
    provider: String,
    /// For this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Runs the command. It changes nothing: what the next sync would store is shown as stored.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let provider = providers::normalise(&args.provider);
    let ask = global.ask_one(args.agent.as_deref());
    let synced = pipeline::preview(act.as_look(), &ask);
    let Looked { world, findings, .. } = synced.looked;
    let agent = only_agent(&world, &ask.agents)?;
    known_provider(&world, &provider).map_err(Outcome::usage)?;
    let resolution = resolve::resolve(&world, &agent, &provider);
    let exit = if resolution.chosen().is_some() { Exit::Ok } else { Exit::Broken };
    let stdout = if args.json {
        json::text(&why::why_json(&world, &resolution, &agent))
    } else {
        why::why(&world, &resolution, &agent, global.style(act))
    };
    let stderr = cautions(&world, &findings) + &due(&world, &synced.pending);
    Ok(Outcome { stdout, stderr, exit })
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
