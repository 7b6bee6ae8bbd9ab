//! Lists at a terminal that can be drawn on: arrow keys, a part of a name, a number; and how many keys the first minute
//! takes.

use crate::support::home::{CONFIG, Home, STORE};
use crate::support::judge::differences;
use crate::support::person::Terminal;

const KEY: &str = "sk-ant-api03-CANARY-picking-123456789abcdefAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const DOWN: &str = "\x1b[B";
const LIST: &str = "arrows to move";

/// Answers what is expected with these keys; all that was shown, and the exit code.
fn talk(home: &Home, args: &[&str], talk: &[(&str, &str)]) -> (String, Option<i32>) {
    let vars = &[("TERM", "xterm"), ("NO_COLOR", "1")];
    let seen = Terminal { home, vars, size: (100, 40) }.talk(args, talk);
    // The screen is as it was: the cursor is seen, and keys are shown again.
    assert!(!seen.text.contains("\x1b[?25l"), "{}", seen.text);
    (seen.text, seen.code)
}

#[test]
fn the_first_minute_takes_six_keys_beside_the_api_key() {
    let home = Home::named("status/empty-home");
    let typed = format!("{KEY}\r");
    let steps = [
        (LIST, "\r"),
        (LIST, "\r"),
        ("(input is hidden): ", typed.as_str()),
        (LIST, "\r"),
        (LIST, "\r"),
        (LIST, "\r"),
    ];
    let keys: usize = steps.iter().map(|(_, keys)| keys.replace(KEY, "").len()).sum();
    assert_eq!(keys, 6);
    let (seen, code) = talk(&home, &["onboard"], &steps);
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("agent main can talk: anthropic through anthropic:default"), "{seen}");
    // Where a key is had stands before the prompt for it.
    let prompt = seen.find("(input is hidden)").unwrap();
    assert!(seen[..prompt].contains("console.anthropic.com"), "{seen}");
    assert!(home.path().join(CONFIG).exists() && home.path().join(STORE).exists());
}

#[test]
fn a_provider_is_found_by_its_name_by_its_number_and_by_the_arrows() {
    for keys in ["router\r", "openrouter\r", "ROU\x7f\x7f\x7fopenr\r"] {
        let home = Home::named("status/empty-home");
        let (seen, _) = talk(&home, &["onboard"], &[(LIST, keys), ("(input is hidden)", "\x03")]);
        assert!(seen.contains("Which provider? OpenRouter"), "{keys:?}: {seen}");
    }
    for (keys, name) in [(DOWN.to_owned() + "\r", "2)"), ("2\r".to_owned(), "2)")] {
        let home = Home::named("status/empty-home");
        let (seen, _) = talk(&home, &["onboard"], &[(LIST, &keys), ("(input is hidden)", "\x03")]);
        let second = seen.lines().find(|line| line.contains(name)).unwrap();
        let label = second.split(name).nth(1).unwrap().trim().split("  ").next().unwrap();
        assert!(seen.contains(&format!("Which provider? {label}")), "{label}: {seen}");
    }
}

/// A phone with its keyboard open has few lines: what is drawn stays on the screen.
#[test]
fn a_list_fits_into_a_terminal_of_nine_lines() {
    let home = Home::named("status/empty-home");
    let terminal = Terminal { home: &home, vars: &[("TERM", "xterm"), ("NO_COLOR", "1")], size: (40, 9) };
    let seen = terminal.talk(&["onboard"], &[("arrows to", DOWN), ("arrows to", "\x03")]).text;
    let drawn = seen.split("\u{1b}[J").find(|drawn| drawn.contains("▸  2)")).unwrap();
    let drawn = drawn.split("arrows to").next().unwrap();
    assert!(drawn.lines().count() <= 8, "{seen}");
    assert!(seen.contains("Nothing was changed"), "{seen}");
}

#[test]
fn escape_goes_back_and_ctrl_c_leaves_everything_as_it_was() {
    let home = Home::named("status/empty-home");
    let before = home.snapshot();
    let (seen, code) =
        talk(&home, &["onboard"], &[(LIST, "\r"), ("How do you want", "\x1b"), ("Which provider?", "\x03")]);
    assert!(seen.contains("Nothing was changed"), "{seen}");
    assert_eq!(code, Some(130), "{seen}");
    assert!(differences(&before, &home.snapshot()).is_empty());
}
