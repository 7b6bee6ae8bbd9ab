//! `zirkabot completions SHELL`, and the candidates for which its script asks.

use crate::catalog::paths::STATE_OF_PROFILE;
use crate::catalog::providers::{self, PROVIDERS};
use crate::change::apply::history;
use crate::change::apply::journal::Begin;
use crate::checks;
use crate::cli::grammar::complete::{self, ASKS, AskedValue, Shell, ValueKind, Word};
use crate::cli::grammar::{Global, completion};
use crate::cli::{Exit, Finished, Outcome};
use crate::config::find;
use crate::doc::redact::is_secret_like;
use crate::intent::onboard::CHOICES;
use crate::policy::models::{self, known};
use crate::policy::session;
use crate::report::env;
use crate::sys::secret::Secret;
use crate::sys::{Act, Look, time as duration};
use crate::world::World;
use crate::world::label::Labels;
use crate::world::observe::{self as sources, Agents, Depth};

/// Print the completion script for a shell
///
/// Bash: put `eval "$(zirkabot completions bash)"` into ~/.bashrc. Zsh: put `source <(zirkabot completions
/// zsh)` into ~/.zshrc, below `compinit`. Fish: write the output to
/// ~/.config/fish/completions/zirkabot.fish.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command.
pub(super) fn run(_: &mut dyn Act, _: &Global, args: &Args) -> Finished {
    Ok(Outcome::out(completion::script(args.shell).to_owned(), Exit::Ok))
}

/// The answer to a shell that asks for candidates; `None` if none does. Nothing is changed, and no
/// fault is told: it would stand in the middle of a line that somebody types.
pub(super) fn answer(act: &dyn Act, args: &[String]) -> Option<Outcome> {
    let shell = Shell::of(act.host().var(ASKS)?)?;
    // Without a question, the variable was merely left behind.
    let [_, dashes, words @ ..] = args else { return None };
    let typed = words.last().filter(|_| dashes == "--")?;
    let asked = complete::asked(words);
    let mut words = asked.words;
    if let Some(value) = asked.value {
        if value.takes == ValueKind::File {
            return Some(Outcome::out(completion::FILES.to_owned(), Exit::Ok));
        }
        let put = |word: Word| Word { text: format!("{}{}", value.before, word.text), ..word };
        words.splice(0..0, values(act, &value).into_iter().map(put));
    }
    Some(Outcome::out(completion::lines(shell, &words, typed), Exit::Ok))
}

/// The values of a kind that begin as typed, in the order in which they are offered.
fn values(act: &dyn Act, value: &AskedValue) -> Vec<Word> {
    let mut words = match value.takes {
        ValueKind::Choice => CHOICES.iter().map(|row| word(row.word, row.label)).collect(),
        ValueKind::Code => codes(),
        ValueKind::File => Vec::new(),
        ValueKind::Setting => find::paths().into_iter().map(|(path, doc)| word(&path, doc)).collect(),
        ValueKind::State => states(act.as_look()),
        _ => of_home(act, value),
    };
    words.retain(|word| word.text.starts_with(&value.typed) && is_plain(&word.text));
    if value.takes != ValueKind::Change {
        // Of two that are the same, the one with words about it stays.
        words.sort_by(|one, other| (&one.text, one.help.is_none()).cmp(&(&other.text, other.help.is_none())));
        words.dedup_by(|one, other| one.text == other.text);
    }
    words
}

fn word(text: &str, help: &str) -> Word {
    Word { text: text.to_owned(), help: Some(help.to_owned()) }
}

fn bare(text: impl Into<String>) -> Word {
    Word { text: text.into(), help: None }
}

/// Whether a name means itself in every shell. Shells put candidates in as they are.
fn is_plain(name: &str) -> bool {
    let fine = |c: char| c.is_alphanumeric() || "-_.:/@+".contains(c);
    name.starts_with(char::is_alphanumeric) && name.chars().all(fine)
}

fn codes() -> Vec<Word> {
    let codes = checks::rules().map(|rule| word(rule.code, rule.what));
    let families = checks::rules().filter_map(|rule| Some(bare(rule.code.split_once('/')?.0)));
    codes.chain(families).collect()
}

/// What `--profile` can be: which state directories there are.
fn states(look: &dyn Look) -> Vec<Word> {
    let entries = look.list(&look.host().home);
    let names = entries.iter().filter_map(|name| name.strip_prefix(STATE_OF_PROFILE));
    names.filter(|name| !is_secret_like(name)).map(bare).collect()
}

