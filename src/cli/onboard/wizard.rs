//! The dialogue: what is there already, else a provider and a way to its credential; where it is
//! kept; the model. What that comes to, and a yes to it, is in [`crate::cli::onboard::finish`]; nothing is written
//! before.

use crate::catalog::kind::Kind;
use crate::catalog::models::{CATALOGUE, ModelRow};
use crate::catalog::providers;
use crate::cli::grammar::Global;
use crate::cli::menu::{self, Picked, hidden_in_dialogue, say};
use crate::cli::onboard::{Args, KeyPlace};
use crate::cli::test::{self, Offered};
use crate::cli::{Finished, Outcome, login, scope, setup_token};
use crate::intent::onboard::{self, CHOICES, CredentialMethod, Existing, Offer, OnboardChoice};
use crate::intent::paste;
use crate::intent::setup::{DefaultModel, Received};
use crate::pipeline::{self, Looked, Query};
use crate::policy::known::known_files;
use crate::policy::login::place;
use crate::policy::models;
use crate::report::human;
use crate::report::style::Style;
use crate::report::words::Words;
use crate::sys::secret::Secret;
use crate::sys::{Act, Hidden};
use crate::world::World;
use crate::world::label::Labels;

/// All that the steps share.
pub(super) struct Talk<'a> {
    pub(super) act: &'a mut dyn Act,
    pub(super) ask: Query,
    pub(super) agent: String,
    pub(super) style: Style,
    /// How things would be after what is due.
    pub(super) looked: Looked,
    pub(super) offers: Vec<Offer>,
    /// Whether the agent can talk already.
    pub(super) settled: bool,
}

/// What was answered so far.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) offer: Option<Offer>,
    pub(super) provider: String,
    pub(super) choice: Option<&'static OnboardChoice>,
    pub(super) secret: Option<(Kind, Secret)>,
    /// What Claude Code gave just now.
    pub(super) gets: Option<Received>,
    /// Variables of the offer keep their name.
    pub(super) place: Option<KeyPlace>,
    pub(super) model: Option<DefaultModel>,
}

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Start,
    Provider,
    Method,
    Secret,
    Place,
    Model,
    Confirm,
}

/// Why no further question follows an answer.
pub(super) enum Stop {
    /// The question before is asked again.
    Back,
    Quit,
    Done(Outcome),
}

impl<T: Into<Outcome>> From<T> for Stop {
    fn from(ended: T) -> Self {
        Self::Done(ended.into())
    }
}

/// Runs the dialogue.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let agent = scope::agent(act, global, args.agent.as_deref())?;
    let (ask, style) = (global.ask_all(), global.style(act));
    let synced = pipeline::preview(act.as_look(), &ask);
    let looked = synced.looked;
    known_files(&looked.world)?;
    let settled = synced.pending.is_empty() && onboard::settled(&looked.world, &agent).is_some();
    let offers = onboard::offers(&looked.world, &agent);
    let mut talk = Talk { act, ask, agent, style, looked, offers, settled };
    let headline = human::headlines(&talk.looked.world, &talk.looked.status, &talk.looked.findings, style);
    talk.act.say(&headline);
    let mut answers = Answers::default();
    let mut trail = vec![if settled || talk.offers.is_empty() { Step::Provider } else { Step::Start }];
    if settled {
        say(
            talk.act,
            "Nothing is missing. Choose a provider to add a credential, or press Ctrl-C to leave.\n",
        );
    }
    while let Some(step) = trail.last() {
        match talk.step(*step, &mut answers, args) {
            Ok(step) => trail.push(step),
            Err(Stop::Back) => {
                trail.pop();
            }
            Err(Stop::Quit) => break,
            Err(Stop::Done(outcome)) => return Ok(outcome),
        }
    }
    Ok(Outcome::cancelled())
}

