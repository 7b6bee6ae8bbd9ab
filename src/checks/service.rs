//! Family `service`: the gateway as a service: whether it runs, with what it was started, and
//! what its definition says.

use crate::doc::{Doc, DocId, Loc, Node, looks::looks_secret, unit};
use crate::finding::{Case, Rule, Severity, Sink};
use crate::providers::PROVIDERS;
use crate::sources::service::{Given, Manager, Run, Service, systemd};
use crate::sys::Millis;
use crate::world::World;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "service/linger-off",
        severity: Severity::Warning,
        what: "the gateway's service stops when you log out",
        why: "A service of a user runs only while that user is logged in, unless lingering is on. On a server the bot falls silent when the last session ends.",
        fix: "Run `loginctl enable-linger $USER`.",
        check: linger_off,
    },
    Rule {
        code: "service/not-running",
        severity: Severity::Error,
        what: "the gateway's service is enabled but does not run",
        why: "Nobody answers messages. The service was stopped, or it fails when it is started.",
        fix: "Start it with `systemctl --user start`, and look with `journalctl --user` why it ended.",
        check: not_running,
    },
    Rule {
        code: "service/restart-needed",
        severity: Severity::Warning,
        what: "the gateway was started before something that it reads at its start was changed",
        why: "The service takes its variables, $STATE/.env and its definition only when it starts, so the new values have no effect yet.",
        fix: "Restart the service; after a change of its unit run `systemctl --user daemon-reload` first.",
        check: restart_needed,
    },
    Rule {
        code: "service/secret-in-unit",
        severity: Severity::Warning,
        what: "the service's definition holds a credential",
        why: "Unit files are commonly readable by everybody, are shown by `systemctl cat` and `systemctl show`, and end up in backups and repositories.",
        fix: "Move the variable into $STATE/.env, take it out of the definition, and restart the service.",
        check: secret_in_unit,
    },
    Rule {
        code: "service/unit-drift",
        severity: Severity::Warning,
        what: "the service's definition differs from what the gateway needs",
        why: "Without these settings the gateway may start before there is a network, find no programs, or not come back after a failure.",
        fix: "Change the setting in the definition, then reload and restart the service.",
        check: unit_drift,
    },
];

fn linger_off(case: &Case<'_>, sink: &mut Sink<'_>) {
    let Some(service) = &case.world.service else { return };
    if service.linger == Some(false) {
        sink.state(&service.name, format!("{} stops when you log out: lingering is off", service.name))
            .see(service.doc, None, "a service of the user")
            .tell("`loginctl enable-linger $USER`");
    }
}

fn not_running(case: &Case<'_>, sink: &mut Sink<'_>) {
    let Some((service, run)) = running(case.world) else { return };
    if run.enabled && !run.active {
        let (start, name) = (command(service, "start"), &service.name);
        let scope = if service.manager == Manager::User { "--user " } else { "" };
        sink.state(name, format!("{name} is enabled, but it does not run"))
            .see(service.doc, None, "enabled")
            .tell(format!("`{start}`; `journalctl {scope}-u {name} -n 50` tells why it ended"));
    }
}

fn running(world: &World) -> Option<(&Service, &Run)> {
    let service = world.service.as_ref()?;
    Some((service, service.run.as_ref()?))
}

/// A command for the manager of the service.
fn command(service: &Service, verb: &str) -> String {
    let scope = if service.manager == Manager::User { "systemctl --user" } else { "sudo systemctl" };
    match verb {
        "daemon-reload" => format!("{scope} {verb}"),
        _ => format!("{scope} {verb} {}", service.name),
    }
}

