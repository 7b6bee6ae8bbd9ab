//! README.md is held against the program: its tables and its outputs are generated.
//! `UPDATE_README=1` rewrites them.

use crate::support::case;
use crate::terminal::completions::each;
use clap::CommandFactory;
use std::path::Path;
use zirkabot::catalog::providers;
use zirkabot::catalog::tools::Tool;
use zirkabot::cli::Cli;

#[test]
fn readme_shows_what_the_program_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let made = regenerate(&text);
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, &made).unwrap();
        return;
    }
    let diff = similar::TextDiff::from_lines(&text, &made);
    assert!(text == made, "{}", diff.unified_diff().header("README.md", "the program"));
}

/// The text with every generated section made anew.
fn regenerate(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("<!-- generated: ") {
        let (before, marked) = rest.split_at(at);
        let (marker, body) = marked.split_once(" -->\n").unwrap();
        let (_, after) = body.split_once("<!-- end -->").unwrap();
        let what = marker.trim_start_matches("<!-- generated: ");
        out.push_str(&format!("{before}<!-- generated: {what} -->\n{}<!-- end -->", section(what)));
        rest = after;
    }
    out + rest
}

fn section(what: &str) -> String {
    match what.split_whitespace().collect::<Vec<_>>()[..] {
        ["commands"] => commands(),
        ["exits"] => exits(),
        ["channels"] => channels(),
        ["sources"] => sources(),
        ["findings"] => {
            let rules: Vec<_> = zirkabot::checks::rules().collect();
            zirkabot::report::explain::markdown_table(&rules)
        }
        ["output", name] => output(name, 0),
        ["output", name, step] => output(name, step.parse().unwrap()),
        _ => panic!("README.md asks for {what:?}"),
    }
}

/// All commands, with what each does.
fn commands() -> String {
    let mut grammar = Cli::command();
    grammar.build();
    let mut rows = String::from("| command | what it does |\n|---|---|\n");
    each(&grammar, "zirkabot ", &mut |line, command| {
        if line == "zirkabot " || command.is_subcommand_required_set() {
            return;
        }
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").lines().next().unwrap_or_default();
        let usage = usage.replace(" [OPTIONS]", "").replace(['<', '>'], "").replace('|', "\\|");
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        rows.push_str(&format!("| `{usage}` | {about} |\n"));
    });
    rows
}

fn exits() -> String {
    let rows = zirkabot::cli::EXITS.iter();
    let rows: String = rows.map(|(exit, what)| format!("| {} | {what} |\n", exit.code())).collect();
    format!("| exit code | meaning |\n|---|---|\n{rows}")
}

/// `monitor` in the config, with all channels.
fn channels() -> String {
    let channels = zirkabot::config::channels::CHANNELS.iter();
    let channels = channels.map(|row| (format!("{} = {}", row.name(), row.example), row.remark));
    let own = [
        ("remind = \"24h\"".to_owned(), "tells again what goes on; or \"off\""),
        ("allowRefreshable = false".to_owned(), "tells of logins that renew themselves, too"),
    ];
    let rows: Vec<_> = channels.chain(own).collect();
    let width = rows.iter().map(|(set, _)| set.len()).max().unwrap_or_default();
    let rows: String = rows.iter().map(|(set, remark)| format!("{set:width$}  # {remark}\n")).collect();
    format!("```toml\n[monitor]\n{rows}```\n")
}

/// The programs whose logins are borrowed.
fn sources() -> String {
    let rows = Tool::ALL.into_iter().map(|tool| {
        let row = tool.row();
        let keychain = if row.keychain.is_some() { "the Keychain, else " } else { "" };
        let moved = row.place.var.map(|var| format!("; `{var}` moves it")).unwrap_or_default();
        let renewal = providers::find(row.provider).is_some_and(|row| row.renewal.is_some());
        let renewed = if renewal { "zirkabot".to_owned() } else { format!("`{}`", row.login) };
        let (name, path) = (row.name, row.path());
        let place = format!("{keychain}`~/{}`{moved}", path.display());
        format!("| {name} | {place} | `{}` | `{}` | {renewed} |\n", row.from, row.profile)
    });
    let head = "| program | its login | `from` | profile | renewed by |\n|---|---|---|---|---|\n";
    head.to_owned() + &rows.collect::<String>()
}

/// What a step of a fixture prints; standard error comes first, as at a terminal.
fn output(name: &str, step: usize) -> String {
    let step = &case::named(name).steps[step];
    format!("```console\n$ {}\n{}{}```\n", step.line, step.stderr, step.stdout)
}
