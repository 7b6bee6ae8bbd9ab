//! The gateway's service: its definition, what its manager says of it, and the environment that
//! it sees.
//!
//! Looked at only where a command asks for it: its files at [`Depth::Gateway`](crate::world::observe::Depth), and
//! what its manager says at `Depth::Doctor`; no program is started unless there is a definition. Nothing is
//! written and nothing is judged. `systemd` and `launchd` read definitions, `launch` their command lines, `cron`
//! and `process` find a gateway that has none, `managed` looks at those that we write, `running` asks the manager,
//! `manager_env` reads what it hands on, `view` puts the environment together.

pub(crate) mod cron;
mod launch;
pub(crate) mod launchd;
pub(crate) mod managed;
mod manager_env;
pub(crate) mod port;
pub(in crate::world::observe) mod process;
pub(crate) mod running;
pub(crate) mod systemd;
mod view;

use crate::catalog::paths::Paths;
use crate::catalog::providers::PROVIDERS;
use crate::config::{ConfigFile, Desired};
use crate::doc::{DocId, Docs, Loc};
use crate::sys::secret::Secret;
use crate::sys::{Look, Millis};
use crate::world::env::Env;
pub use crate::world::observe::service::launch::Through;
pub use crate::world::observe::service::port::{Port, Who};
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
    /// The program in front of the gateway that may give it any variable.
    pub through: Option<Through>,
    /// Whether its command starts a gateway; none if that cannot be told.
    pub starts: Option<bool>,
    /// Whether another user runs it, whose home is not looked at.
    pub foreign: bool,
    /// Whether its manager was asked, where it has one: else only files were read.
    pub asked: bool,
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
    /// What answers at its port; none if it was not asked, or cannot be told.
    pub port: Option<Port>,
    /// The program of its command that cannot be run, and why.
    pub lacks: Option<(PathBuf, &'static str)>,
    /// Whether the user's services run while the user is logged out; none if that is not known
    /// or does not matter.
    pub linger: Option<bool>,
    /// The program for secrets through which this process, not the service, was started.
    pub handed_by: Option<String>,
    /// Programs of the manager that were asked and did not answer in time.
    pub silent: Vec<&'static str>,
}

impl Service {
    /// Why a file that systemd hands over and in which nothing was seen gives the service nothing.
    pub(crate) fn why_not_read(&self) -> &'static str {
        if self.paths.layout.is_own() { "which does not exist" } else { "which the gateway does not read" }
    }
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
    /// The exit status of its last process, if it ended by itself and was not to.
    pub failed: Option<i32>,
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
    /// Whether nothing is handed on but what is given.
    cleared: bool,
    opaque: bool,
    through: Option<Through>,
    starts: Option<bool>,
    foreign: bool,
    /// `--profile` of its command.
    profile: Option<String>,
    /// `--port` of its command.
    port: Option<u16>,
    /// The program of its command, if that says where it is.
    program: Option<PathBuf>,
    /// The directory in which it works.
    cwd: PathBuf,
}

/// Looks for the gateway's service. None if nothing defines one, and none runs. Unless `asks`, only files are
/// read, no program is started, and a gateway that nothing defines is not looked for.
pub(super) fn observe(look: &dyn Look, docs: &mut Docs, here: &Here<'_>, asks: bool) -> Option<Service> {
    let silent = running::Silent::default();
    let (found, run) = find(look, docs, here, &silent, asks)?;
    let handed = match found.manager {
        Manager::Process => None,
        manager if asks => running::inherited(look, manager, &silent),
        _ => None,
    };
    let inherited = match handed {
        Some(vars) => Inherited::Manager(vars),
        None => Inherited::Files(manager_env::files(look, docs, here, found.manager)),
    };
    let mut view =
        view::of(look, docs, here, &found, &inherited, process_env(look, &found, &run, asks).as_ref());
    let runs = || process::of(look, &found).filter(|run| run.env.is_some());
    if !asks
        && (found.opaque || lacks_what_is_here(here.env, &view.env))
        && let Some(vars) = runs().and_then(|run| run.env)
    {
        view = view::of(look, docs, here, &found, &inherited, Some(&vars));
    }
    let port = if asks && !found.foreign && !view.opaque { port::ask(look, &view, found.port) } else { None };
    let linger = (asks && found.manager == Manager::User).then(|| running::linger(look, &silent)).flatten();
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
        opaque: view.opaque,
        through: found.through,
        starts: found.starts,
        foreign: found.foreign,
        asked: asks,
        env: view.env,
        paths: view.paths,
        dotenv: view.dotenv,
        desired: view.desired,
        run,
        port,
        lacks: found.program.and_then(|program| lacks(look, program)),
        linger,
        handed_by: if asks { process::handed_by(look) } else { None },
        silent: silent.into_inner(),
    })
}

/// What a service has besides what it is given.
#[derive(Debug)]
enum Inherited {
    /// What its manager says that it hands on.
    Manager(BTreeMap<String, Secret>),
    /// What the files of its manager say, each with its place.
    Files(BTreeMap<String, (Secret, Option<Loc>)>),
}

/// The definition, or the process that has none, and what is known of its run.
fn find(
    look: &dyn Look,
    docs: &mut Docs,
    here: &Here<'_>,
    silent: &running::Silent,
    asks: bool,
) -> Option<(Definition, Option<Run>)> {
    if let Some(found) = systemd::find(look, docs, here).or_else(|| launchd::find(look, docs, here)) {
        let run = if asks { running::of(look, &found, silent) } else { None };
        return Some((found, run));
    }
    if let Some(found) = cron::find(look, docs, here) {
        let run = if asks { process::of(look, &found) } else { None };
        return Some((found, run));
    }
    if asks { process::find(look, docs, here).map(|(found, run)| (found, Some(run))) } else { None }
}

/// The variables of the gateway's own process, where it runs and they can be read. What stands in front of it may
/// be the process that the manager knows.
fn process_env(
    look: &dyn Look,
    found: &Definition,
    run: &Option<Run>,
    asks: bool,
) -> Option<BTreeMap<String, Secret>> {
    let known = run.as_ref().filter(|run| run.active);
    if found.through.is_none()
        && let Some(env) = known.and_then(|run| run.env.clone())
    {
        return Some(env);
    }
    let is_stopped = run.as_ref().is_some_and(|run| !run.active);
    if !asks || is_stopped || found.manager == Manager::Process || found.masked {
        return None;
    }
    process::of(look, found)?.env
}

/// Why a program cannot be run.
fn lacks(look: &dyn Look, program: PathBuf) -> Option<(PathBuf, &'static str)> {
    let why = match look.stat(&program) {
        None => "does not exist",
        Some(stat) if stat.is_dir => "is a directory",
        Some(stat) if !stat.may_run() => "is not executable",
        Some(_) => return None,
    };
    Some((program, why))
}

/// Whether a credential is set here that is not there for the service, or another one.
fn lacks_what_is_here(here: &Env, service: &Env) -> bool {
    let names = PROVIDERS.iter().flat_map(|row| row.vars.iter().map(|var| var.name));
    let mut set = names.filter(|name| here.is_set(name));
    set.any(|name| service.get(name) != here.get(name))
}

#[cfg(test)]
mod tests;
