//! Telling somebody: the one table of channels, and how a message goes through each.
//!
//! To add one: a row in [`CHANNELS`], its function below `notify/`, its key in `config/monitor.rs`.
//! What is to be told is decided in `monitor`, the message is made in `report/monitor.rs`; it holds no
//! secret. Addresses and tokens of the channels are secrets, and are told to nobody else.

mod program;
mod web;

use crate::catalog::paths;
use crate::config::monitor::Monitor;
use crate::sys::secret::Secret;
use crate::sys::{Act, Look, Millis, Reading};

/// What is told.
#[derive(Clone, Debug)]
pub struct Message {
    /// One line of ASCII.
    pub title: String,
    /// Lines for people.
    pub text: String,
    /// All of it as JSON.
    pub json: String,
    /// How bad it is.
    pub urgency: Urgency,
    /// The worst state in it, or `ok`.
    pub state: &'static str,
    /// How many changes it tells of.
    pub count: usize,
}

/// How bad a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Something does not work.
    High,
    /// Something will stop working.
    Normal,
    /// All is in order again.
    Low,
}

/// One send: all that a channel gets.
pub struct Delivery<'a> {
    /// The settings of all channels.
    pub settings: &'a Monitor,
    /// What is told.
    pub message: &'a Message,
    /// Longest time for one try, in milliseconds.
    pub limit: Millis,
}

/// A way to tell somebody.
pub struct Channel {
    /// Its name, in messages and in what is remembered.
    pub id: &'static str,
    /// Whether the settings ask for it.
    wanted: fn(&Monitor) -> bool,
    /// Tells; an error says why not, in words without a secret.
    tell: fn(&mut dyn Act, &Delivery<'_>) -> Result<(), String>,
}

/// All channels but standard output, which belongs to the command.
pub static CHANNELS: &[Channel] = &[
    Channel {
        id: "ntfy",
        wanted: |monitor| monitor.ntfy.is_some(),
        tell: |act, delivery| web::ntfy(act, delivery),
    },
    Channel {
        id: "webhook",
        wanted: |monitor| monitor.webhook.is_some(),
        tell: |act, delivery| web::webhook(act, delivery),
    },
    Channel {
        id: "mail",
        wanted: |monitor| !monitor.mail.is_empty(),
        tell: |act, delivery| program::mail(act, delivery),
    },
    Channel {
        id: "desktop",
        wanted: |monitor| monitor.desktop,
        tell: |act, delivery| program::desktop(act, delivery),
    },
    Channel {
        id: "termux",
        wanted: |monitor| monitor.termux,
        tell: |act, delivery| program::termux(act, delivery),
    },
    Channel {
        id: "hook",
        wanted: |monitor| !monitor.hook.is_empty(),
        tell: |act, delivery| program::hook(act, delivery),
    },
];

/// The channels that the settings ask for.
pub fn wanted(settings: &Monitor) -> impl Iterator<Item = &'static Channel> {
    CHANNELS.iter().filter(|channel| (channel.wanted)(settings))
}

/// The channel of this name.
pub fn channel(id: &str) -> Option<&'static Channel> {
    CHANNELS.iter().find(|channel| channel.id == id)
}

impl Channel {
    /// Tells a message.
    ///
    /// # Errors
    /// In words, if nobody took it.
    pub fn tell(&self, act: &mut dyn Act, delivery: &Delivery<'_>) -> Result<(), String> {
        (self.tell)(act, delivery)
    }
}

/// Longest file with a token that is read, in bytes.
const MAX_TOKEN: usize = 16 << 10;

/// The token that a channel proves itself with: given, or in a file.
fn token(look: &dyn Look, given: Option<&Secret>, file: Option<&str>) -> Result<Option<Secret>, String> {
    let Some(file) = file else { return Ok(given.cloned()) };
    let path = paths::expand(file, &look.host().home, &look.host().cwd);
    let Reading::File(bytes, _) = look.read(&path, MAX_TOKEN) else {
        return Err("the file of its token cannot be read".to_owned());
    };
    let text = std::str::from_utf8(bytes.expose()).unwrap_or_default().trim();
    let tame = |c: char| c.is_ascii_graphic();
    if text.is_empty() || !text.chars().all(tame) {
        return Err("the file of its token holds none".to_owned());
    }
    Ok(Some(Secret::from(text)))
}
