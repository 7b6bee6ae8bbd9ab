//! `zirkabot monitor install|uninstall`: as the gateway's service is installed, or by a line in the
//! crontab, which is changed by its own program.

use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, Writing};
use crate::cli::install::{self, Installing, Whose};
use crate::cli::{Exit, Finished, Outcome};
use crate::intent::service::{self, ServiceJob};
use crate::pipeline::{self, Looked};
use crate::policy::unit::{UnitInputs, cron, reread};
use crate::report::style::{Style, Tone};
use crate::sys::{Act, Look, Probe, Probed};
use crate::world::World;
use crate::world::observe::programs;
use std::path::Path;

/// Longest wait for `crontab`, in milliseconds.
const LIMIT: i64 = 3_000;

// By whom the monitor is started.
#[derive(Debug, clap::Args)]
pub(super) struct Install {
    #[command(flatten)]
    whose: Whose,
    /// Use a line in your crontab, for systems without systemd or launchd
    #[arg(long, conflicts_with_all = ["manager", "json"])]
    cron: bool,
    /// On an Android phone: add a home screen button for Termux:Widget
    #[arg(long, conflicts_with_all = ["manager", "cron"])]
    termux: bool,
    /// Only write the files; start nothing
    #[arg(long)]
    no_start: bool,
    #[command(flatten)]
    writing: Writing,
}

/// Has it run.
pub(super) fn install(act: &mut dyn Act, global: &Global, args: &Install) -> Finished {
    if args.cron {
        return crontab(act, global, args, reread::crontab);
    }
    let told: &dyn Fn(&Looked, Style) -> String = match args.termux {
        true => &|_, _| String::new(),
        false => &|looked, style| untold(&looked.world, style),
    };
    let mut outcome = install::install(act, global, &Installing { after: told, ..installing(args) })?;
    if outcome.exit == Exit::Ok && args.termux && !args.writing.dry_run && !args.writing.json {
        outcome.stdout.push_str("\nIn Termux: `pkg install termux-api`, then add the widget of Termux:Widget to the home screen.\n");
    }
    Ok(outcome)
}

/// Has it run no more.
pub(super) fn uninstall(act: &mut dyn Act, global: &Global, args: &Install) -> Finished {
    if args.cron {
        return crontab(act, global, args, |facts, old| Ok(cron::without(facts, old)));
    }
    install::uninstall(act, global, &installing(args))
}

/// What to do next where no channel is named: what is only printed nobody sees.
fn untold(world: &World, style: Style) -> String {
    if !world.desired.monitor.channels.is_empty() {
        return String::new();
    }
    let command = style.paint(Tone::Act, &world.paths.command("config set monitor.desktop true"));
    let text = "No messages are sent yet: the config has no channel. For messages on this desktop:";
    format!("{}\n  {command}\n", style.wrap(text, 0, 0))
}

fn installing(args: &Install) -> Installing<'_> {
    let job = if args.termux { ServiceJob::Widget } else { ServiceJob::Monitor };
    Installing {
        job,
        whose: args.whose,
        no_start: args.no_start,
        writing: &args.writing,
        after: &|_, _| String::new(),
    }
}

/// Changes the crontab of this user.
fn crontab(
    act: &mut dyn Act,
    global: &Global,
    args: &Install,
    change: fn(&UnitInputs<'_>, &str) -> Result<String, Refusal>,
) -> Finished {
    let world = pipeline::world(act.as_look(), &install::ask(global));
    let own = service::own(&world)?;
    let program = programs::path(act.as_look(), "crontab").ok_or_else(|| {
        Refusal::state("there is no `crontab` here")
            .help("install cron, or run `zirkabot monitor` with another scheduler")
    })?;
    let old = read(act.as_look(), &program)?;
    let new = change(&UnitInputs::of(own, &world), &old)?;
    let style = global.style(act);
    if old == new {
        return Ok(Outcome::out("Nothing to change.\n".to_owned(), Exit::Ok));
    }
    let shown = cron::difference(&old, &new);
    if args.writing.dry_run {
        return Ok(Outcome::out(format!("{shown}\n1 to change\n"), Exit::Ok));
    }
    write(act, &world.paths.state, &program, &new)?;
    let sign = style.paint(Tone::Good, "✓");
    let untold = if new.len() > old.len() { untold(&world, style) } else { String::new() };
    let gap = if untold.is_empty() { "" } else { "\n" };
    Ok(Outcome::out(format!("{shown}\n{sign} updated your crontab\n{gap}{untold}"), Exit::Ok))
}

/// What the crontab says; empty if there is none.
fn read(look: &dyn Look, program: &str) -> Result<String, Refusal> {
    let probe =
        Probe { program: program.to_owned(), args: vec!["-l".to_owned()], limit: LIMIT, max_output: 1 << 20 };
    match look.probe(&probe) {
        Probed::Done(Some(0), output) => String::from_utf8(output.expose().clone())
            .map_err(|_| Refusal::state("the crontab is not UTF-8 text, so nothing was changed")),
        // This is how cron says that there is none.
        Probed::Done(Some(1), output) if output.expose().is_empty() => Ok(String::new()),
        _ => Err(Refusal::state("`crontab -l` failed, so nothing was changed")),
    }
}

/// Hands a new crontab to cron, through a file that only this user can read, and reads it back.
fn write(act: &mut dyn Act, state: &Path, program: &str, text: &str) -> Result<(), Refusal> {
    let failed = |why: String| Refusal::state(format!("the crontab was not changed: {why}"));
    let file = state.join(format!(".crontab.{}.tmp", act.host().pid));
    act.make_dir(state, 0o700).map_err(|error| failed(error.to_string()))?;
    let made = act.create(&file, 0o600, None, text.as_bytes()).map_err(|error| failed(error.to_string()));
    let probe = Probe {
        program: program.to_owned(),
        args: vec![file.display().to_string()],
        limit: LIMIT,
        max_output: 1 << 16,
    };
    let done = made.map(|()| act.run(&probe));
    let _ = act.remove(&file);
    match done? {
        Probed::Done(Some(0), _) if read(act.as_look(), program)? == text => Ok(()),
        Probed::Done(Some(0), _) => {
            Err(failed("`crontab` accepted it, but now shows something else".to_owned()))
        }
        _ => Err(failed(format!("`{program}` rejected it"))),
    }
}
