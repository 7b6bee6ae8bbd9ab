//! Any bytes as a property list: the XML form parsed and masked, the binary form read to an end.
#![no_main]

#[path = "../../support/oracles.rs"]
mod oracles;

use zirkabot::catalog::documents::Format;
use zirkabot::doc::DocId;
use zirkabot::doc::parse_binary;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    parse_binary(Format::Plist, DocId(0), bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        oracles::parses_with_places(Format::Plist, text);
        oracles::masks(Format::Plist, text);
    }
});
