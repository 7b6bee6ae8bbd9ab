//! Any text as a credential store: parsed, masked, edited.
#![no_main]

#[path = "../../support/oracles.rs"]
mod oracles;

libfuzzer_sys::fuzz_target!(|text: &str| oracles::all(zirkabot::catalog::documents::Format::Json, text));
