//! Claude Code's credentials: whatever the file holds, reading it neither panics nor shows it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zirkabot::catalog::documents::DocKind;
use zirkabot::doc::State;
use zirkabot::doc::mask;
use zirkabot::world::actual::Found;
use zirkabot::world::observe::claude_code;
use zirkabot::world::observe::open;

fuzz_target!(|bytes: &[u8]| {
    let doc = open::of_bytes(DocKind::ClaudeCode, bytes.to_vec());
    let found = match doc.state {
        State::Parsed => claude_code::login(&doc),
        _ => Found::LoggedOut,
    };
    let masked = mask::stars(&doc, &|path| doc.kind.is_plain(path), &|_| false);
    assert_eq!(masked.len(), doc.text.expose().len());
    if let Found::Login(login) = found {
        let secret = login.secret.expose();
        assert!(!secret.trim().is_empty(), "a blank login is none");
        assert!(login.expires.at().is_some(), "a login without an end is none");
        // Short ones occur by chance, and what is on the list of plain values may be equal.
        let telling = secret.len() >= 12 && secret.bytes().all(|b| b.is_ascii_alphanumeric());
        let elsewhere = doc.text.expose().matches(secret.as_str()).count() > 1;
        assert!(!telling || elsewhere || !masked.contains(secret.as_str()), "the mask shows the token");
    }
});
