//! The page for people: one file that is always the same, and the rules by which a browser keeps it to itself.
//! What it shows it asks of `/status.json`, with the token that is typed into it.

use crate::gateway::passing::Reply;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Response;
use hyper::header::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

/// The page, with its style and its script.
const PAGE: &str = include_str!("page.html");

/// What a browser is told about it, beside what it may load.
const RULES: &[(&str, &str)] = &[
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// Answers with the page.
pub(super) fn page() -> Response<Reply> {
    let mut answer = Response::new(Reply::Whole(Some(PAGE.into())));
    let rules = RULES.iter().map(|(name, value)| (*name, HeaderValue::from_static(value)));
    let policy = HeaderValue::from_str(&policy()).ok().map(|value| ("content-security-policy", value));
    for (name, value) in rules.chain(policy) {
        answer.headers_mut().insert(HeaderName::from_static(name), value);
    }
    answer
}

/// Only its own style and script, by their digests, and only questions to this gateway.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        digest("style"),
        digest("script")
    )
}

/// The digest of what stands in the one element of this name.
fn digest(element: &str) -> String {
    let (_, rest) = PAGE.split_once(&format!("<{element}>")).unwrap_or_default();
    let (inside, _) = rest.split_once(&format!("</{element}>")).unwrap_or_default();
    format!("sha256-{}", STANDARD.encode(Sha256::digest(inside.as_bytes())))
}

#[cfg(test)]
mod tests {
    use crate::gateway::page::*;

    #[test]
    fn the_page_is_small_and_all_in_one() {
        assert!(PAGE.len() <= 30_000, "{}", PAGE.len());
        for element in ["style", "script"] {
            assert_eq!(PAGE.matches(&format!("<{element}")).count(), 1, "{element}");
            assert_ne!(digest(element), format!("sha256-{}", STANDARD.encode(Sha256::digest(b""))));
        }
        // Nothing is loaded, remembered or read from the address, and no data is taken for HTML.
        for word in [
            "http://",
            "https://",
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "Storage",
            "cookie",
            "location",
            " style=",
            "onclick",
            "eval(",
        ] {
            assert!(!PAGE.replace("http://www.w3.org/2000/svg", "").contains(word), "{word}");
        }
    }
}
