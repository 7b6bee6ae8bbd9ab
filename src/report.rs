//! Reports: what was found, as text, as JSON, and in the forms that other programs read.
//!
//! How it looks is a [`style::Style`], what may be shown of a secret is in
//! [`label`](crate::world::label).
//!
//! Invariant: every function here is pure: values in, a `String` or a serialisable document out. Nothing
//! is printed, asked of the machine or decided; states, verdicts and findings are given.
//!
//! To add an output form: a file in `report/`.

pub mod ansible;
pub mod apply_json;
pub mod diagnostic;
pub mod diff;
pub mod doctor_json;
pub mod env;
pub mod explain;
pub mod github;
pub mod handout;
pub mod history;
pub mod human;
pub mod json;
pub mod junit;
pub mod list;
pub mod location;
pub mod models;
pub mod monitor;
pub mod nagios;
pub mod onboard_json;
pub mod order;
pub mod plain;
pub mod plan;
pub mod plan_json;
pub mod prometheus;
pub mod refresh;
pub mod rotation;
pub mod sarif;
pub mod schema;
pub mod service;
pub mod session;
pub mod setting;
pub mod style;
pub mod undo;
pub mod why;
pub mod words;

#[cfg(test)]
pub(crate) mod sample;
