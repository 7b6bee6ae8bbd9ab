//! What was made for a service manager, read again before it is written: a definition is a program in
//! a language of its own, and a path that says something in it would become a part of it. What cannot
//! stand in one is refused, and what stands there is compared with what was meant.

use crate::catalog::documents::DocKind;
use crate::change::advice::{Advice, Command};
use crate::change::proposal::Refusal;
use crate::doc::{Doc, KeyPath, Node, unit};
use crate::policy::unit::{UnitInputs, cron, launchd, systemd};
use crate::world::observe::open;
use crate::world::service::{Role, monitor_label};
use std::path::{Path, PathBuf};

/// The finding that says more.
pub(crate) const CODE: &str = "service/unsafe-name";

/// Settings of a section, as they are read.
type Settings = Vec<(String, Vec<(String, Vec<String>)>)>;

/// What of a name or path cannot stand in a definition, as the end of a sentence; nothing of its text.
pub(crate) fn unfit(facts: &UnitInputs<'_>) -> Option<String> {
    let paths = &facts.world.paths;
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if paths.profile.as_ref().is_some_and(|name| name.is_empty() || !name.chars().all(fine)) {
        return Some("the state name has characters other than letters, digits, _ and -".to_owned());
    }
    let configs = paths.configs.iter().map(|path| ("the path of the config", path.as_path()));
    let places = [
        ("the path of the home", paths.home.as_path()),
        ("the path of the state directory", paths.state.as_path()),
        ("the path of the program", facts.program),
    ];
    let odd =
        places.into_iter().chain(configs).find(|(_, path)| is_odd(path)).map(|(what, _)| what.to_owned());
    let vars = facts.variables();
    let var = || vars.iter().find(|(_, value)| value.chars().any(char::is_control));
    let what = odd.or_else(|| var().map(|(name, _)| format!("the variable {name}")))?;
    Some(format!("{what} contains a line break or another control character"))
}

/// Whether a path has something in it that a text cannot hold, or that ends a line of one.
pub(crate) fn is_odd(path: &Path) -> bool {
    path.to_str().is_none_or(|text| text.chars().any(char::is_control))
}

/// The whole text of a file, safe to be written; none of a drop-in.
///
/// # Errors
/// If a path cannot stand in it, or it says something else than is meant.
pub(crate) fn text(facts: &UnitInputs<'_>, role: Role) -> Result<Option<String>, Refusal> {
    fit(facts)?;
    let Some(text) = facts.text(role) else { return Ok(None) };
    let says_it = match role {
        Role::Unit => is_unit(facts, &text, "gateway"),
        Role::Socket => is_socket(facts, &text),
        Role::MonitorUnit => is_unit(facts, &text, "monitor"),
        Role::MonitorTimer => keys(&read(DocKind::Unit, &text)) == TIMER.map(flat),
        Role::Plist => is_list(facts, &text, "gateway"),
        Role::MonitorPlist => is_list(facts, &text, "monitor"),
        // All that it holds of paths are words in single quotes.
        Role::Widget => shlex::split(&text).is_some(),
        Role::DropIn => true,
    };
    if says_it { Ok(Some(text)) } else { Err(differs()) }
}

/// The text of a drop-in, safe to be written; `None` if a path cannot stand in it.
pub(crate) fn drop_in(
    facts: &UnitInputs<'_>,
    settings: &[(&'static str, Vec<(&'static str, String)>)],
) -> Option<String> {
    fit(facts).ok()?;
    let text = systemd::drop_in(settings);
    let doc = read(DocKind::Unit, &text);
    let meant: Vec<(&str, Vec<&str>)> =
        settings.iter().map(|(name, own)| (*name, own.iter().map(|(key, _)| *key).collect())).collect();
    let home = &facts.world.paths.home;
    let says_it = settings_of(home, &doc)?.iter().zip(settings).all(|((_, read), (_, own))| {
        read.iter().zip(own).all(|((key, values), (_, meant))| match (key.as_str(), meant.is_empty()) {
            ("ExecStart", false) => *values == [facts.program.display().to_string(), "gateway".to_owned()],
            ("Environment", _) => {
                let path = facts.variables().into_iter().find(|(name, _)| name == "PATH");
                path.is_some_and(|(name, value)| *values == [format!("{name}={value}")])
            }
            _ => *values == [meant.clone()],
        })
    });
    let named = keys(&doc);
    let is_same = named.iter().map(|(name, own)| (name.as_str(), own.iter().map(String::as_str).collect()));
    (says_it && is_same.collect::<Vec<(&str, Vec<&str>)>>() == meant).then_some(text)
}

