//! `zirkabot env`: where each variable is set, and which place counts, here and for the service.

use crate::catalog::providers;
use crate::change::proposal::Refusal;
use crate::cli::grammar::Global;
use crate::cli::grammar::env::{Env, View};
use crate::cli::install;
use crate::cli::write;
use crate::cli::{Exit, Outcome};
use crate::pipeline::{self, Ask, Trouble};
use crate::policy::known::known_provider;
use crate::report::env::{self, Views};
use crate::report::json;
use crate::report::style::{Stream, Style};
use crate::sys::Act;
use crate::world::observe::Depth;

/// Runs the command. It changes nothing.
pub(super) fn run(act: &dyn Act, global: &Global, args: &Env) -> Outcome {
    if let Some(wrong) = args.names.iter().find(|name| !is_name(name)) {
        let shown = crate::doc::redact::redact(wrong.clone());
        return Outcome::usage(&format!("`{shown}` cannot be the name of a variable"));
    }
    let depth = if args.view == Some(View::Here) { Depth::Status } else { Depth::Doctor };
    let ask = Ask { depth, ..install::ask(global) };
    let world = pipeline::look(act.as_look(), &ask).world;
    let provider = args.provider.as_deref().map(providers::normalise);
    if let Some(provider) = &provider
        && let Err(message) = known_provider(&world, provider)
    {
        return Outcome::usage(&message);
    }
    let wanted = args.view.is_some_and(|view| view != View::Here);
    if wanted && world.service.is_none() {
        let refusal = Refusal::state("nothing runs the gateway as a service here")
            .help(format!("`{}` would install it", world.paths.command("service install")));
        return write::refused_in(&Trouble::Refused(refusal), args.json);
    }
    let views = Views {
        here: args.view != Some(View::Service),
        service: args.view != Some(View::Here) && world.service.is_some(),
    };
    let names = env::names(&world, &args.names, provider.as_deref(), args.all);
    let stdout = if args.json {
        json::text(&env::document(&world, &names, views))
    } else {
        env::text(&world, &names, views, Style::decide(global.color, act.host(), Stream::Out))
    };
    Outcome::out(stdout, Exit::Ok)
}

fn is_name(name: &str) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && name.len() <= 256 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
