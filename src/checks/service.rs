//! Family `service`: the gateway as a service: whether it runs, with what it was started, and
//! what its definition says. How that differs from what is needed is judged in `drift`.

mod drift;
mod env_file;
mod path;
mod port;

use crate::catalog::providers::PROVIDERS;
use crate::change::advice::{Advice, Command};
use crate::change::proposal::Class;
use crate::checks::finding::{CheckInput, Rule, Severity, Sink};
use crate::doc::edit::ops::{Draft, Edit, FileAction, To};
use crate::doc::redact::is_secret_like;
use crate::doc::{Doc, DocId, KeyPath, Loc, State, unit};
use crate::policy::form;
use crate::policy::unit::{UnitInputs, reread};
use crate::sys::Millis;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::env::{Binding, Fate};
use crate::world::observe::service::{Manager, Port, Run, Service, ServiceVar, Who, running, systemd};

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "service/env-file-differs",
        severity: Severity::Warning,
        what: "systemd reads a variable in $STATE/.env differently from the gateway",
        why: "The unit uses that file as `EnvironmentFile=`, so systemd reads it first with its own rules: a comment after a value is part of the value, and escapes differ. The service gets a wrong key.",
        fix: "Write the line as NAME=\"value\" with nothing after it, and restart the service.",
        check: env_file::differs,
    },
    Rule {
        code: "service/linger-off",
        severity: Severity::Warning,
        what: "the gateway's service stops when you log out",
        why: "A user service runs only while the user is logged in, unless lingering is enabled. On a server the bot goes silent when the last session ends.",
        fix: "Run `loginctl enable-linger $USER`.",
        check: linger_off,
    },
    Rule {
        code: "service/no-answer",
        severity: Severity::Warning,
        what: "the service manager does not answer",
        why: "Whether the gateway is running, since when, and with which variables is unknown. A manager that hangs will not restart the gateway either.",
        fix: "Try `systemctl --user status`; if it hangs too, log in again or restart the machine.",
        check: no_answer,
    },
    Rule {
        code: "service/no-gateway",
        severity: Severity::Error,
        what: "the service starts a program that is missing or not a gateway",
        why: "The service manager keeps restarting it, and each time it exits at once. The bot does not answer.",
        fix: "Correct the command in the definition, or run `zirkabot service install --force` to write a new one.",
        check: port::no_gateway,
    },
    Rule {
        code: "service/not-running",
        severity: Severity::Error,
        what: "the gateway's service is enabled but not running",
        why: "The bot does not answer. The service was stopped, or fails to start.",
        fix: "Start it with `systemctl --user start`, and check `journalctl --user` for the reason.",
        check: not_running,
    },
    Rule {
        code: "service/port-in-use",
        severity: Severity::Error,
        what: "another program listens on the gateway's port",
        why: "The gateway never uses another port instead, because its clients would not find it; so it exits.",
        fix: "Stop the other program, or change `gateway.port`; then start the service again.",
        check: port::in_use,
    },
    Rule {
        code: "service/restart-needed",
        severity: Severity::Warning,
        what: "the running gateway has not read the latest changes",
        why: "A service reads its variables and definition only when it starts, and so does the gateway with its port, address and token. New values have no effect yet; $STATE/.env and the rest of the config are reloaded automatically.",
        fix: "Restart the service; if its unit changed, run `systemctl --user daemon-reload` first.",
        check: restart_needed,
    },
    Rule {
        code: "service/secret-in-unit",
        severity: Severity::Warning,
        what: "the service's definition contains a credential",
        why: "Unit files are usually world-readable, are shown by `systemctl cat` and `systemctl show`, and end up in backups and repositories.",
        fix: "Move the variable to $STATE/.env, remove it from the definition, and restart the service.",
        check: secret_in_unit,
    },
    Rule {
        code: "service/unit-drift",
        severity: Severity::Warning,
        what: "the service's definition differs from what the gateway needs",
        why: "Without these settings the gateway may start before the network is up, not find programs, or not restart after a failure.",
        fix: "Change the setting in the definition, then reload and restart the service.",
        check: drift::unit_drift,
    },
    Rule {
        code: reread::CODE,
        severity: Severity::Error,
        what: "a path or name cannot be used in a service definition",
        why: "A line break in a path would become a separate setting in the unit, and could run a program. So it is not installed.",
        fix: "Rename the directory or state name, and correct the variable that refers to it.",
        check: unsafe_name,
    },
];

fn unsafe_name(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some(own) = &case.world.own else { return };
    if let Some(why) = reread::unfit(&UnitInputs::of(own, case.world)) {
        let env = Command::look(case.world.paths.command("env"));
        sink.state("definition", why)
            .advise(Advice::say("correct the variable: ").run(env).then(" shows the variables"));
    }
}

