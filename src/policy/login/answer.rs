//! What a token endpoint gave for a login, judged before it is stored. Pure. Nothing of an answer is quoted but a
//! code of the kind `invalid_grant`.

use crate::catalog::kind::Kind;
use crate::policy::form::Slot;
use crate::policy::health;
use crate::policy::login::place::LoginPlace;
use crate::policy::refresh::answer::{Account, code, no_token, tokens};
use crate::sys::Millis;
use crate::sys::http::{Response, Unanswered};
use crate::world::World;
use crate::world::actual::{Credential, Expiry, Origin, Terms};
use serde_json::Value;

/// The credential in an answer at `now`.
///
/// # Errors
/// Why there is none, in a few words.
pub(crate) fn read(
    world: &World,
    place: &LoginPlace,
    answer: Result<Response, Unanswered>,
    now: Millis,
) -> Result<Credential, String> {
    let answer = answer.map_err(|why| why.to_string())?;
    let body: Option<Value> = serde_json::from_slice(answer.body.expose()).ok();
    let Some(body) = body else {
        return Err(format!("it answered {}, but not with JSON", answer.status));
    };
    if let (true, Some(code)) = (answer.status >= 300 || body.get("error").is_some(), code(&body)) {
        return Err(format!("it answered {}, {code}", answer.status));
    }
    let found = tokens(&place.renewal, &body, now).filter(|_| answer.status < 300);
    let Some(tokens) = found else {
        return Err(format!("it answered {} without a token", answer.status));
    };
    if let Some(why) = no_token(&tokens, Slot::new(&place.provider, place.kind)) {
        return Err(why);
    }
    let account = Account::of_answer(&tokens.access, Some(&body));
    // Some tokens do not end.
    let ends = place.kind == Kind::OAuth || body.get("expires_in").is_some();
    let scopes = body.get("scope").and_then(Value::as_str).map(|text| text.split([' ', ',']));
    let scopes: Option<Vec<String>> =
        scopes.map(|words| words.filter(|word| !word.is_empty()).map(str::to_owned).collect());
    let got = Credential {
        provider: place.provider.clone(),
        kind: place.kind,
        secret: tokens.access,
        refresh: tokens.refresh.filter(|_| place.kind == Kind::OAuth),
        expires: if ends { Expiry::millis(tokens.expires) } else { Expiry::Unknown },
        expires_loc: None,
        email: account.email.filter(|text| is_name(text)),
        account: account.id.filter(|text| is_name(text)),
        project: None,
        terms: Terms { refresh_until: tokens.refresh_until, scopes, is_assumed: false },
        origin: Origin { doc: world.config.doc, key: String::new(), loc: None },
    };
    match health::lacking_scope(&got) {
        Some(scope) => Err(format!("this login cannot be used for models: it lacks the scope {scope}")),
        None => Ok(got),
    }
}

/// Whether it may stand beside a credential, and be shown.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 200 && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// Whose a login is that was stored before, if it is somebody else's than what was got now; and whose that is.
pub(crate) fn other_account(old: &Credential, new: &Credential) -> Option<(String, String)> {
    let (before, after) = (Account::of_credential(old), Account::of_credential(new));
    let name = |account: Account| account.email.or(account.id).unwrap_or_default();
    before.differs(&after).then(|| (name(before), name(after)))
}
