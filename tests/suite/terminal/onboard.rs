//! The set-up dialogue at a real terminal, with real key presses.

use crate::support::home::{CONFIG, Home, STORE};
use crate::support::judge::differences;
use crate::support::person::Terminal;

const KEY: &str = "sk-ant-api03-CANARY-wizard-0123456789abcdefAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is expected next, and what is typed then.
type Talk<'t> = [(&'t str, &'t str)];

/// Holds a dialogue; all that was shown, and the exit code.
fn talk(home: &Home, vars: &[(&str, &str)], talk: &Talk<'_>) -> (String, Option<i32>) {
    let vars = [&[("TERM", "dumb")], vars].concat();
    let seen = Terminal { home, vars: &vars, size: (200, 60) }.talk(&["onboard"], talk);
    (seen.text, seen.code)
}

fn text(home: &Home, path: &str) -> String {
    std::fs::read_to_string(home.path().join(path)).unwrap()
}

#[test]
fn a_newcomer_with_a_key_is_done_after_a_few_answers() {
    let home = Home::named("status/empty-home");
    let paste = concat!(
        "sk-ant-api03-CANARY-wizard-0123456789abcdefAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "\r"
    );
    let dialogue = [
        ("Which provider?", ""),
        ("Choose [1]: ", "\r"),
        ("How do you want to use anthropic?", ""),
        ("Choose [1]: ", "1\r"),
        ("(input is hidden): ", paste),
        ("Where should the key be stored?", ""),
        ("Choose [1]: ", "\r"),
        ("Which model should be the default?", ""),
        ("Choose [1]: ", "\r"),
        ("Apply? [y]es, [b]ack, [q]uit: ", "y\r"),
    ];
    let (seen, code) = talk(&home, &[], &dialogue);
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("+ create ~/.zirkabot/zirkabot.toml"), "{seen}");
    assert!(seen.contains("\"key\": \"sk-ant-api03-… ‹secret 1›\""), "{seen}");
    assert!(seen.contains("✓ agent main can talk: anthropic through anthropic:default"), "{seen}");
    assert!(text(&home, STORE).contains(KEY));
    assert!(text(&home, CONFIG).starts_with("# Which model credentials"));
    // A second time nothing is missing, and who leaves changes nothing.
    let before = home.snapshot();
    let (seen, code) = talk(&home, &[], &[("Choose [1]: ", "q\r")]);
    assert_eq!(code, Some(130), "{seen}");
    assert!(seen.contains("Nothing is missing"), "{seen}");
    assert!(differences(&before, &home.snapshot()).is_empty());
    // Another provider can be added; the default model stays if nothing else is chosen.
    let key = format!("sk-proj-CANARY-second-{}\r", "Ab0".repeat(50));
    let dialogue = [
        ("Choose [1]: ", "openai\r"),
        ("(input is hidden): ", key.as_str()),
        ("Choose [1]: ", "\r"),
        ("keep the current default model", ""),
        ("Choose [1]: ", "\r"),
        ("Apply? ", "y\r"),
    ];
    let (seen, code) = talk(&home, &[], &dialogue);
    assert_eq!(code, Some(0), "{seen}");
    assert!(text(&home, CONFIG).contains("anthropic/claude-opus-4-5"), "{seen}");
}

#[test]
fn what_is_here_already_is_offered_first() {
    let vars = [("GEMINI_API_KEY", "AIzaCANARY0123456789abcdefghij000000000")];
    let home = Home::named("status/empty-home");
    let dialogue = [
        ("1) GEMINI_API_KEY from the environment", ""),
        ("Choose [1]: ", "\r"),
        ("Where should the key be stored?", ""),
        ("Choose [1]: ", "2\r"),
        ("Which model should be the default?", ""),
        ("Choose [1]: ", "\r"),
        ("Apply? ", "yes\r"),
    ];
    let (seen, code) = talk(&home, &vars, &dialogue);
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("✓ agent main can talk: google through GEMINI_API_KEY"), "{seen}");
    assert_eq!(text(&home, ".zirkabot/.env"), "GEMINI_API_KEY=AIzaCANARY0123456789abcdefghij000000000\n");
}

