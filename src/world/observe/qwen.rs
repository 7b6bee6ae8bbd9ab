//! Qwen CLI's login: `~/.qwen/oauth_creds.json`.

use crate::catalog::documents::DocKind;
use crate::catalog::kind::Kind;
use crate::catalog::paths::Paths;
use crate::catalog::tools::Tool;
use crate::doc::{Doc, Docs, Node};
use crate::sys::Look;
use crate::world::actual::{Borrowed, Credential, Expiry, LoginState, Origin};
use crate::world::observe::open;

/// Looks for the login.
pub fn read(look: &dyn Look, docs: &mut Docs, paths: &Paths) -> Borrowed {
    let doc = open::open(look, docs, DocKind::Qwen, &paths.home.join(".qwen").join("oauth_creds.json"));
    Borrowed { tool: Tool::Qwen, doc, found: crate::world::observe::open::found(docs, doc, login) }
}

/// Reads the login from a parsed document.
pub fn login(doc: &Doc) -> LoginState {
    let Some(root) = doc.root.as_ref().filter(|root| !root.members().is_empty()) else {
        return LoginState::LoggedOut;
    };
    let token = |name: &str| root.get(name).and_then(Node::as_secret).filter(|secret| !secret.is_blank());
    let expires = root.get("expiry_date");
    let expiry = expires.and_then(Node::as_f64).map_or(Expiry::Unknown, Expiry::of_number);
    let (Some(access), Some(refresh), Expiry::At { .. }) =
        (token("access_token"), token("refresh_token"), expiry)
    else {
        return LoginState::Blank(Some(root.loc));
    };
    LoginState::Login(Box::new(Credential {
        provider: "qwen-portal".to_owned(),
        kind: Kind::OAuth,
        secret: access.clone(),
        refresh: Some(refresh.clone()),
        expires: expiry,
        expires_loc: expires.map(|node| node.loc),
        email: None,
        account: None,
        origin: Origin {
            doc: doc.id,
            key: "access_token".to_owned(),
            loc: root.get("access_token").map(|node| node.loc),
        },
    }))
}
