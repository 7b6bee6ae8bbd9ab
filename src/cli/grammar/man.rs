//! The manual page: one page with all commands, made of the grammar of the command line.
//!
//! What the grammar does not know stands in the tables below; variables that hold credentials come
//! from [`PROVIDERS`].

use crate::catalog::nearest::listed;
use crate::catalog::providers::PROVIDERS;
use crate::catalog::tools::{Tool, ToolRow};
use crate::cli::grammar;
use clap::{Arg, Command};
use roff::{Inline, Roff, bold, italic, roman};

/// Files that matter, with what they are.
const FILES: &[(&str, &str)] = &[
    (
        "~/.zirkabot/zirkabot.toml, ~/.zirkabot/zirkabot.json",
        "the config: which credentials to use, and for which models",
    ),
    ("~/.zirkabot/.env", "variables that the gateway reads no matter how it is started"),
    ("~/.zirkabot/agents/ID/agent/auth-profiles.json", "the auth store of an agent"),
    ("~/.zirkabot/journal.jsonl", "the changes listed by `zirkabot history`; no secrets"),
    ("~/.zirkabot/backups", "previous versions of changed files"),
    ("~/.zirkabot-NAME", "all of these for `--state-name NAME`"),
];

/// Variables that say where things are and how the program behaves.
const VARIABLES: &[(&str, &str)] = &[
    ("ZIRKABOT_STATE_DIR", "the state directory, instead of ~/.zirkabot"),
    ("ZIRKABOT_CONFIG_PATH", "the config"),
    ("ZIRKABOT_PROFILE", "as `--state-name`"),
    ("ZIRKABOT_AGENT_DIR, PI_CODING_AGENT_DIR", "the directory of the main agent"),
    ("ZIRKABOT_OAUTH_DIR", "the directory of the older oauth.json"),
    ("ZIRKABOT_LOAD_SHELL_ENV", "whether missing variables are read from the login shell"),
    ("ZIRKABOT_DEFER_SHELL_ENV_FALLBACK", "whether that is disabled anyway"),
    ("ZIRKABOT_SHELL_ENV_TIMEOUT_MS", "how long to wait for the login shell, in milliseconds"),
    ("ZIRKABOT_SYSTEMD_UNIT, ZIRKABOT_LAUNCHD_LABEL", "the name of the gateway's service"),
    ("ZIRKABOT_GATEWAY_PORT", "the gateway's port, which `service install` passes on"),
    ("ZIRKABOT_OFFLINE", "if 1, no other machine is contacted"),
];

const LOOKS: [(&str, &str); 3] = [
    ("NO_COLOR, FORCE_COLOR, CLICOLOR, CLICOLOR_FORCE", "whether colour is used when `--color` is auto"),
    ("COLORFGBG", "whether the background is dark or light, as in 15;0 and 0;15"),
    ("TZ", "the time zone of times that people read; else that of /etc/localtime"),
];

const EXAMPLES: &[(&str, &str)] = &[
    ("zirkabot doctor", "find out why the bot is silent, and fix it"),
    (
        "zirkabot models status --check",
        "in cron or CI: exit 1 if something is expired or missing, 2 if something is expiring",
    ),
    ("zirkabot models auth why anthropic", "why this credential is used"),
    ("zirkabot plan --out plan.json && zirkabot apply plan.json", "review first, then apply exactly that"),
    ("zirkabot undo", "undo the last change"),
];

