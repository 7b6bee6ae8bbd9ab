//! Observe: where facts are read, one file a source.
//!
//! [`survey`] is the only loop that reads. It goes from the outside in: environment, `.env` files,
//! config, service, stores, other programs. Kinds of documents and programs whose login is borrowed are
//! tables in [`crate::catalog`].
//!
//! Sources state facts; nothing here judges or writes.

pub mod config;
pub mod keychain;
pub mod legacy;
pub mod login;
pub mod open;
pub mod places;
pub mod programs;
pub mod service;
pub mod sessions;
pub mod shell;
pub mod store;
pub mod survey;

pub use crate::world::observe::survey::{Agents, Depth, observe};
