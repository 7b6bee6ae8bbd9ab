//! `zirkabot adopt [DIR]`: takes over the credentials of another program's home.

use crate::catalog::layouts;
use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, Writing, home_choice};
use crate::cli::write::{self, Question, WriteRequest};
use crate::cli::{Finished, Outcome};
use crate::intent::adopt;
use crate::pipeline::{self, Query};
use crate::report::list;
use crate::sys::Act;
use crate::world::World;
use std::path::{Path, PathBuf};

/// Take over the credentials of clawdbot, moltbot or openclaw
///
/// Shows what would be stored in ~/.zirkabot, and asks. Nothing is changed in the other home, and what ours has already
/// stays; `zirkabot undo` undoes it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The home to take over; the only one that is there, if it is not named
    #[arg(value_name = "DIR")]
    from: Option<PathBuf>,
    /// Do not ask for confirmation; required without a terminal
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    writing: Writing,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let dir = match &args.from {
        Some(dir) => dir.clone(),
        None => only_one(act)?,
    };
    let whole = |profile: Option<String>| Query { profile, ..global.ask_all() };
    let from = pipeline::look(act.as_look(), &whole(Some(home_choice(&dir)))).world;
    if from.paths.layout.is_own()
        && from.doc(from.config.doc).stat.is_none()
        && from.stores.iter().all(is_empty)
    {
        let why = format!("there is no home to take over in {}", from.paths.shown(&from.paths.state));
        return Err(Refusal::state(why)
            .help("name the directory in which openclaw.json or clawdbot.json is")
            .into());
    }
    let into = into(act, global);
    let request = |world: &World, _: &str| adopt::adopt(world, &from);
    let question = format!("Take over what {} holds?", from.paths.shown(&from.paths.state));
    let asked = WriteRequest {
        question: Some(Question { text: &question, yes: args.yes }),
        notes: &|world, _| adopt::notes(world, &from),
        after: &|looked, agent, style| list::list(&looked.world, &looked.status, agent, None, style),
        ..WriteRequest::new(&args.writing, &request)
    };
    write::run_asking(act, global, &into, &asked)
}

fn is_empty(store: &crate::world::actual::Store) -> bool {
    store.profiles.is_empty()
}

/// Our home: the one that is asked for, else ours where nobody has said otherwise.
fn into(act: &dyn Act, global: &Global) -> Query {
    let ask = global.ask_all();
    let paths = pipeline::look(act.as_look(), &ask).world.paths;
    if paths.layout.is_own() && paths.unclear.is_empty() {
        return ask;
    }
    Query { profile: Some(home_choice(&layouts::OWN.home(&act.host().home))), ..ask }
}

/// The only home of another program that is there.
fn only_one(act: &dyn Act) -> Result<PathBuf, Outcome> {
    let home = act.host().home.clone();
    let there = |dir: &Path| act.stat(dir).is_some_and(|stat| stat.is_dir);
    let mut all = layouts::OTHERS.iter().map(|layout| layout.home(&home)).filter(|dir| there(dir));
    let refused = |why: &str, help: &str| Err(Refusal::state(why).help(help.to_owned()).into());
    match (all.next(), all.next()) {
        (Some(dir), None) => Ok(dir),
        (None, _) => refused(
            "there is no home of clawdbot, moltbot or openclaw to take over",
            "name its directory: `zirkabot adopt DIR`",
        ),
        (Some(_), Some(_)) => {
            refused("there are homes of several programs", "name the one to take over: `zirkabot adopt DIR`")
        }
    }
}
