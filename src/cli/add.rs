//! `zirkabot models auth add`: asks for a credential step by step. What is asked for is stored as
//! `paste-token` stores it.

use crate::catalog::kind::Kind;
use crate::catalog::providers::{self, PROVIDERS};
use crate::catalog::tools::Tool;
use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, Writing, duration, wait};
use crate::cli::menu::{self, Picked, hidden_in_dialogue, say};
use crate::cli::test::{self, Offered};
use crate::cli::{Finished, Outcome, login, paste_token, scope, setup_token};
use crate::doc::redact;
use crate::intent::manual::{self, ManualCredential};
use crate::intent::paste::{self, Pasted};
use crate::pipeline;
use crate::policy::form;
use crate::policy::known::{default_id, known_config};
use crate::policy::login::known as logins;
use crate::policy::{advice, models, resolve};
use crate::report::style::Style;
use crate::sys::quote::shell_word;
use crate::sys::{Act, Hidden, Millis};
use crate::world::World;

/// Add a credential step by step
///
/// Needs a terminal; in scripts use `paste-token`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Provider, such as anthropic or openrouter
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// Store it for this agent only, instead of for all agents without their own
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Show the changes as a diff without making them
    #[arg(long)]
    dry_run: bool,
    /// How long to wait for another zirkabot process that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    lock_timeout: i64,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let world = pipeline::world(act.as_look(), &global.ask_all());
    let host = act.host();
    if !host.stdin_tty || !host.stdout_tty {
        let provider = args.provider.as_deref().unwrap_or("PROVIDER");
        let paste =
            world.paths.command(&format!("models auth paste-token --provider {}", shell_word(provider)));
        let why = Refusal::usage("this needs a terminal to ask questions; nothing was changed");
        return Err(why.help(format!("`{paste}` reads the key or token from standard input")).into());
    }
    known_config(&world)?;
    let agent = scope::agent(act, global, args.agent.as_deref())?;
    let asked = args.provider.as_deref().map(|given| manual::provider(&world, given)).transpose()?;
    let style = global.style(act);
    let (only_shown, answers) = (args.dry_run, Answers::default());
    let mut talk = Talk { act, world: &world, agent: &agent, style, asked, only_shown, answers };
    let end = talk.lead();
    let answers = talk.answers;
    match (end, &answers.pasted) {
        (AddEnd::Store, Some(pasted)) => store(act, global, args, &answers, pasted),
        (AddEnd::Login, _) => {
            let (agent, provider) = (args.agent.clone(), answers.provider);
            let args = setup_token::Args { provider, agent, yes: true, lock_timeout: args.lock_timeout };
            setup_token::run(act, global, &args)
        }
        (AddEnd::SignIn, _) => {
            let args = login::Args::of(answers.provider, args.agent.clone(), args.lock_timeout);
            login::run(act, global, &args)
        }
        (AddEnd::Told, _) => Ok(Outcome::unchanged()),
        _ => Ok(Outcome::cancelled()),
    }
}

/// Stores what was answered.
fn store(act: &mut dyn Act, global: &Global, args: &Args, answers: &Answers, pasted: &Pasted) -> Finished {
    let Answers { provider, id, lasts, .. } = answers;
    let given = ManualCredential { agent: args.agent.as_deref(), provider, id, pasted, lasts: *lasts };
    let writing = Writing { dry_run: args.dry_run, json: false, lock_timeout: args.lock_timeout };
    // Whether it ends has just been asked.
    let notes: Vec<String> = answers.note.iter().chain(&pasted.notes).cloned().collect();
    paste_token::put(act, global, &given, &writing, &notes)
}