/// The service, where its manager was asked too: a look at its files alone says nothing of the definition.
fn asked(world: &World) -> Option<&Service> {
    world.service.as_ref().filter(|service| service.asked)
}

fn linger_off(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some(service) = asked(case.world) else { return };
    if service.linger == Some(false) {
        sink.state(&service.name, format!("{} stops when you log out: lingering is off", service.name))
            .see(service.doc, None, "a service of the user")
            .advise(Advice::command("loginctl enable-linger $USER"));
    }
}

fn no_answer(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some(service) = asked(case.world) else { return };
    for program in &service.silent {
        let limit = running::LIMIT / 1000;
        let how = match (*program, service.manager) {
            ("loginctl", _) => "loginctl user-status",
            (_, Manager::User) => "systemctl --user status",
            _ => "systemctl status",
        };
        sink.state(*program, format!("{program} did not answer within {limit} s"))
            .see(service.doc, None, "what it was asked about")
            .advise(Advice::command(how).then(" shows whether it answers now"));
    }
}

fn not_running(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some((service, run)) = running(case.world) else { return };
    if run.enabled && !run.active && !port::is_told(case.world, service) {
        let name = &service.name;
        let scope = if service.manager == Manager::User { "--user " } else { "" };
        sink.state(name, format!("{name} is enabled, but it is not running"))
            .see(service.doc, None, "enabled")
            .advise(
                Advice::command(command(service, "start"))
                    .then(format!("; `journalctl {scope}-u {name} -n 50` shows why it stopped")),
            );
    }
}

