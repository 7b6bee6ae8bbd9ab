//! The models that a session may choose, and whether one may be used.

use crate::catalog::models as catalogue;
use crate::policy::models::{self, Model, known};
use crate::policy::session::fuzzy::Candidate;
use crate::world::World;

/// The models that `agent` may be told to use and that are known by name, by provider and id: those
/// that the config allows and something can serve, or where it allows all, those that are known or in
/// use; and the default one.
pub(crate) fn offered(world: &World, agent: &str) -> Vec<Candidate> {
    let desired = &world.desired;
    let used = models::in_use(desired, agent);
    let default = default(world, agent);
    let mut all: Vec<Model> = if desired.allowed.is_empty() {
        let known = known::all(desired).into_iter().map(|known| known.model);
        known.chain(used.into_iter().map(|used| used.model)).collect()
    } else {
        let allowed = desired.allowed.iter();
        let allowed = allowed.filter_map(|allowed| models::resolve(desired, &allowed.key.text));
        allowed.filter(|model| !known::is_missing(desired, model)).collect()
    };
    all.push(default.clone());
    all.sort();
    all.dedup();
    let aliases = models::aliases(desired);
    let one = |model: Model| {
        let own = aliases.iter().filter(|(_, of)| *of == model).map(|(alias, _)| alias.clone());
        // Where nothing is listed, the built-in short names hold.
        let built_in = catalogue::find(&model.provider, &model.id).and_then(|row| row.alias);
        let built_in = built_in.filter(|_| desired.allowed.is_empty()).map(str::to_owned);
        let is_default = default == model;
        Candidate { aliases: own.chain(built_in).collect(), is_default, model }
    };
    all.into_iter().map(one).collect()
}

/// Whether a model may be used: offered, or where the config allows all, written with a provider that
/// can have it.
pub(crate) fn may_use(world: &World, offered: &[Candidate], model: &Model, with_provider: bool) -> bool {
    let is_free = world.desired.allowed.is_empty() && with_provider;
    offered.iter().any(|own| own.model == *model) || is_free && !known::is_missing(&world.desired, model)
}

/// The agent's default model.
pub(crate) fn default(world: &World, agent: &str) -> Model {
    models::in_use(&world.desired, agent).swap_remove(0).model
}
