//! Having a service manager run the gateway or the monitor, and ending that: which files are
//! written or go. What they say is in `definition`.

use crate::change::advice::{Advice, Command};
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::doc::DocId;
use crate::doc::edit::ops::{Edit, FileAction};
use crate::policy::known::known_config;
use crate::policy::unit as definition;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::observe::service::Manager;
use crate::world::service::{ManagedFiles, Role, mode};

/// Something that is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServiceJob {
    /// The gateway, always.
    Gateway,
    /// The same, where the manager listens for it.
    GatewaySocket,
    /// The monitor, now and then.
    Monitor,
    /// The monitor's button on a phone, when it is pressed.
    Widget,
}

impl ServiceJob {
    /// The files that run it.
    pub(crate) fn roles(self, manager: Manager) -> &'static [Role] {
        match (self, manager) {
            (Self::Gateway | Self::GatewaySocket, Manager::Launchd) => &[Role::Plist],
            (Self::Gateway, _) => &[Role::Unit],
            (Self::GatewaySocket, _) => &[Role::Unit, Role::Socket],
            (Self::Monitor, Manager::Launchd) => &[Role::MonitorPlist],
            (Self::Monitor, _) => &[Role::MonitorUnit, Role::MonitorTimer],
            (Self::Widget, _) => &[Role::Widget],
        }
    }

    /// The words of the command that is about it.
    pub(crate) fn command(self) -> &'static str {
        if self.is_gateway() { "service" } else { "monitor" }
    }

    /// Whether it is the gateway.
    pub(crate) fn is_gateway(self) -> bool {
        matches!(self, Self::Gateway | Self::GatewaySocket)
    }
}

/// Our files.
///
/// # Errors
/// If a variable gives them a name that they cannot have.
pub(crate) fn own(world: &World) -> Result<&ManagedFiles, Refusal> {
    world.own.as_ref().ok_or_else(|| {
        Refusal::state("the name of the service is invalid").help(
            Advice::say("check ZIRKABOT_SYSTEMD_UNIT and ZIRKABOT_LAUNCHD_LABEL: ")
                .run(Command::look(world.paths.command("env"))),
        )
    })
}

/// Whether somebody is here who would run the gateway; `commands` says whether there is `systemctl`.
///
/// # Errors
/// If nobody is: with what starts it there instead.
pub(crate) fn runnable(
    world: &World,
    job: ServiceJob,
    manager: Manager,
    commands: bool,
) -> Result<(), Refusal> {
    let own = own(world)?;
    if !job.is_gateway() || manager != Manager::User || commands {
        return Ok(());
    }
    let facts = definition::UnitInputs::of(own, world);
    let refused =
        |why: &str| Refusal::state(format!("{why}, so no service can be installed; nothing was written"));
    let command = definition::termux::command(&facts);
    if own.termux {
        let how = Advice::say("with the app Termux:Boot installed, ").run(definition::termux::boot(&facts));
        return Err(refused("there is no systemd in Termux").help(how.then(format!(
            " starts the gateway whenever the phone starts; to start it now, run `{command}`; `pkg install termux-services` is an alternative"
        ))));
    }
    let how =
        Advice::say("configure your init system (OpenRC, runit, a container) to run ").run(command.clone());
    let line = format!("@reboot {command}");
    Err(refused("there is no `systemctl` here").help(how.then(format!(
        "; with cron, add the line `{line}` in `crontab -e`; `--manager systemd` writes the unit anyway"
    ))))
}

/// The gateway of another program's home is that program's, and so is its service; a monitor of ours is ours.
fn refuse_foreign(world: &World, job: ServiceJob) -> Result<(), Refusal> {
    let layout = world.paths.layout;
    if layout.is_own() || !job.is_gateway() {
        return Ok(());
    }
    let why = format!(
        "{} is the home of {}, which has a service of its own",
        world.paths.shown(&world.paths.state),
        layout.program
    );
    Err(Refusal::state(why).help(format!("`{} gateway --help` shows how it is installed", layout.program)))
}

