//! Policy: decisions about credentials, as pure functions over a world.
//!
//! Invariant: nothing here looks, writes or speaks, and nothing is an opinion about what is wrong;
//! that is `checks`.

pub(crate) mod advice;
pub(crate) mod exchange;
pub mod export;
pub mod form;
pub mod health;
pub(crate) mod known;
pub(crate) mod login;
pub(crate) mod meant;
pub(crate) mod models;
pub(crate) mod orders;
pub(crate) mod probe;
pub mod refresh;
pub mod resolve;
pub mod rotation;
pub mod session;
pub mod status;
pub(crate) mod sync;
pub mod talk;
pub mod targets;
pub(crate) mod unit;
pub(crate) mod usage;
pub(crate) mod views;
