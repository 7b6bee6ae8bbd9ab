//! Reports: what was found, as text, as JSON, and in the forms that other programs read.
//!
//! How it looks is a [`style::Style`], what may be shown of a secret is in
//! [`label`](crate::world::label).
//!
//! Invariant: every function here is pure: values in, a `String` or a serialisable document out. Nothing
//! is printed, asked of the machine or decided; states, verdicts and findings are given.
//!
//! To add an output form: a file in `report/` with its row, `FORM`, its `mod` line, and the row's name in
//! [`FINDINGS`] or [`STATUS`]. What `--format` takes, its help and its completion are made of these.

pub(crate) mod ansible;
pub(crate) mod apply_json;
pub(crate) mod cwd;
pub mod diagnostic;
pub(crate) mod diff;
pub(crate) mod doctor_json;
pub(crate) mod env;
pub mod error_json;
pub mod explain;
pub(crate) mod export;
pub(crate) mod gateway;
pub mod github;
pub(crate) mod handout;
pub(crate) mod history;
pub(crate) mod hosts;
pub(crate) mod human;
mod ics;
pub mod json;
pub mod junit;
pub(crate) mod list;
pub(crate) mod location;
pub(crate) mod models;
pub(crate) mod monitor;
pub(crate) mod nagios;
pub(crate) mod onboard_json;
pub(crate) mod order;
mod page;
pub(crate) mod plain;
pub mod plan;
pub mod plan_json;
pub(crate) mod probe;
pub(crate) mod prometheus;
pub(crate) mod qr;
pub(crate) mod refresh;
pub(crate) mod rotation;
pub mod sarif;
pub mod schema;
pub(crate) mod secrets;
pub(crate) mod service;
pub(crate) mod session;
pub(crate) mod setting;
pub mod style;
pub(crate) mod timeline;
pub(crate) mod undo;
pub(crate) mod usage;
pub(crate) mod why;
pub(crate) mod words;

#[cfg(test)]
pub(crate) mod sample;

use crate::checks::finding::Finding;
use crate::pipeline::Looked;
use crate::world::World;
use std::path::Path;

/// A form of output: a value of `--format`.
#[derive(Debug)]
pub struct Form<T> {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub help: &'static str,
    /// How its text is made.
    pub text: T,
}

/// How the text of a form is made, where there is a text for people and a document too.
#[derive(Debug)]
pub enum TextForm<T> {
    /// For people.
    Human,
    /// As one JSON document.
    Json,
    /// In a form of its own.
    Own(T),
}

impl<T> Form<TextForm<T>> {
    const HUMAN: Self = Self { name: "human", help: "For people", text: TextForm::Human };
    const JSON: Self = Self { name: "json", help: "One JSON document", text: TextForm::Json };
}

/// A form of findings; files are named from the directory.
pub type FindingsForm = Form<TextForm<fn(&World, &[Finding], &Path) -> String>>;

/// The forms in which findings are told: `doctor --format`.
pub const FINDINGS: &[FindingsForm] = &[Form::HUMAN, Form::JSON, github::FORM, sarif::FORM, junit::FORM];

/// A form of the status; the number is what `--check` ends with.
pub type StatusForm = Form<TextForm<fn(&Looked, u8) -> String>>;

/// The forms in which the status is told: `models status --format`.
pub const STATUS: &[StatusForm] =
    &[Form::HUMAN, Form::JSON, page::FORM, ics::FORM, prometheus::FORM, nagios::FORM];
