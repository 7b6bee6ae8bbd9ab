//! A document as text: nothing in its texts and keys stands raw that nobody sees, or looks like a credential.

use crate::doc::redact;
use crate::sys::visible;
use serde::Serialize;
use serde_json::json;
use std::borrow::Cow;

/// The document as text: two spaces a level, and a final newline. In none of its keys and texts stands what
/// looks like a credential.
pub fn text(document: &impl Serialize) -> String {
    without_secrets(&with_secret(document), &[])
}

/// The same, but for the texts of some keys, which are handed on as they are: what a person wrote to somebody
/// else.
pub(crate) fn text_handing_on(document: &impl Serialize, keys: &[&str]) -> String {
    without_secrets(&with_secret(document), keys)
}

/// The same for a document that is asked for because of the credential in it.
pub(crate) fn with_secret(document: &impl Serialize) -> String {
    // Our documents are maps with text keys, which cannot fail to be written.
    visible::json(&serde_json::to_string_pretty(document).unwrap_or_default()) + "\n"
}

/// Whether a text is a document of ours: no line of any other begins so and is over.
pub(crate) fn is_document(text: &str) -> bool {
    ["{\n", "[\n", "{}\n", "[]\n"].iter().any(|begin| text.starts_with(begin))
}

/// Keys of digests of ours, which look like credentials.
const DIGESTS: [&str; 3] = ["sha256", "finding/v1", "primaryLocationLineHash"];

fn without_secrets(json: &str, handed_on: &[&str]) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut rest, mut key) = (json, Cow::from(""));
    while let Some(at) = rest.find('"') {
        out.push_str(&rest[..at]);
        let length = literal(&rest[at..]);
        let written = &rest[at..at + length];
        rest = &rest[at + length..];
        let is_key = rest.starts_with(':');
        let is_kept = !is_key && (DIGESTS.contains(&&*key) || handed_on.contains(&&*key));
        let inside = written.trim_matches('"');
        let text = match inside.contains('\\') {
            true => serde_json::from_str(written).unwrap_or_default(),
            false => Cow::from(inside),
        };
        if is_kept || redact::tokens(&text).is_empty() {
            out.push_str(written);
        } else {
            out.push_str(&visible::json(&json!(redact::redact(text.to_string())).to_string()));
        }
        if is_key {
            key = text;
        }
    }
    out + rest
}

/// How long the literal in front is.
fn literal(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use crate::report::json::write::*;

    #[test]
    fn keys_and_texts_hold_nothing_that_looks_like_a_credential_but_digests() {
        let hex = "0123456789abcdef0123456789abcdef01234567";
        let document = json!({
            hex: [format!("a {hex} \"b\"\n\u{202e}"), "plain"],
            "sha256": hex,
            "path": format!("/nix/store/{hex}-x"),
        });
        let read: serde_json::Value = serde_json::from_str(&text(&document)).unwrap();
        assert_eq!(
            read,
            json!({
                "‹hidden›": ["a ‹hidden› \"b\"\n\u{202e}", "plain"],
                "sha256": hex,
                "path": format!("/nix/store/{hex}-x"),
            })
        );
        assert!(!text(&document).contains('\u{202e}'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&with_secret(&document)).unwrap(), document);
        assert!(is_document(&text(&document)) && !is_document("{ x }\n") && !is_document("1\n"));
    }
}
