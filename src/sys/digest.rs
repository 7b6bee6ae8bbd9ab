//! Hashes: how contents are compared, and what stands for a token where it must not be itself.

use crate::sys::secret::Secret;

/// SHA-256 of `bytes` in lower-case hex: how contents are compared and journaled.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    Sha256::digest(bytes).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// What stands for a refresh token where it must not be itself: 16 hexadecimal digits of its hash.
pub fn fingerprint(token: &Secret) -> String {
    sha256(token.expose().as_bytes()).chars().take(16).collect()
}
