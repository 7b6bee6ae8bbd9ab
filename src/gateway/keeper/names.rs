//! What names of providers and models mean, as the config says now.

use crate::catalog::providers;
use crate::catalog::wire::Wire;
use crate::gateway::keeper::Keeper;
use crate::gateway::upstream::Target;
use crate::policy::known;
use crate::policy::models::{self, Model, ModelRole};

impl Keeper {
    /// Where a provider's models answer.
    pub(in crate::gateway) fn target(
        &mut self,
        agent: &str,
        provider: &str,
        said: Option<&str>,
    ) -> Option<Target> {
        let world = self.open.world(agent);
        let own = world.desired.provider(provider).and_then(|own| own.base_url.as_deref());
        let address = own.or(said).or_else(|| providers::find(provider).map(|row| row.address))?;
        if let Some((_, target)) = self.address.as_ref().filter(|(known, _)| known == address) {
            return Some(target.clone());
        }
        let target = Target::parse(address)?;
        self.address = Some((address.to_owned(), target.clone()));
        Some(target)
    }

    /// Whether a provider speaks this form. One of the user's own is taken to speak what is asked.
    pub(in crate::gateway) fn speaks(&mut self, agent: &str, provider: &str, wire: Wire) -> bool {
        let own = self.open.world(agent).desired.provider(provider).is_some_and(|own| own.base_url.is_some());
        providers::find(provider).map_or(own, |row| row.wires.contains(&wire))
    }

    /// The provider that is meant by a name, and whether it is one.
    pub(in crate::gateway) fn provider(&mut self, agent: &str, name: &str) -> Option<String> {
        let world = self.open.world(agent);
        let meant = known::meant(world, name);
        let is_known = providers::find(&meant).is_some() || world.desired.provider(&meant).is_some();
        is_known.then_some(meant)
    }

    /// The model that a name means, where it is more than a name of the provider that is asked anyway.
    pub(in crate::gateway) fn model(&mut self, agent: &str, text: &str) -> Option<Model> {
        let world = self.open.world(agent);
        let is_alias =
            || models::aliases(&world.desired).iter().any(|(own, _)| own.eq_ignore_ascii_case(text));
        match text.split_once('/') {
            Some((provider, _)) => {
                let meant = known::meant(world, provider);
                let is_known = providers::find(&meant).is_some() || world.desired.provider(&meant).is_some();
                models::resolve(&world.desired, text).filter(|_| is_known)
            }
            None if is_alias() => models::resolve(&world.desired, text),
            None => None,
        }
    }

    /// The models that are tried when one cannot be had.
    pub(in crate::gateway) fn fallbacks(&mut self, agent: &str) -> Vec<Model> {
        let used = models::in_use(&self.open.world(agent).desired, agent);
        used.into_iter().filter(|used| used.role == ModelRole::Fallback).map(|used| used.model).collect()
    }

    /// The short names of models, which a chat takes for commands.
    pub(in crate::gateway) fn aliases(&mut self, agent: &str) -> Vec<String> {
        models::aliases(&self.open.world(agent).desired).into_iter().map(|(alias, _)| alias).collect()
    }
}