fn running(world: &World) -> Option<(&Service, &Run)> {
    let service = asked(world)?;
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

/// The command that brings a changed definition into effect.
fn reload(service: &Service) -> String {
    format!("{} && {}", command(service, "daemon-reload"), command(service, "restart"))
}

fn restart_needed(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some((service, run)) = running(case.world).filter(|(_, run)| run.active) else { return };
    let config = case.world.config.doc;
    let (restart, reload) = match service.manager.is_systemd() {
        true => (Advice::command(command(service, "restart")), Advice::command(reload(service))),
        false => ("stop the gateway and start it again".into(), "stop it and start it again".into()),
    };
    let mut state = |doc: DocId, limit: Severity, loc: Option<Loc>, message: String, how: &Advice| {
        sink.state(case.world.doc_name(doc), message)
            .at_most(limit)
            .see(doc, loc, "not in effect yet")
            .advise(how.clone());
    };
    let is_newer = |doc: &Doc| run.started.zip(doc.stat).is_some_and(|(at, stat)| is_after(stat.mtime, at));
    let newer = |doc: DocId| is_newer(case.world.doc(doc));
    let message =
        |doc: DocId| format!("{} was changed after {} was started", case.world.doc_name(doc), service.name);
    let heard = match &service.port {
        // One that does not know the token of now may have taken an older one at its start.
        Some(Port { who: Who::Gateway(heard), .. }) if heard.outdated.is_some() => Some(heard),
        _ => None,
    };
    if let Some(settings) = heard.and_then(|heard| heard.outdated.as_ref()).filter(|all| !all.is_empty()) {
        let message = format!("{} was started with a different {}", service.name, settings.join(", "));
        state(case.world.config.doc, Severity::Warning, None, message, &restart);
    }
    // Who answers reads its files for every request, also where the manager has read `$STATE/.env` before it.
    let path = |doc: DocId| &case.world.doc(doc).path;
    let reads = |doc: DocId| heard.is_some() && [service.dotenv, config].map(path).contains(&path(doc));
    if newer(service.dotenv) && !reads(service.dotenv) {
        state(service.dotenv, Severity::Warning, None, message(service.dotenv), &restart);
    }
    if service.paths.configs == case.world.paths.configs && newer(config) && !reads(config) {
        // The gateway takes most of a new config without a restart.
        state(config, Severity::Info, None, message(config), &restart);
    }
    for part in service.parts.iter().copied().filter(|part| newer(*part)) {
        state(part, Severity::Warning, None, message(part), &reload);
    }
    // Where the variables of the process can be read, they tell more than a file's time.
    match &run.env {
        Some(env) => {
            let differs = |given: &&ServiceVar| given.known && env.get(&given.name) != Some(&given.value);
            let unread = |given: &&ServiceVar| !newer(given.loc.doc) && !reads(given.loc.doc);
            for given in service.given.iter().filter(differs).filter(unread) {
                let message = format!("{} was started with a different {}", service.name, shown(&given.name));
                state(given.loc.doc, Severity::Warning, Some(given.loc), message, &reload);
            }
        }
        None => {
            for file in service.files.iter().copied().filter(|file| newer(*file) && !reads(*file)) {
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
    if is_secret_like(name) { "variable" } else { name }
}

fn secret_in_unit(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some(service) = asked(case.world) else { return };
    let dotenv = case.world.doc_name(service.dotenv);
    let in_unit = |given: &&ServiceVar| service.parts.contains(&given.loc.doc);
    let secrets: Vec<&ServiceVar> =
        service.given.iter().filter(in_unit).filter(|given| is_secret(given)).collect();
    for given in &secrets {
        let (name, file) = (shown(&given.name), case.world.doc_name(given.loc.doc));
        let draft = sink.state(name, format!("{file} contains a credential: {name}")).see(
            given.loc.doc,
            Some(given.loc),
            "a credential",
        );
        match (moved_out(case.world, service, given.loc.doc, &secrets), elsewhere(service, given)) {
            (Some(edits), _) => {
                draft.edit(format!("move the credentials of {file} to {dotenv}"), edits, Class::Force)
            }
            (None, Some(other)) => draft.advise(format!(
                "remove {name} from {file}, and restart the service; {} has a different value",
                case.world.at(other.doc, other.loc)
            )),
            (None, None) => draft
                .advise(format!("move {name} to {dotenv}, remove it from {file}, and restart the service")),
        };
    }
}

/// The next place that has another value of a variable, and would count without the definition.
fn elsewhere<'s>(service: &'s Service, given: &ServiceVar) -> Option<Binding<'s>> {
    let others =
        service.env.bindings(&given.name).into_iter().filter(|binding| binding.loc != Some(given.loc));
    others.into_iter().find(|binding| !binding.value.is_blank() && *binding.value != given.value)
}

/// The edits by which all secrets of a part of the user's unit go into the service's `.env`. None
/// where that would change what the service sees, or a file that is not the user's own.
fn moved_out(world: &World, service: &Service, part: DocId, secrets: &[&ServiceVar]) -> Option<Vec<Edit>> {
    let own = secrets.iter().filter(|given| given.loc.doc == part);
    let names: Vec<&str> = own.clone().map(|given| given.name.as_str()).collect();
    let path = world.doc(part).path.as_ref()?;
    let is_user = service.manager == Manager::User && path.starts_with(&world.paths.home);
    let is_ours = world.doc(service.dotenv).kind.row().ours && dotenv_is_known(world, service);
    // What a program in front hands over may count instead, and what stands in a command is not taken out.
    let command = systemd::place_of(&world.docs, &service.parts, "Service", "ExecStart");
    let in_command = own.clone().any(|given| Some(given.loc) == command);
    if !is_user || !is_ours || service.through.is_some() || in_command {
        return None;
    }
    let mut edits = Vec::new();
    for given in own {
        // A specifier would be taken for text there.
        if given.value.expose().contains('%') {
            return None;
        }
        let bindings = service.env.bindings(&given.name);
        match bindings.iter().find(|binding| binding.doc != part && binding.fate != Fate::Wins) {
            Some(other) if other.value != &given.value => return None,
            Some(other) if other.doc == service.dotenv => {}
            _ => {
                let to = To::Set(Draft::String(given.value.clone()));
                edits.push(Edit::value(service.dotenv, KeyPath::of(&[&given.name]), to));
            }
        }
    }
    let text = unit::remove::without(world.doc(part).text.expose(), &|name| names.contains(&name))?;
    let edit = |to| Edit::file(part, to);
    edits.push(edit(FileAction::Write(Secret::new(text))));
    edits.extend(world.doc(part).stat.map(|stat| edit(FileAction::Mode(stat.mode))));
    Some(edits)
}

/// Whether its `.env` can be written to.
fn dotenv_is_known(world: &World, service: &Service) -> bool {
    matches!(world.doc(service.dotenv).state, State::Parsed | State::Absent)
}

/// Whether a variable holds a credential, by its name or by its looks, and no example or reference. The gateway's own
/// variables, with the token that its installer puts there, are as they should be.
fn is_secret(given: &ServiceVar) -> bool {
    let secret = |name: &str| ["KEY", "TOKEN", "SECRET"].iter().any(|word| name.contains(word));
    let known = PROVIDERS.iter().any(|row| {
        let ambient = row.ambient.iter().flat_map(|way| way.vars.iter().copied().flatten());
        row.vars.iter().any(|var| var.name == given.name)
            || ambient.into_iter().any(|name| *name == given.name && secret(name))
    });
    let ours = given.name.starts_with("ZIRKABOT_");
    let value = given.value.expose();
    form::is_filled(&given.value) && !ours && (known || (!value.starts_with('/') && is_secret_like(value)))
}
