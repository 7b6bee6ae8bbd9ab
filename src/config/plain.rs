//! What of a document may be shown: everything else is redacted.

use super::find;
use crate::catalog::documents::DocKind;
use crate::doc::{KeyPath, Seg};

/// Whether the value at `path` of such a document may be shown.
pub fn is_plain(kind: DocKind, path: &KeyPath) -> bool {
    if matches!(kind, DocKind::Config | DocKind::Include) {
        return config_is_plain(path);
    }
    // Orders hold profile ids; they stand in lists below `order`, or as `lastGood` values.
    let top = path.0.first().map(|seg| matches!(seg, Seg::Key(key) if key == "order" || key == "lastGood"));
    if kind == DocKind::Store && top == Some(true) {
        return true;
    }
    // Deeper in a unit stand variables, whatever they are called.
    if kind == DocKind::Unit && path.0.len() != 2 {
        return false;
    }
    path.last_key().is_some_and(|key| kind.row().plain.contains(&key))
}

/// Whether the config's shape knows the value at `path` and says that it is no secret. What a key
/// of no known shape holds is hidden, and so is everything in foreign parts.
fn config_is_plain(path: &KeyPath) -> bool {
    matches!(find::at(path), find::ShapeAt::Shape(shape) if shape.is_shown())
}
