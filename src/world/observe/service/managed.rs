//! The files that we ourselves would have a service manager run: where each is, and what is there
//! now. What they should say is in `definition`.

use crate::catalog::documents::DocKind;
use crate::doc::{DocId, Docs};
use crate::sys::Look;
use crate::world::observe::service::{Here, launchd, systemd};
use crate::world::observe::{open, programs};
use crate::world::service::{ManagedFiles, Role};
use std::path::{Path, PathBuf};

/// Looks at them. `None` if a variable gives them names that they cannot have.
pub(in crate::world::observe) fn observe(
    look: &dyn Look,
    docs: &mut Docs,
    here: &Here<'_>,
) -> Option<ManagedFiles> {
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
        Role::Socket => units.join(format!("{unit}.socket")),
        Role::DropIn => units.join(format!("{unit}.service.d/zirkabot.conf")),
        Role::Plist => agents.join(format!("{label}.plist")),
        Role::MonitorUnit => units.join(format!("{monitor}.service")),
        Role::MonitorTimer => units.join(format!("{monitor}.timer")),
        Role::MonitorPlist => agents.join(format!("{}.plist", crate::world::service::monitor_label(&label))),
        Role::Widget => here.paths.home.join(".shortcuts").join(&monitor),
    };
    let files =
        Role::ALL.into_iter().map(|role| known_or_open(look, docs, kind(role), &path(role))).collect();
    let program = programs::path(look, "zirkabot").map(PathBuf::from);
    let program = program.unwrap_or_else(|| look.host().program.clone());
    let launchd = look.host().macos;
    Some(ManagedFiles { program, unit, monitor, label, launchd, termux: is_termux(look), files })
}

/// Whether this is Termux, as it says itself.
fn is_termux(look: &dyn Look) -> bool {
    let host = look.host();
    let prefix = host.var("PREFIX").is_some_and(|prefix| prefix.starts_with("/data/data/com.termux/"));
    prefix || host.var("TERMUX_VERSION").is_some_and(|version| !version.is_empty())
}

fn kind(role: Role) -> DocKind {
    match role {
        Role::Unit | Role::Socket | Role::DropIn | Role::MonitorUnit | Role::MonitorTimer => DocKind::Unit,
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
