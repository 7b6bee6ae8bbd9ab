//! `zirkabot service status|plan|install|uninstall`.

use crate::cli::grammar::{Global, Writing};
use crate::cli::install::{self, Installing, Whose};
use crate::cli::{Exit, Finished, Outcome};
use crate::intent::service::ServiceJob;
use crate::pipeline;
use crate::report::{json, service};
use crate::sys::Act;

verbs! {
    /// The gateway as a service that is always running
    pub(super) Service {
        Status(StatusArgs) => status,
        Plan(PlanArgs) => plan,
        Install(Install) => install,
        Uninstall(Uninstall) => uninstall,
    }
}

/// Whether it is installed and runs, and what it lacks
///
/// Exit 0 if it runs, 1 if it does not or is not installed, 2 if that cannot be told here.
#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Show what `install` would write, as a difference, and which commands it would run
#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    whose: Whose,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Have the gateway run as a service, now and after every start of the machine
///
/// The definition gets no credential: the service reads them from the state directory's `.env`,
/// the config and the auth stores. A definition that was written or changed by hand is left as
/// it is, unless --force is given. `zirkabot undo` brings back what was there.
#[derive(Debug, clap::Args)]
pub(super) struct Install {
    #[command(flatten)]
    whose: Whose,
    /// Only write the definition; start nothing
    #[arg(long)]
    no_start: bool,
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

fn status(act: &mut dyn Act, global: &Global, args: &StatusArgs) -> Finished {
    let looked = pipeline::preview(act.as_look(), &install::ask(global)).looked;
    let exit = match service::state(&looked.world) {
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
    let installing = Installing { no_start: args.no_start, ..of_gateway(args.whose, &args.writing) };
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
