//! Any text as an environment file of a unit: parsed, masked.
#![no_main]

#[path = "../../support/oracles.rs"]
mod oracles;

libfuzzer_sys::fuzz_target!(|text: &str| {
    oracles::parses_with_places(zirkabot::catalog::documents::Format::UnitEnv, text);
    oracles::masks(zirkabot::catalog::documents::Format::UnitEnv, text);
});
