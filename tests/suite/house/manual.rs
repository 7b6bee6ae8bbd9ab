//! The manual page: it has all that the grammar of the command line has, and all that the code reads.

use crate::support::home::Home;
use crate::terminal::completions::each;
use clap::CommandFactory;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use zirkabot::catalog::providers::PROVIDERS;
use zirkabot::cli::grammar::complete::ASKS;
use zirkabot::cli::{Cli, EXITS};

/// The page as it is printed.
fn page() -> String {
    let (exit, page, stderr) = Home::with(0, &[]).run("zirkabot man");
    assert_eq!((exit, &*stderr), (0, ""));
    page
}

/// The page without marks of its language.
pub(crate) fn plain() -> String {
    ["\\fB", "\\fI", "\\fR", "\\&"]
        .iter()
        .fold(page(), |page, mark| page.replace(mark, ""))
        .replace("\\-", "-")
        .replace("\\.", ".")
}

/// A section of the page.
pub(crate) fn section<'a>(page: &'a str, name: &str) -> &'a str {
    let titles = [format!("\n.SH {name}\n"), format!("\n.SH \"{name}\"\n")];
    let found = titles.iter().find_map(|title| page.split_once(title.as_str()));
    let (_, rest) = found.unwrap_or_else(|| panic!("there is no section {name}"));
    rest.split("\n.SH ").next().unwrap_or_default()
}

#[test]
fn the_page_has_every_command_and_no_other() {
    let page = plain();
    let commands = section(&page, "COMMANDS");
    let titles = commands.lines().filter_map(|line| line.strip_prefix(".SS "));
    let told: BTreeSet<String> = titles.map(|title| title.trim_matches('"').to_owned()).collect();
    let mut grammar = Cli::command();
    grammar.build();
    let mut known = BTreeSet::new();
    each(&grammar, "zirkabot ", &mut |line, command| {
        if line != "zirkabot " && !command.is_subcommand_required_set() {
            known.insert(line.trim_end().to_owned());
        }
    });
    assert_eq!(told, known);
}

#[test]
fn every_command_has_its_arguments() {
    let page = plain();
    let commands = format!("\n{}", section(&page, "COMMANDS"));
    let mut grammar = Cli::command();
    grammar.build();
    each(&grammar, "zirkabot ", &mut |line, command| {
        let name = line.trim_end();
        let text = if name == "zirkabot" {
            section(&page, "OPTIONS")
        } else {
            let Some((_, rest)) = commands.split_once(&format!("\n.SS \"{name}\"\n")) else { return };
            rest.split("\n.SS ").next().unwrap_or_default()
        };
        let general =
            |arg: &clap::Arg| arg.is_global_set() || ["help", "version"].contains(&arg.get_id().as_str());
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let head = match (arg.get_long(), arg.get_value_names()) {
                (Some(long), _) => format!("--{long}"),
                (None, Some([name, ..])) => format!("\n{name}\n"),
                (None, _) => panic!("{name}: an argument without a name"),
            };
            // `--profile` is not `--profile-id`.
            let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
            let told = text
                .match_indices(&head)
                .any(|(at, _)| head.ends_with('\n') || ends(&text[at + head.len()..]));
            assert_eq!(told, name == "zirkabot" || !general(arg), "{name}: {head}");
        }
    });
}

#[test]
fn the_page_has_all_sections_and_exit_codes() {
    let page = plain();
    for name in ["NAME", "SYNOPSIS", "DESCRIPTION", "FILES", "EXAMPLES", "SEE ALSO"] {
        assert!(!section(&page, name).trim().is_empty(), "{name}");
    }
    let codes = section(&page, "EXIT STATUS");
    for (exit, _) in EXITS {
        assert!(codes.contains(&format!(".TP\n{}\n", exit.code())), "{exit:?}");
    }
}

/// The words of a text that name variables.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
}