/// What is asked, one after the other.
const QUESTIONS: [fn(&mut Talk<'_>) -> Next; 5] =
    [|talk| talk.provider(), |talk| talk.method(), |talk| talk.id(), |talk| talk.secret(), |talk| talk.end()];

/// How the questions end.
enum AddEnd {
    /// All is known.
    Store,
    /// By a login with `claude setup-token`.
    Login,
    /// By a login with the provider itself.
    SignIn,
    /// Elsewhere: the person was told what to do.
    Told,
    /// The person does not want to go on, or answers no more.
    Quit,
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
    Ended(AddEnd),
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

struct Talk<'a> {
    act: &'a mut dyn Act,
    world: &'a World,
    agent: &'a str,
    style: Style,
    /// The provider, if the command line names it.
    asked: Option<(String, Option<String>)>,
    /// Whether nothing is to be written.
    only_shown: bool,
    answers: Answers,
}

impl Talk<'_> {
    /// Asks all questions.
    fn lead(&mut self) -> AddEnd {
        say(self.act, "Press Enter for the first choice or the one in brackets, b to go back, q to quit.\n");
        let (mut at, mut back) = (0, false);
        while let Some(question) = QUESTIONS.get(at) {
            match question(self) {
                Next::On => (at, back) = (at + 1, false),
                Next::Skip if !back => at += 1,
                // There is nothing before the first question.
                Next::Skip if at == 0 => (at, back) = (1, false),
                Next::Back | Next::Skip => (at, back) = (at.saturating_sub(1), true),
                Next::Ended(end) => return end,
            }
        }
        AddEnd::Store
    }

    /// Asks for a line until `take` likes it; it is told an empty one, too.
    fn line(&mut self, prompt: &str, take: &dyn Fn(&mut Self, &str) -> Result<(), Refusal>) -> Next {
        loop {
            let Some(line) = menu::answer(self.act, prompt) else { return Next::Ended(AddEnd::Quit) };
            match line.as_str() {
                "b" | "back" => return Next::Back,
                "q" | "quit" => return Next::Ended(AddEnd::Quit),
                text => match take(self, text) {
                    Ok(()) => return Next::On,
                    Err(refusal) => self.object(&refusal),
                },
            }
        }
    }

    /// Says why an answer will not do.
    fn object(&mut self, refusal: &Refusal) {
        let help = refusal.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        let text = redact::redact(format!("{}{help}", refusal.why));
        say(self.act, &format!("  {}\n", self.style.wrap(&text, 2, 2)));
    }

    fn provider(&mut self) -> Next {
        if let Some((provider, note)) = self.asked.clone() {
            (self.answers.provider, self.answers.note) = (provider, note);
            return Next::Skip;
        }
        let choices = providers(self.world, self.agent);
        let row = |(id, of): &(String, &str)| match *of {
            "" => id.clone(),
            of => format!("{id}, {of}"),
        };
        let mut items: Vec<String> = choices.iter().map(row).map(redact::redact).collect();
        items.push("another one".to_owned());
        let picked = match menu::ask(self.act, self.style, "Which provider?", &items) {
            Picked::Item(at) => at,
            Picked::Back => return Next::Back,
            Picked::Quit => return Next::Ended(AddEnd::Quit),
        };
        self.answers.note = None;
        if let Some((id, _)) = choices.get(picked) {
            self.answers.provider = id.clone();
            return Next::On;
        }
        let next = self.line("Its name: ", &|talk, text| {
            (talk.answers.provider, talk.answers.note) = manual::provider(talk.world, text)?;
            Ok(())
        });
        match next {
            Next::Back => self.provider(),
            next => next,
        }
    }

    fn method(&mut self) -> Next {
        let provider = self.answers.provider.clone();
        let mut ways = vec![("an API key or token that you paste".to_owned(), None)];
        if let Some(tool) = Tool::of_provider(&provider) {
            let row = tool.row();
            let made = row.sign_in(|rest| self.world.paths.command(rest));
            ways.push((format!("{}'s login, created by `{made}`", row.name), Some(tool)));
        }
        // What is got at a provider is not only shown.
        if logins::is_known(self.world, &provider) && !self.only_shown {
            ways.push(("log in now".to_owned(), None));
        }
        if ways.len() == 1 {
            return Next::Skip;
        }
        let items: Vec<String> = ways.iter().map(|(text, _)| text.clone()).collect();
        match menu::ask(self.act, self.style, &format!("How do you want to use {provider}?"), &items) {
            Picked::Item(0) => Next::On,
            Picked::Back => Next::Back,
            Picked::Quit => Next::Ended(AddEnd::Quit),
            Picked::Item(at) => match ways[at].1 {
                None => Next::Ended(AddEnd::SignIn),
                Some(Tool::ClaudeCode) => Next::Ended(AddEnd::Login),
                Some(tool) => {
                    let row = tool.row();
                    let renew = advice::renew(self.world, self.agent, row.profile, row.provider);
                    let text = self.style.wrap(&format!("There is nothing to paste: {renew}."), 0, 0);
                    say(self.act, &format!("\n{text}\n"));
                    Next::Ended(AddEnd::Told)
                }
            },
        }
    }

    fn id(&mut self) -> Next {
        let default = default_id(&self.answers.provider);
        self.line(&format!("\nProfile name? [{default}]: "), &|talk, text| {
            // The provider is known, so that the name alone is enough.
            let provider = &talk.answers.provider;
            let whole = if text.contains(':') { text.to_owned() } else { format!("{provider}:{text}") };
            let given = Some(&*whole).filter(|_| !text.is_empty());
            talk.answers.id = manual::id(talk.world, provider, given)?;
            Ok(())
        })
    }

    fn secret(&mut self) -> Next {
        let provider = self.answers.provider.clone();
        let stored = self.world.stores.iter().any(|store| store.profile(&self.answers.id).is_some());
        let replaced = if stored {
            format!("The stored {} will be replaced.\n", self.answers.id)
        } else {
            String::new()
        };
        let how =
            providers::find(&provider).map(|row| format!("To get one: {}\n", row.how)).unwrap_or_default();
        say(self.act, &format!("\n{replaced}{how}"));
        loop {
            let command = |rest: &str| self.world.paths.command(rest);
            let read = match hidden_in_dialogue(self.act, &paste_token::prompt(&provider)) {
                Hidden::Said(bytes) => match paste::text_of(&bytes).map(str::trim) {
                    Ok("" | "b") => return Next::Back,
                    Ok("q") => return Next::Ended(AddEnd::Quit),
                    Ok(text) => paste::read(&provider, text, &command),
                    Err(refusal) => Err(refusal),
                },
                Hidden::TooLong => Err(paste::too_long()),
                Hidden::Cancelled | Hidden::Gone | Hidden::Shown => return Next::Ended(AddEnd::Quit),
            };
            match read {
                Ok(pasted) => match self.offered(&pasted) {
                    Offered::Again => {}
                    Offered::Gone => return Next::Ended(AddEnd::Quit),
                    Offered::Keep => {
                        self.answers.pasted = Some(pasted);
                        return Next::On;
                    }
                },
                Err(refusal) => self.object(&refusal),
            }
        }
    }

    /// What the provider says of it, if a person wants to know.
    fn offered(&mut self, pasted: &Pasted) -> Offered {
        if self.only_shown {
            return Offered::Keep;
        }
        let given = (&*self.answers.provider, pasted.kind, &pasted.secret);
        test::offered(self.act, self.style, self.world, given)
    }

    fn end(&mut self) -> Next {
        if self.answers.pasted.as_ref().is_none_or(|pasted| pasted.kind == Kind::ApiKey) {
            return Next::Skip;
        }
        let is_setup_token = |pasted: &Pasted| form::is_setup_token(&pasted.secret);
        let default = match self.answers.pasted.as_ref().is_some_and(is_setup_token) {
            true => "in a year",
            false => "unknown",
        };
        let question = format!("\nWhen does it expire, such as 365d or 12h from now? [{default}]: ");
        self.line(&question, &|talk, text| {
            talk.answers.lasts = duration(text).ok();
            if text.is_empty() || talk.answers.lasts.is_some() {
                return Ok(());
            }
            Err(Refusal::usage(format!("type {}", crate::sys::time::EXAMPLES)))
        })
    }
}

/// The providers to choose from with what is to be said of each: those in use that lack a
/// credential, the others in use, and all that have keys or tokens.
fn providers(world: &World, agent: &str) -> Vec<(String, &'static str)> {
    let used = models::in_use(&world.desired, agent).into_iter().map(|used| used.model.provider);
    let used = used.filter(|id| !world.desired.is_cli_backend(id));
    let lacks = |id: &String| resolve::resolve(world, agent, id).usable().is_none();
    let (lacking, served): (Vec<String>, Vec<String>) = used.partition(lacks);
    let rest = PROVIDERS.iter().filter(|row| !row.vars.is_empty()).map(|row| row.id.to_owned());
    let mut all: Vec<(String, &'static str)> = Vec::new();
    let groups = [(lacking, "in use, no credential"), (served, "in use"), (rest.collect(), "")];
    for (ids, of) in groups {
        for id in ids {
            if all.iter().all(|(known, _)| *known != id) {
                all.push((id, of));
            }
        }
    }
    all
}
