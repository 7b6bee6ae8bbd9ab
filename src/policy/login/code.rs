//! The way over a browser (RFC 7636, RFC 8252): what nobody can guess, the address that is opened, and the code
//! that comes back, be it to a port of this machine or pasted. Pure.

use crate::change::proposal::Refusal;
use crate::policy::login::place::LoginPlace;
use crate::policy::refresh::request::{PLAIN, post};
use crate::sys::Millis;
use crate::sys::http::Request;
use crate::sys::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// Longest code that is taken, in bytes.
const LONGEST: usize = 4096;

/// What ties the beginning of a login to its end.
#[derive(Debug)]
pub(crate) struct Pkce {
    verifier: Secret,
    state: Secret,
}

impl Pkce {
    /// Of bytes that nobody can guess.
    pub(crate) fn of(random: &[[u8; 24]; 3]) -> Self {
        let text = |bytes: &[u8]| Secret::new(URL_SAFE_NO_PAD.encode(bytes));
        Self { verifier: text(random[..2].as_flattened()), state: text(&random[2]) }
    }

    /// What is sent first: the verifier itself only when the code is there.
    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose().as_bytes()))
    }
}

/// The address at which a person logs in.
pub(crate) fn address(place: &LoginPlace, (authorize, redirect): (&str, &str), pkce: &Pkce) -> String {
    let challenge = pkce.challenge();
    let own = [
        ("response_type", "code"),
        ("client_id", &place.client.0),
        ("redirect_uri", redirect),
        ("scope", &place.scopes),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("state", pkce.state.expose()),
    ];
    let all = place.more.iter().copied().chain(own).filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> =
        all.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, PLAIN))).collect();
    format!("{authorize}{}{}", if authorize.contains('?') { '&' } else { '?' }, pairs.join("&"))
}

/// What a request to the port of this machine is.
#[derive(Debug)]
pub(crate) enum Callback {
    /// Something else: another path.
    Elsewhere,
    /// Not what this login has begun: no state, or another one.
    Stray,
    /// The end.
    Ended(Result<Secret, Refusal>),
}

/// Reads the target of a request.
pub(crate) fn callback(target: &Secret, path: &str, pkce: &Pkce) -> Callback {
    let (own, query) = target.expose().split_once('?').unwrap_or((target.expose(), ""));
    if own != path {
        return Callback::Elsewhere;
    }
    let is_ours = value(query, "state").is_some_and(|state| state == *pkce.state.expose());
    if is_ours { Callback::Ended(of_query(query)) } else { Callback::Stray }
}

