//! Completing a command line: what the word at the cursor can be. Pure; what a home holds is looked
//! up by whoever asks.
//!
//! The value name of an argument says what it takes, and [`ValueKind::of`] is the one table of these
//! names. An argument with such a name, or of type `PathBuf`, is completed, and so are the words of
//! a `ValueEnum`; nothing else is to be done for it. A name that is neither there nor in [`FREE`]
//! fails a test.

use crate::cli::Cli;
use crate::cli::grammar::{home_choice, leave, typed};
use clap::{Arg, ArgMatches, Command, CommandFactory, ValueHint};
use clap_complete::engine::{self, ArgValueCompleter, CompletionCandidate};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// The variable by which a shell asks for candidates; it names the shell. The question is
/// `zirkabot -- zirkabot WORD…`, up to the cursor, so that the last word is what is completed.
pub const ASKS: &str = "ZIRKABOT_COMPLETE";

/// Value names of what cannot be known beforehand, or is nobody's business.
pub const FREE: &[&str] = &[
    "ADDRESS",
    "COMMAND",
    "DURATION",
    "HOSTS",
    "KEY",
    "NUMBER",
    "PROGRAM",
    "TEXT",
    "TOKEN",
    "CHAT",
    "TOPIC|URL",
    "URL",
    "VALUE",
    "VARIABLE",
];

/// A shell that completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// GNU Bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
}

impl Shell {
    /// The shell of a name.
    pub fn of(name: &str) -> Option<Self> {
        <Self as clap::ValueEnum>::from_str(name, false).ok()
    }
}

/// What an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// An agent's id.
    Agent,
    /// A short name of a model.
    Alias,
    /// The id of a change in the history.
    Change,
    /// A value of `--auth-choice`.
    Choice,
    /// A code or family of findings.
    Code,
    /// A file; shells know these best.
    File,
    /// A model, or a short name of one.
    Model,
    /// A credential's profile id.
    Profile,
    /// A provider's id.
    Provider,
    /// A session's key.
    Session,
    /// A path into the config.
    Setting,
    /// A value of `--state-name`: a state directory.
    State,
    /// A variable.
    Variable,
}

impl ValueKind {
    /// What an argument takes, by its type or its value name.
    pub fn of(arg: &Arg) -> Option<Self> {
        if !arg.get_action().takes_values() {
            return None;
        }
        if matches!(arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath) {
            return Some(Self::File);
        }
        Some(match arg.get_value_names()?.first()?.as_str() {
            "ALIAS" => Self::Alias,
            "CHOICE" => Self::Choice,
            "CODE|FAMILY" | "CODE|MESSAGE" => Self::Code,
            "ID" if arg.get_long() == Some("agent") => Self::Agent,
            "ID" => Self::Change,
            "FILE" => Self::File,
            "MODEL" => Self::Model,
            "NAME" => Self::State,
            "PATH" => Self::Setting,
            "PROFILE" => Self::Profile,
            "PROVIDER" => Self::Provider,
            "SESSION" => Self::Session,
            "VARIABLE" => Self::Variable,
            _ => return None,
        })
    }
}

/// What can stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Commands, flags and fixed values.
    pub words: Vec<Word>,
    /// A value, of which the grammar knows only the kind.
    pub value: Option<AskedValue>,
}

/// A candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What is put in.
    pub text: String,
    /// What it is, for shells that show it.
    pub help: Option<String>,
}

/// A value that is to be completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedValue {
    /// Its kind.
    pub takes: ValueKind,
    /// What of the word is no part of it: `--only=`.
    pub before: String,
    /// What there is of it.
    pub typed: String,
    /// What stands on the line already.
    pub given: Given,
}

/// What a line says of the place in which a value is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// `--home`, `--state-name`, or `--dev`.
    pub profile: Option<String>,
    /// The provider that the command is about.
    pub provider: Option<String>,
}

/// What the last of these words can be. The first one is the program.
pub fn asked(words: &[String]) -> Asked {
    let quick = typed::of_line(words, true, || asked_of(words));
    let stands_in = |word: &Word| word.text.ends_with(typed::STAND_IN);
    // A word that is the value of an option may look like a verb.
    if quick.words.iter().any(stands_in) { asked_of(words) } else { quick }
}

