//! The one reader of other programs' logins: in the Keychain where there is one, else in their file.
//! Where and how each keeps its own says its row ([`crate::catalog::tools`]).

use crate::catalog::kind::Kind;
use crate::catalog::paths::{self, Paths};
use crate::catalog::providers;
use crate::catalog::tools::{Fields, Instead, LoginEnd, OtherWay, Tool};
use crate::doc::{Doc, Docs, Loc, Node, Value};
use crate::sys::time::HOUR;
use crate::sys::{Look, Millis};
use crate::world::actual::{Borrowed, Credential, Expiry, LoginState, Origin, Terms};
use crate::world::env::Env;
use crate::world::observe::{keychain, open, programs};
use base64::Engine;
use std::path::{Path, PathBuf};

/// Looks for the login of a program; for the program itself too if that is asked for.
pub(crate) fn read(
    look: &dyn Look,
    docs: &mut Docs,
    (paths, env): (&Paths, &Env),
    tool: Tool,
    deep: bool,
) -> Borrowed {
    let row = tool.row();
    let dir = directory(look, paths, env, tool);
    let of = |doc: &Doc| login(tool, doc);
    let in_keychain = keychain::read(look, docs, tool, &dir, of);
    let (doc, found) = match in_keychain {
        Some((doc, found @ LoginState::Login(_))) => (doc, found),
        in_keychain => {
            let doc = open::open(look, docs, row.doc, &dir.join(row.place.file));
            let found = open::found(docs, doc, of);
            // What is of no use in the Keychain hides no login in the file.
            match in_keychain {
                Some(item) if !matches!(found, LoginState::Login(_)) => item,
                _ => (doc, found),
            }
        }
    };
    let found = match found {
        LoginState::Absent | LoginState::LoggedOut => keyring(look, docs, tool, &dir).unwrap_or(found),
        found => found,
    };
    let installed =
        if deep { programs::find(look, row.program()).map(|place| place.is_some()) } else { None };
    Borrowed { tool, doc, found, installed }
}

/// Whether a program that has no login in its file keeps it in the system's keyring.
fn keyring(look: &dyn Look, docs: &mut Docs, tool: Tool, dir: &Path) -> Option<LoginState> {
    let (kind, file, key) = tool.row().keyring?;
    let doc = open::open(look, docs, kind, &dir.join(file));
    let node = docs.get(doc).root.as_ref()?.get(key)?;
    let is_keyring = node.as_str().is_some_and(|word| matches!(word.trim(), "keyring" | "auto"));
    is_keyring.then(|| LoginState::Elsewhere(OtherWay::Keyring, node.loc))
}

/// The directory of a program: named by its variable, else under the home.
pub(super) fn directory(look: &dyn Look, paths: &Paths, env: &Env, tool: Tool) -> PathBuf {
    let place = tool.row().place;
    let named = place.var.and_then(|var| env.setting(var)).filter(|text| !text.trim().is_empty());
    named.map_or_else(
        || paths.home.join(place.dir),
        |text| paths::expand(&text, &paths.home, &look.host().cwd),
    )
}

/// Whether a document of this program holds a whole login.
pub(crate) fn is_login(tool: Tool, doc: &Doc) -> bool {
    matches!(login(tool, doc), LoginState::Login(_))
}

/// Reads the login from a parsed document.
pub fn login(tool: Tool, doc: &Doc) -> LoginState {
    let (row, fields) = (tool.row(), tool.row().fields);
    let above = fields.access.split_last().map_or(fields.access, |(_, above)| above);
    let Some(section) = at(doc, above).filter(|node| !is_nothing(node, fields)) else {
        return instead(tool, doc).unwrap_or(LoginState::LoggedOut);
    };
    let token = |path| at(doc, path).and_then(Node::as_secret).filter(|secret| !secret.is_blank());
    let (access, refresh) = (token(fields.access), token(fields.refresh));
    let Some((secret, expires, expires_loc)) = access
        .filter(|_| refresh.is_some() || !fields.whole)
        .and_then(|secret| end(doc, fields.end, secret.expose()).map(|(end, loc)| (secret, end, loc)))
    else {
        let lacking = match fields.end {
            LoginEnd::At(path) if access.is_some() => path,
            _ => fields.access,
        };
        let lacking = at(doc, lacking).filter(|_| !fields.whole);
        return LoginState::Blank(Some(lacking.unwrap_or(section).loc));
    };
    LoginState::Login(Box::new(Credential {
        provider: row.provider.to_owned(),
        kind: if refresh.is_some() { Kind::OAuth } else { Kind::Token },
        secret: secret.clone(),
        refresh: refresh.filter(|_| is_renewed_here(tool)).cloned(),
        expires,
        expires_loc,
        email: None,
        account: at(doc, fields.account).and_then(Node::as_str).map(str::to_owned),
        project: None,
        terms: Terms::of(said(doc, fields.refresh_until), said(doc, fields.scopes)),
        origin: Origin {
            doc: doc.id,
            key: fields.access.join("."),
            loc: at(doc, fields.access).map(|node| node.loc),
        },
    }))
}

