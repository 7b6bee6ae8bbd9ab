//! Help for people: the commands of the top level in groups, options of every command under a heading of their own, and
//! examples. Made only when help, or an error about a line, is printed; the grammar itself has none of it.

use crate::cli::grammar::{GLOBAL, whole as grammar};
use crate::report::style::Style;
use clap::{Arg, Command};

/// The commands of the top level, by what people want.
const GROUPS: &[(&str, &[&str])] = &[
    ("Look", &["status", "check", "env", "explain", "history"]),
    ("Fix", &["doctor", "plan", "apply", "undo"]),
    ("Credentials", &["onboard", "adopt", "login", "logout", "auth"]),
    ("Models", &["models", "session"]),
    ("Automation", &["gateway", "service", "monitor", "exec", "export", "secrets"]),
    ("More", &["config", "demo", "completions", "man", "help"]),
];

/// What `check` is for, whose arguments are those of `status`.
const CHECKS: &str =
    "Check credentials and change nothing: exit 0 if OK, 1 if expired or missing, 2 if expiring";

/// Examples of commands that people type, two at most; `login` is also those of `models auth login`.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("add", &["zirkabot models auth add"]),
    ("adopt", &["zirkabot adopt --dry-run", "zirkabot adopt ~/.openclaw"]),
    ("apply", &["zirkabot apply", "zirkabot apply plan.json"]),
    ("check", &["zirkabot check", "zirkabot check --all-agents --json"]),
    ("config get", &["zirkabot config get agents.defaults.model"]),
    ("config set", &["zirkabot config set auth.warnWithin 3d", "zirkabot config set env.cwd true"]),
    ("demo", &["zirkabot demo"]),
    ("doctor", &["zirkabot doctor", "zirkabot doctor --fix --only expiry"]),
    ("env", &["zirkabot env", "zirkabot env ANTHROPIC_API_KEY"]),
    ("exec", &["zirkabot exec --provider anthropic -- my-script --fast"]),
    ("explain", &["zirkabot explain expiry/expired", "zirkabot explain 'OAuth token refresh failed'"]),
    (
        "export",
        &["zirkabot export dotenv --out keys.env", "zirkabot export k8s-secret --out secret.yaml --dry-run"],
    ),
    ("gateway", &["zirkabot gateway", "zirkabot gateway --port 8080"]),
    ("history", &["zirkabot history"]),
    ("login", &["zirkabot login --provider openai-codex", "zirkabot login --provider openai-codex --device"]),
    ("logout", &["zirkabot logout openai-codex:default"]),
    ("models list", &["zirkabot models list", "zirkabot models list --all --provider openai"]),
    ("models set", &["zirkabot models set anthropic/claude-opus-4-5", "zirkabot models set opus"]),
    ("monitor", &["zirkabot monitor --dry-run", "zirkabot monitor --ntfy my-secret-topic"]),
    ("monitor install", &["zirkabot monitor install"]),
    ("onboard", &["zirkabot onboard", "zirkabot onboard --non-interactive --anthropic-api-key-file key.txt"]),
    ("order set", &["zirkabot models auth order set --provider anthropic anthropic:work anthropic:home"]),
    (
        "paste-token",
        &[
            "zirkabot models auth paste-token --provider anthropic",
            "zirkabot models auth paste-token --provider openai --token-file key.txt",
        ],
    ),
    ("plan", &["zirkabot plan", "zirkabot plan --out plan.json"]),
    ("print", &["zirkabot models auth print --provider anthropic"]),
    ("refresh", &["zirkabot models auth refresh", "zirkabot models auth refresh openai-codex:default"]),
    ("remove", &["zirkabot models auth remove anthropic:manual"]),
    ("service install", &["zirkabot service install", "zirkabot service install --dry-run"]),
    ("session show", &["zirkabot session show main"]),
    ("status", &["zirkabot status", "zirkabot status --agent ops"]),
    ("test", &["zirkabot models auth test", "zirkabot models auth test anthropic:work"]),
    ("undo", &["zirkabot undo", "zirkabot undo 20261122T120000.000Z-1"]),
    ("why", &["zirkabot models auth why anthropic"]),
];

/// The bold and underlined text of a heading, as the parser writes its own.
fn heading(text: &str) -> String {
    format!("\u{1b}[1m\u{1b}[4m{text}\u{1b}[0m")
}

/// The whole grammar, with help as people read it.
pub(crate) fn whole() -> Command {
    let command = with(grammar(), "");
    let groups: String = GROUPS.iter().map(|(name, commands)| group(&command, name, commands)).collect();
    let after = "Without a command it shows the status. Use --help after a command to read more about it.";
    command
        .mut_subcommands(|sub| sub.hide(true))
        .override_usage("zirkabot [OPTIONS] [COMMAND]")
        .before_help(groups.trim_end().to_owned())
        .after_help(after)
        .help_template("{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}{all-args}{after-help}")
}

/// The lines of a group.
fn group(command: &Command, name: &str, commands: &[&str]) -> String {
    let line = |name: &&str| {
        let about = command.find_subcommand(name).and_then(|found| found.get_about());
        let about = about.map(ToString::to_string).unwrap_or_default();
        let also = if *name == "onboard" { " (also: setup)" } else { "" };
        // Broken here, below each other, so that it reads well at 80 columns and more.
        let about = Style { width: 79, ..Style::PLAIN }.wrap(&format!("{about}{also}"), 15, 15);
        format!("  \u{1b}[1m{name:<11}\u{1b}[0m  {about}\n")
    };
    format!("{}\n{}\n", heading(&format!("{name}:")), commands.iter().map(line).collect::<String>())
}

/// A command with all below it, with examples and headings; `path` is its words.
fn with(command: Command, path: &str) -> Command {
    let general = |arg: Arg| match arg.get_id().as_str() {
        "help" | "version" => arg.help_heading(GLOBAL),
        _ => arg,
    };
    let short = path.strip_prefix("models auth ").or_else(|| path.strip_prefix("auth ")).unwrap_or(path);
    let short = if short == "models status" { "status" } else { short };
    let command = command.mut_args(general);
    let command = if path == "check" { command.about(CHECKS).long_about(CHECKS) } else { command };
    let command = match EXAMPLES.iter().find(|(words, _)| *words == short) {
        Some((_, lines)) => {
            let lines: String = lines.iter().map(|line| format!("\n  {line}")).collect();
            command.after_help(format!("{}{lines}", heading("Examples:")))
        }
        None => command,
    };
    command.mut_subcommands(|sub| {
        let path = format!("{path} {}", sub.get_name());
        with(sub, path.trim_start())
    })
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;
    use crate::cli::grammar::help::*;
    use crate::cli::grammar::whole as grammar;
    use clap::Parser;

    #[test]
    fn every_command_is_in_one_group() {
        let command = grammar();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut all: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
    }

    #[test]
    fn examples_are_lines_that_the_grammar_reads() {
        assert!(EXAMPLES.is_sorted());
        for (command, lines) in EXAMPLES {
            assert!(lines.len() <= 2, "{command}");
            for line in *lines {
                let words = line.replace("'OAuth token refresh failed'", "failed");
                let read = Cli::try_parse_from(words.split(' '));
                assert!(read.is_ok(), "{line}: {:?}", read.err());
                assert!(line.contains(command), "{line} is no example of {command}");
            }
        }
    }
}