/// Values that stand in a home, without any that holds a secret.
fn of_home(act: &dyn Act, value: &AskedValue) -> Vec<Word> {
    let mut host = act.host().clone();
    // A login shell takes its time, and a Keychain or a program that prints a secret may ask for permission.
    host.env.insert("ZIRKABOT_DEFER_SHELL_ENV_FALLBACK".to_owned(), Secret::from("1"));
    host.keychain = None;
    host.patience = Some(0);
    let quick = act.elsewhere(host);
    let reader = quick.as_look();
    let depth = if value.takes == ValueKind::Session { Depth::Sessions } else { Depth::Status };
    let world = sources::observe(reader, &Agents::All, value.given.profile.as_deref(), depth, false);
    let words = match value.takes {
        ValueKind::Agent => {
            world.agents.iter().filter(|agent| agent.found).map(|agent| bare(&agent.id)).collect()
        }
        ValueKind::Alias => aliases(&world),
        ValueKind::Change => changes(reader, &world),
        ValueKind::Model => aliases(&world).into_iter().chain(models(&world)).collect(),
        ValueKind::Profile => profiles(&world, value.given.provider.as_deref()),
        ValueKind::Provider => providers(&world),
        ValueKind::Session => sessions(&world),
        ValueKind::Variable => env::names(&world, &[], None, true).into_iter().map(bare).collect(),
        _ => Vec::new(),
    };
    let labels = Labels::new(&world);
    let is_told = |text: &str| labels.name(text) == text;
    let shown = words.into_iter().filter(|word| is_told(&word.text));
    shown.map(|word| Word { help: word.help.filter(|help| is_told(help)), ..word }).collect()
}

fn aliases(world: &World) -> Vec<Word> {
    models::aliases(&world.desired).into_iter().map(|(alias, model)| word(&alias, &model.key())).collect()
}

/// What was changed, newest first.
fn changes(reader: &dyn Look, world: &World) -> Vec<Word> {
    let past = history::read(reader, &world.paths.state).unwrap_or_default();
    let told = |begin: &Begin| word(&begin.id, &format!("{}, {}", duration::date(begin.time), begin.command));
    past.iter().map(|past| told(&past.begin)).collect()
}

/// The sessions of all agents, and the short name of the main one.
fn sessions(world: &World) -> Vec<Word> {
    let roots = world.sessions.iter().filter_map(|own| world.doc(own.doc).root.as_ref());
    let keys = roots.flat_map(session::entries).map(|(key, _)| bare(key));
    keys.chain([word("main", "the main session of the agent")]).collect()
}

/// All models that anything names.
fn models(world: &World) -> Vec<Word> {
    let known = known::all(&world.desired).into_iter().map(|known| word(&known.model.key(), &known.name));
    let allowed = world.desired.allowed.iter().map(|allowed| bare(&allowed.key.text));
    known.chain(allowed).collect()
}

/// All profiles that are stored or declared, of a provider if one is given.
fn profiles(world: &World, provider: Option<&str>) -> Vec<Word> {
    let stored = world.stores.iter().flat_map(|store| &store.profiles);
    let stored = stored.map(|own| (&own.id, &own.provider));
    let declared = world.desired.profiles.iter().map(|own| (&own.id, &own.provider));
    let provider = provider.map(providers::normalise);
    let fits = |of: &str| provider.as_deref().is_none_or(|wanted| wanted == of);
    stored.chain(declared).filter(|(_, of)| fits(of)).map(|(id, _)| bare(id)).collect()
}

/// All providers that anything names.
fn providers(world: &World) -> Vec<Word> {
    let stored = world.stores.iter().flat_map(|store| &store.profiles).map(|own| &own.provider);
    let declared = world.desired.profiles.iter().map(|own| &own.provider);
    let own = world.desired.providers.iter().map(|own| &own.id);
    let known = PROVIDERS.iter().map(|row| bare(row.id));
    known.chain(stored.chain(declared).chain(own).map(bare)).collect()
}

#[cfg(test)]
mod tests {
    use crate::cli::completions::*;

    #[test]
    fn only_names_that_mean_themselves_are_offered() {
        for name in ["anthropic:me@x.org", "hf:MiniMaxAI/MiniMax-M2.1", "käse", "agents.defaults.model"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", "-x", ":files", "~x", "a b", "a$(b)", "a*", "a;b", "a\nb", "a\u{1b}[31m", "a'b"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