/// What the code reads of the environment under our own name, and nothing else.
#[test]
fn the_page_has_all_variables_of_our_own() {
    let mut read = BTreeSet::new();
    for entry in walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|ext| ext != "rs") || path.ends_with("report/man.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let quoted = text.split('"').skip(1).step_by(2);
        read.extend(quoted.filter(|name| variables(name).eq([*name])).map(str::to_owned));
    }
    let page = plain();
    let told: BTreeSet<&str> = variables(section(&page, "ENVIRONMENT")).collect();
    // Between the shell, or a program that is asked, and ours; and secrets of the gateway, which are only carried.
    let others = [ASKS, "ZIRKABOT_ASKING", "ZIRKABOT_GATEWAY_TOKEN", "ZIRKABOT_GATEWAY_PASSWORD"];
    // What a definition of ours tells the gateway is not read here.
    let told_only = |name: &str| name.starts_with("ZIRKABOT_SERVICE_");
    let ours = |name: &&str| {
        !told_only(name) && name.starts_with("ZIRKABOT_") && *name != "ZIRKABOT_" && !others.contains(name)
    };
    let read_of_ours: BTreeSet<&str> = read.iter().map(String::as_str).filter(ours).collect();
    assert_eq!(told.iter().copied().filter(ours).collect::<BTreeSet<_>>(), read_of_ours);
    for var in PROVIDERS.iter().flat_map(|provider| provider.vars) {
        assert!(told.contains(var.name), "{}", var.name);
    }
}

/// What a text tells to run: `zirkabot …` between backquotes, and what stands in `command("…")`.
fn told(text: &str) -> impl Iterator<Item = &str> {
    let begins = ["`zirkabot ", ".command(\"", ".command(&format!(\""];
    begins
        .into_iter()
        .flat_map(|begin| text.split(begin).skip(1))
        .filter_map(|rest| rest.split(['`', '"']).next())
}

/// Follows a command line into the grammar, as far as it is spelled out; the word that it does not know.
pub(crate) fn unknown<'a>(grammar: &clap::Command, line: &'a str) -> Option<&'a str> {
    let mut command = grammar;
    let mut words =
        line.split(' ').take_while(|word| *word != "--" && !word.starts_with(['…', '|', '(', '[', '{']));
    while let Some(word) = words.next() {
        if let Some(flag) = word.strip_prefix("--") {
            let name = flag.split(['=', '{']).next();
            let mut args = grammar.get_arguments().chain(command.get_arguments());
            let Some(arg) = args.find(|arg| arg.get_long() == name) else { return Some(word) };
            if arg.get_action().takes_values() {
                words.next();
            }
            continue;
        }
        let names: Vec<&str> = word.split(['|', '{']).collect();
        match names.iter().map(|name| command.find_subcommand(name)).collect::<Option<Vec<_>>>() {
            Some(found) => command = found[0],
            // The values of a command's own arguments are anything.
            None if command.get_positionals().next().is_some() => return None,
            None => return Some(word),
        }
    }
    None
}

#[test]
fn every_command_that_is_told_is_one_of_the_grammar() {
    let mut grammar = Cli::command();
    grammar.build();
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|ext| ext != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for line in told(&text) {
            assert_eq!(unknown(&grammar, line), None, "{}: `{line}`", path.display());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen} commands seen");
}

#[test]
fn those_who_print_manual_pages_are_content() {
    let checkers: [(&str, &[&str]); 2] =
        [("groff", &["-man", "-ww", "-z"]), ("mandoc", &["-Tlint", "-Wwarning"])];
    for (program, args) in checkers {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let Ok(mut checker) = command.spawn() else {
            println!("{program} is not installed: not checked with it");
            continue;
        };
        checker.stdin.take().unwrap().write_all(page().as_bytes()).unwrap();
        let checked = checker.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&[checked.stdout, checked.stderr].concat()).into_owned();
        assert_eq!(said, "", "{program}");
    }
}
