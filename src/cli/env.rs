//! `zirkabot env`: where each variable is set, and which place counts, here and for the service.

use crate::change::proposal::Refusal;
use crate::cli::grammar::Global;
use crate::cli::{Exit, Finished, Outcome};
use crate::doc::redact;
use crate::pipeline;
use crate::policy::known;
use crate::report::env::{self, Views};
use crate::report::json;
use crate::sys::Act;
use crate::world::observe::{Agents, Depth};

/// Show where each variable is set, here and for the gateway's service
///
/// Values of settings are shown, others only as labels: equal values have equal labels.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only these variables [default: all known ones that are set]
    #[arg(value_name = "VARIABLE")]
    names: Vec<String>,
    /// Which environment [default: both, if there is a service]
    #[arg(long, value_enum, value_name = "VIEW")]
    view: Option<View>,
    /// Only variables of this provider
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// Include known variables that are not set
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum View {
    /// This process
    Here,
    /// The gateway's service
    Service,
    /// Both, side by side
    Both,
}

/// Runs the command. It changes nothing.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    if let Some(wrong) = args.names.iter().find(|name| !is_name(name)) {
        let shown = redact::redact(wrong.clone());
        return Err(Outcome::usage(format!("`{shown}` is not a valid variable name")));
    }
    let depth = if args.view == Some(View::Here) { Depth::Status } else { Depth::Doctor };
    let world = pipeline::world(act.as_look(), &global.ask(Agents::All, depth));
    let provider = args.provider.as_deref().map(|given| known::provider(&world, given)).transpose()?;
    let wanted = args.view.is_some_and(|view| view != View::Here);
    if wanted && world.service.is_none() {
        let refusal = Refusal::state("the gateway is not installed as a service here")
            .help(format!("run `{}` to install it", world.paths.command("service install")));
        return Err(refusal.into());
    }
    let views = Views {
        here: args.view != Some(View::Service),
        service: args.view != Some(View::Here) && world.service.is_some(),
    };
    let names = env::names(&world, &args.names, provider.as_deref(), args.all);
    let stdout = if args.json {
        json::text(&env::document(&world, &names, views))
    } else {
        env::text(&world, &names, views, global.style(act))
    };
    Ok(Outcome::out(stdout, Exit::Ok))
}

fn is_name(name: &str) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && name.len() <= 256 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
