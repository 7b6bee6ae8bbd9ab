//! The gateway's definition for launchd: a property list of the user or of the system. What
//! launchd itself says of it is not asked.

use crate::catalog::documents::DocKind;
use crate::catalog::layouts::OWN;
use crate::doc::{Docs, Node, State};
use crate::sys::Look;
use crate::world::observe::open;
use crate::world::observe::service::{Definition, Here, Manager, ServiceVar, launch, systemd};
use std::path::PathBuf;

/// Looks for the property list.
pub(super) fn find(look: &dyn Look, docs: &mut Docs, here: &Here<'_>) -> Option<Definition> {
    let name = label(here)?;
    let host = look.host();
    let dirs = [
        here.paths.home.join("Library/LaunchAgents"),
        host.system("Library/LaunchAgents"),
        host.system("Library/LaunchDaemons"),
    ];
    let mut paths = dirs.iter().map(|dir| dir.join(format!("{name}.plist")));
    let path = paths.find(|path| look.stat(path).is_some())?;
    let doc = open::open(look, docs, DocKind::Plist, &path);
    let opaque = docs.get(doc).state != State::Parsed;
    let root = docs.get(doc).root.as_ref();
    let at = |key: &str| root.and_then(|root| root.get(key));
    let mut given: Vec<ServiceVar> = Vec::new();
    systemd::take_over(&mut given, at("EnvironmentVariables").map(Node::members).unwrap_or_default());
    let command = at("ProgramArguments").map(Node::items).unwrap_or_default();
    let mut command: Vec<String> = command.iter().filter_map(Node::as_str).map(str::to_owned).collect();
    // `Program` is what is run; the first argument is then only its name.
    if let Some(program) = at("Program").and_then(Node::as_str) {
        if command.is_empty() {
            command.push(String::new());
        }
        command[0] = program.to_owned();
    }
    let launch = launch::of(&command);
    if let Some(arguments) = at("ProgramArguments") {
        launch.give(&mut given, arguments.loc, &|text| (text.to_owned(), true));
    }
    Some(Definition {
        manager: Manager::Launchd,
        name,
        doc,
        parts: vec![doc],
        files: Vec::new(),
        missing: Vec::new(),
        given,
        credentials: Vec::new(),
        masked: false,
        unset: launch.unset,
        cleared: launch.cleared,
        opaque: opaque || launch.through.is_some(),
        through: launch.through,
        starts: launch.starts,
        foreign: false,
        profile: systemd::profile(&launch.command),
        port: systemd::port(&launch.command),
        program: systemd::program(&launch.command),
        cwd: at("WorkingDirectory").and_then(Node::as_str).map_or_else(|| PathBuf::from("/"), PathBuf::from),
    })
}

/// `ZIRKABOT_LAUNCHD_LABEL`, else by the profile.
pub(super) fn label(here: &Here<'_>) -> Option<String> {
    let layout = here.paths.layout;
    let set = |prefix: &str| {
        here.env.setting(&format!("{prefix}LAUNCHD_LABEL")).filter(|text| !text.trim().is_empty())
    };
    let label = set(OWN.prefix).or_else(|| set(layout.prefix)).unwrap_or_else(|| match &here.paths.profile {
        Some(profile) => format!("{}.{profile}", layout.label.trim_end_matches(".gateway")),
        None => layout.label.to_owned(),
    });
    (!label.contains('/')).then(|| label.trim().to_owned())
}
