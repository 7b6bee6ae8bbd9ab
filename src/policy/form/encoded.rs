//! A secret that was written in another alphabet once more: what stores of secrets for containers hold.

use crate::catalog::prefix::Prefix;
use crate::catalog::providers::{self, Provider};
use crate::policy::form::clean;
use base64::Engine;
use base64::alphabet::{self, Alphabet};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Shortest text that is looked at, in bytes.
const SHORTEST: usize = 24;

/// Shortest beginning that does not come out of another text by chance.
const TELLING: usize = 4;

/// What base64 of well-known documents begins with, and what they are.
const DOCUMENTS: &[(&[u8], &str)] = &[
    (b"-----BEGIN ", "is base64 of a PEM block, such as a private key or a certificate"),
    (b"{\"", "is base64 of a JSON document"),
    (b"openssh-key-v1", "is the content of an SSH private key"),
    (b"\0\0\0\x07ssh-", "is the content of an SSH public key, which is not a secret"),
    (b"\x30\x82", "is the content of a PEM block, such as a private key or a certificate"),
];

/// A secret that came out of a text.
pub(super) struct Decoded {
    /// The secret.
    pub(super) secret: Zeroizing<String>,
    /// Whose it is.
    pub(super) of: &'static Provider,
    /// What it is.
    pub(super) is: &'static Prefix,
    /// How it was written.
    pub(super) how: &'static str,
}

/// The secret of a known form that a text is another way to write.
pub(super) fn decoded(text: &str) -> Option<Decoded> {
    let (bytes, how) = bytes(text)?;
    let inner = clean::edged(std::str::from_utf8(&bytes).ok()?);
    let (of, is) = providers::prefix_of(inner)?;
    let secret = Zeroizing::new(inner.to_owned());
    (is.text.len() >= TELLING).then_some(Decoded { secret, of, is, how })
}

/// What document a text is the inside of.
pub(super) fn document(text: &str) -> Option<&'static str> {
    let (bytes, _) = bytes(text).filter(|(bytes, _)| bytes.len() >= SHORTEST)?;
    DOCUMENTS.iter().find(|(begin, _)| bytes.starts_with(begin)).map(|(_, what)| *what)
}

fn bytes(text: &str) -> Option<(Zeroizing<Vec<u8>>, &'static str)> {
    if text.len() < SHORTEST || providers::prefix_of(text).is_some() {
        return None;
    }
    let whole: Zeroizing<String> = Zeroizing::new(text.split_whitespace().collect());
    if whole.len() < SHORTEST {
        return None;
    }
    if whole.len().is_multiple_of(2) && whole.bytes().all(|b| b.is_ascii_hexdigit()) {
        let pair = |at: usize| u8::from_str_radix(whole.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..whole.len()).step_by(2).map(pair).collect();
        return Some((Zeroizing::new(bytes?), "hexadecimal digits"));
    }
    let url = whole.contains(['-', '_']);
    let bytes = engine(if url { &alphabet::URL_SAFE } else { &alphabet::STANDARD }).decode(&*whole).ok()?;
    Some((Zeroizing::new(bytes), "base64"))
}

/// What takes the padding as it comes.
fn engine(alphabet: &Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}
