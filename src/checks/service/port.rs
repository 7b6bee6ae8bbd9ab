//! Whether the gateway can be started at all, and whether its port is its own.

use crate::change::advice::Command;
use crate::checks::finding::{CheckInput, Sink};
use crate::checks::service::{asked, command, reload};
use crate::config::gateway::PORT;
use crate::world::World;
use crate::world::observe::service::{Service, Who, systemd};

/// What an exit status says of a program that was to be the gateway; see `sysexits.h`, and the shell's own.
const STATUSES: &[(i32, &str)] = &[
    (64, "the program does not know the command `gateway`"),
    (126, "the program cannot be run"),
    (127, "the program does not exist"),
    (203, "systemd cannot run the program"),
];

/// The status with which our gateway ends when somebody else listens on its port.
const IN_USE: i32 = 75;

pub(super) fn no_gateway(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some(service) = asked(case.world) else { return };
    let Some(why) = no_program(case.world, service) else { return };
    let file = case.world.doc_name(service.doc);
    let install = case.world.paths.command("service install --force");
    let place = systemd::place_of(&case.world.docs, &service.parts, "Service", "ExecStart");
    sink.state(&service.name, format!("{} cannot start a gateway: {why}", service.name))
        .see(place.map_or(service.doc, |loc| loc.doc), place, "what it starts")
        .advise(Command::from(install).then(format!(
            " writes a definition with this program; or correct ExecStart= in {file}, then `{}`",
            reload(service)
        )));
}

/// Why there is no gateway to start.
fn no_program(world: &World, service: &Service) -> Option<String> {
    let status = service.run.as_ref().filter(|_| ended(service))?.failed;
    let (status, why) = STATUSES.iter().find(|(own, _)| Some(*own) == status)?;
    let lacking =
        service.lacks.as_ref().map(|(program, why)| format!("{} {why}", world.paths.shown(program)));
    Some(lacking.unwrap_or_else(|| format!("{why} (status {status})")))
}

/// Whether it is certain that it does not run.
fn ended(service: &Service) -> bool {
    service.manager.is_systemd() && service.run.as_ref().is_some_and(|run| !run.active)
}

pub(super) fn in_use(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some(service) = asked(case.world) else { return };
    let Some(message) = no_port(service) else { return };
    let port = service.port.as_ref().map_or(PORT, |port| port.number);
    sink.state(&service.name, message).see(service.doc, None, "port in use").advise(
        Command::look(format!("ss -ltnp 'sport = :{port}'")).then(format!(
            " shows which program it is: stop it, or change the gateway's port (gateway.port), then run `{}`",
            command(service, "restart")
        )),
    );
}

/// Why it cannot listen.
fn no_port(service: &Service) -> Option<String> {
    let status = service.run.as_ref().filter(|_| ended(service))?.failed;
    let name = &service.name;
    match service.port.as_ref().map(|port| (port.number, &port.who)) {
        Some((port, Who::Gateway(_))) => {
            Some(format!("a gateway that was not started by {name} is already listening on port {port}"))
        }
        Some((port, Who::Other | Who::Silent)) => {
            Some(format!("another program is listening on port {port}, which {name} needs"))
        }
        _ if status == Some(IN_USE) => {
            Some(format!("{name} exited because another program was listening on its port (status {IN_USE})"))
        }
        _ => None,
    }
}

/// Whether one of these says why it does not run.
pub(super) fn is_told(world: &World, service: &Service) -> bool {
    no_program(world, service).is_some() || no_port(service).is_some()
}
