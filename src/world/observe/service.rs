//! The gateway's service: its definition, what its manager says of it, and the environment that
//! it sees.
//!
//! Looked at only where a command asks for it ([`Depth::Doctor`](crate::world::observe::Depth)), and no program
//! is started unless there is a definition. Nothing is written and nothing is judged. `systemd`
//! and `launchd` read definitions, `cron` and `process` find a gateway that has none, `own` looks at
//! those that we write, `running` asks the manager, `view` puts the environment together.

mod cron;
pub(crate) mod launchd;
pub(crate) mod managed;
mod process;
pub(crate) mod running;
pub(crate) mod systemd;
mod view;

use crate::catalog::paths::Paths;
use crate::config::{ConfigFile, Desired};
use crate::doc::{DocId, Docs, Loc};
use crate::sys::secret::Secret;
use crate::sys::{Look, Millis};
use crate::world::env::Env;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The gateway as a service.
#[derive(Debug)]
pub struct Service {
    /// Who runs it.
    pub manager: Manager,
    /// Unit name with `.service`, or launchd label.
    pub name: String,
    /// Its definition; may be unreadable.
    pub doc: DocId,
    /// The definition and its drop-ins, in the order in which they are read.
    pub parts: Vec<DocId>,
    /// The files that the definition takes variables from, in order.
    pub files: Vec<DocId>,
    /// Those of them that must be there and are not, each with the place that names it.
    pub missing: Vec<(DocId, Loc)>,
    /// The variables that it is given by the definition and these files; of two of one name the
    /// one that counts.
    pub given: Vec<ServiceVar>,
    /// What it is handed as files, below `$CREDENTIALS_DIRECTORY`.
    pub credentials: Vec<Credential>,
    /// Whether it is switched off for good: a link to `/dev/null`, or an empty file.
    pub masked: bool,
    /// Whether it may get variables that cannot be seen from here.
    pub opaque: bool,
    /// The environment as it sees it.
    pub env: Env,
    /// Where things are for it.
    pub paths: Paths,
    /// Its `$STATE/.env`; may be absent, and may be none of ours.
    pub dotenv: DocId,
    /// The config as it reads it; empty if it reads another one than this run.
    pub desired: Desired,
    /// What the manager says; none if it could not be asked.
    pub run: Option<Run>,
    /// Whether the user's services run while the user is logged out; none if that is not known
    /// or does not matter.
    pub linger: Option<bool>,
    /// Programs of the manager that were asked and did not answer in time.
    pub silent: Vec<&'static str>,
}

/// Who runs a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// The user's systemd.
    User,
    /// The system's systemd.
    System,
    /// launchd.
    Launchd,
    /// cron, by a line in a crontab.
    Cron,
    /// Nobody: it runs because somebody started it.
    Process,
}

impl Manager {
    /// Whether it is systemd, of the user or of the system.
    pub fn is_systemd(self) -> bool {
        matches!(self, Self::User | Self::System)
    }
}

/// A variable that a service is given.
#[derive(Clone, Debug)]
pub struct ServiceVar {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Secret,
    /// Where the value stands.
    pub loc: Loc,
    /// Whether the value is known. One with a specifier that only its manager can replace is as it
    /// is written.
    pub known: bool,
}

/// A secret that a service is handed as a file, and not as a variable.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Its name; may be a pattern.
    pub name: String,
    /// Where the definition says so.
    pub loc: Loc,
    /// The file that it comes from; none if the definition holds it, or systemd finds it by its name.
    pub from: Option<PathBuf>,
}

/// What a manager says of a service.
#[derive(Debug)]
pub struct Run {
    /// Whether it runs, or is being started.
    pub active: bool,
    /// Whether it is started by itself.
    pub enabled: bool,
    /// When its process was started.
    pub started: Option<Millis>,
    /// The environment that its process was started with, where it can be read.
    pub env: Option<BTreeMap<String, Secret>>,
}

/// What is known of this run before the service is looked at.
#[derive(Debug)]
pub(super) struct Here<'a> {
    pub(super) paths: &'a Paths,
    pub(super) env: &'a Env,
    pub(super) config: &'a ConfigFile,
}

/// A definition as it was found, before its environment is put together.
#[derive(Debug)]
struct Definition {
    manager: Manager,
    name: String,
    doc: DocId,
    parts: Vec<DocId>,
    files: Vec<DocId>,
    missing: Vec<(DocId, Loc)>,
    given: Vec<ServiceVar>,
    credentials: Vec<Credential>,
    masked: bool,
    /// Names that are taken out of its environment at last.
    unset: Vec<String>,
    opaque: bool,
    /// `--profile` of its command.
    profile: Option<String>,
    /// The directory in which it works.
    cwd: PathBuf,
}

/// Looks for the gateway's service. None if nothing defines one.
pub(super) fn observe(look: &dyn Look, docs: &mut Docs, here: &Here<'_>) -> Option<Service> {
    let silent = running::Silent::default();
    let defined = systemd::find(look, docs, here).or_else(|| launchd::find(look, docs, here));
    let (run, found) = match defined {
        Some(found) => (running::of(look, &found, &silent), found),
        None => match cron::find(look, docs, here) {
            Some(found) => (process::of(look, found.profile.as_deref()), found),
            None => {
                let (found, run) = process::find(look, docs, here)?;
                (Some(run), found)
            }
        },
    };
    let inherited = running::inherited(look, found.manager, &silent)
        .or_else(|| run.as_ref()?.env.clone())
        .unwrap_or_default();
    let view = view::of(look, docs, here, &found, &inherited);
    let linger = (found.manager == Manager::User).then(|| running::linger(look, &silent)).flatten();
    Some(Service {
        manager: found.manager,
        name: found.name,
        doc: found.doc,
        parts: found.parts,
        files: found.files,
        missing: found.missing,
        given: found.given,
        credentials: found.credentials,
        masked: found.masked,
        opaque: found.opaque || view.opaque,
        env: view.env,
        paths: view.paths,
        dotenv: view.dotenv,
        desired: view.desired,
        run,
        linger,
        silent: silent.into_inner(),
    })
}

#[cfg(test)]
mod tests;
