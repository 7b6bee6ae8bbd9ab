//! How the definition of the service differs from what the gateway needs, and what we add to it. A unit
//! that somebody wrote stays as it is: what it lacks goes into a drop-in beside it.

use crate::change::advice::Advice;
use crate::change::proposal::{Class, Proposal};
use crate::checks::finding::{CheckInput, Severity, Sink};
use crate::checks::service::{asked, path, reload};
use crate::doc::edit::ops::{Edit, FileAction};
use crate::doc::{Loc, Node, unit};
use crate::policy::unit::{UnitInputs, is_ours, reread, systemd as text};
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::observe::service::{Manager, Service, systemd};
use crate::world::service::{ManagedFiles, Role, mode};

pub(super) fn unit_drift(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some(service) = asked(case.world) else { return };
    // The definition of another program's service is that program's.
    if !case.world.paths.layout.is_own() {
        return;
    }
    let mut drifts = match service.manager {
        Manager::Launchd => launchd_drifts(case.world, service),
        Manager::User | Manager::System => unit_drifts(case.world, service),
        // There is no definition that could be put right.
        Manager::Cron | Manager::Process => return,
    };
    drifts.extend(state_drift(case.world, service));
    let addition = Addition::of(case.world, service, &drifts);
    let file = case.world.doc_name(service.doc);
    for Drift { setting, severity, loc, message, wanted } in drifts {
        let how = match service.manager {
            Manager::Launchd => format!("add {wanted} to {file}, then load it again").into(),
            _ => Advice::say(format!("add `{wanted}` to {file}, then ")).run(reload(service)),
        };
        let draft = sink.state(setting, format!("{file}: {message}")).at_most(severity).see(
            loc.map_or(service.doc, |loc| loc.doc),
            loc,
            "differs",
        );
        let repair = addition.as_ref().and_then(|addition| addition.repair(case.world, setting));
        draft.repair_or_advise(repair, || how);
    }
}

/// What a drop-in of ours adds to a unit of this user.
struct Addition<'a> {
    own: &'a ManagedFiles,
    settings: Vec<Addend>,
}

/// A setting that a drop-in can add.
struct Addend {
    /// Of the finding that tells that it is lacking.
    subject: &'static str,
    section: &'static str,
    key: &'static str,
    value: String,
    /// Whether it is lacking, or was added before.
    is_wanted: bool,
    /// Whether it takes something of the unit's own away.
    replaces: bool,
}

impl<'a> Addition<'a> {
    /// None for a definition to which nothing can be added so.
    fn of(world: &'a World, service: &Service, drifts: &[Drift]) -> Option<Self> {
        let own = world.own.as_ref().filter(|_| service.manager == Manager::User)?;
        let (doc, facts) =
            (world.doc(own.doc(Role::DropIn)), crate::policy::unit::UnitInputs::of(own, world));
        let is_elsewhere = service.name.trim_end_matches(".service") != own.unit;
        if is_elsewhere || doc.exists() && !is_ours(doc) {
            return None;
        }
        let known = |section: &str, key: &str| {
            doc.root.as_ref().and_then(|root| root.get(section)).is_some_and(|own| own.get(key).is_some())
        };
        let mut settings = addends(&facts);
        for addend in &mut settings {
            let is_lacking = drifts.iter().any(|drift| drift.setting == addend.subject);
            addend.is_wanted = is_lacking || known(addend.section, addend.key);
        }
        Some(Self { own, settings })
    }

    /// The repair of a finding: the whole drop-in, with all that is lacking.
    fn repair(&self, world: &World, subject: &str) -> Option<Proposal> {
        let addend = self.settings.iter().find(|addend| addend.subject == subject)?;
        let mut sections: Vec<(&'static str, Vec<(&'static str, String)>)> = Vec::new();
        for other in
            self.settings.iter().filter(|other| other.is_wanted && (!other.replaces || addend.replaces))
        {
            if sections.last().is_none_or(|(name, _)| *name != other.section) {
                sections.push((other.section, Vec::new()));
            }
            if let Some((_, settings)) = sections.last_mut() {
                // A command has to be taken back before another one is given.
                settings.extend(other.replaces.then(|| (other.key, String::new())));
                settings.push((other.key, other.value.clone()));
            }
        }
        let doc = self.own.doc(Role::DropIn);
        let edit = |to| Edit::file(doc, to);
        let edits = vec![
            edit(FileAction::Write(Secret::new(reread::drop_in(
                &UnitInputs::of(self.own, world),
                &sections,
            )?))),
            edit(FileAction::Mode(mode(world, doc, Role::DropIn))),
        ];
        let (what, class) = if addend.replaces {
            ("make the unit start the gateway, in", Class::Force)
        } else {
            ("add the missing settings in", Class::Fix)
        };
        Some(Proposal { class, ..Proposal::new(format!("{what} {}", world.doc_name(doc)), edits) })
    }
}

/// What can be added; none of it is wanted yet.
fn addends(facts: &UnitInputs<'_>) -> Vec<Addend> {
    let addend = |subject, section, key, value| {
        let replaces = key == "ExecStart";
        Addend { subject, section, key, value, is_wanted: false, replaces }
    };
    let network = || "network-online.target".to_owned();
    let path = facts.variables().into_iter().find(|(name, _)| name == "PATH");
    let path = path.map(|(name, value)| text::variable(facts, &name, &value)).unwrap_or_default();
    vec![
        addend("After", "Unit", "After", network()),
        addend("Wants", "Unit", "Wants", network()),
        addend("ExecStart", "Service", "ExecStart", format!("{} gateway", text::program(facts))),
        addend("RestartSec", "Service", "RestartSec", "5".to_owned()),
        addend("PATH", "Service", "Environment", path),
    ]
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
    if !readable || service.masked {
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
    if service.starts == Some(false) {
        let loc = last("Service", "ExecStart");
        let message = "its command does not start the gateway";
        drifts.push(drift("ExecStart", Severity::Warning, loc, message, "ExecStart=… gateway"));
    }
    for (file, loc) in &service.missing {
        let name = world.doc_name(*file);
        let message = format!("it needs {name}, which does not exist, so it cannot start");
        let wanted = format!("EnvironmentFile=-{name}");
        drifts.push(drift(
            "EnvironmentFile",
            Severity::Warning,
            Some(*loc),
            &message,
            &wanted.replace('~', "%h"),
        ));
    }
    if let Some((loc, message)) = path::drift(world, service) {
        drifts.push(drift("PATH", Severity::Info, loc, &message, "Environment=PATH=…"));
    }
    if let Some(message) = path::of_one_version(&words("Service", "ExecStart")) {
        let wanted = "ExecStart=… with a program of the system";
        drifts.push(drift("runtime", Severity::Info, last("Service", "ExecStart"), &message, wanted));
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
    if service.starts == Some(false) {
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
    use crate::checks::service::drift::*;

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
