//! Change: edits, from a proposal through a plan to the disk, and back.
//!
//! Invariant: it knows no credential and no policy; what is written and why is handed in. [`apply`] is
//! the only writer in the program.

pub(crate) mod advice;
pub mod apply;
pub mod plan;
pub mod preview;
pub mod proposal;
