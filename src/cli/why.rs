//! `zirkabot models auth why PROVIDER`: every candidate in order, and why it won or lost.

use crate::checks::finding::Finding;
use crate::cli::grammar::Global;
use crate::cli::scope::only_agent;
use crate::cli::{Exit, Finished, Outcome};
use crate::pipeline::{self, Looked, Query};
use crate::policy::known::{self, known_auth};
use crate::policy::resolve;
use crate::policy::talk::{self, Can};
use crate::report::{diagnostic, json, why};
use crate::sys::Act;
use crate::world::World;
use crate::world::label::Labels;
use crate::world::observe::Depth;

/// List every credential for a provider, in order, and why it is used or not
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The provider, such as anthropic
    provider: String,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Runs the command. It changes nothing: what the next sync would store is shown as stored.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let ask = Query { depth: Depth::Gateway, ..global.ask_one(args.agent.as_deref()) };
    let synced = pipeline::preview(act.as_look(), &ask);
    let Looked { world, findings, status } = synced.looked;
    known_auth(&world).map_err(Outcome::from)?;
    let agent = only_agent(&world, &ask.agents)?;
    let provider = known::provider(&world, &args.provider)?;
    let resolution = resolve::resolve(&world, &agent, &provider);
    let own = status.agents.iter().find(|own| own.agent == agent);
    let of = own.and_then(|own| own.providers.iter().find(|own| own.provider == provider));
    let judged = of.map(|of| {
        let (can, because) = talk::about(&world, &status, of);
        (of, can, because)
    });
    let exit = match why::can(&world, &resolution, judged) {
        Can::Yes | Can::Limited => Exit::Ok,
        Can::Unknown => Exit::Attention,
        Can::No => Exit::Broken,
    };
    let stdout = if args.json {
        json::text(&why::why_json(&world, &resolution, (&agent, judged)))
    } else {
        why::why(&world, &resolution, (&agent, judged), global.style(act))
    };
    let stderr = cautions(&world, &findings) + &due(&world, &synced.pending);
    Ok(Outcome::told(stdout, stderr, exit))
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
    pending.iter().map(|line| format!("note: {line} is pending; `{command}` does it\n")).collect()
}
