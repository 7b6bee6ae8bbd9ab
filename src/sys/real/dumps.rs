//! No core dump of a process that holds tokens.
//!
//! [`forbid`] is called before anything is read, and again where no other program could take the place. Programs that are started get back what they would
//! have had: their own dumps are their own business, and what the kernel remembers of this process
//! (`PR_SET_DUMPABLE`) ends when another program takes its place.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::sync::OnceLock;

/// The limit that this process was started with.
static BEFORE: OnceLock<Rlimit> = OnceLock::new();

/// From now on this process leaves no core dump, and on Linux no other process of the same user may
/// look into its memory. Where that is not allowed, things stay as they are.
pub fn forbid() {
    let before = getrlimit(Resource::Core);
    let none = Rlimit { current: Some(0), maximum: before.maximum };
    if setrlimit(Resource::Core, none).is_ok() {
        let _ = BEFORE.set(before);
    }
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Gives back the limit that there was; for a process that is about to become another program. One system
/// call that takes no lock and allocates nothing.
pub(super) fn as_before() {
    if let Some(before) = BEFORE.get() {
        let _ = setrlimit(Resource::Core, *before);
    }
}
