//! `zirkabot models fallbacks list|add|remove|clear`, and `image-fallbacks`: what is tried next.

use crate::cli::Finished;
use crate::cli::grammar::{Global, Writing};
use crate::cli::names::{self, NameList};
use crate::cli::write::{self, WriteRequest};
use crate::intent::models as intent;
use crate::pipeline::Looked;
use crate::policy::models::reference::ModelSlot;
use crate::report::models;
use crate::report::style::Style;
use crate::sys::Act;
use crate::world::World;

/// What about them.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Fallbacks {
    /// List the fallback models, in the order in which they are tried
    List(NameList),
    /// Add a fallback model at the end, unless it is listed already
    Add(ChangeArgs),
    /// Remove a fallback model
    Remove(ChangeArgs),
    /// Remove all fallback models
    Clear(Clear),
}

/// What `add` and `remove` take.
#[derive(Debug, clap::Args)]
pub(super) struct ChangeArgs {
    /// Such as anthropic/claude-opus-4-5, or a short name
    #[arg(value_name = "MODEL")]
    model: String,
    #[command(flatten)]
    writing: Writing,
}

/// What `clear` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Clear {
    #[command(flatten)]
    writing: Writing,
}

/// Runs the verb, for models that answer or for those that see pictures.
pub(super) fn run(act: &mut dyn Act, global: &Global, slot: ModelSlot, verb: &Fallbacks) -> Finished {
    match verb {
        Fallbacks::List(args) => {
            let document = |world: &World| models::fallbacks_of(world, slot);
            names::print(act, global, args, document, models::fallbacks_plain, models::fallbacks_text)
        }
        Fallbacks::Add(ChangeArgs { model, writing }) => {
            let notes = &|world: &World, agent: &str| intent::cautions_of_next(world, agent, slot, model);
            let request = &|world: &World, _: &str| intent::add(world, slot, model);
            change(act, global, WriteRequest { notes, ..WriteRequest::new(writing, request) })
        }
        Fallbacks::Remove(ChangeArgs { model, writing }) => {
            change(act, global, WriteRequest::new(writing, &|world, _| intent::remove(world, slot, model)))
        }
        Fallbacks::Clear(Clear { writing }) => {
            change(act, global, WriteRequest::new(writing, &|world, _| intent::clear(world, slot)))
        }
    }
}

/// Carries out a request, and shows which models are used.
fn change(act: &mut dyn Act, global: &Global, asked: WriteRequest<'_>) -> Finished {
    let after = &|looked: &Looked, agent: &str, style: Style| models::in_use(&looked.world, agent, style);
    write::run(act, global, &WriteRequest { after, ..asked })
}
