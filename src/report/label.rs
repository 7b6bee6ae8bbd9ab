//! What may be shown of a secret: its public prefix and a number. Never its length, never any
//! other part of it.
//!
//! Equal secrets have equal numbers, so that a reader sees that two places hold the same one.
//! Numbers are given in the order in which the world was observed, so the same world always
//! gets the same labels.

use crate::actual::{Credential, Found};
use crate::desired::From;
use crate::doc::mask;
use crate::providers::{self, PROVIDERS};
use crate::secret::Secret;
use crate::world::World;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// What a text becomes that should be a name and looks like a secret.
const HIDDEN: &str = "‹hidden›";

/// Secrets shorter than this are not looked for in texts: ordinary words could be one.
const SHORTEST: usize = 12;

/// Secrets of this length are no words, whatever they look like.
const SURELY: usize = 24;

/// A number for every secret of a world.
#[derive(Default)]
pub struct Labels {
    numbers: BTreeMap<Secret, usize>,
    /// Secrets that are no words, by how they begin, so that a text is searched for all of them
    /// at once: a fleet has tens of thousands.
    begins: HashMap<[u8; SHORTEST], Vec<Secret>>,
}

impl Labels {
    /// Numbers the secrets of `world`: stores, logins of other programs, older layouts,
    /// variables, config.
    pub fn new(world: &World) -> Self {
        let mut labels = Self::default();
        for store in &world.stores {
            store.profiles.iter().filter_map(|s| s.credential()).for_each(|c| labels.add_credential(c));
        }
        for borrowed in &world.borrowed {
            if let Found::Login(login) = &borrowed.found {
                labels.add_credential(login);
            }
        }
        world.legacy.iter().for_each(|legacy| labels.add_credential(&legacy.credential));
        let known = PROVIDERS.iter().flat_map(|row| row.vars.iter().map(|var| var.name));
        let declared = world.desired.profiles.iter().filter_map(|profile| match &profile.from {
            From::Env(name) => Some(name.as_str()),
            _ => None,
        });
        for name in known.chain(declared) {
            world.env.bindings(name).iter().for_each(|binding| labels.add(binding.value));
        }
        world.desired.env.iter().for_each(|entry| labels.add(&entry.value));
        let own = world.desired.providers.iter().filter_map(|provider| provider.api_key.as_ref());
        own.for_each(|(key, _)| labels.add(key));
        labels
    }

    fn add_credential(&mut self, credential: &Credential) {
        self.add(&credential.secret);
        credential.refresh.iter().for_each(|refresh| self.add(refresh));
    }

    fn add(&mut self, secret: &Secret) {
        if !secret.is_blank() {
            let (secret, next) = (trimmed(secret), self.numbers.len() + 1);
            if let Entry::Vacant(entry) = self.numbers.entry(secret.clone()) {
                entry.insert(next);
                self.remember(secret);
            }
        }
    }

    fn remember(&mut self, secret: Secret) {
        let text = secret.expose();
        if text.len() >= SURELY || (text.len() >= SHORTEST && mask::looks_secret(text)) {
            let Some(begin) = text.as_bytes().first_chunk() else { return };
            let alike = self.begins.entry(*begin).or_default();
            // Longer ones first: one secret may be the beginning of another.
            let at = alike.partition_point(|known| known.expose().len() > text.len());
            alike.insert(at, secret);
        }
    }

    /// What is shown of `secret`: `sk-ant-oat01-… ‹secret 1›`, or `‹secret 2›` where no vendor's
    /// prefix is known, or `blank`. A secret of no known place has no number.
    pub fn of(&self, secret: &Secret) -> String {
        if secret.is_blank() {
            return "blank".to_owned();
        }
        let secret = trimmed(secret);
        let number = match self.numbers.get(&secret) {
            Some(number) => format!("‹secret {number}›"),
            None => "‹secret›".to_owned(),
        };
        match providers::prefix_of(secret.expose()) {
            Some((_, prefix)) => format!("{}… {number}", prefix.text),
            None => number,
        }
    }

    /// A text that is about to be shown, with every known secret in it replaced by its label.
    /// None should be there; this is the last door.
    pub fn scrub(&self, text: &str) -> String {
        let (mut out, mut shown, mut at) = (String::new(), 0, 0);
        while at + SHORTEST <= text.len() {
            match self.secret_at(text, at) {
                Some(secret) => {
                    out.push_str(&text[shown..at]);
                    out.push_str(&self.of(secret));
                    at += secret.expose().len();
                    shown = at;
                }
                None => at += 1,
            }
        }
        out.push_str(&text[shown..]);
        out
    }

    /// The longest known secret that stands at byte `at`.
    fn secret_at(&self, text: &str, at: usize) -> Option<&Secret> {
        let rest = &text.as_bytes()[at..];
        let alike = self.begins.get(rest.first_chunk()?)?;
        alike.iter().find(|secret| rest.starts_with(secret.expose().as_bytes()))
    }

    /// A name that a user chose (profile, model, agent), unless a secret was put in its place.
    pub fn name(&self, text: &str) -> String {
        if mask::looks_secret(text) { HIDDEN.to_owned() } else { self.scrub(text) }
    }
}

fn trimmed(secret: &Secret) -> Secret {
    Secret::from(secret.expose().trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(secrets: &[&str]) -> Labels {
        let mut labels = Labels::default();
        secrets.iter().for_each(|secret| labels.add(&Secret::from(*secret)));
        labels
    }

    #[test]
    fn equal_secrets_have_equal_labels() {
        let labels = labels(&["sk-ant-oat01-CANARY-1", " ", "CANARY-2", "sk-ant-oat01-CANARY-1 "]);
        let of = |text| labels.of(&Secret::from(text));
        assert_eq!(of(" sk-ant-oat01-CANARY-1"), "sk-ant-oat01-… ‹secret 1›");
        assert_eq!(of("CANARY-2"), "‹secret 2›");
        assert_eq!(of("CANARY-3"), "‹secret›");
        assert_eq!(of(""), "blank");
    }

    #[test]
    fn texts_are_scrubbed_of_secrets() {
        let labels = labels(&["sk-ant-oat01-CANARY", "sk-ant-oat01-CANARY-long", "anthropic-main"]);
        assert_eq!(labels.scrub("x sk-ant-oat01-CANARY-long y"), "x sk-ant-oat01-… ‹secret 2› y");
        assert_eq!(labels.scrub("anthropic-main"), "anthropic-main");
        assert_eq!(labels.name("anthropic:sk-ant-CANARY"), HIDDEN);
        assert_eq!(labels.name("anthropic:work"), "anthropic:work");
    }
}
