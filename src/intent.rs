//! Intent: what a person asks for, as edits of what was observed.
//!
//! A check proposes edits because something is wrong; an intent proposes them because somebody
//! wants it so. Both become one plan, and go through the same `apply`.
//!
//! Invariant: pure. Asked for again after it was carried out, an intent proposes nothing new. It knows no
//! check: that the config is not worse afterwards is seen to by `pipeline`.
//!
//! [`credential`] puts a secret where it belongs and takes it away, [`manual`] knows what a person
//! leaves out who gives one, [`order`] says which one comes first, [`models`] which model is used,
//! [`dotenv`] sets a variable, [`export`] writes
//! credentials for other programs, [`setup`] puts these together for a first credential, [`service`] has the
//! gateway and the monitor run, [`schema`] has editors know the config, [`session`] says what one chat uses, [`setting`] sets any value of the
//! config, and [`config`] finds the place in the config files for it.

pub(crate) mod adopt;
pub(crate) mod capture;
pub(crate) mod config;
pub(crate) mod credential;
pub(crate) mod dotenv;
pub(crate) mod export;
pub(crate) mod manual;
pub(crate) mod models;
pub(crate) mod onboard;
pub(crate) mod order;
pub mod paste;
pub(crate) mod schema;
pub(crate) mod service;
pub(crate) mod session;
pub(crate) mod setting;
pub(crate) mod setup;
