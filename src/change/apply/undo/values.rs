//! Taking back values instead of files: of a text that others have changed since, what an apply changed in
//! it becomes what it was before, and all else stays as it is now. Pure.
//!
//! A value that somebody changed since is left alone, unless that is asked for. A login that was renewed
//! since is never brought back: its old tokens are of no use to anybody.

use crate::catalog::documents::{Format, NEW_STORE};
use crate::catalog::paths::{SESSIONS_FILE, STORE_FILE};
use crate::doc::edit::ops::{Draft, To};
use crate::doc::{self, DocId, KeyPath, Node, Seg, Value, edit};
use std::path::Path;

/// What becomes of a text.
#[derive(Debug)]
pub(super) struct Merged {
    /// It, with what could be taken back.
    pub(super) text: String,
    /// Places of values that stay, because they were changed since.
    pub(super) kept: Vec<KeyPath>,
    /// Whether nothing is left in it.
    pub(super) is_empty: bool,
}

/// The text with all that changed from `before` to `after` taken back; `None` if the file is none whose
/// values are known one by one.
pub(super) fn taken_back(
    path: &Path,
    (before, after): (Option<&str>, &str),
    now: &str,
    force: bool,
) -> Option<Merged> {
    let format = format_of(path)?;
    let bare = |text: &str| text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let (after, bare_now) = (bare(after), bare(now));
    let tree = |text: &str| doc::parse(format, DocId(0), text).ok();
    // A store that was made stays one, if others have put something into it.
    let empty = (format == Format::Json && path.ends_with(STORE_FILE)).then(|| tree(NEW_STORE)).flatten();
    let before = match before {
        Some(text) => Some(tree(&bare(text))?),
        None => empty.clone(),
    };
    let (after, is) = (tree(&after)?, tree(&bare_now)?);
    if !before.iter().chain([&after, &is]).all(is_table) {
        return None;
    }
    let mut merge = Merge { force, edits: Vec::new(), kept: Vec::new() };
    merge.value(&KeyPath::of(&[]), before.as_ref(), Some(&after), Some(&is));
    let new = edit::edit(format, &bare_now, &merge.edits).ok()?;
    let bom = if now.starts_with('\u{feff}') { "\u{feff}" } else { "" };
    let is_empty = tree(&new).is_some_and(|new| new.members().is_empty() || same(Some(&new), empty.as_ref()));
    Some(Merged { text: format!("{bom}{new}"), kept: merge.kept, is_empty })
}

fn format_of(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?;
    match path.extension().and_then(|extension| extension.to_str()) {
        _ if [STORE_FILE, SESSIONS_FILE].contains(&name) => Some(Format::Json),
        _ if name == ".env" => Some(Format::Dotenv),
        Some("toml") => Some(Format::Toml),
        Some("json" | "json5") => Some(Format::Json5),
        _ => None,
    }
}

struct Merge {
    force: bool,
    edits: Vec<(KeyPath, To)>,
    kept: Vec<KeyPath>,
}

impl Merge {
    fn value(&mut self, at: &KeyPath, was: Option<&Node>, made: Option<&Node>, is: Option<&Node>) {
        if same(was, made) || same(was, is) {
            return;
        }
        let is_root = at.0.is_empty();
        if same(made, is) && !is_root {
            return self.revert(at, was);
        }
        if let (Some(made), Some(is)) = (made.filter(|node| is_table(node)), is.filter(|node| is_table(node)))
            && was.is_none_or(is_table)
            && !is_credential(at, was, Some(made))
        {
            let mut keys: Vec<&str> = Vec::new();
            for member in was.into_iter().chain([made]).flat_map(Node::members) {
                if !keys.contains(&member.key.as_str()) {
                    keys.push(&member.key);
                }
            }
            for key in keys {
                let below = at.key(key);
                self.value(&below, was.and_then(|was| was.get(key)), made.get(key), is.get(key));
            }
            return;
        }
        let is_login = is.is_some_and(|is| is.get("refresh").is_some()) && is_profile(at);
        if self.force && !is_login && !is_root {
            return self.revert(at, was);
        }
        self.kept.push(at.clone());
    }

    fn revert(&mut self, at: &KeyPath, was: Option<&Node>) {
        self.edits.push((at.clone(), was.map_or(To::Remove, |was| To::Set(Draft::of(was)))));
    }
}

/// Whether the values are the same, wherever they stand.
fn same(one: Option<&Node>, other: Option<&Node>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => match (&one.value, &other.value) {
            (Value::Array(one), Value::Array(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| same(Some(one), Some(other)))
            }
            (Value::Object(some), Value::Object(others)) => {
                some.len() == others.len()
                    && some.iter().all(|member| same(Some(&member.node), other.get(&member.key)))
            }
            (Value::Null, Value::Null) => true,
            (Value::Bool(one), Value::Bool(other)) => one == other,
            (Value::Number(one), Value::Number(other)) => one == other,
            (Value::String(one), Value::String(other)) => one == other,
            _ => false,
        },
        (None, None) => true,
        _ => false,
    }
}

fn is_table(node: &Node) -> bool {
    matches!(node.value, Value::Object(_))
}

/// Whether it is a profile of a store.
fn is_profile(at: &KeyPath) -> bool {
    matches!(at.0.as_slice(), [Seg::Key(top), Seg::Key(_)] if top == "profiles")
}