#[test]
fn the_login_of_claude_code_is_stored_and_declared() {
    let home = Home::named("onboard/claude-code-login");
    let dialogue = [
        ("1) Claude Code's login, for anthropic", ""),
        ("Choose [1]: ", "1\r"),
        ("Which model should be the default?", ""),
        ("Choose [1]: ", "3\r"),
        ("Apply? ", "y\r"),
    ];
    let (seen, code) = talk(&home, &[], &dialogue);
    assert_eq!(code, Some(0), "{seen}");
    assert!(text(&home, STORE).contains("anthropic:claude-cli"));
    assert!(text(&home, CONFIG).contains("mode = \"oauth\""));
}

/// At every question one can go back and change one's mind, or leave; then nothing was written.
#[test]
fn back_and_cancel_work_at_every_step() {
    let key = concat!(
        "sk-ant-api03-CANARY-wizard-0123456789abcdefAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "\r"
    );
    let path: &[(&str, &str)] = &[
        ("Choose [1]: ", "1\r"),
        ("Choose [1]: ", "1\r"),
        ("(input is hidden): ", key),
        ("Choose [1]: ", "1\r"),
        ("Choose [1]: ", "1\r"),
        ("Apply? ", "y\r"),
    ];
    for steps in 0..path.len() {
        for leave in ["q\r", "\u{3}", "\u{4}"] {
            let home = Home::named("status/empty-home");
            let before = home.snapshot();
            let mut dialogue = path[..steps].to_vec();
            dialogue.push((path[steps].0, leave));
            let (seen, _) = talk(&home, &[], &dialogue);
            assert!(!seen.contains("Undo:"), "{steps} {leave:?}: {seen}");
            assert!(differences(&before, &home.snapshot()).is_empty(), "{steps} {leave:?}: {seen}");
        }
    }
    // From the last question back to the first, and then on with another provider.
    let back: Vec<_> = path[..5].iter().copied().chain((0..5).map(|at| (path[5 - at].0, "b\r"))).collect();
    let on = [
        ("Choose [1]: ", "4\r"),
        (
            "(input is hidden): ",
            "sk-or-v1-CANARY0123456789abcdef012345678900000000000000000000000000000000\r",
        ),
    ];
    let on = on.into_iter().chain([("Choose [1]: ", "\r"), ("Choose [1]: ", "\r"), ("Apply? ", "y\r")]);
    let home = Home::named("status/empty-home");
    let (seen, code) = talk(&home, &[], &back.into_iter().chain(on).collect::<Vec<_>>());
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("✓ agent main can talk: openrouter through openrouter:default"), "{seen}");
    assert!(!text(&home, STORE).contains(KEY));
}

#[test]
fn a_wrong_key_is_refused_and_asked_for_again() {
    let home = Home::named("status/empty-home");
    let before = home.snapshot();
    let dialogue = [
        ("Choose [1]: ", "1\r"),
        ("Choose [1]: ", "1\r"),
        (
            "(input is hidden): ",
            "sk-or-v1-CANARY0123456789abcdef012345678900000000000000000000000000000000\r",
        ),
        ("(input is hidden): ", "short\r"),
        ("(input is hidden): ", "b\r"),
        ("Choose [1]: ", "q\r"),
    ];
    let (seen, _) = talk(&home, &[], &dialogue);
    assert!(seen.contains("error[credential/wrong-kind]"), "{seen}");
    assert!(seen.contains("error[credential/malformed]"), "{seen}");
    assert!(differences(&before, &home.snapshot()).is_empty());
}

/// An existing config is edited in its own format, where it is.
#[test]
fn an_existing_config_keeps_its_comments() {
    let home = Home::named("onboard/provider-that-is-not-built-in");
    let dialogue = [
        ("Choose [1]: ", "2\r"),
        ("(input is hidden): ", "sk-proj-CANARY-0123456789abcdef0123456789000000000000000\r"),
        ("Choose [1]: ", "2\r"),
        ("Choose [1]: ", "1\r"),
        ("Apply? ", "y\r"),
    ];
    let (seen, code) = talk(&home, &[], &dialogue);
    assert_eq!(code, Some(0), "{seen}");
    assert!(text(&home, ".zirkabot/.env").starts_with("OPENAI_API_KEY="));
    let config = text(&home, ".zirkabot/zirkabot.json");
    assert!(config.contains("// The bot.") && config.contains("// stays"), "{config}");
    assert!(!home.path().join(CONFIG).exists());
}
