//! What is left of a secret when what is none of it is taken away, and whether that is the whole of it.

use crate::policy::form::tests::{key, made, passes, says, setup, slot};
use crate::policy::form::*;

#[test]
fn signs_around_a_secret_are_told_by_their_looks() {
    let (key, anthropic) = (key(), slot("anthropic", Kind::ApiKey));
    for (front, back, what) in [
        ("[", "]", "has `[` before it and `]` after it"),
        ("(", ")", "has `(` before it and `)` after it"),
        ("{", "}", "has `{` before it and `}` after it"),
        ("**", "**", "has `**` before it and `**` after it"),
        ("[\"", "\"]", "quotation marks around"),
        ("`", "`", "quotation marks around"),
        ("```", "```", "quotation marks around"),
        ("\u{ab}", "\u{bb}", "U+00AB (a quotation mark) at character 1"),
        ("__", "__", "has `__` before it and `__` after it"),
        ("", "]", "has a `]` after it"),
        ("", "…", "U+2026 at character 109"),
        ("", "\\n", "written as \\n"),
        ("", "\\n\"", "quotation marks around"),
        ("!", "", "before it"),
        ("key: ", "", "before it"),
        ("https://api.anthropic.com/?key=", "", "before it"),
        ("{\"apiKey\": \"", "\"}", "quotation marks around"),
        ("<code>", "</code>", "before it"),
        ("&quot;", "&quot;", "before it"),
        ("[", "](https://x.y)", "before it"),
        ("curl -H 'x-api-key: ", "' https://api.anthropic.com", "quotation marks around"),
        ("(", ").", "has `(` before it and `).` after it"),
    ] {
        let text = format!("{front}{key}{back}");
        says(&text, anthropic, Sort::Around, what);
        assert_eq!(bared(&text, anthropic).as_deref(), Some(&key), "{text:?}");
    }
    // One whose length nobody knows.
    let loose = made("", 32);
    for text in [format!("[{loose}]"), format!("({loose})"), format!("`{loose}`"), format!("{loose},")] {
        assert_eq!(judge(&text, slot("mistral", Kind::ApiKey)).unwrap().sort, Sort::Around, "{text}");
    }
}

#[test]
fn a_secret_in_another_alphabet_is_decoded() {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
    let key = key();
    let base64 = STANDARD.encode(&key);
    let hex: String = key.bytes().map(|b| format!("{b:02x}")).collect();
    let wrapped = format!("{}\n{}\n", &base64[..76], &base64[76..]);
    let line = STANDARD.encode(format!("{key}\n"));
    let named = STANDARD.encode(format!("ANTHROPIC_API_KEY={key}"));
    for text in [STANDARD_NO_PAD.encode(&key), URL_SAFE.encode(&key), base64, hex, wrapped, line, named] {
        for provider in ["anthropic", "mistral"] {
            says(&text, slot(provider, Kind::ApiKey), Sort::Encoded, "is an API key of anthropic in ");
        }
        assert_eq!(bared(&text, slot("anthropic", Kind::Token)).as_deref(), Some(&key), "{text}");
        assert_eq!(bared(&text, slot("mistral", Kind::ApiKey)), None, "{text}");
        passes(&text.replace('\n', ""), slot("my-own", Kind::ApiKey));
    }
    let der = STANDARD.encode([&b"\x30\x82\x04\xa4"[..], &[7; 90]].concat());
    let ssh = STANDARD.encode([&b"openssh-key-v1\0"[..], &[7; 90]].concat());
    for (text, what) in [(der, "the content of a PEM block"), (ssh, "the content of an SSH private key")] {
        says(&text, slot("anthropic", Kind::ApiKey), Sort::Elsewhere, what);
    }
}

#[test]
fn how_long_a_whole_one_is_depends_on_whose_it_is() {
    for (prefix, whole, provider) in [
        ("sk-or-v1-", 73, "openrouter"),
        ("gsk_", 56, "groq"),
        ("xai-", 84, "xai"),
        ("csk-", 52, "cerebras"),
        ("AIza", 39, "google"),
        ("sk-proj-", 56, "openai"),
    ] {
        let slot = slot(provider, Kind::ApiKey);
        passes(&made(prefix, whole), slot);
        says(&made(prefix, whole - 1), slot, Sort::Half, &format!("cut off after {}", whole - 1));
        says(&made(prefix, 20), slot, Sort::Half, "cut off after 20");
    }
    let openai = slot("openai", Kind::ApiKey);
    for length in [132, 164, 200] {
        passes(&made("sk-proj-", length), openai);
    }
    says(&made("sk-proj-", 40), openai, Sort::Half, "cut off after 40 characters, and the shortest have 56");
    says(
        &made("sk-proj-", 80),
        openai,
        Sort::Perhaps,
        "has 80 characters, but an API key of openai (`sk-proj-…`) has 56, 132, 164 characters: it may be cut off",
    );
    says(&made("sk-", 50), openai, Sort::Half, "is cut off after 50 characters");
    says(&made("", 50), openai, Sort::Unheard, "does not begin like a secret of openai");
    says(&made("ghp_", 39), slot("github-copilot", Kind::Token), Sort::Half, "cut off after 39 characters");
    passes(&made("ghp_", 80), slot("github-copilot", Kind::Token));
    // A half of another kind is a half, too.
    says(&setup()[..60], slot("anthropic", Kind::ApiKey), Sort::Half, "cut off after 60 of 108");
    says(&made("SK-PROJ-", 56), openai, Sort::Half, "different upper and lower case");
    // The first characters were not selected.
    for text in [&made("gsk_", 56)[1..], &made("gsk_", 56)[4..]] {
        says(text, slot("groq", Kind::ApiKey), Sort::Half, "lacks its beginning");
    }
}

#[test]
fn what_nobody_sees_and_the_ends_of_lines_are_taken_out() {
    let (key, anthropic) = (key(), slot("anthropic", Kind::ApiKey));
    let (one, two) = key.split_at(50);
    for (text, what) in [
        (format!("{one}\u{200b}{two}"), "U+200B (a zero width space) at character 51"),
        (format!("{one}\u{ad}{two}"), "U+00AD (a soft hyphen) at character 51"),
        (format!("{one}\n{two}"), "a line break"),
        (format!("{one}\r\n  {two}"), "a line break"),
    ] {
        says(&text, anthropic, Sort::Inside, what);
        says(&text, slot("anthropic", Kind::OAuth), Sort::Inside, what);
        assert_eq!(bared(&text, anthropic).as_deref(), Some(&key), "{text:?}");
    }
}
