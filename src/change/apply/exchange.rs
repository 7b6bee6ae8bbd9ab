//! Putting a new file in the place of an old one so that what somebody saves there in the last moment is
//! not lost: the two are exchanged, and what came out is looked at.
//!
//! A kill in between leaves the old file under the name of the staged one, which the next run removes.

use crate::change::apply::ApplyFault;
use crate::sys::secret::Secret;
use crate::sys::{Files, Look, Reading};
use std::path::Path;

/// Puts the `new` file, which is staged, in the place of the `old` one; each is given as where it is and
/// what it holds. False if something else was in that place: then it is there again. Where files cannot be
/// exchanged, the last look before has to do.
///
/// # Errors
/// Those of renaming and of removing files; then the old file, or the new one, is in the place.
pub(super) fn put(
    act: &mut dyn Files,
    (staged, new): (&Path, &Secret<Vec<u8>>),
    (target, old): (&Path, &Secret<Vec<u8>>),
) -> Result<bool, ApplyFault> {
    let fault = ApplyFault::at(target);
    if !act.exchange(staged, target).map_err(&fault)? {
        return act.rename(staged, target).map(|()| true).map_err(fault);
    }
    if holds(act, staged, old) {
        // A second try, then back: the old file is in its place, and nothing lies about.
        let removed = act.remove(staged).or_else(|_| act.remove(staged));
        let removed = removed.or_else(|error| act.rename(staged, target).and(Err(error)));
        return removed.map(|()| true).map_err(fault);
    }
    if !matches!(act.exchange(staged, target), Ok(true)) {
        // What was not foreseen goes before what was.
        return act.rename(staged, target).map(|()| false).map_err(fault);
    }
    if !holds(act, staged, new) {
        // Somebody was quicker again: the newest stays.
        act.exchange(staged, target).map_err(&fault)?;
    }
    Ok(false)
}

fn holds(look: &dyn Look, path: &Path, text: &Secret<Vec<u8>>) -> bool {
    let text = text.expose();
    matches!(look.read(path, text.len()), Reading::File(bytes, _) if bytes.expose() == text)
}
