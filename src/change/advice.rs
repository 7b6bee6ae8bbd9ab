//! What a person, or another program, does about something: a sentence whose command is data. Findings
//! and refusals carry it; who shows the command alone takes it from here and reads none out of a sentence.

use std::fmt;

/// A command for a shell, and what it does about what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// As it is typed. No secret.
    pub text: String,
    /// What it does about it.
    pub effect: Effect,
}

/// What a command does about what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It mends it as it stands.
    Mends,
    /// It mends it once what stands in `<…>` is filled in.
    Template,
    /// It only shows how things are.
    Looks,
}

impl Command {
    /// A command in which something is to be filled in.
    pub fn template(text: impl Into<String>) -> Self {
        Self { effect: Effect::Template, ..Self::from(text.into()) }
    }

    /// A command that only shows how things are.
    pub fn look(text: impl Into<String>) -> Self {
        Self { effect: Effect::Looks, ..Self::from(text.into()) }
    }

    /// This command as the first step, and the rest of the sentence.
    pub fn then(self, rest: impl AsRef<str>) -> Advice {
        Advice::command(self).then(rest)
    }
}

impl From<String> for Command {
    fn from(text: String) -> Self {
        Self { text, effect: Effect::Mends }
    }
}

impl From<&str> for Command {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// What to do: a first step, often a command, and what follows it. As text it is one sentence without
/// a full stop, commands in backquotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    say: String,
    run: Option<Command>,
    then: String,
    /// Whether there is nothing to do.
    is_idle: bool,
    /// Whether it takes nothing that is not here, though no command does it.
    is_at_hand: bool,
}

impl Advice {
    /// A first step in words, or those that lead to its command.
    pub fn say(words: impl Into<String>) -> Self {
        Self { say: words.into(), ..Self::default() }
    }

    /// Why there is nothing to do.
    pub fn nothing(words: impl Into<String>) -> Self {
        Self { is_idle: true, ..Self::say(words) }
    }

    /// Whether it takes something that is not here yet: a credential, or a program.
    pub fn needs_new(&self) -> bool {
        let sources = [" paste-token", " setup-token", " onboard", " login", "npm install", "printf "];
        let is_new = |run: &Command| sources.iter().any(|source| run.text.contains(source));
        !self.is_at_hand && self.run.as_ref().is_none_or(is_new)
    }

    /// The same, where it takes nothing that is not here.
    #[must_use]
    pub fn at_hand(self) -> Self {
        Self { is_at_hand: true, ..self }
    }

    /// Whether there is nothing to do, so that it is no next step.
    pub fn is_idle(&self) -> bool {
        self.is_idle
    }

    /// A command as the first step.
    pub fn command(command: impl Into<Command>) -> Self {
        Self::default().run(command)
    }

    /// The command of the first step.
    #[must_use]
    pub fn run(self, command: impl Into<Command>) -> Self {
        Self { run: Some(command.into()), ..self }
    }

    /// The rest of the sentence, with what joins it to the first step.
    #[must_use]
    pub fn then(self, rest: impl AsRef<str>) -> Self {
        Self { then: self.then + rest.as_ref(), ..self }
    }

    /// The same with each of its texts changed.
    #[must_use]
    pub fn map(self, change: impl Fn(String) -> String) -> Self {
        let run = self.run.map(|Command { text, effect }| Command { text: change(text), effect });
        Self { say: change(self.say), run, then: change(self.then), ..self }
    }

    /// Whether a command is part of the first step.
    pub fn has_command(&self) -> bool {
        self.run.is_some()
    }

    /// The command that mends it, also one in which something is to be filled in.
    pub fn mends(&self) -> Option<&str> {
        let command = self.run.as_ref().filter(|command| command.effect != Effect::Looks)?;
        Some(&command.text)
    }

    /// The command of the first step, if it says enough without the words that lead to it.
    pub fn alone(&self) -> Option<&str> {
        let says_enough = |command: &&Command| command.effect != Effect::Template || self.say.is_empty();
        Some(&self.run.as_ref().filter(says_enough)?.text)
    }

    /// The first step as a sentence.
    pub fn first_step(&self) -> String {
        let run = self.run.as_ref().map(|command| format!("`{}`", command.text)).unwrap_or_default();
        format!("{}{run}", self.say)
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.first_step(), self.then)
    }
}

impl From<Command> for Advice {
    fn from(command: Command) -> Self {
        Self::command(command)
    }
}

impl From<String> for Advice {
    fn from(words: String) -> Self {
        Self::say(words)
    }
}

impl From<&str> for Advice {
    fn from(words: &str) -> Self {
        Self::say(words)
    }
}

#[cfg(test)]
mod tests {
    use crate::change::advice::*;

    #[test]
    fn a_command_is_shown_alone_where_it_says_enough() {
        let status = || Command::look("zirkabot models status");
        let key = "echo 'A=<key>'";
        for (advice, text, first, alone, mends) in [
            (
                Advice::say("run ").run("qwen").then(", then `b`"),
                "run `qwen`, then `b`",
                "run `qwen`",
                Some("qwen"),
                Some("qwen"),
            ),
            (
                Advice::say("get a key, then ").run(Command::template(key)).then("; then `b`"),
                "get a key, then `echo 'A=<key>'`; then `b`",
                "get a key, then `echo 'A=<key>'`",
                None,
                Some(key),
            ),
            (Command::template(key).into(), "`echo 'A=<key>'`", "`echo 'A=<key>'`", Some(key), Some(key)),
            (
                Advice::say("set `A`, then ").run(status()),
                "set `A`, then `zirkabot models status`",
                "set `A`, then `zirkabot models status`",
                Some("zirkabot models status"),
                None,
            ),
            (Advice::say("wait").then("; or pay"), "wait; or pay", "wait", None, None),
        ] {
            assert_eq!(advice.to_string(), text);
            assert_eq!(advice.first_step(), first);
            assert_eq!((advice.alone(), advice.mends()), (alone, mends));
            assert_eq!(advice.clone().map(|text| text), advice);
        }
    }
}
