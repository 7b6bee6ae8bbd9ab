//! What of a command line may stand in the history and in the holder record of the lock: the words that
//! the grammar itself has, and no value of any kind, which might be a secret.

use crate::cli::Cli;
use clap::{Command, CommandFactory};
use std::collections::BTreeSet;
use std::path::Path;

/// Longest flag name that is kept.
const MAX_FLAG: usize = 24;

/// Program name, names of commands and names of flags.
pub fn command_line(args: &[String]) -> String {
    let Some((program, args)) = args.split_first() else { return String::new() };
    let mut commands = BTreeSet::new();
    names(&Cli::command(), &mut commands);
    let kept = args.iter().filter_map(|arg| {
        let is_command = commands.contains(arg.as_str());
        if is_command { Some(arg.as_str()) } else { flag(arg) }
    });
    let program = Path::new(program).file_name().map(|name| name.to_string_lossy().into_owned());
    program.iter().map(String::as_str).chain(kept).collect::<Vec<_>>().join(" ")
}

/// The names of all commands below one.
fn names(command: &Command, found: &mut BTreeSet<String>) {
    for sub in command.get_subcommands() {
        found.insert(sub.get_name().to_owned());
        names(sub, found);
    }
}

/// The name of a flag, if it looks like one.
fn flag(arg: &str) -> Option<&str> {
    let name = arg.split('=').next()?;
    let letters = name.strip_prefix("--")?;
    let plain = letters.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    (plain && !letters.is_empty() && letters.len() <= MAX_FLAG).then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::cli::grammar::record::*;

    #[track_caller]
    fn says(args: &[&str], expected: &str) {
        assert_eq!(command_line(&args.iter().map(|&arg| arg.to_owned()).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn the_command_keeps_words_and_flags_and_no_value() {
        says(&["/usr/bin/zirkabot", "doctor", "--fix"], "zirkabot doctor --fix");
        says(
            &["zirkabot", "models", "auth", "paste-token", "--provider", "anthropic"],
            "zirkabot models auth paste-token --provider",
        );
        says(&["zirkabot", "plan", "--out=/home/me/sk-CANARY"], "zirkabot plan --out");
        says(
            &["zirkabot", "models", "set", "sk-CANARY", "canarysecret", "--sk-CANARY1"],
            "zirkabot models set",
        );
        says(&[], "");
    }
}
