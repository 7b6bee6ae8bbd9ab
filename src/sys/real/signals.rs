//! Holding back signals while something must come to its end.

use nix::sys::signal::{SigSet, SigmaskHow};

/// The signals that this thread held back before; restored when dropped, when those that came meanwhile are
/// delivered.
#[derive(Debug)]
pub struct Mask(SigSet);

impl Mask {
    /// Holds back all that can be; `None` if the system refuses.
    pub(super) fn hold() -> Option<Self> {
        SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK).ok().map(Self)
    }
}

impl Drop for Mask {
    fn drop(&mut self) {
        let _ = self.0.thread_set_mask();
    }
}
