//! The word that every secret of the fixtures holds, and the forms in which a text may show it.

use base64::Engine;
use std::sync::LazyLock;

pub(crate) const WORD: &str = "CANARY";

/// The encodings in which `text` holds a canary.
pub(crate) fn leaks(text: &[u8]) -> Vec<&'static str> {
    static FORMS: LazyLock<Vec<(&str, String)>> = LazyLock::new(forms);
    // Searching a `str` is quick even where the tests themselves are not optimised.
    let text = String::from_utf8_lossy(text);
    let held = FORMS.iter().filter(|(_, form)| text.contains(form));
    let mut found: Vec<_> = held.map(|(name, _)| *name).collect();
    found.dedup();
    found
}

/// What the word looks like, plain and encoded.
fn forms() -> Vec<(&'static str, String)> {
    let spelled = |each: fn(u8) -> String| WORD.bytes().map(each).collect::<String>();
    let mut forms = vec![
        ("raw", WORD.into()),
        ("URL-escaped", spelled(|byte| format!("%{byte:02X}"))),
        ("URL-escaped", spelled(|byte| format!("%{byte:02x}"))),
        ("JSON-escaped", spelled(|byte| format!("\\u{byte:04X}"))),
        ("JSON-escaped", spelled(|byte| format!("\\u{byte:04x}"))),
        ("as hex", spelled(|byte| format!("{byte:02X}"))),
        ("as hex", spelled(|byte| format!("{byte:02x}"))),
        ("as bytes", spelled(|byte| format!("{byte}, ")).trim_end().to_owned()),
    ];
    // The same six bytes at the three offsets that base64 knows, without the unsteady ends.
    for (front, steady) in [("", 0..8), ("x", 2..10), ("xx", 3..10)] {
        let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(format!("{front}{WORD}"));
        let whole = WORD.len() * 8 / 6;
        let end = steady.end.min(steady.start + whole - usize::from(!front.is_empty()));
        forms.push(("in base64", encoded[steady.start..end].to_owned()));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_secret_is_noticed() {
        let secret = "sk-ant-api03-CANARY-0000";
        let mut shown: Vec<String> = vec![
            format!("key: {secret}"),
            "%43%41%4E%41%52%59".to_owned(),
            r"\u0043\u0041\u004e\u0041\u0052\u0059".to_owned(),
            format!("{:?}", secret.as_bytes()),
            secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ];
        for front in ["", "-", "--", "---"] {
            let text = format!("{front}{secret}");
            shown.push(base64::engine::general_purpose::STANDARD.encode(&text));
            shown.push(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&text));
        }
        for text in &shown {
            assert!(!leaks(text.as_bytes()).is_empty(), "{text}");
        }
        assert!(leaks(b"sk-ant-oat01-\xe2\x80\xa6 \xe2\x80\xb9secret 1\xe2\x80\xba").is_empty());
    }
}
