//! Of a table of verbs only what a line needs: options of every command are copied into each verb there is, which
//! takes longer than all that most commands do. Help, errors and documentation go by the whole grammar.

use clap::error::Error;
use clap::{ArgMatches, Command, FromArgMatches, Subcommand};
use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;

/// How the name of a verb ends that stands in for those that nobody typed.
pub(super) const STAND_IN: char = '\u{2}';

/// What a grammar is made for.
struct Line {
    words: Vec<String>,
    /// Where verbs are left out, one is there that begins as what is typed.
    is_completed: bool,
}

impl Line {
    fn names(&self, command: &Command) -> bool {
        let is = |name: &str| self.words.iter().any(|word| word == name);
        is(command.get_name()) || command.get_all_aliases().any(is)
    }
}

thread_local! {
    static LINE: RefCell<Option<Rc<Line>>> = const { RefCell::new(None) };
}

/// What comes of the grammar as far as a line needs it, the program's name first.
pub(crate) fn of_line<T>(line: &[String], is_completed: bool, make: impl FnOnce() -> T) -> T {
    let words = line.iter().skip(1).cloned().collect();
    LINE.set(Some(Rc::new(Line { words, is_completed })));
    let made = make();
    LINE.set(None);
    made
}

/// A table of verbs, of which only those are made that a line needs.
#[derive(Debug)]
pub(crate) struct Typed<T>(T);

impl<T> Deref for Typed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: FromArgMatches> FromArgMatches for Typed<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches_mut(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<T: Subcommand> Subcommand for Typed<T> {
    fn augment_subcommands(mut command: Command) -> Command {
        let Some(line) = LINE.with_borrow(Clone::clone) else { return T::augment_subcommands(command) };
        let is_on_line = command.get_name() == super::NAME || line.names(&command);
        if !is_on_line && !line.is_completed {
            return command;
        }
        let mut all = T::augment_subcommands(Command::new(super::NAME));
        if !is_on_line {
            // It may be one of those that are offered, with what it is about.
            return all.get_about().cloned().into_iter().fold(command, Command::about);
        }
        if line.is_completed && !all.get_subcommands().any(|verb| line.names(verb)) {
            // One of these is what is looked for.
            return T::augment_subcommands(command);
        }
        for verb in all.get_subcommands_mut().filter(|verb| line.names(verb)) {
            command = command.subcommand(std::mem::take(verb));
        }
        if line.is_completed {
            let typed = line.words.last().map_or("", String::as_str);
            command = command.subcommand(Command::new(format!("{typed}{STAND_IN}")));
        }
        super::leave(all);
        command
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        T::augment_subcommands_for_update(command)
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}