impl Talk<'_> {
    fn step(&mut self, step: Step, answers: &mut Answers, args: &Args) -> Result<Step, Stop> {
        match step {
            Step::Start => self.start(answers),
            Step::Provider => self.provider(answers),
            Step::Method => self.method(answers),
            Step::Secret => self.secret(answers, args),
            Step::Place => self.place(answers),
            Step::Model => self.model(answers, args),
            Step::Confirm => self.confirm(answers, args),
        }
    }

    pub(super) fn world(&self) -> &World {
        &self.looked.world
    }

    fn menu(&mut self, title: &str, items: &[String]) -> Result<usize, Stop> {
        match menu::ask(self.act, self.style, title, items) {
            Picked::Item(at) => Ok(at),
            Picked::Back => Err(Stop::Back),
            Picked::Quit => Err(Stop::Quit),
        }
    }

    /// What is there already.
    fn start(&mut self, answers: &mut Answers) -> Result<Step, Stop> {
        *answers = Answers::default();
        let mut items: Vec<String> = self.offers.iter().map(|offer| self.offer(offer)).collect();
        items.push("something else".to_owned());
        let at =
            self.menu(&format!("What should agent {} use? Already available here:", self.agent), &items)?;
        let Some(offer) = self.offers.get(at).cloned() else { return Ok(Step::Provider) };
        answers.provider = offer.provider.clone();
        answers.choice = onboard::key_of(&offer.provider);
        let next = match (&offer.there, &offer.candidate.credential) {
            (Existing::Variable(_), Some(credential)) => {
                answers.secret = Some((credential.kind, credential.secret.clone()));
                Step::Place
            }
            _ => Step::Model,
        };
        answers.offer = Some(offer);
        Ok(next)
    }

    fn offer(&self, offer: &Offer) -> String {
        let world = self.world();
        let (words, labels) = (Words { world, warn: world.warn_within(None) }, Labels::new(world));
        let credential = offer.candidate.credential.as_ref();
        let left = credential.map(|credential| words.left(credential)).filter(|left| !left.is_empty());
        let left = left.map(|left| format!(", {left}")).unwrap_or_default();
        let text = match &offer.there {
            Existing::Login(tool) => format!("{}'s login, for {}{left}", tool.row().name, offer.provider),
            Existing::Profile(id) => format!("{id} from the auth store{left}"),
            Existing::Variable(name) => {
                let doc = offer.candidate.origin.doc;
                let the = if world.doc(doc).path.is_some() { "" } else { "the " };
                let label = credential.map(|credential| labels.of(&credential.secret)).unwrap_or_default();
                format!(
                    "{name} from {the}{} ({label}), stored where the gateway finds it",
                    world.doc_name(doc)
                )
            }
        };
        labels.scrub(&text)
    }

    /// Of whom the credential is.
    fn provider(&mut self, answers: &mut Answers) -> Result<Step, Stop> {
        *answers = Answers::default();
        let mut rows: Vec<&'static OnboardChoice> = Vec::new();
        for row in CHOICES.iter().filter(|row| {
            matches!(row.way, CredentialMethod::Key | CredentialMethod::DotenvKey | CredentialMethod::SignIn)
        }) {
            if rows.iter().all(|known| known.provider != row.provider) {
                rows.push(row);
            }
        }
        let items: Vec<String> = rows.iter().map(|row| row.label.to_owned()).collect();
        let row = rows[self.menu("Which provider?", &items)?];
        answers.provider = row.provider.to_owned();
        answers.choice = Some(row);
        let is_asked = row.way == CredentialMethod::SignIn || self.ways(row.provider).len() > 1;
        Ok(if is_asked { Step::Method } else { Step::Secret })
    }

    /// The ways to a credential of a provider that are open here.
    fn ways(&self, provider: &str) -> Vec<&'static OnboardChoice> {
        let is_open = |row: &&OnboardChoice| match row.way {
            CredentialMethod::Key
            | CredentialMethod::DotenvKey
            | CredentialMethod::Token
            | CredentialMethod::SetupToken
            | CredentialMethod::SignIn => true,
            CredentialMethod::Login(tool) => {
                self.offers.iter().any(|offer| offer.there == Existing::Login(tool))
            }
            CredentialMethod::Elsewhere(_) | CredentialMethod::NotOurs(_) | CredentialMethod::Skip => false,
        };
        CHOICES.iter().filter(|row| row.provider == provider).filter(is_open).collect()
    }

    fn method(&mut self, answers: &mut Answers) -> Result<Step, Stop> {
        let ways = self.ways(&answers.provider);
        let text = |row: &&OnboardChoice| match row.way {
            CredentialMethod::Key | CredentialMethod::DotenvKey => match row.label.split_once(", ") {
                Some((_, rest)) => format!("an API key, {rest}"),
                None => "an API key".to_owned(),
            },
            CredentialMethod::SetupToken => {
                "log in with a Claude subscription now, using `claude setup-token`".to_owned()
            }
            CredentialMethod::Token => "a setup-token from another machine".to_owned(),
            CredentialMethod::SignIn => "log in now".to_owned(),
            _ => row.label.to_owned(),
        };
        let items: Vec<String> = ways.iter().map(text).collect();
        let way = ways[self.menu(&format!("How do you want to use {}?", answers.provider), &items)?];
        answers.choice = Some(way);
        match way.way {
            CredentialMethod::Login(tool) => {
                let is_it = |offer: &&Offer| offer.there == Existing::Login(tool);
                answers.offer = self.offers.iter().find(is_it).cloned();
                Ok(Step::Model)
            }
            CredentialMethod::SetupToken => self.setup_token(answers),
            CredentialMethod::SignIn => self.sign_in(answers),
            _ => Ok(Step::Secret),
        }
    }

    /// A login in the browser, made by Claude Code itself.
    fn setup_token(&mut self, answers: &mut Answers) -> Result<Step, Stop> {
        match setup_token::obtain(self.act, &self.ask, true) {
            Ok(gets) => {
                answers.gets = gets;
                Ok(Step::Model)
            }
            Err(refusal) => {
                say(self.act, &Outcome::from(refusal).stderr);
                self.method(answers)
            }
        }
    }

    /// A login with the provider itself.
    fn sign_in(&mut self, answers: &mut Answers) -> Result<Step, Stop> {
        let world = &self.looked.world;
        let way = login::Way { method: None, opens: true };
        let got = place::place(world, &answers.provider).and_then(|place| {
            let got = login::obtain(self.act, world, self.style, &place, way)?;
            // Questions follow, which a person may want to leave.
            Ok(got.map(|got| (place.default_id(), got.credential)))
        });
        match got {
            Ok(Some((id, got))) => {
                answers.gets = Some(Received::Store { id, credential: Box::new(got) });
                Ok(Step::Model)
            }
            Ok(None) => Err(Stop::Back),
            Err(refusal) => {
                say(self.act, &Outcome::from(refusal).stderr);
                self.method(answers)
            }
        }
    }

    /// The key or token itself.
    fn secret(&mut self, answers: &mut Answers, args: &Args) -> Result<Step, Stop> {
        let wanted = answers.choice.map_or(Kind::Token, |choice| onboard::kind(choice.way));
        if let Some(row) = providers::find(&answers.provider).filter(|row| !row.how.is_empty()) {
            let get = format!("To get one: {}.", row.how);
            say(self.act, &format!("\n{}\n", self.style.wrap(&get, 0, 2)));
        }
        let prompt = format!("\nPaste the {} for {} (input is hidden): ", wanted.label(), answers.provider);
        loop {
            let bytes = match hidden_in_dialogue(self.act, &prompt) {
                Hidden::Said(bytes) => bytes,
                Hidden::TooLong => {
                    say(self.act, "That is too long for a key or token.\n");
                    continue;
                }
                Hidden::Cancelled | Hidden::Gone | Hidden::Shown => return Err(Stop::Quit),
            };
            match bytes.expose().trim_ascii() {
                b"" | b"b" => return Err(Stop::Back),
                b"q" => return Err(Stop::Quit),
                _ => {}
            }
            let command = |rest: &str| self.looked.world.paths.command(rest);
            match paste::read_bytes(&answers.provider, &bytes, &command) {
                Ok(pasted) => {
                    let notes: String = pasted.notes.iter().map(|note| format!("{note}\n")).collect();
                    say(self.act, &notes);
                    if !args.writing.dry_run {
                        let given = (&*answers.provider, pasted.kind, &pasted.secret);
                        match test::offered(self.act, self.style, &self.looked.world, given) {
                            Offered::Keep => {}
                            Offered::Again => continue,
                            Offered::Gone => return Err(Stop::Quit),
                        }
                    }
                    answers.secret = Some((pasted.kind, pasted.secret));
                    return Ok(Step::Place);
                }
                Err(refusal) => {
                    say(self.act, &Outcome::from(refusal).stderr);
                }
            }
        }
    }

    /// Where it is kept.
    fn place(&mut self, answers: &mut Answers) -> Result<Step, Stop> {
        let Some(name) = variable(answers) else {
            answers.place = Some(KeyPlace::AuthStore);
            return Ok(Step::Model);
        };
        let dotenv = self.world().paths.shown(&self.world().paths.state.join(".env"));
        let items = [
            format!("in the auth store of agent {}", self.agent),
            format!("in {dotenv} as {name}, which the gateway always reads"),
        ];
        let at = self.menu("Where should the key be stored?", &items)?;
        answers.place = Some([KeyPlace::AuthStore, KeyPlace::Dotenv][at]);
        Ok(Step::Model)
    }

    /// The model to talk to.
    fn model(&mut self, answers: &mut Answers, args: &Args) -> Result<Step, Stop> {
        if let Some(text) = &args.model {
            answers.model = models::resolve(&self.world().desired, text).map(|m| DefaultModel::Set(m.key()));
            return Ok(Step::Confirm);
        }
        let used = models::in_use(&self.world().desired, &self.agent).into_iter().next();
        let current = used.map(|used| used.model).filter(|model| model.provider == answers.provider);
        let mut models: Vec<String> = current.iter().map(models::Model::key).collect();
        let own = CHOICES.iter().filter(|row| row.provider == answers.provider).filter_map(|row| row.model);
        let own = own.map(|(model, _)| model.to_owned());
        let known = CATALOGUE.iter().filter(|row| row.provider == answers.provider).map(ModelRow::key);
        for model in own.chain(known) {
            if !models.contains(&model) {
                models.push(model);
            }
        }
        let mut items: Vec<(String, DefaultModel)> =
            models.into_iter().map(|model| (model.clone(), DefaultModel::Set(model))).collect();
        // Where the agent can talk already, another provider is one more, not the one to use.
        let keep = ("keep the current default model".to_owned(), DefaultModel::Keep);
        items.insert(if self.settled { 0 } else { items.len() }, keep);
        let names: Vec<String> = items.iter().map(|(name, _)| name.clone()).collect();
        let at = self.menu("Which model should be the default?", &names)?;
        answers.model = Some(items.swap_remove(at).1);
        Ok(Step::Confirm)
    }
}

/// The variable in which the credential can be kept, if there is one.
pub(super) fn variable(answers: &Answers) -> Option<String> {
    if let Some(Offer { there: Existing::Variable(name), .. }) = &answers.offer {
        return Some(name.clone());
    }
    let kind = answers.secret.as_ref().map(|(kind, _)| *kind)?;
    let vars = providers::vars(&answers.provider);
    vars.iter().find(|var| var.kind == kind).map(|var| var.name.to_owned())
}
