//! The table of channels: the ways in which `monitor` tells somebody.
//!
//! Which keys stand below `monitor` in the config, how they are read and judged, which of them are
//! secrets, the flags of the command line and the documentation all come from [`CHANNELS`]. To add a
//! channel: a row here, and a file in `pipeline/notify/` with its `SEND`, which `pipeline/notify.rs` declares.

mod bot;

pub use self::bot::BotKey;
use self::bot::TELEGRAM;
use crate::config::field::{Field, Names, Shape, key, required};
use crate::doc::Node;
use crate::sys::secret::Secret;

/// A way to tell somebody.
#[derive(Debug)]
pub struct Channel {
    /// Its key below `monitor`, which is its name too, and what it is set to.
    pub field: Field,
    /// The flags that set it on a command line, in place of what the config says of it.
    pub flags: &'static [Flag],
    /// What it is set to in documentation, as TOML.
    pub example: &'static str,
    /// What documentation says of that.
    pub remark: &'static str,
    /// What `channels.<name>` of the config says of the same bot, for keys that are not set.
    pub bot: &'static [BotKey],
}

/// A flag that sets a channel.
#[derive(Debug)]
pub struct Flag {
    /// Its name, without hyphens in front.
    pub name: &'static str,
    /// What it takes.
    pub takes: FlagValue,
    /// The key that it sets; empty where the channel is no table.
    pub sets: &'static str,
    /// What it is for, in one line.
    pub help: &'static str,
    /// The flag without which it has no meaning.
    pub with: Option<&'static str>,
    /// The flag that says the same in another way.
    pub instead_of: Option<&'static str>,
}