/// Whether it is a profile of which the secret was changed: that is one thing, and no field of it is taken
/// back without the others.
fn is_credential(at: &KeyPath, was: Option<&Node>, made: Option<&Node>) -> bool {
    let field = |node: Option<&Node>, name: &str| node.and_then(|node| node.get(name)).cloned();
    let differs = |name: &&str| !same(field(was, name).as_ref(), field(made, name).as_ref());
    is_profile(at) && ["key", "token", "access", "refresh"].iter().any(differs)
}

#[cfg(test)]
mod tests {
    use crate::change::apply::undo::values::*;

    /// Before, after and now of a store, and what is taken back of it.
    fn undone(before: &str, after: &str, now: &str, force: bool) -> (serde_json::Value, Vec<String>) {
        let path = Path::new("/h/auth-profiles.json");
        let merged = taken_back(path, (Some(before), after), now, force).unwrap();
        let kept = merged.kept.iter().map(ToString::to_string).collect();
        (serde_json::from_str(&merged.text).unwrap(), kept)
    }

    const LOGIN: &str = r#"{"type": "oauth", "access": "a1", "refresh": "r1"}"#;
    const RENEWED: &str = r#"{"type": "oauth", "access": "a2", "refresh": "r2"}"#;
    const MAILED: &str = r#"{"type": "oauth", "access": "a1", "refresh": "r1", "email": "e"}"#;
    const BOTH: &str = r#"{"type": "oauth", "access": "a2", "refresh": "r2", "email": "e"}"#;
    const SET: &str = r#", "order": {"p": ["p:a"]}"#;
    const EMPTY: &str = r#", "order": {"p": []}"#;
    const OTHER: &str = r#", "order": {"p": ["p:b"], "q": ["q:a"]}"#;
    const RESET: &str = r#", "order": {"p": [], "q": ["q:a"]}"#;
    const USED: &str = r#", "order": {"p": ["p:a"]}, "usageStats": {"p:a": {"lastUsed": 7}}"#;
    const ONLY_USED: &str = r#", "usageStats": {"p:a": {"lastUsed": 7}}"#;

    /// A store: its profile `p:a` (none if blank), and what else is in it.
    type Store = (&'static str, &'static str);

    /// What it is about; before, after, now; whether by force; what comes of it, and what is kept.
    type Row = (&'static str, [Store; 3], bool, Store, &'static [&'static str]);

    const TABLE: &[Row] = &[
        ("a bot's note", [(LOGIN, ""), (LOGIN, SET), (RENEWED, USED)], false, (RENEWED, ONLY_USED), &[]),
        ("set again", [(LOGIN, EMPTY), (LOGIN, SET), (LOGIN, OTHER)], false, (LOGIN, OTHER), &["order.p"]),
        ("set again, by force", [(LOGIN, EMPTY), (LOGIN, SET), (LOGIN, OTHER)], true, (LOGIN, RESET), &[]),
        ("renewed", [("", ""), (LOGIN, ""), (RENEWED, "")], true, (RENEWED, ""), &["profiles.p:a"]),
        ("as it was", [("", ""), (LOGIN, ""), (LOGIN, ONLY_USED)], false, ("", ONLY_USED), &[]),
        ("a detail", [(LOGIN, ""), (MAILED, ""), (BOTH, "")], false, (RENEWED, ""), &[]),
    ];

    #[test]
    fn what_others_did_since_stays_and_what_was_renewed_is_not_brought_back() {
        let store = |(profile, rest): Store| {
            let profile = if profile.is_empty() { String::new() } else { format!("\"p:a\": {profile}") };
            format!(r#"{{"profiles": {{{profile}}}{rest}}}"#)
        };
        for (what, [before, after, now], force, want, kept) in TABLE {
            let (got, left) = undone(&store(*before), &store(*after), &store(*now), *force);
            assert_eq!(got, serde_json::from_str::<serde_json::Value>(&store(*want)).unwrap(), "{what}");
            let left: Vec<String> = left.iter().map(|path| path.replace(['"', '\''], "")).collect();
            assert_eq!(left, *kept, "{what}");
        }
    }

    #[test]
    fn a_store_that_was_made_stays_a_store() {
        let path = Path::new("/h/auth-profiles.json");
        let made = r#"{"version": 1, "profiles": {"p:a": {"key": "k"}}}"#;
        let now = r#"{"version": 1, "profiles": {"p:a": {"key": "k"}, "q:a": {"key": "l"}}}"#;
        let merged = taken_back(path, (None, made), now, false).unwrap();
        let text: serde_json::Value = serde_json::from_str(&merged.text).unwrap();
        assert_eq!(text, serde_json::json!({"version": 1, "profiles": {"q:a": {"key": "l"}}}));
        assert!(merged.kept.is_empty() && !merged.is_empty);
        assert!(taken_back(path, (None, made), made, true).unwrap().is_empty);
    }

    #[test]
    fn comments_and_the_order_of_what_stays_are_kept() {
        let path = Path::new("/h/zirkabot.toml");
        let before = "# mine\n[auth]\nwarnWithin = \"1d\"\n";
        let after = "# mine\n[auth]\nwarnWithin = \"3d\"\n";
        let now = "# mine, still\n[auth]\nwarnWithin = \"3d\" # long\nx = 1\n";
        let merged = taken_back(path, (Some(before), after), now, false).unwrap();
        assert_eq!(merged.text, "# mine, still\n[auth]\nwarnWithin = \"1d\" # long\nx = 1\n");
        assert!(merged.kept.is_empty());
        assert!(taken_back(Path::new("/h/x.service"), (Some(before), after), now, false).is_none());
    }
}
