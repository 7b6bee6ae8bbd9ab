//! What may be shown of a secret: its public prefix and a number. Never its length, never any
//! other part of it.
//!
//! Equal secrets have equal numbers, so that a reader sees that two places hold the same one.
//! Numbers are given in the order in which the world was observed, so the same world always
//! gets the same labels.

use crate::catalog::providers::{self, PROVIDERS};
use crate::catalog::secrets;
use crate::config::CredentialSource;
use crate::doc::redact;
use crate::sys::secret::Secret;
use crate::sys::visible::visible;
use crate::world::World;
use crate::world::actual::{Credential, LoginState};
use crate::world::observe::service::{Service, ServiceVar};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Secrets shorter than this are not looked for in texts: ordinary words could be one.
const SHORTEST: usize = 12;

/// Secrets of this length are no words, whatever they look like.
const SURELY: usize = 24;

/// A number for every secret of a world.
#[derive(Default)]
pub struct Labels {
    numbers: HashMap<Secret, usize>,
    /// Secrets that are no words, by their first bytes behind the vendor's prefix, so that a text
    /// is searched for all of them at once: a fleet has tens of thousands.
    marks: HashMap<[u8; SHORTEST], Vec<Marked>>,
    /// A bit for what the first bytes of each mark come to: at most places of a text none begins.
    begun: Vec<u64>,
}

/// Bits that say which marks may begin somewhere.
const BITS: usize = 1 << 16;

/// The bit of what begins with these bytes.
fn bit(bytes: &[u8; 4]) -> usize {
    (u32::from_le_bytes(*bytes).wrapping_mul(0x9E37_79B1) >> 16) as usize % BITS
}

/// A secret, and where in it its mark stands.
struct Marked {
    secret: Secret,
    offset: usize,
}

impl Labels {
    /// Numbers the secrets of `world`: stores, logins of other programs, older layouts,
    /// variables, config.
    pub fn new(world: &World) -> Self {
        let mut labels = Self::default();
        labels.add_world(world);
        labels
    }

    /// The same with what would be there later.
    pub fn with(world: &World, later: &World) -> Self {
        let mut labels = Self::new(world);
        labels.add_world(later);
        labels
    }

    fn add_world(&mut self, world: &World) {
        let labels = self;
        for store in &world.stores {
            store.profiles.iter().filter_map(|s| s.credential()).for_each(|c| labels.add_credential(c));
        }
        for borrowed in &world.borrowed {
            if let LoginState::Login(login) = &borrowed.found {
                labels.add_credential(login);
            }
        }
        world.legacy.iter().for_each(|legacy| labels.add_credential(&legacy.credential));
        let known = PROVIDERS.iter().flat_map(|row| row.vars.iter().map(|var| var.name));
        let declared = world.desired.profiles.iter().filter_map(|profile| match &profile.from {
            CredentialSource::Env(name) => Some(name.as_str()),
            _ => None,
        });
        world.fetched.iter().filter_map(|own| own.secret.as_ref()).for_each(|secret| labels.add(secret));
        for name in known.chain(declared) {
            world.env.bindings(name).iter().for_each(|binding| labels.add(binding.value));
        }
        world.desired.env.iter().for_each(|entry| labels.add(&entry.value));
        let own = world.desired.providers.iter().filter_map(|provider| provider.api_key.as_ref());
        own.for_each(|(key, _)| labels.add(key));
        world.desired.monitor.secrets().for_each(|secret| labels.add(secret));
        world.service.iter().for_each(|service| labels.add_service(service));
    }

    /// What a service is given, where it is a credential by its name or by its looks.
    fn add_service(&mut self, service: &Service) {
        for name in PROVIDERS.iter().flat_map(|row| row.vars.iter().map(|var| var.name)) {
            service.env.bindings(name).iter().for_each(|binding| self.add(binding.value));
        }
        let secret = |given: &&ServiceVar| redact::is_secret_like(given.value.expose());
        service.given.iter().filter(secret).for_each(|given| self.add(&given.value));
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
        // What only names a secret may be shown.
        if secrets::is_name(text) && redact::redact(text.clone()) == *text {
            return;
        }
        if text.len() < SURELY && !(text.len() >= SHORTEST && redact::is_secret_like(text)) {
            return;
        }
        let prefix = providers::prefix_of(text).map_or(0, |(_, prefix)| prefix.text.len());
        let offset = if text.len() >= prefix + SHORTEST { prefix } else { 0 };
        let Some(mark) = text.as_bytes()[offset..].first_chunk() else { return };
        self.begun.resize(BITS / 64, 0);
        if let Some(bit) = mark.first_chunk().map(bit) {
            self.begun[bit / 64] |= 1 << (bit % 64);
        }
        let alike = self.marks.entry(*mark).or_default();
        // Longer ones first: one secret may be the beginning of another. Of the same length, the newest last: none of
        // those before it has to move.
        let at = alike.partition_point(|known| known.secret.expose().len() >= text.len());
        alike.insert(at, Marked { offset, secret });
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

    /// Whether a secret stands in a known place, and so has a number.
    pub fn knows(&self, secret: &Secret) -> bool {
        self.numbers.contains_key(&trimmed(secret))
    }

    /// A text that is about to be shown, with every known secret in it replaced by its label, and what looks
    /// like one hidden. None should be there; this is the last door.
    pub fn scrub(&self, text: &str) -> String {
        redact::redact(self.known(text))
    }

    /// The same of known secrets alone, for what somebody wrote and is handed on.
    pub fn known(&self, text: &str) -> String {
        if self.marks.is_empty() {
            return text.to_owned();
        }
        let (mut out, mut shown, mut at) = (String::new(), 0, 0);
        while at + SHORTEST <= text.len() {
            match self.secret_at(text, at) {
                Some((start, secret)) if start >= shown => {
                    out.push_str(&text[shown..start]);
                    out.push_str(&self.of(secret));
                    at = start + secret.expose().len();
                    shown = at;
                }
                _ => at += 1,
            }
        }
        out.push_str(&text[shown..]);
        out
    }

    /// The longest known secret whose mark stands at byte `at`, and where it begins.
    fn secret_at(&self, text: &str, at: usize) -> Option<(usize, &Secret)> {
        let rest = &text.as_bytes()[at..];
        let bit = bit(rest.first_chunk()?);
        if self.begun[bit / 64] >> (bit % 64) & 1 == 0 {
            return None;
        }
        let alike = self.marks.get(rest.first_chunk()?)?;
        alike.iter().find_map(|Marked { secret, offset }| {
            let start = at.checked_sub(*offset)?;
            text.as_bytes()[start..].starts_with(secret.expose().as_bytes()).then_some((start, secret))
        })
    }

    /// A name that a user chose (profile, model, agent) on one line, unless a secret was put in its place.
    pub fn name(&self, text: &str) -> String {
        if redact::is_secret_like(text) { redact::HIDDEN.to_owned() } else { visible(&self.scrub(text)) }
    }
}

fn trimmed(secret: &Secret) -> Secret {
    Secret::from(secret.expose().trim())
}

#[cfg(test)]
mod tests {
    use crate::world::label::*;

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
        assert_eq!(labels.name("anthropic:sk-ant-CANARY"), redact::HIDDEN);
        assert_eq!(labels.name("anthropic:work"), "anthropic:work");
    }
}
