//! The tables of the book, made from the tables of the program.

use crate::house::docs::{at, book, is_decision};
use crate::house::manual;
use crate::terminal::completions::each;
use clap::CommandFactory;
use serde_json::Value;
use zirkabot::catalog::logins::LOGINS;
use zirkabot::catalog::providers::{self, Ambient, PROVIDERS};
use zirkabot::catalog::tools::Tool;
use zirkabot::cli::Cli;
use zirkabot::report::schema;

/// The rows below a head.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let rows = rows.into_iter().map(|row| line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
    format!("{}{}\n{}", line(head), "|---".repeat(head.len()) + "|", rows.collect::<String>())
}

/// Words as code, with commas between them.
fn codes<T: std::fmt::Display>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The commands that begin with a word, with what each does; those without a family of their own are `others`.
pub(crate) fn commands(part: &str) -> String {
    const FAMILIES: &[&str] =
        &["models", "onboard", "exec", "export", "env", "gateway", "monitor", "service", "session", "config"];
    let mut grammar = Cli::command();
    grammar.build();
    let mut rows = Vec::new();
    each(&grammar, "zirkabot ", &mut |line, command| {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let Some(first) = words.first().filter(|_| !command.is_subcommand_required_set()) else { return };
        let is_auth = words.starts_with(&["models", "auth"]);
        let belongs = match part {
            "others" => !FAMILIES.contains(first),
            "auth" => is_auth,
            "hand-out" => ["exec", "export", "env"].contains(first),
            part => *first == part && !is_auth,
        };
        if !belongs {
            return;
        }
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").lines().next().unwrap_or_default();
        let usage = usage.replace(" [OPTIONS]", "").replace(['<', '>'], "").replace('|', "\\|");
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        rows.push(vec![format!("`{usage}`"), about]);
    });
    assert!(!rows.is_empty(), "there is no command of {part}");
    table(&["command", "what it does"], rows)
}

pub(crate) fn exits() -> String {
    let rows = zirkabot::cli::EXITS.iter();
    table(
        &["exit code", "meaning"],
        rows.map(|(exit, what)| vec![exit.code().to_string(), (*what).to_owned()]),
    )
}

/// The keys of a part of the config, with what each may be.
pub(crate) fn config(part: &str) -> String {
    let (_, schema) = schema::all().into_iter().find(|(name, _)| *name == "config.schema.json").unwrap();
    let mut rows = Vec::new();
    keys(&schema["properties"][part], part, &mut rows);
    assert!(!rows.is_empty(), "there is no part {part}");
    table(&["key", "value", "meaning"], rows)
}

/// Adds a row for each key below a place that is ours and of today.
fn keys(node: &Value, path: &str, rows: &mut Vec<Vec<String>>) {
    for (name, value) in node["properties"].as_object().into_iter().flatten() {
        let about = value["description"].as_str().unwrap_or_default();
        if about.starts_with("Belongs to another part") || about.starts_with("Now ") {
            continue;
        }
        let path = format!("{path}.{name}");
        rows.push(vec![format!("`{path}`"), kind(value), about.replace('|', "\\|")]);
        keys(value, &path, rows);
        keys(&value["items"], &format!("{path}[]"), rows);
    }
    if node["additionalProperties"].is_object() {
        keys(&node["additionalProperties"], &format!("{path}.NAME"), rows);
    }
    for part in node["anyOf"].as_array().into_iter().flatten() {
        keys(part, path, rows);
    }
}

/// What a value may be.
fn kind(value: &Value) -> String {
    let words = |list: &Value| codes(list.as_array().into_iter().flatten().filter_map(Value::as_str));
    match (&value["enum"], &value["anyOf"], value["type"].as_str()) {
        (list @ Value::Array(_), ..) => words(list),
        (_, Value::Array(parts), _) => {
            let mut kinds: Vec<String> = parts.iter().map(kind).collect();
            kinds.dedup();
            kinds.join(" or ")
        }
        _ if value["pattern"].as_str().is_some_and(|pattern| pattern.contains("[0-9.]")) => {
            format!("duration or {}", if value["maximum"] == 0 { "0" } else { "number" })
        }
        (.., Some("string")) => "text".to_owned(),
        (.., Some("boolean")) => "`true`, `false`".to_owned(),
        (.., Some("integer" | "number")) => "number".to_owned(),
        (.., Some("array")) => "list".to_owned(),
        (.., Some("object")) => "table".to_owned(),
        _ => value["const"].to_string(),
    }
}