/// The page in roff. `exits` are exit codes with their meaning.
pub(crate) fn page(exits: impl Iterator<Item = (u8, &'static str)>) -> String {
    let command = grammar::whole();
    let mut page = Roff::new();
    let version = command.get_version().unwrap_or_default();
    page.control("TH", ["ZIRKABOT", "1", &date(version), &format!("zirkabot {version}")]);
    page.control("SH", ["NAME"]);
    page.text([roman("zirkabot - keeps the model credentials of an AI gateway in order")]);
    page.control("SH", ["SYNOPSIS"]);
    usage(&mut page, &command);
    page.control("SH", ["DESCRIPTION"]);
    about(&mut page, &command);
    page.control("SH", ["OPTIONS"]);
    arguments(&mut page, &command, true);
    page.control("SH", ["COMMANDS"]);
    command.get_subcommands().for_each(|sub| subcommand(&mut page, sub, "zirkabot"));
    page.control("SH", ["EXIT STATUS"]);
    exits.for_each(|(code, what)| item(&mut page, [bold(code.to_string())], what));
    page.control("SH", ["FILES"]);
    FILES.iter().for_each(|(files, what)| item(&mut page, [bold(*files)], what));
    let (files, whose) = tools(|row| Some(format!("~/{}", row.path().display())));
    item(&mut page, [bold(files)], &format!("logins of {whose}; only read"));
    page.control("SH", ["ENVIRONMENT"]);
    VARIABLES.iter().for_each(|(names, what)| item(&mut page, [bold(*names)], what));
    let (vars, whose) = tools(|row| row.place.var.map(str::to_owned));
    item(&mut page, [bold(vars)], &format!("where {whose} keep their logins"));
    LOOKS.iter().for_each(|(names, what)| item(&mut page, [bold(*names)], what));
    for provider in PROVIDERS {
        let groups = provider.ambient.iter().flat_map(|way| way.vars).flat_map(|group| group.iter().copied());
        let files = provider.ambient.iter().filter_map(|way| Some(way.file?.0));
        let names: Vec<&str> = provider.vars.iter().map(|var| var.name).chain(groups).chain(files).collect();
        if !names.is_empty() {
            item(&mut page, [bold(names.join(", "))], &format!("credentials of {}", provider.id));
        }
    }
    page.control("SH", ["EXAMPLES"]);
    EXAMPLES.iter().for_each(|(line, what)| item(&mut page, [bold(*line)], what));
    page.control("SH", ["SEE ALSO"]);
    let more = "`zirkabot explain --list` lists all findings, and `zirkabot explain CODE` shows how to fix each one. `zirkabot demo` demonstrates everything in a temporary home.";
    page.text(marked(more));
    page.render()
}

/// What the tools have that have it, and their names.
fn tools(of: impl Fn(&ToolRow) -> Option<String>) -> (String, String) {
    let all = Tool::ALL.iter().filter_map(|tool| Some((of(tool.row())?, tool.row().name.to_owned())));
    let (what, names): (Vec<String>, Vec<String>) = all.unzip();
    (what.join(", "), listed(&names))
}

/// The date of a calendar version, as pages want it.
fn date(version: &str) -> String {
    version.split('.').map(|part| format!("{part:0>2}")).collect::<Vec<_>>().join("-")
}

/// A command with all below it. One that does nothing by itself has no entry.
fn subcommand(page: &mut Roff, command: &Command, above: &str) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let name = format!("{above} {}", command.get_name());
    if !command.is_subcommand_required_set() {
        page.control("SS", [name.as_str()]);
        usage(page, command);
        page.control("PP", []);
        about(page, command);
        arguments(page, command, false);
    }
    command.get_subcommands().for_each(|sub| subcommand(page, sub, &name));
}

/// How a command line is put together.
fn usage(page: &mut Roff, command: &Command) {
    let usage = command.clone().render_usage().to_string();
    let mut lines = usage.trim_start_matches("Usage:").lines().map(str::trim);
    page.text([bold(lines.next().unwrap_or_default())]);
    for line in lines {
        page.control("br", []);
        page.text([bold(line)]);
    }
}

/// What a command is for, in full.
fn about(page: &mut Roff, command: &Command) {
    let text = command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string);
    for (n, paragraph) in text.unwrap_or_default().split("\n\n").enumerate() {
        if n > 0 {
            page.control("PP", []);
        }
        page.text(marked(paragraph));
    }
}

/// The arguments of a command; those of every command only where `all` are wanted.
fn arguments(page: &mut Roff, command: &Command, all: bool) {
    let is_general = |arg: &Arg| arg.is_global_set() || ["help", "version"].contains(&arg.get_id().as_str());
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set() && (all || !is_general(arg))) {
        item(page, head(arg), &(help(arg) + &values(arg)));
    }
}

/// Flags of an argument, and what it takes.
fn head(arg: &Arg) -> Vec<Inline> {
    let short = arg.get_short().map(|short| bold(format!("-{short}")));
    let long = arg.get_long().map(|long| bold(format!("--{long}")));
    let flags: Vec<Inline> = short.into_iter().chain(long).collect();
    let mut head: Vec<Inline> = Vec::new();
    for flag in flags {
        if !head.is_empty() {
            head.push(roman(", "));
        }
        head.push(flag);
    }
    if arg.get_action().takes_values() {
        if !head.is_empty() {
            head.push(roman(" "));
        }
        let name = arg.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
        head.push(italic(name.unwrap_or_default()));
    }
    head
}

fn help(arg: &Arg) -> String {
    let text = arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string);
    text.unwrap_or_default().replace("\n\n", ". ")
}

/// What an argument can be, and is where nothing is said.
fn values(arg: &Arg) -> String {
    if !arg.get_action().takes_values() {
        return String::new();
    }
    let value = |value: &clap::builder::PossibleValue| match value.get_help() {
        Some(help) => format!("{} ({help})", value.get_name()),
        None => value.get_name().to_owned(),
    };
    let possible = arg.get_possible_values();
    let possible: Vec<String> = possible.iter().filter(|value| !value.is_hide_set()).map(value).collect();
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let mut told = String::new();
    if !possible.is_empty() {
        told += &format!(": {}", possible.join(", "));
    }
    if !defaults.is_empty() {
        told += &format!(" [default: {}]", defaults.join(" "));
    }
    told
}

/// A row of a list.
fn item(page: &mut Roff, head: impl IntoIterator<Item = Inline>, text: &str) {
    page.control("TP", []);
    page.text(head.into_iter().collect::<Vec<_>>());
    page.text(marked(text));
}

/// A text with what stands between backticks in bold.
fn marked(text: &str) -> Vec<Inline> {
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(n, part)| if n % 2 == 1 { bold(part) } else { roman(part) }).collect()
}
