//! Completing a command line: the shells' scripts, and which argument is completed from what.
//!
//! The value name of an argument says what it takes: `PROVIDER`, `PROFILE`, `CODE|FAMILY`,
//! `CODE|MESSAGE`, `MODEL`, `CHOICE`, and `ID` for `--agent`. An argument that has one of these is
//! completed; nothing else is to be done for it.

use super::Cli;
use clap::{Arg, Command, CommandFactory};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{EnvCompleter, Fish, Zsh};
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// The variable by which a shell asks for candidates; it names the shell.
pub const ASKS: &str = "ZIRKABOT_COMPLETE";

/// What can stand for an argument, by what it takes.
#[derive(Debug, Default)]
pub struct Names {
    /// Provider ids.
    pub providers: Vec<String>,
    /// Profile ids.
    pub profiles: Vec<String>,
    /// Agent ids.
    pub agents: Vec<String>,
    /// Codes and families of findings.
    pub codes: Vec<String>,
    /// Models as provider/model, and their short names.
    pub models: Vec<String>,
    /// Values of `--auth-choice`.
    pub choices: Vec<String>,
}

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
        [Self::Bash, Self::Zsh, Self::Fish].into_iter().find(|shell| shell.completer().is(name))
    }

    fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            Self::Bash => &Bash,
            Self::Zsh => &Zsh,
            Self::Fish => &Fish,
        }
    }

    /// The script that switches completion on.
    pub fn script(self) -> String {
        let mut script = Vec::new();
        // Writing into memory cannot fail.
        let _ = self.completer().write_registration(ASKS, "zirkabot", "zirkabot", "zirkabot", &mut script);
        String::from_utf8_lossy(&script).into_owned()
    }

    /// The candidates for a command line, as the shell wants them. `words` begin with the name of
    /// the program; which of them is completed the shell says in variables of its own.
    pub fn candidates(self, words: Vec<OsString>, names: Names, cwd: &Path) -> String {
        let mut out = Vec::new();
        let mut command = with(Cli::command(), &Arc::new(names));
        command.build();
        let _ = self.completer().write_complete(&mut command, words, Some(cwd), &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// The command with completers on all arguments that can have one.
fn with(command: Command, names: &Arc<Names>) -> Command {
    let command = command.mut_args(|arg| completed(arg, names));
    command.mut_subcommands(|sub| with(sub, names))
}

fn completed(arg: Arg, names: &Arc<Names>) -> Arg {
    let takes = arg.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
    let is_agent = arg.get_id() == "agent";
    let pick: fn(&Names) -> &Vec<String> = match takes.as_deref() {
        Some("PROVIDER") => |names| &names.providers,
        Some("PROFILE") => |names| &names.profiles,
        Some("CODE|FAMILY" | "CODE|MESSAGE") => |names| &names.codes,
        Some("MODEL") => |names| &names.models,
        Some("CHOICE") => |names| &names.choices,
        Some("ID") if is_agent => |names| &names.agents,
        _ => return arg,
    };
    let names = Arc::clone(names);
    arg.add(ArgValueCompleter::new(move |typed: &std::ffi::OsStr| {
        let typed = typed.to_string_lossy();
        let fits = pick(&names).iter().filter(|name| name.starts_with(&*typed));
        fits.map(CompletionCandidate::new).collect::<Vec<_>>()
    }))
}

/// Bash splits words at colons, of which every profile id has one: they are put together before the
/// question, and what stands before the last colon is taken off the answers.
struct Bash;

const BASH: &str = r#"_zirkabot() {
    local words=() cur="" i word
    local index=0
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        if ((i > 0)) && [[ ( $word == :* || ${COMP_WORDS[i-1]} == *: ) && ${#words[@]} -gt 1 ]]; then
            words[${#words[@]}-1]+="$word"
        else
            words+=("$word")
        fi
    done
    index=$((${#words[@]} - 1))
    cur="${words[index]}"
    local IFS=$'\013'
    COMPREPLY=($(_CLAP_IFS="$IFS" _CLAP_COMPLETE_INDEX="$index" _CLAP_COMPLETE_COMP_TYPE="$COMP_TYPE" \
        _CLAP_COMPLETE_SPACE=false ZIRKABOT_COMPLETE=bash zirkabot -- "${words[@]}" 2>/dev/null))
    if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
        local before="${cur%"${cur##*:}"}"
        for i in "${!COMPREPLY[@]}"; do
            COMPREPLY[i]="${COMPREPLY[i]#"$before"}"
        done
    fi
    [[ "${COMPREPLY-}" == *[=/] ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o bashdefault -F _zirkabot zirkabot
"#;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: &str,
        buf: &mut dyn Write,
    ) -> Result<(), std::io::Error> {
        buf.write_all(BASH.as_bytes())
    }

    fn write_complete(
        &self,
        cmd: &mut Command,
        args: Vec<OsString>,
        current_dir: Option<&Path>,
        buf: &mut dyn Write,
    ) -> Result<(), std::io::Error> {
        clap_complete::env::Bash.write_complete(cmd, args, current_dir, buf)
    }
}
