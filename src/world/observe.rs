//! Observe: where facts are read, one file a source.
//!
//! [`survey`] is the only loop that reads. It goes from the outside in: environment, `.env` files,
//! config, service, stores, other programs. Only where something is exported to is looked at after it, by [`exports`],
//! because what files these are follows from the credentials. Kinds of documents and programs whose login is borrowed are
//! tables in [`crate::catalog`].
//!
//! Sources state facts; nothing here judges or writes.

pub(crate) mod config;
pub(crate) mod cwd;
mod database;
pub mod exports;
pub(crate) mod fetch;
pub(crate) mod helper;
pub(crate) mod keychain;
pub(crate) mod legacy;
pub mod login;
pub mod open;
pub(crate) mod places;
pub(crate) mod programs;
pub mod service;
pub(crate) mod sessions;
pub(crate) mod shell;
pub(crate) mod store;
pub mod survey;

pub use crate::world::observe::survey::{Agents, Depth, observe};
