//! Claude Code's login: `.credentials.json` in its directory, or the Keychain on macOS.

use crate::catalog::documents::DocKind;
use crate::catalog::kind::Kind;
use crate::catalog::paths::{self, Paths};
use crate::catalog::tools::Tool;
use crate::doc::{Doc, Docs, Node, Value};
use crate::sys::Look;
use crate::world::actual::{Borrowed, Credential, Expiry, LoginState, Origin};
use crate::world::env::Env;
use crate::world::observe::keychain;
use crate::world::observe::open;
use crate::world::observe::open::found;

/// The Keychain item that Claude Code keeps its login in.
pub const SERVICE: &str = "Claude Code-credentials";

/// Looks for the login: the Keychain first where there is one, then the file.
pub fn read(look: &dyn Look, docs: &mut Docs, paths: &Paths, env: &Env) -> Borrowed {
    if let Some((doc, found)) = keychain::read(look, docs, DocKind::ClaudeCode, SERVICE, None, login) {
        return Borrowed { tool: Tool::ClaudeCode, doc, found };
    }
    let dir = env.setting("CLAUDE_CONFIG_DIR").filter(|text| !text.trim().is_empty());
    let dir = dir.map_or_else(
        || paths.home.join(".claude"),
        |text| paths::expand(&text, &paths.home, &look.host().cwd),
    );
    let doc = open::open(look, docs, DocKind::ClaudeCode, &dir.join(".credentials.json"));
    Borrowed { tool: Tool::ClaudeCode, doc, found: found(docs, doc, login) }
}

/// Reads the login from a parsed document.
pub fn login(doc: &Doc) -> LoginState {
    let Some(section) = doc.root.as_ref().and_then(|root| root.get("claudeAiOauth")) else {
        return LoginState::LoggedOut;
    };
    if matches!(section.value, Value::Null) {
        return LoginState::LoggedOut;
    }
    let access = section.get("accessToken");
    let expires = section.get("expiresAt");
    let secret = access.and_then(Node::as_secret).filter(|secret| !secret.is_blank());
    let expiry = expires.and_then(Node::as_f64).map_or(Expiry::Unknown, Expiry::of_number);
    let (Some(secret), Expiry::At { .. }) = (secret, expiry) else {
        let at = if secret.is_none() { access } else { expires };
        return LoginState::Blank(at.map(|node| node.loc).or(Some(section.loc)));
    };
    let refresh = section.get("refreshToken").and_then(Node::as_secret).filter(|secret| !secret.is_blank());
    LoginState::Login(Box::new(Credential {
        provider: "anthropic".to_owned(),
        kind: if refresh.is_some() { Kind::OAuth } else { Kind::Token },
        secret: secret.clone(),
        refresh: refresh.cloned(),
        expires: expiry,
        expires_loc: expires.map(|node| node.loc),
        email: None,
        account: None,
        origin: Origin {
            doc: doc.id,
            key: "claudeAiOauth.accessToken".to_owned(),
            loc: access.map(|node| node.loc),
        },
    }))
}
