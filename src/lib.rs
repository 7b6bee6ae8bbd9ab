//! zirkabot as a library: the model credentials of an AI gateway, chosen, renewed and rotated.
//!
//! [`Open`] is a state directory that is open: what was read is kept, and read again only when a file
//! has changed. It answers which credential an agent uses for a provider ([`Open::resolve`], an
//! [`Export`]), renews a login ([`Open::refresh`]) and takes what came of using one ([`Open::report`]).
//!
//! ```
//! use std::path::Path;
//! use zirkabot::{CallOutcome, FailureReason, Limits, Open, is_due};
//!
//! let mut open = Open::state_dir(Path::new("/srv/bot/state"));
//! match open.resolve("main", "anthropic", Some("agent:main:telegram:1")) {
//!     Some(used) if is_due(&used.credential, 0) => println!("renew {} first", used.candidate.name),
//!     Some(used) => println!("send it as {}", used.header().0),
//!     None => println!("there is nothing for anthropic"),
//! }
//! let limits = Limits::new(5_000, 30_000);
//! open.refresh("main", "anthropic:claude-cli", limits);
//! // The next `resolve` leaves out a profile that failed, until its cooldown has passed.
//! let failed = CallOutcome::Failed(FailureReason::RateLimit);
//! assert!(open.report("main", "anthropic:claude-cli", failed, 5_000).is_err(), "no such profile here");
//! ```
//!
//! All instants and lengths are milliseconds, instants since the Unix epoch. A [`Secret`] cannot be
//! printed. Nothing here panics on what a file holds; what is wrong with one is told by
//! `zirkabot doctor`.

// The rooms. *The system and the tables; documents; what is meant and how it is changed; the world; policy; what
// is wrong and what is wanted; the pipeline; the report; the command line.* ARCHITECTURE.md draws
// how data flows; this is the map of the thirteen rooms, from the ground up. A room imports only rooms
// on lower floors, and `tests/suite/house/rules.rs` holds it.
//
// | floor | room | what it holds |
// |---|---|---|
// | 1 | `sys` | the edge of the world: files, environment, clock, programs, network; secrets, time, hashes |
// | 2 | `catalog` | tables: providers, models, kinds of documents, borrowed programs, paths |
// | 3 | `doc` | texts as trees with places; lossless edits; redaction |
// | 4 | `config` | what is meant: the config's data model, and how it is read |
// | 4 | `change` | proposals, plans, the only writer, undo |
// | 5 | `world` | what is: credentials with origins, and the readers that observe them |
// | 6 | `policy` | pure decisions about credentials: who wins, health, renewal, rotation, sessions |
// | 7 | `checks` | what is wrong: rules and findings |
// | 7 | `intent` | what is wanted: a person's request as edits |
// | 8 | `pipeline` | puts the stages together; `pipeline::open` is the door for a gateway |
// | 9 | `report` | speaks: text, JSON and all other outputs |
// | 9 | `gateway` | serves: requests of clients, each with the credential that is right |
// | 10 | `cli` | grammar and verbs |
//
// | file on disk | room that owns it |
// |---|---|
// | `zirkabot.toml`, `zirkabot.json` | `world::observe::config`, `config` |
// | `auth-profiles.json` | `world::observe::store`, `policy::sync` |
// | `auth.json`, `oauth.json` of older versions | `world::observe::legacy` |
// | `sessions.json` | `world::observe::sessions`, `policy::session`, `intent::session` |
// | `.env` | `world::env` |
// | `$STATE/.lock`, `journal.jsonl`, `backups/` | `change::apply` |
// | `monitor.json`, `.monitor.lock` | `pipeline::monitor::record`, `change::apply::state_file` |
// | `exchanged.json`, `.exchanged.lock` | `world::exchanged`, `change::apply::state_file` |
// | `probes.json`, `.probes.lock` | `world::asked`, `change::apply::state_file` |
// | the gateway's systemd unit or launchd plist | `world::observe::service`, `policy::unit` |
// | other programs' own files | read in `world::observe::login`; a renewed login goes back by `policy::refresh::keep` |
// | `.refresh-<provider>.lock` | `change::apply::pending_file`, `policy::refresh::pending` |

#![expect(rustdoc::private_intra_doc_links, reason = "pages of hidden rooms lead into private ones too")]

#[doc(hidden)]
pub mod catalog;
#[doc(hidden)]
pub mod change;
#[doc(hidden)]
pub mod checks;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod doc;
mod gateway;
#[doc(hidden)]
pub mod intent;
#[doc(hidden)]
pub mod pipeline;
#[doc(hidden)]
pub mod policy;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod sys;
#[doc(hidden)]
pub mod world;

#[doc(inline)]
pub use crate::catalog::kind::Kind;
#[doc(inline)]
pub use crate::change::proposal::Refusal;
#[doc(hidden)]
pub use crate::cli::{Exit, Outcome, run};
#[doc(inline)]
pub use crate::pipeline::Trouble;
#[doc(inline)]
pub use crate::pipeline::open::Open;
#[doc(inline)]
pub use crate::pipeline::{Limits, NotExchanged, Refreshed, RenewalOutcome};
#[doc(inline)]
pub use crate::policy::export::Export;
#[doc(inline)]
pub use crate::policy::refresh::is_due;
#[doc(inline)]
pub use crate::policy::resolve::Candidate;
#[doc(inline)]
pub use crate::policy::rotation::CallOutcome;
#[doc(inline)]
pub use crate::policy::rotation::reason::FailureReason;
#[doc(inline)]
pub use crate::sys::secret::Secret;
#[doc(inline)]
pub use crate::world::actual::{Credential, Expiry};
