//! `Secret`: a value that cannot be printed.
//!
//! Everything read from a file that may hold a credential is wrapped in one from its first
//! byte. There is no `Display`, no `Serialize`, and `Debug` prints `REDACTED`; memory is wiped
//! on drop. [`Secret::expose`] is the one door, and `tests/suite/house/rules.rs` lists who uses it.
//!
//! What *may* be shown of a secret is not decided here: see `report/label.rs`.

use std::fmt;
use std::hash::{Hash, Hasher};
use zeroize::{Zeroize, Zeroizing};

/// A value that is wiped on drop and cannot be printed or serialised.
pub struct Secret<T: Zeroize = String>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Wraps `value`.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself. Whoever calls this must not let it reach an output.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl Secret<String> {
    /// Whether nothing but white space is inside.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value.to_owned())
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Zeroize + PartialEq> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

impl<T: Zeroize + Eq> Eq for Secret<T> {}

impl<T: Zeroize + Hash> Hash for Secret<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T: Zeroize + Ord> Ord for Secret<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (*self.0).cmp(&*other.0)
    }
}

impl<T: Zeroize + Ord> PartialOrd for Secret<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("REDACTED")
    }
}

#[cfg(test)]
mod tests {
    use crate::sys::secret::*;

    #[test]
    fn debug_never_shows_the_value() {
        let secret = Secret::from("sk-ant-CANARY");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "REDACTED Some(REDACTED)");
    }
}
