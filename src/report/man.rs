//! The manual page, made of the grammar of the command line.

use crate::cli::Cli;
use clap::{Arg, Command, CommandFactory};
use roff::{Inline, Roff, bold, italic, roman};

/// Files that matter, with what they are.
const FILES: &[(&str, &str)] = &[
    (
        "~/.zirkabot/zirkabot.toml, ~/.zirkabot/zirkabot.json",
        "the config: which credentials are meant to be used",
    ),
    ("~/.zirkabot/.env", "variables that the gateway reads however it is started"),
    ("~/.zirkabot/agents/ID/agent/auth-profiles.json", "the auth store of an agent"),
    ("~/.zirkabot/journal.jsonl, ~/.zirkabot/backups", "what was changed, and what was there before"),
];

/// Variables that choose files and looks; those that hold credentials are told by `explain`.
const VARIABLES: &[(&str, &str)] = &[
    ("ZIRKABOT_STATE_DIR", "the state directory, instead of ~/.zirkabot"),
    ("ZIRKABOT_CONFIG_PATH", "the config"),
    ("ZIRKABOT_PROFILE", "as --profile"),
    ("ZIRKABOT_AGENT_DIR", "the directory of the main agent"),
    ("CLAUDE_CONFIG_DIR, CODEX_HOME", "where Claude Code and Codex keep their logins"),
    ("NO_COLOR, FORCE_COLOR, CLICOLOR", "whether colour is used"),
];

const EXAMPLES: &[(&str, &str)] = &[
    ("zirkabot doctor", "find out why the bot is silent, and mend it"),
    (
        "zirkabot models status --check",
        "in cron or CI: exit 1 if something is expired or missing, 2 if expiring",
    ),
    ("zirkabot plan --out plan.json && zirkabot apply plan.json", "look first, then do exactly that"),
    ("zirkabot undo", "take back the last change"),
];

/// The page in roff. `exits` are exit codes with their meaning.
pub fn page(exits: impl Iterator<Item = (u8, &'static str)>) -> String {
    let mut command = Cli::command();
    command.build();
    let mut page = Roff::new();
    let version = format!("zirkabot {}", command.get_version().unwrap_or_default());
    page.control("TH", ["ZIRKABOT", "1", "", version.as_str(), ""]);
    page.control("SH", ["NAME"]);
    page.text([roman("zirkabot - keeps the model credentials of an AI gateway right")]);
    page.control("SH", ["SYNOPSIS"]);
    page.text([bold("zirkabot"), roman(" ["), italic("OPTIONS"), roman("] "), italic("COMMAND")]);
    page.control("SH", ["DESCRIPTION"]);
    page.text([roman(about(&command))]);
    page.control("SH", ["OPTIONS"]);
    options(&mut page, &command, true);
    page.control("SH", ["COMMANDS"]);
    for sub in command.get_subcommands() {
        subcommand(&mut page, sub, "zirkabot");
    }
    page.control("SH", ["EXIT STATUS"]);
    exits.for_each(|(code, what)| item(&mut page, [bold(code.to_string())], what));
    for (title, rows) in [("FILES", FILES), ("ENVIRONMENT", VARIABLES), ("EXAMPLES", EXAMPLES)] {
        page.control("SH", [title]);
        rows.iter().for_each(|(name, what)| item(&mut page, [bold(*name)], what));
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([roman("zirkabot explain --list, zirkabot demo")]);
    page.render()
}

/// A command with all below it.
fn subcommand(page: &mut Roff, command: &Command, above: &str) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let name = format!("{above} {}", command.get_name());
    if !command.is_subcommand_required_set() {
        page.control("SS", [name.as_str()]);
        page.text([roman(about(command))]);
        options(page, command, false);
    }
    command.get_subcommands().for_each(|sub| subcommand(page, sub, &name));
}

/// What a command is for, in full.
fn about(command: &Command) -> String {
    let text = command.get_long_about().or_else(|| command.get_about());
    text.map(ToString::to_string).unwrap_or_default()
}

/// The arguments of a command; those of every command only where `all` are wanted.
fn options(page: &mut Roff, command: &Command, all: bool) {
    let is_told = |arg: &&Arg| {
        !arg.is_hide_set()
            && (all || !arg.is_global_set())
            && !["help", "version"].contains(&arg.get_id().as_str())
    };
    for arg in command.get_arguments().filter(is_told) {
        let mut head: Vec<Inline> = Vec::new();
        let flags = [
            arg.get_short().map(|short| format!("-{short}")),
            arg.get_long().map(|long| format!("--{long}")),
        ];
        for flag in flags.into_iter().flatten() {
            if !head.is_empty() {
                head.push(roman(", "));
            }
            head.push(bold(flag));
        }
        if arg.get_action().takes_values() {
            let names = arg.get_value_names().unwrap_or_default();
            let value = names.first().map(ToString::to_string).unwrap_or_default();
            if !head.is_empty() {
                head.push(roman(" "));
            }
            head.push(italic(value));
        }
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let values: Vec<String> =
            arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        let values = match values.as_slice() {
            [] => String::new(),
            values if arg.get_action().takes_values() => format!(" ({})", values.join(", ")),
            _ => String::new(),
        };
        item(page, head, &format!("{help}{values}"));
    }
}

/// A row of a list.
fn item(page: &mut Roff, head: impl IntoIterator<Item = Inline>, text: &str) {
    page.control("TP", []);
    page.text(head.into_iter().collect::<Vec<_>>());
    page.text([roman(text)]);
}
