//! `auth.cooldowns`: how long a credential rests after failures.

use crate::catalog::providers;
use crate::config::field::{Field, Shape, key, span_with_unit};
use crate::doc::Node;
use crate::sys::Millis;
use crate::sys::time::{DAY, HOUR, MINUTE};

/// Shortest rest.
const SECOND: Millis = 1_000;

/// By how much clocks may differ.
const SLACK: Millis = HOUR;

/// Rests after the first, second and each further failure in a row, in milliseconds, as the reference has them.
pub(crate) const LEGACY: [Millis; 4] = [MINUTE, 5 * MINUTE, 25 * MINUTE, HOUR];

/// The same in a running gateway, which hears at once when a provider takes requests again.
pub(crate) const SHORT: [Millis; 3] = [MINUTE / 2, MINUTE, 5 * MINUTE];

/// The word for [`LEGACY`] in a config.
const LEGACY_WORD: &str = "legacy";

/// `auth.cooldowns.rests`.
pub(super) const RESTS: Field = key(
    "rests",
    Shape::Either(&[Shape::OneOf(&[LEGACY_WORD]), Shape::List(&Shape::Span)]),
    "Cooldown after the first, second and each further failure in a row, if the provider does not say how long, such as [\"30s\", \"1m\", \"5m\"], the default of a running gateway; \"legacy\" is 1, 5, 25 and 60 minutes.",
);

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
    /// Rests after failures in a row; none if nothing is said.
    rests: Vec<Millis>,
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

    /// How long a credential rests after so many failures in a row, in milliseconds: by this table if the config
    /// has none.
    pub fn rest(&self, in_a_row: u64, otherwise: &[Millis]) -> Millis {
        let rests = if self.rests.is_empty() { otherwise } else { &self.rests };
        let at = usize::try_from(in_a_row.saturating_sub(1)).unwrap_or(usize::MAX);
        rests.get(at).or(rests.last()).copied().unwrap_or(MINUTE)
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
        rests: node.get(RESTS.key).and_then(rests).unwrap_or_default(),
    }
}

/// The table of rests, each a second at least and a day at most; none if one of them is no time.
fn rests(node: &Node) -> Option<Vec<Millis>> {
    if node.as_str() == Some(LEGACY_WORD) {
        return Some(LEGACY.to_vec());
    }
    let one = |node: &Node| span_with_unit(node).map(|rest| rest.clamp(SECOND, DAY));
    node.items().iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use crate::catalog::documents::Format;
    use crate::config::cooldowns::*;
    use crate::doc::{self, DocId};

    #[test]
    fn rests_are_those_of_the_config_or_else_a_table() {
        for (text, expected) in [
            ("{}", [MINUTE / 2, MINUTE, 5 * MINUTE, 5 * MINUTE, 5 * MINUTE]),
            (r#"{"rests": "legacy"}"#, [MINUTE, 5 * MINUTE, 25 * MINUTE, HOUR, HOUR]),
            (r#"{"rests": ["10s", "90d", 0]}"#, [10 * SECOND, DAY, SECOND, SECOND, SECOND]),
            (r#"{"rests": ["10s", "soon"]}"#, [MINUTE / 2, MINUTE, 5 * MINUTE, 5 * MINUTE, 5 * MINUTE]),
            (r#"{"rests": []}"#, [MINUTE / 2, MINUTE, 5 * MINUTE, 5 * MINUTE, 5 * MINUTE]),
        ] {
            let node = doc::parse(Format::Json, DocId(0), text).unwrap();
            let read = cooldowns(&node);
            assert_eq!([1, 2, 3, 4, u64::MAX].map(|n| read.rest(n, &SHORT)), expected, "{text}");
        }
    }
}
