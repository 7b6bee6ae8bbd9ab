//! Whoever types a key is offered to have its provider asked before it is stored; nobody else is asked.

use crate::support::home::{CONFIG, Home, NOW, STORE};
use crate::support::person::Terminal;
use crate::support::server::{Answer, Asked, Server};

const OFFER: &str = "Test this key with anthropic? [Y/n]: ";

/// A key of anthropic's form that says how it is answered.
fn key(what: &str) -> String {
    format!("sk-ant-api03-CANARY-{what}-{}AA", "A".repeat(108 - 20 - what.len() - 3))
}

fn server() -> Server {
    Server::with(|asked: &Asked| match asked.header("x-api-key") {
        Some(shown) if shown == key("good") => Answer::Says(200, r#"{"data": []}"#),
        Some(shown) if shown == key("bad") => Answer::Says(
            401,
            r#"{"type": "error", "error": {"type": "authentication_error", "message": "CANARY"}}"#,
        ),
        Some(shown) if shown == key("unpaid") => Answer::Status(402),
        _ => Answer::Cuts,
    })
}

/// A home whose provider is this server.
fn home(server: &Server) -> Home {
    let config = format!(
        "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n\n\
         [models.providers.anthropic]\nbaseUrl = \"{}\"\nmodels = []\n",
        server.url("")
    );
    Home::with(NOW, &[(CONFIG, &config)])
}

/// Holds a dialogue; all that was shown.
fn talk(home: &Home, line: &str, dialogue: &[(&str, &str)]) -> String {
    let args: Vec<&str> = line.split(' ').collect();
    Terminal { home, vars: &[("TERM", "dumb")], size: (200, 60) }.talk(&args, dialogue).text
}

fn stored(home: &Home) -> String {
    std::fs::read_to_string(home.path().join(STORE)).unwrap_or_default()
}

const PASTE: &str = "models auth paste-token --provider anthropic";
const HIDDEN: &str = "hidden): ";

#[test]
fn a_key_that_is_refused_is_asked_for_again_and_one_that_is_accepted_is_stored() {
    let choose = ("Choose [1]: ", "\r");
    let add = [choose, ("Profile name? [anthropic:manual]: ", "\r")];
    let end = [choose, choose, ("Apply? ", "y\r")];
    for (line, before, after) in [
        (PASTE, &[][..], &[][..]),
        ("models auth add --provider anthropic", &add, &[]),
        ("onboard", &[choose, choose], &end),
    ] {
        let server = server();
        let home = home(&server);
        let (bad, good) = (format!("{}\r", key("bad")), format!("{}\r", key("good")));
        let own = [(HIDDEN, &*bad), (OFFER, "\r"), (HIDDEN, &good), (OFFER, "x\r"), (OFFER, "y\r")];
        let seen = talk(&home, line, &[before, &own, after].concat());
        assert!(
            seen.contains("anthropic rejects this key: it answered 401, authentication_error."),
            "{seen}"
        );
        assert!(seen.contains("anthropic accepts this key."), "{seen}");
        let asked = server.asked();
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert!(asked.iter().all(|asked| asked.line == "GET /v1/models?limit=1 HTTP/1.1"), "{asked:?}");
        let stored = stored(&home);
        assert!(stored.contains(&key("good")) && !stored.contains(&key("bad")), "{line}");
    }
}

#[test]
fn what_tells_nothing_does_not_keep_a_key_from_being_stored() {
    for (what, said) in
        [("cut", "It is unknown whether anthropic accepts this key: "), ("unpaid", "it is not paid for")]
    {
        let server = server();
        let home = home(&server);
        let seen = talk(&home, PASTE, &[(HIDDEN, &format!("{}\r", key(what))), (OFFER, "y\r")]);
        assert!(seen.contains(said), "{seen}");
        assert!(!server.asked().is_empty() && stored(&home).contains(&key(what)), "{seen}");
    }
}

#[test]
fn nobody_is_asked_whom_a_person_does_not_want_to_be() {
    let server = server();
    let home = home(&server);
    let typed = format!("{}\r", key("bad"));
    talk(&home, PASTE, &[(HIDDEN, &typed), (OFFER, "\u{4}")]);
    assert_eq!(stored(&home), "", "who is gone wants nothing");
    for more in [" --json", " --dry-run"] {
        assert!(!talk(&home, &format!("{PASTE}{more}"), &[(HIDDEN, &typed)]).contains(OFFER), "{more}");
    }
    std::fs::write(home.path().join("key"), key("bad")).unwrap();
    let file = format!("{PASTE} --token-file {}", home.path().join("key").display());
    assert!(!talk(&home, &file, &[]).contains(OFFER));
    talk(&home, PASTE, &[(HIDDEN, &typed), (OFFER, "n\r")]);
    assert!(stored(&home).contains(&key("bad")));
    assert!(server.asked().is_empty());
}
