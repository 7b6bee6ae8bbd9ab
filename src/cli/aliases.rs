//! `zirkabot models aliases list|add|remove`: short names of models.

use crate::catalog::nearest::listed;
use crate::cli::Finished;
use crate::cli::grammar::{Global, Writing};
use crate::cli::names::{self, NameList};
use crate::cli::write::{self, WriteRequest};
use crate::intent::models::{alias, reference};
use crate::pipeline::Looked;
use crate::policy::models::Model;
use crate::report::models;
use crate::sys::Act;
use crate::world::World;

verbs! {
    /// Manage short names of models
    pub(super) Aliases {
        /// List the short names
        List(NameList) => list,
        Add(Add) => add,
        Remove(Remove) => remove,
    }
}

/// Give a model a short name
///
/// Short names are stored in agents.defaults.models, which also lists the allowed models. If it is empty,
/// the models in use are added too, so that they stay allowed.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// The short name: letters, digits, and _ . : -
    #[arg(value_name = "ALIAS")]
    alias: String,
    /// The model, such as anthropic/claude-opus-4-5
    #[arg(value_name = "MODEL")]
    model: String,
    #[command(flatten)]
    writing: Writing,
}

/// Remove a short name
#[derive(Debug, clap::Args)]
pub(super) struct Remove {
    /// The short name
    #[arg(value_name = "ALIAS")]
    alias: String,
    #[command(flatten)]
    writing: Writing,
}

fn list(act: &mut dyn Act, global: &Global, args: &NameList) -> Finished {
    names::print(act, global, args, models::aliases, models::aliases_plain, models::aliases_text)
}

fn add(act: &mut dyn Act, global: &Global, Add { alias, model, writing }: &Add) -> Finished {
    let notes = &|world: &World, _: &str| newly_allowed(world, model).into_iter().collect();
    let request = &|world: &World, _: &str| alias::add(world, alias, model);
    change(act, global, WriteRequest { notes, ..WriteRequest::new(writing, request) })
}

fn remove(act: &mut dyn Act, global: &Global, Remove { alias, writing }: &Remove) -> Finished {
    change(act, global, WriteRequest::new(writing, &|world, _| alias::remove(world, alias)))
}

/// Carries out a request, and shows the short names.
fn change(act: &mut dyn Act, global: &Global, asked: WriteRequest<'_>) -> Finished {
    let after =
        &|looked: &Looked, _: &str, style| models::aliases_text(&models::aliases(&looked.world), style);
    write::run(act, global, &WriteRequest { after, ..asked })
}

/// What a first short name means for all other models.
fn newly_allowed(world: &World, text: &str) -> Option<String> {
    let model = reference(world, text).ok().filter(|_| world.desired.allowed.is_empty())?;
    let kept = alias::forbidden_otherwise(world, &model);
    let keys: Vec<String> = std::iter::once(&model).chain(&kept).map(Model::key).collect();
    let unset = world.paths.command("config unset agents.defaults.models");
    Some(format!(
        "short names are part of the list of allowed models, which was empty: from now on only {} can be used; `{unset}` allows all models again",
        listed(&keys)
    ))
}
