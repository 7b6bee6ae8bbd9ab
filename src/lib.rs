//! zirkabot: the reconciler and doctor for the model credentials of an AI gateway.
//!
//! *The system and the tables; documents; what is meant and how it is changed; the world; policy; what
//! is wrong and what is wanted; the pipeline; the report; the command line.* ARCHITECTURE.md draws
//! how data flows; this is the map of the twelve rooms, from the ground up. A room imports only rooms
//! on lower floors, and `tests/suite/house.rs` holds it.
//!
//! | floor | room | what it holds |
//! |---|---|---|
//! | 1 | [`sys`] | the edge of the world: files, environment, clock, programs, network; secrets, time, hashes |
//! | 2 | [`catalog`] | tables: providers, models, kinds of documents, borrowed programs, paths |
//! | 3 | [`doc`] | texts as trees with places; lossless edits; redaction |
//! | 4 | [`config`] | what is meant: the config's data model, and how it is read |
//! | 4 | [`change`] | proposals, plans, the only writer, undo |
//! | 5 | [`world`] | what is: credentials with origins, and the readers that observe them |
//! | 6 | [`policy`] | pure decisions about credentials: who wins, health, renewal, rotation, sessions |
//! | 7 | [`checks`] | what is wrong: rules and findings |
//! | 7 | [`intent`] | what is wanted: a person's request as edits |
//! | 8 | [`pipeline`] | puts the stages together; [`pipeline::open`] is the door for a gateway |
//! | 9 | [`report`] | speaks: text, JSON and all other outputs |
//! | 10 | [`cli`] | grammar and verbs |
//!
//! | file on disk | room that owns it |
//! |---|---|
//! | `zirkabot.toml`, `zirkabot.json` | [`world::observe::config`], [`config`] |
//! | `auth-profiles.json` | [`world::observe::store`], [`policy::sync`] |
//! | `auth.json`, `oauth.json` of older versions | [`world::observe::legacy`] |
//! | `sessions.json` | [`world::observe::sessions`], [`policy::session`], [`intent::session`] |
//! | `.env` | [`world::env`] |
//! | `$STATE/.lock`, `journal.jsonl`, `backups/` | [`change::apply`] |
//! | `monitor.json`, `.monitor.lock` | [`pipeline::monitor::record`], [`change::apply::ledger`] |
//! | the gateway's systemd unit or launchd plist | [`world::observe::service`], [`policy::unit`] |
//! | Claude Code's, Codex CLI's, Qwen CLI's own files | read in [`world::observe`]; a renewed login goes back by [`policy::refresh::keep`] |
//! | `.refresh-<provider>.lock` | [`change::apply::slot`], [`policy::refresh::pending`] |

#![expect(rustdoc::private_intra_doc_links, reason = "the map leads into private rooms too")]

pub mod catalog;
pub mod change;
pub mod checks;
pub mod cli;
pub mod config;
pub mod doc;
pub mod intent;
pub mod pipeline;
pub mod policy;
pub mod report;
pub mod sys;
pub mod world;

pub use crate::cli::{Exit, Outcome, run};
