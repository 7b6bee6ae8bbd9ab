//! The grammar of the command line, as far as it belongs to no single verb: options of every command,
//! options that many verbs share, how values are read. The arguments of a verb stand in its own file.
//!
//! Help, completion and the manual page follow the grammar by themselves. The `value_name` of an argument
//! says what it takes (`PROVIDER`, `PROFILE`, `MODEL`, …), and so what shells complete it from; the names
//! are listed in [`complete`].

pub mod complete;
pub(crate) mod completion;
pub(crate) mod front;
pub(crate) mod help;
pub(crate) mod man;
pub mod record;
pub(crate) mod typed;

use crate::cli::Cli;
use crate::report::Form;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ColorChoice, Command, CommandFactory};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A table of verbs: each row gives a verb its name, its arguments, and the function that runs it. The
/// comment of the arguments is the help, unless the row has one of its own.
macro_rules! verbs {
    ($(#[$about:meta])* $vis:vis $table:ident { $($(#[$row:meta])* $verb:ident($args:ty) => $run:expr,)* }) => {
        $(#[$about])*
        // Of the verbs only that is made which is typed.
        #[derive(Debug, clap::Subcommand)]
        #[command(defer = true)]
        $vis enum $table {
            $($(#[$row])* $verb($args),)*
        }

        impl $table {
            /// Runs the verb that was given.
            $vis fn run(
                act: &mut dyn crate::sys::Act,
                global: &crate::cli::grammar::Global,
                verb: &Self,
            ) -> crate::cli::Finished {
                match verb {
                    $(Self::$verb(args) => $run(act, global, args),)*
                }
            }
        }
    };
}

/// The name of the program.
pub(super) const NAME: &str = "zirkabot";

/// The whole grammar, for who looks at all of it.
pub(crate) fn whole() -> Command {
    let mut command = Cli::command();
    command.build();
    command
}

/// The heading of options of every command.
const GLOBAL: &str = "Global options";

/// Options of every command.
#[derive(Debug, Default, Args)]
pub struct Global {
    /// Use the state directory ~/.zirkabot-NAME
    #[arg(long = "state-name", alias = "profile", global = true, value_name = "NAME", value_parser = profile_name, help_heading = GLOBAL)]
    pub profile: Option<String>,
    /// Use this directory, also one of clawdbot, moltbot or openclaw
    #[arg(long, global = true, value_name = "DIR", conflicts_with_all = ["profile", "dev"], help_heading = GLOBAL)]
    pub home: Option<PathBuf>,
    /// Same as --state-name dev
    #[arg(long, global = true, conflicts_with = "profile", help_heading = GLOBAL)]
    pub dev: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = GLOBAL)]
    pub color: ColorChoice,
    /// Show times in UTC instead of the local time zone
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub utc: bool,
    /// Also use provider keys from ./.env when something is handed out, sent or written
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub trust_cwd: bool,
    /// Show more details
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    pub verbose: bool,
}

/// What a repair is about.
#[derive(Clone, Debug, Args)]
pub struct Scope {
    /// Only this agent and agent main, instead of all
    #[arg(long, value_name = "ID")]
    pub agent: Option<String>,
    /// Only findings with this code or of this family; can be repeated
    #[arg(long, value_name = "CODE|FAMILY")]
    pub only: Vec<String>,
}

// Options of every command that writes what it was asked for. As a comment of the type it would be the help of verbs
// whose arguments have none of their own, because several share them.
#[derive(Clone, Debug, Args)]
pub struct Writing {
    /// Show the changes as a diff without making them
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// How long to wait for another zirkabot process that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub lock_timeout: i64,
}

/// How `--home` is handed on where the name of a state directory can stand: with a slash in it, which no name has.
pub(crate) fn home_choice(home: &Path) -> String {
    let home = home.display().to_string();
    if home.contains('/') { home } else { format!("./{home}") }
}

/// Leaves a grammar or what was read by it behind: taking it apart takes as long as making it. A process that reads many
/// lines takes the later ones apart.
pub(crate) fn leave<T>(made: T) {
    const FIRST: usize = 24;
    static LEFT: AtomicUsize = AtomicUsize::new(0);
    if LEFT.fetch_add(1, Ordering::Relaxed) < FIRST {
        std::mem::forget(made);
    }
}

/// Reads the name of one of these forms, for `--format`.
pub(super) fn form<T: Sync>(forms: &'static [Form<T>]) -> impl TypedValueParser<Value = &'static Form<T>> {
    let names = forms.iter().map(|form| PossibleValue::new(form.name).help(form.help));
    let named = |name: String| forms.iter().find(|form| form.name == name).ok_or("there is no such format");
    PossibleValuesParser::new(names).try_map(named)
}

/// A time from now, such as `12h`; a number alone counts days.
pub(super) fn duration(text: &str) -> Result<i64, String> {
    crate::sys::time::parse(text).ok_or_else(|| format!("expected {}", crate::sys::time::EXAMPLES))
}

/// A time to wait, which may be none.
pub(super) fn wait(text: &str) -> Result<i64, String> {
    if text.trim_end_matches(['s', 'm', 'h']) == "0" { Ok(0) } else { duration(text) }
}

fn profile_name(text: &str) -> Result<String, String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !text.is_empty() && text.len() <= 64 && text.chars().all(fine) {
        return Ok(text.to_owned());
    }
    Err("only letters, digits, _ and - are allowed".to_owned())
}
