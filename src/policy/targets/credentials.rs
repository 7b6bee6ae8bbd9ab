//! Files for `LoadCredential=` of a unit: each is a secret and nothing else, not even a line end.

use crate::policy::targets::name::part;
use crate::policy::targets::{ExportJob, Pick, Target, takes_all};
use crate::sys::secret::Secret;
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "credentials",
    help: "A file a provider in a directory, for LoadCredential= of any unit of systemd",
    is_dir: true,
    first_only: true,
    lacks: takes_all,
    files,
    then: "LoadCredential=PROVIDER:{}/PROVIDER in a unit, which reads it when it is started",
};

fn files(_: &ExportJob, _: &World, picks: &[Pick]) -> Vec<(String, Secret)> {
    picks.iter().map(|pick| (part(&pick.export.provider), pick.export.credential.secret.clone())).collect()
}