/// What a flag takes, and under which name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagValue {
    /// Nothing: it is given or not.
    Nothing,
    /// A text.
    Text(&'static str),
    /// A text, or an address that ends in it, of which the rest is for this key.
    Tail(&'static str, &'static str),
    /// A text each time that it is given.
    Texts(&'static str),
    /// The same, and a text may begin with a hyphen.
    Arguments(&'static str),
    /// The name of a variable that holds the text.
    Variable,
    /// The path of a file.
    File,
}

/// All channels but standard output, which belongs to the command.
pub const CHANNELS: &[Channel] = &[
    Channel {
        field: key(
            "ntfy",
            Shape::Table(
                &[
                    required(
                        "topic",
                        Shape::Secret,
                        "Topic; on a public server, anyone who knows it can read the messages.",
                    )
                    .names(Names::Endpoint),
                    key("server", Shape::Text, "Address of the server; https://ntfy.sh by default.")
                        .names(Names::Endpoint),
                    key(TOKEN, Shape::Secret, "Access token; preferably as ${VARIABLE}."),
                    key("tokenFile", Shape::Text, "File that holds the access token.")
                        .names(Names::Directory),
                    key(ALLOW_HTTP, Shape::Bool, "Whether the address may begin with http://.")
                        .names(Names::Endpoint),
                ],
                None,
            ),
            "Messages to phones through ntfy.",
        ),
        flags: &[
            flag(
                "ntfy",
                FlagValue::Tail("TOPIC|URL", "server"),
                "topic",
                "Publish to this ntfy topic; with an address, on that server",
            ),
            flag("ntfy-token-env", FlagValue::Variable, TOKEN, "The variable that holds ntfy's access token")
                .with("ntfy")
                .instead_of("ntfy-token-file"),
            flag("ntfy-token-file", FlagValue::File, "tokenFile", "The file that holds ntfy's access token")
                .with("ntfy"),
        ],
        example: r#"{ topic = "my-secret-topic" }"#,
        remark: r#"also server, token = "${NTFY_TOKEN}", tokenFile"#,
        bot: &[],
    },
    Channel {
        field: key(
            "telegram",
            Shape::Either(&[
                Shape::Bool,
                Shape::Table(
                    &[
                        key(
                            "chat",
                            Shape::Text,
                            "Chat or user id; the first of channels.telegram.allowFrom by default.",
                        )
                        .names(Names::Endpoint),
                        key(TOKEN, Shape::Secret, "Token of the bot; channels.telegram.botToken by default."),
                        key("tokenFile", Shape::Text, "File that holds the bot's token.")
                            .names(Names::Directory),
                        key(
                            "server",
                            Shape::Text,
                            "Address of the server; https://api.telegram.org by default.",
                        )
                        .names(Names::Endpoint),
                        key(ALLOW_HTTP, Shape::Bool, "Whether the address may begin with http://.")
                            .names(Names::Endpoint),
                    ],
                    None,
                ),
            ]),
            "Messages of a Telegram bot; true uses the bot in channels.telegram.",
        ),
        flags: &[
            flag("telegram", FlagValue::Text("CHAT"), "chat", "Send it to this chat of Telegram"),
            flag(
                "telegram-token-env",
                FlagValue::Variable,
                TOKEN,
                "The variable that holds the bot's token; that of channels.telegram by default",
            )
            .with("telegram")
            .instead_of("telegram-token-file"),
            flag("telegram-token-file", FlagValue::File, "tokenFile", "The file that holds the bot's token")
                .with("telegram"),
        ],
        example: "true",
        remark: r#"the bot of channels.telegram; or { chat = "123", token = "${BOT}" }"#,
        bot: TELEGRAM,
    },
    Channel {
        field: key(
            "webhook",
            Shape::Table(
                &[
                    required("url", Shape::Secret, "Address that takes JSON; preferably as ${VARIABLE}.")
                        .names(Names::Endpoint),
                    key(TOKEN, Shape::Secret, "Bearer token; preferably as ${VARIABLE}."),
                    key("tokenFile", Shape::Text, "File that holds the bearer token.")
                        .names(Names::Directory),
                    key(ALLOW_HTTP, Shape::Bool, "Whether the address may begin with http://.")
                        .names(Names::Endpoint),
                ],
                None,
            ),
            "Messages as JSON to a server of yours, or to a chat.",
        ),
        flags: &[
            flag("webhook", FlagValue::Text("URL"), "url", "Post JSON to this address")
                .instead_of("webhook-env"),
            flag(
                "webhook-env",
                FlagValue::Variable,
                "url",
                "The variable that holds the address to post JSON to",
            ),
        ],
        example: r#"{ url = "${WEBHOOK_URL}" }"#,
        remark: "JSON that Slack, Mattermost and Discord also accept",
        bot: &[],
    },
    Channel {
        field: key("mail", TEXTS, "Addresses that get mail through sendmail.").names(Names::Endpoint),
        flags: &[flag(
            "mail",
            FlagValue::Texts("ADDRESS"),
            "",
            "Mail to this address through sendmail; can be repeated",
        )],
        example: r#""me@example.com""#,
        remark: "through sendmail; or a list",
        bot: &[],
    },
    Channel {
        field: key("desktop", Shape::Bool, "Whether to show messages on the desktop."),
        flags: &[flag("desktop", FlagValue::Nothing, "", "Show it on the desktop")],
        example: "true",
        remark: "notify-send, or osascript on macOS",
        bot: &[],
    },
    Channel {
        field: key("termux", Shape::Bool, "Whether to show messages through termux-notification."),
        flags: &[flag("termux", FlagValue::Nothing, "", "Show it through termux-notification")],
        example: "true",
        remark: "termux-notification",
        bot: &[],
    },
    Channel {
        field: key(
            "hook",
            Shape::Either(&[Shape::Text, Shape::CommandLine]),
            "Program that gets messages as JSON; or a list of the program and its arguments.",
        )
        .names(Names::Program),
        flags: &[
            flag(
                "hook",
                FlagValue::Text("PROGRAM"),
                "",
                "Run this program with the message as JSON on its standard input",
            ),
            flag(
                "hook-arg",
                FlagValue::Arguments("VALUE"),
                "",
                "An argument for the program; can be repeated",
            )
            .with("hook"),
        ],
        example: r#"["/usr/local/bin/on-change", "--verbose"]"#,
        remark: "JSON on standard input, MONITOR_STATE, _TITLE, _COUNT",
        bot: &[],
    },
];

const TEXTS: Shape = Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)]);

/// The key of a token.
pub const TOKEN: &str = "token";

/// The key by which a server may be asked in clear.
pub const ALLOW_HTTP: &str = "allowHttp";

const fn flag(name: &'static str, takes: FlagValue, sets: &'static str, help: &'static str) -> Flag {
    Flag { name, takes, sets, help, with: None, instead_of: None }
}

impl Flag {
    const fn with(self, other: &'static str) -> Self {
        Self { with: Some(other), ..self }
    }

    const fn instead_of(self, other: &'static str) -> Self {
        Self { instead_of: Some(other), ..self }
    }
}

/// What a channel is set to: texts by key. Under the empty key stands what is set of a channel that is
/// no table; a switch that is on has a text too.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The channel.
    pub channel: &'static Channel,
    texts: Vec<(&'static str, Secret)>,
}

