//! Programs that serve models for many, and take credentials from files: what is handed to them, and how each takes
//! it. Pure: where the files are, and what is there, is `world::observe::exports`' business; that they are wanted is
//! `intent::export`'s.
//!
//! To add one: a file here with its row, `TARGET`, its `mod` line, and the row's name in [`TARGETS`]. Each text begins
//! with a stamp, as a definition of a service does, but for files that are nothing but a secret.

mod claude;
pub(crate) mod credentials;
mod dotenv;
mod envoy;
mod kubernetes;
mod litellm;
pub(crate) mod name;
pub(crate) mod pick;

use crate::doc::ledger::Ledger;
use crate::doc::stamp::{is_untouched, stamped};
use crate::doc::{Doc, State};
use crate::policy::export::Export;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::observe::exports::Place;
use std::path::PathBuf;

/// All of them, by name.
pub(crate) const TARGETS: &[Target] = &[
    claude::TARGET,
    credentials::TARGET,
    dotenv::TARGET,
    envoy::TARGET,
    kubernetes::TARGET,
    litellm::TARGET,
];

/// A file: its name, which is empty if it is the only one, and its text.
pub type TargetFile = (String, Secret);

/// A program that takes credentials from files, or a kind of them.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// What is written.
    pub help: &'static str,
    /// Whether it is a directory with several files.
    pub is_dir: bool,
    /// Whether of each provider only the first credential is taken.
    pub first_only: bool,
    /// What it lacks to take one, as the end of "left out: ".
    pub lacks: fn(&World, &Export) -> Option<&'static str>,
    /// Its files.
    pub files: fn(&ExportJob, &World, &[Pick]) -> Vec<TargetFile>,
    /// How it is taken up from there.
    pub then: &'static str,
}

/// What somebody wants to have exported.
#[derive(Clone, Debug)]
pub struct ExportJob {
    /// For what.
    pub target: &'static Target,
    /// Into which file or directory.
    pub out: PathBuf,
    /// As which agent uses it.
    pub agent: String,
    /// Of these providers; of all if there are none.
    pub providers: Vec<String>,
    /// Not those that rest after failures.
    pub healthy: bool,
    /// Also tokens of logins, and setup-tokens.
    pub access_tokens: bool,
    /// Also what a program for secrets has handed over.
    pub handed_over: bool,
    /// The namespace of Kubernetes.
    pub namespace: Option<String>,
    /// Encrypted by `systemd-creds`.
    pub encrypt: bool,
    /// What was encrypted for it; none if it is only shown.
    pub sealed: Option<Vec<credentials::Sealed>>,
}

/// A credential that is exported.
#[derive(Clone, Debug)]
pub struct Pick {
    /// It.
    pub export: Export,
    /// Its place in the order of its provider, from 1.
    pub order: usize,
}

impl Pick {
    /// The secret, where it is written.
    fn secret(&self) -> &str {
        self.export.credential.secret.expose()
    }
}

impl ExportJob {
    /// The files of these credentials.
    pub(crate) fn files(&self, world: &World, picks: &[Pick]) -> Vec<TargetFile> {
        (self.target.files)(self, world, picks)
    }

    /// Where to look.
    pub(crate) fn place(&self, world: &World) -> Place {
        let files = || self.files(world, &pick::pick(world, self).picks);
        let names = self.target.is_dir.then(|| files().into_iter().map(|(name, _)| name).collect());
        Place { out: self.out.clone(), names }
    }
}

/// Whether a file is as we wrote it: by its stamp, or by the list of its directory.
pub(crate) fn is_ours(doc: &Doc, name: &str, ledger: Option<&Ledger>) -> bool {
    let text = doc.text.expose();
    doc.state == State::Parsed && (is_untouched(text) || ledger.is_some_and(|ledger| ledger.has(name, text)))
}

/// The list of a directory, with these files in it.
pub(crate) fn noted(ledger: &mut Ledger, job: &ExportJob, files: &[TargetFile], picks: &[Pick]) -> Secret {
    files.iter().for_each(|(name, text)| ledger.add(name, text.expose()));
    if job.encrypt {
        credentials::note(ledger, files, picks);
    }
    Secret::new(ledger.text())
}

/// A whole text of lines, with our stamp.
fn text(lines: &str) -> Secret {
    Secret::new(stamped(lines, 0, |stamp| format!("# {stamp}")))
}

/// The only file.
fn single(lines: &str) -> Vec<TargetFile> {
    vec![(String::new(), text(lines))]
}

/// What has nothing to lack.
fn takes_all(_: &World, _: &Export) -> Option<&'static str> {
    None
}
