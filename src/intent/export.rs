//! Exporting credentials into files for other programs: which files are written, and which go. What stands in them is
//! in `policy::targets`. What somebody else wrote, or changed, is replaced only if that is asked for.

use crate::catalog::documents::DocKind;
use crate::change::advice::Command;
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::doc::edit::ops::{Edit, FileAction};
use crate::doc::ledger::Ledger;
use crate::doc::{DocId, State};
use crate::policy::known::{known_auth, known_file, known_files};
use crate::policy::targets::pick::{Picked, pick};
use crate::policy::targets::{ExportJob, credentials, is_ours, noted};
use crate::policy::unit::reread::is_odd;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::observe::exports::{self, Exported, Unfit};

/// Permission bits of all exported files.
const MODE: u32 = 0o600;

/// Writes what a job is about, and removes what an earlier one wrote and this one does not.
///
/// # Errors
/// If it is not known which credentials are meant, there is none, or a place is not ours.
pub(crate) fn export(world: &World, job: &ExportJob, force: bool) -> Proposals {
    known_auth(world)?;
    known_files(world)?;
    // A key that cannot be read is not a key that is gone.
    let dotenv = world.doc_of(DocKind::StateDotenv);
    dotenv.map_or(Ok(()), |doc| known_file(world, doc.id))?;
    let exported = world.exported.as_ref().ok_or_else(|| Refusal::state("the target was not read"))?;
    fits(world, exported)?;
    let picked = pick(world, job);
    is_there(world, job, &picked)?;
    if job.sealed.is_some() && !credentials::unsealed(job, world).is_empty() {
        return Err(
            Refusal::state("a credential has changed in the meantime; nothing was written").help("try again")
        );
    }
    let files = job.files(world, &picked.picks);
    let mut ledger = listed(world, exported, force)?;
    let mut proposals = Vec::new();
    for (name, text) in &files {
        let Some(id) = exported.doc(name) else { continue };
        let doc = world.doc(id);
        let is_same = doc.text == *text;
        if doc.exists() && !is_same && !force && !is_ours(doc, name, ledger.as_ref()) {
            return Err(not_ours(world, id));
        }
        proposals.push(written(world, id, text.clone(), "export to"));
    }
    let old = ledger.clone();
    if let (Some(ledger), Some(id)) = (&mut ledger, exported.ledger) {
        proposals.insert(
            0,
            written(world, id, noted(ledger, job, &files, &picked.picks), "record the exported files in"),
        );
    }
    let stays = |name: &str| files.iter().any(|(own, _)| own == name);
    for (name, id) in exported.files.iter().filter(|(name, _)| !stays(name)) {
        let doc = world.doc(*id);
        if doc.exists() && is_ours(doc, name, old.as_ref()) {
            let what = format!("remove {}, which is no longer exported", world.doc_name(*id));
            proposals.push(Proposal::new(what, vec![Edit::file(*id, FileAction::Remove)]));
        }
    }
    Ok(proposals)
}

fn written(world: &World, doc: DocId, text: Secret, what: &str) -> Proposal {
    let edit = |to| Edit::file(doc, to);
    let edits = vec![edit(FileAction::Write(text)), edit(FileAction::Mode(MODE))];
    Proposal::new(format!("{what} {}", world.doc_name(doc)), edits)
}

/// What we wrote into the directory, if it is one.
fn listed(world: &World, exported: &Exported, force: bool) -> Result<Option<Ledger>, Refusal> {
    let Some(id) = exported.ledger else { return Ok(None) };
    match exports::ledger(world.doc(id)) {
        Some(ledger) => Ok(Some(ledger)),
        None if force => Ok(Some(Ledger::default())),
        None => Err(not_ours(world, id)),
    }
}

fn not_ours(world: &World, doc: DocId) -> Refusal {
    let name = world.doc_name(doc);
    match &world.doc(doc).state {
        State::Parsed => {
            Refusal::state(format!("{name} was written or changed by hand; nothing was written"))
                .help("choose another place; `--force --dry-run` shows the changes, --force replaces it")
        }
        state => Refusal::state(format!("{name} {}; nothing was written", state.in_words()))
            .help("choose another place"),
    }
}

/// Whether the place is one for exported credentials.
fn fits(world: &World, exported: &Exported) -> Result<(), Refusal> {
    if is_odd(&exported.out) {
        return Err(Refusal::usage(
            "the path contains a line break or another control character, or is not text",
        ));
    }
    let name = world.paths.shown(&exported.out);
    let why = match &exported.unfit {
        None => return Ok(()),
        Some(Unfit::Link) => format!("{name} is a symbolic link"),
        Some(Unfit::NotADirectory) => format!("{name} is not a directory"),
        Some(Unfit::Inside(home)) => {
            let is_ours = world.paths.state.starts_with(home) || home.starts_with(&world.paths.state);
            let whose = if is_ours { "the gateway" } else { "another program" };
            format!("{name} is in {}, where {whose} keeps its own files", world.paths.shown(home))
        }
        Some(Unfit::Means(doc)) => format!("{name} is in use: it is {}", world.doc(*doc).kind.row().label),
    };
    Err(Refusal::state(format!("{why}; nothing was written")).help("choose another place"))
}

/// Whether there is something of all that was asked for.
fn is_there(world: &World, job: &ExportJob, picked: &Picked) -> Result<(), Refusal> {
    let Some(lacking) = picked.lacks(job) else { return Ok(()) };
    let of = lacking.map(|provider| format!(" of {provider}")).unwrap_or_default();
    let look = match lacking.or(picked.left_out.first().map(|left| left.provider.as_str())) {
        Some(provider) => format!("models auth why {provider}"),
        None => "models status".to_owned(),
    };
    let why = format!("there is no credential{of} to export; nothing was written");
    Err(Refusal::state(why)
        .code("credential/missing")
        .help(Command::look(world.paths.command(&look)).then(" shows what is available")))
}
