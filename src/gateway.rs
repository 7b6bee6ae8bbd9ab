//! `zirkabot gateway`: takes requests for models on one port and passes them on, with the credential that is
//! right at that moment.
//!
//! ```text
//! client ─► server ─► guard ─► route ─► relay ─┬─► keeper: which credential ─► upstream ─► provider
//!                                              └─◄ judge: what an answer means ◄──────────────┘
//! ```
//! A byte-faithful pass-through: no translation between forms of requests, no agent. Which credential is used
//! is decided by [`crate::pipeline::open::Open`]; what came of it is told there too, behind the request.
//!
//! Invariant: nothing is repeated after the first byte of an answer went to the client; a client's token
//! never goes to a provider, and a provider's secret never to a client; a request keeps what it began
//! with, and the next one sees what is on disk then. `guard`, `route`, `look`, `judge`, `settings` and
//! `shape` are pure.

mod chat;
mod guard;
mod journal;
mod judge;
mod keeper;
mod look;
mod metrics;
mod models;
mod page;
mod passing;
mod ready;
mod relay;
mod route;
mod server;
mod settings;
mod shape;
mod state;
mod upstream;
mod voice;

pub(crate) use self::server::{Stopped, serve};
pub(crate) use self::settings::{Flags, Settings, lacks_token, settings, with_token, without_dotenv};
pub(crate) use self::voice::Voice;
