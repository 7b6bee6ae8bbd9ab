//! Catalog: what is known of the field without looking. Tables, and the rules about their names.
//!
//! Invariant: rows only. It knows no file, no value and no clock of this machine.

pub(crate) mod called;
pub mod documents;
pub(crate) mod hosts;
pub mod keepers;
pub mod kind;
pub(crate) mod launchers;
pub mod layouts;
pub mod logins;
pub(crate) mod models;
pub(crate) mod nearest;
pub mod paths;
pub mod prefix;
pub mod providers;
pub(crate) mod secrets;
pub mod tools;
pub mod usages;
pub(crate) mod wire;
