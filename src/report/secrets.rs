//! Question and answer of the protocol by which another gateway asks for secrets: version 1 of openclaw's exec secret
//! providers. An answer shows secrets, because they were asked for.

use crate::report::json;
use crate::sys::secret::Secret;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The version that is spoken.
const VERSION: u64 = 1;

/// What becomes of an id.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The secret.
    Value(Secret),
    /// There is none that can be used.
    NotFound,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AnswerDocument<'a> {
    protocol_version: u64,
    values: BTreeMap<&'a str, &'a str>,
    errors: BTreeMap<&'a str, Fault>,
}

#[derive(Serialize)]
struct Fault {
    code: &'static str,
}

/// The ids that are asked for, each once.
///
/// # Errors
/// If it is no question of this version, in words.
pub(crate) fn question(bytes: &[u8]) -> Result<Vec<String>, String> {
    let question: Value = serde_json::from_slice(bytes).map_err(|_| "it is not JSON".to_owned())?;
    match question.get("protocolVersion").and_then(Value::as_u64) {
        Some(VERSION) => {}
        Some(other) => return Err(format!("it speaks version {other} of the protocol, not {VERSION}")),
        None => return Err("it has no protocolVersion".to_owned()),
    }
    let ids = question.get("ids").and_then(Value::as_array).ok_or("it has no list of ids")?;
    let mut wanted: Vec<String> = Vec::new();
    for id in ids {
        let id = id.as_str().ok_or("an id is not a text")?;
        if !wanted.iter().any(|known| known == id) {
            wanted.push(id.to_owned());
        }
    }
    Ok(wanted)
}

/// The answer as one JSON document.
pub(crate) fn answer(answers: &[(String, Answer)]) -> String {
    let mut document =
        AnswerDocument { protocol_version: VERSION, values: BTreeMap::new(), errors: BTreeMap::new() };
    for (id, answer) in answers {
        match answer {
            Answer::Value(secret) => drop(document.values.insert(id, secret.expose())),
            Answer::NotFound => drop(document.errors.insert(id, Fault { code: "NOT_FOUND" })),
        }
    }
    json::with_secret(&document)
}
