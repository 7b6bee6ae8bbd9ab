//! The macOS Keychain, asked through the system's `security` program, which only reads here.
//!
//! Where [`Host::keychain`](crate::sys::Host) names no program there is no Keychain, and nothing
//! is started. Tests name a stand-in.

use crate::catalog::documents::Format;
use crate::catalog::tools::{Account, Tool};
use crate::doc::{self, Doc, DocId, Docs, State};
use crate::sys::secret::Secret;
use crate::sys::{Look, Millis, Probe, Probed};
use crate::world::actual::LoginState;
use crate::world::observe::open;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Longest wait: the user may be asked for permission. In milliseconds.
pub(crate) const TIMEOUT: Millis = 5_000;

/// Exit code of `security` for "no such item".
const NOT_FOUND: i32 = 44;

/// The question for an item's secret.
pub(crate) fn question(program: String, service: &str, account: Option<&str>) -> Probe {
    let mut args = vec!["find-generic-password".to_owned(), "-s".to_owned(), service.to_owned()];
    if let Some(account) = account {
        args.extend(["-a".to_owned(), account.to_owned()]);
    }
    args.push("-w".to_owned());
    Probe { program, args, limit: TIMEOUT, max_output: crate::catalog::documents::MAX_BYTES }
}

/// Looks for the item of a program, whose files are in `dir`. `None` if there is no Keychain or no such
/// item: look at the file then.
pub(crate) fn read(
    look: &dyn Look,
    docs: &mut Docs,
    tool: Tool,
    dir: &Path,
    login: impl Fn(&Doc) -> LoginState,
) -> Option<(DocId, LoginState)> {
    let (item, kind) = (tool.row().keychain?, tool.row().doc);
    let program = look.host().keychain.clone()?;
    let account = match item.account {
        Account::Any => None,
        Account::OfDirectory(before) => {
            let digest = Sha256::digest(look.resolve(dir).as_os_str().as_encoded_bytes());
            let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            Some(format!("{before}{hex}"))
        }
    };
    let failed = |docs: &mut Docs, why: &str| {
        Some((open::virtual_doc(docs, kind), LoginState::Unreadable(why.to_owned())))
    };
    match look.probe(&question(program, item.service, account.as_deref())) {
        Probed::Done(Some(0), output) => {
            let id = docs.next_id();
            let text = text_of(output.expose());
            let root = doc::parse(Format::Json, id, &text).ok();
            let state = if root.is_some() { State::Parsed } else { State::Unparsable(Vec::new()) };
            open::virtual_doc(docs, kind);
            docs.set_parsed(id, Secret::new(text), root, state);
            let found = open::found(docs, id, login);
            Some((id, found))
        }
        Probed::Done(Some(NOT_FOUND), _) | Probed::NotStarted(_) => None,
        Probed::Done(..) => failed(docs, "is locked, or access was denied"),
        Probed::TimedOut => failed(docs, "did not answer within 5 s; is it waiting for permission?"),
        Probed::TooMuch => failed(docs, "has an item that is too large"),
    }
}

/// The text of an item, as `security` has shown it.
pub(crate) fn text_of(shown: &[u8]) -> String {
    let text = String::from_utf8_lossy(shown).trim().to_owned();
    let is_json = doc::parse(Format::Json, DocId(0), &text).is_ok();
    if is_json { text } else { unhexed(&text).unwrap_or(text) }
}

/// The text of an item that `security` shows in hex, as it does what is no plain text.
fn unhexed(text: &str) -> Option<String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    Some(String::from_utf8(bytes?).ok()?.trim_end_matches(['\0', '\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use crate::world::observe::keychain::unhexed;

    #[test]
    fn only_hex_is_read_as_hex() {
        for (text, read) in [
            ("7b7d", Some("{}")),
            ("0x7B7D0a", Some("{}")),
            ("c3a9", Some("é")),
            ("", None),
            ("0x", None),
            ("7b7", None),
            ("ff", None),
            ("not hex", None),
        ] {
            assert_eq!(unhexed(text).as_deref(), read, "{text}");
        }
    }
}
