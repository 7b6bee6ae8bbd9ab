//! `zirkabot service status`: whether the gateway runs as a service, as what, and what it lacks.

use crate::checks::finding::{Finding, Severity};
use crate::policy::unit::is_ours;
use crate::report::human;
use crate::report::json::{self, FindingBody};
use crate::report::style::{Sign, Style, Tone};
use crate::sys::time as duration;
use crate::world::World;
use crate::world::label::Labels;
use crate::world::observe::service::{Manager, Service, Who};
use crate::world::service::Role;
use schemars::JsonSchema;
use serde::Serialize;

/// How the service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ServiceState {
    /// It runs.
    Running,
    /// It is installed and does not run.
    Stopped,
    /// Nothing defines it.
    Absent,
    /// It is installed; whether it runs cannot be told here.
    Unknown,
}

/// What answers at the gateway's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answers {
    /// Nobody listens.
    Nobody,
    /// Another program.
    Other,
    /// Something that listens and gives no answer in time.
    Silent,
    /// The gateway, which can serve.
    Ready,
    /// The gateway, which can serve nothing now.
    NotReady,
}

/// The whole document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// How it is.
    pub state: ServiceState,
    /// `systemd`, `systemd-system` or `launchd`; null if nothing defines it.
    pub manager: Option<&'static str>,
    /// Name of the unit, or label.
    pub name: Option<String>,
    /// Its definition.
    pub path: Option<String>,
    /// Whether the definition is as zirkabot wrote it.
    pub ours: bool,
    /// Whether it is as zirkabot would write it now.
    pub current: bool,
    /// Whether it is started by itself; null if that cannot be told.
    pub enabled: Option<bool>,
    /// When its process was started, in milliseconds since the epoch.
    pub started_at: Option<i64>,
    /// Whether it runs while the user is logged out; null if not known.
    pub linger: Option<bool>,
    /// The port that was asked; null if none was.
    pub port: Option<u16>,
    /// What answered there; null if none was asked.
    pub answers: Option<Answers>,
    /// The state directory that it uses.
    pub state_dir: Option<String>,
    /// What is wrong with it, or with what it sees.
    pub findings: Vec<FindingBody>,
}

/// How the service is.
pub(crate) fn state(world: &World) -> ServiceState {
    match &world.service {
        None => ServiceState::Absent,
        Some(service) => match &service.run {
            None => ServiceState::Unknown,
            Some(run) if run.active => ServiceState::Running,
            Some(_) => ServiceState::Stopped,
        },
    }
}

/// What answers at its port.
pub(crate) fn answers(service: &Service) -> Option<Answers> {
    Some(match &service.port.as_ref()?.who {
        Who::Nobody => Answers::Nobody,
        Who::Other => Answers::Other,
        Who::Silent => Answers::Silent,
        Who::Gateway(heard) if heard.ready => Answers::Ready,
        Who::Gateway(_) => Answers::NotReady,
    })
}

/// What matters to the service.
fn about(findings: &[Finding]) -> Vec<Finding> {
    let own = |finding: &&Finding| {
        finding.is_of("service")
            || ["env/service-blind", "env/service-unclear"].iter().any(|code| finding.is_of(code))
    };
    findings.iter().filter(own).cloned().collect()
}

/// Whether the definition is ours, and whether it is as it would be written now.
fn ours(world: &World, service: &Service) -> (bool, bool) {
    let text = world.doc(service.doc).text.expose();
    let role = if service.manager == Manager::Launchd { Role::Plist } else { Role::Unit };
    let wanted =
        world.own.as_ref().and_then(|own| crate::policy::unit::UnitInputs::of(own, world).text(role));
    (is_ours(world.doc(service.doc)), wanted.is_some_and(|wanted| wanted == *text))
}

