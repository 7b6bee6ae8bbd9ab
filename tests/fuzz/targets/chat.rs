//! Chat messages: reading never panics; what is left of one stood in it, in this order, and nothing of
//! it is read as a new conversation that was none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zirkabot::policy::session::chat::{self, Directive};

fuzz_target!(|text: &str| {
    let aliases = ["opus", "gpt", "gpt-mini", "a.b", "Ünï"].map(str::to_owned);
    let message = chat::read(text, &aliases);
    assert_eq!(message.text.trim(), message.text);
    let mut rest = text.chars();
    for c in message.text.chars().filter(|c| !c.is_whitespace()) {
        assert!(rest.any(|own| own == c), "something was put in");
    }
    match &message.directive {
        None if !message.begins => assert_eq!(message.text, text.trim()),
        Some(Directive::Select { model, profile }) => {
            assert!(!model.is_empty() && profile.as_deref() != Some(""));
            assert!(!model.chars().any(char::is_whitespace), "two words are one name");
        }
        Some(Directive::Models { provider, page }) => {
            assert!(!provider.is_empty() && page.number > 0 && (1..=100).contains(&page.size));
        }
        _ => {}
    }
});