/// `monitor` in the config, with all channels.
pub(crate) fn channels() -> String {
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
pub(crate) fn sources() -> String {
    let rows = Tool::ALL.into_iter().map(|tool| {
        let row = tool.row();
        let keychain = if row.keychain.is_some() { "the Keychain, else " } else { "" };
        let moved = row.place.var.map(|var| format!("; `{var}` moves it")).unwrap_or_default();
        let renewal = providers::find(row.provider).is_some_and(|row| row.renewal.is_some());
        let renewed = if renewal { "zirkabot".to_owned() } else { format!("`{}`", row.login) };
        let place = format!("{keychain}`~/{}`{moved}", row.path().display());
        vec![row.name.to_owned(), place, format!("`{}`", row.from), format!("`{}`", row.profile), renewed]
    });
    table(&["program", "its login", "`from`", "profile", "renewed by"], rows)
}

/// Where a person logs in.
pub(crate) fn logins() -> String {
    let rows = LOGINS.iter().filter(|row| row.over.is_none()).map(|row| {
        let on_this_machine = ["http://127.0.0.1", "http://localhost"];
        let here = on_this_machine.iter().any(|begin| row.redirect.starts_with(begin));
        let browser = match (row.authorize.is_empty(), here) {
            (true, _) => "–",
            (false, true) => "comes back to this machine",
            (false, false) => "shows a code to paste",
        };
        let yes = |is: bool| if is { "yes" } else { "–" };
        let cells = [browser, yes(!row.device.is_empty()), yes(!row.revoke.is_empty())];
        std::iter::once(format!("`{}`", row.provider)).chain(cells.map(str::to_owned)).collect()
    });
    table(&["provider", "browser", "device code", "revoked by `logout`"], rows)
}

/// A way in that rests on more than one variable, or on a file.
fn ambient(way: &Ambient) -> String {
    let groups = way.vars.iter().map(|group| codes(*group).replace(", ", " or "));
    let file = way.file.map(|(var, place)| format!("`~/{place}` or `{var}`"));
    format!("{} ({})", way.label, groups.chain(file).collect::<Vec<_>>().join(" with "))
}

/// What is known of each provider.
pub(crate) fn providers() -> String {
    let rows = PROVIDERS.iter().map(|row| {
        let vars =
            row.vars.iter().map(|var| format!("`{}`", var.name)).chain(row.ambient.iter().map(ambient));
        let wires = row.wires.iter().map(|wire| format!("{wire:?}").to_lowercase());
        let known = !row.address.is_empty();
        let forms = wires.collect::<Vec<_>>().join(", ");
        let forms = if known && forms.is_empty() { "its own paths".to_owned() } else { forms };
        let renewed = if row.renewal.is_some() { "yes" } else { "" };
        let asked = if row.question.is_empty() { "" } else { "yes" };
        let name = format!("`{}`", row.id);
        vec![name, vars.collect::<Vec<_>>().join(", "), forms, renewed.to_owned(), asked.to_owned()]
    });
    table(
        &[
            "provider",
            "where its credential is looked for, first choice first",
            "gateway",
            "logins renewed",
            "tested without cost",
        ],
        rows,
    )
}

/// The variables of our own, as the manual page has them.
pub(crate) fn variables() -> String {
    let page = manual::plain();
    let rows = manual::section(&page, "ENVIRONMENT").split(".TP\n").filter_map(|row| {
        let (names, about) = row.trim().split_once('\n')?;
        let about = about.replace("\\*(Aq", "'");
        (!about.starts_with("credentials of ")).then(|| vec![codes(names.split(", ")), about])
    });
    table(&["variable", "meaning"], rows)
}

/// The documents that commands print.
pub(crate) fn documents() -> String {
    let rows = schema::COMMANDS.iter().map(|(command, names)| {
        vec![format!("`zirkabot {command}`"), codes(names.iter().map(|name| format!("{name}.schema.json")))]
    });
    table(&["command", "schemas of what it prints with `--json`"], rows)
}

/// The decisions, with their titles.
pub(crate) fn decisions(indent: &str, dir: &str) -> String {
    let pages = book().into_iter().filter(|page| is_decision(&page.name));
    let rows = pages.map(|page| {
        let file = at(&page.name).file_name().unwrap().to_string_lossy().into_owned();
        let title = page.text.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
        format!("{indent}- [{title}]({dir}{file})\n")
    });
    rows.collect()
}