/// The status as a document.
pub(crate) fn document(world: &World, findings: &[Finding]) -> ServiceDocument {
    let service = world.service.as_ref();
    let run = service.and_then(|service| service.run.as_ref());
    let (ours, current) =
        service.map_or((false, false), |service| crate::report::service::ours(world, service));
    ServiceDocument {
        schema_version: 1,
        state: state(world),
        manager: service.map(|service| match service.manager {
            Manager::User => "systemd",
            Manager::System => "systemd-system",
            Manager::Launchd => "launchd",
            Manager::Cron => "cron",
            Manager::Process => "process",
        }),
        name: service.map(|service| service.name.clone()),
        path: service.map(|service| world.doc_name(service.doc)),
        ours,
        current,
        enabled: run.map(|run| run.enabled),
        started_at: run.and_then(|run| run.started),
        linger: service.and_then(|service| service.linger),
        port: service.and_then(|service| Some(service.port.as_ref()?.number)),
        answers: service.and_then(answers),
        state_dir: service.map(|service| world.paths.shown(&service.paths.state)),
        findings: json::findings(world, &about(findings)),
    }
}

/// The status for a person.
pub(crate) fn status(world: &World, findings: &[Finding], style: Style) -> String {
    let command = |rest: &str| style.paint(Tone::Act, &world.paths.command(rest));
    let Some(service) = &world.service else {
        let absent = style.signed(Sign::Bad, "the gateway is not installed as a service");
        return format!("{absent}To install it: {}\n", command("service install"));
    };
    let mut out = headline(world, service, style);
    let (ours, current) = ours(world, service);
    let origin = match (ours, current) {
        (_, true) => "as `service install` writes it",
        (true, false) => "written by an earlier `service install`",
        (false, false) => "written or changed by hand",
    };
    let mut row = |label: &str, text: &str| {
        out.push_str(&format!("  {label:<10}  {}\n", style.wrap(&style.text(text), 14, 14)));
    };
    if service.manager != Manager::Process {
        row("definition", &format!("{}, {origin}", world.doc_name(service.doc)));
    }
    for part in service.parts.iter().filter(|part| **part != service.doc) {
        row("", &world.doc_name(*part));
    }
    match (service.manager, service.linger) {
        (Manager::User, Some(true)) => row("runs", "also while you are logged out"),
        (Manager::User, Some(false)) => row("runs", "only while you are logged in"),
        _ => {}
    }
    if let Some((port, answers)) = service.port.as_ref().map(|port| port.number).zip(answers(service)) {
        let who = match answers {
            Answers::Nobody => "nothing is listening",
            Answers::Other => "another program answers",
            Answers::Silent => "the program listening there does not answer",
            Answers::Ready => "it answers and can serve requests",
            Answers::NotReady => "it answers, but cannot serve requests now",
        };
        row("port", &format!("{port}: {who}"));
    }
    row("state", &world.paths.shown(&service.paths.state));
    let about = about(findings);
    if about.iter().any(|finding| finding.severity > Severity::Info) {
        out.push_str(&human::findings_text(world, &about, style, false));
    }
    if ours && !current {
        out.push_str(&format!("\nTo rewrite it: {}\n", command("service install")));
    }
    Labels::new(world).scrub(&out)
}

fn headline(world: &World, service: &Service, style: Style) -> String {
    let enabled =
        service.run.as_ref().map(|run| if run.enabled { "" } else { ", but does not start automatically" });
    let enabled = enabled.unwrap_or_default();
    let (sign, what) = match state(world) {
        ServiceState::Running => {
            let started = service.run.as_ref().and_then(|run| run.started);
            let since = started
                .map(|at| format!(", started {} ago", duration::short(world.now.saturating_sub(at).max(0))));
            (Sign::Good, format!("runs{}{enabled}", since.unwrap_or_default()))
        }
        ServiceState::Stopped => (Sign::Bad, "is not running".to_owned()),
        ServiceState::Unknown | ServiceState::Absent => {
            (Sign::Unknown, "is installed; whether it is running is unknown here".to_owned())
        }
    };
    style.signed(sign, &format!("{} {what}", service.name))
}
