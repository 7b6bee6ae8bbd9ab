//! `zirkabot models auth add`: asks for a credential step by step. What is asked for is stored as
//! `paste-token` stores it.

use super::wish;
use super::{Exit, Outcome, paste_token};
use crate::actual::Kind;
use crate::checks::remedy;
use crate::cli::{Add, Global, Writing};
use crate::doc::looks;
use crate::intent::manual::{self, Given};
use crate::intent::{self, Refusal};
use crate::paste::{self, Pasted};
use crate::pipeline::{self, Trouble};
use crate::providers::PROVIDERS;
use crate::report::style::{Stream, Style};
use crate::resolve;
use crate::sources::Tool;
use crate::sys::{Act, Hidden, Millis};
use crate::world::World;
use crate::{duration, models};

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Add) -> Outcome {
    add(act, global, args).unwrap_or_else(|other| other)
}

fn add(act: &mut dyn Act, global: &Global, args: &Add) -> Result<Outcome, Outcome> {
    let refuse = |refusal| wish::refused(&Trouble::Refused(refusal));
    let world = pipeline::look(act.as_look(), &wish::ask(global)).world;
    let host = act.host();
    if !host.stdin_tty || !host.stdout_tty {
        let provider = args.provider.as_deref().unwrap_or("PROVIDER");
        let paste = world.paths.command(&format!("models auth paste-token --provider {provider}"));
        let why = Refusal::usage("nobody can be asked here, so nothing was changed");
        return Err(refuse(why.help(format!("`{paste}` reads the key or token from standard input"))));
    }
    intent::known_config(&world).map_err(refuse)?;
    let agent = wish::agent(act.as_look(), global, args.agent.as_deref())?;
    let asked = args.provider.as_deref().map(|given| manual::provider(&world, given)).transpose();
    let asked = asked.map_err(refuse)?;
    let style = Style::decide(global.color, act.host(), Stream::Out);
    let mut talk = Talk { act, world: &world, agent: &agent, style, asked, answers: Answers::default() };
    match talk.lead() {
        End::Store => {}
        End::Told => return Ok(Outcome::out(String::new(), Exit::Ok)),
        End::Quit => return Err(paste_token::nothing(Exit::Ok)),
        End::Gone => return Err(paste_token::nothing(Exit::Broken)),
    }
    let Answers { provider, note, id, pasted: Some(pasted), lasts } = talk.answers else {
        return Err(paste_token::nothing(Exit::Broken));
    };
    let of = args.agent.as_deref();
    let given = Given { agent: of, provider: &provider, id: &id, pasted: &pasted, lasts };
    let writing = Writing { dry_run: args.dry_run, json: false, lock_timeout: args.lock_timeout };
    // Whether it ends has just been asked.
    let notes: Vec<String> = note.into_iter().chain(pasted.notes.clone()).collect();
    Ok(paste_token::put(act, global, &given, &writing, &notes))
}

/// What is asked, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Provider,
    Method,
    Id,
    Secret,
    End,
}

/// In this order.
const QUESTIONS: [Question; 5] =
    [Question::Provider, Question::Method, Question::Id, Question::Secret, Question::End];

/// How the questions end.
enum End {
    /// All is known.
    Store,
    /// The person was told what to do instead.
    Told,
    /// The person does not want to go on.
    Quit,
    /// Nobody answers any more.
    Gone,
}

/// What became of one question.
enum Next {
    /// It is answered.
    On,
    /// It does not arise, whichever way one comes.
    Skip,
    /// The question before is asked again.
    Back,
    /// It is the last one.
    Ended(End),
}

/// What is known so far.
#[derive(Default)]
struct Answers {
    provider: String,
    note: Option<String>,
    id: String,
    pasted: Option<Pasted>,
    lasts: Option<Millis>,
}

/// A line that a person typed.
enum Line {
    Text(String),
    Back,
    Ended(End),
}

