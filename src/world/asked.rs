//! What providers said when they were asked whether a credential works: `$STATE/probes.json`. It names a secret by
//! its fingerprint only, so that what was said of another one is not taken for it. What it means is judged in
//! `policy::probe`, and it is written by `pipeline::probe`.

use crate::sys::digest::fingerprint;
use crate::sys::secret::Secret;
use crate::sys::time::DAY;
use crate::sys::{Look, Millis, Reading};
use crate::world::World;
use crate::world::actual::Credential;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the file is called, without `.json`.
pub(crate) const NAME: &str = "probes";

/// The version that is written, and the only one that is understood.
const VERSION: u32 = 1;

/// How long what was said is kept, in milliseconds.
const KEPT: Millis = 90 * DAY;

/// Most bytes of the file that are read.
const MAX_BYTES: usize = 4 << 20;

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// The provider accepts it.
    Works,
    /// It does not.
    Refused,
    /// It is good for something else only.
    Scope,
    /// It is not paid for.
    Billing,
    /// Its limit is used up.
    Limited,
    /// The provider was not reached, or could not answer.
    Unreachable,
    /// What answers at the address is not the provider.
    Address,
    /// None of these.
    Unknown,
}

/// What a provider said of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Normalised provider.
    pub provider: String,
    /// Fingerprint of the secret.
    pub of: String,
    /// When, in milliseconds since the epoch.
    pub at: Millis,
    /// What came of it.
    pub came: Came,
    /// Until when that holds, if the provider said so.
    #[serde(default)]
    pub until: Option<Millis>,
    /// When it was accepted last.
    #[serde(default)]
    pub verified: Option<Millis>,
}

#[derive(Default, Serialize, Deserialize)]
struct Record {
    version: u32,
    asked: Vec<Asked>,
}

/// What stands for the secret of a credential: blanks around it are not part of it.
pub(crate) fn mark(credential: &Credential) -> String {
    fingerprint(&Secret::from(credential.secret.expose().trim()))
}

/// Reads the file. One that nobody can make anything of says nothing: it is only what was heard once.
pub(crate) fn read(look: &dyn Look, state: &Path) -> Vec<Asked> {
    match look.read_own(&state.join(format!("{NAME}.json")), MAX_BYTES) {
        Reading::File(bytes, _) => parse(bytes.expose()),
        Reading::Absent | Reading::Fault(..) | Reading::TooLarge(_) => Vec::new(),
    }
}

/// The same of its bytes.
pub(crate) fn parse(bytes: &[u8]) -> Vec<Asked> {
    let record: Record = serde_json::from_slice(bytes).unwrap_or_default();
    if record.version == VERSION { record.asked } else { Vec::new() }
}

/// What is known, with what was said now; what is too old is left out.
pub(crate) fn merged(known: Vec<Asked>, new: &[Asked], now: Millis) -> Vec<Asked> {
    let is_same = |a: &Asked, b: &Asked| a.provider == b.provider && a.of == b.of;
    let mut all = known;
    for asked in new {
        let before = all.iter().find(|own| is_same(own, asked)).and_then(|own| own.verified);
        all.retain(|own| !is_same(own, asked));
        all.push(Asked { verified: asked.verified.or(before), ..asked.clone() });
    }
    all.retain(|asked| now - asked.at <= KEPT);
    all
}

/// The text of the file.
pub(crate) fn text(asked: Vec<Asked>) -> String {
    // Only maps with keys that are no texts could fail, and there are none.
    serde_json::to_string_pretty(&Record { version: VERSION, asked }).unwrap_or_default() + "\n"
}

impl World {
    /// What its provider said last of this very secret.
    pub fn asked(&self, credential: &Credential) -> Option<&Asked> {
        // A hash for each credential only where something was asked.
        let mut of = self.asked.iter().filter(|asked| asked.provider == credential.provider).peekable();
        of.peek()?;
        let mark = mark(credential);
        of.find(|asked| asked.of == mark && asked.at <= self.now)
    }
}

#[cfg(test)]
mod tests {
    use crate::world::asked::*;

    fn asked(of: &str, at: Millis, came: Came) -> Asked {
        let verified = (came == Came::Works).then_some(at);
        Asked { provider: "p".to_owned(), of: of.to_owned(), at, came, until: None, verified }
    }

    #[test]
    fn what_is_said_later_replaces_what_was_said_of_the_same_secret() {
        let known = vec![asked("a", 1, Came::Works), asked("b", 1, Came::Refused)];
        let all = merged(known, &[asked("a", 5, Came::Unreachable)], 5);
        let read = parse(text(all.clone()).as_bytes());
        assert_eq!(read, all);
        let of = |mark: &str| all.iter().find(|own| own.of == mark).unwrap();
        assert_eq!((of("a").came, of("a").at, of("a").verified), (Came::Unreachable, 5, Some(1)));
        assert_eq!(of("b").came, Came::Refused);
        assert_eq!(merged(all, &[], 6 + KEPT), []);
    }

    #[test]
    fn what_nobody_can_read_says_nothing() {
        for text in ["", "{}", "[]", "{\"version\": 2, \"asked\": []}", "{\"version\": 1, \"asked\": [{}]}"] {
            assert_eq!(parse(text.as_bytes()), [], "{text}");
        }
    }
}
