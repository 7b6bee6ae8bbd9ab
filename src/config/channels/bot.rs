//! What the config says of the bot of a channel elsewhere, below `channels`, where the bot's own keys stand.

use crate::config::channels::TOKEN;
use crate::doc::Node;
use crate::sys::secret::Secret;

/// What the config says of a bot elsewhere, in place of a key of a channel.
#[derive(Debug)]
pub struct BotKey {
    /// The key that it sets.
    pub(super) sets: &'static str,
    /// The keys of which none may be set.
    pub(super) unless: &'static [&'static str],
    /// Its own key.
    pub(super) key: &'static str,
    /// How it is read.
    pub(super) read: fn(&Node) -> Option<Secret>,
}

/// What `channels.telegram` says of its bot.
pub(super) const TELEGRAM: &[BotKey] = &[
    BotKey {
        sets: TOKEN,
        unless: &[TOKEN, "tokenFile"],
        key: "botToken",
        read: |node| node.as_secret().filter(|token| !token.is_blank()).cloned(),
    },
    BotKey { sets: "chat", unless: &["chat"], key: "allowFrom", read: first_chat },
];

/// The first chat of a list that names one: as a number, or as a text that may say of what it is.
fn first_chat(chats: &Node) -> Option<Secret> {
    let chat = |node: &Node| match node.as_f64() {
        Some(number) => Some(format!("{number:.0}")),
        None => node
            .as_str()
            .map(|text| text.trim_start_matches("telegram:").trim_start_matches("tg:").to_owned()),
    };
    let mut chats = chats.items().iter().filter_map(chat);
    chats.find(|chat| !chat.is_empty() && chat != "*").map(Secret::new)
}
