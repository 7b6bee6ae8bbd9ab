//! The reader of SQLite databases, held against SQLite itself (through Python): files, logs that are not copied back,
//! and what is damaged.

use proptest::prelude::*;
use std::path::Path;
use std::process::Command;
use zirkabot::doc::sqlite::{Database, Value};

/// A directory with databases; none where Python has no SQLite.
fn made() -> Option<tempfile::TempDir> {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/laws/sqlite.py");
    let has = Command::new("python3").args(["-c", "import sqlite3"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        println!("python3 with sqlite3 is not installed: skipped");
        return None;
    }
    let output = Command::new("python3").arg(script).arg(dir.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(dir)
}

/// The bytes of a database, and of its log.
fn files(dir: &Path, name: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    let file = std::fs::read(dir.join(format!("{name}.db"))).unwrap();
    (file, std::fs::read(dir.join(format!("{name}.wal"))).ok())
}

fn rows(file: &[u8], log: Option<&[u8]>) -> serde_json::Value {
    let mut rows = Vec::new();
    assert!(Database::new(file, log).unwrap().each("STORE", &mut |row| rows.push(row)).unwrap());
    let shown = |value: &Value| match value {
        Value::Text(text) => serde_json::Value::from(text.as_str()),
        Value::Integer(number) => (*number).into(),
        other => panic!("{other:?}"),
    };
    rows.iter().map(|row| row.iter().map(shown).collect::<Vec<_>>()).collect()
}

#[test]
fn rows_are_those_that_sqlite_reads() {
    let Some(dir) = made() else { return };
    let mut compared = 0;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".json") else { continue };
        let (file, log) = files(dir.path(), name);
        let expected: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert!(rows(&file, log.as_deref()) == expected, "{name}");
        let none = Database::new(&file, log.as_deref()).unwrap().each("none", &mut |_| ());
        assert_eq!(none, Ok(false), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 14);
}

#[test]
fn what_is_damaged_is_refused_or_read_but_never_ends_the_program() {
    let Some(dir) = made() else { return };
    for name in ["plain-512-UTF-8", "log-more"] {
        let (file, log) = files(dir.path(), name);
        let log = log.unwrap_or_default();
        let damage =
            proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 0..20);
        let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(damage in damage, cut in 0.5_f64..1.5)| {
            let (mut file, mut log) = (file.clone(), log.clone());
            for (at, byte, in_log) in &damage {
                let bytes = if *in_log && !log.is_empty() { &mut log } else { &mut file };
                // Half of it in the header and the first pages, where most decides something.
                let most = if byte % 2 == 0 { bytes.len().min(2_000) } else { bytes.len() };
                bytes[at.index(most)] = *byte;
            }
            file.truncate((file.len() as f64 * cut) as usize);
            let database = Database::new(&file, Some(&log));
            let _ = database.and_then(|database| database.each("store", &mut |_| ()));
        });
    }
}

#[test]
fn what_is_no_database_is_told() {
    for bytes in [&b"not a database"[..], &[0; 4096], b"SQLite format 3\0"] {
        assert!(Database::new(bytes, None).is_err());
    }
    assert_eq!(Database::new(&[], None).unwrap().each("store", &mut |_| ()), Ok(false));
}
