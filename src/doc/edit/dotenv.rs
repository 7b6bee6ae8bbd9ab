//! Where to splice in `.env` files.

use crate::doc::dotenv::{self, DotenvEntry, Piece};
use crate::doc::edit::ops::Draft;
use crate::doc::edit::{EditFault, Splice, append_line, splice};
use crate::doc::{KeyPath, Seg};

/// Texts with `draft` as the variable `at`: in the quotes that are there, else in the fewest.
pub(super) fn set(text: &str, at: &KeyPath, draft: &Draft) -> Result<Vec<String>, EditFault> {
    let key = variable(at)?;
    let value = match draft {
        Draft::String(value) => value.expose().clone(),
        Draft::Null => String::new(),
        Draft::List(_) | Draft::Table(_) => return Ok(Vec::new()),
        draft => draft.plain().unwrap_or_default(),
    };
    let old = entries(text, key).pop();
    let quotes = old.as_ref().and_then(|entry| text[entry.value.clone()].chars().next());
    let raws = spellings(&value, quotes);
    if raws.is_empty() {
        return Err(EditFault::Unsupported("a .env file cannot express this value"));
    }
    let with = |raw: String| match &old {
        Some(entry) => splice(text, vec![Splice::new(entry.value.clone(), raw)]),
        None => append_line(text, &format!("{key}={raw}")),
    };
    Ok(raws.into_iter().map(with).collect())
}

/// The text without the lines of the variable `at`.
pub(super) fn remove(text: &str, at: &KeyPath) -> String {
    let Ok(key) = variable(at) else { return text.to_owned() };
    let line = |entry: DotenvEntry| {
        let end = dotenv::after_break(text, entry.whole.end);
        let start = text[..entry.whole.start].trim_end_matches([' ', '\t']).len();
        Splice::delete(start..end)
    };
    splice(text, entries(text, key).into_iter().map(line).collect())
}

/// The text with the variable `at` under another name.
pub(super) fn rename(text: &str, at: &KeyPath, name: &str) -> Result<Vec<String>, EditFault> {
    let old = variable(at)?;
    let name = variable(&KeyPath::of(&[name]))?.to_owned();
    let renamed = entries(text, old).into_iter().map(|entry| Splice::new(entry.key, name.clone()));
    Ok(vec![splice(text, renamed.collect())])
}

fn variable(at: &KeyPath) -> Result<&str, EditFault> {
    let ok = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    match at.0.as_slice() {
        [Seg::Key(key)] if !key.is_empty() && key.chars().all(ok) => Ok(key),
        _ => Err(EditFault::Unsupported("a .env file cannot have this name")),
    }
}

fn entries(text: &str, key: &str) -> Vec<DotenvEntry> {
    let pieces = dotenv::pieces(text).into_iter();
    let entry = |piece| match piece {
        Piece::Entry(entry) if text[entry.key.clone()] == *key => Some(entry),
        _ => None,
    };
    pieces.filter_map(entry).collect()
}

/// The ways to write `value` that are read as `value`: in quotes like `old`; then, so that shells
/// and other dialects agree where they can, bare only if nothing in it is special.
fn spellings(value: &str, old: Option<char>) -> Vec<String> {
    let escaped = value.replace('\n', "\\n").replace('\r', "\\r");
    let quoted = |quote: char| match quote {
        _ if value.contains(quote) => None,
        '"' => Some(format!("\"{escaped}\"")),
        quote => Some(format!("{quote}{value}{quote}")),
    };
    let kept = old.filter(|c| matches!(c, '"' | '\'' | '`')).and_then(quoted);
    let tame = value.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:@+,=%~^".contains(c));
    let bare = Some(value.to_owned());
    let order = if value.contains(['$', '\\', '`']) { ['\'', '"', '`'] } else { ['"', '\'', '`'] };
    let [first, second, third] = order.map(quoted);
    let all = if tame { [kept, bare, first, second, third] } else { [kept, first, second, third, bare] };
    all.into_iter().flatten().filter(|raw| reads_as(raw, value)).collect()
}

fn reads_as(raw: &str, value: &str) -> bool {
    let line = format!("K={raw}\n");
    match dotenv::pieces(&line).as_slice() {
        [Piece::Entry(entry)] => line[entry.value.clone()] == *raw && dotenv::decode(raw) == value,
        _ => false,
    }
}
