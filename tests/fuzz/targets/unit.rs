//! Any text as a unit of systemd: parsed, masked.
#![no_main]

#[path = "../../support/oracles.rs"]
mod oracles;

libfuzzer_sys::fuzz_target!(|text: &str| {
    oracles::parses_with_places(zirkabot::catalog::documents::Format::Unit, text);
    oracles::masks(zirkabot::catalog::documents::Format::Unit, text);
});
