//! What shells are told: the scripts that make them ask, and the candidates in each one's form.
//!
//! The scripts are in `completion/`, one a shell. They ask as [`ASKS`](crate::cli::grammar::complete::ASKS)
//! says, and get one candidate a line, or [`FILES`].

use crate::cli::grammar::complete::{Shell, Word};
use crate::report::style::Style;

/// The answer that leaves it to the shell to offer files.
pub(crate) const FILES: &str = ":files\n";

/// The script that switches completion on.
pub(crate) fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("completion/zirkabot.bash"),
        Shell::Zsh => include_str!("completion/zirkabot.zsh"),
        Shell::Fish => include_str!("completion/zirkabot.fish"),
    }
}

/// The candidates, one a line. Flags are left out where they are not asked for and something else
/// fits.
pub(crate) fn lines(shell: Shell, words: &[Word], typed: &str) -> String {
    let is_flag = |word: &&Word| word.text.starts_with('-');
    let hide = typed.is_empty() && !words.iter().all(|word| is_flag(&word));
    words.iter().filter(|word| !(hide && is_flag(word))).map(|word| line(shell, word)).collect()
}

fn line(shell: Shell, word: &Word) -> String {
    let help = word.help.as_deref().and_then(|help| help.lines().next()).map(|help| Style::PLAIN.text(help));
    match (shell, help) {
        (Shell::Bash, _) | (Shell::Fish, None) => format!("{}\n", word.text),
        (Shell::Fish, Some(help)) => format!("{}\t{help}\n", word.text),
        // A colon ends the word.
        (Shell::Zsh, help) => {
            let text = word.text.replace('\\', "\\\\").replace(':', "\\:");
            let help = help.map(|help| format!(":{help}")).unwrap_or_default();
            format!("{text}{help}\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::grammar::completion::*;

    fn word(text: &str, help: Option<&str>) -> Word {
        Word { text: text.to_owned(), help: help.map(str::to_owned) }
    }

    #[test]
    fn each_shell_gets_its_own_form() {
        let words = [word("a:b", None), word("c", Some("first line: x\nmore")), word("--d", Some("e\tf"))];
        assert_eq!(lines(Shell::Bash, &words, ""), "a:b\nc\n");
        assert_eq!(lines(Shell::Fish, &words, ""), "a:b\nc\tfirst line: x\n");
        assert_eq!(lines(Shell::Zsh, &words, ""), "a\\:b\nc:first line: x\n");
        assert_eq!(lines(Shell::Bash, &words[2..], ""), "--d\n");
        assert_eq!(lines(Shell::Fish, &words[2..], "--").matches('\t').count(), 1);
    }
}
