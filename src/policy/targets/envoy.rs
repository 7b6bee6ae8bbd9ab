//! Secrets as Envoy's secret discovery reads them from files, which it reads again when one is renamed into place. A
//! file holds one secret: Envoy takes no other.

use crate::policy::targets::name::{part, quoted};
use crate::policy::targets::{ExportJob, Pick, Target, TargetFile, takes_all, text};
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "envoy-sds",
    help: "Generic secrets for Envoy's credential injector, one file for each provider in a directory that it watches",
    is_dir: true,
    first_only: true,
    lacks: takes_all,
    files,
    then: "Envoy reloads them automatically if {} is its watched_directory",
};

fn files(_: &ExportJob, _: &World, picks: &[Pick]) -> Vec<TargetFile> {
    picks.iter().map(file).collect()
}

fn file(pick: &Pick) -> TargetFile {
    let name = part(&pick.export.provider);
    let lines = format!(
        "resources:\n\
         - \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret\n  \
         name: {}\n  \
         generic_secret:\n    \
         secret:\n      \
         inline_string: {}\n",
        quoted(&name),
        quoted(pick.secret()),
    );
    (format!("{name}.yaml"), text(&lines))
}
