//! The logins of other programs: whatever a file holds, reading it neither panics nor shows it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zirkabot::catalog::tools::{LoginEnd, Tool};
use zirkabot::config::plain::is_plain;
use zirkabot::doc::State;
use zirkabot::doc::mask;
use zirkabot::world::actual::LoginState;
use zirkabot::world::observe::login::login;
use zirkabot::world::observe::open;

fuzz_target!(|bytes: &[u8]| Tool::ALL.into_iter().for_each(|tool| read(tool, bytes)));

fn read(tool: Tool, bytes: &[u8]) {
    let row = tool.row();
    let doc = open::of_bytes(row.doc, bytes.to_vec());
    let found = match doc.state {
        State::Parsed => login(tool, &doc),
        _ => LoginState::LoggedOut,
    };
    let masked = mask::mask(&doc, &|path| is_plain(doc.kind, path), &|_| false);
    assert_eq!(masked.len(), doc.text.expose().len());
    if let LoginState::Login(login) = found {
        let secret = login.secret.expose();
        assert!(!secret.trim().is_empty(), "a blank login is none");
        let is_recorded = matches!(row.fields.end, LoginEnd::At(_));
        assert!(!is_recorded || login.expires.at().is_some(), "a login without an end is none");
        // Short ones occur by chance, and what is on the list of plain values may be equal.
        let telling = secret.len() >= 12 && secret.bytes().all(|b| b.is_ascii_alphanumeric());
        let elsewhere = doc.text.expose().matches(secret.as_str()).count() > 1;
        assert!(!telling || elsewhere || !masked.contains(secret.as_str()), "the mask shows the token");
    }
}