/// The same by the grammar as it is made now.
fn asked_of(words: &[String]) -> Asked {
    let Some((last, before)) = words.split_last() else { return Asked::default() };
    let found = Arc::new(OnceLock::new());
    let mut grammar = Cli::command().ignore_errors(true);
    grammar.build();
    // Made once, and left behind: taking it apart takes as long as making it.
    let mut command = with(grammar, &found);
    let args = words.iter().map(OsString::from).collect();
    // Where nothing fits there is nothing to say.
    let candidates = engine::complete(&mut command, args, before.len(), None).unwrap_or_default();
    let (mut words, mut value) = (Vec::new(), None);
    for candidate in candidates {
        let text = candidate.get_value().to_string_lossy().into_owned();
        match (text.strip_suffix(MARK), found.get()) {
            // A flag is being typed, where a value could stand too.
            (Some(""), _) if last.starts_with('-') => {}
            (Some(front), Some(takes)) => {
                let typed = last.strip_prefix(front).unwrap_or_default().to_owned();
                let given = given(&mut command, before);
                value = Some(AskedValue { takes: *takes, before: front.to_owned(), typed, given });
            }
            _ => words.push(Word { text, help: candidate.get_help().map(ToString::to_string) }),
        }
    }
    leave(command);
    Asked { words, value }
}

/// Stands for all values of a kind.
const MARK: char = '\u{1}';

/// The command with every argument of a known kind saying so when it is asked for its values.
fn with(command: Command, found: &Arc<OnceLock<ValueKind>>) -> Command {
    let say = |arg: Arg| {
        let Some(takes) = ValueKind::of(&arg) else { return arg };
        let found = Arc::clone(found);
        arg.add(ArgValueCompleter::new(move |_: &std::ffi::OsStr| {
            found.get_or_init(|| takes);
            vec![CompletionCandidate::new(MARK.to_string())]
        }))
    };
    command.mut_args(say).mut_subcommands(|sub| with(sub, found))
}

/// What the words before the cursor say, as far as they can be understood.
fn given(command: &mut Command, words: &[String]) -> Given {
    let Ok(matches) = command.try_get_matches_from_mut(words) else {
        return Given::default();
    };
    let dev = matches.get_flag("dev").then(|| "dev".to_owned());
    let home = matches.try_get_one::<PathBuf>("home").ok().flatten().map(|home| home_choice(home));
    Given {
        profile: home.or_else(|| text(&matches, "profile")).or(dev),
        provider: deepest(&matches, "provider"),
    }
}

/// An argument of the innermost command that has it.
fn deepest(matches: &ArgMatches, id: &str) -> Option<String> {
    let below = matches.subcommand().and_then(|(_, sub)| deepest(sub, id));
    below.or_else(|| text(matches, id))
}

fn text(matches: &ArgMatches, id: &str) -> Option<String> {
    matches.try_get_one::<String>(id).ok().flatten().cloned()
}

#[cfg(test)]
mod tests {
    use crate::cli::grammar::complete::*;

    fn value(line: &str) -> Option<AskedValue> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        asked(&words).value
    }

    #[test]
    fn the_word_at_the_cursor_has_a_kind() {
        for (line, takes, before, typed) in [
            ("zirkabot explain exp", ValueKind::Code, "", "exp"),
            ("zirkabot doctor --only=exp", ValueKind::Code, "--only=", "exp"),
            ("zirkabot doctor --agent ", ValueKind::Agent, "", ""),
            ("zirkabot undo ", ValueKind::Change, "", ""),
            ("zirkabot apply pl", ValueKind::File, "", "pl"),
            ("zirkabot plan --out=./pl", ValueKind::File, "--out=", "./pl"),
            ("zirkabot --state-name w", ValueKind::State, "", "w"),
            ("zirkabot models auth order set --provider zai a:b c:", ValueKind::Profile, "", "c:"),
            ("zirkabot session show agent:", ValueKind::Session, "", "agent:"),
            ("zirkabot session model --session ma", ValueKind::Session, "", "ma"),
        ] {
            let value = value(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((value.takes, &*value.before, &*value.typed), (takes, before, typed), "{line}");
        }
        for line in
            ["zirkabot expl", "zirkabot doctor --format j", "zirkabot config set a.b ", "zirkabot x y z"]
        {
            assert_eq!(value(line), None, "{line}");
        }
    }

    #[test]
    fn what_stands_on_the_line_already_counts() {
        for (line, profile, provider) in [
            ("zirkabot --profile work models auth remove ", Some("work"), None),
            ("zirkabot models auth order set --provider zai --profile=work a:b ", Some("work"), Some("zai")),
            ("zirkabot models auth order set --provider=zai ", None, Some("zai")),
            ("zirkabot --dev models auth remove ", Some("dev"), None),
            ("zirkabot --home ~/.clawdbot models auth remove ", Some("~/.clawdbot"), None),
            ("zirkabot --home=bot models auth remove ", Some("./bot"), None),
            ("zirkabot models auth remove ", None, None),
        ] {
            let given = value(line).map(|value| value.given).unwrap_or_default();
            assert_eq!((given.profile.as_deref(), given.provider.as_deref()), (profile, provider), "{line}");
        }
    }
}
