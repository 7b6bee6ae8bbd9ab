//! The files into which credentials are exported: what is there now, and whether the place is somebody else's.
//! Which files these are is said by who exports; what they should say is in `policy::targets`.

use crate::catalog::documents::Format;
use crate::doc::ledger::{self, Ledger};
use crate::doc::{Doc, DocId, State};
use crate::sys::Look;
use crate::world::World;
use crate::world::observe::open;
use crate::world::observe::service::process;
use std::path::{Path, PathBuf};

/// Where something is exported to.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file, or the directory.
    pub out: PathBuf,
    /// The files in the directory; none if it is one file.
    pub names: Option<Vec<String>>,
}

/// What is there.
#[derive(Debug)]
pub struct Exported {
    /// The file, or the directory.
    pub out: PathBuf,
    /// Why nothing is to be written there.
    pub unfit: Option<Unfit>,
    /// The list of what we wrote into the directory.
    pub ledger: Option<DocId>,
    /// The files, by name; of a single file the name is empty.
    pub files: Vec<(String, DocId)>,
    /// The program for secrets through which this process was started.
    pub handed_by: Option<String>,
}

/// Why a place is none for exported credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The directory is a link.
    Link,
    /// It is no directory.
    NotADirectory,
    /// It lies where the gateway or another program keeps its own.
    Inside(PathBuf),
    /// It is a file that means something else.
    Means(DocId),
}

impl Exported {
    /// The document of a file.
    pub fn doc(&self, name: &str) -> Option<DocId> {
        self.files.iter().find(|(own, _)| own == name).map(|(_, doc)| *doc)
    }
}

/// What the list of a directory says; an empty one if there is none, none if somebody changed it.
pub fn ledger(doc: &Doc) -> Option<Ledger> {
    match doc.state {
        State::Absent => Some(Ledger::default()),
        State::Parsed => Ledger::read(doc.text.expose()),
        _ => None,
    }
}

/// Looks at the place, and adds what is there.
pub fn observe(look: &dyn Look, world: &mut World, place: &Place) {
    let out = place.out.clone();
    let unfit = unfit(look, world, place);
    let (mut listed, mut files) = (None, Vec::new());
    match &place.names {
        None => {
            files.push((String::new(), open::exported(look, &mut world.docs, Format::Keyed, &out)));
        }
        Some(names) => {
            // Written first, so that it is known of each file whose it is, whenever a writer is killed.
            let doc = open::exported(look, &mut world.docs, Format::None, &out.join(ledger::NAME));
            let known = ledger(world.docs.get(doc)).unwrap_or_default();
            let mut names: Vec<&str> = names.iter().map(String::as_str).chain(known.names()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let doc = open::exported(look, &mut world.docs, format(name), &out.join(name));
                files.push((name.to_owned(), doc));
            }
            listed = Some(doc);
        }
    }
    let handed_by = process::handed_by(look);
    world.exported = Some(Exported { out, unfit, ledger: listed, files, handed_by });
}

/// How a file of a directory is written: what is no YAML is nothing but a secret, of which no part is shown.
fn format(name: &str) -> Format {
    if name.ends_with(".yaml") { Format::Keyed } else { Format::None }
}

fn unfit(look: &dyn Look, world: &World, place: &Place) -> Option<Unfit> {
    let is_dir = place.names.is_some();
    let end = look.resolve(&place.out);
    if is_dir && open::is_link(look, &place.out) {
        return Some(Unfit::Link);
    }
    if is_dir && look.stat(&place.out).is_some_and(|stat| !stat.is_dir) {
        return Some(Unfit::NotADirectory);
    }
    let homes = world.stores.iter().map(|store| store.dir.as_path());
    let homes = homes.chain([world.paths.state.as_path(), world.paths.oauth_dir.as_path()]);
    let tools =
        world.borrowed.iter().filter_map(|borrowed| world.doc(borrowed.doc).path.as_deref()?.parent());
    let mut homes = homes.chain(tools).filter(|home| *home != world.paths.home);
    let is_inside = |home: &&Path| place.out.starts_with(home) || end.starts_with(look.resolve(home));
    if let Some(home) = homes.find(is_inside) {
        return Some(Unfit::Inside(home.to_owned()));
    }
    let means =
        |doc: &&Doc| doc.path.as_ref().is_some_and(|path| *path == place.out || look.resolve(path) == end);
    world.docs.iter().find(means).map(|doc| Unfit::Means(doc.id))
}
