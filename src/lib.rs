//! zirkabot, as a library.
pub mod apply;
pub mod doc;
pub mod plan;
pub mod secret;
pub mod sources;
pub mod sys;
