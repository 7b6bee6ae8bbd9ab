//! The files that we ourselves would have a service manager run: where each is, and what is there
//! now. What they should say is in `definition`.

use super::{Here, launchd, systemd};
use crate::definition::{self, Facts, Role};
use crate::doc::{DocId, Docs};
use crate::sources::{DocKind, open, programs};
use crate::sys::Look;
use crate::world::World;
use std::path::{Path, PathBuf};

/// Our files, there or not.
#[derive(Debug)]
pub struct Own {
    /// The program that they start.
    pub program: PathBuf,
    /// Name of the gateway's unit, without `.service`.
    pub unit: String,
    /// Name of the monitor's unit, without `.service` and `.timer`.
    pub monitor: String,
    /// Label of the gateway's property list.
    pub label: String,
    /// Whether launchd runs services here.
    pub launchd: bool,
    /// One file for each [`Role`], in order.
    files: Vec<DocId>,
}

impl Own {
    /// The file of a role.
    pub fn doc(&self, role: Role) -> DocId {
        self.files[role as usize]
    }

    /// What they are made of.
    pub fn facts<'a>(&'a self, world: &'a World) -> Facts<'a> {
        Facts { world, program: &self.program, unit: &self.unit, label: &self.label }
    }
}

/// Looks at them. `None` if a variable gives them names that they cannot have.
pub(in crate::sources) fn observe(look: &dyn Look, docs: &mut Docs, here: &Here<'_>) -> Option<Own> {
    let unit = systemd::unit_name(here)?.trim_end_matches(".service").to_owned();
    let label = launchd::label(here)?;
    let monitor = match &here.paths.profile {
        Some(profile) => format!("zirkabot-monitor-{profile}"),
        None => "zirkabot-monitor".to_owned(),
    };
    let units = systemd::config_home(look, &here.paths.home).join("systemd/user");
    let agents = here.paths.home.join("Library/LaunchAgents");
    let path = |role: Role| match role {
        Role::Unit => units.join(format!("{unit}.service")),
        Role::DropIn => units.join(format!("{unit}.service.d/zirkabot.conf")),
        Role::Plist => agents.join(format!("{label}.plist")),
        Role::MonitorUnit => units.join(format!("{monitor}.service")),
        Role::MonitorTimer => units.join(format!("{monitor}.timer")),
        Role::MonitorPlist => agents.join(format!("{}.plist", definition::launchd::monitor_label(&label))),
        Role::Widget => here.paths.home.join(".shortcuts").join(&monitor),
    };
    let files =
        Role::ALL.into_iter().map(|role| known_or_open(look, docs, kind(role), &path(role))).collect();
    let program = programs::path(look, "zirkabot").map(PathBuf::from);
    let program = program.unwrap_or_else(|| look.host().program.clone());
    Some(Own { program, unit, monitor, label, launchd: look.host().macos, files })
}

fn kind(role: Role) -> DocKind {
    match role {
        Role::Unit | Role::DropIn | Role::MonitorUnit | Role::MonitorTimer => DocKind::Unit,
        Role::Plist | Role::MonitorPlist => DocKind::Plist,
        Role::Widget => DocKind::Script,
    }
}

/// The document of this file, if the service was found there.
fn known_or_open(look: &dyn Look, docs: &mut Docs, kind: DocKind, path: &Path) -> DocId {
    let known = docs.iter().find(|doc| doc.kind == kind && doc.path.as_deref() == Some(path));
    match known {
        Some(doc) => doc.id,
        None => open::open(look, docs, kind, path),
    }
}
