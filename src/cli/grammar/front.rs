//! What is typed before the grammar reads it, and when it cannot: the verb that is meant where none is typed, and the
//! verb that is probably meant where an unknown one is.

use crate::catalog::nearest::slip;
use crate::cli::grammar;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, Command, ValueEnum};
use std::borrow::Cow;

/// Options of every command that take a value.
const WITH_VALUE: &[&str] = &["--state-name", "--profile", "--home", "--color"];

/// Options of every command that take none.
const ALONE: &[&str] = &["--dev", "--utc", "--trust-cwd", "-v", "--verbose"];

/// The command line with `status` where no verb is typed.
pub(crate) fn with_verb(args: &[String]) -> Cow<'_, [String]> {
    let mut words = args.iter().skip(1).map(String::as_str);
    while let Some(word) = words.next() {
        let name = word.split('=').next().unwrap_or_default();
        if WITH_VALUE.contains(&word) {
            words.next();
        } else if !WITH_VALUE.contains(&name) && !ALONE.contains(&word) {
            let is_option =
                word.starts_with("--") && word != "--" && !["--help", "--version"].contains(&word);
            if is_option {
                break;
            }
            return Cow::Borrowed(args);
        }
    }
    let mut with = args.to_vec();
    with.insert(args.len().min(1), "status".to_owned());
    Cow::Owned(with)
}

/// What `--color` says, of a line that the grammar cannot read as well.
pub(crate) fn color(args: &[String]) -> ColorChoice {
    let given = |(at, word): (usize, &String)| {
        match word.strip_prefix("--color")? {
            "" => args.get(at + 1).map(String::as_str),
            value => value.strip_prefix('='),
        }
        .and_then(|value| ColorChoice::from_str(value, false).ok())
    };
    args.iter().enumerate().find_map(given).unwrap_or(ColorChoice::Auto)
}

/// Words that people type for others, with what they mean. What means different things to different people is not here.
const MEANT: &[(&str, &str)] = &[
    ("configure", "onboard"),
    ("credentials", "models auth list"),
    ("diff", "plan"),
    ("fallback", "models fallbacks"),
    ("fix", "doctor --fix"),
    ("init", "onboard"),
    ("install", "service install"),
    ("keys", "models auth list"),
    ("log", "history"),
    ("logs", "service logs"),
    ("order", "models auth order"),
    ("profiles", "models auth list"),
    ("refresh", "models auth refresh"),
    ("renew", "models auth refresh"),
    ("repair", "doctor --fix"),
    ("restart", "service restart"),
    ("revert", "undo"),
    ("rollback", "undo"),
    ("serve", "gateway"),
    ("server", "gateway"),
    ("signin", "login"),
    ("signout", "logout"),
    ("version", "--version"),
    ("whoami", "status"),
];

/// The error about a line, with the one verb that was probably meant, or none: what only sounds alike is no help.
pub(crate) fn suggest(mut error: clap::Error, args: &[String]) -> clap::Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand).cloned() else {
        return error;
    };
    error.remove(ContextKind::SuggestedSubcommand);
    error.remove(ContextKind::Suggested);
    if let Some(meant) = meant(&word, args) {
        let tip = vec![format!("did you mean `zirkabot {meant}`?").into()];
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tip));
    }
    error
}

/// What was probably meant by a word that is no verb.
fn meant(word: &str, args: &[String]) -> Option<String> {
    let whole = grammar::whole();
    let (mut at, mut path) = (&whole, String::new());
    for arg in args.iter().skip(1).take_while(|arg| *arg != word) {
        let Some(next) = at.find_subcommand(arg) else { continue };
        path.push_str(&format!("{} ", next.get_name()));
        at = next;
    }
    let lower = word.to_lowercase();
    let singular = lower.strip_suffix('s').unwrap_or(&lower);
    let row = |name: &str| MEANT.iter().find(|(said, _)| *said == name).map(|(_, meant)| (*meant).to_owned());
    let row = || row(&lower).or_else(|| row(singular));
    let names = at.get_subcommands().flat_map(Command::get_name_and_visible_aliases);
    let near = || slip(&lower, names).map(|near| format!("{path}{near}"));
    if path.is_empty() { row().or_else(near) } else { near() }
}

#[cfg(test)]
mod tests {
    use crate::cli::grammar::front::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn without_a_verb_it_is_the_status() {
        for (line, becomes) in [
            ("z", "z status"),
            ("z --json", "z status --json"),
            ("z -v", "z status -v"),
            ("z --state-name work --check", "z status --state-name work --check"),
            ("z --color=always", "z status --color=always"),
            ("z --agent ops", "z status --agent ops"),
        ] {
            assert_eq!(with_verb(&words(line)).join(" "), becomes);
        }
        for line in [
            "z doctor",
            "z --color always plan",
            "z -h",
            "z --help",
            "z help",
            "z -V",
            "z --dev undo",
            "z -- x",
        ] {
            assert_eq!(with_verb(&words(line)).join(" "), line);
        }
    }

    #[test]
    fn an_unknown_verb_has_a_right_suggestion_or_none() {
        for (line, expected) in [
            ("z version", Some("--version")),
            ("z init", Some("onboard")),
            ("z orders", Some("models auth order")),
            ("z docter", Some("doctor")),
            ("z stauts", Some("status")),
            ("z models lsit", Some("models list")),
            ("z config list", None),
            ("z models init", None),
            ("z blah", None),
            ("z sessions", Some("session")),
        ] {
            let args = words(line);
            assert_eq!(meant(args.last().unwrap(), &args).as_deref(), expected, "{line}");
        }
        // Each is a line that the grammar knows, but for what it takes.
        for (_, meant) in MEANT.iter().filter(|(_, meant)| !meant.starts_with('-')) {
            let mut at = grammar::whole();
            for word in meant.split(' ').take_while(|word| !word.starts_with('-')) {
                at = at.find_subcommand(word).unwrap_or_else(|| panic!("{meant}")).clone();
            }
        }
    }

    #[test]
    fn colour_is_known_of_lines_that_are_wrong() {
        assert_eq!(color(&words("z --color always -h")), ColorChoice::Always);
        assert_eq!(color(&words("z plna --color=never")), ColorChoice::Never);
        assert_eq!(color(&words("z plna")), ColorChoice::Auto);
    }
}
