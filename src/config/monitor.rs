//! `monitor.*`: through which channels it is told that a credential ends, and how often.

use crate::config::channels::{CHANNELS, Settings};
use crate::config::field::{Field, Names, Shape, key, span};
use crate::doc::{Node, Value};
use crate::sys::Millis;
use crate::sys::secret::Secret;

const OWN: [Field; 3] = [
    key(
        "ping",
        Shape::Secret,
        "Address that is asked after each round, for a service that tells you when rounds stop; with /fail at its end where the exit code is 1.",
    )
    .names(Names::Endpoint),
    key(
        "remind",
        Shape::Either(&[Shape::OneOf(&["off"]), Shape::Duration]),
        "How long until an unchanged problem is reported again, or off; 24h by default.",
    ),
    key(
        "allowRefreshable",
        Shape::Bool,
        "Whether logins that renew themselves do not count as expired or expiring; true by default.",
    ),
];

/// The keys: our own, then the channels, of which those that are only switched on come last.
pub(super) const FIELDS: &[Field] = &fields();

const fn fields() -> [Field; OWN.len() + CHANNELS.len()] {
    let mut fields = [OWN[0]; OWN.len() + CHANNELS.len()];
    fields[1] = OWN[1];
    fields[2] = OWN[2];
    let (mut n, mut len) = (0, OWN.len());
    while n < 2 * CHANNELS.len() {
        let (field, is_second_round) = (CHANNELS[n % CHANNELS.len()].field, n >= CHANNELS.len());
        if matches!(field.shape, Shape::Bool) == is_second_round {
            fields[len] = field;
            len += 1;
        }
        n += 1;
    }
    fields
}

/// The channels and their settings.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// The channels by which somebody is told, in the order of their table.
    pub channels: Vec<Settings>,
    /// `monitor.ping`: what is asked after each round, if anything is.
    pub ping: Option<Secret>,
    /// `monitor.remind`, if it is said.
    pub remind: Option<Remind>,
    /// `monitor.allowRefreshable`: nothing is told of a login that renews itself.
    pub allow_refreshable: bool,
}

impl Default for Monitor {
    fn default() -> Self {
        Self { channels: Vec::new(), ping: None, remind: None, allow_refreshable: true }
    }
}

/// When somebody is reminded of what goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remind {
    /// Never.
    Off,
    /// After so many milliseconds.
    After(Millis),
}

impl Remind {
    /// Reads `off` or a time.
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim().eq_ignore_ascii_case("off") {
            return Some(Self::Off);
        }
        crate::sys::time::parse(text).map(Self::After)
    }
}

impl Monitor {
    /// What a channel is set to, if somebody is told by it.
    pub fn channel(&self, name: &str) -> Option<&Settings> {
        self.channels.iter().find(|settings| settings.channel.name() == name)
    }

    /// All that is a secret in it, for those who hide secrets.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.channels.iter().flat_map(Settings::secrets).chain(&self.ping)
    }
}

/// Reads the table. What does not fit is left out.
pub(super) fn monitor(node: &Node, root: &Node) -> Monitor {
    let read = CHANNELS.iter().filter_map(|channel| channel.read(node.get(channel.name())?));
    let completed = read.map(|mut settings| {
        settings.complete(Some(root));
        settings
    });
    Monitor {
        channels: completed.collect(),
        ping: node.get("ping").and_then(Node::as_secret).filter(|url| !url.is_blank()).cloned(),
        remind: node.get("remind").and_then(remind),
        allow_refreshable: node.get("allowRefreshable").and_then(Node::as_bool) != Some(false),
    }
}

fn remind(node: &Node) -> Option<Remind> {
    match &node.value {
        Value::String(text) => Remind::parse(text.expose()),
        _ => span(node).map(Remind::After),
    }
}
