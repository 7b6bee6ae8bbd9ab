//! Setting up from flags, files and variables: nothing is asked.

use crate::catalog::kind::Kind;
use crate::catalog::nearest::did_you_mean;
use crate::catalog::providers;
use crate::change::proposal::Refusal;
use crate::cli::grammar::Global;
use crate::cli::onboard::keys::KeyFrom;
use crate::cli::onboard::{Args, KeyPlace, findings};
use crate::cli::scope::{agent, verdict};
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Finished, Outcome};
use crate::intent::credential::made;
use crate::intent::onboard::{self, CHOICES, CredentialMethod, OnboardChoice};
use crate::intent::paste;
use crate::intent::setup::{self, DefaultModel, Received, Setup};
use crate::pipeline;
use crate::policy::known::{self, free_id};
use crate::policy::models;
use crate::report::onboard_json::{self, Summary};
use crate::sys::secret::Secret;
use crate::sys::{Act, Fault, Reading};
use crate::world::World;
use std::path::Path;

/// Most bytes of a file with a key.
const MAX_KEY: usize = paste::LARGEST;

/// Sets up what the flags say.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let agent = agent(act, global, args.agent.as_deref())?;
    let choice = choice(args)?;
    let setup = wanted(act, global, args, choice, &agent)?;
    let summary = summary(&setup, choice);
    let request = |world: &World, agent: &str| setup::set_up(world, agent, &setup);
    let asked = WriteRequest {
        agent: Some(&agent),
        after: &findings,
        json: Some(&|looked, done| {
            let code = verdict(&looked.findings).code();
            onboard_json::summary(looked, &agent, done, &summary, code)
        }),
        ..WriteRequest::new(&args.writing, &request)
    };
    let warned = |outcome: Outcome| Outcome { stderr: warning(args) + &outcome.stderr, ..outcome };
    write::run(act, global, &asked).map(warned).map_err(warned)
}

/// What the flags say.
fn wanted(
    act: &mut dyn Act,
    global: &Global,
    args: &Args,
    choice: &'static OnboardChoice,
    agent: &str,
) -> Result<Setup, Refusal> {
    let world = pipeline::world(act.as_look(), &global.ask_all());
    let provider = if choice.way == CredentialMethod::Token {
        known::meant(&world, &args.token_provider)
    } else {
        choice.provider.to_owned()
    };
    let gets = match choice.way {
        CredentialMethod::Skip => Received::Nothing,
        CredentialMethod::Login(tool) => Received::Login(tool),
        CredentialMethod::Key | CredentialMethod::DotenvKey => key(act, &world, agent, args, choice)?,
        CredentialMethod::Token => token(act, &world, args, &provider)?,
        CredentialMethod::SetupToken => {
            let why = Refusal::usage(format!("{} needs an interactive login in a browser", choice.word));
            let help = "run `zirkabot models auth setup-token` on a terminal, or pass a token created by Claude Code elsewhere with --auth-choice token --token-file FILE";
            return Err(why.help(help));
        }
        CredentialMethod::SignIn => {
            let why = Refusal::usage(format!("{} needs an interactive login", choice.word));
            let login = world.paths.command(&format!("models auth login --provider {provider}"));
            return Err(why.help(format!("run `{login}` on a terminal")));
        }
        CredentialMethod::Elsewhere(how) => {
            return Err(Refusal::usage(format!("zirkabot cannot log in to {provider}")).help(how));
        }
        CredentialMethod::NotOurs(why) => {
            return Err(Refusal::usage(format!("nothing to set up: {why}")));
        }
    };
    let model = model(&world, args, choice)?;
    let endpoint = choice.endpoint.zip(choice.model).map(|(endpoint, (model, _))| (model, endpoint));
    Ok(Setup { gets, model, endpoint })
}

/// The row that is meant: of `--auth-choice`, else of the one key that was passed.
fn choice(args: &Args) -> Result<&'static OnboardChoice, Refusal> {
    let named = match &args.auth_choice {
        Some(word) => onboard::find(word).ok_or_else(|| unknown_choice(word))?,
        None => {
            let mut given =
                CHOICES.iter().filter(|row| args.keys.0.iter().any(|(flag, _)| row.flag == Some(flag)));
            given.next().ok_or_else(|| {
                Refusal::usage("--non-interactive needs --auth-choice")
                    .help("`zirkabot onboard --auth-choice help` lists the choices; `skip` sets up none")
            })?
        }
    };
    if let Some((flag, _)) = args.keys.0.iter().find(|(flag, _)| named.flag != Some(flag)) {
        let refusal = Refusal::usage(format!("--{flag} cannot be used with --auth-choice {}", named.word));
        let own = CHOICES.iter().find(|row| row.flag == Some(flag));
        return Err(match own {
            Some(own) => {
                refusal.help(format!("use it with --auth-choice {}; set up one after the other", own.word))
            }
            None => refusal,
        });
    }
    if (args.token.is_some() || args.token_file.is_some()) && named.way != CredentialMethod::Token {
        return Err(Refusal::usage(format!("a token cannot be used with --auth-choice {}", named.word)));
    }
    Ok(named)
}

fn unknown_choice(word: &str) -> Refusal {
    let words = CHOICES.iter().flat_map(|row| row.also.iter().copied().chain([row.word]));
    Refusal::usage(format!("there is no --auth-choice `{word}`{}", did_you_mean(word, words)))
        .help("`zirkabot onboard --auth-choice help` lists them")
}

