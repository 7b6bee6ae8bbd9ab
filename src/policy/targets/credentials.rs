//! Files for `LoadCredential=` of a unit: each is a secret and nothing else, not even a line end. Or encrypted by
//! `systemd-creds`, for `LoadCredentialEncrypted=`: that comes out otherwise each time, so the list of the directory
//! says of which secret a file is.

use crate::doc::ledger::Ledger;
use crate::policy::targets::name::part;
use crate::policy::targets::pick::pick;
use crate::policy::targets::{ExportJob, Pick, Target, TargetFile, takes_all};
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::observe::exports;

pub(super) const TARGET: Target = Target {
    name: "credentials",
    help: "One file for each provider in a directory, for LoadCredential= in systemd units",
    is_dir: true,
    first_only: true,
    lacks: takes_all,
    files,
    then: "LoadCredential=PROVIDER:{}/PROVIDER in a unit, which reads it at start",
};

/// What stands in the place of what is not encrypted yet, where it is only shown.
const UNSEALED: &str = "(as systemd-creds encrypts it)\n";

/// A secret as `systemd-creds` has encrypted it.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The name under which it can be decrypted.
    name: String,
    plain: Secret,
    text: Secret,
}

impl Sealed {
    /// What came out for this name and secret; none if it is no text.
    pub(crate) fn new(name: &str, plain: &Secret<Vec<u8>>, out: &Secret<Vec<u8>>) -> Option<Self> {
        let text = |bytes: &Secret<Vec<u8>>| std::str::from_utf8(bytes.expose()).ok().map(Secret::from);
        Some(Self {
            name: name.to_owned(),
            plain: text(plain)?,
            text: text(out).filter(|out| !out.is_blank())?,
        })
    }
}

fn files(job: &ExportJob, world: &World, picks: &[Pick]) -> Vec<TargetFile> {
    let file = |pick: &Pick| {
        let name = part(&pick.export.provider);
        let plain = &pick.export.credential.secret;
        let text = if job.encrypt { sealed(job, world, &name, plain) } else { plain.clone() };
        (name, text)
    };
    picks.iter().map(file).collect()
}

/// The file as it is, if it is of this secret; else what was made for it.
fn sealed(job: &ExportJob, world: &World, name: &str, plain: &Secret) -> Secret {
    let there = world.exported.as_ref().and_then(|exported| {
        let ledger = exports::ledger(world.doc(exported.ledger?))?;
        let text = &world.doc(exported.doc(name)?).text;
        ledger.has(name, &pair(text, plain)).then(|| text.clone())
    });
    let is_it = |sealed: &&Sealed| sealed.name == name && sealed.plain == *plain;
    let made = || job.sealed.iter().flatten().find(is_it).map(|sealed| sealed.text.clone());
    there.or_else(made).unwrap_or_else(|| Secret::from(UNSEALED))
}

/// What is not encrypted yet: names and secrets.
pub(crate) fn unsealed(job: &ExportJob, world: &World) -> Vec<(String, Secret<Vec<u8>>)> {
    let picks = pick(world, job).picks;
    let files = files(job, world, &picks).into_iter().zip(&picks);
    let open = files.filter(|((_, text), _)| job.encrypt && text.expose() == UNSEALED);
    open.map(|((name, _), pick)| (name, Secret::new(pick.secret().as_bytes().to_vec()))).collect()
}

/// Notes of which secret each file is.
pub(super) fn note(ledger: &mut Ledger, files: &[TargetFile], picks: &[Pick]) {
    for ((name, text), pick) in files.iter().zip(picks) {
        ledger.add(name, &pair(text, &pick.export.credential.secret));
    }
}

fn pair(text: &Secret, plain: &Secret) -> String {
    format!("{}\0{}", text.expose(), plain.expose())
}
