//! zirkabot: the reconciler and doctor for the model credentials of an AI gateway.
//!
//! *Sources state facts. Checks hold opinions. The plan chooses edits. Apply only acts. Reports
//! only speak.* ARCHITECTURE.md draws how data flows; this is the map of the rooms, in reading
//! order:
//!
//! | room | verb |
//! |---|---|
//! | [`sys`] | touches files, environment, clock, other programs; nobody else does |
//! | [`doc`] | parses texts into trees with places, edits texts, masks them |
//! | [`sources`] | observes: reads every source, once |
//! | [`desired`], [`actual`], [`world`] | what is meant, what is, and both with the clock |
//! | [`providers`], [`paths`], [`models`], [`onboard`] | tables and rules about names and places |
//! | [`health`], [`resolve`], [`status`], [`sync`] | decide, purely, about credentials |
//! | [`finding`], [`checks`] | state what matters |
//! | [`paste`], [`capture`] | make one credential of what a person pasted, or a program wrote |
//! | [`session`] | what a chat session has chosen, and what a message about models means |
//! | [`definition`] | says what a service manager reads: units, property lists |
//! | [`intent`] | says what a person's wish means, as edits |
//! | [`plan`], [`apply`] | choose edits; make them, safely |
//! | [`pipeline`] | puts these stages together for all verbs |
//! | [`monitor`] | decides what is to be told, to whom |
//! | [`notify`] | tells it, through the channels of one table |
//! | [`refresh`] | renews a login: when, by which request, and what keeps the answer |
//! | [`rotation`] | what use does to a profile: a failure makes it rest, a success frees it |
//! | [`observe`] | the door for a gateway that uses this as a library |
//! | [`handout`] | hands out the credential that is used, in the form that is asked for |
//! | [`report`] | speaks |
//! | [`cli`], [`commands`] | the grammar and the verbs |
//!
//! | file on disk | room that owns it |
//! |---|---|
//! | `zirkabot.toml`, `zirkabot.json` | [`sources::config`], [`desired`] |
//! | `auth-profiles.json` | [`sources::store`], [`sync`] |
//! | `auth.json`, `oauth.json` of older versions | [`sources::legacy`] |
//! | `sessions.json` | [`sources::sessions`], [`session`], [`intent::session`] |
//! | `.env` | [`sources::env`] |
//! | `$STATE/.lock`, `journal.jsonl`, `backups/` | [`apply`] |
//! | `monitor.json`, `.monitor.lock` | [`monitor::record`], [`apply::ledger`] |
//! | the gateway's systemd unit or launchd plist | [`sources::service`], [`definition`] |
//! | Claude Code's, Codex CLI's, Qwen CLI's own files | read in [`sources`]; a renewed login goes back by [`refresh::keep`] |
//! | `.refresh-<provider>.lock` | [`apply::slot`], [`refresh::pending`] |

#![expect(rustdoc::private_intra_doc_links, reason = "the map leads into private rooms too")]

pub mod actual;
pub mod apply;
pub mod capture;
pub mod checks;
pub mod cli;
pub mod commands;
pub mod definition;
pub mod desired;
pub mod doc;
pub mod duration;
pub mod finding;
pub mod handout;
pub mod health;
pub mod intent;
pub mod models;
pub mod monitor;
mod nearest;
pub mod notify;
pub mod observe;
pub mod onboard;
pub mod paste;
pub mod paths;
pub mod pipeline;
pub mod plan;
pub mod providers;
pub mod refresh;
pub mod report;
pub mod resolve;
pub mod rotation;
pub mod secret;
pub mod send;
pub mod session;
pub mod sources;
pub mod status;
pub mod sync;
pub mod sys;
pub mod world;

pub use commands::{Exit, Outcome, run};
