//! `zirkabot models auth test`, and what other commands take to ask providers: `--probe`, and the offer where a
//! secret is typed.

use crate::catalog::kind::Kind;
use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, wait};
use crate::cli::menu::say;
use crate::cli::{Exit, Finished, Outcome, exit_of, menu, scope};
use crate::doc::redact::redact;
use crate::intent::credential;
use crate::pipeline::probe::Probed;
use crate::pipeline::{self, Looked, Query};
use crate::policy::known::known_files;
use crate::policy::probe::targets::{self, ProbeRequest};
use crate::report::json;
use crate::report::probe::{self as report, ProbesBody, TestDocument};
use crate::report::style::Style;
use crate::sys::Act;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::asked::Came;
use clap::ValueEnum;

/// Test credentials with their providers
///
/// Tests one profile or variable, or all of the providers in use, with one free request each if the
/// provider has one. The result is recorded and shown by other commands. A failed test starts no cooldown.
/// Exit 0 if all tested credentials work, 1 if one was rejected, 2 if a result is unknown or nothing was
/// tested.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    about: About,
    /// Send a minimal request to a model, which costs a few tokens
    #[arg(long)]
    full: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

// Which credentials are asked about, and how long that may take: of all commands that ask only.
#[derive(Debug, clap::Args)]
pub(super) struct About {
    /// Profile or variable [default: all of the providers in use]
    #[arg(value_name = "PROFILE")]
    id: Option<String>,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Timeout of one request
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "8s")]
    timeout: i64,
    /// How long to wait for another zirkabot process that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    lock_timeout: i64,
}

/// What came of asking, for a command that does nothing else.
pub(super) struct Told {
    pub(super) looked: Looked,
    pub(super) body: ProbesBody,
    /// That it could not be written down, if so, and what that ends with.
    pub(super) note: String,
    pub(super) trouble: Option<Exit>,
}

impl About {
    /// Asks: about what is stored, or for a whole answer (`full`), or how much is used (`usage`).
    pub(super) fn ask(
        &self,
        act: &mut dyn Act,
        global: &Global,
        full: bool,
        usage: bool,
    ) -> Result<Told, Outcome> {
        let ask = global.ask_one(self.agent.as_deref());
        let looked = pipeline::preview(act.as_look(), &ask).looked;
        known_files(&looked.world).map_err(Outcome::from)?;
        scope::known_agent(&looked.world, &ask.agents)?;
        let wanted = ProbeRequest { only: self.id.as_deref(), full, usage, limit: self.timeout };
        let (looked, probed) = pipeline::probe::probe(act, looked, &ask.options, wanted, self.lock_timeout);
        if let (Some(id), true) = (&self.id, probed.results.is_empty()) {
            return Err(Refusal::state(format!("there is no credential `{id}`")).into());
        }
        let body = report::body(&looked.world, &probed, wanted, None);
        let trouble = probed.trouble.as_ref().map(exit_of);
        Ok(Told { looked, body, note: note(&probed), trouble })
    }
}

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Probe {
    /// What costs nothing
    Free,
    /// A model, for the shortest answer, which costs a few tokens
    Full,
}

/// Longest time for one question of `--probe`, in milliseconds.
const LIMIT: i64 = 8_000;

impl Probe {
    /// What is to be asked.
    pub(super) fn request(self) -> ProbeRequest<'static> {
        ProbeRequest { only: None, full: self == Self::Full, usage: false, limit: LIMIT }
    }
}

/// Asks, if that is wanted; with what came of it for the report, and a note if it could not be written down.
pub(super) fn probed(
    act: &mut dyn Act,
    looked: Looked,
    ask: &Query,
    wanted: Option<Probe>,
    lock_timeout: i64,
) -> (Looked, Option<ProbesBody>, String) {
    let Some(wanted) = wanted.map(Probe::request) else { return (looked, None, String::new()) };
    let (looked, probed) = pipeline::probe::probe(act, looked, &ask.options, wanted, lock_timeout);
    let body = report::body(&looked.world, &probed, wanted, ask.options.provider.as_deref());
    let note = note(&probed);
    (looked, Some(body), note)
}

/// What a person wants with a secret that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offered {
    /// To go on with it.
    Keep,
    /// To type another one: its provider refuses this one.
    Again,
    /// Nothing: nobody answers any more.
    Gone,
}

/// Offers to ask the provider of a secret that was typed whether it accepts it, before it is stored.
pub(super) fn offered(
    act: &mut dyn Act,
    style: Style,
    world: &World,
    (provider, kind, secret): (&str, Kind, &Secret),
) -> Offered {
    let credential = credential::made(world, provider, kind, secret.clone(), None);
    let Some(question) = targets::of_new(world, &credential, LIMIT, act.host().offline) else {
        return Offered::Keep;
    };
    let what = if kind == Kind::ApiKey { "key" } else { "token" };
    loop {
        let text = format!("Test this {what} with {provider}? [Y/n]: ");
        match menu::answer(act, &text).map(|said| said.to_lowercase()).as_deref() {
            None => return Offered::Gone,
            Some("" | "y" | "yes") => break,
            Some("n" | "no") => return Offered::Keep,
            Some(_) => say(act, "Type y to test it, or n to continue without.\n"),
        }
    }
    let judged = pipeline::probe::ask(act, &question, kind);
    let why = judged.why.map(|why| format!(": {why}")).unwrap_or_default();
    let (text, next) = match judged.came {
        Came::Works => (format!("{provider} accepts this {what}."), Offered::Keep),
        Came::Refused | Came::Scope => {
            (format!("{provider} rejects this {what}{why}. Please enter another one."), Offered::Again)
        }
        Came::Billing => {
            (format!("{provider} accepts this {what}, but it is not paid for{why}."), Offered::Keep)
        }
        Came::Limited => {
            (format!("{provider} accepts this {what}, but its limit is reached{why}."), Offered::Keep)
        }
        Came::Unreachable | Came::Address | Came::Unknown => {
            let text =
                format!("It is unknown whether {provider} accepts this {what}{why}. You can still use it.");
            (text, Offered::Keep)
        }
    };
    act.say(&format!("{}\n", style.wrap(&redact(text), 0, 0)));
    next
}

/// That what was said could not be written down, if so.
fn note(probed: &Probed) -> String {
    let why = probed.trouble.as_ref();
    why.map_or_else(String::new, |why| format!("note: the results could not be recorded: {why}\n"))
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let Told { looked, body, note, trouble } = args.about.ask(act, global, args.full, false)?;
    let any = |words: &[&str]| body.results.iter().any(|result| words.contains(&result.outcome));
    let exit = match trouble {
        Some(exit) => exit,
        None if any(&["refused", "scope", "billing", "address"]) => Exit::Broken,
        None if any(&["limited", "unreachable", "unknown"]) => Exit::Attention,
        // Who was not asked has not said that it works.
        None if !any(&["works"]) => Exit::Attention,
        None => Exit::Ok,
    };
    let stdout = if args.json {
        json::text(&TestDocument { schema_version: 1, exit_code: exit.code(), probes: body })
    } else {
        report::text(&body, looked.world.now, global.style(act))
    };
    Ok(Outcome::told(stdout, note, exit))
}
