//! Windows writes dumps of a process only where its administrator has said so; there is nothing to forbid here.

/// Nothing.
pub fn forbid() {}
