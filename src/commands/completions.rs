//! `zirkabot completions SHELL`, and the candidates for which its script asks; `zirkabot man`.

use super::{Exit, Outcome};
use crate::checks;
use crate::cli::complete::{ASKS, Names, Shell};
use crate::doc::looks::looks_secret;
use crate::models;
use crate::models::catalogue::{CATALOGUE, Row};
use crate::onboard::CHOICES;
use crate::pipeline::{self, Ask};
use crate::providers::PROVIDERS;
use crate::report::man;
use crate::secret::Secret;
use crate::sources::{Agents, Depth};
use crate::status::Options;
use crate::sys::{Act, Look};
use std::collections::BTreeSet;

/// The script of a shell.
pub(super) fn run(shell: Shell) -> Outcome {
    Outcome::out(shell.script(), Exit::Ok)
}

/// The manual page.
pub(super) fn man() -> Outcome {
    Outcome::out(man::page(super::EXITS.iter().map(|(exit, what)| (exit.code(), *what))), Exit::Ok)
}

/// The answer to a shell that asks for candidates; `None` if none does. Nothing is changed, and no
/// fault is told: it would stand in the middle of a line that somebody types.
pub(super) fn answer(act: &dyn Act, args: &[String]) -> Option<Outcome> {
    let shell = Shell::of(act.host().var(ASKS)?)?;
    let words = args.iter().skip(1).skip_while(|arg| *arg != "--").skip(1);
    let words: Vec<_> = words.map(std::ffi::OsString::from).collect();
    // A login shell takes its time.
    let mut host = act.host().clone();
    host.env.insert("ZIRKABOT_DEFER_SHELL_ENV_FALLBACK".to_owned(), Secret::from("1"));
    let cwd = host.cwd.clone();
    let quick = act.elsewhere(host);
    Some(Outcome::out(shell.candidates(words, names(quick.as_look()), &cwd), Exit::Ok))
}

/// All names that this home and the program's own tables know.
fn names(reader: &dyn Look) -> Names {
    let ask = Ask { agents: Agents::All, profile: None, depth: Depth::Status, options: Options::default() };
    let world = pipeline::look(reader, &ask).world;
    let tame = |names: &mut dyn Iterator<Item = String>| -> Vec<String> {
        names.filter(|name| !looks_secret(name)).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let stored = || world.stores.iter().flat_map(|store| &store.profiles);
    let declared = || world.desired.profiles.iter();
    let rules = || checks::rules().map(|rule| rule.code);
    let families = rules().filter_map(|code| Some(code.split_once('/')?.0.to_owned()));
    let short = models::aliases(&world.desired).into_iter().map(|(alias, _)| alias);
    let allowed = world.desired.allowed.iter().map(|allowed| allowed.key.text.clone());
    Names {
        profiles: tame(&mut stored().map(|own| own.id.clone()).chain(declared().map(|own| own.id.clone()))),
        providers: tame(
            &mut PROVIDERS
                .iter()
                .map(|row| row.id.to_owned())
                .chain(stored().map(|own| own.provider.clone()))
                .chain(declared().map(|own| own.provider.clone())),
        ),
        agents: tame(&mut world.agents.iter().filter(|agent| agent.found).map(|agent| agent.id.clone())),
        codes: rules().map(str::to_owned).chain(families).collect::<BTreeSet<_>>().into_iter().collect(),
        models: tame(&mut CATALOGUE.iter().map(Row::key).chain(short).chain(allowed)),
        choices: CHOICES.iter().map(|row| row.word.to_owned()).collect(),
    }
}
