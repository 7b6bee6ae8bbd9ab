//! Hashes: how contents are compared, and what stands for a token where it must not be itself.

use crate::sys::secret::Secret;

/// SHA-256 of `bytes` in lower-case hex: how contents are compared and journaled.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What stands for a refresh token where it must not be itself: 16 hexadecimal digits of its hash.
pub fn fingerprint(token: &Secret) -> String {
    sha256(token.expose().as_bytes()).chars().take(16).collect()
}