/// Writes the files of a job. What somebody else wrote, or changed, is replaced only by `force`.
///
/// # Errors
/// If the config cannot be read, another manager runs the gateway already, or a file is not ours.
pub(crate) fn install(world: &World, job: ServiceJob, manager: Manager, force: bool) -> Proposals {
    refuse_foreign(world, job)?;
    known_config(world)?;
    let own = own(world)?;
    if let Some(service) = world.service.as_ref().filter(|_| job.is_gateway())
        && service.manager != manager
        && !force
    {
        let why = match service.manager {
            Manager::Process => format!("{} was started by hand; stop it first", service.name),
            _ => format!("{} already runs the gateway", world.doc_name(service.doc)),
        };
        return Err(Refusal::state(why)
            .help("two gateways would answer every message twice; --force writes it anyway"));
    }
    let mut proposals = Vec::new();
    for role in job.roles(manager) {
        let doc = own.doc(*role);
        let Some(text) = definition::reread::text(&definition::UnitInputs::of(own, world), *role)? else {
            continue;
        };
        let (known, text) = (world.doc(doc), Secret::new(text));
        if known.exists() && known.text != text && !definition::is_ours(world.doc(doc)) && !force {
            return Err(not_ours(world, doc, job, "install"));
        }
        let what = format!("{} {}", purpose(*role), world.doc_name(doc));
        let edit = |to| Edit::file(doc, to);
        proposals.push(Proposal::new(
            what,
            vec![edit(FileAction::Write(text)), edit(FileAction::Mode(mode(world, doc, *role)))],
        ));
    }
    Ok(proposals)
}

/// Removes the files of a job, and what we had added to them.
///
/// # Errors
/// If there are none, or one is not ours.
pub(crate) fn uninstall(world: &World, job: ServiceJob, manager: Manager, force: bool) -> Proposals {
    refuse_foreign(world, job)?;
    let own = own(world)?;
    let added = job.is_gateway() && manager == Manager::User;
    let roles = job
        .roles(manager)
        .iter()
        .copied()
        .chain(added.then_some([Role::DropIn, Role::Socket]).into_iter().flatten());
    let mut proposals = Vec::new();
    for doc in roles.map(|role| own.doc(role)).filter(|doc| world.doc(*doc).exists()) {
        if !definition::is_ours(world.doc(doc)) && !force {
            return Err(not_ours(world, doc, job, "uninstall"));
        }
        let edit = Edit::file(doc, FileAction::Remove);
        proposals.push(Proposal::new(format!("remove {}", world.doc_name(doc)), vec![edit]));
    }
    if !proposals.is_empty() {
        return Ok(proposals);
    }
    let elsewhere = world.service.as_ref().filter(|_| job.is_gateway());
    let why = match elsewhere {
        Some(service) => {
            format!("the gateway is run by {}, which zirkabot does not remove", world.doc_name(service.doc))
        }
        None => "nothing is installed, so nothing was removed".to_owned(),
    };
    Err(Refusal::state(why))
}

fn not_ours(world: &World, doc: DocId, job: ServiceJob, verb: &str) -> Refusal {
    let command = |rest: &str| world.paths.command(&format!("{} {verb} {rest}", job.command()));
    let why = format!("{} was written or changed by hand", world.doc_name(doc));
    let help = match verb {
        "install" => Command::look(command("--force --dry-run")).then(format!(
            " shows the changes, `{}` makes them; `{}` adds the missing settings in a separate file",
            command("--force"),
            world.paths.command("doctor --fix --only service"),
        )),
        _ => Command::from(command("--force"))
            .then(format!(" removes it anyway; `{}` restores it", world.paths.command("undo"))),
    };
    Refusal::state(why).help(help).code("service/unit-drift")
}

/// What is done with a file, in front of its name.
fn purpose(role: Role) -> &'static str {
    match role {
        Role::Unit | Role::Plist => "run the gateway as a service with",
        Role::Socket => "keep its port open during restarts with",
        Role::DropIn => "add the missing settings in",
        Role::MonitorUnit => "run the monitor with",
        Role::MonitorTimer => "start the monitor every 30 minutes with",
        Role::MonitorPlist => "run the monitor every 30 minutes with",
        Role::Widget => "add a home screen button in",
    }
}