impl Channel {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.field.key
    }

    /// The keys of its table; none where it is no table.
    fn keys(&self) -> &'static [Field] {
        let fields = |shape: &Shape| match shape {
            Shape::Table(fields, _) => Some(*fields),
            _ => None,
        };
        match &self.field.shape {
            Shape::Either(shapes) => shapes.iter().find_map(fields).unwrap_or_default(),
            shape => fields(shape).unwrap_or_default(),
        }
    }

    /// The key of the token with which we prove ourselves, and the variable that it would be.
    pub fn token(&self) -> Option<(&'static str, String)> {
        let key = self.keys().iter().find(|field| field.key == TOKEN)?;
        Some((key.key, format!("{}_TOKEN", self.name().to_ascii_uppercase())))
    }

    /// What the config says of it, if that is enough to tell somebody. What does not fit is left out.
    pub(super) fn read(&'static self, node: &Node) -> Option<Settings> {
        let mut settings = Settings { channel: self, texts: Vec::new() };
        for key in self.keys() {
            node.get(key.key).into_iter().for_each(|node| settings.add(key, key.key, node));
        }
        settings.add(&self.field, "", node);
        let is_there = |key: &Field| !key.required || settings.get(key.key).is_some();
        (!settings.texts.is_empty() && self.keys().iter().all(is_there)).then_some(settings)
    }
}

impl Settings {
    /// What a command line says of a channel.
    pub fn given(channel: &'static Channel, values: Vec<(&'static Flag, Secret)>) -> Self {
        let mut settings = Self { channel, texts: Vec::new() };
        for (flag, value) in values {
            match (flag.takes, value.expose().rsplit_once('/')) {
                (FlagValue::Tail(_, rest), Some((address, tail))) if address.contains("://") => {
                    settings.texts.extend([(rest, Secret::from(address)), (flag.sets, Secret::from(tail))]);
                }
                _ => settings.texts.push((flag.sets, value)),
            }
        }
        settings
    }

    /// Adds what another part of the config says of the same bot, where nothing is said here.
    pub fn complete(&mut self, root: Option<&Node>) {
        let bot = root.and_then(|root| root.get("channels")?.get(self.channel.name()));
        for own in self.channel.bot {
            let is_said = own.unless.iter().any(|key| self.get(key).is_some());
            let text = bot.filter(|_| !is_said).and_then(|bot| (own.read)(bot.get(own.key)?));
            self.texts.extend(text.map(|text| (own.sets, text)));
        }
    }

    /// Turns a switch on.
    pub fn switch_on(&mut self, key: &'static str) {
        self.texts.push((key, Secret::from("true")));
    }

    /// The text under a key.
    pub fn get(&self, key: &str) -> Option<&Secret> {
        self.all(key).next()
    }

    /// All texts under a key.
    pub fn all(&self, key: &str) -> impl Iterator<Item = &Secret> {
        self.texts.iter().filter(move |(at, _)| *at == key).map(|(_, text)| text)
    }

    /// Whether a switch is on.
    pub fn is_on(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// What of it is not shown.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let keys = self.channel.keys().iter().filter(|key| !key.shape.is_shown());
        // Of a program and its arguments, the program is shown.
        let runs = |shape: &Shape| matches!(shape, Shape::CommandLine);
        let is_run = matches!(self.channel.field.shape, Shape::Either(shapes) if shapes.iter().any(runs));
        let arguments = if is_run { self.all("").skip(1) } else { self.all("").skip(usize::MAX) };
        keys.flat_map(|key| self.all(key.key)).chain(arguments)
    }

    fn add(&mut self, field: &Field, key: &'static str, node: &Node) {
        match field.shape {
            Shape::Bool if node.as_bool() == Some(true) => self.switch_on(key),
            Shape::Bool | Shape::Table(..) => {}
            Shape::Secret if node.as_secret().is_none_or(Secret::is_blank) => {}
            Shape::Either(_) if node.as_bool() == Some(true) => self.switch_on(key),
            Shape::Either(_) if !node.members().is_empty() => {}
            // One text, or a list of them.
            Shape::Either(_) => {
                let items = node.items().iter().filter_map(Node::as_secret);
                self.texts.extend(node.as_secret().into_iter().chain(items).map(|text| (key, text.clone())));
            }
            _ => self.texts.extend(node.as_secret().map(|text| (key, text.clone()))),
        }
    }
}
