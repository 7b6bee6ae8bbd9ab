//! What of a command line may stand in the history and in the holder record of the lock: the words that
//! the grammar itself has, and of values only what a table of the program has too; all others might be secrets.

use crate::catalog::providers;
use crate::checks;
use crate::cli::grammar;
use crate::sys::command_line::program_name;
use clap::Command;
use std::collections::BTreeSet;

/// Program name, names of commands and names of flags.
pub fn command_line(args: &[String]) -> String {
    let Some((program, args)) = args.split_first() else { return String::new() };
    let mut commands = BTreeSet::new();
    names(&grammar::whole(), &mut commands);
    let kept = args.iter().enumerate().filter_map(|(at, arg)| {
        let (name, value) = arg.split_once('=').unwrap_or((arg, ""));
        let word = if name.starts_with("--") { name } else { arg };
        let before = at.checked_sub(1).and_then(|at| args.get(at)).map_or("", String::as_str);
        if is_known(before, arg) || is_known(name, value) {
            return Some(arg.as_str());
        }
        commands.contains(word).then_some(word)
    });
    let program = program_name(program);
    let named = (!program.is_empty()).then_some(program.as_str());
    named.into_iter().chain(kept).collect::<Vec<_>>().join(" ")
}

/// Whether the value of a flag is one that the program itself knows.
fn is_known(flag: &str, value: &str) -> bool {
    match flag {
        "--provider" => providers::find(value).is_some(),
        "--only" => {
            checks::rules().any(|rule| rule.code == value || rule.code.split('/').next() == Some(value))
        }
        _ => false,
    }
}

/// The names of all commands below one, and of their flags.
fn names(command: &Command, found: &mut BTreeSet<String>) {
    found.extend(command.get_arguments().filter_map(|arg| Some(format!("--{}", arg.get_long()?))));
    for sub in command.get_subcommands() {
        found.insert(sub.get_name().to_owned());
        names(sub, found);
    }
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
            "zirkabot models auth paste-token --provider anthropic",
        );
        says(&["zirkabot", "plan", "--out=/home/me/sk-CANARY"], "zirkabot plan --out");
        says(
            &["zirkabot", "models", "set", "sk-CANARY", "canarysecret", "--sk-CANARY1"],
            "zirkabot models set",
        );
        says(&["zirkabot", "exec", "--provider", "x", "--", "p", "--my-secret"], "zirkabot exec --provider");
        says(&["zirkabot", "doctor", "--fix", "--only=expiry"], "zirkabot doctor --fix --only=expiry");
        says(
            &["zirkabot", "models", "status", "--provider", "sk-CANARY"],
            "zirkabot models status --provider",
        );
        says(&[], "");
    }
}