fn restart_needed(case: &Case<'_>, sink: &mut Sink<'_>) {
    let Some((service, run)) = running(case.world).filter(|(_, run)| run.active) else { return };
    let restart = format!("`{}`", command(service, "restart"));
    let reload = format!("`{} && {}`", command(service, "daemon-reload"), command(service, "restart"));
    let mut state = |doc: DocId, limit: Severity, loc: Option<Loc>, message: String, how: &str| {
        sink.state(case.world.doc_name(doc), message)
            .at_most(limit)
            .see(doc, loc, "not in effect yet")
            .tell(how);
    };
    let is_newer = |doc: &Doc| run.started.zip(doc.stat).is_some_and(|(at, stat)| is_after(stat.mtime, at));
    let newer = |doc: DocId| is_newer(case.world.doc(doc));
    let message =
        |doc: DocId| format!("{} was changed after {} was started", case.world.doc_name(doc), service.name);
    if newer(service.dotenv) {
        state(service.dotenv, Severity::Warning, None, message(service.dotenv), &restart);
    }
    let config = case.world.config.doc;
    if service.paths.configs == case.world.paths.configs && newer(config) {
        // The gateway takes most of a new config without a restart.
        state(config, Severity::Info, None, message(config), &restart);
    }
    for part in service.parts.iter().copied().filter(|part| newer(*part)) {
        state(part, Severity::Warning, None, message(part), &reload);
    }
    // Where the variables of the process can be read, they tell more than a file's time.
    match &run.env {
        Some(env) => {
            // What a specifier stands for is not always known.
            let known = |given: &Given| !given.value.expose().contains('%');
            let differs = |given: &&Given| known(given) && env.get(&given.name) != Some(&given.value);
            for given in service.given.iter().filter(differs).filter(|given| !newer(given.loc.doc)) {
                let message = format!("{} was started with another {}", service.name, shown(&given.name));
                state(given.loc.doc, Severity::Warning, Some(given.loc), message, &reload);
            }
        }
        None => {
            for file in service.files.iter().copied().filter(|file| newer(*file)) {
                state(file, Severity::Warning, None, message(file), &restart);
            }
        }
    }
}

/// Whether a file was changed after a start that is known to the second.
fn is_after(mtime: Millis, started: Millis) -> bool {
    mtime >= started.saturating_add(1000)
}

/// A variable's name, unless a secret was put in its place.
fn shown(name: &str) -> &str {
    if looks_secret(name) { "variable" } else { name }
}

fn secret_in_unit(case: &Case<'_>, sink: &mut Sink<'_>) {
    let Some(service) = &case.world.service else { return };
    let dotenv = case.world.doc_name(service.dotenv);
    let in_unit = |given: &&Given| service.parts.contains(&given.loc.doc);
    for given in service.given.iter().filter(in_unit).filter(|given| is_secret(given)) {
        let (name, file) = (shown(&given.name), case.world.doc_name(given.loc.doc));
        sink.state(name, format!("{file} holds a credential: {name}"))
            .see(given.loc.doc, Some(given.loc), "a credential")
            .tell(format!("move {name} into {dotenv}, take it out of {file}, and restart the service"));
    }
}

/// Whether a variable holds a credential, by its name or by its looks. The gateway's own
/// variables, with the token that its installer puts there, are as they should be.
fn is_secret(given: &Given) -> bool {
    let secret = |name: &str| ["KEY", "TOKEN", "SECRET"].iter().any(|word| name.contains(word));
    let known = PROVIDERS.iter().any(|row| {
        let ambient = row.ambient.iter().flat_map(|way| way.vars.iter().copied().flatten());
        row.vars.iter().any(|var| var.name == given.name)
            || ambient.into_iter().any(|name| *name == given.name && secret(name))
    });
    let ours = given.name.starts_with("ZIRKABOT_");
    let value = given.value.expose();
    !given.value.is_blank() && !ours && (known || (!value.starts_with('/') && looks_secret(value)))
}

fn unit_drift(case: &Case<'_>, sink: &mut Sink<'_>) {
    let Some(service) = &case.world.service else { return };
    let mut drifts = match service.manager {
        Manager::Launchd => launchd_drifts(case.world, service),
        Manager::User | Manager::System => unit_drifts(case.world, service),
    };
    drifts.extend(state_drift(case.world, service));
    let file = case.world.doc_name(service.doc);
    for Drift { setting, severity, loc, message, wanted } in drifts {
        let how = match service.manager {
            Manager::Launchd => format!("put {wanted} into {file}, then load it again"),
            _ => format!(
                "put `{wanted}` into {file}, then `{} && {}`",
                command(service, "daemon-reload"),
                command(service, "restart")
            ),
        };
        sink.state(setting, format!("{file}: {message}"))
            .at_most(severity)
            .see(loc.map_or(service.doc, |loc| loc.doc), loc, "not as it should be")
            .tell(how);
    }
}

/// One way in which a definition differs.
struct Drift {
    setting: &'static str,
    severity: Severity,
    loc: Option<Loc>,
    message: String,
    wanted: String,
}

/// A service with another state directory has other credentials.
fn state_drift(world: &World, service: &Service) -> Option<Drift> {
    let (theirs, ours) = (&service.paths.state, &world.paths.state);
    let readable = world.doc(service.doc).root.is_some();
    let named = service.given.iter().find(|given| given.name == "ZIRKABOT_STATE_DIR");
    let shown = |path| world.paths.shown(path);
    let line = if service.manager == Manager::Launchd { "" } else { "Environment=" };
    (readable && theirs != ours).then(|| Drift {
        setting: "ZIRKABOT_STATE_DIR",
        severity: Severity::Warning,
        loc: named.map(|given| given.loc),
        message: format!("its state directory is {}, but here it is {}", shown(theirs), shown(ours)),
        wanted: format!("{line}ZIRKABOT_STATE_DIR={}", ours.display()),
    })
}

