//! Setting up: a credential where the gateway finds it, however it is started, and the model that
//! goes with it. Pure.

use crate::catalog::models as catalogue;
use crate::catalog::tools::Tool;
use crate::change::advice::Advice;
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::doc::State;
use crate::doc::edit::ops::{Draft, To};
use crate::intent::onboard::{CustomEndpoint, SetModel};
use crate::intent::{config, credential, dotenv, models};
use crate::policy::known::known_config;
use crate::policy::models::reference::ModelSlot;
use crate::policy::models::{ModelRole, in_use};
use crate::policy::resolve;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::actual::Credential;

/// What is to be set up.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// The credential.
    pub gets: Received,
    /// The default model.
    pub model: DefaultModel,
    /// What the gateway has to know of a provider that is not built in.
    pub endpoint: Option<(&'static str, &'static CustomEndpoint)>,
}

/// Where the credential comes from, and where it is put.
#[derive(Clone, Debug)]
pub(crate) enum Received {
    /// None, or one that is there.
    Nothing,
    /// The login of another program, which a sync stores.
    Login(Tool),
    /// This one goes into the auth store.
    Store {
        /// Under this id.
        id: String,
        /// The credential.
        credential: Box<Credential>,
    },
    /// This variable goes into `$STATE/.env`.
    Dotenv {
        /// Its name.
        name: String,
        /// Its value.
        value: Secret,
    },
}

/// What becomes of the default model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DefaultModel {
    /// It stays.
    Keep,
    /// This one.
    Set(String),
    /// This one, if the present one has no credential when all else is done.
    IfNeeded(String),
}

impl DefaultModel {
    /// What a choice says of it.
    pub(crate) fn of(model: Option<(&str, SetModel)>) -> Self {
        match model {
            None => Self::Keep,
            Some((model, SetModel::Always)) => Self::Set(model.to_owned()),
            Some((model, SetModel::IfNeeded)) => Self::IfNeeded(model.to_owned()),
        }
    }
}

/// Sets up `agent`.
///
/// # Errors
/// If the config or the store cannot be read, or there is no login to be used.
pub(crate) fn set_up(world: &World, agent: &str, setup: &Setup) -> Proposals {
    known_config(world)?;
    let mut proposals = match &setup.gets {
        Received::Nothing => Vec::new(),
        Received::Login(tool) => login(world, agent, *tool)?,
        Received::Store { id, credential } => credential::store(world, agent, id, credential)?,
        Received::Dotenv { name, value } => dotenv::set(world, name, value)?,
    };
    proposals.extend(setup.endpoint.and_then(|(model, endpoint)| provider(world, model, endpoint)));
    proposals.extend(match &setup.model {
        DefaultModel::Keep => Vec::new(),
        DefaultModel::Set(model) => default_model(world, agent, model)?,
        // Judged when the credential is there, which is what an earlier round is for.
        DefaultModel::IfNeeded(_) if !is_done(world, &proposals) => Vec::new(),
        DefaultModel::IfNeeded(model) if needs_model(world, agent) => default_model(world, agent, model)?,
        DefaultModel::IfNeeded(_) => Vec::new(),
    });
    Ok(local(world, &proposals).into_iter().chain(proposals).collect())
}

/// Whether carrying them out would change nothing.
fn is_done(world: &World, proposals: &[Proposal]) -> bool {
    let (plan, blocked) = crate::change::plan::plan(&world.docs, proposals);
    plan.changes.is_empty() && blocked.is_empty()
}

/// Declares a login that a sync stores.
fn login(world: &World, agent: &str, tool: Tool) -> Proposals {
    let row = tool.row();
    let Some(login) = crate::world::login(world, tool) else {
        let refusal = Refusal::state(format!("{} has no login on this machine", row.name));
        return Err(
            refusal.help(Advice::say("run ").run(crate::policy::advice::sign_in(world, tool)).then(" first"))
        );
    };
    let stored = world.store(agent).into_iter().chain(&world.stores);
    let stored = stored.into_iter().find(|store| store.profile(row.profile).is_some());
    let Some(stored) = stored else {
        let over = login.expires.at().is_some_and(|at| at <= world.now);
        let why = if over { "has expired" } else { "could not be stored" };
        let refusal = Refusal::state(format!("{}'s login {why}", row.name)).code("sync/behind");
        return Err(refusal.help(
            Advice::say("run ")
                .run(crate::policy::advice::sign_in(world, tool))
                .then(format!(", or `{}`", world.paths.command("doctor"))),
        ));
    };
    credential::in_use(world, &stored.agent, row.profile)
}

/// Whether the default model has nothing to be called with.
fn needs_model(world: &World, agent: &str) -> bool {
    let model = in_use(&world.desired, agent).into_iter().find(|used| used.role == ModelRole::Default);
    model.is_none_or(|used| resolve::resolve(world, agent, &used.model.provider).usable().is_none())
}

/// Makes a model the default of all agents; where `agent` has one of its own, its own.
fn default_model(world: &World, agent: &str, model: &str) -> Proposals {
    let own = world.desired.agents.iter().find(|config| config.id == agent);
    let own = own.filter(|config| config.models.primary.is_some()).map(|_| agent);
    models::set(world, own, ModelSlot::Model, model)
}

/// Describes a provider that is not built in, unless the config does.
fn provider(world: &World, model: &str, endpoint: &CustomEndpoint) -> Option<Proposal> {
    let (provider, id) = model.split_once('/')?;
    if world.desired.provider(provider).is_some() {
        return None;
    }
    let row = catalogue::find(provider, id)?;
    let named = |name: &str, draft| (name.to_owned(), draft);
    let list = |texts: &[&str]| Draft::List(texts.iter().map(|text| Draft::text(text)).collect());
    let cost = ["input", "output", "cacheRead", "cacheWrite"].map(|key| named(key, Draft::Int(0)));
    let known = Draft::Table(vec![
        named("id", Draft::text(id)),
        named("name", Draft::text(row.name)),
        named("reasoning", Draft::Bool(endpoint.reasoning)),
        named("input", list(&["text"])),
        named("cost", Draft::Table(cost.to_vec())),
        named("contextWindow", Draft::Int(i64::from(row.context?))),
        named("maxTokens", Draft::Int(endpoint.answer)),
    ]);
    let table = Draft::Table(vec![
        named("baseUrl", Draft::text(endpoint.url)),
        named("api", Draft::text(endpoint.api)),
        named("models", Draft::List(vec![known])),
    ]);
    let edit = config::edit(world, &["models", "providers", provider], To::Set(table));
    Some(Proposal::new(format!("add {provider} to models.providers"), vec![edit]))
}

/// A new config says that the gateway runs here: without that it does not start.
fn local(world: &World, proposals: &[Proposal]) -> Option<Proposal> {
    let absent = world.doc(world.config.doc).state == State::Absent;
    if !absent || proposals.is_empty() {
        return None;
    }
    let edit = config::edit(world, &["gateway", "mode"], To::text("local"));
    Some(Proposal::new("create a config for a gateway on this machine", vec![edit]))
}