/// Whether a login can be renewed without its program: only then is its refresh token taken over, because
/// with it the gateway would be said to renew what it cannot.
fn is_renewed_here(tool: Tool) -> bool {
    providers::find(tool.row().provider).is_some_and(|row| row.renewal.is_some())
}

/// The other way in of which a document speaks that holds no login.
fn instead(tool: Tool, doc: &Doc) -> Option<LoginState> {
    let root = doc.root.as_ref()?;
    let is_there = |node: &&Node| match &node.value {
        Value::Null => false,
        Value::String(text) => !text.is_blank(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    };
    let mode = root.get("auth_mode");
    let word = mode.and_then(Node::as_str).unwrap_or_default().replace(['_', '-', ' '], "").to_lowercase();
    let said = |way: &&Instead| root.get(way.key).filter(is_there).is_some();
    let ways = tool.row().instead;
    let way = ways.iter().find(|way| way.mode == word).or_else(|| ways.iter().find(said))?;
    let at = root.get(way.key).filter(is_there).or(mode)?;
    Some(LoginState::Elsewhere(way.way, at.loc))
}

/// What stands at a path that a program may not have.
fn said<'d>(doc: &'d Doc, path: &[&str]) -> Option<&'d Node> {
    at(doc, path).filter(|_| !path.is_empty())
}

/// What stands at a path.
fn at<'d>(doc: &'d Doc, path: &[&str]) -> Option<&'d Node> {
    path.iter().try_fold(doc.root.as_ref()?, |node, key| node.get(key))
}

/// Whether the place of a login holds nothing, as after a logout.
fn is_nothing(section: &Node, fields: Fields) -> bool {
    matches!(section.value, Value::Null) || fields.whole && section.members().is_empty()
}

/// When a login ends, and where that stands; `None` if it should be recorded and is not.
fn end(doc: &Doc, end: LoginEnd, access: &str) -> Option<(Expiry, Option<Loc>)> {
    match end {
        LoginEnd::At(path) => {
            let node = at(doc, path)?;
            let expiry = Expiry::of_node(node);
            expiry.at().map(|_| (expiry, Some(node.loc)))
        }
        // An hour after it was written, where the token does not say: so does the gateway.
        LoginEnd::Since(path) => {
            let renewed = || at(doc, path)?.as_str()?.parse::<jiff::Timestamp>().ok();
            let written = doc.stat.map(|stat| stat.mtime);
            let written = || written.or_else(|| renewed().map(jiff::Timestamp::as_millisecond));
            let at = jwt_end(access).or_else(|| Some(written()?.saturating_add(HOUR)));
            Some((at.map_or(Expiry::Unknown, Expiry::millis), None))
        }
    }
}

/// The `exp` claim of a JSON Web Token, in milliseconds. The signature is not looked at: this
/// is only what the token says of itself.
pub(crate) fn jwt_end(token: &str) -> Option<Millis> {
    let seconds = jwt_claims(token)?.get("exp")?.as_i64().filter(|seconds| *seconds > 0)?;
    seconds.checked_mul(1000)
}

