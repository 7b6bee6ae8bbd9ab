//! `zirkabot service status|plan|install|uninstall|restart|logs`.

use crate::change::advice::Command;
use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, Writing};
use crate::cli::install::{self, Installing, Whose};
use crate::cli::{Exit, Finished, Outcome};
use crate::intent::service::ServiceJob;
use crate::pipeline;
use crate::policy::unit::manager;
use crate::report::{json, service};
use crate::sys::{Act, Fault, Replacement};
use crate::world::World;
use crate::world::observe::service::Manager;
use std::io::ErrorKind;

verbs! {
    /// Run the gateway as a service
    pub(super) Service {
        Status(StatusArgs) => status,
        Plan(PlanArgs) => plan,
        Install(Install) => install,
        Uninstall(Uninstall) => uninstall,
        Restart(RestartArgs) => restart,
        Logs(LogsArgs) => logs,
    }
}

/// Show whether the service is installed and running, and what it lacks
///
/// Exit 0 if it is running, 1 if not or not installed, 2 if unknown, or running but unable to serve
/// requests.
#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Show what `install` would write, as a diff, and which commands it would run
#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    whose: Whose,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Install and start the gateway as a service
///
/// The definition contains no credential: the service reads them from the state directory's `.env`, the
/// config and the auth stores. A definition that was changed by hand is not replaced without --force.
/// `zirkabot undo` restores the previous files.
#[derive(Debug, clap::Args)]
pub(super) struct Install {
    #[command(flatten)]
    whose: Whose,
    /// Only write the definition; start nothing
    #[arg(long)]
    no_start: bool,
    /// Let systemd listen on the port, so that no request is refused during a restart
    #[arg(long)]
    socket: bool,
    #[command(flatten)]
    writing: Writing,
}

/// Stop the service, and remove its definition
#[derive(Debug, clap::Args)]
pub(super) struct Uninstall {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    writing: Writing,
}

/// Restart the service, and show its status
///
/// Needed after changes to its port, its token or its definition. Exit codes as for `service status`.
#[derive(Debug, clap::Args)]
pub(super) struct RestartArgs {}

/// Show the log of the service
#[derive(Debug, clap::Args)]
pub(super) struct LogsArgs {
    /// Number of last lines
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 50)]
    lines: u32,
    /// Keep printing new lines
    #[arg(long, short = 'f')]
    follow: bool,
}

fn status(act: &mut dyn Act, global: &Global, args: &StatusArgs) -> Finished {
    let looked = pipeline::preview(act.as_look(), &install::ask(global)).looked;
    let answers = looked.world.service.as_ref().and_then(service::answers);
    let exit = match service::state(&looked.world) {
        service::ServiceState::Running if answers == Some(service::Answers::NotReady) => Exit::Attention,
        service::ServiceState::Running => Exit::Ok,
        service::ServiceState::Stopped | service::ServiceState::Absent => Exit::Broken,
        service::ServiceState::Unknown => Exit::Attention,
    };
    let stdout = if args.json {
        json::text(&service::document(&looked.world, &looked.findings))
    } else {
        service::status(&looked.world, &looked.findings, global.style(act))
    };
    Ok(Outcome::out(stdout, exit))
}

fn plan(act: &mut dyn Act, global: &Global, args: &PlanArgs) -> Finished {
    let writing = Writing { dry_run: true, json: args.json, lock_timeout: 0 };
    install::install(act, global, &of_gateway(args.whose, &writing))
}

fn install(act: &mut dyn Act, global: &Global, args: &Install) -> Finished {
    let job = if args.socket { ServiceJob::GatewaySocket } else { ServiceJob::Gateway };
    let installing = Installing { job, no_start: args.no_start, ..of_gateway(args.whose, &args.writing) };
    let mut outcome = install::install(act, global, &installing)?;
    if outcome.exit == Exit::Ok && !args.writing.dry_run && !args.writing.json {
        let told = status(act, global, &StatusArgs { json: false })?.stdout;
        outcome.stdout.push_str(&format!("\n{told}"));
    }
    Ok(outcome)
}

fn uninstall(act: &mut dyn Act, global: &Global, args: &Uninstall) -> Finished {
    install::uninstall(act, global, &of_gateway(args.whose, &args.writing))
}

fn of_gateway(whose: Whose, writing: &Writing) -> Installing<'_> {
    Installing { job: ServiceJob::Gateway, whose, no_start: false, writing, after: &|_, _| String::new() }
}

fn restart(act: &mut dyn Act, global: &Global, _: &RestartArgs) -> Finished {
    let world = pipeline::world(act.as_look(), &install::ask(global));
    let found = world.service.as_ref();
    let commands = found.map(|own| manager::restart(own, world.uid)).unwrap_or_default();
    if commands.is_empty() {
        return Err(no_manager(&world, "restarted"));
    }
    let mut outcome = Outcome::out(String::new(), Exit::Ok);
    install::carry_out(act, found.map_or(Manager::User, |own| own.manager), &commands, &mut outcome);
    if outcome.exit != Exit::Ok || !outcome.stderr.is_empty() {
        outcome.exit = if outcome.exit == Exit::Ok { Exit::Broken } else { outcome.exit };
        return Ok(outcome);
    }
    status(act, global, &StatusArgs { json: false })
}

fn logs(act: &mut dyn Act, global: &Global, args: &LogsArgs) -> Finished {
    let world = pipeline::world(act.as_look(), &install::ask(global));
    let Some(command) =
        world.service.as_ref().and_then(|own| manager::logs(own, &world, args.lines, args.follow))
    else {
        return Err(no_manager(&world, "asked for its log"));
    };
    let error = act.replace(&Replacement {
        program: command.program.to_owned(),
        args: command.args,
        set: Vec::new(),
        unset: Vec::new(),
    });
    let stderr = format!("error: {} cannot be started: {}\n", command.program, Fault::of(&error));
    Err(Outcome::err(
        stderr,
        if error.kind() == ErrorKind::NotFound { Exit::NotFound } else { Exit::NotStarted },
    ))
}

/// Nothing that could be told to do it.
fn no_manager(world: &World, what: &str) -> Outcome {
    let refusal = match &world.service {
        None => Refusal::state("the gateway is not installed as a service")
            .help(Command::from(world.paths.command("service install")).then(" installs it")),
        Some(own) => Refusal::state(format!("{} has no service manager, so it cannot be {what}", own.name)),
    };
    Outcome::from(refusal)
}
