//! `zirkabot service status|plan|install|uninstall`.

use crate::cli::grammar::service::Service;
use crate::cli::grammar::{Global, Writing};
use crate::cli::install::{self, Installing};
use crate::cli::{Exit, Outcome};
use crate::intent::service::ServiceJob;
use crate::pipeline;
use crate::report::json;
use crate::report::service;
use crate::report::style::{Stream, Style};
use crate::sys::Act;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Service) -> Outcome {
    let installing = |whose, writing, no_start| Installing {
        job: ServiceJob::Gateway,
        whose,
        no_start,
        writing,
        after: &|_, _| String::new(),
    };
    match args {
        Service::Status(args) => status(act, global, args.json),
        Service::Plan(args) => {
            let writing = Writing { dry_run: true, json: args.json, lock_timeout: 0 };
            install::install(act, global, &installing(args.whose, &writing, false))
        }
        Service::Install(args) => {
            let mut outcome =
                install::install(act, global, &installing(args.whose, &args.writing, args.no_start));
            if outcome.exit == Exit::Ok && !args.writing.dry_run && !args.writing.json {
                let told = status(act, global, false).stdout;
                outcome.stdout.push_str(&format!("\n{told}"));
            }
            outcome
        }
        Service::Uninstall(args) => {
            install::uninstall(act, global, &installing(args.whose, &args.writing, false))
        }
    }
}

fn status(act: &dyn Act, global: &Global, as_json: bool) -> Outcome {
    let looked = pipeline::preview(act.as_look(), &install::ask(global)).looked;
    let exit = match service::state(&looked.world) {
        service::ServiceState::Running => Exit::Ok,
        service::ServiceState::Stopped | service::ServiceState::Absent => Exit::Broken,
        service::ServiceState::Unknown => Exit::Attention,
    };
    let stdout = if as_json {
        json::text(&service::document(&looked.world, &looked.findings))
    } else {
        let style = Style::decide(global.color, act.host(), Stream::Out);
        service::status(&looked.world, &looked.findings, style)
    };
    Outcome::out(stdout, exit)
}