fn unit_drifts(world: &World, service: &Service) -> Vec<Drift> {
    let readable = world.doc(service.doc).root.is_some();
    if !readable {
        return Vec::new();
    }
    let values = |section: &str, key: &str| systemd::values(&world.docs, &service.parts, section, key);
    let last = |section: &str, key: &str| systemd::place_of(&world.docs, &service.parts, section, key);
    let drift = |setting, severity, loc, message: &str, wanted: &str| Drift {
        setting,
        severity,
        loc,
        message: message.to_owned(),
        wanted: wanted.to_owned(),
    };
    let mut drifts = Vec::new();
    let words = |section: &str, key: &str| -> Vec<String> {
        values(section, key).iter().filter_map(|node| node.as_str()).flat_map(unit::words).collect()
    };
    if !words("Service", "ExecStart").iter().any(|word| word == "gateway") {
        let loc = last("Service", "ExecStart");
        let message = "its command does not start the gateway";
        drifts.push(drift("ExecStart", Severity::Warning, loc, message, "ExecStart=… gateway"));
    }
    for (file, loc) in &service.missing {
        let name = world.doc_name(*file);
        let message = format!("it needs {name}, which is not there, so it cannot start");
        let wanted = format!("EnvironmentFile=-{name}");
        drifts.push(drift(
            "EnvironmentFile",
            Severity::Warning,
            Some(*loc),
            &message,
            &wanted.replace('~', "%h"),
        ));
    }
    if service.given.iter().all(|given| given.name != "PATH") {
        let message = "it sets no PATH, so programs may not be found";
        drifts.push(drift("PATH", Severity::Info, None, message, "Environment=PATH=…"));
    }
    for key in ["After", "Wants"] {
        if !words("Unit", key).iter().any(|word| word == "network-online.target") {
            let (message, wanted) =
                (format!("{key} lacks network-online.target"), format!("{key}=network-online.target"));
            drifts.push(drift(key, Severity::Info, last("Unit", key), &message, &wanted));
        }
    }
    let pause = values("Service", "RestartSec").last().and_then(|node| seconds(node.as_str()?));
    if pause.is_none_or(|pause| (pause - 5.0).abs() > 0.01) {
        let loc = last("Service", "RestartSec");
        drifts.push(drift("RestartSec", Severity::Info, loc, "RestartSec is not 5 seconds", "RestartSec=5"));
    }
    drifts
}

/// A span of a unit, as far as people write one for a pause: `5`, `5s`, `5.0 sec`, `500ms`.
fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let number: f64 = text[..split].trim().parse().ok()?;
    match text[split..].trim() {
        "" | "s" | "sec" | "second" | "seconds" => Some(number),
        "ms" | "msec" => Some(number / 1000.0),
        "m" | "min" | "minute" | "minutes" => Some(number * 60.0),
        _ => None,
    }
}

fn launchd_drifts(world: &World, service: &Service) -> Vec<Drift> {
    let Some(root) = world.doc(service.doc).root.as_ref() else { return Vec::new() };
    let drift = |setting, severity, message: String, wanted: String| {
        let loc = root.get(setting).map(|node| node.loc);
        Drift { setting, severity, loc, message, wanted }
    };
    let mut drifts = Vec::new();
    let command = root.get("ProgramArguments").map(Node::items).unwrap_or_default();
    if command.iter().all(|word| word.as_str() != Some("gateway")) {
        let (message, wanted) = ("its command does not start the gateway", "`gateway` into ProgramArguments");
        drifts.push(drift("ProgramArguments", Severity::Warning, message.to_owned(), wanted.to_owned()));
    }
    for key in ["KeepAlive", "RunAtLoad"] {
        if root.get(key).and_then(Node::as_bool) != Some(true) {
            let wanted = format!("`<key>{key}</key><true/>`");
            drifts.push(drift(key, Severity::Info, format!("{key} is not true"), wanted));
        }
    }
    drifts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_units_are_read() {
        for (text, expected) in [
            ("5", Some(5.0)),
            ("5s", Some(5.0)),
            (" 5.0 sec ", Some(5.0)),
            ("500ms", Some(0.5)),
            ("1min", Some(60.0)),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
