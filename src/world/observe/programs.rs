//! Which programs are there: looked for in the directories of `PATH`, as a shell does, but for
//! those that depend on where one stands. Nothing is started here.

use crate::sys::{Look, search};
use std::path::PathBuf;

/// Where `name` would be found. `None` inside if it is nowhere; none at all if there is no `PATH`
/// to look in, because then nothing is known.
pub(crate) fn find(look: &dyn Look, name: &str) -> Option<Option<PathBuf>> {
    let host = look.host();
    let path = host.var("PATH").filter(|path| !path.is_empty())?;
    let mut places = search::places(path, name);
    let runs = |place: &PathBuf| look.stat(place).is_some_and(|stat| stat.may_run());
    Some(places.find(runs))
}

/// The program to start, if it is there.
pub(crate) fn path(look: &dyn Look, name: &str) -> Option<String> {
    find(look, name)?.map(|path| path.display().to_string())
}