/// The crontab with our line, safe to be handed to cron.
///
/// # Errors
/// If the path of the program cannot stand in it.
pub(crate) fn crontab(facts: &UnitInputs<'_>, old: &str) -> Result<String, Refusal> {
    fit(facts)?;
    let new = cron::with(facts, old);
    let mut ours = new.lines().filter(|line| !old.lines().any(|known| known == *line));
    let (line, rest) = (ours.next(), ours.next());
    let profile = facts.world.paths.profile.iter().flat_map(|name| ["--state-name".to_owned(), name.clone()]);
    let mut meant = vec![facts.program.display().to_string()];
    meant.extend(profile);
    meant.extend(["monitor", ">/dev/null", "2>&1"].map(str::to_owned));
    let says_it = line.is_none_or(|line| {
        let command = crate::world::observe::service::cron::command(line, None);
        command.and_then(|text| shlex::split(&of_cron(text)?)).is_some_and(|words| words == meant)
    });
    if says_it && rest.is_none() { Ok(new) } else { Err(differs()) }
}

fn fit(facts: &UnitInputs<'_>) -> Result<(), Refusal> {
    match unfit(facts) {
        None => Ok(()),
        Some(why) => Err(Refusal::state(format!("{why}, which a service manager would read differently"))
            .code(CODE)
            .help(Advice::say("look at ").run(Command::look(facts.world.paths.command("env"))))),
    }
}

fn differs() -> Refusal {
    Refusal::state(
        "a path contains characters that a service manager reads differently, so nothing was written",
    )
    .code(CODE)
    .help("install zirkabot, and keep its state, under a path without such characters")
}

fn read(kind: DocKind, text: &str) -> Doc {
    open::of_bytes(kind, text.as_bytes().to_vec())
}

/// Sections and keys of a unit of ours, where they do not depend on anything.
const TIMER: [(&str, &[&str]); 3] = [
    ("Unit", &["Description"]),
    ("Timer", &["OnStartupSec", "OnCalendar", "RandomizedDelaySec", "Persistent"]),
    ("Install", &["WantedBy"]),
];

const SOCKET: [(&str, &[&str]); 3] =
    [("Unit", &["Description"]), ("Socket", &["ListenStream", "NoDelay"]), ("Install", &["WantedBy"])];

fn flat((name, keys): (&str, &[&str])) -> (String, Vec<String>) {
    (name.to_owned(), keys.iter().map(|key| (*key).to_owned()).collect())
}

fn keys(doc: &Doc) -> Vec<(String, Vec<String>)> {
    let keys = |node: &Node| node.members().iter().map(|member| member.key.clone()).collect();
    let sections = doc.root.as_ref().map(Node::members).unwrap_or_default();
    sections.iter().map(|section| (section.key.clone(), keys(&section.node))).collect()
}

/// All settings with their words, specifiers replaced; `None` if one has a specifier that we do not write.
fn settings_of(home: &Path, doc: &Doc) -> Option<Settings> {
    let one = |member: &crate::doc::Member| {
        let node = &member.node;
        let raw = match (member.key.as_str(), node.as_str()) {
            ("Environment", _) => {
                let text = |own: &crate::doc::Member| Some(format!("{}={}", own.key, own.node.as_str()?));
                node.members().iter().map(text).collect::<Option<Vec<_>>>()?
            }
            ("ExecStart", Some(text)) if !text.is_empty() => unit::words(text),
            (_, text) => vec![text.unwrap_or_default().to_owned()],
        };
        let values = raw.iter().map(|text| expanded(home, text)).collect::<Option<Vec<_>>>()?;
        Some((member.key.clone(), values))
    };
    let sections = doc.root.as_ref()?.members().iter();
    sections
        .map(|own| Some((own.key.clone(), own.node.members().iter().map(one).collect::<Option<Vec<_>>>()?)))
        .collect()
}

/// A text of a unit with the specifiers that we write replaced.
fn expanded(home: &Path, text: &str) -> Option<String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        match after.chars().next()? {
            '%' => out.push('%'),
            'h' => out.push_str(home.to_str()?),
            _ => return None,
        }
        rest = &after[1..];
    }
    out.push_str(rest);
    Some(out)
}

