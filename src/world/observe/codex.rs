//! Codex CLI's login: `auth.json` in its home, or the Keychain on macOS.

use crate::catalog::documents::DocKind;
use crate::catalog::kind::Kind;
use crate::catalog::paths::{self, Paths};
use crate::catalog::tools::Tool;
use crate::doc::{Doc, Docs, Node};
use crate::sys::time::HOUR;
use crate::sys::{Look, Millis};
use crate::world::actual::{Borrowed, Credential, Expiry, LoginState, Origin};
use crate::world::env::Env;
use crate::world::observe::keychain;
use crate::world::observe::open;
use base64::Engine;
use sha2::{Digest, Sha256};

/// The Keychain item that Codex CLI keeps its login in.
pub const SERVICE: &str = "Codex Auth";

/// Looks for the login: the Keychain first where there is one, then the file.
pub fn read(look: &dyn Look, docs: &mut Docs, paths: &Paths, env: &Env) -> Borrowed {
    let home = env.setting("CODEX_HOME").filter(|text| !text.trim().is_empty());
    let home = home.map_or_else(
        || paths.home.join(".codex"),
        |text| paths::expand(&text, &paths.home, &look.host().cwd),
    );
    let account = || {
        let digest = Sha256::digest(look.resolve(&home).as_os_str().as_encoded_bytes());
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("cli|{hex}")
    };
    if let Some((doc, found)) =
        keychain::read(look, docs, DocKind::Codex, SERVICE, Some(&account), |doc| login(doc, None))
    {
        return Borrowed { tool: Tool::Codex, doc, found };
    }
    let doc = open::open(look, docs, DocKind::Codex, &home.join("auth.json"));
    let written = docs.get(doc).stat.map(|stat| stat.mtime);
    Borrowed {
        tool: Tool::Codex,
        doc,
        found: crate::world::observe::open::found(docs, doc, |doc| login(doc, written)),
    }
}

/// Reads the login. Its end is what the access token itself says; else an hour after it was
/// written, which is what the gateway assumes.
pub fn login(doc: &Doc, written: Option<Millis>) -> LoginState {
    let Some(tokens) =
        doc.root.as_ref().and_then(|root| root.get("tokens")).filter(|node| !node.members().is_empty())
    else {
        return LoginState::LoggedOut;
    };
    let token = |name: &str| tokens.get(name).and_then(Node::as_secret).filter(|secret| !secret.is_blank());
    let (Some(access), Some(refresh)) = (token("access_token"), token("refresh_token")) else {
        return LoginState::Blank(Some(tokens.loc));
    };
    let last_refresh = || {
        let text = doc.root.as_ref()?.get("last_refresh")?.as_str()?;
        text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
    };
    let end = jwt_end(access.expose()).or_else(|| Some(written.or_else(last_refresh)?.saturating_add(HOUR)));
    LoginState::Login(Box::new(Credential {
        provider: "openai-codex".to_owned(),
        kind: Kind::OAuth,
        secret: access.clone(),
        refresh: Some(refresh.clone()),
        expires: end.map_or(Expiry::Unknown, |at| Expiry::At { at, seconds: false }),
        expires_loc: None,
        email: None,
        account: tokens.get("account_id").and_then(Node::as_str).map(str::to_owned),
        origin: Origin {
            doc: doc.id,
            key: "tokens.access_token".to_owned(),
            loc: tokens.get("access_token").map(|node| node.loc),
        },
    }))
}

/// The `exp` claim of a JSON Web Token, in milliseconds. The signature is not looked at: this
/// is only what the token says of itself.
pub fn jwt_end(token: &str) -> Option<Millis> {
    let claims = token.split('.').nth(1)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    let seconds = claims.get("exp")?.as_i64().filter(|seconds| *seconds > 0)?;
    seconds.checked_mul(1000)
}

#[cfg(test)]
mod tests {
    use crate::world::observe::codex::*;

    #[test]
    fn a_token_says_when_it_ends() {
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"exp":1795000000}"#);
        assert_eq!(jwt_end(&format!("x.{claims}.y")), Some(1_795_000_000_000));
        for bad in ["", "abc", "a.b.c", "a.e30.c"] {
            assert_eq!(jwt_end(bad), None);
        }
    }
}
