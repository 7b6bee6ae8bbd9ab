//! What is wrong with the search path of a unit: it lacks directories of the system, or names those of
//! one version of a runtime, which go when that version does.

use crate::doc::Loc;
use crate::policy::unit::path;
use crate::world::World;
use crate::world::observe::service::Service;

/// Directories below which a version manager keeps each version apart, with its name.
const MANAGERS: &[(&str, &str)] = &[
    ("/.nvm/versions/", "nvm"),
    ("/.fnm/node-versions/", "fnm"),
    ("/fnm_multishells/", "fnm"),
    ("/.volta/tools/", "Volta"),
    ("/.asdf/installs/", "asdf"),
    ("/.nodenv/versions/", "nodenv"),
    ("/.nodebrew/node/", "nodebrew"),
    ("/.nvs/node/", "nvs"),
    ("/n/versions/", "n"),
];

/// What is wrong with a command whose program, or the runtime of it, goes when a version does.
pub(super) fn of_one_version<W: AsRef<str>>(command: &[W]) -> Option<String> {
    let manager = command.iter().take(2).find_map(|word| manager(word.as_ref()))?;
    Some(format!("its command is in a directory of {manager}, which disappears with that version"))
}

/// The version manager to which a path belongs.
fn manager(path: &str) -> Option<&'static str> {
    let own = |(below, _): &&(&str, &str)| path.contains(below);
    MANAGERS.iter().find(own).map(|(_, name)| *name)
}

/// What is wrong with the search path that a unit sets, and where it stands.
pub(super) fn drift(world: &World, service: &Service) -> Option<(Option<Loc>, String)> {
    let Some(given) = service.given.iter().find(|given| given.name == "PATH") else {
        return Some((None, "it sets no PATH, so programs may not be found".to_owned()));
    };
    let dirs: Vec<&str> = given.value.expose().split(':').map(|dir| dir.trim_end_matches('/')).collect();
    let lacks: Vec<String> =
        path::SYSTEM.iter().filter(|dir| !dirs.contains(*dir)).map(|dir| (*dir).to_owned()).collect();
    if !lacks.is_empty() {
        return Some((
            Some(given.loc),
            format!("its PATH lacks {}", crate::catalog::nearest::listed(&lacks)),
        ));
    }
    let expected = path::search_path(world);
    let is_expected = |dir: &str| expected.split(':').any(|own| own == dir);
    let manager = dirs.iter().filter(|dir| !is_expected(dir)).find_map(|dir| manager(dir))?;
    Some((
        Some(given.loc),
        format!("its PATH contains a version of {manager}, and its programs disappear with that version"),
    ))
}
