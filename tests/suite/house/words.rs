//! What people read is in the words of `docs/vocabulary.md`: none of those that it lists as not used is in the expected
//! output of a fixture, in a help text, in a finding's documentation, or on a page. The page is the one list.

use crate::house::docs::{page, pages};
use crate::support::case;
use clap::CommandFactory;
use zirkabot::cli::Cli;

/// The heading of the list.
const NOT_USED: &str = "## Not used";

/// The words that are not used.
fn not_used() -> Vec<String> {
    let page = page("docs/vocabulary.md").text;
    let (_, list) = page.split_once(NOT_USED).unwrap();
    let cells = list.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).skip(1);
    let words: Vec<_> = cells.flat_map(|cell| cell.split(", ")).map(str::to_owned).collect();
    assert!(words.len() > 30, "{words:?}");
    words
}

/// Whether a word or phrase is in a text, and not as a part of a name.
fn says(text: &str, phrase: &str) -> bool {
    let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && !"`:/.-_\"'@".contains(c));
    let behind = |text: &str| {
        let mut after = text.chars();
        // A full stop ends a sentence, and is no part of a name.
        match after.next() {
            Some('.' | ':') => after.next().is_none_or(char::is_whitespace),
            next => outside(next),
        }
    };
    text.match_indices(phrase)
        .any(|(at, _)| outside(text[..at].chars().next_back()) && behind(&text[at + phrase.len()..]))
}

/// What is wrong with a text.
fn wrong(name: &str, text: &str, words: &[String]) -> Vec<String> {
    // What is all capitals is the name of a variable.
    let lower =
        |word: &str| if word.contains(char::is_lowercase) { word.to_lowercase() } else { word.to_owned() };
    let text = text.split_whitespace().map(lower).collect::<Vec<_>>().join(" ");
    let found = words.iter().filter(|word| says(&text, word));
    found.map(|word| format!("{name} says \"{word}\"")).collect()
}

/// The help of a command and of all below it.
fn help(command: &mut clap::Command, texts: &mut Vec<(String, String)>) {
    texts.push((command.get_name().to_owned(), command.render_long_help().to_string()));
    command.get_subcommands_mut().for_each(|command| help(command, texts));
}

#[test]
fn no_word_that_is_not_used_is_read_anywhere() {
    let words = not_used();
    let mut texts = Vec::new();
    for case in case::all() {
        for step in case.steps {
            texts.push((case.name.clone(), step.stdout));
            texts.push((case.name.clone(), step.stderr));
        }
    }
    let fixtures = texts.len();
    let mut command = Cli::command();
    command.build();
    help(&mut command, &mut texts);
    assert!(texts.len() > fixtures + 60, "{} help texts", texts.len() - fixtures);
    for rule in zirkabot::checks::rules() {
        texts.push((rule.code.to_owned(), format!("{}. {} {}", rule.what, rule.why, rule.fix)));
    }
    for page in pages() {
        let (text, _) = page.text.split_once(NOT_USED).unwrap_or((&page.text, ""));
        // Names of tests are for developers.
        let text: String = text.split('`').filter(|part| !part.contains("::")).collect();
        texts.push((page.name, text));
    }
    let wrong: Vec<_> = texts.iter().flat_map(|(name, text)| wrong(name, text, &words)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_not_taken_for_words() {
    for (text, is_said) in [
        ("the credential rests after failures", true),
        ("it rests.", true),
        ("anthropic:rests was skipped", false),
        ("cooldown/all-rests", false),
        ("\"rests\"", false),
        ("unrests", false),
    ] {
        assert_eq!(says(text, "rests"), is_said, "{text}");
    }
}
