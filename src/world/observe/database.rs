//! The stores of a program that keeps them in a database: read as they were at one moment, and made the text that an
//! `auth-profiles.json` with the same content has. Nothing is written, and no lock is taken.

use crate::catalog::documents::DocKind;
use crate::catalog::layouts::Database as Places;
use crate::catalog::paths::{MAIN_AGENT, Paths};
use crate::doc::sqlite::{Database, Value};
use crate::doc::{DocId, Docs, State};
use crate::sys::secret::Secret;
use crate::sys::{Fault, Look, Reading};
use crate::world::observe::open;
use serde_json::{Map, Value as Json};
use std::path::{Path, PathBuf};

/// Largest database, in bytes; the others of the program may be in the same file.
const LARGEST: usize = 64 * 1024 * 1024;

/// How often it is read again because somebody wrote meanwhile.
const TRIES: usize = 4;

/// The table and the key of what all agents share, of what an agent has, and of its state.
const SHARED: (&str, &str) = ("config_machine_state", "authProfiles.store");
const OWN: (&str, &str) = ("auth_profile_store", "primary");
const STATE: (&str, &str) = ("auth_profile_state", "primary");

/// The members of a store that an agent's state has.
const OF_STATE: [&str; 3] = ["order", "usageStats", "lastGood"];

/// Adds the store of an agent whose directory is `dir`: what all agents share, and what is its own.
pub(super) fn store(
    look: &dyn Look,
    docs: &mut Docs,
    places: (&Paths, &Places),
    agent: &str,
    dir: &Path,
) -> DocId {
    let (paths, names) = places;
    let own = dir.join(names.agent);
    let shared = paths.state.join(names.shared);
    let is_main = agent == MAIN_AGENT;
    let path = if is_main { shared.clone() } else { own.clone() };
    let stat = look.stat(&path);
    match read(look, &shared, &own) {
        Ok(Some(store)) => {
            let text = serde_json::to_vec_pretty(&store).unwrap_or_default();
            open::made(docs, DocKind::Store, (path, stat), text)
        }
        Ok(None) => open::in_state(docs, DocKind::Store, (path, stat), State::Absent),
        Err(fault) => open::in_state(docs, DocKind::Store, (path, stat), State::Unreadable(Fault::Os(fault))),
    }
}

/// The store as JSON; `None` if there is none.
fn read(look: &dyn Look, shared: &Path, own: &Path) -> Result<Option<Json>, String> {
    let mut store = Map::new();
    // What an agent has of its own comes first, and counts more.
    for (path, place) in [(own, OWN), (shared, SHARED)] {
        if let Some(Json::Object(found)) = value(look, path, place)? {
            add(&mut store, found);
        }
    }
    if let Some(Json::Object(state)) = value(look, own, STATE)? {
        store.extend(state.into_iter().filter(|(key, _)| OF_STATE.contains(&key.as_str())));
    }
    Ok((!store.is_empty()).then_some(Json::Object(store)))
}

/// Adds a store to another, its profiles to those that are there.
fn add(store: &mut Map<String, Json>, more: Map<String, Json>) {
    for (key, value) in more {
        match (store.get_mut(&key), value) {
            (Some(Json::Object(known)), Json::Object(value)) => {
                value.into_iter().for_each(|(id, profile)| {
                    known.entry(id).or_insert(profile);
                });
            }
            (Some(_), _) => {}
            (None, value) => {
                store.insert(key, value);
            }
        }
    }
}

/// The JSON that a table has under a key: its second column, where the first one is the key.
fn value(look: &dyn Look, path: &Path, (table, key): (&str, &str)) -> Result<Option<Json>, String> {
    let Some((file, log)) = snapshot(look, path)? else { return Ok(None) };
    let database = Database::new(file.expose(), log.as_ref().map(|log| log.expose().as_slice()));
    let mut found = None;
    let mut row = |row: Vec<Value>| {
        let mut row = row.into_iter();
        if found.is_none() && matches!(row.next(), Some(Value::Text(named)) if named == key) {
            found = row.next();
        }
    };
    database.and_then(|database| database.each(table, &mut row)).map_err(|fault| fault.to_string())?;
    match found {
        None => Ok(None),
        Some(Value::Text(text)) => match serde_json::from_str(&text) {
            Ok(json) => Ok(Some(json)),
            Err(_) => Err("its store is no JSON".to_owned()),
        },
        Some(_) => Err("its store is no text".to_owned()),
    }
}

/// A database and its log as they were at one moment; `None` if there is none.
fn snapshot(look: &dyn Look, path: &Path) -> Result<Option<(Bytes, Option<Bytes>)>, String> {
    if bytes(look, &beside(path, "-journal"))?.is_some_and(|journal| !journal.expose().is_empty()) {
        return Err("it is being written, or was when its program was killed".to_owned());
    }
    let log_path = beside(path, "-wal");
    for _ in 0..TRIES {
        let log = bytes(look, &log_path)?;
        let Some(file) = bytes(look, path)? else { return Ok(None) };
        // What is copied from the log into the file meanwhile is the same in both.
        let again = bytes(look, &log_path)?;
        if log.as_ref().map(Secret::expose) == again.as_ref().map(Secret::expose) {
            return Ok(Some((file, log)));
        }
    }
    Err("it is being written all the time".to_owned())
}

type Bytes = Secret<Vec<u8>>;

fn bytes(look: &dyn Look, path: &Path) -> Result<Option<Bytes>, String> {
    match look.read(path, LARGEST) {
        Reading::Absent => Ok(None),
        Reading::File(bytes, _) => Ok(Some(bytes)),
        Reading::TooLarge(_) => Err("it is larger than 64 MiB".to_owned()),
        Reading::Fault(fault, _) => Err(fault.to_string()),
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