/// Reads what a person pasted: the code, `code#state`, or the whole address to which the browser was sent.
///
/// # Errors
/// If it is none, belongs to another login, or says that there is none.
pub(crate) fn pasted(text: &Secret, pkce: &Pkce) -> Result<Secret, Refusal> {
    let whole: String = text.expose().split_whitespace().collect();
    let is_query = whole.contains("://") || whole.starts_with('?') || whole.contains("code=");
    let (code, state) = if is_query {
        let query = whole.split_once('?').map_or(whole.as_str(), |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        (of_query(query)?, value(query, "state"))
    } else {
        let (code, state) = whole.split_once('#').map_or((whole.as_str(), None), |(a, b)| (a, Some(b)));
        (fit(code.to_owned())?, state.map(str::to_owned))
    };
    match state {
        Some(state) if state != *pkce.state.expose() => {
            let why = "this belongs to another login: its state does not match";
            Err(Refusal::state(why).help("log in at the address above, and paste the result"))
        }
        _ => Ok(code),
    }
}

/// The code in the query of an address.
fn of_query(query: &str) -> Result<Secret, Refusal> {
    match (value(query, "error"), value(query, "code")) {
        (Some(error), _) => {
            let tame = |c: char| c.is_ascii_lowercase() || c == '_';
            let said =
                if error.len() <= 40 && error.chars().all(tame) { error } else { "an error".to_owned() };
            Err(Refusal::state(format!("the provider answered {said} and gave no login")))
        }
        (None, code) => fit(code.unwrap_or_default()),
    }
}

fn value(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(own, _)| *own == name)?;
    let value = value.replace('+', " ");
    percent_decode_str(&value).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn fit(code: String) -> Result<Secret, Refusal> {
    if code.is_empty() || code.len() > LONGEST || !code.bytes().all(|byte| byte.is_ascii_graphic()) {
        let why = "this contains no code";
        return Err(Refusal::state(why).help("paste the code, or the full address that the browser shows"));
    }
    Ok(Secret::new(code))
}

/// The request that gives a code for tokens.
pub(crate) fn exchange(
    place: &LoginPlace,
    redirect: &str,
    code: &Secret,
    pkce: &Pkce,
    limit: Millis,
) -> Request {
    let mut fields = vec![
        ("grant_type", Secret::from("authorization_code")),
        ("client_id", Secret::from(place.client.0.as_str())),
        ("code", code.clone()),
        ("redirect_uri", Secret::from(redirect)),
        ("code_verifier", pkce.verifier.clone()),
    ];
    // Who takes JSON wants to see it once more.
    fields.extend(place.renewal.json.then(|| ("state", pkce.state.clone())));
    fields.extend(place.client.1.clone().map(|secret| ("client_secret", secret)));
    post(place.token.clone(), &fields, place.renewal.json, limit)
}

#[cfg(test)]
mod tests {
    use crate::policy::login::code::*;

    fn pkce() -> Pkce {
        Pkce::of(&[[1; 24], [2; 24], [3; 24]])
    }

    #[test]
    fn verifier_and_challenge_are_those_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = Secret::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let pkce = Pkce { verifier, state: Secret::from("s") };
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let own = Pkce::of(&[[1; 24], [2; 24], [3; 24]]);
        assert_eq!((own.verifier.expose().len(), own.state.expose().len()), (64, 32));
    }

    #[test]
    fn what_is_pasted_is_a_code_however_it_comes() {
        let state = pkce().state.expose().clone();
        for text in [
            "abc".to_owned(),
            " ab\nc ".to_owned(),
            format!("abc#{state}"),
            format!("http://localhost:1455/auth/callback?code=abc&state={state}"),
            format!("http://localhost:1455/auth/callback?state={state}&code=%61bc&scope=x#frag"),
            format!("?code=abc&state={state}"),
            format!("code=abc&state={state}"),
        ] {
            assert_eq!(pasted(&Secret::from(text.as_str()), &pkce()).unwrap().expose(), "abc", "{text}");
        }
        for (text, said) in [
            ("", "no code"),
            ("#", "no code"),
            ("http://localhost/x?code=", "no code"),
            ("http://localhost/x", "no code"),
            ("abc#other", "another login"),
            ("http://localhost/x?code=abc&state=other", "another login"),
            ("http://localhost/x?error=access_denied&state=other", "access_denied"),
            ("?error=CANARY%1b", "an error"),
        ] {
            let refusal = pasted(&Secret::from(text), &pkce()).unwrap_err();
            assert!(refusal.why.contains(said) && !refusal.why.contains("CANARY"), "{text}: {}", refusal.why);
        }
    }

    #[test]
    fn only_the_end_of_this_login_is_taken() {
        let state = pkce().state.expose().clone();
        let read = |target: String| match callback(&Secret::new(target), "/cb", &pkce()) {
            Callback::Elsewhere => "elsewhere".to_owned(),
            Callback::Stray => "stray".to_owned(),
            Callback::Ended(Ok(code)) => code.expose().clone(),
            Callback::Ended(Err(refusal)) => refusal.why,
        };
        assert_eq!(read(format!("/cb?code=abc&state={state}")), "abc");
        assert_eq!(read("/favicon.ico".to_owned()), "elsewhere");
        assert_eq!(read("/cb".to_owned()), "stray");
        assert_eq!(read("/cb?code=abc".to_owned()), "stray");
        assert_eq!(read("/cb?code=abc&state=x".to_owned()), "stray");
        assert!(read(format!("/cb?error=access_denied&state={state}")).contains("access_denied"));
    }
}
