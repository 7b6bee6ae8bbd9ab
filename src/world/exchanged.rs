//! Short-lived tokens that were got in exchange for a stored credential: `$STATE/exchanged.json`. Each names what it
//! was got for by a fingerprint, so that it goes with no other. How one is had is in `policy::exchange`.

use crate::catalog::providers;
use crate::sys::secret::Secret;
use crate::sys::{Look, Millis, Reading};
use crate::world::World;
use crate::world::actual::Credential;
use crate::world::asked::mark;
use serde_json::{Value, json};
use std::path::Path;

/// What the file is called, without `.json`.
pub(crate) const NAME: &str = "exchanged";

/// The version that is written, and the only one that is understood.
const VERSION: u32 = 1;

/// Most bytes of the file that are read.
const MAX_BYTES: usize = 1 << 20;

/// A token that was got for a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// Fingerprint of the credential's secret.
    pub of: String,
    /// The token that requests carry.
    pub token: Secret,
    /// When it expires, in milliseconds since the epoch.
    pub expires: Millis,
    /// Where models answer it, if its provider said so.
    pub address: Option<String>,
}

/// Reads the file. One that nobody can make anything of is as none: what it held is had again.
pub(crate) fn read(look: &dyn Look, state: &Path) -> Vec<Exchanged> {
    match look.read_own(&state.join(format!("{NAME}.json")), MAX_BYTES) {
        Reading::File(bytes, _) => parse(bytes.expose()),
        Reading::Absent | Reading::Fault(..) | Reading::TooLarge(_) => Vec::new(),
    }
}

/// The same of its bytes.
pub(crate) fn parse(bytes: &[u8]) -> Vec<Exchanged> {
    let record: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let text = |entry: &Value, name: &str| entry[name].as_str().map(str::to_owned);
    let one = |entry: &Value| {
        Some(Exchanged {
            of: text(entry, "of")?,
            token: Secret::new(text(entry, "token").filter(|token| !token.trim().is_empty())?),
            expires: entry["expiresAt"].as_i64()?,
            address: text(entry, "address"),
        })
    };
    let entries = record["tokens"].as_array().filter(|_| record["version"] == VERSION);
    entries.into_iter().flatten().filter_map(one).collect()
}

/// The text of the file: what is known and has not expired, with one token more.
pub(crate) fn text(known: Vec<Exchanged>, new: &Exchanged, now: Millis) -> String {
    let others = known.into_iter().filter(|own| own.of != new.of && own.expires > now);
    let one = |own: Exchanged| {
        let token = own.token.expose();
        json!({"of": own.of, "token": token, "expiresAt": own.expires, "address": own.address})
    };
    let tokens: Vec<Value> = others.chain([new.clone()]).map(one).collect();
    json!({"version": VERSION, "tokens": tokens}).to_string() + "\n"
}

impl World {
    /// The token that was got for this very credential, if its provider is one that exchanges.
    pub(crate) fn exchanged(&self, credential: &Credential) -> Option<&Exchanged> {
        providers::find(&credential.provider)?.exchange.as_ref()?;
        // A hash for each credential only where something was exchanged.
        self.exchanged.first()?;
        let mark = mark(credential);
        self.exchanged.iter().find(|own| own.of == mark)
    }
}

#[cfg(test)]
mod tests {
    use crate::world::exchanged::*;

    fn token(of: &str, expires: Millis) -> Exchanged {
        let address = Some("https://api.example".to_owned());
        Exchanged { of: of.to_owned(), token: Secret::from("tid=x"), expires, address }
    }

    #[test]
    fn what_is_written_is_read_and_what_has_expired_goes() {
        let known = vec![token("a", 5), token("b", 20), token("c", 30)];
        let read = parse(text(known, &token("c", 40), 10).as_bytes());
        assert_eq!(read, [token("b", 20), token("c", 40)]);
    }

    #[test]
    fn what_nobody_can_read_holds_nothing() {
        for text in
            ["", "{}", "[]", r#"{"version": 2, "tokens": []}"#, r#"{"version": 1, "tokens": [{}, 1]}"#]
        {
            assert_eq!(parse(text.as_bytes()), [], "{text}");
        }
    }
}