/// What a JSON Web Token says of itself; its signature is not looked at.
pub(crate) fn jwt_claims(token: &str) -> Option<serde_json::Value> {
    let claims = token.split('.').nth(1)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use crate::world::observe::login::*;

    /// What is read, in words: kind, end in seconds and account; or what is there instead of a login,
    /// with the text that is blamed.
    fn read(tool: Tool, text: &str) -> String {
        let doc = open::of_bytes(tool.row().doc, text.as_bytes().to_vec());
        match login(tool, &doc) {
            LoginState::Login(login) => {
                let end = login.expires.at().map_or("?".to_owned(), |at| (at / 1000).to_string());
                let account = login.account.as_deref().unwrap_or_default();
                let words = [login.kind.as_str(), login.secret.expose(), &end, account];
                words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
            }
            LoginState::LoggedOut => "logged out".to_owned(),
            LoginState::Elsewhere(way, loc) => format!("{way:?} {}", &text[loc.range()]),
            LoginState::Blank(loc) => format!("blank {}", &text[loc.unwrap().range()]),
            found => format!("{found:?}"),
        }
    }

    /// Documents, and what is read in them.
    #[rustfmt::skip]
    const ROWS: &[(Tool, &str, &str)] = &[
        (Tool::ClaudeCode, r#"{"claudeAiOauth":{"accessToken":"a","refreshToken":"r","expiresAt":1795000000000}}"#, r#"oauth a 1795000000"#),
        (Tool::ClaudeCode, r#"{"claudeAiOauth":{"accessToken":"a","refreshToken":" ","expiresAt":1795000000000}}"#, r#"token a 1795000000"#),
        (Tool::ClaudeCode, r#"{"claudeAiOauth":{"accessToken":"a","expiresAt":1795000000}}"#, r#"token a 1795000000"#),
        (Tool::ClaudeCode, r#"{"claudeAiOauth":{"accessToken":" ","expiresAt":1795000000000}}"#, r#"blank " ""#),
        (Tool::ClaudeCode, r#"{"claudeAiOauth":{"accessToken":"a","expiresAt":0}}"#, r#"blank 0"#),
        (Tool::ClaudeCode, r#"{"claudeAiOauth":{"accessToken":"a"}}"#, r#"blank {"accessToken":"a"}"#),
        (Tool::ClaudeCode, r#"{"claudeAiOauth":{}}"#, r#"blank {}"#),
        (Tool::ClaudeCode, r#"{"claudeAiOauth":null}"#, r#"logged out"#),
        (Tool::ClaudeCode, r#"{}"#, r#"logged out"#),
        (Tool::ClaudeCode, r#"[]"#, r#"logged out"#),
        (Tool::Codex, r#"{"tokens":{"access_token":"a","refresh_token":"r","account_id":"acc"},"last_refresh":"2026-11-22T12:00:00Z"}"#, r#"oauth a 1795352400 acc"#),
        (Tool::Codex, r#"{"tokens":{"access_token":"x.eyJleHAiOjE3OTUwMDAwMDB9.y","refresh_token":"r"},"last_refresh":"2026-11-22T12:00:00Z"}"#, r#"oauth x.eyJleHAiOjE3OTUwMDAwMDB9.y 1795000000"#),
        (Tool::Codex, r#"{"tokens":{"access_token":"a","refresh_token":"r"}}"#, r#"oauth a ?"#),
        (Tool::Codex, r#"{"tokens":{"access_token":"a"},"last_refresh":"2026-11-22T12:00:00Z"}"#, r#"blank {"access_token":"a"}"#),
        (Tool::Codex, r#"{"tokens":{},"last_refresh":"2026-11-22T12:00:00Z"}"#, r#"logged out"#),
        (Tool::Codex, r#"{"OPENAI_API_KEY":"k"}"#, r#"ApiKey("openai") "k""#),
        (Tool::Codex, r#"{"auth_mode":"apikey","OPENAI_API_KEY":"k","tokens":null}"#, r#"ApiKey("openai") "k""#),
        (Tool::Codex, r#"{"OPENAI_API_KEY":null,"tokens":{"access_token":"a","refresh_token":"r"}}"#, r#"oauth a ?"#),
        (Tool::Codex, r#"{"auth_mode":"chatgpt","OPENAI_API_KEY":"k","tokens":{"access_token":"a","refresh_token":"r"}}"#, r#"oauth a ?"#),
        (Tool::Codex, r#"{"personal_access_token":"p","OPENAI_API_KEY":null}"#, r#"PersonalToken "p""#),
        (Tool::Codex, r#"{"auth_mode":"agentIdentity","agent_identity":"jwt"}"#, r#"AgentIdentity "jwt""#),
        (Tool::Codex, r#"{"agent_identity":{"agent_runtime_id":"x"}}"#, r#"AgentIdentity {"agent_runtime_id":"x"}"#),
        (Tool::Codex, r#"{"OPENAI_API_KEY":null}"#, r#"logged out"#),
        (Tool::Qwen, r#"{"access_token":"a","refresh_token":"r","expiry_date":1795000000000}"#, r#"oauth a 1795000000"#),
        (Tool::Qwen, r#"{"access_token":"","expiry_date":1}"#, r#"blank {"access_token":"","expiry_date":1}"#),
        (Tool::Qwen, r#"{"access_token":"a","refresh_token":"r"}"#, r#"blank {"access_token":"a","refresh_token":"r"}"#),
        (Tool::Gemini, r#"{"access_token":"a","refresh_token":"r","expiry_date":1795000000000,"id_token":"i"}"#, r#"oauth a 1795000000"#),
        (Tool::Gemini, r#"{"access_token":"a","refresh_token":"r"}"#, r#"blank {"access_token":"a","refresh_token":"r"}"#),
        (Tool::Qwen, r#"{}"#, r#"logged out"#),
        (Tool::Qwen, r#"null"#, r#"logged out"#),
    ];

    #[test]
    fn every_tool_is_read_as_its_row_says() {
        for (tool, text, expected) in ROWS {
            assert_eq!(read(*tool, text), *expected, "{tool:?} {text}");
        }
    }

    #[test]
    fn a_token_says_when_it_ends() {
        assert_eq!(jwt_end("x.eyJleHAiOjE3OTUwMDAwMDB9.y"), Some(1_795_000_000_000));
        for bad in ["", "abc", "a.b.c", "a.e30.c"] {
            assert_eq!(jwt_end(bad), None);
        }
    }
}
