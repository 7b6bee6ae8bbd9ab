//! Telling somebody: how a message goes through each channel.
//!
//! The channels are the rows of `config/channels.rs`; each has a file below `notify/` of its name, whose
//! `SEND` is the one function that [`SENDERS`] holds. What is to be told is decided in `monitor`, the message is
//! made in `report/monitor.rs`; it holds no secret. Addresses and tokens of the channels are secrets,
//! and are told to nobody else.

mod program;
mod web;

use crate::config::channels::{CHANNELS, Settings};
use crate::doc::redact;
use crate::sys::secret::Secret;
use crate::sys::{Act, Http, Millis, Programs};

/// What is told.
#[derive(Clone, Debug)]
pub(crate) struct Message {
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
pub(crate) enum Urgency {
    /// Something does not work.
    High,
    /// Something will stop working.
    Normal,
    /// All is in order again.
    Low,
}

/// One send: all that a channel gets.
pub(crate) struct Delivery<'a> {
    /// The settings of the channel.
    pub settings: &'a Settings,
    /// What is told.
    pub message: &'a Message,
    /// Longest time for one try, in milliseconds.
    pub limit: Millis,
}

/// What tells, with the part of the world that it is given; an error says why it was not told, in words
/// without a secret.
enum Sender {
    Server(fn(&mut dyn Http, &Delivery<'_>) -> Result<(), String>),
    Program(fn(&mut dyn Programs, &Delivery<'_>) -> Result<(), String>),
}

/// Declares the file of each channel, and takes its `SEND`, by the channel's name.
macro_rules! senders {
    ($($name:ident),*) => {
        $(mod $name;)*
        /// By what each channel sends, in the order of the rows.
        const SENDERS: [(&str, Sender); CHANNELS.len()] = [$((stringify!($name), $name::SEND)),*];
    };
}

senders!(ntfy, telegram, webhook, mail, desktop, termux, hook);

impl Delivery<'_> {
    /// Tells the message.
    ///
    /// # Errors
    /// In words, if nobody took it.
    pub(crate) fn send(&self, act: &mut dyn Act) -> Result<(), String> {
        let name = self.settings.channel.name();
        match SENDERS.iter().find(|(channel, _)| *channel == name) {
            Some((_, Sender::Server(send))) => send(act, self),
            Some((_, Sender::Program(send))) => send(act, self),
            None => Err("there is no sender for it".to_owned()),
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(|text| text.expose().as_str())
    }

    fn texts(&self, key: &str) -> Vec<&str> {
        self.settings.all(key).map(|text| text.expose().as_str()).collect()
    }
}

/// Asks an address that is to hear that a round has ended, and whether it found something broken.
///
/// # Errors
/// In words, without the address, if it was not reached or did not accept it.
pub(crate) fn ping(act: &mut dyn Http, url: &Secret, is_broken: bool, limit: Millis) -> Result<(), String> {
    web::ping(act, url, is_broken, limit).map_err(redact::redact)
}

#[cfg(test)]
mod tests {
    use crate::pipeline::notify::*;

    #[test]
    fn every_channel_has_its_sender() {
        let names: Vec<&str> = CHANNELS.iter().map(crate::config::channels::Channel::name).collect();
        assert_eq!(SENDERS.each_ref().map(|(name, _)| *name).to_vec(), names);
    }
}