/// The key of a choice: of its flag, else of a variable, else one that is stored.
fn key(
    act: &mut dyn Act,
    world: &World,
    agent: &str,
    args: &Args,
    choice: &OnboardChoice,
) -> Result<Received, Refusal> {
    let provider = choice.provider;
    let vars = providers::vars(provider).iter().filter(|var| var.kind == Kind::ApiKey);
    let names: Vec<&str> = vars.map(|var| var.name).collect();
    let text = match args.keys.0.first() {
        Some((_, KeyFrom::Argument(key))) => Some(bytes(key)),
        Some((_, KeyFrom::File(file))) => Some(read(act, file)?),
        None => {
            names.iter().find_map(|name| world.env.get(name).filter(|value| !value.is_blank()).map(bytes))
        }
    };
    let Some(bytes) = text else {
        let stored = |offer: &onboard::Offer| {
            offer.provider == provider && matches!(offer.there, onboard::Existing::Profile(_))
        };
        if onboard::offers(world, agent).iter().any(stored) {
            return Ok(Received::Nothing);
        }
        let flag = choice.flag.unwrap_or_default();
        let why = format!("no key for {provider}: neither --{flag}-file nor {} is set", names.join(" or "));
        return Err(Refusal::state(why)
            .code("credential/missing")
            .help(format!("pass `--{flag}-file FILE`, or `--{flag}-file -` and the key on standard input")));
    };
    let pasted = paste::read_bytes(provider, &bytes, &|rest| world.paths.command(rest))?;
    if pasted.kind != Kind::ApiKey {
        let why = format!("this is a token, not an API key for {provider}");
        let help = "--auth-choice token --token-file FILE stores it";
        return Err(Refusal::usage(why).code("credential/wrong-kind").help(help));
    }
    let dotenv = match args.key_in {
        Some(place) => place == KeyPlace::Dotenv,
        None => choice.way == CredentialMethod::DotenvKey,
    };
    if dotenv {
        let name = (*names.first().unwrap_or(&"")).to_owned();
        return Ok(Received::Dotenv { name, value: pasted.secret });
    }
    let id = format!("{provider}:default");
    free_id(world, provider, &id)?;
    Ok(Received::Store { id, credential: Box::new(made(world, provider, Kind::ApiKey, pasted.secret, None)) })
}

/// The token that was passed.
fn token(act: &mut dyn Act, world: &World, args: &Args, provider: &str) -> Result<Received, Refusal> {
    let bytes = match (&args.token, &args.token_file) {
        (Some(token), _) => bytes(token),
        (None, Some(file)) => read(act, file)?,
        (None, None) => {
            return Err(Refusal::state("no token: --token-file is not set")
                .code("credential/missing")
                .help("pass `--token-file FILE`, or `--token-file -` and the token on standard input"));
        }
    };
    let pasted = paste::read_bytes(provider, &bytes, &|rest| world.paths.command(rest))?;
    let id = args.token_profile_id.clone().unwrap_or_else(|| format!("{provider}:manual"));
    free_id(world, provider, &id)?;
    let end = args.token_expires_in.map(|span| world.now.saturating_add(span));
    let credential = made(world, provider, pasted.kind, pasted.secret, end);
    Ok(Received::Store { id, credential: Box::new(credential) })
}

/// The default model that is wanted.
fn model(world: &World, args: &Args, choice: &OnboardChoice) -> Result<DefaultModel, Refusal> {
    let Some(text) = &args.model else { return Ok(DefaultModel::of(choice.model)) };
    let model = models::resolve(&world.desired, text);
    model
        .map(|model| DefaultModel::Set(model.key()))
        .ok_or_else(|| Refusal::usage(format!("`{text}` is not a model")).help("write it as provider/model"))
}

/// What a file, or standard input, holds.
fn read(act: &mut dyn Act, file: &Path) -> Result<Secret<Vec<u8>>, Refusal> {
    let name = file.display();
    let bytes = if file.as_os_str() == "-" {
        let input = act.input(MAX_KEY).map_err(|error| {
            Refusal::state(format!("standard input cannot be read: {}", Fault::of(&error)))
        })?;
        input.ok_or_else(|| Refusal::state("standard input is too large for a key"))?
    } else {
        match act.read(&act.host().cwd.join(file), MAX_KEY) {
            Reading::File(bytes, _) => bytes,
            Reading::Absent => return Err(Refusal::state(format!("{name} does not exist"))),
            Reading::Fault(fault, _) => return Err(Refusal::state(format!("{name} {fault}"))),
            Reading::TooLarge(_) => return Err(Refusal::state(format!("{name} is too large for a key"))),
        }
    };
    Ok(bytes)
}

fn bytes(text: &Secret) -> Secret<Vec<u8>> {
    Secret::new(text.expose().as_bytes().to_vec())
}

/// That others can see a secret that stands on the command line.
fn warning(args: &Args) -> String {
    let flag = match (args.keys.0.first(), &args.token) {
        (Some((flag, KeyFrom::Argument(_))), _) => flag,
        (_, Some(_)) => "token",
        _ => return String::new(),
    };
    format!(
        "warning: the value of --{flag} is visible to other users on this machine and stays in the shell's history; use --{flag}-file FILE, or `-` for standard input\n"
    )
}

/// What the document says of what was chosen.
fn summary(setup: &Setup, choice: &'static OnboardChoice) -> Summary {
    let (profile, key_in) = match &setup.gets {
        Received::Nothing => (None, None),
        Received::Login(tool) => (Some(tool.row().profile.to_owned()), Some("auth-store")),
        Received::Store { id, .. } => (Some(id.clone()), Some("auth-store")),
        Received::Dotenv { .. } => (None, Some("dotenv")),
    };
    let provider = Some(choice.provider).filter(|id| !id.is_empty()).map(str::to_owned);
    Summary { auth_choice: choice.word, provider, profile, key_in }
}
