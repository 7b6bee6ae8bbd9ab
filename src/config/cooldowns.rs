//! `auth.cooldowns`: how long a credential rests after failures.

use crate::catalog::providers;
use crate::doc::Node;
use crate::sys::Millis;
use crate::sys::time::{HOUR, MINUTE};

/// By how much clocks may differ.
const SLACK: Millis = HOUR;

/// The settings; none where the config says nothing that can be.
#[derive(Clone, Debug, Default)]
pub struct Cooldowns {
    /// First pause after a billing failure, in milliseconds.
    base: Option<Millis>,
    /// The same by normalised provider.
    by_provider: Vec<(String, Millis)>,
    /// Longest pause.
    most: Option<Millis>,
    /// Failures older than this are forgotten.
    window: Option<Millis>,
}

impl Cooldowns {
    /// First and longest pause after billing failures of a provider, in milliseconds: 5 and 24 hours
    /// unless the config says otherwise; at least a minute, and the longest at least the first.
    pub fn billing(&self, provider: &str) -> (Millis, Millis) {
        let own = self.by_provider.iter().rev().find(|(of, _)| of == provider).map(|(_, base)| *base);
        let base = own.or(self.base).unwrap_or(5 * HOUR).max(MINUTE);
        (base, self.most.unwrap_or(24 * HOUR).max(base))
    }

    /// Whether no pause of a provider that was begun by `now` can end then; clocks may differ.
    pub fn is_impossible(&self, provider: &str, end: Millis, now: Millis) -> bool {
        let (_, longest) = self.billing(provider);
        end > now.saturating_add(longest).saturating_add(SLACK)
    }

    /// How long a failure counts, in milliseconds: 24 hours unless the config says otherwise.
    pub fn window(&self) -> Millis {
        self.window.unwrap_or(24 * HOUR)
    }
}

/// Reads the table. A number that is not positive says nothing.
pub(super) fn cooldowns(node: &Node) -> Cooldowns {
    let hours = |node: &Node| {
        let hours = node.as_f64().filter(|hours| hours.is_finite() && *hours > 0.0)?;
        Some((hours.min(1e6) * HOUR as f64) as Millis)
    };
    let at = |key: &str| node.get(key).and_then(hours);
    let by_provider = node.get("billingBackoffHoursByProvider").map(Node::members).unwrap_or_default();
    let of = |member: &crate::doc::Member| Some((providers::normalise(&member.key), hours(&member.node)?));
    Cooldowns {
        base: at("billingBackoffHours"),
        by_provider: by_provider.iter().filter_map(of).collect(),
        most: at("billingMaxHours"),
        window: at("failureWindowHours"),
    }
}
