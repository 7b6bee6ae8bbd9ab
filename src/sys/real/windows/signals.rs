//! Windows has no signals that could be held back.

/// What is held back: nothing.
#[derive(Debug)]
pub struct Mask(());

impl Mask {
    /// There is nothing to hold.
    pub(super) fn hold() -> Option<Self> {
        None
    }
}
