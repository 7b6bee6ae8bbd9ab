//! What people paste: reading it never panics; what is accepted is one word that can stand in a
//! header, and what is refused is not quoted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zirkabot::catalog::kind::Kind;
use zirkabot::intent::paste;
use zirkabot::sys::secret::Secret;

const PROVIDERS: &[&str] = &["anthropic", "groq", "qwen-portal", "minimax", "my-own"];

fuzz_target!(|bytes: &[u8]| {
    let bytes = Secret::new(bytes.to_vec());
    for provider in PROVIDERS {
        match paste::read_bytes(provider, &bytes, &str::to_owned) {
            Ok(pasted) => {
                let secret = pasted.secret.expose();
                assert!(!secret.is_empty() && secret.chars().all(|c| c.is_ascii_graphic()));
                assert!(!secret.contains(['"', '\'', '`']), "a quotation mark is inside");
                assert_ne!(pasted.kind, Kind::OAuth);
                let again = paste::read(provider, secret, &str::to_owned).expect("it is right by itself");
                assert!(again.secret == pasted.secret, "there was something left to take off");
            }
            Err(refusal) => {
                assert!(!refusal.usage && refusal.code.is_some() && refusal.help.is_some());
            }
        }
    }
});