fn is_unit(facts: &UnitInputs<'_>, text: &str, verb: &str) -> bool {
    let paths = &facts.world.paths;
    let is_gateway = verb == "gateway";
    let vars = match is_gateway {
        true => facts.gateway_variables(("ZIRKABOT_SYSTEMD_UNIT", &format!("{}.service", facts.unit))),
        false => facts.variables(),
    };
    let before: &[&str] = if is_gateway {
        &[
            "ExecReload",
            "Restart",
            "RestartSec",
            "RestartPreventExitStatus",
            "KillMode",
            "TimeoutStopSec",
            "WatchdogSec",
            "NoNewPrivileges",
            "LockPersonality",
            "MemoryMax",
            "RestrictAddressFamilies",
            "RestrictRealtime",
            "UMask",
        ]
    } else {
        &["SuccessExitStatus", "TimeoutStartSec"]
    };
    let mut service = vec!["Type", "ExecStart"];
    service.extend(before);
    service.extend(vars.iter().map(|_| "Environment"));
    service.extend((!is_gateway).then_some("EnvironmentFile"));
    let mut meant = vec![flat(("Unit", &["Description", "After", "Wants"])), flat(("Service", &service))];
    meant.extend(is_gateway.then(|| flat(("Install", &["WantedBy"]))));
    let doc = read(DocKind::Unit, text);
    let Some(settings) = settings_of(&paths.home, &doc) else { return false };
    let all = |key: &str| -> Vec<String> {
        let own = settings.iter().flat_map(|(_, own)| own).filter(|(name, _)| name == key);
        own.flat_map(|(_, values)| values.clone()).collect()
    };
    let vars: Vec<String> = vars.iter().map(|(name, value)| format!("{name}={value}")).collect();
    // The gateway reads that file itself.
    let file = (!is_gateway).then(|| format!("-{}", paths.state.join(".env").display()));
    let files: Vec<String> = file.into_iter().collect();
    keys(&doc) == meant
        && all("ExecStart") == [facts.program.display().to_string(), verb.to_owned()]
        && all("Environment") == vars
        && all("EnvironmentFile") == files
}

fn is_socket(facts: &UnitInputs<'_>, text: &str) -> bool {
    let doc = read(DocKind::Unit, text);
    let address = doc.root.as_ref().and_then(|root| root.get("Socket")?.get("ListenStream")?.as_str());
    keys(&doc) == SOCKET.map(flat) && address == Some(&systemd::address(facts))
}

fn is_list(facts: &UnitInputs<'_>, text: &str, verb: &str) -> bool {
    let doc = read(DocKind::Plist, text);
    let Some(root) = &doc.root else { return false };
    let is_gateway = verb == "gateway";
    let (label, vars, turns) = match is_gateway {
        true => (facts.label.to_owned(), launchd::gateway_variables(facts), &["RunAtLoad", "KeepAlive"][..]),
        false => (monitor_label(facts.label), launchd::monitor_variables(facts), &["StartInterval"][..]),
    };
    let mut keys = vec!["Label", "ProgramArguments"];
    keys.extend(turns);
    keys.extend(["EnvironmentVariables", "StandardOutPath", "StandardErrorPath"]);
    let log = |name: &str| facts.world.paths.state.join("logs").join(name);
    let (out, err) = (log(&format!("{verb}.log")), log(&format!("{verb}.err.log")));
    let says = |key: &str, path: &PathBuf| root.get(key).and_then(Node::as_str).map(Path::new) == Some(path);
    let command = root.get("ProgramArguments").map(Node::items).unwrap_or_default();
    let command: Vec<_> = command.iter().filter_map(Node::as_str).collect();
    let given = root.get("EnvironmentVariables").map(Node::members).unwrap_or_default();
    let given = given.iter().filter_map(|own| Some((own.key.clone(), own.node.as_str()?.to_owned())));
    root.members().iter().map(|member| member.key.as_str()).eq(keys)
        && root.locate(&KeyPath::of(&["Label"])).and_then(Node::as_str) == Some(&label)
        && command == [&facts.program.display().to_string(), verb]
        && given.collect::<Vec<_>>() == vars
        && says("StandardOutPath", &out)
        && says("StandardErrorPath", &err)
}

/// The command that cron hands to the shell: up to the first percent sign that no backslash stands before.
fn of_cron(text: &str) -> Option<String> {
    let (mut out, mut escaped) = (String::new(), false);
    for c in text.chars() {
        match c {
            '%' if !escaped => return None,
            '%' => {
                out.pop();
                out.push('%');
            }
            _ => out.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    Some(out)
}

#[cfg(test)]
mod tests;