struct Talk<'a> {
    act: &'a mut dyn Act,
    world: &'a World,
    agent: &'a str,
    style: Style,
    /// The provider, if the command line names it.
    asked: Option<(String, Option<String>)>,
    answers: Answers,
}

impl Talk<'_> {
    /// Asks all questions.
    fn lead(&mut self) -> End {
        self.act.say("Enter takes what stands in brackets, b goes back, q quits without a change.\n");
        let (mut at, mut back) = (0, false);
        while let Some(question) = QUESTIONS.get(at) {
            match self.question(*question) {
                Next::On => (at, back) = (at + 1, false),
                Next::Skip if !back => at += 1,
                // There is nothing before the first question.
                Next::Skip if at == 0 => (at, back) = (1, false),
                Next::Back | Next::Skip => (at, back) = (at.saturating_sub(1), true),
                Next::Ended(end) => return end,
            }
        }
        End::Store
    }

    fn question(&mut self, question: Question) -> Next {
        match question {
            Question::Provider => self.provider(),
            Question::Method => self.method(),
            Question::Id => self.id(),
            Question::Secret => self.secret(),
            Question::End => self.end(),
        }
    }

    fn line(&mut self, prompt: &str) -> Line {
        self.act.say(prompt);
        let Some(line) = self.act.answer() else {
            self.act.say("\n");
            return Line::Ended(End::Gone);
        };
        match line.trim() {
            "b" | "back" => Line::Back,
            "q" | "quit" => Line::Ended(End::Quit),
            text => Line::Text(text.to_owned()),
        }
    }

    /// Says why an answer will not do.
    fn object(&mut self, refusal: &Refusal) {
        let help = refusal.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        let text = looks::hide(format!("{}{help}", refusal.why));
        self.act.say(&format!("  {}\n", self.style.wrap(&text, 2, 2)));
    }

    fn provider(&mut self) -> Next {
        if let Some((provider, note)) = self.asked.clone() {
            (self.answers.provider, self.answers.note) = (provider, note);
            return Next::Skip;
        }
        let choices = providers(self.world, self.agent);
        let rows = choices.iter().zip(1..).map(|((id, of), n)| format!("{n:>4}  {id:<20}{of}"));
        let rows = rows.map(|row| format!("{}\n", row.trim_end())).collect::<String>();
        self.act.say(&self.style.text(&looks::hide(format!("\nWhich provider?\n{rows}"))));
        let first = choices.first().map(|(id, _)| id.clone()).unwrap_or_default();
        loop {
            let text = match self.line(&format!("Its number or name [{first}]: ")) {
                Line::Text(text) => text,
                Line::Back => return Next::Back,
                Line::Ended(end) => return Next::Ended(end),
            };
            let numbered = text.parse::<usize>().ok().and_then(|n| choices.get(n.checked_sub(1)?));
            let named = if text.is_empty() { &first } else { &text };
            let named = numbered.map_or(named, |(id, _)| id);
            match manual::provider(self.world, named) {
                Ok((provider, note)) => {
                    (self.answers.provider, self.answers.note) = (provider, note);
                    return Next::On;
                }
                Err(refusal) => self.object(&refusal),
            }
        }
    }

    fn method(&mut self) -> Next {
        let provider = &self.answers.provider;
        let Some(tool) = Tool::ALL.into_iter().find(|tool| tool.row().provider == *provider) else {
            return Next::Skip;
        };
        let row = tool.row();
        let text = format!(
            "\nHow?\n   1  paste an API key or token\n   2  use {}'s login, made by {}\n",
            row.name, row.login
        );
        self.act.say(&text);
        loop {
            match self.line("Its number [1]: ") {
                Line::Text(text) if text.is_empty() || text == "1" => return Next::On,
                Line::Text(text) if text == "2" => {
                    let renew = remedy::renew(self.world, self.agent, row.profile, row.provider);
                    let text = self.style.wrap(&renew, 0, 0);
                    self.act.say(&format!("\nThere is nothing to paste: {text}.\n"));
                    return Next::Ended(End::Told);
                }
                Line::Text(_) => self.act.say("  Type 1 or 2.\n"),
                Line::Back => return Next::Back,
                Line::Ended(end) => return Next::Ended(end),
            }
        }
    }

    fn id(&mut self) -> Next {
        let provider = self.answers.provider.clone();
        let default = manual::default_id(&provider);
        self.act.say("\nUnder which name?\n");
        loop {
            let text = match self.line(&format!("Profile [{default}]: ")) {
                Line::Text(text) => text,
                Line::Back => return Next::Back,
                Line::Ended(end) => return Next::Ended(end),
            };
            match manual::id(
                self.world,
                &provider,
                Some(&text).filter(|text| !text.is_empty()).map(String::as_str),
            ) {
                Ok(id) => {
                    self.answers.id = id;
                    return Next::On;
                }
                Err(refusal) => self.object(&refusal),
            }
        }
    }

    fn secret(&mut self) -> Next {
        let provider = self.answers.provider.clone();
        let stored = self.world.stores.iter().any(|store| store.profile(&self.answers.id).is_some());
        if stored {
            self.act.say(&format!("What is stored as {} is replaced.\n", self.answers.id));
        }
        self.act.say("\nCtrl-C here quits without a change.\n");
        loop {
            let command = |rest: &str| self.world.paths.command(rest);
            let read = match self.act.hidden(&paste_token::prompt(&provider)) {
                Hidden::Said(bytes) => paste::read_bytes(&provider, &bytes, &command),
                Hidden::TooLong => Err(paste::too_long()),
                Hidden::Cancelled => return Next::Ended(End::Quit),
                Hidden::Gone => return Next::Ended(End::Gone),
            };
            match read {
                Ok(pasted) => {
                    self.answers.pasted = Some(pasted);
                    return Next::On;
                }
                Err(refusal) => self.object(&refusal),
            }
        }
    }

    fn end(&mut self) -> Next {
        if self.answers.pasted.as_ref().is_none_or(|pasted| pasted.kind == Kind::ApiKey) {
            return Next::Skip;
        }
        self.act.say("\nWhen does it end?\n");
        loop {
            match self.line("From now on, such as 365d or 12h [not known]: ") {
                Line::Text(text) if text.is_empty() => {
                    self.answers.lasts = None;
                    return Next::On;
                }
                Line::Text(text) => match duration::parse(&text) {
                    Some(lasts) => {
                        self.answers.lasts = Some(lasts);
                        return Next::On;
                    }
                    None => self.act.say("  Type a time such as 90m, 12h, 3d or 1d12h.\n"),
                },
                Line::Back => return Next::Back,
                Line::Ended(end) => return Next::Ended(end),
            }
        }
    }
}

/// The providers to choose from with what is to be said of each: those in use that lack a
/// credential, the others in use, and all that have keys or tokens.
fn providers(world: &World, agent: &str) -> Vec<(String, &'static str)> {
    let used = models::in_use(&world.desired, agent).into_iter().map(|used| used.model.provider);
    let used = used.filter(|id| !world.desired.is_cli_backend(id));
    let lacks = |id: &String| resolve::resolve(world, agent, id).chosen().is_none();
    let (lacking, served): (Vec<String>, Vec<String>) = used.partition(lacks);
    let rest = PROVIDERS.iter().filter(|row| !row.vars.is_empty()).map(|row| row.id.to_owned());
    let mut all: Vec<(String, &'static str)> = Vec::new();
    let groups = [(lacking, "in use, without a credential"), (served, "in use"), (rest.collect(), "")];
    for (ids, of) in groups {
        for id in ids {
            if all.iter().all(|(known, _)| *known != id) {
                all.push((id, of));
            }
        }
    }
    all
}
