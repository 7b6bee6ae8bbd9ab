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
            let text = String::from_utf8_lossy(output.expose()).trim().to_owned();
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
        Probed::TooMuch => failed(docs, "holds an item that is too large"),
    }
}
